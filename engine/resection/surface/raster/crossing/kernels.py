# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: where a grid of triangles crosses voxel rows.

Vertices are in voxel indices (i, j, k), on the surface. Every triangle is walked along the scan lines of its projection
onto (j, k); an edge is always computed from its end of lower k, and the ends of a line are half open, so two triangles
that share an edge never both take a row or both leave it: along a row the signs alternate, and its own crossings tell
its sides.

A triangle tells that a row crosses the surface. Where it does is told by the triangle bent as the surface is there:
with p, q the parts of the way along its two sides of the cell, a surface of second derivatives S_uu, S_uv, S_vv lies
((p^2 - p) S_uu + 2 p q S_uv + (q^2 - q) S_vv) h^2 / 2 off it, and a crossing moves along the row by that seen along the
triangle's normal. What is left is of third order in the cell's size, and where it may matter to a voxel, or the row all
but lies in the triangle, the surface's own function is asked.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled, inlined
from engine.resection.surface.raster.exact.kernels import Exact, first_beyond

Point = tuple[float, float, float]
Bends = tuple[Point, Point, Point]
"""Half of S_uu h^2, S_uv h^2 and half of S_vv h^2 of a cell, in voxel indices."""

Differences = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
"""First vertices (cells,) along u and v, weights (cells, 4) along both: see `weigh_differences`."""

STRAIGHT_VOXELS = 0.5
"""A triangle whose bend moves crossings by more than this is taken as it is, and the function asked all along it."""
MOST_REACH = 12
"""How many voxels from a crossing the function is asked at most: farther off rows all but touch the surface."""


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
def bent_along_row(
    bends: Bends, along_j: float, along_k: float, doubt: NDArray[np.float64]
) -> tuple[float, float, float, float, int]:
    """How a triangle's crossings move along rows by its bends, and how far they may be off still.

    Args:
        bends: of its cell.
        along_j: by how much the triangle's i rises with j.
        along_k: and with k.
        doubt: see `cross_triangle`.

    Returns:
        Voxels along i of each of the bends; how near a voxel's centre leaves doubt, voxels; how many voxels farther.
    """
    by_u, by_both, by_v = bends
    along_u = by_u[0] - along_j * by_u[1] - along_k * by_u[2]
    twist = by_both[0] - along_j * by_both[1] - along_k * by_both[2]
    along_v = by_v[0] - along_j * by_v[1] - along_k * by_v[2]
    off = doubt[0] + along_j * (along_j * doubt[1] - 2.0 * doubt[3])
    off += along_k * (along_k * doubt[2] - 2.0 * doubt[4] + 2.0 * along_j * doubt[5])
    off = math.sqrt(max(off, 0.0))
    reach = 0
    bend = 0.25 * (abs(along_u) + abs(along_v)) + 0.5 * abs(twist)
    if bend > STRAIGHT_VOXELS:
        along_u, twist, along_v = 0.0, 0.0, 0.0
        off += bend
    if off >= STRAIGHT_VOXELS:
        reach = int(min(math.ceil(off), MOST_REACH))
        off = 0.5
    return along_u, twist, along_v, off, reach


@inlined
def cross_triangle(
    a: Point,
    b: Point,
    c: Point,
    bends: Bends,
    corner: tuple[float, float, float, float],
    handed: int,
    window: tuple[int, int, int, int, int, int],
    asked: NDArray[np.int32],
    counts: NDArray[np.int32],
    crossings: NDArray[np.int32],
    flips: NDArray[np.int8],
    doubt: NDArray[np.float64],
    exact: Exact,
) -> bool:
    """Adds the rows that a triangle crosses; false if a row has no slot left.

    Args:
        a: vertex i, j, k; a, b, c turn from u to v.
        b: likewise, the next along u.
        c: likewise, the next along v.
        bends: of its cell.
        corner: u and v at a, and what b is farther along u and c along v.
        handed: 1 if the indices are right-handed in the patient, else -1.
        window: k first, k end, j first, j end, i first, i end.
        asked: (slices, 2) first j and j after the last of the rows that are wanted.
        counts: (rows,) crossings of each row.
        crossings: (rows, slots) 4 * (first voxel beyond, from i first on) + 2 * (before the face)
            + (1 if resected beyond).
        flips: (slices, columns of rows + 2) sum of signs of the crossings of the line along j on the face before a row;
            last whether there are any.
        doubt: (6,) products of the index rows i-i, j-j, k-k, i-j, i-k, j-k, by which a distance along a normal is told
            in voxels of a row, times the square of the distance that bent triangles may be off.
        exact: the surface.
    """
    k_first, k_end, j_first, j_end, i_first, i_end = window
    first, second, third = in_order(a, b, c)
    # Half open: an edge passes the slices above its lower end, its upper end's own among them.
    low_k = max(k_first, math.floor(first[2]) + 1)
    high_k = min(k_end - 1, math.floor(third[2]))
    if low_k > high_k:
        return True
    low_i, high_i = min(a[0], b[0], c[0]), max(a[0], b[0], c[0])
    bj, bk, cj, ck = b[1] - a[1], b[2] - a[2], c[1] - a[1], c[2] - a[2]
    bi, ci = b[0] - a[0], c[0] - a[0]
    area = bj * ck - bk * cj
    face = i_first - 1.0
    if area != 0.0:
        rising = 1 if area * handed > 0.0 else 0
        share = 1.0 / area
        along_j = (bi * ck - bk * ci) * share
        along_k = (bj * ci - bi * cj) * share
        along_u, twist, along_v, off, reach = bent_along_row(bends, along_j, along_k, doubt)
        p_by_j, p_by_k, q_by_j, q_by_k = ck * share, -cj * share, -bk * share, bj * share
        whole, lower = slope_of(first, third, 1), slope_of(first, second, 1)
        upper = slope_of(second, third, 1)
        for k in range(low_k, high_k + 1):
            low = first[1] + (k - first[2]) * whole
            high = second[1] + (k - second[2]) * upper if second[2] < k else first[1] + (k - first[2]) * lower
            if high < low:
                low, high = high, low
            base = (k - k_first) * (j_end - j_first) - j_first
            up = k - a[2]
            start = a[0] + along_k * up
            first_j, end_j = asked[k - k_first, 0], asked[k - k_first, 1]
            for j in range(max(first_j, math.ceil(low)), min(end_j, math.ceil(high))):
                aside = j - a[1]
                i = min(max(start + along_j * aside, low_i), high_i)
                if i < i_first - 2 or i > i_end:
                    continue
                count = int(counts[base + j])
                if count == crossings.shape[1]:
                    return False
                before = 2 if i < face else 0
                p, q = p_by_j * aside + p_by_k * up, q_by_j * aside + q_by_k * up
                i += along_u * (p * p - p) + 2.0 * twist * p * q + along_v * (q * q - q)
                # Voxels strictly beyond are on the other side; one exactly on the surface is not resected.
                beyond = math.floor(i) + 1 if rising else math.ceil(i)
                near = math.floor(i + 0.5)
                if abs(i - near) <= off and i_first - reach <= near <= i_end + reach:
                    guess = (corner[0] + p * corner[2], corner[1] + q * corner[3])
                    beyond = first_beyond(near, reach, rising == 1, (j, k), guess, exact)
                beyond = min(max(beyond, i_first), i_end) - i_first
                crossings[base + j, count] = 4 * beyond + before + rising
                counts[base + j] = count + 1
    if low_i <= face <= high_i:
        flip_line(a, b, c, handed, window, (low_k, high_k), flips)
    return True


@borrowing
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


@inlined
def is_beside(a: Point, b: Point, c: Point, d: Point, window: tuple[int, int, int, int, int, int]) -> bool:
    """Whether four corners lie all to one side of a window."""
    k_first, k_end, j_first, j_end, i_first, i_end = window
    return (
        max(a[2], b[2], c[2], d[2]) < k_first
        or min(a[2], b[2], c[2], d[2]) > k_end
        or max(a[1], b[1], c[1], d[1]) < j_first - 1
        or min(a[1], b[1], c[1], d[1]) > j_end
        or max(a[0], b[0], c[0], d[0]) < i_first - 2
        or min(a[0], b[0], c[0], d[0]) > i_end
    )


@borrowing
def weigh_differences(parameters: NDArray[np.float64], firsts: NDArray[np.int64], weights: NDArray[np.float64]) -> None:
    """Writes how half the second difference in the middle of each cell follows from four neighbouring vertices.

    Exact for cubics, which a patch is along either parameter; beyond it the surface is straight.

    Args:
        parameters: (m,) of the vertices, even steps from 0 to 1, at least three; mm beyond.
        firsts: (m - 1,) the first vertex of four, written.
        weights: (m - 1, 4) written.
    """
    last = parameters.shape[0] - 4
    for cell in range(parameters.shape[0] - 1):
        firsts[cell] = min(max(cell - 1, 0), last)
        weights[cell] = 0.0
        if parameters[cell] < 0.0 or parameters[cell + 1] > 1.0:
            continue
        if parameters[cell] == 0.0:
            firsts[cell] = cell
            weights[cell, 0], weights[cell, 1], weights[cell, 2], weights[cell, 3] = 0.75, -1.75, 1.25, -0.25
        elif parameters[cell + 1] == 1.0:
            firsts[cell] = cell - 2
            weights[cell, 0], weights[cell, 1], weights[cell, 2], weights[cell, 3] = -0.25, 1.25, -1.75, 0.75
        else:
            weights[cell, 0], weights[cell, 1], weights[cell, 2], weights[cell, 3] = 0.25, -0.25, -0.25, 0.25


@inlined
def bend_of_cell(
    vertices: NDArray[np.float64],
    row: int,
    column: int,
    first_row: int,
    first_column: int,
    by_v: NDArray[np.float64],
    by_u: NDArray[np.float64],
    axis: int,
) -> tuple[float, float, float]:
    """One coordinate of `Bends` of a cell."""
    along_u, along_v = 0.0, 0.0
    for n in range(4):
        at_u, at_v = first_column + n, first_row + n
        along_u += by_u[column, n] * (vertices[row, at_u, axis] + vertices[row + 1, at_u, axis])
        along_v += by_v[row, n] * (vertices[at_v, column, axis] + vertices[at_v, column + 1, axis])
    twist = vertices[row + 1, column + 1, axis] - vertices[row + 1, column, axis]
    twist -= vertices[row, column + 1, axis] - vertices[row, column, axis]
    return 0.5 * along_u, 0.5 * twist, 0.5 * along_v


@borrowing
def cross_grid(
    vertices: NDArray[np.float64],
    us: NDArray[np.float64],
    vs: NDArray[np.float64],
    handed: int,
    box: NDArray[np.int64],
    asked: NDArray[np.int32],
    counts: NDArray[np.int32],
    crossings: NDArray[np.int32],
    flips: NDArray[np.int8],
    doubt: NDArray[np.float64],
    exact: Exact,
    differences: Differences,
) -> bool:
    """Adds the rows that an (n, m, 3) grid of vertices [v, u] crosses; false if a row has no slot left.

    Arguments as of `cross_triangle`, the parameters of the columns and rows, and room to work in.
    """
    window = (box[0], box[1], box[2], box[3], box[4], box[5])
    first_u, first_v, by_u, by_v = differences
    weigh_differences(us, first_u, by_u)
    weigh_differences(vs, first_v, by_v)
    for row in range(vertices.shape[0] - 1):
        near = (vertices[row, 0, 0], vertices[row, 0, 1], vertices[row, 0, 2])
        far = (vertices[row + 1, 0, 0], vertices[row + 1, 0, 1], vertices[row + 1, 0, 2])
        step_v = vs[row + 1] - vs[row]
        for column in range(vertices.shape[1] - 1):
            last_near, last_far = near, far
            near = (vertices[row, column + 1, 0], vertices[row, column + 1, 1], vertices[row, column + 1, 2])
            far = (vertices[row + 1, column + 1, 0], vertices[row + 1, column + 1, 1], vertices[row + 1, column + 1, 2])
            if is_beside(last_near, near, last_far, far, window):
                continue
            step_u = us[column + 1] - us[column]
            at_u, at_v = first_u[column], first_v[row]
            i_u, i_both, i_v = bend_of_cell(vertices, row, column, at_v, at_u, by_v, by_u, 0)
            j_u, j_both, j_v = bend_of_cell(vertices, row, column, at_v, at_u, by_v, by_u, 1)
            k_u, k_both, k_v = bend_of_cell(vertices, row, column, at_v, at_u, by_v, by_u, 2)
            bends = ((i_u, j_u, k_u), (i_both, j_both, k_both), (i_v, j_v, k_v))
            for half in range(2):
                a, b, c = (last_near, near, last_far) if half == 0 else (far, last_far, near)
                corner = (us[column], vs[row], step_u, step_v)
                if half == 1:
                    corner = (us[column + 1], vs[row + 1], -step_u, -step_v)
                if not cross_triangle(
                    a, b, c, bends, corner, handed, window, asked, counts, crossings, flips, doubt, exact
                ):
                    return False
    return True
