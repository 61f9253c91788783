# ruff: noqa: PLR0912, PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: the intervals of voxel rows that follow from where a surface crosses them.

A row's crossings lead in and out in turn and tell its sides. A row without any lies on the side of the face
i = i first - 1, whose sides follow from the crossings of its lines along j in the same way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, inlined
from engine.resection.surface.raster.exact.kernels import Exact, ask_row

ENOUGH_VOTES = 16
ASK = -9


@borrowing
def side_before(crossings: NDArray[np.int32], row: int, count: int) -> int:
    """Sorts a row's crossings; 1 or 0 if it is resected before the first, -1 if they do not tell."""
    if count == 1:
        return int(1 - (crossings[row, 0] & 1))
    total = 0
    for place in range(count):
        value = crossings[row, place]
        total += 2 * (value & 1) - 1
        at = place
        while at > 0 and crossings[row, at - 1] > value:
            crossings[row, at] = crossings[row, at - 1]
            at -= 1
        crossings[row, at] = value
    if total != 0:
        return 0 if total > 0 else 1
    if crossings[row, 0] >> 2 == crossings[row, 1] >> 2:  # in and out again between two voxels
        return -1
    return int(1 - (crossings[row, 0] & 1))


@inlined
def on_face(before: int, crossings: NDArray[np.int32], row: int, count: int) -> int:
    """The side of a row on the face, -1 if its crossings do not tell.

    Args:
        before: `side_before` of it.
        crossings: sorted.
        row: number of the row.
        count: its crossings.
    """
    side = before
    for place in range(count if before >= 0 else 0):
        if crossings[row, place] & 2:
            side += 2 * (crossings[row, place] & 1) - 1
    return side


@borrowing
def side_at_start(crossings: NDArray[np.int32], row: int, count: int, face: int) -> int:
    """The side before a row's crossings, which it sorts; `ASK` where they do not tell.

    Crossings at nearly one place may be out of order, where the row all but touches the surface: then they do not lead
    in and out in turn, or contradict the face.

    Args:
        crossings: see `crossing.kernels.cross_triangle`.
        row: number of the row.
        count: its crossings, two at least.
        face: the side on the face.
    """
    before = side_before(crossings, row, count)
    for place in range(1, count):
        if (crossings[row, place] ^ crossings[row, place - 1]) & 1 == 0:
            return ASK
    return before if on_face(before, crossings, row, count) == face else ASK


@borrowing
def sides_of_slices(
    box: NDArray[np.int64],
    asked: NDArray[np.int32],
    counts: NDArray[np.int32],
    crossings: NDArray[np.int32],
    flips: NDArray[np.int8],
    sides: NDArray[np.int8],
) -> None:
    """Writes (slices,) the side of the face before each slice's first row: 0, 1, or -1 where nothing tells.

    Where the face itself is not crossed, most of the rows decide: one that touches the face may be off by rounding.
    """
    rows = box[3] - box[2]
    for k in range(sides.shape[0]):
        sides[k] = -1
        for j in range(rows + 1 if flips[k, rows + 1] != 0 else 0):
            if flips[k, j] != 0:
                sides[k] = 0 if flips[k, j] > 0 else 1
                break
        if sides[k] >= 0:
            continue
        votes = 0
        base = k * rows - box[2]
        for row in range(base + asked[k, 0], base + asked[k, 1]):
            if counts[row] != 0:
                before = side_before(crossings, row, int(counts[row]))
                side = on_face(before, crossings, row, int(counts[row]))
                votes += 0 if side < 0 else 2 * side - 1
                if abs(votes) == ENOUGH_VOTES:
                    break
        if votes != 0:
            sides[k] = 1 if votes > 0 else 0


@borrowing
def fill_rows(
    box: NDArray[np.int64],
    asked: NDArray[np.int32],
    counts: NDArray[np.int32],
    crossings: NDArray[np.int32],
    flips: NDArray[np.int8],
    sides: NDArray[np.int8],
    pointers: NDArray[np.int32],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    exact: Exact,
) -> int:
    """Writes the resected intervals of every row that is asked for; returns how many.

    Args:
        box: (6,) k first, k end, j first, j end, i first, i end.
        asked: see `crossing.kernels.cross_triangle`.
        counts: as `crossing.kernels.cross_grid` made them.
        crossings: likewise.
        flips: likewise.
        sides: (slices,) 0 or 1 on the face before the first row of each slice.
        pointers: (rows + 1,) written.
        starts: long enough, written.
        ends: likewise.
        exact: the surface.
    """
    rows = box[3] - box[2]
    i_first, i_end = box[4], box[5]
    count = 0
    row = 0
    pointers[0] = 0
    for k in range(sides.shape[0]):
        face = int(sides[k])
        first, end = asked[k, 0] - box[2], asked[k, 1] - box[2]
        for j in range(first if flips[k, rows + 1] != 0 else 0):
            if flips[k, j] != 0:
                face = 1 if flips[k, j] > 0 else 0
        pointers[row + 1 : row + first + 1] = count
        row += first
        for j in range(first, end):
            if flips[k, j] != 0:
                face = 1 if flips[k, j] > 0 else 0
            side = face
            opened = i_first
            if counts[row] == 1:
                at = i_first + (crossings[row, 0] >> 2)
                if crossings[row, 0] & 1:
                    side, opened = 1, at
                else:
                    side = 0
                    if at > i_first:
                        starts[count] = i_first
                        ends[count] = at
                        count += 1
            elif counts[row] != 0:
                side = side_at_start(crossings, row, int(counts[row]), face)
                if side == ASK:
                    count = ask_row((j + box[2], k + box[0]), (i_first, i_end), starts, ends, count, exact)
                    row += 1
                    pointers[row] = count
                    continue
                for place in range(int(counts[row])):
                    at = i_first + (crossings[row, place] >> 2)
                    step = 2 * (crossings[row, place] & 1) - 1
                    if side <= 0 < side + step:
                        opened = at
                    elif side > 0 >= side + step and at > opened:
                        starts[count] = opened
                        ends[count] = at
                        count += 1
                    side += step
            if side > 0 and i_end > opened:
                starts[count] = opened
                ends[count] = i_end
                count += 1
            row += 1
            pointers[row] = count
        pointers[row + 1 : row + rows - end + 1] = count
        row += rows - end
    return count
