# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: nearest pieces of both trees, the walk from the roots, counting by pair of pieces."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled
from engine.resection.kernels import remnant_interval

NONE_MM2 = 1e30


@compiled
def near_values(
    points_ijk: NDArray[np.float64],
    axes_mm: NDArray[np.float64],
    reach_ijk: NDArray[np.float64],
    labels: NDArray[np.uint8],
    wanted: NDArray[np.bool_],
    reach_mm: float,
) -> NDArray[np.bool_]:
    """Whether the voxel a point lies in, or one whose centre lies within reach of it, has a wanted label.

    Args:
        points_ijk: (n, 3) voxel indices with fractions.
        axes_mm: (3, 3) columns are the steps of i, j, k in mm.
        reach_ijk: (3,) half the sides of the box of voxels around the ball, in voxels along i, j, k.
        labels: (k, j, i).
        wanted: (256,).
        reach_mm: radius of the ball.
    """
    nk, nj, ni = labels.shape
    found = np.zeros(points_ijk.shape[0], dtype=np.bool_)
    for n in range(points_ijk.shape[0]):
        x, y, z = points_ijk[n, 0], points_ijk[n, 1], points_ijk[n, 2]
        i, j, k = math.floor(x + 0.5), math.floor(y + 0.5), math.floor(z + 0.5)
        if 0 <= i < ni and 0 <= j < nj and 0 <= k < nk and wanted[labels[k, j, i]]:
            found[n] = True
            continue
        if reach_mm <= 0.0:
            continue
        for k in range(max(0, math.ceil(z - reach_ijk[2])), min(nk - 1, math.floor(z + reach_ijk[2])) + 1):
            for j in range(max(0, math.ceil(y - reach_ijk[1])), min(nj - 1, math.floor(y + reach_ijk[1])) + 1):
                for i in range(max(0, math.ceil(x - reach_ijk[0])), min(ni - 1, math.floor(x + reach_ijk[0])) + 1):
                    if found[n] or not wanted[labels[k, j, i]]:
                        continue
                    away = 0.0
                    for axis in range(3):
                        step = axes_mm[axis, 0] * (i - x) + axes_mm[axis, 1] * (j - y) + axes_mm[axis, 2] * (k - z)
                        away += step * step
                    found[n] = away <= reach_mm * reach_mm
    return found


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
    codes: NDArray[np.int32], start_kji: tuple[int, int, int], runs: NDArray[np.int16], code: NDArray[np.int32]
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


@compiled
def boxes_of(runs: NDArray[np.int16], pointers: NDArray[np.int32]) -> NDArray[np.int16]:
    """(codes, 6) first and last k, j, i (inclusive) of the runs of each code."""
    boxes = np.empty((pointers.shape[0] - 1, 6), dtype=np.int16)
    for code in range(boxes.shape[0]):
        for axis in range(3):
            boxes[code, 2 * axis], boxes[code, 2 * axis + 1] = 32767, -32768
        for run in range(pointers[code], pointers[code + 1]):
            for axis in range(3):
                last = runs[run, 3] - 1 if axis == 2 else runs[run, axis]
                boxes[code, 2 * axis] = min(boxes[code, 2 * axis], runs[run, axis])
                boxes[code, 2 * axis + 1] = max(boxes[code, 2 * axis + 1], last)
    return boxes


@compiled
def side_of_box(planes: NDArray[np.float64], box: NDArray[np.int16]) -> int:
    """1 if one plane resects the whole box, -1 if none resects any of it, 0 if it must be looked at.

    The extremes of a plane lie at corners, in floating point too (each rounding step is monotone).
    """
    side = -1
    for plane in range(planes.shape[0]):
        a_i, a_j, a_k = planes[plane, 0], planes[plane, 1], planes[plane, 2]
        low_k, high_k = (box[0], box[1]) if a_k > 0.0 else (box[1], box[0])
        low_j, high_j = (box[2], box[3]) if a_j > 0.0 else (box[3], box[2])
        low_i, high_i = (box[4], box[5]) if a_i > 0.0 else (box[5], box[4])
        if a_i * low_i + (a_j * low_j + (a_k * low_k + planes[plane, 3])) > 0.0:
            return 1
        if a_i * high_i + (a_j * high_j + (a_k * high_k + planes[plane, 3])) > 0.0:
            side = 0
    return side


@compiled
def count_pairs_left(
    planes: NDArray[np.float64],
    runs: NDArray[np.int16],
    pointers: NDArray[np.int32],
    boxes: NDArray[np.int16],
    totals: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(codes,) voxels that none of the (m, 4) planes resects; only codes whose box a plane crosses are walked."""
    left = np.zeros(totals.shape[0], dtype=np.int64)
    single = planes.shape[0] == 1
    a_i, a_j, a_k, b = planes[0, 0], planes[0, 1], planes[0, 2], planes[0, 3]
    for code in range(totals.shape[0]):
        side = side_of_box(planes, boxes[code])
        if side < 0:
            left[code] = totals[code]
        elif side == 0:
            count = 0
            for run in range(pointers[code], pointers[code + 1]):
                k, j, first, end = runs[run, 0], runs[run, 1], runs[run, 2], runs[run, 3]
                if single:
                    base = a_j * j + (a_k * k + b)
                    at_first, at_last = a_i * first + base > 0.0, a_i * (end - 1) + base > 0.0
                    if at_first == at_last:
                        if not at_first:
                            count += end - first
                        continue
                low, high = remnant_interval(planes, k, j, first, end)
                if high > low:
                    count += high - low
            left[code] = count
    return left


@compiled
def count_pairs_taken(
    window: tuple[int, int, int, int],
    row_pointers: NDArray[np.int32],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    runs: NDArray[np.int16],
    pointers: NDArray[np.int32],
) -> NDArray[np.int64]:
    """(codes,) voxels in the resected intervals [start, end) of each row.

    Args:
        window: k first, k end, j first, j end of the rows; what lies outside is not resected.
        row_pointers: (rows + 1,) intervals before each row of the window.
        starts, ends: (n,) of the intervals.
        runs: (m, 4) k, j, first i, i after the last, sorted by code.
        pointers: (codes + 1,) runs before each code.
    """
    k_first, k_end, j_first, j_end = window
    columns = j_end - j_first
    taken = np.zeros(pointers.shape[0] - 1, dtype=np.int64)
    for code in range(taken.shape[0]):
        count = 0
        for run in range(pointers[code], pointers[code + 1]):
            k, j = runs[run, 0], runs[run, 1]
            if not (k_first <= k < k_end and j_first <= j < j_end):
                continue
            row = (k - k_first) * columns + (j - j_first)
            for interval in range(row_pointers[row], row_pointers[row + 1]):
                length = min(ends[interval], runs[run, 3]) - max(starts[interval], runs[run, 2])
                if length > 0:
                    count += length
        taken[code] = count
    return taken


@compiled
def walk(
    parent: NDArray[np.int32], branch: NDArray[np.int32], blocked: NDArray[np.bool_], rejoined: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(n,) whether an unbroken way leads from each sample to a source.

    Args:
        parent: (n,) sample before, -1 at a source; parents stand before children.
        branch: (n,) branch of each sample.
        blocked: (n,) whether the sample is gone.
        rejoined: (branches + 1,) branches whose stump is joined to the circulation again.
    """
    reached = np.zeros(parent.shape[0], dtype=np.bool_)
    for n in range(parent.shape[0]):
        if not blocked[n]:
            reached[n] = parent[n] < 0 or reached[parent[n]] or rejoined[branch[n]]
    return reached


@compiled
def tally(
    counts: NDArray[np.int64],
    pairs: NDArray[np.int32],
    portal_fed: NDArray[np.bool_],
    hepatic_drained: NDArray[np.bool_],
    portal_unseen: NDArray[np.bool_],
    hepatic_unseen: NDArray[np.bool_],
    portal_lost: NDArray[np.int64],
    hepatic_lost: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(11,) voxels: kept, devascularised, congested, both, functional, not assigned, direct, unsure, unseen, kept
    tumour, functional tumour.

    Args:
        counts: (codes,) kept voxels.
        pairs: (codes, 3) portal piece + 1, hepatic piece + 1, flags; 0 for none; one more than the last hepatic piece
            drains directly.
        portal_fed: (portal pieces,) whether blood comes there.
        hepatic_drained: (hepatic pieces,) whether blood leaves from there.
        portal_unseen, hepatic_unseen: per piece, whether that rests on an unseen link.
        portal_lost: (portal pieces,) adds the voxels that lose each piece.
        hepatic_lost: (hepatic pieces,) likewise.
    """
    sums = np.zeros(11, dtype=np.int64)
    direct = hepatic_drained.shape[0] + 1
    for code in range(counts.shape[0]):
        count = counts[code]
        if count == 0:
            continue
        portal, hepatic, flags = pairs[code, 0], pairs[code, 1], pairs[code, 2]
        no_supply = portal > 0 and not portal_fed[portal - 1]
        no_drain = 0 < hepatic < direct and not hepatic_drained[hepatic - 1]
        sums[0] += count
        if no_supply:
            sums[1] += count
            portal_lost[portal - 1] += count
        if no_drain:
            sums[2] += count
            hepatic_lost[hepatic - 1] += count
        if no_supply and no_drain:
            sums[3] += count
        working = False
        if not (no_supply or no_drain):
            working = portal > 0 and hepatic > 0
            sums[4 if working else 5] += count
        if hepatic == direct:
            sums[6] += count
        if flags & 1:
            sums[7] += count
        if (portal > 0 and portal_unseen[portal - 1]) or (0 < hepatic < direct and hepatic_unseen[hepatic - 1]):
            sums[8] += count
        if flags & 2:
            sums[9] += count
            if working:
                sums[10] += count
    return sums


@compiled
def sum_beyond(parent: NDArray[np.int32], middle: NDArray[np.int32], of_piece: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) sum over all pieces whose middle lies at a sample or beyond it.

    Args:
        parent: (n,) sample before, -1 at a source; parents stand before children.
        middle: (pieces,) middle sample of each piece.
        of_piece: (pieces,) what to sum.
    """
    sums = np.zeros(parent.shape[0], dtype=np.int64)
    for piece in range(middle.shape[0]):
        sums[middle[piece]] += of_piece[piece]
    for n in range(parent.shape[0] - 1, -1, -1):
        if parent[n] >= 0:
            sums[parent[n]] += sums[n]
    return sums
