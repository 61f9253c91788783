"""Compiled kernels: the height of points above a continued Bezier surface. The formulas are those of `frame`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled

NEAR_MM = 1e-10
"""How near (x, y) has to be met; far below a rounding step of a voxel's place."""
MOST_STEPS = 12


@borrowing
def bezier(net: NDArray[np.float64], u: float, v: float, found: NDArray[np.float64]) -> None:
    """Writes x, y, z and their derivatives by u and by v at (u, v) of a (4, 4, 3) net [v, u]; found is (9,)."""
    s = 1.0 - u
    bu0, bu1, bu2, bu3 = s * s * s, 3.0 * s * s * u, 3.0 * s * u * u, u * u * u
    du0, du1, du2 = 3.0 * s * s, 6.0 * s * u, 3.0 * u * u
    t = 1.0 - v
    bv = (t * t * t, 3.0 * t * t * v, 3.0 * t * v * v, v * v * v)
    dv = (-3.0 * t * t, 3.0 * t * t - 6.0 * t * v, 6.0 * t * v - 3.0 * v * v, 3.0 * v * v)
    for part in range(9):
        found[part] = 0.0
    for row in range(4):
        for axis in range(3):
            p0, p1, p2, p3 = net[row, 0, axis], net[row, 1, axis], net[row, 2, axis], net[row, 3, axis]
            value = bu0 * p0 + bu1 * p1 + bu2 * p2 + bu3 * p3
            slope = du0 * (p1 - p0) + du1 * (p2 - p1) + du2 * (p3 - p2)
            found[axis] += bv[row] * value
            found[3 + axis] += bv[row] * slope
            found[6 + axis] += dv[row] * value


@borrowing
def continued(net: NDArray[np.float64], u: float, v: float, found: NDArray[np.float64]) -> None:
    """Writes E(u, v) and H(u, v), then the derivatives of E by u and by v (x, y each); found is (9,), 5 and 8 stay."""
    a, b = min(max(u, 0.0), 1.0), min(max(v, 0.0), 1.0)
    bezier(net, a, b, found)
    beyond_u, beyond_v = u - a, v - b
    if beyond_u == 0.0 and beyond_v == 0.0:
        return
    # The slope of the height over the plane: solve [Q_u Q_v]^T (h_x, h_y) = (h_u, h_v).
    determinant = found[3] * found[7] - found[4] * found[6]
    slope_x = (found[5] * found[7] - found[4] * found[8]) / determinant
    slope_y = (found[3] * found[8] - found[5] * found[6]) / determinant
    found[0] += beyond_u
    found[1] += beyond_v
    found[2] += beyond_u * slope_x + beyond_v * slope_y
    if beyond_u != 0.0:
        found[3], found[4] = 1.0, 0.0
    if beyond_v != 0.0:
        found[6], found[7] = 0.0, 1.0


@borrowing
def solve_u(net: NDArray[np.float64], x: float, v: float, found: NDArray[np.float64]) -> float:
    """The u at which E's x is met for this v, by bisection; x grows with u."""
    continued(net, 0.0, v, found)
    if x <= found[0]:
        return float(x - found[0])
    continued(net, 1.0, v, found)
    if x >= found[0]:
        return float(1.0 + x - found[0])
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        continued(net, middle, v, found)
        if found[0] < x:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@borrowing
def bisect(net: NDArray[np.float64], x: float, y: float, found: NDArray[np.float64]) -> tuple[float, float]:
    """The (u, v) with E(u, v) = (x, y) by nested bisection: y grows with v along the curve on which x is met."""
    low, high = 0.0, 1.0
    step = 1.0
    for _ in range(60):  # beyond the patch y grows by 1 mm with v, less what the curve's bend takes
        continued(net, solve_u(net, x, low, found), low, found)
        if found[1] <= y:
            break
        low -= step
        step *= 2.0
    step = 1.0
    for _ in range(60):
        continued(net, solve_u(net, x, high, found), high, found)
        if found[1] >= y:
            break
        high += step
        step *= 2.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        continued(net, solve_u(net, x, middle, found), middle, found)
        if found[1] < y:
            low = middle
        else:
            high = middle
    v = 0.5 * (low + high)
    return solve_u(net, x, v, found), v


@borrowing
def parameters_at(
    net: NDArray[np.float64], x: float, y: float, u: float, v: float, found: NDArray[np.float64]
) -> tuple[float, float]:
    """The (u, v) with E(u, v) = (x, y), from a guess; leaves `continued` there in found."""
    for _ in range(MOST_STEPS):
        continued(net, u, v, found)
        away_x, away_y = x - found[0], y - found[1]
        if abs(away_x) <= NEAR_MM and abs(away_y) <= NEAR_MM:
            return u, v
        determinant = found[3] * found[7] - found[4] * found[6]
        u += (away_x * found[7] - away_y * found[6]) / determinant
        v += (found[3] * away_y - found[4] * away_x) / determinant
    u, v = bisect(net, x, y, found)
    continued(net, u, v, found)
    return u, v


@compiled
def heights(net: NDArray[np.float64], points: NDArray[np.float64], found: NDArray[np.float64]) -> None:
    """Writes z - H(E^-1(x, y)) of every point.

    Each solution is the guess for the next, so points in rows are cheap.

    Args:
        net: (4, 4, 3) control points [v, u] in the frame, mm.
        points: (n, 3) x, y, z in the frame, mm.
        found: (n,) written.
    """
    at = np.empty(9)
    u, v = 0.5, 0.5
    for n in range(points.shape[0]):
        u, v = parameters_at(net, points[n, 0], points[n, 1], u, v, at)
        found[n] = points[n, 2] - at[2]
