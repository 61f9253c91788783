"""Compiled loops that paint tissue and intensity. Arrays and scalars only; no GIL held.

Every painter follows one rule: a voxel's tissue is decided at its centre; its intensity blends over
`blend_mm` across a boundary, which is the partial volume of a real scanner.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from engine.phantom import tissue as codes

_FAST = {"nogil": True, "cache": True, "fastmath": True, "error_model": "numpy"}

_SKIN, _SUBCUTANEOUS, _MUSCLE = codes.SKIN, codes.SUBCUTANEOUS_FAT, codes.MUSCLE
_DIAPHRAGM, _HEART, _DISC, _CANAL = codes.DIAPHRAGM, codes.HEART, codes.DISC, codes.SPINAL_CANAL
_FAT, _MEDIASTINUM, _TABLE = codes.VISCERAL_FAT, codes.MEDIASTINUM, codes.TABLE
_PARENCHYMA, _LUNGS, _BONES = 1, 15, 13

_FAT_HU, _MUSCLE_HU, _LUNG_HU, _AIR_HU = -102.0, 58.0, -865.0, -1000.0


@njit(**_FAST)
def _cover(distance, blend_mm):
    """Share of a voxel that lies inside, from the signed distance of its centre."""
    return min(1.0, max(0.0, 0.5 - distance / blend_mm))


@njit(**_FAST)
def _smooth_max(a, b, width):
    """Maximum with a rounded edge of `width` (polynomial, Quilez 2013)."""
    blend = max(width - abs(a - b), 0.0) / width
    return max(a, b) + blend * blend * width * 0.25


@njit(**_FAST)
def _smooth_min(a, b, width):
    """Minimum with a rounded edge of `width`."""
    return -_smooth_max(-a, -b, width)


@njit(**_FAST)
def _oval(x, y, half_x, half_y):
    """About the signed distance to the super-ellipse |x/a|^2.5 + |y/b|^2.5 = 1."""
    u, v = abs(x) / half_x, abs(y) / half_y
    root_u, root_v = math.sqrt(u), math.sqrt(v)
    level = u * u * root_u + v * v * root_v + 1e-9
    radius = level**0.4
    slope = radius / level * math.sqrt((u * root_u / half_x) ** 2 + (v * root_v / half_y) ** 2) + 1e-6
    return (radius - 1.0) / slope


@njit(**_FAST)
def _ellipsoid(x, y, z, half_x, half_y, half_z):
    """About the signed distance to an ellipsoid around the origin."""
    radius = math.sqrt((x / half_x) ** 2 + (y / half_y) ** 2 + (z / half_z) ** 2) + 1e-9
    slope = math.sqrt((x / half_x**2) ** 2 + (y / half_y**2) ** 2 + (z / half_z**2) ** 2) / radius + 1e-6
    return (radius - 1.0) / slope


@njit(**_FAST)
def _waves(x, y, z, waves, first, last):
    """Sum of plane waves `first` to `last`: rows are wave vector (rad/mm), phase; about -1 to 1."""
    total = 0.0
    for n in range(first, last):
        total += math.sin(waves[n, 0] * x + waves[n, 1] * y + waves[n, 2] * z + waves[n, 3])
    return total / math.sqrt(0.5 * (last - first)) * 0.5


@njit(**_FAST)
def _below_diaphragm(x, y, z, trunk):
    """Signed distance to the space under the diaphragm, negative below it: two domes, a saddle and the recess."""
    base = 14.0
    right = _ellipsoid(x + trunk.dome_x, y + 4.0, z - base, 68.0, 84.0, trunk.right_dome_z - base)
    left = _ellipsoid(x - trunk.dome_x, y - 2.0, z - base, 68.0, 82.0, trunk.left_dome_z - base)
    saddle = _ellipsoid(x, y + 12.0, z - base, 66.0, 78.0, trunk.left_dome_z - base - 12.0)
    domes = _smooth_min(_smooth_min(right, saddle, 22.0), left, 22.0)
    # The recess between chest wall and diaphragm ends higher in front (xiphoid) than behind (twelfth rib).
    floor = (z - (6.0 - 0.55 * y)) * 0.87
    return _smooth_min(domes, floor, 10.0)


@njit(**_FAST)
def _liver(x, y, z, under, cavity, trunk):
    """Signed distance to the liver before neighbours press into it."""
    rx, ry, rz = x + 28.0, y + 8.0, z - 8.0
    visceral = trunk.visceral_x * rx + trunk.visceral_y * ry + trunk.visceral_z * rz - trunk.visceral_offset_mm
    # Concave towards the hilum: the surface bulges down at its rim.
    across = math.sqrt(rx * rx * 0.5 + ry * ry + rz * rz * 0.5)
    visceral += 9.0 - trunk.visceral_curve * across * across
    lx, lz = x - trunk.lobe_centre_x, z - trunk.lobe_centre_z
    turn_c, turn_s = math.cos(trunk.lobe_tilt), math.sin(trunk.lobe_tilt)
    body = _ellipsoid(
        turn_c * lx + turn_s * lz,
        y + 10.0,
        -turn_s * lx + turn_c * lz,
        trunk.lobe_half_x,
        trunk.lobe_half_y,
        trunk.lobe_half_z,
    )
    outer = _smooth_max(under + 3.0, cavity + 3.5, 8.0)
    outer = _smooth_max(outer, body, 14.0)
    # The space in front of the spine belongs to the aorta, the crura and the oesophagus.
    retro = _oval(x - 13.0, y - 36.0, 33.0, 41.0)
    outer = _smooth_max(outer, -retro, 12.0)
    return _smooth_max(outer, visceral, trunk.edge_round_mm)


@njit(**_FAST)
def _spine_y(z, trunk):
    """Where the middle of the vertebral bodies lies: kyphosis above, lordosis below."""
    return 48.0 + trunk.spine_shift_y + 7.0 * math.tanh(z / 90.0)


@njit(**_FAST)
def _vertebral_body(x, y, z, trunk):
    """Signed distances (bone, disc) of the column of vertebral bodies, 32 mm a level."""
    level = (z + trunk.vertebra_phase) / 32.0
    along = (level - math.floor(level) - 0.5) * 32.0
    waist = 1.0 - 0.10 * (1.0 - min(1.0, (along / 12.5) ** 2))
    px, py = x / 22.5, (y - _spine_y(z, trunk)) / 17.0
    hollow = 0.16 * math.exp(-(px * px) * 4.0) * max(0.0, py)
    radius = math.sqrt(px * px + py * py) + hollow
    column = (radius - waist) * 18.0
    bone = _smooth_max(column, abs(along) - 12.6, 2.5)
    disc = max((radius - 1.02) * 18.0, 12.6 - abs(along))
    return bone, disc


@njit(**_FAST)
def paint_trunk(tissue, intensity, lps_from_ijk, trunk, waves, blend_mm):
    """Paints air, table, wall, lungs, heart, spine, fat and liver.

    Args:
        tissue: (k, j, i) uint8, zero on entry.
        intensity: (k, j, i) float32 Hounsfield units, or an empty array when only tissue is wanted.
        lps_from_ijk: (4, 4).
        trunk: TrunkShape.
        waves: (n, 4) plane waves; 0-6 shape (40-100 mm), 6-12 texture (6-20 mm).
        blend_mm: width of the partial-volume ramp.
    """
    with_hu = intensity.size > 0
    nk, nj, ni = tissue.shape
    m = lps_from_ijk
    mean_scale = (trunk.scale_x + trunk.scale_y + trunk.scale_z) / 3.0
    width = blend_mm / mean_scale
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                px = m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + m[0, 3]
                py = m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + m[1, 3]
                pz = m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + m[2, 3]
                code, hu = _trunk_voxel(px, py, pz, trunk, waves, width, with_hu)
                tissue[k, j, i] = code
                if with_hu:
                    intensity[k, j, i] = hu


@njit(**_FAST)
def _trunk_voxel(px, py, pz, trunk, waves, width, with_hu):
    """(tissue, HU) of one point in patient mm."""
    x, y, z = px / trunk.scale_x, py / trunk.scale_y, pz / trunk.scale_z
    flare = 1.0 - 0.035 * math.exp(-(((z + 70.0) / 55.0) ** 2)) - 0.00012 * max(0.0, z) * 2.0
    bend = _waves(x, y, z, waves, 0, 3)
    wall_x, wall_front, wall_back = 146.0 * flare, 99.0 * flare, 96.0
    groove = 7.0 * math.exp(-((x / 13.0) ** 2)) if y > 0 else 0.0
    centre = 0.5 * (trunk.fat_back_mm - trunk.fat_front_mm)
    half_y = 0.5 * (wall_front + wall_back + trunk.fat_front_mm + trunk.fat_back_mm)
    body = _oval(x, y - centre, wall_x + trunk.fat_side_mm, half_y) + 1.2 * bend + groove * 0.6
    back = 97.0 + trunk.fat_back_mm
    body = _smooth_max(body, (y - back + 6.0), 14.0)
    if body > width * 0.5:
        return _table(x, y, z, back, width)
    wall = _oval(x, y, wall_x, 0.5 * (wall_front + wall_back)) + 1.5 * bend + groove
    spine_y = _spine_y(z, trunk)
    erector = _oval(abs(x) - 29.0, y - spine_y - 33.0, 27.0, 19.0)
    cavity = _oval(x, y + 6.0, wall_x - trunk.wall_mm, 0.5 * (wall_front + wall_back) - trunk.wall_mm - 2.0)
    cavity = _smooth_max(cavity, -erector, 12.0)

    code = _SKIN
    hu = _AIR_HU + _cover(body, width) * (25.0 - _AIR_HU)
    texture = _waves(x, y, z, waves, 6, 12) if with_hu else 0.0
    deep = body + 1.8
    hu += _cover(deep, width) * (_FAT_HU + 5.0 * texture - hu)
    if deep <= 0.0:
        code = _SUBCUTANEOUS
    muscle_hu = _MUSCLE_HU + 7.0 * texture
    # Sheets of fat between the layers of the flank, and under the muscles of the chest.
    flank = 1.0 / (1.0 + math.exp((z - 30.0) / 12.0))
    fade = 0.6 * (1.0 if abs(x) > 45.0 or y < 0.0 else 0.0) * (1.0 + bend)
    for sheet in (-0.34, -0.66):
        thin = abs(wall - sheet * trunk.wall_mm) - 0.4 - 0.6 * texture
        muscle_hu -= 105.0 * fade * _cover(thin, 1.8) * (flank if sheet < -0.5 else 1.0)
    inner_wall = min(wall, erector)
    hu += _cover(inner_wall, width) * (muscle_hu - hu)
    if inner_wall <= 0.0:
        code = _MUSCLE
    if cavity <= width:
        code, hu = _cavity_voxel(x, y, z, cavity, texture, trunk, waves, width, code, hu)
    return _spine_voxel(x, y, z, texture, trunk, width, code, hu)


@njit(**_FAST)
def _table(x, y, z, back, width):
    """A curved couch under the patient."""
    sag = back + 6.0 - 22.0 * (x / 230.0) ** 2 * 2.0
    shell = abs(y - sag - 10.0) - 9.0
    inside = max(shell, abs(x) - 205.0)
    if inside > width:
        return 0, _AIR_HU
    hu = _AIR_HU + _cover(inside, width) * 900.0
    hu += _cover(inside + 2.0, width) * (-930.0 - hu)
    return (_TABLE if inside <= 0.0 else 0), hu


@njit(**_FAST)
def _cavity_voxel(x, y, z, cavity, texture, trunk, waves, width, code, hu):
    """Fat, lungs, heart, diaphragm and liver inside the wall."""
    under = _below_diaphragm(x, y, z, trunk) + trunk.surface_noise_mm * _waves(x, y, z, waves, 0, 3)
    hu += _cover(cavity, width) * (_FAT_HU + 9.0 * texture - hu)
    if cavity <= 0.0:
        code = _FAT
    if under > -4.0:
        heart = _ellipsoid(x - 22.0, y + 36.0, z - 118.0, 62.0, 46.0, 48.0)
        middle = _oval(x - 2.0, y - 26.0, 27.0, 40.0)
        middle = _smooth_min(middle, heart - 5.0, 8.0)
        lung = _smooth_max(_smooth_max(cavity + 2.0, -under, 4.0), -middle, 5.0)
        hu += _cover(lung, width) * (_LUNG_HU + 28.0 * texture - hu)
        if under > 0.0 and cavity <= 0.0:
            code = _MEDIASTINUM
        if lung <= 0.0:
            code = _LUNGS
        beat = max(heart, -under + 2.0)
        hu += _cover(beat, width) * (112.0 - hu)
        hu += _cover(max(beat, heart + 11.0 + 4.0 * texture), width * 2) * (150.0 - hu)
        if beat <= 0.0 and cavity <= 0.0:
            code = _HEART
        sheet = max(abs(under + 1.2) - 1.2, cavity)
        hu += _cover(sheet, width) * (55.0 - hu)
        if sheet <= 0.0:
            code = _DIAPHRAGM
    liver = _liver(x, y, z, under, cavity, trunk) + trunk.surface_noise_mm * _waves(x, y, z, waves, 2, 6)
    if liver <= width:
        hu += _cover(liver, width) * (trunk.liver_hu + 3.0 * texture - hu)
        if liver <= 0.0:
            code = _PARENCHYMA
    return code, hu


@njit(**_FAST)
def _spine_voxel(x, y, z, texture, trunk, width, code, hu):
    """Vertebral bodies, discs and the canal."""
    if abs(x) > 32.0 or y < 15.0:
        return code, hu
    spine_y = _spine_y(z, trunk)
    bone, disc = _vertebral_body(x, y, z, trunk)
    canal = _oval(x, y - spine_y - 25.0, 10.5, 8.5)
    hu += _cover(canal, width) * (-20.0 - hu)
    hu += _cover(canal + 3.0, width) * (35.0 - hu)
    if canal <= 0.0:
        code = _CANAL
    hu += _cover(disc, width) * (88.0 - hu)
    if disc <= 0.0:
        code = _DISC
    hu += _cover(bone, width) * (480.0 - hu)
    hu += _cover(bone + 1.7, width) * (175.0 + 45.0 * texture - hu)
    if bone <= 0.0:
        code = _BONES
    return code, hu


@njit(**_FAST)
def rasterise_capsules(distance, owner, start_kji, affines, capsules, stretch, reach_mm):
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


@njit(**_FAST)
def _index_box(low, high, inverse, start_kji, nk, nj, ni):
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
        box[2 * n] = max(0, int(math.floor(first[axis])) - start_kji[n])
        box[2 * n + 1] = min(sizes[n], int(math.ceil(last[axis])) + 1 - start_kji[n])
    return box


@njit(**_FAST)
def shade(tissue, intensity, distance, start_kji, lps_from_ijk, codes_of, numbers, allowed, waves):
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
                d = distance[ck, cj, ci]
                i = ci + start_kji[2]
                if d > limit or not allowed[tissue[k, j, i]]:
                    distance[ck, cj, ci] = 1e6
                    continue
                x = m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + m[0, 3]
                y = m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + m[1, 3]
                z = m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + m[2, 3]
                if bumps_mm > 0.0:
                    d += bumps_mm * _waves(x, y, z, waves, first, last)
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
                grain = texture_hu * _waves(x, y, z, waves, 6, 12)
                hu += _cover(d, blend_mm) * (wall_hu + 0.4 * grain - hu)
                if wall_mm > 0.0:
                    share = _cover(y - gas_y, blend_mm)
                    filling = content_hu + grain + share * (-940.0 - content_hu)
                    hu += _cover(d + wall_mm, blend_mm) * (filling - hu)
                intensity[k, j, i] = hu


@njit(**_FAST)
def shade_vessels(tissue, intensity, distance, owner, branches, start_kji, codes_of, hu, blend_mm, allowed):
    """Paints a vessel tree: one code inside the liver, another outside, and branch ids.

    `codes_of` is (inside, outside); `branches` (k, j, i) uint16 of the whole grid receives `owner` where painted.
    """
    with_hu = intensity.size > 0
    for ck in range(distance.shape[0]):
        k = ck + start_kji[0]
        for cj in range(distance.shape[1]):
            j = cj + start_kji[1]
            for ci in range(distance.shape[2]):
                d = distance[ck, cj, ci]
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


@njit(**_FAST)
def tumour_distance(x, y, z, shape, waves):
    """Signed distance to a lobulated tumour. `shape`: centre x, y, z, radius, roughness, phase (LPS mm)."""
    dx, dy, dz = x - shape[0], y - shape[1], z - shape[2]
    away = math.sqrt(dx * dx + dy * dy + dz * dz)
    if away > 1.6 * shape[3] + 6.0:
        return away - shape[3]
    s = shape[5]
    pace = 14.0 / shape[3]
    lobes = _waves(dx * pace + 31.0 * s, dy * pace + 17.0 * s, dz * pace - 23.0 * s, waves, 12, 18)
    return away - shape[3] * (1.0 + shape[4] * lobes)


@njit(**_FAST)
def paint_tumour(tissue, intensity, lps_from_ijk, box, shape, value, hu, blend_mm, waves):
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
                    inner = hu - 22.0 * core + 8.0 * _waves(x, y, z, waves, 6, 12)
                    intensity[k, j, i] += _cover(d - 0.3, 1.8 * blend_mm) * (inner - intensity[k, j, i])
                if d <= 0.0:
                    tissue[k, j, i] = value


@njit(**_FAST)
def count_tumour(shape, waves, step_mm):
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
