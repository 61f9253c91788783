"""Loops over triangles for shading."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def area_normal(
    points: NDArray[np.float64], triangles: NDArray[np.uint32], number: int
) -> tuple[float, float, float]:  # pragma: no cover - compiled
    """The normal of a triangle, as long as twice its area."""
    a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
    ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
    vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


@compiled
def unit_normals(
    points: NDArray[np.float64], triangles: NDArray[np.uint32]
) -> NDArray[np.float32]:  # pragma: no cover - compiled
    """(n, 3) normals of vertices weighted by area, (0, 1, 0) where there is none."""
    sums = np.zeros(points.shape, np.float64)
    for number in range(len(triangles)):
        x, y, z = area_normal(points, triangles, number)
        for corner in range(3):
            vertex = triangles[number, corner]
            sums[vertex, 0] += x
            sums[vertex, 1] += y
            sums[vertex, 2] += z
    normals = np.zeros(points.shape, np.float32)
    for vertex in range(len(points)):
        length = np.sqrt(sums[vertex, 0] ** 2 + sums[vertex, 1] ** 2 + sums[vertex, 2] ** 2)
        if length > 0:
            for axis in range(3):
                normals[vertex, axis] = sums[vertex, axis] / length
        else:
            normals[vertex, 1] = 1.0
    return normals


@compiled
def any_turned(
    before: NDArray[np.float64], after: NDArray[np.float64], triangles: NDArray[np.uint32]
) -> bool:  # pragma: no cover - compiled
    """Whether a triangle turns by a right angle or more, or its area is lost."""
    for number in range(len(triangles)):
        x, y, z = area_normal(before, triangles, number)
        u, v, w = area_normal(after, triangles, number)
        if x * u + y * v + z * w <= 0:
            return True
    return False
