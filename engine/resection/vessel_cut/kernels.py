# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels that group vessel voxels along the cut.

Sides come in as one remnant interval [left, right) per row (what planes leave is convex), so nothing here
evaluates a sign of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled, inlined
from engine.resection.groups.kernels import MIXED, side_of

BLOCK = 16
"""Runs that are looked at together first."""
ROUNDING_MM = 1e-6
"""Far more than heights of planes are rounded by."""


@borrowing
def root_of(parents: NDArray[np.int32], node: int) -> int:
    """Root of a union-find tree, halving the path."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@borrowing
def is_remnant(left: NDArray[np.int32], right: NDArray[np.int32], k: int, j: int, i: int) -> bool:
    """Whether voxel i of row (k, j), counted in the window, remains."""
    return bool(left[k, j] <= i < right[k, j])


@inlined
def mark_beside(
    marks: NDArray[np.bool_], reach: tuple[int, int], found: tuple[int, int], other: tuple[int, int]
) -> tuple[int, int]:
    """Marks the voxels of a stretch that touch another one, corners included.

    Args:
        marks: of each voxel of a row.
        reach: first and last voxel marked so far.
        found: first and last of the stretch; empty where the last comes first.
        other: first and last of the other stretch, in this row or one beside it; likewise.

    Returns:
        First and last voxel marked now.
    """
    if other[0] > other[1]:
        return reach
    first, last = max(found[0], other[0] - 1), min(found[1], other[1] + 1)
    if first > last:
        return reach
    marks[first : last + 1] = True
    return min(reach[0], first), max(reach[1], last)


@borrowing
def mark_touching(
    run: NDArray[np.int32],
    all_runs: NDArray[np.int32],
    pointers: NDArray[np.int32],
    window: NDArray[np.int64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    marks: NDArray[np.bool_],
) -> tuple[int, int]:
    """Marks the voxels of a run with one of 26 neighbours of the same vessel on the other side; first and last marked.

    Arguments as of `vessel_groups`; marks: (i,) written.
    """
    first, last, j, k, vessel = run[0], run[1], run[2] - window[2], run[3] - window[0], run[4]
    from_left, to_right = left[k, j], right[k, j]
    reach = (marks.shape[0], -1)
    for other_k in range(max(k - 1, 0), min(k + 2, left.shape[0])):
        for other_j in range(max(j - 1, 0), min(j + 2, left.shape[1])):
            row = other_k * left.shape[1] + other_j
            other_left, other_right = left[other_k, other_j], right[other_k, other_j]
            for other in range(pointers[row], pointers[row + 1]):
                start, end = all_runs[other, 0], all_runs[other, 1]
                if start > last + 1:
                    break
                if end < first - 1 or all_runs[other, 4] != vessel:
                    continue
                stays = (max(start, other_left), min(end, other_right - 1))
                reach = mark_beside(marks, reach, (first, min(last, from_left - 1)), stays)
                reach = mark_beside(marks, reach, (max(first, to_right), last), stays)
                mine = (max(first, from_left), min(last, to_right - 1))
                reach = mark_beside(marks, reach, mine, (start, min(end, other_left - 1)))
                reach = mark_beside(marks, reach, mine, (max(start, other_right), end))
    return reach


@borrowing
def cut_step(planes: NDArray[np.float64], place: tuple[int, int, int], axis: int, direction: int) -> tuple[int, float]:
    """First plane met from a remnant voxel to a resected neighbour, and after which part of the step; -1 if none."""
    k, j, i = place
    first_plane = -1
    first_part = np.inf
    for plane in range(planes.shape[0]):
        here = planes[plane, 0] * i + (planes[plane, 1] * j + (planes[plane, 2] * k + planes[plane, 3]))
        rise = planes[plane, axis] * direction
        if rise > 0.0 and -here < first_part * rise:
            first_part = -here / rise
            first_plane = plane
    return first_plane, min(max(first_part, 0.0), 1.0)


@borrowing
def add_faces(
    columns: int,
    window: NDArray[np.int64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    planes: NDArray[np.float64],
    faces: NDArray[np.float64],
    place: tuple[int, int, int],
    sums: NDArray[np.float64],
) -> None:
    """Adds a vessel voxel to sums: area, area * (i, j, k) on the cut, voxels, (i, j, k).

    A face to the other side counts half for each of its two voxels that is vessel: counting only faces between two
    vessel voxels would lose the rim, a fifth of the area of a 6 mm vessel.
    """
    k, j, i = place
    sums[4] += 1.0
    sums[5] += i
    sums[6] += j
    sums[7] += k
    mine = is_remnant(left, right, k - window[0], j - window[2], i)
    for axis in range(3):
        for direction in (-1, 1):
            other_i = i + direction if axis == 0 else i
            other_j = j + direction if axis == 1 else j
            other_k = k + direction if axis == 2 else k
            if not (window[0] <= other_k < window[1] and window[2] <= other_j < window[3] and 0 <= other_i < columns):
                continue
            if is_remnant(left, right, other_k - window[0], other_j - window[2], other_i) == mine:
                continue
            if mine:
                plane, part = cut_step(planes, place, axis, direction)
            else:
                plane, part = cut_step(planes, (other_k, other_j, other_i), axis, -direction)
                part = 1.0 - part
            if plane < 0:
                continue
            area = 0.5 * faces[plane, axis]
            step = direction * part
            sums[0] += area
            sums[1] += area * (i + step if axis == 0 else i)
            sums[2] += area * (j + step if axis == 1 else j)
            sums[3] += area * (k + step if axis == 2 else k)


@inlined
def join(segments: NDArray[np.int32], parents: NDArray[np.int32], segment: int, other: int) -> None:
    """Joins two segments of neighbouring rows if they are the same vessel and touch, corners included."""
    if (
        segments[other, 2] == segments[segment, 2]
        and segments[other, 0] <= segments[segment, 1]
        and segments[segment, 0] <= segments[other, 1]
    ):
        a, b = root_of(parents, other), root_of(parents, segment)
        parents[max(a, b)] = min(a, b)


@compiled
def summed_groups(
    segments: NDArray[np.int32], parents: NDArray[np.int32], sums: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """(n, 5) vessel number, area in mm2, centre (i, j, k) of every group of segments."""
    groups = 0
    for segment in range(count):
        root = root_of(parents, segment)
        if root == segment:
            groups += 1
        else:
            sums[root] += sums[segment]
    found = np.empty((groups, 5))
    groups = 0
    for segment in range(count):
        if parents[segment] != segment:
            continue
        found[groups, 0] = segments[segment, 2]
        found[groups, 1] = sums[segment, 0]
        for axis in range(3):
            if sums[segment, 0] > 0.0:
                found[groups, 2 + axis] = sums[segment, 1 + axis] / sums[segment, 0]
            else:
                found[groups, 2 + axis] = sums[segment, 5 + axis] / sums[segment, 4]
        groups += 1
    return found


@borrowing
def is_far_from_cut(planes: NDArray[np.float64], run: NDArray[np.int32]) -> bool:
    """Whether a run and all its neighbours surely lie on one side: by the planes at its middle, in whole voxels."""
    i, j, k = 0.5 * (run[0] + run[1]), run[2], run[3]
    half = 0.5 * (run[1] - run[0]) + 1.0
    remains = True
    for plane in range(planes.shape[0]):
        a_i, a_j, a_k = planes[plane, 0], planes[plane, 1], planes[plane, 2]
        height = a_i * i + a_j * j + a_k * k + planes[plane, 3]
        reach = abs(a_i) * half + abs(a_j) + abs(a_k) + ROUNDING_MM
        if height > reach:
            return True
        remains = remains and height < -reach
    return remains


@compiled
def vessel_groups(
    runs: NDArray[np.int32],
    blocks: NDArray[np.int32],
    all_runs: NDArray[np.int32],
    pointers: NDArray[np.int32],
    row_length: int,
    window: NDArray[np.int64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    planes: NDArray[np.float64],
    faces: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Groups the vessel voxels along the cut.

    Args:
        runs: (n, 5) first i, last i (inclusive), j, k, vessel number of the runs asked about, sorted by k, j, i.
        blocks: (b, 6) first and last k, j, i (inclusive) of every `BLOCK` of these runs and their neighbours.
        all_runs: (m, 5) the same of all vessels: what may lie on their other side.
        pointers: (rows + 1,) of `all_runs` before each row of the window.
        row_length: voxels of a row.
        window: (4,) k first, k end, j first, j end that hold all runs and their neighbours in the volume.
        left: (window k, window j) first remnant voxel of each row.
        right: the voxel after the last remnant one.
        planes: (m, 4) planes in voxel indices.
        faces: (m, 3) area of the face across i, j, k seen along each plane's normal, mm2.

    Returns:
        (g, 5) vessel number, area in mm2, centre (i, j, k).
    """
    columns = window[3] - window[2]
    capacity = 1024
    segments = np.empty((capacity, 4), dtype=np.int32)  # first i, i after the last, vessel, row of the window
    sums = np.zeros((capacity, 8))
    parents = np.empty(capacity, dtype=np.int32)
    marks = np.zeros(row_length, dtype=np.bool_)
    count = 0
    skipped = False
    for run in range(runs.shape[0]):
        if run % BLOCK == 0:
            box = blocks[run // BLOCK]
            skipped = side_of(planes, box[0], box[1], box[2], box[3], box[4], box[5]) != MIXED
        if skipped or is_far_from_cut(planes, runs[run]):
            continue
        first, last = mark_touching(runs[run], all_runs, pointers, window, left, right, marks)
        j, k, vessel = runs[run, 2], runs[run, 3], runs[run, 4]
        row = (k - window[0]) * columns + (j - window[2])
        for i in range(first, last + 1):
            if not marks[i]:
                continue
            marks[i] = False
            latest = count - 1
            if count > 0 and segments[latest, 3] == row and segments[latest, 1] == i and segments[latest, 2] == vessel:
                segments[latest, 1] = i + 1
            else:
                if count == capacity:
                    segments, sums, parents = grown(segments, sums, parents)
                    capacity = segments.shape[0]
                segments[count, 0], segments[count, 1], segments[count, 2] = i, i + 1, vessel
                segments[count, 3], parents[count] = row, count
                count += 1
            add_faces(row_length, window, left, right, planes, faces, (k, j, i), sums[count - 1])
    join_segments(segments, parents, count, columns)
    return summed_groups(segments, parents, sums, count)


@borrowing
def join_segments(segments: NDArray[np.int32], parents: NDArray[np.int32], count: int, columns: int) -> None:
    """Joins all segments with those that touch them in the row before and in three rows of the slice before."""
    beside, above, after = 0, 0, 0
    for segment in range(count):
        row = segments[segment, 3]
        j = row % columns
        while segments[beside, 3] < row - 1:
            beside += 1
        at = beside
        while j > 0 and segments[at, 3] == row - 1:
            join(segments, parents, segment, at)
            at += 1
        first = row - columns - (1 if j > 0 else 0)
        last = row - columns + (1 if j < columns - 1 else 0)
        while segments[above, 3] < first:
            above += 1
        after = max(above, after)
        while segments[after, 3] <= last:
            after += 1
        for at in range(above, after):
            join(segments, parents, segment, at)


@compiled
def grown(
    segments: NDArray[np.int32], sums: NDArray[np.float64], parents: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32]]:
    """The three arrays at twice the length."""
    count = segments.shape[0]
    more_segments = np.empty((2 * count, 4), dtype=np.int32)
    more_segments[:count] = segments
    more_sums = np.zeros((2 * count, 8))
    more_sums[:count] = sums
    more_parents = np.empty(2 * count, dtype=np.int32)
    more_parents[:count] = parents
    return more_segments, more_sums, more_parents
