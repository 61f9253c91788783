# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: nearest pieces of both trees, runs of voxels by pair of pieces, counting them under a cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled

NONE_MM2 = 1e30


@compiled
def nearest_piece(x: float, y: float, z: float, first: int, end: int, middles: NDArray[np.float64]) -> int:
    """1 + the piece in [first, end) whose middle is nearest to a point; 0 where there is none. The first of a tie."""
    best = NONE_MM2
    piece = 0
    for n in range(first, end):
        away = (middles[n, 0] - x) ** 2 + (middles[n, 1] - y) ** 2 + (middles[n, 2] - z) ** 2
        if away < best:
            best = away
            piece = n + 1
    return piece


@compiled
def pair_codes(
    labels: NDArray[np.uint8],
    flags_of_label: NDArray[np.int32],
    portal_branch: NDArray[np.uint16],
    hepatic_branch: NDArray[np.uint16],
    direct: NDArray[np.bool_],
    uncertain: NDArray[np.uint8],
    lps_from_ijk: NDArray[np.float64],
    portal_first: NDArray[np.int32],
    portal_middles: NDArray[np.float64],
    hepatic_first: NDArray[np.int32],
    hepatic_middles: NDArray[np.float64],
    codes: NDArray[np.int32],
) -> None:
    """Writes 1 + flags + 4 * (portal * (hepatic pieces + 2) + hepatic) for each voxel of the liver, 0 elsewhere.

    `portal` is 1 + the nearest piece of the voxel's portal branch, 0 without one; `hepatic` likewise, and one more
    than the last piece where the voxel drains directly. Flags: 1 uncertain, 2 tumour.

    Args:
        labels: (k, j, i) of the map's box.
        flags_of_label: (256,) flags, negative for labels outside the liver.
        portal_branch, hepatic_branch, uncertain: (k, j, i) of the map.
        direct: (k, j, i) whether the voxel drains into the vena cava itself.
        lps_from_ijk: (4, 4) of the box.
        portal_first, hepatic_first: pieces of branch b are first[b] to first[b + 1].
        portal_middles, hepatic_middles: (m, 3) LPS mm.
        codes: (k, j, i) written.
    """
    kinds = hepatic_middles.shape[0] + 2
    m = lps_from_ijk
    portal_branches, hepatic_branches = portal_first.shape[0] - 1, hepatic_first.shape[0] - 1
    for k in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            for i in range(labels.shape[2]):
                flags = flags_of_label[labels[k, j, i]]
                if flags < 0:
                    codes[k, j, i] = 0
                    continue
                if uncertain[k, j, i] != 0:
                    flags |= 1
                x = m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + m[0, 3]
                y = m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + m[1, 3]
                z = m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + m[2, 3]
                branch = portal_branch[k, j, i]
                portal = 0
                if 0 < branch < portal_branches:
                    portal = nearest_piece(x, y, z, portal_first[branch], portal_first[branch + 1], portal_middles)
                branch = hepatic_branch[k, j, i]
                hepatic = 0
                if direct[k, j, i]:
                    hepatic = kinds - 1
                elif 0 < branch < hepatic_branches:
                    hepatic = nearest_piece(x, y, z, hepatic_first[branch], hepatic_first[branch + 1], hepatic_middles)
                codes[k, j, i] = 1 + flags + 4 * (portal * kinds + hepatic)


@compiled
def count_code_runs(codes: NDArray[np.int32]) -> int:
    """How many runs of equal code along i there are, 0 not counted."""
    total = 0
    for k in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            previous = np.int32(0)
            for i in range(codes.shape[2]):
                if codes[k, j, i] != previous:
                    previous = codes[k, j, i]
                    if previous != 0:
                        total += 1
    return total


@compiled
def fill_code_runs(
    codes: NDArray[np.int32], start_kji: tuple[int, int, int], runs: NDArray[np.int32], code: NDArray[np.int32]
) -> None:
    """Writes (k, j, first i, i after the last) of every run in the whole grid, and its code, in array order."""
    k_0, j_0, i_0 = start_kji
    run = -1
    for k in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            previous = np.int32(0)
            for i in range(codes.shape[2]):
                value = codes[k, j, i]
                if value != previous:
                    if value != 0:
                        run += 1
                        runs[run, 0], runs[run, 1], runs[run, 2] = k + k_0, j + j_0, i + i_0
                        code[run] = value
                    previous = value
                if value != 0:
                    runs[run, 3] = i + i_0 + 1


@borrowing
def count_pairs_taken(
    window: tuple[int, int, int, int],
    row_pointers: NDArray[np.int32],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    place: tuple[int, int, int],
    run_pointers: NDArray[np.int32],
    runs: NDArray[np.int16],
    codes: NDArray[np.int32],
    taken: NDArray[np.int64],
) -> None:
    """Adds the voxels of each code in the resected intervals [start, end) of each row.

    Args:
        window: k first, k end, j first, j end of the rows, which hold the table's.
        row_pointers: (rows + 1,) intervals before each row of the window.
        starts, ends: (n,) of the intervals.
        place: first k and first j of the table, and how many rows j it has.
        run_pointers: (table rows + 1,) runs before each row of the table.
        runs: (m, 2) first i, i after the last, in the order of rows.
        codes: (m,) their codes.
        taken: (codes,) zeros on entry.
    """
    k_first, j_first, columns = place
    for row in range(run_pointers.shape[0] - 1):
        run, end_run = run_pointers[row], run_pointers[row + 1]
        if run == end_run:
            continue
        k = row // columns
        cut = (k + k_first - window[0]) * (window[3] - window[2]) + (row - k * columns + j_first - window[2])
        for interval in range(row_pointers[cut], row_pointers[cut + 1]):
            start, end = starts[interval], ends[interval]
            while run < end_run and runs[run, 1] <= start:
                run += 1
            if run == end_run:
                break
            if runs[run, 0] < start:  # from here on whole runs, until the interval ends
                taken[codes[run]] += min(end, runs[run, 1]) - start
                if runs[run, 1] > end:
                    continue
                run += 1
            while run < end_run and runs[run, 1] <= end:
                taken[codes[run]] += runs[run, 1] - runs[run, 0]
                run += 1
            if run < end_run and runs[run, 0] < end:
                taken[codes[run]] += end - runs[run, 0]
