# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls are not free
"""Compiled kernels: the voxels of every row inside a spheroid or a cone. Both are convex: one interval a row."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def side(form: NDArray[np.float64], along: float, square: float) -> float:
    """Above zero inside.

    Args:
        form: (3,) half axis along and across of a spheroid and 0; or sine and cosine of a cone's half angle and its
            depth.
        along: place along the axis from centre or apex, mm.
        square: squared distance from it, mm2.
    """
    away_square = max(square - along * along, 0.0)
    if form[2] == 0.0:
        return 1.0 - math.sqrt(along * along / (form[0] * form[0]) + away_square / (form[1] * form[1]))
    return float(min(along * form[0] - math.sqrt(away_square) * form[1], form[2] - along))


@compiled
def guess(
    form: NDArray[np.float64], start: tuple[float, float, float], step: tuple[float, float, float]
) -> tuple[float, float]:
    """Where a row enters and leaves, in voxels; low > high if it stays outside.

    Args:
        form: as in `side`.
        start: along, squared distance, and dot product with the step, of the row's voxel 0 from centre or apex.
        step: along of one voxel, its squared length, unused.
    """
    along, square, dot = start
    rise, length, _ = step
    if form[2] == 0.0:
        inside, across = 1.0 / (form[0] * form[0]), 1.0 / (form[1] * form[1])
        a = rise * rise * inside + (length - rise * rise) * across
        b = along * rise * inside + (dot - along * rise) * across
        c = along * along * inside + (square - along * along) * across - 1.0
        root = b * b - a * c
        if root < 0.0:
            return 1.0, 0.0
        root = math.sqrt(root)
        return (-b - root) / a, (-b + root) / a
    # The mantle: along^2 > cos^2 square, on the side where along > 0.
    cosine = form[1] * form[1]
    a = rise * rise - cosine * length
    b = along * rise - cosine * dot
    c = along * along - cosine * square
    low, high = -np.inf, np.inf
    root = b * b - a * c
    if a < 0.0:
        if root < 0.0:
            return 1.0, 0.0
        root = math.sqrt(root)
        low, high = (-b + root) / a, (-b - root) / a
        if along + 0.5 * (low + high) * rise <= 0.0:
            return 1.0, 0.0
    elif a > 0.0:
        root = math.sqrt(max(root, 0.0))
        if rise > 0.0:
            low = (-b + root) / a
        else:
            high = (-b - root) / a
    elif b > 0.0:
        low = -c / (2.0 * b)
    elif b < 0.0:
        high = -c / (2.0 * b)
    if rise > 0.0:
        low, high = max(low, -along / rise), min(high, (form[2] - along) / rise)
    elif rise < 0.0:
        low, high = max(low, (form[2] - along) / rise), min(high, -along / rise)
    return low, high


@compiled
def wedge_rows(
    form: NDArray[np.float64],
    axis: NDArray[np.float64],
    offset_from_ijk: NDArray[np.float64],
    window: NDArray[np.int64],
    pointers: NDArray[np.int32],
    ends: NDArray[np.int16],
) -> int:
    """Writes the interval of every row, if any; returns how many.

    The guess is corrected by the side of the voxels themselves.

    Args:
        form: as in `side`.
        axis: (3,) unit vector.
        offset_from_ijk: (3, 4) mm from centre or apex of a voxel (i, j, k).
        window: (6,) k first, k end, j first, j end, i first, i end.
        pointers: (rows + 1,) intervals before each row, written.
        ends: (rows, 2) first and end of each interval, written.
    """
    count = 0
    row = 0
    pointers[0] = 0
    step = offset_from_ijk[:, 0]
    rise = axis[0] * step[0] + axis[1] * step[1] + axis[2] * step[2]
    length = step[0] * step[0] + step[1] * step[1] + step[2] * step[2]
    first, end = window[4], window[5]
    at = np.empty(3)
    for k in range(window[0], window[1]):
        for j in range(window[2], window[3]):
            for n in range(3):
                at[n] = offset_from_ijk[n, 1] * j + offset_from_ijk[n, 2] * k + offset_from_ijk[n, 3]
            along = axis[0] * at[0] + axis[1] * at[1] + axis[2] * at[2]
            square = at[0] * at[0] + at[1] * at[1] + at[2] * at[2]
            dot = at[0] * step[0] + at[1] * step[1] + at[2] * step[2]
            low, high = guess(form, (along, square, dot), (rise, length, 0.0))
            if low <= high + 1.0:
                left = math.floor(min(max(low, first - 1.0), end + 0.0))
                right = math.ceil(min(max(high, first - 1.0), end + 0.0))
                left, right = max(left - 1, first), min(right + 2, end)
                while left < right and not inside(form, along, square, dot, rise, length, left):
                    left += 1
                while right > left and not inside(form, along, square, dot, rise, length, right - 1):
                    right -= 1
                if left < right:
                    ends[count, 0] = left
                    ends[count, 1] = right
                    count += 1
            row += 1
            pointers[row] = count
    return count


@compiled
def inside(
    form: NDArray[np.float64], along: float, square: float, dot: float, rise: float, length: float, i: int
) -> bool:
    """Whether voxel i of a row is inside."""
    return side(form, along + i * rise, square + i * (2.0 * dot + i * length)) > 0.0


@compiled
def sides(
    form: NDArray[np.float64], axis: NDArray[np.float64], offsets: NDArray[np.float64], found: NDArray[np.float64]
) -> None:
    """Writes the side of (n, 3) offsets from centre or apex, mm."""
    for n in range(offsets.shape[0]):
        x, y, z = offsets[n, 0], offsets[n, 1], offsets[n, 2]
        found[n] = side(form, axis[0] * x + axis[1] * y + axis[2] * z, x * x + y * y + z * z)
