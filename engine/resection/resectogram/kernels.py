"""Compiled kernels of the flattened cut: sampling volumes on it, laying a lattice flat, filling pixels.

A lattice is a grid of points (rows, columns) over the cut; each of its cells is two triangles, (a, b, c) and
(a, c, d) with a = (r, c), b = (r, c + 1), c = (r + 1, c + 1), d = (r + 1, c). Single thread, no GIL.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

ROUNDED = 1e-4
"""By how much of a cell a point rounded to float32 may fall off the lattice."""


@compiled
def sample_labels(
    points_lps_mm: NDArray[np.float64],
    ijk_from_lps: NDArray[np.float64],
    labels: NDArray[np.uint8],
    found: NDArray[np.uint8],
) -> None:
    """Writes the nearest label of every point; 0 outside the volume and for NaN.

    Args:
        points_lps_mm: (n, 3).
        ijk_from_lps: (4, 4).
        labels: (k, j, i).
        found: (n,) written.
    """
    depth, height, width = labels.shape
    m = ijk_from_lps
    for n in range(points_lps_mm.shape[0]):
        x, y, z = points_lps_mm[n, 0], points_lps_mm[n, 1], points_lps_mm[n, 2]
        i = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
        j = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
        k = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
        found[n] = 0
        if -0.5 <= i < width - 0.5 and -0.5 <= j < height - 0.5 and -0.5 <= k < depth - 0.5:  # NaN is not
            found[n] = labels[int(k + 0.5), int(j + 0.5), int(i + 0.5)]


@compiled
def sample_volumes(
    points_lps_mm: NDArray[np.float64],
    ijk_from_lps: NDArray[np.float64],
    labels: NDArray[np.uint8],
    voxels_hu: NDArray[np.int16],
    found_labels: NDArray[np.uint8],
    found_hu: NDArray[np.int16],
) -> None:
    """Writes the nearest label and the trilinear HU of every point; 0 and -1024 outside the volume and for NaN.

    Args:
        points_lps_mm: (n, 3).
        ijk_from_lps: (4, 4).
        labels: (k, j, i).
        voxels_hu: (k, j, i).
        found_labels: (n,) written.
        found_hu: (n,) written.
    """
    depth, height, width = labels.shape
    m = ijk_from_lps
    for n in range(points_lps_mm.shape[0]):
        x, y, z = points_lps_mm[n, 0], points_lps_mm[n, 1], points_lps_mm[n, 2]
        i = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
        j = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
        k = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
        found_labels[n] = 0
        found_hu[n] = -1024
        # NaN compares false.
        if not (-0.5 <= i < width - 0.5 and -0.5 <= j < height - 0.5 and -0.5 <= k < depth - 0.5):
            continue
        found_labels[n] = labels[int(k + 0.5), int(j + 0.5), int(i + 0.5)]
        i = min(max(i, 0.0), width - 1.0)
        j = min(max(j, 0.0), height - 1.0)
        k = min(max(k, 0.0), depth - 1.0)
        i0, j0, k0 = int(i), int(j), int(k)
        i1, j1, k1 = min(i0 + 1, width - 1), min(j0 + 1, height - 1), min(k0 + 1, depth - 1)
        wi, wj, wk = i - i0, j - j0, k - k0
        low = (1.0 - wj) * ((1.0 - wi) * voxels_hu[k0, j0, i0] + wi * voxels_hu[k0, j0, i1]) + wj * (
            (1.0 - wi) * voxels_hu[k0, j1, i0] + wi * voxels_hu[k0, j1, i1]
        )
        high = (1.0 - wj) * ((1.0 - wi) * voxels_hu[k1, j0, i0] + wi * voxels_hu[k1, j0, i1]) + wj * (
            (1.0 - wi) * voxels_hu[k1, j1, i0] + wi * voxels_hu[k1, j1, i1]
        )
        found_hu[n] = math.floor((1.0 - wk) * low + wk * high + 0.5)


@compiled
def sample_distance(
    points_lps_mm: NDArray[np.float64],
    ijk_from_lps: NDArray[np.float64],
    hundredths_mm: NDArray[np.int16],
    found_mm: NDArray[np.float32],
) -> None:
    """Writes the trilinear value of every point in mm, NaN outside the field.

    Args:
        points_lps_mm: (n, 3).
        ijk_from_lps: (4, 4) of the field.
        hundredths_mm: (k, j, i).
        found_mm: (n,) written.
    """
    depth, height, width = hundredths_mm.shape
    m = ijk_from_lps
    for n in range(points_lps_mm.shape[0]):
        x, y, z = points_lps_mm[n, 0], points_lps_mm[n, 1], points_lps_mm[n, 2]
        i = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
        j = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
        k = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
        if not (0.0 <= i <= width - 1.0 and 0.0 <= j <= height - 1.0 and 0.0 <= k <= depth - 1.0):
            found_mm[n] = np.nan
            continue
        i0, j0, k0 = min(int(i), width - 2), min(int(j), height - 2), min(int(k), depth - 2)
        wi, wj, wk = i - i0, j - j0, k - k0
        value = 0.0
        for dk in range(2):
            for dj in range(2):
                row = (1.0 - wi) * hundredths_mm[k0 + dk, j0 + dj, i0] + wi * hundredths_mm[k0 + dk, j0 + dj, i0 + 1]
                value += (wk if dk == 1 else 1.0 - wk) * (wj if dj == 1 else 1.0 - wj) * row
        found_mm[n] = np.float32(0.01 * value)


@compiled
def triangle_weights(
    uv: NDArray[np.float64], row: int, column: int, upper: int, u: float, v: float
) -> tuple[float, float, float]:
    """Weights of the corners of a cell's first (upper 0) or second triangle at (u, v); any may be below zero."""
    ax, ay = uv[row, column, 0], uv[row, column, 1]
    cx, cy = uv[row + 1, column + 1, 0], uv[row + 1, column + 1, 1]
    if upper == 0:
        bx, by = uv[row, column + 1, 0], uv[row, column + 1, 1]
    else:
        bx, by = cx, cy
        cx, cy = uv[row + 1, column, 0], uv[row + 1, column, 1]
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if area == 0.0:
        return -1.0, -1.0, -1.0
    second = ((u - ax) * (cy - ay) - (v - ay) * (cx - ax)) / area
    third = ((bx - ax) * (v - ay) - (by - ay) * (u - ax)) / area
    return 1.0 - second - third, second, third


@compiled
def fill_pixels(
    uv: NDArray[np.float64], first_u: float, first_v: float, step: float, place: NDArray[np.float64]
) -> None:
    """Writes the lattice coordinates (row, column) of every pixel centre; NaN where no triangle lies.

    Args:
        uv: (rows, columns, 2) where the lattice's points lie in the picture, mm.
        first_u: of the first column of pixels, mm; u grows with columns.
        first_v: of the first row; v falls with rows.
        step: mm a pixel.
        place: (height, width, 2) written.
    """
    height, width = place.shape[0], place.shape[1]
    place[:] = np.nan
    rows, columns = uv.shape[0], uv.shape[1]
    for row in range(rows - 1):
        for column in range(columns - 1):
            low_u = min(uv[row, column, 0], uv[row, column + 1, 0], uv[row + 1, column + 1, 0], uv[row + 1, column, 0])
            top_u = max(uv[row, column, 0], uv[row, column + 1, 0], uv[row + 1, column + 1, 0], uv[row + 1, column, 0])
            low_v = min(uv[row, column, 1], uv[row, column + 1, 1], uv[row + 1, column + 1, 1], uv[row + 1, column, 1])
            top_v = max(uv[row, column, 1], uv[row, column + 1, 1], uv[row + 1, column + 1, 1], uv[row + 1, column, 1])
            left = max(math.ceil((low_u - first_u) / step - 1e-9), 0)
            right = min(math.floor((top_u - first_u) / step + 1e-9), width - 1)
            top = max(math.ceil((first_v - top_v) / step - 1e-9), 0)
            bottom = min(math.floor((first_v - low_v) / step + 1e-9), height - 1)
            for y in range(top, bottom + 1):
                for x in range(left, right + 1):
                    u, v = first_u + x * step, first_v - y * step
                    for upper in range(2):
                        _, second, third = triangle_weights(uv, row, column, upper, u, v)
                        if second < -1e-9 or third < -1e-9 or second + third > 1.0 + 1e-9:
                            continue
                        # (a, b, c): b adds a column, c both; (a, c, d): c adds both, d a row.
                        place[y, x, 0] = row + third if upper == 0 else row + second + third
                        place[y, x, 1] = column + second + third if upper == 0 else column + second
                        break


@compiled
def find_places(uv: NDArray[np.float64], wanted_uv: NDArray[np.float64], place: NDArray[np.float64]) -> None:
    """Writes the lattice coordinates (row, column) of every wanted (u, v); NaN where no triangle lies.

    Args:
        uv: (rows, columns, 2) lattice in the picture.
        wanted_uv: (n, 2).
        place: (n, 2) written.
    """
    one = np.empty((1, 1, 2))
    for n in range(wanted_uv.shape[0]):
        fill_pixels(uv, wanted_uv[n, 0], wanted_uv[n, 1], 1.0, one)
        place[n, 0], place[n, 1] = one[0, 0, 0], one[0, 0, 1]


@compiled
def places_to_uv(uv: NDArray[np.float64], place: NDArray[np.float64], found_uv: NDArray[np.float64]) -> None:
    """Writes (u, v) of lattice coordinates by the same triangles; NaN outside the lattice.

    Args:
        uv: (rows, columns, 2) lattice in the picture.
        place: (n, 2) lattice coordinates (row, column).
        found_uv: (n, 2) written.
    """
    rows, columns = uv.shape[0], uv.shape[1]
    for n in range(place.shape[0]):
        row, column = place[n, 0], place[n, 1]
        if not (-ROUNDED <= row <= rows - 1 + ROUNDED and -ROUNDED <= column <= columns - 1 + ROUNDED):
            found_uv[n, 0], found_uv[n, 1] = np.nan, np.nan
            continue
        r, c = max(min(int(row), rows - 2), 0), max(min(int(column), columns - 2), 0)
        down, right = row - r, column - c
        for axis in range(2):
            a, b = uv[r, c, axis], uv[r, c + 1, axis]
            d, e = uv[r + 1, c, axis], uv[r + 1, c + 1, axis]
            if right >= down:
                found_uv[n, axis] = a + (right - down) * (b - a) + down * (e - a)
            else:
                found_uv[n, axis] = a + right * (e - a) + (down - right) * (d - a)


@compiled
def cubic_weights(part: float, weights: NDArray[np.float64]) -> None:
    """Weights of four neighbours for Catmull-Rom interpolation between the middle two."""
    weights[0] = ((-0.5 * part + 1.0) * part - 0.5) * part
    weights[1] = (1.5 * part - 2.5) * part * part + 1.0
    weights[2] = ((-1.5 * part + 2.0) * part + 0.5) * part
    weights[3] = (0.5 * part - 0.5) * part * part


@compiled
def cubic_heights(heights: NDArray[np.float64], place: NDArray[np.float64], found: NDArray[np.float64]) -> None:
    """Writes heights between the points of a lattice, smoothly; NaN for NaN.

    Args:
        heights: (rows, columns) of the lattice, with one more row and column on every side than `place` counts.
        place: (n, 2) lattice coordinates (row, column) without that rim.
        found: (n,) written.
    """
    rows, columns = heights.shape[0] - 2, heights.shape[1] - 2
    down, right = np.empty(4), np.empty(4)
    for n in range(place.shape[0]):
        row, column = place[n, 0], place[n, 1]
        if not (-1.0 <= row <= rows and -1.0 <= column <= columns):
            found[n] = np.nan
            continue
        r, c = max(min(int(row), rows - 2), 0), max(min(int(column), columns - 2), 0)
        cubic_weights(row - r, down)
        cubic_weights(column - c, right)
        value = 0.0
        for a in range(4):
            along = 0.0
            for b in range(4):
                along += right[b] * heights[r + a, c + b]
            value += down[a] * along
        found[n] = value
