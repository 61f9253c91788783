"""Compiled kernels: run-lengths of labels per voxel row, cut by planes; margins.

Every kernel evaluates the signed distance of voxel (i, j, k) to a plane by the one expression

    a_i * i + (a_j * j + (a_k * k + b))          in mm, above zero is resected

in this order and without fused multiply-add. Each rounding step is monotone, so along a row (and along j) the
sign changes at most once *in floating point too*: comparing row ends and stepping to the crossing is exactly
the same as testing every voxel. `engine.resection.counting` evaluates the same expression with NumPy.

A plane is a row of `planes`: (a_i, a_j, a_k, b). Single thread, no GIL: many sessions run side by side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled

SURE = 1e-9
"""How near the crossing of a row may come to a voxel's centre before its sign is asked for. Three roundings lie
between the crossing as computed and the sign as computed: 2^-51 of an index of at most 2^15, 2e-11 voxels."""
LEAST_SLOPE = 1e-6
"""Planes with less slope along i, mm a voxel, are asked voxel by voxel: 1 / slope must not overflow."""
FEASIBLE_MM = 1e-7
"""How far a projected point may lie on the wrong side of another plane by rounding alone."""


@compiled
def first_voxel_where(slope: float, base: float, low: int, high: int, resected: bool) -> int:
    """First i in [low, high] with (slope * i + base > 0) == resected; high if none. Monotone in i; slope not 0.

    The division only guesses; the steps decide by the expression itself.
    """
    guess = -base / slope
    if guess <= low:
        i = low
    elif guess >= high:
        i = high
    else:
        i = int(guess) + 1
    while i > low and (slope * (i - 1) + base > 0.0) == resected:
        i -= 1
    while i < high and (slope * i + base > 0.0) != resected:
        i += 1
    return i


@borrowing
def remnant_interval(planes: NDArray[np.float64], k: int, j: int, low: int, high: int) -> tuple[int, int]:
    """The voxels [left, right) of row (k, j) within [low, high) that no plane resects; left >= right if none.

    What several planes leave is convex, so one interval per row says it all.
    """
    left = low
    right = high
    for plane in range(planes.shape[0]):
        slope = planes[plane, 0]
        base = planes[plane, 1] * j + (planes[plane, 2] * k + planes[plane, 3])
        if slope > 0.0:
            right = min(right, first_voxel_where(slope, base, low, high, True))
        elif slope < 0.0:
            left = max(left, first_voxel_where(slope, base, low, high, False))
        elif base > 0.0:
            right = low
    return left, right


@borrowing
def first_voxels_where(
    plane: NDArray[np.float64], k: int, window: tuple[int, int, int, int], found: NDArray[np.int32]
) -> None:
    """Writes the first voxel of the rows [j first, j end) of slice k in [low, high) that is beyond a plane's crossing.

    The crossings are solved side by side; where one comes near to a voxel's centre, the signs decide row by row.

    Args:
        plane: (4,) of slope along i of at least `LEAST_SLOPE`.
        k: the slice.
        window: j first, j end, low, high.
        found: (rows,) written.
    """
    j_first, j_end, low, high = window
    offset, step, inverse = plane[2] * k + plane[3], plane[1], -1.0 / plane[0]
    least, most = low + 0.5, high + 0.5
    unsure = 0
    for row in range(j_end - j_first):
        beyond = (step * (j_first + row) + offset) * inverse + 1.0
        beyond = least if beyond < least else beyond
        beyond = most if beyond > most else beyond
        voxel = np.int32(beyond)
        found[row] = voxel
        part = beyond - voxel
        unsure += int((part < SURE) | (part > 1.0 - SURE))
    if unsure > 0:
        for row in range(j_end - j_first):
            base = step * (j_first + row) + offset
            found[row] = first_voxel_where(plane[0], base, low, high, plane[0] > 0.0)


@borrowing
def remnant_of_rows(
    planes: NDArray[np.float64],
    k: int,
    window: tuple[int, int, int, int],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    room: NDArray[np.int32],
) -> None:
    """Writes `remnant_interval` of the rows [j first, j end) of slice k; left >= right where nothing remains.

    Args:
        planes: (m, 4).
        k: the slice.
        window: j first, j end, low, high.
        left: (rows,) written.
        right: (rows,) written.
        room: (rows,) to work in.
    """
    j_first, j_end, low, high = window
    left[:] = low
    right[:] = high
    for plane in range(planes.shape[0]):
        slope = planes[plane, 0]
        if abs(slope) < LEAST_SLOPE:
            for row in range(j_end - j_first):
                base = planes[plane, 1] * (j_first + row) + (planes[plane, 2] * k + planes[plane, 3])
                if slope > 0.0:
                    right[row] = min(right[row], first_voxel_where(slope, base, low, high, True))
                elif slope < 0.0:
                    left[row] = max(left[row], first_voxel_where(slope, base, low, high, False))
                elif base > 0.0:
                    right[row] = low
            continue
        first_voxels_where(planes[plane], k, window, room)
        if slope > 0.0:
            for row in range(j_end - j_first):
                right[row] = room[row] if room[row] < right[row] else right[row]
        else:
            for row in range(j_end - j_first):
                left[row] = room[row] if room[row] > left[row] else left[row]


@compiled
def remnant_intervals(
    planes: NDArray[np.float64], window: NDArray[np.int64], columns: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Left and right ends of the remnant interval of every row of a window (k first, k end, j first, j end).

    A row of which nothing remains has both ends at `columns`, so that neighbouring rows compare without special cases.
    """
    left = np.empty((window[1] - window[0], window[3] - window[2]), dtype=np.int32)
    right = np.empty_like(left)
    room = np.empty(left.shape[1], dtype=np.int32)
    for k in range(left.shape[0]):
        remnant_of_rows(planes, k + window[0], (window[2], window[3], 0, columns), left[k], right[k], room)
        for j in range(left.shape[1]):
            if left[k, j] >= right[k, j]:
                left[k, j] = right[k, j] = columns
    return left, right


@compiled
def distance_to_remnant(heights: NDArray[np.float64], gram: NDArray[np.float64]) -> float:
    """Distance of a resected point to what the planes leave, mm; infinity where they leave nothing.

    The projection onto a convex polytope lies on a face, an edge or a corner: the active set of at most three planes
    whose multipliers are not negative and whose foot no other plane resects (Karush-Kuhn-Tucker) is the answer.

    Args:
        heights: (m,) signed distance of the point to each plane, mm.
        gram: (m, m) dot products of the unit normals.
    """
    count = heights.shape[0]
    for a in range(count):
        if heights[a] < 0.0:
            continue
        feasible = True
        for other in range(count):
            feasible = feasible and heights[other] - gram[other, a] * heights[a] <= FEASIBLE_MM
        if feasible:
            return float(heights[a])
    for a in range(count):
        for b in range(a + 1, count):
            determinant = 1.0 - gram[a, b] * gram[a, b]
            if determinant < 1e-12:
                continue
            weight_a = (heights[a] - gram[a, b] * heights[b]) / determinant
            weight_b = (heights[b] - gram[a, b] * heights[a]) / determinant
            feasible = weight_a >= 0.0 and weight_b >= 0.0
            for other in range(count):
                left = heights[other] - gram[other, a] * weight_a - gram[other, b] * weight_b
                feasible = feasible and left <= FEASIBLE_MM
            if feasible:
                return float(np.sqrt(max(0.0, weight_a * heights[a] + weight_b * heights[b])))
    return distance_to_corner(heights, gram)


@compiled
def distance_to_corner(heights: NDArray[np.float64], gram: NDArray[np.float64]) -> float:
    """Distance to the corner of three planes that is the projection, mm; infinity if there is none."""
    count = heights.shape[0]
    for a in range(count):
        for b in range(a + 1, count):
            for c in range(b + 1, count):
                ab, ac, bc = gram[a, b], gram[a, c], gram[b, c]
                ha, hb, hc = heights[a], heights[b], heights[c]
                determinant = 1.0 + 2.0 * ab * ac * bc - ab * ab - ac * ac - bc * bc
                if determinant < 1e-12:
                    continue
                weight_a = (ha * (1.0 - bc * bc) + hb * (ac * bc - ab) + hc * (ab * bc - ac)) / determinant
                weight_b = (ha * (ac * bc - ab) + hb * (1.0 - ac * ac) + hc * (ab * ac - bc)) / determinant
                weight_c = (ha * (ab * bc - ac) + hb * (ab * ac - bc) + hc * (1.0 - ab * ab)) / determinant
                feasible = weight_a >= 0.0 and weight_b >= 0.0 and weight_c >= 0.0
                for other in range(count):
                    left = heights[other] - gram[other, a] * weight_a
                    left -= gram[other, b] * weight_b + gram[other, c] * weight_c
                    feasible = feasible and left <= FEASIBLE_MM
                if feasible:
                    return float(np.sqrt(max(0.0, weight_a * ha + weight_b * hb + weight_c * hc)))
    return np.inf


@borrowing
def extreme_height(planes: NDArray[np.float64], runs: NDArray[np.int32], highest: bool) -> float:
    """Highest (over voxels and planes) or, for one plane, lowest signed distance of a voxel set, mm.

    A linear function has its extremes along a row at the row's ends, so only those are looked at.

    Args:
        planes: (m, 4) planes.
        runs: (n, 4) first i, last i (inclusive), j, k.
        highest: which extreme.
    """
    best = -np.inf if highest else np.inf
    for plane in range(planes.shape[0]):
        slope = planes[plane, 0]
        for run in range(runs.shape[0]):
            base = planes[plane, 1] * runs[run, 2] + (planes[plane, 2] * runs[run, 3] + planes[plane, 3])
            for end in range(2):
                height = slope * runs[run, end] + base
                best = max(best, height) if highest else min(best, height)
    return best


@compiled
def nearest_to_remnant(planes: NDArray[np.float64], gram: NDArray[np.float64], runs: NDArray[np.int32]) -> float:
    """Smallest distance of a wholly resected voxel set to what several planes leave, mm; infinity if nothing is left.

    The highest plane is a lower bound of the distance; the projection is solved only where that bound is promising.
    """
    count = planes.shape[0]
    heights = np.empty(count)
    best = np.inf
    for run in range(runs.shape[0]):
        for i in range(runs[run, 0], runs[run, 1] + 1):
            bound = -np.inf
            for plane in range(count):
                base = planes[plane, 1] * runs[run, 2] + (planes[plane, 2] * runs[run, 3] + planes[plane, 3])
                heights[plane] = planes[plane, 0] * i + base
                bound = max(bound, heights[plane])
            if bound < best:
                best = min(best, distance_to_remnant(heights, gram))
    return best
