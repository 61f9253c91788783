"""Compiled search for triangles that cross each other, by a grid of cells about as wide as the triangles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def boxes_of(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> Any:
    """(m, 6) lowest x, y, z and highest x, y, z of each triangle."""
    boxes = np.empty((faces.shape[0], 6))
    for f in range(faces.shape[0]):
        for axis in range(3):
            a, b, c = vertices[faces[f, 0], axis], vertices[faces[f, 1], axis], vertices[faces[f, 2], axis]
            boxes[f, axis], boxes[f, 3 + axis] = min(a, b, c), max(a, b, c)
    return boxes


@compiled
def triangles_by_cell(
    boxes: NDArray[np.float64], origin: NDArray[np.float64], width: float, shape: tuple[int, int, int]
) -> Any:
    """Triangles whose boxes reach into each cell, as (offsets (cells + 1,), triangles)."""
    offsets = np.zeros(shape[0] * shape[1] * shape[2] + 2, dtype=np.int64)
    low, high = np.empty(3, dtype=np.int64), np.empty(3, dtype=np.int64)
    triangles = np.empty(0, dtype=np.int32)
    for filling in range(2):
        for f in range(boxes.shape[0]):
            for axis in range(3):
                low[axis] = int((boxes[f, axis] - origin[axis]) / width)
                high[axis] = int((boxes[f, 3 + axis] - origin[axis]) / width)
            for x in range(low[0], high[0] + 1):
                for y in range(low[1], high[1] + 1):
                    for z in range(low[2], high[2] + 1):
                        cell = (x * shape[1] + y) * shape[2] + z
                        if filling == 0:
                            offsets[cell + 2] += 1
                        else:
                            triangles[offsets[cell + 1]] = f
                            offsets[cell + 1] += 1
        if filling == 0:
            for cell in range(2, offsets.shape[0]):
                offsets[cell] += offsets[cell - 1]
            triangles = np.empty(offsets[-1], dtype=np.int32)
    return offsets[:-1], triangles


@compiled
def _above(a: Any, b: Any, c: Any, d: Any) -> float:
    """Six times the signed volume of a tetrahedron."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    wx, wy, wz = d[0] - a[0], d[1] - a[1], d[2] - a[2]
    volume: float = wx * (uy * vz - uz * vy) + wy * (uz * vx - ux * vz) + wz * (ux * vy - uy * vx)
    return volume


@compiled
def _pierces(p: Any, q: Any, a: Any, b: Any, c: Any) -> bool:
    """Whether the edge p q passes through the inside of the triangle; touching is not passing."""
    at_p, at_q = _above(a, b, c, p), _above(a, b, c, q)
    if not (at_p > 0.0 > at_q or at_p < 0.0 < at_q):
        return False
    first, second, third = _above(p, q, a, b), _above(p, q, b, c), _above(p, q, c, a)
    return (first > 0.0 and second > 0.0 and third > 0.0) or (first < 0.0 and second < 0.0 and third < 0.0)


@compiled
def _cross(vertices: NDArray[np.float64], faces: NDArray[np.int64], f: int, g: int) -> bool:
    """Whether an edge of one triangle passes through the other; edges at a shared vertex only touch it."""
    shared = 0
    for c in range(3):
        for d in range(3):
            shared += faces[f, c] == faces[g, d]
    if shared > 1:
        return False
    for turn in range(2):
        one, other = (f, g) if turn == 0 else (g, f)
        a, b, c = faces[other, 0], faces[other, 1], faces[other, 2]
        for corner in range(3):
            p, q = faces[one, corner], faces[one, (corner + 1) % 3]
            if p in (a, b, c) or q in (a, b, c):
                continue
            if _pierces(vertices[p], vertices[q], vertices[a], vertices[b], vertices[c]):
                return True
    return False


@compiled
def count_crossings(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    boxes: NDArray[np.float64],
    cells: tuple[NDArray[np.int64], NDArray[np.int32]],
    grid: tuple[NDArray[np.float64], float, tuple[int, int, int]],
) -> int:
    """Counts pairs of triangles that cross, each in the cell where the boxes' common part begins."""
    (offsets, triangles), (origin, width, shape) = cells, grid
    crossings = 0
    for cell in range(offsets.shape[0] - 1):
        for m in range(offsets[cell], offsets[cell + 1]):
            f = triangles[m]
            for n in range(m + 1, offsets[cell + 1]):
                g = triangles[n]
                apart, begins = False, 0
                for axis in range(3):
                    low = max(boxes[f, axis], boxes[g, axis])
                    apart |= low > min(boxes[f, 3 + axis], boxes[g, 3 + axis])
                    begins = begins * shape[axis] + int((low - origin[axis]) / width)
                if not apart and begins == cell and _cross(vertices, faces, f, g):
                    crossings += 1
    return crossings
