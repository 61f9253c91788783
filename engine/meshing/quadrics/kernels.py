"""Quadric error of edge collapses (Garland and Heckbert 1997), compiled, without the GIL."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


class Limits(NamedTuple):
    """What a collapse must keep.

    Attributes:
        least_turn: squared cosine between a face's normal before and after.
        least_shape: squared shape of a face afterwards: 1 if equilateral, 0 if a line.
        stiffness: weight of staying at an edge's middle against the planes; steadies flat places.
        shortness: what the squared length of an edge adds to its cost; slivers and short edges go first.
        debt: how much of the error that earlier collapses left at a place counts against collapsing on there.
        reach: what the squared distance by which a collapse takes the surface away counts as cost.
    """

    least_turn: float
    least_shape: float
    stiffness: float
    shortness: float
    debt: float
    reach: float


@compiled
def add_planes(points: NDArray[np.float64], tails: NDArray[np.int32], quadrics: NDArray[np.float64]) -> None:
    """Adds each face's plane, weighted by a third of its area, to its corners' quadrics."""
    for h in range(0, tails.shape[0], 4):
        a, b, c = tails[h], tails[h + 1], tails[h + 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        double_area = np.sqrt(x * x + y * y + z * z)
        if double_area <= 0.0:
            continue
        weight = 1.0 / (6.0 * double_area)
        d = -(x * points[a, 0] + y * points[a, 1] + z * points[a, 2])
        for corner in (a, b, c):
            quadrics[corner, 0] += weight * x * x
            quadrics[corner, 1] += weight * x * y
            quadrics[corner, 2] += weight * x * z
            quadrics[corner, 3] += weight * y * y
            quadrics[corner, 4] += weight * y * z
            quadrics[corner, 5] += weight * z * z
            quadrics[corner, 6] += weight * x * d
            quadrics[corner, 7] += weight * y * d
            quadrics[corner, 8] += weight * z * d
            quadrics[corner, 9] += weight * d * d


@compiled
def collapse_cost(
    points: NDArray[np.float64], q: NDArray[np.float64], u: int, v: int, limits: Limits
) -> tuple[float, float, float, float]:
    """Mean squared distance (mm²) of the best place for both ends to the planes they stand for, and that place."""
    mx, my, mz = (
        0.5 * (points[u, 0] + points[v, 0]),
        0.5 * (points[u, 1] + points[v, 1]),
        0.5 * (points[u, 2] + points[v, 2]),
    )
    xx, xy, xz = q[u, 0] + q[v, 0], q[u, 1] + q[v, 1], q[u, 2] + q[v, 2]
    yy, yz, zz = q[u, 3] + q[v, 3], q[u, 4] + q[v, 4], q[u, 5] + q[v, 5]
    x, y, z = q[u, 6] + q[v, 6], q[u, 7] + q[v, 7], q[u, 8] + q[v, 8]
    area = xx + yy + zz  # unit normals: the trace is the sum of the weights
    if area <= 0.0:
        return 0.0, mx, my, mz
    # Gradient at the middle, so that the solution is a step from there.
    gx = x + xx * mx + xy * my + xz * mz
    gy = y + xy * mx + yy * my + yz * mz
    gz = z + xz * mx + yz * my + zz * mz
    at_middle = mx * (gx + x) + my * (gy + y) + mz * (gz + z) + q[u, 9] + q[v, 9]
    held = limits.stiffness * area
    xx, yy, zz = xx + held, yy + held, zz + held
    cxx, cxy, cxz = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    cyy, cyz, czz = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
    determinant = xx * cxx + xy * cxy + xz * cxz
    if determinant <= 0.0:
        return np.inf, mx, my, mz
    inverse = -1.0 / determinant
    sx = inverse * (cxx * gx + cxy * gy + cxz * gz)
    sy = inverse * (cxy * gx + cyy * gy + cyz * gz)
    sz = inverse * (cxz * gx + cyz * gy + czz * gz)
    # At the minimum of the stiffened form its value is the one at the middle plus half the gradient's way.
    cost = (at_middle + sx * gx + sy * gy + sz * gz) / area
    ex, ey, ez = points[u, 0] - mx, points[u, 1] - my, points[u, 2] - mz
    cost = max(cost, 0.0) + 4.0 * limits.shortness * (ex * ex + ey * ey + ez * ez)
    cost += limits.debt * max(q[u, 10], q[v, 10])
    return cost, mx + sx, my + sy, mz + sz
