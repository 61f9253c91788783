# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: the cells of a surface whose middle lies in the liver, with area and normal."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled

Point = tuple[float, float, float]

TILE = 4
"""Cells of a grid are told in squares of so many: neighbours in both directions follow each other."""


@compiled
def minus(a: Point, b: Point) -> Point:
    """a - b."""
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


@compiled
def cross(a: Point, b: Point) -> Point:
    """a x b."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@compiled
def length(a: Point) -> float:
    """Of a vector."""
    return math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


@borrowing
def holds(bits: NDArray[np.uint8], box_from_lps: NDArray[np.float64], columns: int, p: Point) -> bool:
    """Whether the voxel that a point lies in is liver.

    Args:
        bits: (k, j, i / 8) of the liver's box, lowest bit first.
        box_from_lps: (3, 4) indices i, j, k in the box, plus a half.
        columns: voxels of a row of the box.
        p: LPS mm.
    """
    m = box_from_lps
    i = m[0, 0] * p[0] + m[0, 1] * p[1] + m[0, 2] * p[2] + m[0, 3]
    j = m[1, 0] * p[0] + m[1, 1] * p[1] + m[1, 2] * p[2] + m[1, 3]
    k = m[2, 0] * p[0] + m[2, 1] * p[1] + m[2, 2] * p[2] + m[2, 3]
    if not (0.0 <= i < columns and 0.0 <= j < bits.shape[1] and 0.0 <= k < bits.shape[0]):
        return False
    column = int(i)
    return bool((bits[int(k), int(j), column >> 3] >> (column & 7)) & 1)


@borrowing
def add_cell(
    corners: tuple[Point, Point, Point, Point],
    middle: Point,
    count: int,
    centres: NDArray[np.float64],
    normals: NDArray[np.float64],
    areas: NDArray[np.float64],
) -> int:
    """Writes a cell if it has an area; returns how many there are now.

    The vector area of a quadrilateral is half the cross product of its diagonals; the sum of both triangles' areas
    is what a bent one has.
    """
    a, b, c, d = corners
    normal = cross(minus(c, a), minus(d, b))
    size = length(normal)
    if size == 0.0:
        return count
    for axis in range(3):
        centres[count, axis] = middle[axis]
        normals[count, axis] = normal[axis] / size
    areas[count] = 0.5 * (length(cross(minus(b, a), minus(d, a))) + length(cross(minus(d, c), minus(b, c))))
    return count + 1


@compiled
def corner(points: NDArray[np.float64], n: int) -> Point:
    """Row n of (m, 3) points."""
    return points[n, 0], points[n, 1], points[n, 2]


@compiled
def middle_of(a: Point, b: Point, c: Point, d: Point) -> Point:
    """Mean of four points."""
    return (
        0.25 * (a[0] + b[0] + c[0] + d[0]),
        0.25 * (a[1] + b[1] + c[1] + d[1]),
        0.25 * (a[2] + b[2] + c[2] + d[2]),
    )


@borrowing
def quads_in_liver(
    quads: NDArray[np.float64],
    steps: NDArray[np.float64],
    bits: NDArray[np.uint8],
    box_from_lps: NDArray[np.float64],
    columns: int,
    centres: NDArray[np.float64],
    normals: NDArray[np.float64],
    areas: NDArray[np.float64],
) -> int:
    """Writes the cells of (n, 4, 3) corners that lie in the liver; returns how many.

    Args:
        quads: corners in turn, LPS mm.
        steps: (n, 3) unit normal of the surface that a cell is a step of: it counts with its area seen along that;
            zero where the cell lies in the surface itself; (0, 3) if all do.
        bits: see `holds`; so are the next two.
        box_from_lps: see there.
        columns: see there.
        centres: (n, 3) written, LPS mm.
        normals: (n, 3) unit, written.
        areas: (n,) mm2, written.
    """
    count = 0
    for cell in range(quads.shape[0]):
        a, b = corner(quads[cell], 0), corner(quads[cell], 1)
        c, d = corner(quads[cell], 2), corner(quads[cell], 3)
        middle = middle_of(a, b, c, d)
        if holds(bits, box_from_lps, columns, middle):
            before, count = count, add_cell((a, b, c, d), middle, count, centres, normals, areas)
            if count > before and cell < steps.shape[0]:
                seen_along(steps[cell], before, normals, areas)
    return count


@borrowing
def seen_along(step: NDArray[np.float64], cell: int, normals: NDArray[np.float64], areas: NDArray[np.float64]) -> None:
    """Gives a cell the normal of the surface that it is a step of, if it is one, and its area seen along that."""
    x, y, z = step[0], step[1], step[2]
    if x != 0.0 or y != 0.0 or z != 0.0:
        areas[cell] *= abs(x * normals[cell, 0] + y * normals[cell, 1] + z * normals[cell, 2])
        normals[cell, 0], normals[cell, 1], normals[cell, 2] = x, y, z


@borrowing
def grid_in_liver(
    vertices: NDArray[np.float64],
    bits: NDArray[np.uint8],
    box_from_lps: NDArray[np.float64],
    columns: int,
    centres: NDArray[np.float64],
    normals: NDArray[np.float64],
    areas: NDArray[np.float64],
) -> int:
    """As `quads_in_liver` for the cells of an (n, m, 3) grid of vertices, tile by tile."""
    count = 0
    rows, places = vertices.shape[0] - 1, vertices.shape[1] - 1
    for first_row in range(0, rows, TILE):
        for first in range(0, places, TILE):
            for row in range(first_row, min(first_row + TILE, rows)):
                for place in range(first, min(first + TILE, places)):
                    a, b = corner(vertices[row], place), corner(vertices[row], place + 1)
                    c, d = corner(vertices[row + 1], place + 1), corner(vertices[row + 1], place)
                    middle = middle_of(a, b, c, d)
                    if holds(bits, box_from_lps, columns, middle):
                        count = add_cell((a, b, c, d), middle, count, centres, normals, areas)
    return count


@compiled
def within(first: float, step: float, end: float, count: int) -> tuple[int, int]:
    """The steps [low, high) of [0, count) at which first + n step may lie in [0, end), one more on either side."""
    if step == 0.0:
        return (0, count) if 0.0 <= first < end else (0, 0)
    a, b = -first / step, (end - first) / step
    low, high = min(a, b), max(a, b)
    return max(int(max(low, 0.0)) - 1, 0), int(min(max(high + 2.0, 0.0), float(count)))


@compiled
def lattice_in_liver(
    origin: NDArray[np.float64],
    along: NDArray[np.float64],
    across: NDArray[np.float64],
    shape: tuple[int, int],
    bits: NDArray[np.uint8],
    box_from_lps: NDArray[np.float64],
    columns: int,
    centres: NDArray[np.float64],
) -> int:
    """Writes the middles of a flat grid's cells that lie in the liver; returns how many.

    Args:
        origin: (3,) the first cell's corner, LPS mm.
        along: (3,) from a cell to the next one of a row.
        across: (3,) from a row to the next one.
        shape: rows, and cells of a row.
        bits: see `holds`; so are the next two.
        box_from_lps: see there.
        columns: see there.
        centres: (n, 3) written, LPS mm.
    """
    count = 0
    step, start = np.empty(3), np.empty(3)
    for axis in range(3):
        m = box_from_lps[axis]
        step[axis] = m[0] * along[0] + m[1] * along[1] + m[2] * along[2]
    for row in range(shape[0]):
        at = row + 0.5
        x, y, z = origin[0] + at * across[0], origin[1] + at * across[1], origin[2] + at * across[2]
        low, high = 0, shape[1]
        for axis in range(3):
            m = box_from_lps[axis]
            start[axis] = m[0] * x + m[1] * y + m[2] * z + m[3] + 0.5 * step[axis]
            end = columns if axis == 0 else bits.shape[2 - axis]
            first, last = within(start[axis], step[axis], float(end), shape[1])
            low, high = max(low, first), min(high, last)
        for place in range(low, high):
            i, j, k = start[0] + place * step[0], start[1] + place * step[1], start[2] + place * step[2]
            if not (0.0 <= i < columns and 0.0 <= j < bits.shape[1] and 0.0 <= k < bits.shape[0]):
                continue
            column = int(i)
            if (bits[int(k), int(j), column >> 3] >> (column & 7)) & 1:
                centres[count, 0] = x + (place + 0.5) * along[0]
                centres[count, 1] = y + (place + 0.5) * along[1]
                centres[count, 2] = z + (place + 0.5) * along[2]
                count += 1
    return count


@compiled
def lattice(
    origin: NDArray[np.float64],
    along: NDArray[np.float64],
    across: NDArray[np.float64],
    vertices: NDArray[np.float64],
) -> None:
    """Writes (n, m, 3) points origin + m along + n across."""
    for row in range(vertices.shape[0]):
        for place in range(vertices.shape[1]):
            for axis in range(3):
                vertices[row, place, axis] = origin[axis] + place * along[axis] + row * across[axis]
