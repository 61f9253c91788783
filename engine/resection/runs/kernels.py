# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: run-lengths of codes per voxel row, counted under intervals.

A table covers a box of rows: k0, k end, j0, j end (ends exclusive) of the grid. Its runs and slice boxes are in the
grid's own indices. Codes are dense numbers from 0; the code arrays come as uint8, uint16 or int32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled


@compiled
def count_runs(codes: NDArray[Any], pointers: NDArray[np.int32]) -> None:
    """Writes the running number of non-zero runs before each row of a (k, j, i) array; (nk * nj + 1,)."""
    slices, rows, columns = codes.shape
    total = 0
    pointers[0] = 0
    for k in range(slices):
        for j in range(rows):
            previous = codes[k, j, 0]
            if columns > 0 and previous != 0:
                total += 1
            for i in range(1, columns):
                value = codes[k, j, i]
                if value != previous:
                    if value != 0:
                        total += 1
                    previous = value
            pointers[k * rows + j + 1] = total


@compiled
def fill_runs(
    codes: NDArray[Any],
    first_i: int,
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    values: NDArray[Any],
) -> None:
    """Writes first index, index after the last (both counted from first_i on), and value of every run."""
    slices, rows, columns = codes.shape
    run = 0
    for k in range(slices):
        for j in range(rows):
            begin = 0
            for i in range(1, columns + 1):
                if i < columns and codes[k, j, i] == codes[k, j, begin]:
                    continue
                if codes[k, j, begin] != 0:
                    starts[run] = begin + first_i
                    ends[run] = i + first_i
                    values[run] = codes[k, j, begin]
                    run += 1
                begin = i


@compiled
def accumulate_rows(
    pointers: NDArray[np.int32],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    codes: NDArray[Any],
    box: NDArray[np.int64],
    stride: int,
    cumulative: NDArray[np.int32],
    boxes: NDArray[np.int32],
) -> None:
    """Writes voxels per code in all whole blocks of rows before block b of slice k, and each slice's box of runs.

    Args:
        pointers: (nk * nj + 1,) runs before each row.
        starts: (n,) first index of each run.
        ends: (n,) index after the last of each run.
        codes: (n,) code of each run.
        box: (4,) rows of the table.
        stride: rows of a block.
        cumulative: (nk, nj // stride + 2, codes), zeros on entry; the last holds the rows of the unfinished block too.
        boxes: (nk, 4) j first, j end, i first, i end (ends exclusive); zeros on entry, j end stays 0 where empty.
    """
    rows = box[3] - box[2]
    blocks = cumulative.shape[1] - 1
    for k in range(cumulative.shape[0]):
        first = np.int32(2**30)
        for j in range(rows):
            low = pointers[k * rows + j]
            high = pointers[k * rows + j + 1]
            if low == high:
                continue
            if boxes[k, 1] == 0:
                boxes[k, 0] = j + box[2]
            boxes[k, 1] = j + 1 + box[2]
            first = min(first, starts[low])
            boxes[k, 3] = max(boxes[k, 3], ends[high - 1])
            for run in range(low, high):
                cumulative[k, j // stride + 1, codes[run]] += ends[run] - starts[run]
        for block in range(blocks):
            for code in range(cumulative.shape[2]):
                cumulative[k, block + 1, code] += cumulative[k, block, code]
        if boxes[k, 1] > 0:
            boxes[k, 2] = first


@borrowing
def add_whole_rows(
    k: int,
    j_low: int,
    j_high: int,
    box: NDArray[np.int64],
    stride: int,
    pointers: NDArray[np.int32],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    codes: NDArray[Any],
    cumulative: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    """Adds all voxels of the rows [j_low, j_high) of slice k: whole blocks by difference, the rest by their runs."""
    low, high = j_low - box[2], j_high - box[2]
    if low >= high:
        return
    first_block = -(-low // stride)
    last_block = high // stride
    base = (k - box[0]) * (box[3] - box[2])
    if first_block >= last_block:
        for run in range(pointers[base + low], pointers[base + high]):
            counts[codes[run]] += ends[run] - starts[run]
        return
    for code in range(cumulative.shape[2]):
        counts[code] += cumulative[k - box[0], last_block, code] - cumulative[k - box[0], first_block, code]
    for run in range(pointers[base + low], pointers[base + first_block * stride]):
        counts[codes[run]] += ends[run] - starts[run]
    for run in range(pointers[base + last_block * stride], pointers[base + high]):
        counts[codes[run]] += ends[run] - starts[run]


@borrowing
def count_under(
    window: NDArray[np.int64],
    interval_pointers: NDArray[np.int32],
    interval_starts: NDArray[np.int16],
    interval_ends: NDArray[np.int16],
    box: NDArray[np.int64],
    stride: int,
    pointers: NDArray[np.int32],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    codes: NDArray[Any],
    cumulative: NDArray[np.int32],
    boxes: NDArray[np.int32],
    resected: NDArray[np.int64],
) -> None:
    """Adds the voxels per code that lie under intervals.

    Stretches of rows taken whole are read from the cumulative table.

    Args:
        window: (6,) k first, k end, j first, j end, i first, i end of the intervals' rows and span; they hold all runs.
        interval_pointers: (rows + 1,) intervals before each of the rows.
        interval_starts: first i of each interval.
        interval_ends: i after the last.
        box: (4,) rows of the table.
        stride: rows of a block of the cumulative table.
        pointers: runs before each row.
        starts: first i of each run.
        ends: i after the last.
        codes: code of each run.
        cumulative: voxels per code in the blocks before.
        boxes: each slice's box of runs.
        resected: (codes,) added to.
    """
    columns = window[3] - window[2]
    for k in range(box[0], box[1]):
        j_first, j_end = boxes[k - box[0], 0], boxes[k - box[0], 1]
        if j_end == 0:
            continue
        left, right = boxes[k - box[0], 2], boxes[k - box[0], 3]
        base = (k - box[0]) * (box[3] - box[2]) - box[2]
        row = (k - window[0]) * columns - window[2] + j_first
        whole_from = -1
        for j in range(j_first, j_end):
            first, last = interval_pointers[row], interval_pointers[row + 1]
            row += 1
            if last == first + 1 and interval_starts[first] <= left and interval_ends[first] >= right:
                if whole_from < 0:
                    whole_from = j
                continue
            if whole_from >= 0:
                add_whole_rows(k, whole_from, j, box, stride, pointers, starts, ends, codes, cumulative, resected)
                whole_from = -1
            if first == last:
                continue
            run, last_run = pointers[base + j], pointers[base + j + 1]
            for interval in range(first, last):
                start, end = interval_starts[interval], interval_ends[interval]
                while run < last_run and ends[run] <= start:
                    run += 1
                while run < last_run and starts[run] < end:
                    resected[codes[run]] += min(ends[run], end) - max(starts[run], start)
                    if ends[run] > end:
                        break
                    run += 1
        if whole_from >= 0:
            add_whole_rows(k, whole_from, j_end, box, stride, pointers, starts, ends, codes, cumulative, resected)
