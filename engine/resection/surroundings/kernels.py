# ruff: noqa: PLR0912, PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: the liver's rows split by the cut, joined into pieces, and the faces between both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def liver_runs(labels: NDArray[np.uint8], is_liver: NDArray[np.bool_], pointers: NDArray[np.int32]) -> int:
    """Writes the running number of liver runs before each row of (k, j, i) labels; returns how many there are."""
    count = 0
    pointers[0] = 0
    for k in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            before = False
            for i in range(labels.shape[2]):
                here = is_liver[labels[k, j, i]]
                if here and not before:
                    count += 1
                before = here
            pointers[k * labels.shape[1] + j + 1] = count
    return count


@compiled
def fill_liver_runs(
    labels: NDArray[np.uint8], is_liver: NDArray[np.bool_], first_i: int, runs: NDArray[np.int16]
) -> None:
    """Writes (first i, i after the last) of every run, counted from first_i on."""
    run = -1
    for k in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            before = False
            for i in range(labels.shape[2]):
                here = is_liver[labels[k, j, i]]
                if here and not before:
                    run += 1
                    runs[run, 0] = i + first_i
                if here:
                    runs[run, 1] = i + first_i + 1
                before = here


@compiled
def split_runs(
    runs: NDArray[np.int16],
    pointers: NDArray[np.int32],
    place: tuple[int, int, int],
    window: tuple[int, int, int, int],
    cut_pointers: NDArray[np.int32],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Splits the liver's runs where the side changes.

    Args:
        runs: (n, 2) first i, i after the last.
        pointers: (rows + 1,) runs before each row of the liver's box.
        place: first k and first j of the box, and how many rows j it has.
        window: k first, k end, j first, j end of the cut's rows, which hold the box.
        cut_pointers, starts, ends: the cut's resected intervals.

    Returns:
        (m, 4) first i, i after the last, 1 if resected, run it came from; (rows + 1,) segments before each row.
    """
    k_first, j_first, columns = place
    rows = pointers.shape[0] - 1
    segments = np.empty((runs.shape[0] + 2 * starts.shape[0], 4), dtype=np.int32)
    row_first = np.empty(rows + 1, dtype=np.int32)
    count = 0
    row_first[0] = 0
    for row in range(rows):
        k, j = row // columns + k_first, row % columns + j_first
        cut = (k - window[0]) * (window[3] - window[2]) + (j - window[2])
        for run in range(pointers[row], pointers[row + 1]):
            at, end = np.int32(runs[run, 0]), np.int32(runs[run, 1])
            for interval in range(cut_pointers[cut], cut_pointers[cut + 1]):
                start, stop = np.int32(starts[interval]), np.int32(ends[interval])
                if stop <= at or start >= end:
                    continue
                if start > at:
                    segments[count, 0], segments[count, 1], segments[count, 2], segments[count, 3] = at, start, 0, run
                    count += 1
                    at = start
                stop = min(stop, end)
                segments[count, 0], segments[count, 1], segments[count, 2], segments[count, 3] = at, stop, 1, run
                count += 1
                at = stop
            if at < end:
                segments[count, 0], segments[count, 1], segments[count, 2], segments[count, 3] = at, end, 0, run
                count += 1
        row_first[row + 1] = count
    return segments[:count].copy(), row_first


@compiled
def root_of(parents: NDArray[np.int32], node: int) -> int:
    """Root of a union-find tree, halving the path."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@compiled
def join_rows(
    segments: NDArray[np.int32], here: tuple[int, int], there: tuple[int, int], parents: NDArray[np.int32]
) -> None:
    """Joins the segments [first, end) of two neighbouring rows that lie side by side on one side of the cut."""
    other = there[0]
    for segment in range(here[0], here[1]):
        while other < there[1] and segments[other, 1] <= segments[segment, 0]:
            other += 1
        near = other
        while near < there[1] and segments[near, 0] < segments[segment, 1]:
            if segments[near, 2] == segments[segment, 2]:
                a, b = root_of(parents, near), root_of(parents, segment)
                parents[max(a, b)] = min(a, b)
            near += 1


@compiled
def join_segments(
    segments: NDArray[np.int32], row_first: NDArray[np.int32], columns: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Connected pieces by faces.

    Returns:
        (m,) piece of each segment, numbered from 0 in the order of their first segment; (pieces, 5) voxels, sums of
        i, j, k in the box's rows, and the side.
    """
    parents = np.arange(segments.shape[0]).astype(np.int32)
    rows = row_first.shape[0] - 1
    for row in range(rows):
        here = (row_first[row], row_first[row + 1])
        if here[0] == here[1]:
            continue
        if row % columns > 0:
            join_rows(segments, here, (row_first[row - 1], row_first[row]), parents)
        if row >= columns:
            join_rows(segments, here, (row_first[row - columns], row_first[row - columns + 1]), parents)
    piece = np.empty(segments.shape[0], dtype=np.int32)
    pieces = 0
    for segment in range(segments.shape[0]):
        root = root_of(parents, segment)
        if root == segment:
            piece[segment] = pieces
            pieces += 1
        else:
            piece[segment] = piece[root]
    sums = np.zeros((pieces, 5))
    for row in range(rows):
        for segment in range(row_first[row], row_first[row + 1]):
            first, end = segments[segment, 0], segments[segment, 1]
            length = end - first
            found = sums[piece[segment]]
            found[0] += length
            found[1] += 0.5 * length * (first + end - 1)
            found[2] += length * (row % columns)
            found[3] += length * (row // columns)
            found[4] = segments[segment, 2]
    return piece, sums


@compiled
def cut_faces(
    segments: NDArray[np.int32],
    row_first: NDArray[np.int32],
    columns: int,
    stride: tuple[int, int, int],
    faces: NDArray[np.float32],
) -> int:
    """Centres of voxel faces between resected and remnant liver; returns how many, written as far as there is room.

    Args:
        segments: (m, 4) first i, i after the last, side, run.
        row_first: (rows + 1,) segments before each row.
        columns: rows j of a slice.
        stride: along i, j, k: of a face across one axis only every so many along the other two are taken.
        faces: (room, 3) written: i, j, k in the box's rows.
    """
    step_i, step_j, step_k = stride
    count = 0
    for row in range(row_first.shape[0] - 1):
        k, j = row // columns, row % columns
        taken_k, taken_j = k % step_k == 0, j % step_j == 0
        for segment in range(row_first[row], row_first[row + 1]):
            if taken_k and taken_j and segment > row_first[row]:
                before = segment - 1
                if segments[before, 1] == segments[segment, 0] and segments[before, 2] != segments[segment, 2]:
                    if count < faces.shape[0]:
                        faces[count, 0], faces[count, 1], faces[count, 2] = segments[segment, 0] - 0.5, j, k
                    count += 1
        for axis in range(2):
            other = row - 1 if axis == 0 else row - columns
            if (axis == 0 and (j == 0 or not taken_k)) or (axis == 1 and (k == 0 or not taken_j)):
                continue
            near = row_first[other]
            for segment in range(row_first[row], row_first[row + 1]):
                while near < row_first[other + 1] and segments[near, 1] <= segments[segment, 0]:
                    near += 1
                place = near
                while place < row_first[other + 1] and segments[place, 0] < segments[segment, 1]:
                    if segments[place, 2] != segments[segment, 2]:
                        first = max(segments[place, 0], segments[segment, 0])
                        end = min(segments[place, 1], segments[segment, 1])
                        first += (-first) % step_i
                        for i in range(first, end, step_i):
                            if count < faces.shape[0]:
                                faces[count, 0] = i
                                faces[count, 1] = j - 0.5 if axis == 0 else j
                                faces[count, 2] = k if axis == 0 else k - 0.5
                            count += 1
                    place += 1
    return count


@compiled
def points_of_faces(
    faces: NDArray[np.float32],
    start_kji: tuple[int, int, int],
    lps_from_ijk: NDArray[np.float64],
    shape: tuple[int, int, int],
    cell: tuple[int, int, int],
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """((n, 3) LPS mm, (n,) flat place of the cell) of face centres.

    No matrix product: the threads of its library wait for each other.

    Args:
        faces: (n, 3) i in the grid, j and k in the box's rows.
        start_kji: first k, j, i of the box.
        lps_from_ijk: (4, 4) of the grid.
        shape: cells along k, j, i, a border of one on every side among them.
        cell: voxels of a cell along k, j, i.
    """
    points = np.empty((faces.shape[0], 3))
    cells = np.empty(faces.shape[0], dtype=np.int32)
    m = lps_from_ijk
    for n in range(faces.shape[0]):
        i, j, k = faces[n, 0], faces[n, 1] + start_kji[1], faces[n, 2] + start_kji[0]
        for axis in range(3):
            points[n, axis] = m[axis, 0] * i + m[axis, 1] * j + m[axis, 2] * k + m[axis, 3]
        k_cell, j_cell = int(faces[n, 2]) // cell[0] + 1, int(faces[n, 1]) // cell[1] + 1
        cells[n] = (k_cell * shape[1] + j_cell) * shape[2] + int(faces[n, 0] - start_kji[2]) // cell[2] + 1
    return points, cells


@compiled
def outer_voxels(labels: NDArray[np.uint8], organ_of_value: NDArray[np.uint8], found: NDArray[np.int32]) -> int:
    """Voxels of organs with a face to something else; returns how many, written as far as there is room.

    Args:
        labels: (k, j, i).
        organ_of_value: (256,) number of the organ of a label value, 0 for none.
        found: (room, 4) written: organ, k, j, i.
    """
    nk, nj, ni = labels.shape
    count = 0
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                organ = organ_of_value[labels[k, j, i]]
                if organ == 0:
                    continue
                inner = k == 0 or organ_of_value[labels[k - 1, j, i]] == organ
                inner = inner and (k == nk - 1 or organ_of_value[labels[k + 1, j, i]] == organ)
                inner = inner and (j == 0 or organ_of_value[labels[k, j - 1, i]] == organ)
                inner = inner and (j == nj - 1 or organ_of_value[labels[k, j + 1, i]] == organ)
                inner = inner and (i == 0 or organ_of_value[labels[k, j, i - 1]] == organ)
                inner = inner and (i == ni - 1 or organ_of_value[labels[k, j, i + 1]] == organ)
                if inner:
                    continue
                if count < found.shape[0]:
                    found[count, 0], found[count, 1], found[count, 2], found[count, 3] = organ, k, j, i
                count += 1
    return count


@compiled
def mark_cells(
    labels: NDArray[np.uint8], is_liver: NDArray[np.bool_], cell: tuple[int, int, int], held: NDArray[np.bool_]
) -> None:
    """Sets the cells of `cell` voxels along k, j, i that hold liver."""
    for k in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            for i in range(labels.shape[2]):
                if is_liver[labels[k, j, i]]:
                    held[k // cell[0], j // cell[1], i // cell[2]] = True


@compiled
def away_from(
    points_mm: NDArray[np.float64], n: int, target: int, targets_mm: NDArray[np.float64], radii_mm: NDArray[np.float64]
) -> float:
    """Distance of point n to the wall of a target, mm."""
    x = points_mm[n, 0] - targets_mm[target, 0]
    y = points_mm[n, 1] - targets_mm[target, 1]
    z = points_mm[n, 2] - targets_mm[target, 2]
    return float(np.sqrt(x * x + y * y + z * z) - radii_mm[target])


@compiled
def nearest_targets(
    points_mm: NDArray[np.float64],
    cells: NDArray[np.int32],
    numbers: NDArray[np.int32],
    nearest: NDArray[np.int32],
    targets_mm: NDArray[np.float64],
    radii_mm: NDArray[np.float64],
    slack_mm: float,
    best: NDArray[np.float64],
) -> None:
    """Least distance of points to the walls of each group of targets.

    First by the target nearest to the middle of a point's own cell; then, for points that come within `slack_mm` of
    the best, by those of the cells around as well.

    Args:
        points_mm: (n, 3) LPS.
        cells: (n,) flat place of the cell of each point.
        numbers: (k, j, i) number of each cell, -1 for none; with a border of -1.
        nearest: (groups, cells) target nearest to the middle of each cell, -1 where all are too far.
        targets_mm: (m, 3) LPS.
        radii_mm: (m,) taken off the distance.
        slack_mm: how far a cell's target may be beaten by a neighbouring cell's.
        best: (groups, 2) written: distance (infinite where there is none), number of the point.
    """
    flat = numbers.ravel()
    nj, ni = numbers.shape[1], numbers.shape[2]
    first = np.empty(points_mm.shape[0])
    for group in range(nearest.shape[0]):
        least = np.inf
        for n in range(points_mm.shape[0]):
            number = flat[cells[n]]
            target = nearest[group, number] if number >= 0 else -1
            first[n] = np.inf if target < 0 else away_from(points_mm, n, target, targets_mm, radii_mm)
            least = min(least, first[n])
        limit = least + slack_mm
        where = -1
        for n in range(points_mm.shape[0]):
            if not first[n] <= limit or least == np.inf:
                continue
            for around in range(27):
                step = ((around // 9 - 1) * nj + (around // 3) % 3 - 1) * ni + around % 3 - 1
                number = flat[cells[n] + step]
                target = nearest[group, number] if number >= 0 else -1
                if target < 0:
                    continue
                away = away_from(points_mm, n, target, targets_mm, radii_mm)
                if away < least or where < 0:
                    least = min(least, away)
                    where = n
        best[group, 0] = least
        best[group, 1] = where
