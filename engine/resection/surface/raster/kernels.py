# ruff: noqa: PLR0912, PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: where a grid of triangles crosses voxel rows, and the intervals that follow.

Vertices are in voxel indices (i, j, k). Every triangle is walked along the scan lines of its projection onto (j, k);
an edge is always computed from its end of lower k, and the ends of a line are half open, so two triangles that share
an edge never both take a row or both leave it: along a row the signs alternate, and its own crossings tell its sides.
A row without any lies on the side of the face i = i first - 1, whose sides follow from the crossings of its lines
along j in the same way.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled, inlined

Point = tuple[float, float, float]

ENOUGH_VOTES = 16


@compiled
def slope_of(low: Point, high: Point, axis: int) -> float:
    """Rise of a coordinate along an edge from its end of lower k, so that both neighbours get the same number."""
    return (high[axis] - low[axis]) / (high[2] - low[2]) if low[2] < high[2] else 0.0


@compiled
def in_order(a: Point, b: Point, c: Point) -> tuple[Point, Point, Point]:
    """The corners by ascending k."""
    if b[2] < a[2]:
        a, b = b, a
    if c[2] < b[2]:
        b, c = c, b
        if b[2] < a[2]:
            a, b = b, a
    return a, b, c


@inlined
def cross_triangle(
    a: Point,
    b: Point,
    c: Point,
    handed: int,
    window: tuple[int, int, int, int, int, int],
    asked: NDArray[np.int32],
    counts: NDArray[np.int32],
    crossings: NDArray[np.int32],
    flips: NDArray[np.int8],
) -> bool:
    """Adds the rows that a triangle crosses; false if a row has no slot left.

    Args:
        a: vertex i, j, k; a, b, c turn from u to v.
        b: likewise.
        c: likewise.
        handed: 1 if the indices are right-handed in the patient, else -1.
        window: k first, k end, j first, j end, i first, i end.
        asked: (slices, 2) first j and j after the last of the rows that are wanted.
        counts: (rows,) crossings of each row.
        crossings: (rows, slots) 4 * (first voxel beyond, from i first on) + 2 * (before the face)
            + (1 if resected beyond).
        flips: (slices, columns of rows + 2) sum of signs of the crossings of the line along j on the face before a row;
            last whether there are any.
    """
    k_first, k_end, j_first, j_end, i_first, i_end = window
    first, second, third = in_order(a, b, c)
    # Half open: an edge passes the slices above its lower end, its upper end's own among them.
    low_k = max(k_first, math.floor(first[2]) + 1)
    high_k = min(k_end - 1, math.floor(third[2]))
    if low_k > high_k:
        return True
    low_i, high_i = min(a[0], b[0], c[0]), max(a[0], b[0], c[0])
    low_j, high_j = min(a[1], b[1], c[1]), max(a[1], b[1], c[1])
    if high_i < i_first - 2 or low_i > i_end or high_j < j_first - 1 or low_j > j_end:
        return True
    bj, bk, cj, ck = b[1] - a[1], b[2] - a[2], c[1] - a[1], c[2] - a[2]
    bi, ci = b[0] - a[0], c[0] - a[0]
    area = bj * ck - bk * cj
    face = i_first - 1.0
    if area != 0.0:
        rising = 1 if area * handed > 0.0 else 0
        along_j = (bi * ck - bk * ci) / area
        along_k = (bj * ci - bi * cj) / area
        whole, lower = slope_of(first, third, 1), slope_of(first, second, 1)
        upper = slope_of(second, third, 1)
        for k in range(low_k, high_k + 1):
            low = first[1] + (k - first[2]) * whole
            high = second[1] + (k - second[2]) * upper if second[2] < k else first[1] + (k - first[2]) * lower
            if high < low:
                low, high = high, low
            base = (k - k_first) * (j_end - j_first) - j_first
            start = a[0] + along_k * (k - a[2])
            first_j, end_j = asked[k - k_first, 0], asked[k - k_first, 1]
            for j in range(max(first_j, math.ceil(low)), min(end_j, math.ceil(high))):
                i = min(max(start + along_j * (j - a[1]), low_i), high_i)
                if i < i_first - 2 or i > i_end:
                    continue
                # Voxels strictly beyond are on the other side; one exactly on the surface is not resected.
                beyond = math.floor(i) + 1 if rising else math.ceil(i)
                beyond = min(max(beyond, i_first), i_end) - i_first
                count = int(counts[base + j])
                if count == crossings.shape[1]:
                    return False
                crossings[base + j, count] = 4 * beyond + (2 if i < face else 0) + rising
                counts[base + j] = count + 1
    if low_i <= face <= high_i:
        flip_line(a, b, c, handed, window, (low_k, high_k), flips)
    return True


@compiled
def flip_line(
    a: Point,
    b: Point,
    c: Point,
    handed: int,
    window: tuple[int, int, int, int, int, int],
    slices: tuple[int, int],
    flips: NDArray[np.int8],
) -> None:
    """Adds the crossings of a triangle with the lines along j on the face, slices from first to last.

    Other arguments as of `cross_triangle`.
    """
    face = window[4] - 1.0
    bi, bk, ci, ck = b[0] - a[0], b[2] - a[2], c[0] - a[0], c[2] - a[2]
    area = bk * ci - bi * ck  # the j part of the normal
    if area == 0.0:
        return
    sign = 1 if area * handed > 0.0 else -1
    bj, cj = b[1] - a[1], c[1] - a[1]
    along_i = (bk * cj - bj * ck) / area
    along_k = (bj * ci - bi * cj) / area
    low_j, high_j = min(a[1], b[1], c[1]), max(a[1], b[1], c[1])
    first, second, third = in_order(a, b, c)
    whole, lower, upper = slope_of(first, third, 0), slope_of(first, second, 0), slope_of(second, third, 0)
    for k in range(slices[0], slices[1] + 1):
        low = first[0] + (k - first[2]) * whole
        high = second[0] + (k - second[2]) * upper if second[2] < k else first[0] + (k - first[2]) * lower
        if high < low:
            low, high = high, low
        if not low <= face < high:
            continue
        j = min(max(a[1] + along_i * (face - a[0]) + along_k * (k - a[2]), low_j), high_j)
        if j < window[2] - 1 or j > window[3]:
            continue
        # A row exactly on the crossing lies beyond it, as `cross_triangle` takes a line that starts on one.
        at = min(max(math.ceil(j), window[2]), window[3]) - window[2]
        flips[k - window[0], at] += sign
        flips[k - window[0], flips.shape[1] - 1] = 1


@compiled
def cross_grid(
    vertices: NDArray[np.float64],
    handed: int,
    box: NDArray[np.int64],
    asked: NDArray[np.int32],
    counts: NDArray[np.int32],
    crossings: NDArray[np.int32],
    flips: NDArray[np.int8],
) -> bool:
    """Adds the rows that an (n, m, 3) grid of vertices [v, u] crosses; false if a row has no slot left."""
    window = (box[0], box[1], box[2], box[3], box[4], box[5])
    for row in range(vertices.shape[0] - 1):
        near = (vertices[row, 0, 0], vertices[row, 0, 1], vertices[row, 0, 2])
        far = (vertices[row + 1, 0, 0], vertices[row + 1, 0, 1], vertices[row + 1, 0, 2])
        for column in range(1, vertices.shape[1]):
            next_near = (vertices[row, column, 0], vertices[row, column, 1], vertices[row, column, 2])
            next_far = (vertices[row + 1, column, 0], vertices[row + 1, column, 1], vertices[row + 1, column, 2])
            for half in range(2):
                a, b, c = (near, next_near, far) if half == 0 else (next_far, far, next_near)
                if not cross_triangle(a, b, c, handed, window, asked, counts, crossings, flips):
                    return False
            near, far = next_near, next_far
    return True


@compiled
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


@compiled
def side_on_face(crossings: NDArray[np.int32], row: int, count: int) -> int:
    """The side of a row on the face, -1 if its crossings do not tell."""
    side = side_before(crossings, row, count)
    if side < 0:
        return -1
    for place in range(count):
        if crossings[row, place] & 2:
            side += 2 * (crossings[row, place] & 1) - 1
    return side


@compiled
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
                side = side_on_face(crossings, row, int(counts[row]))
                votes += 0 if side < 0 else 2 * side - 1
                if abs(votes) == ENOUGH_VOTES:
                    break
        if votes != 0:
            sides[k] = 1 if votes > 0 else 0


@compiled
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
) -> int:
    """Writes the resected intervals of every row that is asked for; returns how many.

    Args:
        box: (6,) k first, k end, j first, j end, i first, i end.
        asked: see `cross_triangle`.
        counts: as `cross_grid` made them.
        crossings: likewise.
        flips: likewise.
        sides: (slices,) 0 or 1 on the face before the first row of each slice.
        pointers: (rows + 1,) written.
        starts: long enough, written.
        ends: likewise.
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
                before = side_before(crossings, row, int(counts[row]))
                side = before if before >= 0 else face
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
