# ruff: noqa: PLR0911, PLR0913, PLR0917 -- kernels take arrays and scalars only; calls are not free
"""Compiled kernels: distances between the cells of a cut surface and the voxel centres of a tumour.

Voxels come in blocks with a ball around each, cells with a ball of their own, so that most pairs are settled by the
distance of two balls.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

Vector = tuple[float, float, float]


@compiled
def minus(a: Vector, b: Vector) -> Vector:
    """a - b."""
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


@compiled
def dot(a: Vector, b: Vector) -> float:
    """a . b."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@compiled
def along(a: Vector, b: Vector, s: float, c: Vector, t: float) -> Vector:
    """a + s b + t c."""
    return a[0] + s * b[0] + t * c[0], a[1] + s * b[1] + t * c[1], a[2] + s * b[2] + t * c[2]


@compiled
def part(whole: float, a: float) -> float:
    """a as a part of the whole; 0 on an edge without length, as at the tip of a cone."""
    return a / whole if whole != 0.0 else 0.0


@compiled
def nearest_on_triangle(p: Vector, a: Vector, b: Vector, c: Vector) -> Vector:
    """The point of a triangle nearest to p (Ericson 2005, Real-Time Collision Detection, 5.1.5)."""
    ab, ac, ap = minus(b, a), minus(c, a), minus(p, a)
    d1, d2 = dot(ab, ap), dot(ac, ap)
    if d1 <= 0.0 and d2 <= 0.0:
        return a
    bp = minus(p, b)
    d3, d4 = dot(ab, bp), dot(ac, bp)
    if d3 >= 0.0 and d4 <= d3:
        return b
    vc = d1 * d4 - d3 * d2
    if vc <= 0.0 and d1 >= 0.0 and d3 <= 0.0:
        return along(a, ab, part(d1 - d3, d1), ac, 0.0)
    cp = minus(p, c)
    d5, d6 = dot(ab, cp), dot(ac, cp)
    if d6 >= 0.0 and d5 <= d6:
        return c
    vb = d5 * d2 - d1 * d6
    if vb <= 0.0 and d2 >= 0.0 and d6 <= 0.0:
        return along(a, ab, 0.0, ac, part(d2 - d6, d2))
    va = d3 * d6 - d5 * d4
    if va <= 0.0 and d4 - d3 >= 0.0 and d5 - d6 >= 0.0:
        w = part((d4 - d3) + (d5 - d6), d4 - d3)
        return along(b, minus(c, b), w, ac, 0.0)
    total = va + vb + vc
    return along(a, ab, part(total, vb), ac, part(total, vc))


@compiled
def corner(quads: NDArray[np.float64], cell: int, number: int) -> Vector:
    """A corner of a cell."""
    return quads[cell, number, 0], quads[cell, number, 1], quads[cell, number, 2]


@compiled
def nearest_on_cell(quads: NDArray[np.float64], cell: int, p: Vector) -> Vector:
    """The point of a cell's two triangles nearest to p."""
    a, b = corner(quads, cell, 0), corner(quads, cell, 1)
    c, d = corner(quads, cell, 2), corner(quads, cell, 3)
    first, second = nearest_on_triangle(p, a, b, d), nearest_on_triangle(p, c, d, b)
    to_first, to_second = minus(first, p), minus(second, p)
    return first if dot(to_first, to_first) <= dot(to_second, to_second) else second


@compiled
def balls(quads: NDArray[np.float64], found: NDArray[np.float64]) -> None:
    """Writes (n, 4) centre and radius of a ball around each cell."""
    for cell in range(quads.shape[0]):
        for axis in range(3):
            total = 0.0
            for number in range(4):
                total += quads[cell, number, axis]
            found[cell, axis] = 0.25 * total
        widest = 0.0
        centre = (found[cell, 0], found[cell, 1], found[cell, 2])
        for number in range(4):
            away = minus(corner(quads, cell, number), centre)
            widest = max(widest, dot(away, away))
        found[cell, 3] = math.sqrt(widest)


@compiled
def ball_gap(a: NDArray[np.float64], m: int, b: NDArray[np.float64], n: int) -> float:
    """Lower bound of the distance between what lies in ball m of a and ball n of b."""
    x, y, z = a[m, 0] - b[n, 0], a[m, 1] - b[n, 1], a[m, 2] - b[n, 2]
    return float(math.sqrt(x * x + y * y + z * z) - a[m, 3] - b[n, 3])


@compiled
def nearest_pair(
    quads: NDArray[np.float64],
    cell_balls: NDArray[np.float64],
    voxels: NDArray[np.float64],
    block_pointers: NDArray[np.int64],
    block_balls: NDArray[np.float64],
    whole_ball: NDArray[np.float64],
    nearest: NDArray[np.float64],
) -> float:
    """The smallest distance between cells and voxel centres, mm; infinity without cells.

    Args:
        quads: (n, 4, 3) corners of the cells, LPS mm.
        cell_balls: (n, 4) as `balls` writes them.
        voxels: (m, 3) LPS mm, block by block.
        block_pointers: (b + 1,) voxels before each block.
        block_balls: (b, 4) centre and radius around each block.
        whole_ball: (1, 4) around all.
        nearest: (3,) the cells' point, written.
    """
    best = np.inf
    start, start_gap = -1, np.inf
    for cell in range(quads.shape[0]):
        gap = ball_gap(cell_balls, cell, whole_ball, 0)
        if gap < start_gap:
            start, start_gap = cell, gap
    if start < 0:
        return best
    best = look_at(quads, cell_balls, start, voxels, block_pointers, block_balls, best, nearest)
    for cell in range(quads.shape[0]):
        if ball_gap(cell_balls, cell, whole_ball, 0) < best:
            best = look_at(quads, cell_balls, cell, voxels, block_pointers, block_balls, best, nearest)
    return best


@compiled
def look_at(
    quads: NDArray[np.float64],
    cell_balls: NDArray[np.float64],
    cell: int,
    voxels: NDArray[np.float64],
    block_pointers: NDArray[np.int64],
    block_balls: NDArray[np.float64],
    best: float,
    nearest: NDArray[np.float64],
) -> float:
    """The smaller of best and a cell's distance to the voxels; arguments of `nearest_pair`."""
    x, y, z, radius = cell_balls[cell, 0], cell_balls[cell, 1], cell_balls[cell, 2], cell_balls[cell, 3]
    for block in range(block_balls.shape[0]):
        dx, dy, dz = block_balls[block, 0] - x, block_balls[block, 1] - y, block_balls[block, 2] - z
        reach = best + radius + block_balls[block, 3]
        if dx * dx + dy * dy + dz * dz >= reach * reach:
            continue
        for voxel in range(block_pointers[block], block_pointers[block + 1]):
            dx, dy, dz = voxels[voxel, 0] - x, voxels[voxel, 1] - y, voxels[voxel, 2] - z
            reach = best + radius
            if dx * dx + dy * dy + dz * dz >= reach * reach:
                continue
            p = (voxels[voxel, 0], voxels[voxel, 1], voxels[voxel, 2])
            q = nearest_on_cell(quads, cell, p)
            away = minus(p, q)
            distance = math.sqrt(dot(away, away))
            if distance < best:
                best = distance
                nearest[0], nearest[1], nearest[2] = q[0], q[1], q[2]
    return best


@compiled
def cells_of_grid(vertices: NDArray[np.float64], quads: NDArray[np.float64]) -> None:
    """Writes the corners of the cells of an (n, m, 3) grid [v, u]: (v, u), (v, u + 1), (v + 1, u + 1), (v + 1, u)."""
    cell = 0
    for row in range(vertices.shape[0] - 1):
        for column in range(vertices.shape[1] - 1):
            for axis in range(3):
                quads[cell, 0, axis] = vertices[row, column, axis]
                quads[cell, 1, axis] = vertices[row, column + 1, axis]
                quads[cell, 2, axis] = vertices[row + 1, column + 1, axis]
                quads[cell, 3, axis] = vertices[row + 1, column, axis]
            cell += 1


@compiled
def nearest_to_plane(points: NDArray[np.float64], origin: NDArray[np.float64], normal: NDArray[np.float64]) -> int:
    """Number of the first of (n, 3) points that is nearest to a plane of unit normal through the origin."""
    found, best = -1, np.inf
    for n in range(points.shape[0]):
        x, y, z = points[n, 0] - origin[0], points[n, 1] - origin[1], points[n, 2] - origin[2]
        away = abs(x * normal[0] + y * normal[1] + z * normal[2])
        if away < best:
            found, best = n, away
    return found
