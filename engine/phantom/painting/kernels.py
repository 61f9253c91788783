# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled loops that paint tissue and intensity. Arrays and scalars only; no GIL held.

Every painter follows one rule: a voxel's tissue is decided at its centre; its intensity blends over
`blend_mm` across a boundary, which is the partial volume of a real scanner.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.phantom.kernels import compiled, waves_at

_PARENCHYMA, _FAT_HU = 1, -102.0


@compiled
def _cover(distance: float, blend_mm: float) -> float:
    """Share of a voxel that lies inside, from the signed distance of its centre."""
    share: float = min(1.0, max(0.0, 0.5 - distance / blend_mm))
    return share


@compiled
def rasterise_capsules(
    distance: NDArray[np.float32],
    owner: NDArray[np.uint16],
    start_kji: NDArray[np.int64],
    affines: NDArray[np.float64],
    capsules: NDArray[np.float64],
    stretch: NDArray[np.float64],
    reach_mm: float,
) -> None:
    """Lowers `distance` to the nearest of many tapered capsules and notes which one it is.

    Args:
        distance: (k, j, i) float32 crop, large on entry; mm to the nearest capsule's surface on return.
        owner: (k, j, i) uint16 crop or empty; capsule row + 1 of the nearest surface.
        start_kji: (3,) index of the crop's first voxel in the grid.
        affines: (2, 4, 4) lps_from_ijk and its inverse.
        capsules: (n, 8) start x, y, z, radius, end x, y, z, radius in LPS mm.
        stretch: (3,) how much longer than `radius` the cross-section is along x, y, z.
        reach_mm: how far outside a capsule distances are wanted.
    """
    forward, inverse = affines[0], affines[1]
    nk, nj, ni = distance.shape
    with_owner = owner.size > 0
    low, high = np.empty(3), np.empty(3)
    for n in range(capsules.shape[0]):
        c = capsules[n]
        for axis in range(3):
            grow = max(c[3], c[7]) * stretch[axis] + reach_mm
            low[axis] = min(c[axis], c[axis + 4]) - grow
            high[axis] = max(c[axis], c[axis + 4]) + grow
        box = _index_box(low, high, inverse, start_kji, nk, nj, ni)
        ax, ay, az = c[0] / stretch[0], c[1] / stretch[1], c[2] / stretch[2]
        bx, by, bz = c[4] / stretch[0] - ax, c[5] / stretch[1] - ay, c[6] / stretch[2] - az
        length2 = bx * bx + by * by + bz * bz + 1e-12
        for k in range(box[0], box[1]):
            for j in range(box[2], box[3]):
                for i in range(box[4], box[5]):
                    gi, gj, gk = i + start_kji[2], j + start_kji[1], k + start_kji[0]
                    x = (forward[0, 0] * gi + forward[0, 1] * gj + forward[0, 2] * gk + forward[0, 3]) / stretch[0]
                    y = (forward[1, 0] * gi + forward[1, 1] * gj + forward[1, 2] * gk + forward[1, 3]) / stretch[1]
                    z = (forward[2, 0] * gi + forward[2, 1] * gj + forward[2, 2] * gk + forward[2, 3]) / stretch[2]
                    x, y, z = x - ax, y - ay, z - az
                    t = min(1.0, max(0.0, (x * bx + y * by + z * bz) / length2))
                    x, y, z = x - t * bx, y - t * by, z - t * bz
                    away = math.sqrt(x * x + y * y + z * z) - (c[3] + t * (c[7] - c[3]))
                    if away < distance[k, j, i]:
                        distance[k, j, i] = away
                        if with_owner:
                            owner[k, j, i] = n + 1


@compiled
def _index_box(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    inverse: NDArray[np.float64],
    start_kji: NDArray[np.int64],
    nk: int,
    nj: int,
    ni: int,
) -> NDArray[np.int64]:
    """Index ranges (k0, k1, j0, j1, i0, i1) of the crop that cover an LPS box."""
    first, last = np.full(3, 1e9), np.full(3, -1e9)
    for corner in range(8):
        x = high[0] if corner & 1 else low[0]
        y = high[1] if corner & 2 else low[1]
        z = high[2] if corner & 4 else low[2]
        for axis in range(3):
            at = inverse[axis, 0] * x + inverse[axis, 1] * y + inverse[axis, 2] * z + inverse[axis, 3]
            first[axis] = min(first[axis], at)
            last[axis] = max(last[axis], at)
    box = np.empty(6, np.int64)
    sizes = (nk, nj, ni)
    for n in range(3):
        axis = 2 - n
        box[2 * n] = max(0, math.floor(first[axis]) - start_kji[n])
        box[2 * n + 1] = min(sizes[n], math.ceil(last[axis]) + 1 - start_kji[n])
    return box


@compiled
def shade(
    tissue: NDArray[np.uint8],
    intensity: NDArray[np.float32],
    distance: NDArray[np.float32],
    start_kji: NDArray[np.int64],
    lps_from_ijk: NDArray[np.float64],
    codes_of: NDArray[np.uint8],
    numbers: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    waves: NDArray[np.float64],
) -> None:
    """Paints one organ from its distance field.

    Args:
        tissue: (k, j, i) uint8 of the whole grid.
        intensity: (k, j, i) float32 or empty.
        distance: crop, mm; overwritten with the distance that was used.
        start_kji: (3,) where the crop starts.
        lps_from_ijk: (4, 4).
        codes_of: (4,) tissue of wall, of content, of gas, of the halo.
        numbers: (10,) wall HU, content HU, wall mm, halo mm, bumps mm, texture HU, gas above y (LPS mm; -1e9 none),
            blend mm, wave first row, wave last row.
        allowed: (256,) bool: tissues it may be painted over.
        waves: (n, 4) plane waves.
    """
    with_hu = intensity.size > 0
    wall_hu, content_hu, wall_mm, halo_mm, bumps_mm = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    texture_hu, gas_y, blend_mm = numbers[5], numbers[6], numbers[7]
    first, last = int(numbers[8]), int(numbers[9])
    limit = halo_mm + blend_mm + 1.6 * bumps_mm
    m = lps_from_ijk
    for ck in range(distance.shape[0]):
        k = ck + start_kji[0]
        for cj in range(distance.shape[1]):
            j = cj + start_kji[1]
            for ci in range(distance.shape[2]):
                d = float(distance[ck, cj, ci])
                i = ci + start_kji[2]
                if d > limit or not allowed[tissue[k, j, i]]:
                    distance[ck, cj, ci] = 1e6
                    continue
                x = m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + m[0, 3]
                y = m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + m[1, 3]
                z = m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + m[2, 3]
                if bumps_mm > 0.0:
                    d += bumps_mm * waves_at(x, y, z, waves, first, last)
                distance[ck, cj, ci] = d
                gas = y < gas_y
                if d <= 0.0:
                    inside = d <= -wall_mm
                    tissue[k, j, i] = (codes_of[2] if gas else codes_of[1]) if inside else codes_of[0]
                elif d <= halo_mm:
                    tissue[k, j, i] = codes_of[3]
                if not with_hu:
                    continue
                hu = float(intensity[k, j, i])
                if halo_mm > 0.0:
                    hu += _cover(d - halo_mm, blend_mm) * (_FAT_HU - hu)
                grain = texture_hu * waves_at(x, y, z, waves, 6, 12)
                hu += _cover(d, blend_mm) * (wall_hu + 0.4 * grain - hu)
                if wall_mm > 0.0:
                    share = _cover(y - gas_y, blend_mm)
                    filling = content_hu + grain + share * (-940.0 - content_hu)
                    hu += _cover(d + wall_mm, blend_mm) * (filling - hu)
                intensity[k, j, i] = hu


@compiled
def shade_vessels(
    tissue: NDArray[np.uint8],
    intensity: NDArray[np.float32],
    distance: NDArray[np.float32],
    owner: NDArray[np.uint16],
    branches: NDArray[np.uint16],
    start_kji: NDArray[np.int64],
    codes_of: NDArray[np.uint8],
    hu: float,
    blend_mm: float,
    allowed: NDArray[np.bool_],
) -> None:
    """Paints a vessel tree: one code inside the liver, another outside, and branch ids.

    `codes_of` is (inside, outside); `branches` (k, j, i) uint16 of the whole grid receives `owner` where painted.
    """
    with_hu = intensity.size > 0
    for ck in range(distance.shape[0]):
        k = ck + start_kji[0]
        for cj in range(distance.shape[1]):
            j = cj + start_kji[1]
            for ci in range(distance.shape[2]):
                d = float(distance[ck, cj, ci])
                i = ci + start_kji[2]
                if d > blend_mm or not allowed[tissue[k, j, i]]:
                    continue
                if with_hu:
                    intensity[k, j, i] += _cover(d, blend_mm) * (hu - intensity[k, j, i])
                if d <= 0.0:
                    in_liver = tissue[k, j, i] == _PARENCHYMA
                    tissue[k, j, i] = codes_of[0] if in_liver else codes_of[1]
                    if branches.size > 0:
                        branches[k, j, i] = owner[ck, cj, ci]


@compiled
def tumour_distance(x: float, y: float, z: float, shape: NDArray[np.float64], waves: NDArray[np.float64]) -> float:
    """Signed distance to a lobulated tumour. `shape`: centre x, y, z, radius, roughness, phase (LPS mm)."""
    dx, dy, dz = x - shape[0], y - shape[1], z - shape[2]
    away = math.sqrt(dx * dx + dy * dy + dz * dz)
    if away > 1.6 * shape[3] + 6.0:
        return away - float(shape[3])
    s = shape[5]
    pace = 14.0 / shape[3]
    lobes = waves_at(dx * pace + 31.0 * s, dy * pace + 17.0 * s, dz * pace - 23.0 * s, waves, 12, 18)
    return away - float(shape[3]) * (1.0 + float(shape[4]) * lobes)


@compiled
def paint_tumour(
    tissue: NDArray[np.uint8],
    intensity: NDArray[np.float32],
    lps_from_ijk: NDArray[np.float64],
    box: NDArray[np.int64],
    shape: NDArray[np.float64],
    value: int,
    hu: float,
    blend_mm: float,
    waves: NDArray[np.float64],
) -> None:
    """Paints one tumour (darker core, brighter rim) where there is parenchyma. `box`: (6,) k0, k1, j0, j1, i0, i1."""
    with_hu = intensity.size > 0
    m = lps_from_ijk
    for k in range(box[0], box[1]):
        for j in range(box[2], box[3]):
            for i in range(box[4], box[5]):
                if tissue[k, j, i] != _PARENCHYMA:
                    continue
                x = m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + m[0, 3]
                y = m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + m[1, 3]
                z = m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + m[2, 3]
                d = tumour_distance(x, y, z, shape, waves)
                if d > 2.0 * blend_mm:
                    continue
                if with_hu:
                    core = min(1.0, max(0.0, -d / (0.7 * shape[3])))
                    inner = hu - 22.0 * core + 8.0 * waves_at(x, y, z, waves, 6, 12)
                    intensity[k, j, i] += _cover(d - 0.3, 1.8 * blend_mm) * (inner - intensity[k, j, i])
                if d <= 0.0:
                    tissue[k, j, i] = value


@compiled
def count_tumour(shape: NDArray[np.float64], waves: NDArray[np.float64], step_mm: float) -> float:
    """Volume of one tumour in mm3 by midpoint sampling, and its largest reach from the centre in mm."""
    half = int(1.7 * shape[3] / step_mm) + 1
    count = 0
    for a in range(-half, half):
        for b in range(-half, half):
            for c in range(-half, half):
                x = shape[0] + (a + 0.5) * step_mm
                y = shape[1] + (b + 0.5) * step_mm
                z = shape[2] + (c + 0.5) * step_mm
                if tumour_distance(x, y, z, shape, waves) <= 0.0:
                    count += 1
    return count * step_mm**3
