# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: the liver's rows split by the cut, joined into pieces, and the faces between both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled, inlined


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


Segments = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
"""First i, i after the last, 1 if resected, label (none yet: -1) and the run it came from, of each segment: arrays of
their own, as finding a place in one costs less than in a table of them."""


@inlined
def split_row(
    runs: NDArray[np.int16],
    of_row: tuple[int, int],
    intervals: tuple[int, int],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    segments: Segments,
    count: int,
) -> int:
    """Writes a row's runs, split where the side changes, from segment `count` on; returns how many there are now."""
    for run in range(of_row[0], of_row[1]):
        at, end = int(runs[run, 0]), int(runs[run, 1])
        for interval in range(intervals[0], intervals[1]):
            start, stop = max(int(starts[interval]), at), min(int(ends[interval]), end)
            if start < stop:
                if start > at:
                    put(segments, count, at, start, 0, run)
                    count += 1
                put(segments, count, start, stop, 1, run)
                count += 1
                at = stop
        if at < end:
            put(segments, count, at, end, 0, run)
            count += 1
    return count


@inlined
def put(segments: Segments, n: int, first: int, end: int, side: int, run: int) -> None:
    """Writes segment n, without a label."""
    segments[0][n], segments[1][n], segments[2][n], segments[3][n], segments[4][n] = first, end, side, -1, run


@borrowing
def root_of(parents: NDArray[np.int32], node: int) -> int:
    """Root of a union-find tree, halving the path."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@borrowing
def unite(parents: NDArray[np.int32], label: int, other: int) -> None:
    """Makes two labels one."""
    a, b = root_of(parents, label), root_of(parents, other)
    parents[max(a, b)] = min(a, b)


@inlined
def join_rows(
    segments: Segments,
    here: tuple[int, int],
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
        there: the neighbour row's.
        parents: of labels.
        place: axis (1 for rows j, 2 for slices k), and j and k of the row.
        step_i: every so many faces along i are taken; none if 0.
        faces: (n, 3) i, j, k in the box's rows; written as far as there is room.
        count: how many there are.
    """
    firsts, ends, sides, labels, _ = segments
    for segment in range(here[0], here[1]):
        first, end, side, label = firsts[segment], ends[segment], sides[segment], labels[segment]
        for near in range(there[0], there[1]):
            left, right = max(firsts[near], first), min(ends[near], end)
            if left >= right:
                continue
            if sides[near] == side:
                if label < 0:
                    label = labels[near]
                elif label != labels[near]:
                    unite(parents, label, labels[near])
            elif step_i > 0:
                j = np.float32(place[1]) - np.float32(0.5 if place[0] == 1 else 0.0)
                k = np.float32(place[2]) - np.float32(0.5 if place[0] == 2 else 0.0)
                i = left if step_i == 1 else left + (-left) % step_i  # divisions and their ranges are dear here
                while i < right:
                    if count < faces.shape[0]:
                        faces[count, 0], faces[count, 1], faces[count, 2] = i, j, k
                    count += 1
                    i += step_i
        labels[segment] = label
    return count


@borrowing
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


@borrowing
def walk_rows(
    runs: NDArray[np.int16],
    pointers: NDArray[np.int32],
    box: tuple[int, int, int],
    window: tuple[int, int, int, int],
    cut: tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int16]],
    stride: tuple[int, int, int],
    segments: Segments,
    both_rows: tuple[NDArray[np.int32], NDArray[np.int32]],
    parents: NDArray[np.int32],
    sums: NDArray[np.float64],
    label_of_run: NDArray[np.int32],
    faces: NDArray[np.float32],
) -> tuple[int, int]:
    """The walk of `cut_liver`; returns how many labels and faces there are.

    Args:
        runs: see there, as all that is not told here.
        pointers: see there.
        box: see there.
        window: see there.
        cut: pointers, starts and ends of the cut's intervals.
        stride: see there.
        segments: room for two slices.
        both_rows: (columns + 1,) first segment of each row of a slice, for two slices.
        parents: of labels, written.
        sums: (labels, 6) written.
        label_of_run: see there.
        faces: see there.
    """
    k_first, j_first, columns = box
    step_i, step_j, step_k = stride
    cut_pointers, starts, ends = cut
    firsts, lasts, sides, _, _ = segments
    most = firsts.shape[0] // 2
    rows, last_rows = both_rows
    known, found = 0, 0
    for k in range((pointers.shape[0] - 1) // max(columns, 1)):
        rows, last_rows = last_rows, rows
        in_k = k % step_k == 0
        cut_row = (k + k_first - window[0]) * (window[3] - window[2]) + (j_first - window[2])
        row = k * columns
        count = most * (k % 2)
        rows[0] = count
        next_j = 0
        for j in range(columns):
            first = count
            in_j = j == next_j  # a division for every row is dear
            next_j += step_j if in_j else 0
            of_row = (pointers[row + j], pointers[row + j + 1])
            if of_row[0] < of_row[1]:
                intervals = (cut_pointers[cut_row + j], cut_pointers[cut_row + j + 1])
                count = split_row(runs, of_row, intervals, starts, ends, segments, first)
                if in_j and in_k:
                    for segment in range(first + 1, count):
                        if lasts[segment - 1] == firsts[segment] and sides[segment - 1] != sides[segment]:
                            if found < faces.shape[0]:
                                faces[found, 0], faces[found, 1], faces[found, 2] = firsts[segment] - 0.5, j, k
                            found += 1
                if j > 0:
                    there, step = (rows[j - 1], first), step_i if in_k else 0
                    found = join_rows(segments, (first, count), there, parents, (1, j, k), step, faces, found)
                if k > 0:
                    there, step = (last_rows[j], last_rows[j + 1]), step_i if in_j else 0
                    found = join_rows(segments, (first, count), there, parents, (2, j, k), step, faces, found)
                for segment in range(first, count):
                    known = add_segment(segments, segment, j, k, known, parents, sums, label_of_run)
            rows[j + 1] = count
    return known, found


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
    columns = box[2]
    most = most_of_a_slice(pointers, box, window, cut_pointers) + 1
    firsts, lasts = np.empty(2 * most, dtype=np.int32), np.empty(2 * most, dtype=np.int32)
    sides, labels = np.empty(2 * most, dtype=np.int32), np.empty(2 * most, dtype=np.int32)
    segments = (firsts, lasts, sides, labels, np.empty(2 * most, dtype=np.int32))
    rows = (np.zeros(columns + 1, dtype=np.int32), np.zeros(columns + 1, dtype=np.int32))
    parents = np.empty(runs.shape[0] + 2 * starts.shape[0], dtype=np.int32)
    sums = np.empty((parents.shape[0], 6))
    cut = (cut_pointers, starts, ends)
    known, found = walk_rows(
        runs, pointers, box, window, cut, stride, segments, rows, parents, sums, label_of_run, faces
    )
    pieces = gather_pieces(parents[:known], sums)
    for run in range(label_of_run.shape[0]):
        label_of_run[run] = parents[label_of_run[run]]
    return sums[:pieces].copy(), found


@inlined
def add_segment(
    segments: Segments,
    n: int,
    j: int,
    k: int,
    known: int,
    parents: NDArray[np.int32],
    sums: NDArray[np.float64],
    label_of_run: NDArray[np.int32],
) -> int:
    """Adds segment n, of row j, k, to its label's sums, a new label where it has none; returns how many there are."""
    label, run = segments[3][n], segments[4][n]
    if label < 0:
        label = known
        segments[3][n], parents[label] = label, label
        sums[label, 0], sums[label, 1], sums[label, 2], sums[label, 3] = 0.0, 0.0, 0.0, 0.0
        sums[label, 4], sums[label, 5] = segments[2][n], run
        known += 1
    if run < label_of_run.shape[0]:
        label_of_run[run] = label
    first, end = segments[0][n], segments[1][n]
    length = float(end - first)
    sums[label, 0] += length
    sums[label, 1] += 0.5 * length * (first + end - 1)
    sums[label, 2] += length * j
    sums[label, 3] += length * k
    return known


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
