"""Compiled peers of the curved count: every voxel by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled
from engine.resection.surface.kernels import parameters_at


@compiled
def placed(frame_from_ijk: NDArray[np.float64], i: int, j: int, k: int) -> tuple[float, float, float]:
    """Frame coordinates of a voxel, mm."""
    m = frame_from_ijk
    return (
        m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + m[0, 3],
        m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + m[1, 3],
        m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + m[2, 3],
    )


@compiled
def count_every_voxel_by_height(
    labels: NDArray[np.uint8], net: NDArray[np.float64], frame_from_ijk: NDArray[np.float64], counts: NDArray[np.int64]
) -> None:
    """Adds the labelled voxels above a continued surface to (256,) counts; each solution is the next voxel's guess.

    Args:
        labels: (k, j, i).
        net: (4, 4, 3) control points in the surface's frame, mm.
        frame_from_ijk: (3, 4) frame coordinates of a voxel.
        counts: written.
    """
    at = np.empty(9)
    u, v = 0.5, 0.5
    for k in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            for i in range(labels.shape[2]):
                value = labels[k, j, i]
                if value == 0:
                    continue
                x, y, z = placed(frame_from_ijk, i, j, k)
                u, v = parameters_at(net, x, y, u, v, at)
                if z > at[2]:
                    counts[value] += 1


@compiled
def cubic(p: float, q: float, r: float, s: float, t: float) -> float:
    """A cubic Bezier polynomial by its four coefficients."""
    w = 1.0 - t
    return w * w * w * p + 3.0 * w * w * t * q + 3.0 * w * t * t * r + t * t * t * s


@compiled
def count_every_voxel_on_even_net(
    labels: NDArray[np.uint8], net: NDArray[np.float64], frame_from_ijk: NDArray[np.float64], counts: NDArray[np.int64]
) -> None:
    """As above for a net whose points lie evenly in the frame's plane: nothing to solve, the quickest loop there is.

    Beyond the patch the height stays that of its edge, which saves the slopes: the sides there are not the engine's.
    """
    x0, y0 = net[0, 0, 0], net[0, 0, 1]
    across, up = 1.0 / (net[3, 3, 0] - x0), 1.0 / (net[3, 3, 1] - y0)
    for k in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            for i in range(labels.shape[2]):
                value = labels[k, j, i]
                if value == 0:
                    continue
                x, y, z = placed(frame_from_ijk, i, j, k)
                u, v = min(max((x - x0) * across, 0.0), 1.0), min(max((y - y0) * up, 0.0), 1.0)
                height = cubic(
                    cubic(net[0, 0, 2], net[0, 1, 2], net[0, 2, 2], net[0, 3, 2], u),
                    cubic(net[1, 0, 2], net[1, 1, 2], net[1, 2, 2], net[1, 3, 2], u),
                    cubic(net[2, 0, 2], net[2, 1, 2], net[2, 2, 2], net[2, 3, 2], u),
                    cubic(net[3, 0, 2], net[3, 1, 2], net[3, 2, 2], net[3, 3, 2], u),
                    v,
                )
                if z > height:
                    counts[value] += 1
