# ruff: noqa: PLR0912, PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels that group vessel voxels along the cut.

Sides come in as one remnant interval [left, right) per row (what planes leave is convex), so nothing here
evaluates a sign of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

ROUNDING_MM = 1e-6
"""Far more than heights of planes are rounded by."""


@compiled
def root_of(parents: NDArray[np.int32], node: int) -> int:
    """Root of a union-find tree, halving the path."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@compiled
def is_remnant(left: NDArray[np.int32], right: NDArray[np.int32], k: int, j: int, i: int) -> bool:
    """Whether voxel i of row (k, j), counted in the window, remains."""
    return bool(left[k, j] <= i < right[k, j])


@compiled
def touches_other_side(
    labels: NDArray[np.uint8],
    vessel_of_value: NDArray[np.uint8],
    window: NDArray[np.int64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    place: tuple[int, int, int],
) -> bool:
    """Whether one of the 26 neighbours is the same vessel on the other side of the cut; place = (k, j, i)."""
    k, j, i = place
    vessel = vessel_of_value[labels[k, j, i]]
    mine = is_remnant(left, right, k - window[0], j - window[2], i)
    for other_k in range(max(k - 1, window[0]), min(k + 2, window[1])):
        for other_j in range(max(j - 1, window[2]), min(j + 2, window[3])):
            for other_i in range(max(i - 1, 0), min(i + 2, labels.shape[2])):
                if is_remnant(left, right, other_k - window[0], other_j - window[2], other_i) == mine:
                    continue
                if vessel_of_value[labels[other_k, other_j, other_i]] == vessel:
                    return True
    return False


@compiled
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


@compiled
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


@compiled
def slab_reach(left: NDArray[np.int32], right: NDArray[np.int32], k: int, j: int) -> tuple[int, int, int, int]:
    """Lowest and highest left and right ends among a row and its eight neighbours; the cut lies between."""
    low_left, high_left = left[k, j], left[k, j]
    low_right, high_right = right[k, j], right[k, j]
    for other_k in range(max(k - 1, 0), min(k + 2, left.shape[0])):
        for other_j in range(max(j - 1, 0), min(j + 2, left.shape[1])):
            low_left = min(low_left, left[other_k, other_j])
            high_left = max(high_left, left[other_k, other_j])
            low_right = min(low_right, right[other_k, other_j])
            high_right = max(high_right, right[other_k, other_j])
    return low_left, high_left, low_right, high_right


@compiled
def join_rows(segments: NDArray[np.int32], parents: NDArray[np.int32], segment: int, first: int, last: int) -> None:
    """Joins a segment with those of [first, last) that are the same vessel and touch it, corners included."""
    for other in range(first, last):
        if segments[other, 2] != segments[segment, 2]:
            continue
        if segments[other, 0] <= segments[segment, 1] and segments[segment, 0] <= segments[other, 1]:
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


@compiled
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
    labels: NDArray[np.uint8],
    vessel_of_value: NDArray[np.uint8],
    runs: NDArray[np.int32],
    window: NDArray[np.int64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    planes: NDArray[np.float64],
    faces: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Groups the vessel voxels along the cut.

    Args:
        labels: (k, j, i) labels.
        vessel_of_value: (256,) number of the vessel a label value belongs to, 0 for none.
        runs: (n, 4) first i, last i (inclusive), j, k of vessel runs, sorted by k, j, i.
        window: (4,) k first, k end, j first, j end that hold all runs and their neighbours in the volume.
        left: (window k, window j) first remnant voxel of each row.
        right: the voxel after the last remnant one.
        planes: (m, 4) planes in voxel indices.
        faces: (m, 3) area of the face across i, j, k seen along each plane's normal, mm2.

    Returns:
        (g, 5) vessel number, area in mm2, centre (i, j, k).
    """
    columns = window[3] - window[2]
    row_first = np.zeros((window[1] - window[0]) * columns + 2, dtype=np.int32)
    capacity = 1024
    segments = np.empty((capacity, 3), dtype=np.int32)  # first i, i after the last, vessel
    sums = np.zeros((capacity, 8))
    parents = np.empty(capacity, dtype=np.int32)
    count = 0
    row_done = -1
    for run in range(runs.shape[0]):
        j, k = runs[run, 2], runs[run, 3]
        row = (k - window[0]) * columns + (j - window[2])
        for passed in range(row_done + 1, row + 1):
            row_first[passed] = count
        row_done = row
        if is_far_from_cut(planes, runs[run]):
            continue
        low_left, high_left, low_right, high_right = slab_reach(left, right, k - window[0], j - window[2])
        begin = runs[run, 0]
        for stretch in range(2):
            reach = (low_left - 1, high_left) if stretch == 0 else (low_right - 1, high_right)
            begin = max(begin, reach[0])
            for i in range(begin, min(runs[run, 1], reach[1]) + 1):
                begin = i + 1
                place = (k, j, i)
                if not touches_other_side(labels, vessel_of_value, window, left, right, place):
                    continue
                vessel = vessel_of_value[labels[k, j, i]]
                latest = count - 1
                if count > row_first[row] and segments[latest, 1] == i and segments[latest, 2] == vessel:
                    segments[latest, 1] = i + 1
                else:
                    if count == capacity:
                        segments, sums, parents = grown(segments, sums, parents)
                        capacity = segments.shape[0]
                    segments[count, 0], segments[count, 1], segments[count, 2] = i, i + 1, vessel
                    parents[count] = count
                    count += 1
                add_faces(labels.shape[2], window, left, right, planes, faces, place, sums[count - 1])
    for passed in range(row_done + 1, row_first.shape[0]):
        row_first[passed] = count
    for row in range(row_first.shape[0] - 1):
        k, j = row // columns, row % columns
        for segment in range(row_first[row], row_first[row + 1]):
            if j > 0:
                join_rows(segments, parents, segment, row_first[row - 1], row_first[row])
            if k > 0:
                above = row - columns
                first = above - 1 if j > 0 else above
                last = above + 2 if j < columns - 1 else above + 1
                join_rows(segments, parents, segment, row_first[first], row_first[last])
    return summed_groups(segments, parents, sums, count)


@compiled
def grown(
    segments: NDArray[np.int32], sums: NDArray[np.float64], parents: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32]]:
    """The three arrays at twice the length."""
    count = segments.shape[0]
    more_segments = np.empty((2 * count, 3), dtype=np.int32)
    more_segments[:count] = segments
    more_sums = np.zeros((2 * count, 8))
    more_sums[:count] = sums
    more_parents = np.empty(2 * count, dtype=np.int32)
    more_parents[:count] = parents
    return more_segments, more_sums, more_parents
