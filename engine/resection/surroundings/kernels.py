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
    segments: NDArray[np.int32],
    here: tuple[int, int],
    there: tuple[int, int],
    labels: NDArray[np.int32],
    parents: NDArray[np.int32],
) -> None:
    """Joins the segments [first, end) of two neighbouring rows that lie side by side on one side of the cut.

    A segment without a label takes its neighbour's; only where two labels meet their trees are asked.
    """
    other = there[0]
    for segment in range(here[0], here[1]):
        first, end, side = segments[segment, 0], segments[segment, 1], segments[segment, 2]
        while other < there[1] and segments[other, 1] <= first:
            other += 1
        near = other
        while near < there[1] and segments[near, 0] < end:
            if segments[near, 2] == side:
                label = labels[near]
                if labels[segment] < 0:
                    labels[segment] = label
                elif labels[segment] != label:
                    a, b = root_of(parents, label), root_of(parents, labels[segment])
                    parents[max(a, b)] = min(a, b)
            near += 1


@compiled
def label_segments(
    segments: NDArray[np.int32], row_first: NDArray[np.int32], columns: int, labels: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Writes a label for each segment; returns the labels' parents, of which none comes after its own."""
    parents = np.empty(segments.shape[0], dtype=np.int32)
    labels[:] = -1
    count = 0
    for row in range(row_first.shape[0] - 1):
        here = (row_first[row], row_first[row + 1])
        if here[0] == here[1]:
            continue
        if row % columns > 0:
            join_rows(segments, here, (row_first[row - 1], row_first[row]), labels, parents)
        if row >= columns:
            join_rows(segments, here, (row_first[row - columns], row_first[row - columns + 1]), labels, parents)
        for segment in range(here[0], here[1]):
            if labels[segment] < 0:
                labels[segment] = count
                parents[count] = count
                count += 1
    return parents[:count]


@compiled
def join_segments(
    segments: NDArray[np.int32], row_first: NDArray[np.int32], columns: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Connected pieces by faces.

    Returns:
        (m,) piece of each segment, numbered from 0 in the order of their first segment; (pieces, 6) voxels, sums of
        i, j, k in the box's rows, the side, and the run that some segment of it came from.
    """
    piece = np.empty(segments.shape[0], dtype=np.int32)
    parents = label_segments(segments, row_first, columns, piece)
    number = np.empty(parents.shape[0], dtype=np.int32)
    pieces = 0
    for label in range(parents.shape[0]):
        if parents[label] == label:
            number[label] = pieces
            pieces += 1
        else:
            number[label] = number[parents[label]]
    sums = np.zeros((pieces, 6))
    for row in range(row_first.shape[0] - 1):
        k = row // columns
        j = row - k * columns
        for segment in range(row_first[row], row_first[row + 1]):
            first, end = segments[segment, 0], segments[segment, 1]
            length = end - first
            piece[segment] = number[piece[segment]]
            found = sums[piece[segment]]
            found[0] += length
            found[1] += 0.5 * length * (first + end - 1)
            found[2] += length * j
            found[3] += length * k
            found[4], found[5] = segments[segment, 2], segments[segment, 3]
    return piece, sums


@compiled
def sides_of_rows(segments: NDArray[np.int32], row_first: NDArray[np.int32]) -> NDArray[np.uint8]:
    """(rows,) 0 where a row has no segment, 1 for remnant ones, 2 for resected ones, 3 for both."""
    found = np.zeros(row_first.shape[0] - 1, dtype=np.uint8)
    for row in range(found.shape[0]):
        for segment in range(row_first[row], row_first[row + 1]):
            found[row] |= np.uint8(1 + segments[segment, 2])
    return found


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
    sides = sides_of_rows(segments, row_first)
    for row in range(row_first.shape[0] - 1):
        if sides[row] == 0:
            continue
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
            if sides[row] | sides[other] != 3:
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
