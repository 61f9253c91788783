"""Compiled kernels: the sign of a surface's own function at voxel centres near a crossing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing
from engine.resection.surface.kernels import MOST_STEPS, NEAR_MM, continued, parameters_at

SURE_TIMES = 64.0
"""A height this many times what x and y still lack has the sign of the solution; slopes are far smaller."""

Exact = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""(4, 4, 3) net in the surface's frame, (3, 4) frame coordinates of a voxel, both mm; (9,) room to work in."""


@borrowing
def is_above(i: int, j: int, k: int, u: float, v: float, exact: Exact) -> tuple[bool, float, float]:
    """Whether a voxel's centre is resected, by `heights`; with (u, v) there, from a guess of them."""
    net, m, found = exact
    x = m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + m[0, 3]
    y = m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + m[1, 3]
    z = m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + m[2, 3]
    for _ in range(MOST_STEPS):
        continued(net, u, v, found)
        away_x, away_y = x - found[0], y - found[1]
        lacking = abs(away_x) + abs(away_y)
        if lacking <= NEAR_MM or (lacking < 1e-3 and abs(z - found[2]) > SURE_TIMES * lacking):
            return bool(z > found[2]), u, v
        determinant = found[3] * found[7] - found[4] * found[6]
        u += (away_x * found[7] - away_y * found[6]) / determinant
        v += (found[3] * away_y - found[4] * away_x) / determinant
    u, v = parameters_at(net, x, y, 0.5, 0.5, found)
    return bool(z > found[2]), u, v


@borrowing
def first_beyond(
    near: int, reach: int, rising: bool, row: tuple[int, int], guess: tuple[float, float], exact: Exact
) -> int:
    """The first voxel beyond a crossing of a row, asked voxel by voxel.

    Where there is none within reach (triangles may cut rows that the surface passes by) it stays at `near`: moved on,
    it could change places with the row's other crossings.

    Args:
        near: the voxel that the crossing is nearest to.
        reach: how many voxels farther it may lie; 0 where only `near` is in doubt.
        rising: whether it is resected beyond.
        row: j, k.
        guess: u, v of the crossing.
        exact: the surface.
    """
    above, u, v = is_above(near, row[0], row[1], guess[0], guess[1], exact)
    if above == rising:
        for step in range(1, reach + 1):
            above, u, v = is_above(near - step, row[0], row[1], u, v, exact)
            if above != rising:
                return near - step + 1
        return near
    for step in range(1, reach + 1):
        above, u, v = is_above(near + step, row[0], row[1], u, v, exact)
        if above == rising:
            return near + step
    return near + reach + 1


@borrowing
def ask_row(
    row: tuple[int, int],
    span: tuple[int, int],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    count: int,
    exact: Exact,
) -> int:
    """Writes the resected intervals of a row j, k within a span of i voxel by voxel, from interval `count` on."""
    u, v, before = 0.5, 0.5, False
    for i in range(span[0], span[1]):
        above, u, v = is_above(i, row[0], row[1], u, v, exact)
        if above and not before:
            if count == starts.shape[0]:
                return count
            starts[count] = i
        elif before and not above:
            ends[count] = i
            count += 1
        before = above
    if before:
        ends[count] = span[1]
        count += 1
    return count
