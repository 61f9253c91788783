"""Compiled kernels on intervals of voxel rows. Single thread, no GIL."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled
from engine.resection.kernels import remnant_of_rows


@compiled
def fill_mask(
    pointers: NDArray[np.int32], starts: NDArray[np.int16], ends: NDArray[np.int16], taken: NDArray[np.bool_]
) -> None:
    """Sets the voxels of every interval in (rows, columns) taken, false on entry."""
    for row in range(taken.shape[0]):
        for interval in range(pointers[row], pointers[row + 1]):
            taken[row, starts[interval] : ends[interval]] = True


@compiled
def count_intervals(taken: NDArray[np.bool_], pointers: NDArray[np.int32]) -> None:
    """Writes the running number of intervals before each row of a (rows, columns) mask; (rows + 1,)."""
    total = 0
    pointers[0] = 0
    for row in range(taken.shape[0]):
        before = False
        for i in range(taken.shape[1]):
            if taken[row, i] and not before:
                total += 1
            before = taken[row, i]
        pointers[row + 1] = total


@compiled
def fill_intervals(taken: NDArray[np.bool_], starts: NDArray[np.int16], ends: NDArray[np.int16]) -> None:
    """Writes the ends of every interval of a (rows, columns) mask, rows in order."""
    interval = 0
    for row in range(taken.shape[0]):
        before = False
        for i in range(taken.shape[1]):
            if taken[row, i] and not before:
                starts[interval] = i
            elif before and not taken[row, i]:
                ends[interval] = i
                interval += 1
            before = taken[row, i]
        if before:
            ends[interval] = taken.shape[1]
            interval += 1


@compiled
def united(
    pointers_a: NDArray[np.int32],
    starts_a: NDArray[np.int16],
    ends_a: NDArray[np.int16],
    pointers_b: NDArray[np.int32],
    starts_b: NDArray[np.int16],
    ends_b: NDArray[np.int16],
) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int16]]:
    """Merges two sets of intervals row by row; intervals that touch become one."""
    rows = pointers_a.shape[0] - 1
    pointers = np.empty(rows + 1, dtype=np.int32)
    starts = np.empty(starts_a.shape[0] + starts_b.shape[0], dtype=np.int16)
    ends = np.empty(starts.shape[0], dtype=np.int16)
    count = 0
    pointers[0] = 0
    for row in range(rows):
        first = count
        a, b = pointers_a[row], pointers_b[row]
        end_a, end_b = pointers_a[row + 1], pointers_b[row + 1]
        while a < end_a or b < end_b:
            if b == end_b or (a < end_a and starts_a[a] <= starts_b[b]):
                start, end = starts_a[a], ends_a[a]
                a += 1
            else:
                start, end = starts_b[b], ends_b[b]
                b += 1
            if count > first and start <= ends[count - 1]:
                ends[count - 1] = max(ends[count - 1], end)
            else:
                starts[count] = start
                ends[count] = end
                count += 1
        pointers[row + 1] = count
    return pointers, starts[:count].copy(), ends[:count].copy()


@compiled
def plane_intervals(
    planes: NDArray[np.float64],
    window: NDArray[np.int64],
    pointers: NDArray[np.int32],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
) -> int:
    """Writes what (m, 4) planes take of every row of a window; returns how many intervals.

    Args:
        planes: in voxel indices.
        window: (6,) k first, k end, j first, j end, i first, i end.
        pointers: (rows + 1,) written.
        starts: (2 * rows,) written.
        ends: (2 * rows,) written.
    """
    first, end = window[4], window[5]
    rows = window[3] - window[2]
    left, right = np.empty(rows, dtype=np.int32), np.empty(rows, dtype=np.int32)
    room = np.empty(rows, dtype=np.int32)
    count = 0
    row = 0
    pointers[0] = 0
    for k in range(window[0], window[1]):
        remnant_of_rows(planes, k, (window[2], window[3], first, end), left, right, room)
        for j in range(rows):
            low, high = left[j], right[j]
            if low >= high:
                low = high = np.int32(end)
            if low > first:
                starts[count] = first
                ends[count] = low
                count += 1
            if high < end:
                starts[count] = high
                ends[count] = end
                count += 1
            row += 1
            pointers[row] = count
    return count
