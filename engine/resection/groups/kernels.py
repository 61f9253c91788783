# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: what planes leave of runs that are sorted by code and grouped by neighbouring rows.

Signs are those of `engine.resection.kernels`: along i, j and k each rounding step is monotone, so the extremes of a
plane over a box of voxels lie at two of its corners in floating point too, and a box on one side is counted whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled, inlined
from engine.resection.kernels import LEAST_SLOPE, SURE, remnant_interval

ROWS = 16
"""Rows of a group at most."""
MIXED, RESECTED, REMNANT = 0, 1, 2


@compiled
def group_runs(places: NDArray[np.int32], codes: NDArray[np.int64], groups: NDArray[np.int32]) -> int:
    """Writes the groups of runs that are sorted by code, k, j and i; returns how many.

    Args:
        places: (n, 4) k, j, first i, i after the last.
        codes: (n,) ascending.
        groups: (n + 1, 8) written: k, first j, last j, first i, last i (all inclusive), first slot, voxels, code.
    """
    count, slots, in_row, widest, last_j = 0, 0, 0, 0, 0
    for run in range(places.shape[0]):
        k, j, first, end = places[run, 0], places[run, 1], places[run, 2], places[run, 3]
        group = groups[count - 1]
        if count == 0 or group[7] != codes[run] or group[0] != k or j - group[1] >= ROWS:
            slots += widest
            group = groups[count]
            group[0], group[1], group[3], group[4], group[5], group[6] = k, j, first, end - 1, slots, 0
            group[7] = codes[run]
            count += 1
            in_row, widest, last_j = 0, 0, j
        in_row = in_row + 1 if j == last_j else 1
        widest, last_j = max(widest, in_row), j
        group[2] = j
        group[3], group[4] = min(group[3], first), max(group[4], end - 1)
        group[6] += end - first
    groups[count, 5] = slots + widest
    return count


@compiled
def fill_slots(
    places: NDArray[np.int32], codes: NDArray[np.int64], groups: NDArray[np.int32], slots: NDArray[np.int16]
) -> None:
    """Writes the runs side by side, row by row: slot n of a group holds the n-th run of each of its rows.

    Args:
        places: as for `group_runs`, which wrote the groups.
        codes: likewise.
        groups: as it wrote them.
        slots: (m, 2, `ROWS`) first i and i after the last of each row's run, zeros on entry: no run.
    """
    group, in_row, last_j = -1, 0, -1
    for run in range(places.shape[0]):
        k, j = places[run, 0], places[run, 1]
        if group < 0 or groups[group, 7] != codes[run] or groups[group, 0] != k or j > groups[group, 2]:
            group += 1
            last_j = -1
        in_row = in_row + 1 if j == last_j else 0
        last_j = j
        slots[groups[group, 5] + in_row, 0, j - groups[group, 1]] = places[run, 2]
        slots[groups[group, 5] + in_row, 1, j - groups[group, 1]] = places[run, 3]


@compiled
def boxes_of_codes(groups: NDArray[np.int32], pointers: NDArray[np.int32], boxes: NDArray[np.int32]) -> None:
    """Writes (codes, 6) first and last k, j, i (inclusive) of the groups of each code; none is empty."""
    for code in range(boxes.shape[0]):
        first, last = groups[pointers[code]], groups[pointers[code + 1] - 1]
        boxes[code, 0], boxes[code, 1] = first[0], last[0]
        boxes[code, 2], boxes[code, 3], boxes[code, 4], boxes[code, 5] = first[1], first[2], first[3], first[4]
        for group in range(pointers[code], pointers[code + 1]):
            boxes[code, 2] = min(boxes[code, 2], groups[group, 1])
            boxes[code, 3] = max(boxes[code, 3], groups[group, 2])
            boxes[code, 4] = min(boxes[code, 4], groups[group, 3])
            boxes[code, 5] = max(boxes[code, 5], groups[group, 4])


@borrowing
def side_of(
    planes: NDArray[np.float64], low_k: int, high_k: int, low_j: int, high_j: int, low_i: int, high_i: int
) -> int:
    """`RESECTED` if one plane takes the whole box, `REMNANT` if none takes any of it, else `MIXED`."""
    side = REMNANT
    for plane in range(planes.shape[0]):
        a_i, a_j, a_k, b = planes[plane, 0], planes[plane, 1], planes[plane, 2], planes[plane, 3]
        least_k, most_k = (low_k, high_k) if a_k > 0.0 else (high_k, low_k)
        least_j, most_j = (low_j, high_j) if a_j > 0.0 else (high_j, low_j)
        least_i, most_i = (low_i, high_i) if a_i > 0.0 else (high_i, low_i)
        if a_i * least_i + (a_j * least_j + (a_k * least_k + b)) > 0.0:
            return RESECTED
        if a_i * most_i + (a_j * most_j + (a_k * most_k + b)) > 0.0:
            side = MIXED
    return side


@inlined
def cross_rows(
    a_j: float,
    offset: float,
    inverse: float,
    groups: NDArray[np.int32],
    number: int,
    ends: NDArray[np.int16],
) -> bool:
    """Writes the first voxel beyond the crossing of each row of a group; false if one lies too near to a centre.

    Always `ROWS` rows, without a branch and with one type of number at a time, so that they are solved side by side.

    Args:
        a_j: rise of the plane's function from row to row.
        offset: its value at i = 0, j = 0.
        inverse: -1 / its slope along i.
        groups: see `group_runs`.
        number: of the group.
        ends: (`ROWS`,) written, from the group's first voxel along i to the one after its last.
    """
    low, high = groups[number, 3] + 0.5, groups[number, 4] + 1.5
    first = float(groups[number, 1])
    unsure = 0
    for row in range(ROWS):
        beyond = (a_j * (first + row) + offset) * inverse + 1.0
        beyond = low if beyond < low else beyond
        beyond = high if beyond > high else beyond
        voxel = np.int32(beyond)
        ends[row] = voxel
        part = beyond - voxel
        unsure += int((part < SURE) | (part > 1.0 - SURE))
    return unsure == 0


@inlined
def count_before(
    first_slot: int, end_slot: int, slots: NDArray[np.int16], crossings: NDArray[np.int16], sums: NDArray[np.int16]
) -> int:
    """Voxels of a group before the crossings of its rows; a row's sum is no longer than a row."""
    for row in range(ROWS):
        sums[row] = 0
    for slot in range(first_slot, end_slot):
        for row in range(ROWS):
            crossing, start, end = crossings[row], slots[slot, 0, row], slots[slot, 1, row]
            end = end if end < crossing else crossing
            start = start if start < crossing else crossing
            sums[row] += end - start
    total = 0
    for row in range(ROWS):
        total += int(sums[row])
    return total


@borrowing
def count_row_by_row(
    planes: NDArray[np.float64], group: NDArray[np.int32], end_slot: int, slots: NDArray[np.int16]
) -> int:
    """Remnant voxels of a group by the sign of the voxels next to the crossings."""
    total = 0
    for row in range(group[2] - group[1] + 1):
        left, right = remnant_interval(planes, group[0], group[1] + row, group[3], group[4] + 1)
        for slot in range(group[5], end_slot):
            total += max(min(slots[slot, 1, row], right) - max(slots[slot, 0, row], left), 0)
    return total


@compiled
def count_remnant(
    planes: NDArray[np.float64],
    boxes: NDArray[np.int32],
    totals: NDArray[np.int64],
    pointers: NDArray[np.int32],
    groups: NDArray[np.int32],
    slots: NDArray[np.int16],
) -> NDArray[np.int64]:
    """(codes,) voxels that none of at least one of (m, 4) planes resects.

    Args:
        planes: see `engine.resection.kernels`.
        boxes: (codes, 6) as `boxes_of_codes` writes them.
        totals: (codes,) voxels.
        pointers: (codes + 1,) groups before each code.
        groups: as `group_runs` writes them.
        slots: as `fill_slots` writes them.
    """
    remnant = np.zeros(totals.shape[0], dtype=np.int64)
    room = (np.empty(ROWS, dtype=np.int16), np.empty(ROWS, dtype=np.int16))
    single = planes.shape[0] == 1 and abs(planes[0, 0]) >= LEAST_SLOPE
    for code in range(totals.shape[0]):
        box = boxes[code]
        side = side_of(planes, box[0], box[1], box[2], box[3], box[4], box[5])
        if side != MIXED:
            remnant[code] = totals[code] if side == REMNANT else 0
        elif single:
            remnant[code] = count_under_plane(planes, pointers[code], pointers[code + 1], groups, slots, room)
        else:
            count = 0
            for number in range(pointers[code], pointers[code + 1]):
                group = groups[number]
                side = side_of(planes, group[0], group[0], group[1], group[2], group[3], group[4])
                if side == REMNANT:
                    count += group[6]
                elif side == MIXED:
                    count += count_row_by_row(planes, group, groups[number + 1, 5], slots)
            remnant[code] = count
    return remnant


@borrowing
def count_under_plane(
    planes: NDArray[np.float64],
    first: int,
    end: int,
    groups: NDArray[np.int32],
    slots: NDArray[np.int16],
    room: tuple[NDArray[np.int16], NDArray[np.int16]],
) -> int:
    """Voxels of the groups [first, end) that one plane with a slope along i does not resect.

    The same as for several planes, with as little as possible to be done for a group: there are thousands. The room
    to work in is (`ROWS`,) twice.
    """
    crossings, sums = room
    a_i, a_j, a_k, b = planes[0, 0], planes[0, 1], planes[0, 2], planes[0, 3]
    inverse = -1.0 / a_i
    least_i, most_i = (3, 4) if a_i > 0.0 else (4, 3)
    least_j, most_j = (1, 2) if a_j > 0.0 else (2, 1)
    count = 0
    for number in range(first, end):
        offset = a_k * groups[number, 0] + b
        if a_i * groups[number, least_i] + (a_j * groups[number, least_j] + offset) > 0.0:
            continue
        if not a_i * groups[number, most_i] + (a_j * groups[number, most_j] + offset) > 0.0:
            count += groups[number, 6]
        elif cross_rows(a_j, offset, inverse, groups, number, crossings):
            before = count_before(groups[number, 5], groups[number + 1, 5], slots, crossings, sums)
            count += before if a_i > 0.0 else groups[number, 6] - before
        else:
            count += count_row_by_row(planes, groups[number], groups[number + 1, 5], slots)
    return count
