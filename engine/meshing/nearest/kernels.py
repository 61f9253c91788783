"""Distances from points to triangles that are sorted into a grid of cells, compiled, without the GIL."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

# From this many cells on, a cube around a point grows step by step instead of reaching as far as the best guess.
NEAR_CELLS = 1.5
# A triangle flatter than this is no more than its sides, or rounding would decide where its plane lies.
FLAT = 1e-12


Triple = tuple[float, float, float]


class TriangleGrid(NamedTuple):
    """Triangles by the cells that their boxes touch.

    Attributes:
        vertices: (n, 3) float64 mm.
        faces: (m, 3) int64.
        low: (3,) corner of the first cell, mm.
        cells: (3,) int64 numbers of cells.
        cell_mm: their edge.
        offsets: (cells + 1,) where each cell's faces begin in `items`.
        items: faces.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    low: NDArray[np.float64]
    cells: NDArray[np.int64]
    cell_mm: float
    offsets: NDArray[np.int32]
    items: NDArray[np.int32]


@compiled
def _cell(value: float, low: float, cell_mm: float, cells: int) -> int:
    return min(max(int((value - low) / cell_mm), 0), cells - 1)


@compiled
def sorted_triangles(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    low: NDArray[np.float64],
    cells: NDArray[np.int64],
    cell_mm: float,
) -> TriangleGrid:
    """Sorts triangles into the cells that their boxes touch."""
    first, last = np.empty((faces.shape[0], 3), np.int32), np.empty((faces.shape[0], 3), np.int32)
    offsets = np.zeros(cells[0] * cells[1] * cells[2] + 1, np.int32)
    for f in range(faces.shape[0]):
        for n in range(3):
            a, b, c = vertices[faces[f, 0], n], vertices[faces[f, 1], n], vertices[faces[f, 2], n]
            first[f, n] = _cell(min(a, b, c), low[n], cell_mm, cells[n])
            last[f, n] = _cell(max(a, b, c), low[n], cell_mm, cells[n])
        for x in range(first[f, 0], last[f, 0] + 1):
            for y in range(first[f, 1], last[f, 1] + 1):
                row = (x * cells[1] + y) * cells[2] + 1
                for z in range(first[f, 2], last[f, 2] + 1):
                    offsets[row + z] += 1
    for n in range(offsets.shape[0] - 1):
        offsets[n + 1] += offsets[n]
    filled = offsets[:-1].copy()
    items = np.empty(offsets[-1], np.int32)
    for f in range(faces.shape[0]):
        for x in range(first[f, 0], last[f, 0] + 1):
            for y in range(first[f, 1], last[f, 1] + 1):
                row = (x * cells[1] + y) * cells[2]
                for z in range(first[f, 2], last[f, 2] + 1):
                    items[filled[row + z]] = f
                    filled[row + z] += 1
    return TriangleGrid(vertices, faces, low, cells, cell_mm, offsets, items)


@compiled
def squared_distance(p: Triple, u: Triple, w: Triple) -> float:
    """From a point to a triangle, mm², all as seen from its first corner: the point, the second and third corner."""
    uu, ww = u[0] * u[0] + u[1] * u[1] + u[2] * u[2], w[0] * w[0] + w[1] * w[1] + w[2] * w[2]
    uw = u[0] * w[0] + u[1] * w[1] + u[2] * w[2]
    pu, pw = p[0] * u[0] + p[1] * u[1] + p[2] * u[2], p[0] * w[0] + p[1] * w[1] + p[2] * w[2]
    # Where along u and w the foot on the plane lies; outside, the nearest of the three sides counts.
    s, t, whole = ww * pu - uw * pw, uu * pw - uw * pu, uu * ww - uw * uw
    if whole > FLAT * uu * ww and s >= 0.0 and t >= 0.0 and s + t <= whole:
        s, t = s / whole, t / whole
        x, y, z = p[0] - s * u[0] - t * w[0], p[1] - s * u[1] - t * w[1], p[2] - s * u[2] - t * w[2]
        return x * x + y * y + z * z
    pp = p[0] * p[0] + p[1] * p[1] + p[2] * p[2]
    along = min(max(pu / uu, 0.0), 1.0) if uu > 0.0 else 0.0
    best = pp - along * (2.0 * pu - along * uu)
    along = min(max(pw / ww, 0.0), 1.0) if ww > 0.0 else 0.0
    best = min(best, pp - along * (2.0 * pw - along * ww))
    sides, pe = uu - 2.0 * uw + ww, pw - pu - uw + uu
    along = min(max(pe / sides, 0.0), 1.0) if sides > 0.0 else 0.0
    return max(min(best, pp - 2.0 * pu + uu - along * (2.0 * pe - along * sides)), 0.0)


@compiled
def measure(  # noqa: PLR0912 - one loop nest: a call with arrays costs more than a triangle
    grid: TriangleGrid, points: NDArray[np.float64], part: tuple[int, int], most: float, out: NDArray[np.float64]
) -> float:
    """Squared distances (mm²) from points to the surface, and the largest of them or `most`.

    Points that some triangle is near enough to for not to matter are done with at the first such triangle, the early
    break of Taha and Hanbury 2015. It all is one function because a call with arrays costs more than a triangle.

    Args:
        grid: the surface.
        points: (p, 3) mm; fastest where neighbours in the list are neighbours in space.
        part: the first to look at, and the one after the last.
        most: distances up to here do not matter; negative for all of them.
        out: (p,) for the distances, or empty.

    Returns:
        mm².
    """
    vertices, faces, offsets, items, cell = grid.vertices, grid.faces, grid.offsets, grid.items, grid.cell_mm
    low, ends, inverse = grid.low, grid.cells, 1.0 / max(cell, 1e-12)
    first, last = np.zeros(3, np.int64), np.zeros(3, np.int64)
    found = 0
    for n in range(part[0], part[1]):
        x, y, z = points[n, 0], points[n, 1], points[n, 2]
        # Round after round: the last triangle found, the point's own cell, and wider cubes until nothing can be nearer.
        best, spread, rounds, done = np.inf, 0.0, 0, False
        while not done:
            for axis in range(3):
                at = (points[n, axis] - low[axis]) * inverse
                first[axis] = max(int(np.floor(at - spread * inverse)), 0)
                last[axis] = min(int(np.floor(at + spread * inverse)), ends[axis] - 1)
            if rounds == 0:
                first[:], last[:] = 0, 0
            for i in range(first[0], last[0] + 1):
                for j in range(first[1], last[1] + 1):
                    row = (i * ends[1] + j) * ends[2]
                    # Cells of a row lie behind each other in the list.
                    here, after = offsets[row + first[2]], offsets[row + max(last[2] + 1, first[2])]
                    if rounds == 0:
                        here, after = 0, 1
                    for item in range(here, after):
                        f = items[item] if rounds > 0 else found
                        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
                        ax, ay, az = vertices[a, 0], vertices[a, 1], vertices[a, 2]
                        square = squared_distance(
                            (x - ax, y - ay, z - az),
                            (vertices[b, 0] - ax, vertices[b, 1] - ay, vertices[b, 2] - az),
                            (vertices[c, 0] - ax, vertices[c, 1] - ay, vertices[c, 2] - az),
                        )
                        if square < best:
                            best, found = square, f
                            if best <= most:
                                break
                    if best <= most:
                        break
                if best <= most:
                    break
            # What the cube has shown covers everything that lies no farther than its half-width.
            reach = np.sqrt(best)
            done = best <= most or (rounds > 0 and reach <= spread)
            if rounds > 0:
                wider = max(2.0 * spread, cell)
                spread = reach * (1.0 + 1e-12) if reach < NEAR_CELLS * cell else wider
            rounds += 1
        if out.shape[0] > 0:
            out[n] = best
        else:
            most = max(most, best)
    return most


@compiled
def summed_double_areas(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> Any:
    """(m,) running sum of twice the faces' areas, mm²."""
    summed = np.empty(faces.shape[0], np.float64)
    total = 0.0
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        total += np.sqrt(x * x + y * y + z * z)
        summed[f] = total
    return summed
