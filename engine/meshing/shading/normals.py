"""What the kernels of this folder answer, their inputs checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def vertex_normals(points: NDArray[np.float64], triangles: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Unit normals, the area-weighted mean of the triangles around each vertex.

    Args:
        points: (n, 3) in any right-handed frame.
        triangles: (m, 3), counter-clockwise seen from outside.

    Returns:
        (n, 3); (0, 1, 0) where no triangle has area, because readers want unit length all the same.

    Raises:
        ValueError: a triangle names a vertex that is not there.
    """
    from engine.meshing.shading.kernels import unit_normals

    return unit_normals(*_checked(points, triangles))


def turns_over(before: NDArray[np.float64], after: NDArray[np.float64], triangles: NDArray[np.uint32]) -> bool:
    """Whether a triangle turns by a right angle or more, or loses its area, when its corners move.

    Args:
        before: (n, 3) in any frame.
        after: (n, 3) in the same frame, but for scale and place.
        triangles: (m, 3).

    Raises:
        ValueError: a triangle names a vertex that is not there.
    """
    from engine.meshing.shading.kernels import any_turned

    if before.shape != after.shape:
        raise ValueError("every vertex needs a place before and after")
    points, numbers = _checked(before, triangles)
    return any_turned(points, np.require(after, np.float64, ["C", "W"]), numbers)


def _checked(
    points: NDArray[np.float64], triangles: NDArray[np.uint32]
) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    if triangles.size and int(triangles.max()) >= len(points):
        raise ValueError("a triangle names a vertex that is not there")
    # Arrays that may not be written are another type to the compiler: one more to compile.
    return np.require(points, np.float64, ["C", "W"]), np.require(triangles, np.uint32, ["C", "W"])


def warm_up() -> None:
    """Compiles or loads the kernels; blocks."""
    points = np.vstack([np.zeros(3), np.eye(3)])
    triangles = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.uint32)
    vertex_normals(points, triangles)
    turns_over(points, points, triangles)
