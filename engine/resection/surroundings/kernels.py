# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: the liver's rows split by the cut, joined into pieces, and the faces between both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled, inlined


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


@inlined
def split_row(
    runs: NDArray[np.int16],
    of_row: tuple[int, int],
    intervals: tuple[int, int],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    segments: NDArray[np.int32],
    count: int,
) -> int:
    """Writes a row's runs, split where the side changes, from segment `count` on; returns how many there are now.

    A segment is first i, i after the last, 1 if resected, its label (none yet: -1), the run it came from.
    """
    for run in range(of_row[0], of_row[1]):
        at, end = int(runs[run, 0]), int(runs[run, 1])
        for interval in range(intervals[0], intervals[1]):
            start, stop = int(starts[interval]), int(ends[interval])
            if stop <= at or start >= end:
                continue
            if start > at:
                put(segments, count, at, start, 0, run)
                count += 1
                at = start
            stop = min(stop, end)
            put(segments, count, at, stop, 1, run)
            count += 1
            at = stop
        if at < end:
            put(segments, count, at, end, 0, run)
            count += 1
    return count


@inlined
def put(segments: NDArray[np.int32], n: int, first: int, end: int, side: int, run: int) -> None:
    """Writes segment n, without a label."""
    segments[n, 0], segments[n, 1], segments[n, 2], segments[n, 3], segments[n, 4] = first, end, side, -1, run


@compiled
def root_of(parents: NDArray[np.int32], node: int) -> int:
    """Root of a union-find tree, halving the path."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@inlined
def join_rows(
    segments: NDArray[np.int32],
    here: tuple[int, int],
    neighbours: NDArray[np.int32],
    there: tuple[int, int],
    parents: NDArray[np.int32],
    place: tuple[int, int, int],
    step_i: int,
    faces: NDArray[np.float32],
    count: int,
) -> int:
    """Joins the segments [first, end) of two neighbouring rows that lie side by side on one side of the cut.

    A segment without a label takes its neighbour's; only where two labels meet their trees are asked. Where the sides
    differ the faces between them are written, from `count` on; returns how many there are now.

    Args:
        segments: as `split_row` writes them.
        here: the row's.
        neighbours: likewise.
        there: the neighbour row's.
        parents: of labels.
        place: axis (1 for rows j, 2 for slices k), and j and k of the row.
        step_i: every so many faces along i are taken; none if 0.
        faces: (n, 3) i, j, k in the box's rows; written as far as there is room.
        count: how many there are.
    """
    other = there[0]
    for segment in range(here[0], here[1]):
        first, end, side = segments[segment, 0], segments[segment, 1], segments[segment, 2]
        while other < there[1] and neighbours[other, 1] <= first:
            other += 1
        near = other
        while near < there[1] and neighbours[near, 0] < end:
            if neighbours[near, 2] == side:
                label = neighbours[near, 3]
                if segments[segment, 3] < 0:
                    segments[segment, 3] = label
                elif segments[segment, 3] != label:
                    a, b = root_of(parents, label), root_of(parents, segments[segment, 3])
                    parents[max(a, b)] = min(a, b)
            elif step_i > 0:
                left, right = max(neighbours[near, 0], first), min(neighbours[near, 1], end)
                j = np.float32(place[1]) - np.float32(0.5 if place[0] == 1 else 0.0)
                k = np.float32(place[2]) - np.float32(0.5 if place[0] == 2 else 0.0)
                i = left if step_i == 1 else left + (-left) % step_i  # divisions and their ranges are dear here
                while i < right:
                    if count < faces.shape[0]:
                        faces[count, 0], faces[count, 1], faces[count, 2] = i, j, k
                    count += 1
                    i += step_i
            near += 1
    return count


@compiled
def most_of_a_slice(
    pointers: NDArray[np.int32], box: tuple[int, int, int], window: tuple[int, int, int, int], cut: NDArray[np.int32]
) -> int:
    """Upper bound of the segments in any slice; arguments of `cut_liver`."""
    most, wide = 0, window[3] - window[2]
    for k in range((pointers.shape[0] - 1) // max(box[2], 1)):
        first = (k + box[0] - window[0]) * wide + box[1] - window[2]
        intervals = cut[first + box[2]] - cut[first]
        most = max(most, pointers[(k + 1) * box[2]] - pointers[k * box[2]] + 2 * intervals)
    return most


@compiled
def cut_liver(
    runs: NDArray[np.int16],
    pointers: NDArray[np.int32],
    box: tuple[int, int, int],
    window: tuple[int, int, int, int],
    cut_pointers: NDArray[np.int32],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    stride: tuple[int, int, int],
    label_of_run: NDArray[np.int32],
    faces: NDArray[np.float32],
) -> tuple[NDArray[np.float64], int]:
    """Splits the liver's runs where the side changes, joins them to pieces by faces, and collects the cut's faces.

    All in one walk over the rows, of which it keeps this slice and the last: what it looks back to is at hand.

    Args:
        runs: (n, 2) first i, i after the last.
        pointers: (rows + 1,) runs before each row of the liver's box.
        box: first k and first j of the box, and how many rows j it has.
        window: k first, k end, j first, j end of the cut's rows, which hold the box.
        cut_pointers, starts, ends: the cut's resected intervals.
        stride: along i, j, k: of a face across one axis only every so many along the other two are taken.
        label_of_run: (n,) piece of each run, of its first segment; or (0,).
        faces: (room, 3) centres of faces between both sides, written as far as there is room: i, and j and k in the
            box's rows.

    Returns:
        (pieces, 6) voxels, sums of i, j, k in the box's rows, the side, the run of its first segment, in the order of
        their first segments; how many faces there are.
    """
    k_first, j_first, columns = box
    step_i, step_j, step_k = stride
    most = most_of_a_slice(pointers, box, window, cut_pointers)
    both = np.empty((2, most + 1, 5), dtype=np.int32)
    row_first = np.zeros((2, columns + 1), dtype=np.int32)
    parents = np.empty(runs.shape[0] + 2 * starts.shape[0], dtype=np.int32)
    sums = np.empty((parents.shape[0], 6))
    labels, found = 0, 0
    for k in range((pointers.shape[0] - 1) // max(columns, 1)):
        segments, last = both[k % 2], both[1 - k % 2]
        rows, last_rows = row_first[k % 2], row_first[1 - k % 2]
        in_k = k % step_k == 0
        cut = (k + k_first - window[0]) * (window[3] - window[2]) + (j_first - window[2])
        row = k * columns
        count = 0
        for j in range(columns):
            first = count
            if pointers[row + j] < pointers[row + j + 1]:
                in_j = j % step_j == 0
                of_row, intervals = (
                    (pointers[row + j], pointers[row + j + 1]),
                    (cut_pointers[cut + j], cut_pointers[cut + j + 1]),
                )
                count = split_row(runs, of_row, intervals, starts, ends, segments, first)
                if in_j and in_k:
                    for segment in range(first + 1, count):
                        if (
                            segments[segment - 1, 1] == segments[segment, 0]
                            and segments[segment - 1, 2] != segments[segment, 2]
                        ):
                            if found < faces.shape[0]:
                                faces[found, 0], faces[found, 1], faces[found, 2] = segments[segment, 0] - 0.5, j, k
                            found += 1
                if j > 0:
                    there, step = (rows[j - 1], first), step_i if in_k else 0
                    found = join_rows(segments, (first, count), segments, there, parents, (1, j, k), step, faces, found)
                if k > 0:
                    there, step = (last_rows[j], last_rows[j + 1]), step_i if in_j else 0
                    found = join_rows(segments, (first, count), last, there, parents, (2, j, k), step, faces, found)
                for segment in range(first, count):
                    labels = add_segment(segments, segment, j, k, labels, parents, sums, label_of_run)
            rows[j], rows[j + 1] = first, count
    pieces = gather_pieces(parents[:labels], sums)
    for run in range(label_of_run.shape[0]):
        label_of_run[run] = parents[label_of_run[run]]
    return sums[:pieces].copy(), found


@inlined
def add_segment(
    segments: NDArray[np.int32],
    n: int,
    j: int,
    k: int,
    labels: int,
    parents: NDArray[np.int32],
    sums: NDArray[np.float64],
    label_of_run: NDArray[np.int32],
) -> int:
    """Adds segment n, of row j, k, to its label's sums, a new label where it has none; returns how many there are."""
    label, run = segments[n, 3], segments[n, 4]
    if label < 0:
        label = labels
        segments[n, 3], parents[label] = label, label
        sums[label, 0], sums[label, 1], sums[label, 2], sums[label, 3] = 0.0, 0.0, 0.0, 0.0
        sums[label, 4], sums[label, 5] = segments[n, 2], run
        labels += 1
    if run < label_of_run.shape[0]:
        label_of_run[run] = label
    length = float(segments[n, 1] - segments[n, 0])
    sums[label, 0] += length
    sums[label, 1] += 0.5 * length * (segments[n, 0] + segments[n, 1] - 1)
    sums[label, 2] += length * j
    sums[label, 3] += length * k
    return labels


@compiled
def gather_pieces(parents: NDArray[np.int32], sums: NDArray[np.float64]) -> int:
    """Adds up the labels of each piece in the first rows of sums; parents become pieces. Returns how many there are."""
    pieces = 0
    for label in range(parents.shape[0]):
        if parents[label] == label:
            if pieces < label:
                sums[pieces] = sums[label]
            parents[label] = pieces
            pieces += 1
        else:
            parents[label] = parents[parents[label]]
            for column in range(4):
                sums[parents[label], column] += sums[label, column]
    return pieces
