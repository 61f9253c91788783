# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""The torso as an implicit function, compiled: walls, lungs, heart, spine, liver. No GIL held.

Every painter follows one rule: a voxel's tissue is decided at its centre; its intensity blends over
`blend_mm` across a boundary, which is the partial volume of a real scanner.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.phantom import tissue as codes
from engine.phantom.kernels import compiled, waves_at
from engine.phantom.trunk import TrunkShape

_SKIN, _SUBCUTANEOUS, _MUSCLE = codes.SKIN, codes.SUBCUTANEOUS_FAT, codes.MUSCLE
_DIAPHRAGM, _HEART, _DISC, _CANAL = codes.DIAPHRAGM, codes.HEART, codes.DISC, codes.SPINAL_CANAL
_FAT, _MEDIASTINUM, _TABLE = codes.VISCERAL_FAT, codes.MEDIASTINUM, codes.TABLE
_PARENCHYMA, _LUNGS, _BONES = 1, 15, 13

_FAT_HU, _MUSCLE_HU, _LUNG_HU, _AIR_HU = -102.0, 58.0, -865.0, -1000.0


@compiled
def _cover(distance: float, blend_mm: float) -> float:
    """Share of a voxel that lies inside, from the signed distance of its centre."""
    share: float = min(1.0, max(0.0, 0.5 - distance / blend_mm))
    return share


@compiled
def _smooth_max(a: float, b: float, width: float) -> float:
    """Maximum with a rounded edge of `width` (polynomial, Quilez 2013)."""
    blend = max(width - abs(a - b), 0.0) / width
    return max(a, b) + blend * blend * width * 0.25


@compiled
def _smooth_min(a: float, b: float, width: float) -> float:
    """Minimum with a rounded edge of `width`."""
    return -_smooth_max(-a, -b, width)


@compiled
def _oval(x: float, y: float, half_x: float, half_y: float) -> float:
    """About the signed distance to the super-ellipse |x/a|^2.5 + |y/b|^2.5 = 1."""
    u, v = abs(x) / half_x, abs(y) / half_y
    root_u, root_v = math.sqrt(u), math.sqrt(v)
    level = u * u * root_u + v * v * root_v + 1e-9
    radius = level**0.4
    slope = radius / level * math.sqrt((u * root_u / half_x) ** 2 + (v * root_v / half_y) ** 2) + 1e-6
    away: float = (radius - 1.0) / slope
    return away


@compiled
def _ellipsoid(x: float, y: float, z: float, half_x: float, half_y: float, half_z: float) -> float:
    """About the signed distance to an ellipsoid around the origin."""
    radius = math.sqrt((x / half_x) ** 2 + (y / half_y) ** 2 + (z / half_z) ** 2) + 1e-9
    slope = math.sqrt((x / half_x**2) ** 2 + (y / half_y**2) ** 2 + (z / half_z**2) ** 2) / radius + 1e-6
    return (radius - 1.0) / slope


@compiled
def _below_diaphragm(x: float, y: float, z: float, trunk: TrunkShape) -> float:
    """Signed distance to the space under the diaphragm, negative below it: two domes, a saddle and the recess."""
    base = 14.0
    right = _ellipsoid(x + trunk.dome_x, y + 4.0, z - base, 68.0, 84.0, trunk.right_dome_z - base)
    left = _ellipsoid(x - trunk.dome_x, y - 2.0, z - base, 68.0, 82.0, trunk.left_dome_z - base)
    saddle = _ellipsoid(x, y + 12.0, z - base, 66.0, 78.0, trunk.left_dome_z - base - 12.0)
    domes = _smooth_min(_smooth_min(right, saddle, 22.0), left, 22.0)
    # The recess between chest wall and diaphragm ends higher in front (xiphoid) than behind (twelfth rib).
    floor = (z - (6.0 - 0.55 * y)) * 0.87
    return _smooth_min(domes, floor, 10.0)


@compiled
def _liver(x: float, y: float, z: float, under: float, cavity: float, trunk: TrunkShape) -> float:
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


@compiled
def _spine_y(z: float, trunk: TrunkShape) -> float:
    """Where the middle of the vertebral bodies lies: kyphosis above, lordosis below."""
    return 48.0 + trunk.spine_shift_y + 7.0 * math.tanh(z / 90.0)


@compiled
def _vertebral_body(x: float, y: float, z: float, trunk: TrunkShape) -> tuple[float, float]:
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


@compiled
def paint_trunk(
    tissue: NDArray[np.uint8],
    intensity: NDArray[np.float32],
    lps_from_ijk: NDArray[np.float64],
    trunk: TrunkShape,
    waves: NDArray[np.float64],
    blend_mm: float,
) -> None:
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


@compiled
def _trunk_voxel(
    px: float, py: float, pz: float, trunk: TrunkShape, waves: NDArray[np.float64], width: float, with_hu: bool
) -> tuple[int, float]:
    """(tissue, HU) of one point in patient mm."""
    x, y, z = px / trunk.scale_x, py / trunk.scale_y, pz / trunk.scale_z
    flare = 1.0 - 0.035 * math.exp(-(((z + 70.0) / 55.0) ** 2)) - 0.00012 * max(0.0, z) * 2.0
    bend = waves_at(x, y, z, waves, 0, 3)
    wall_x, wall_front, wall_back = 146.0 * flare, 99.0 * flare, 96.0
    groove = 7.0 * math.exp(-((x / 13.0) ** 2)) if y > 0 else 0.0
    centre = 0.5 * (trunk.fat_back_mm - trunk.fat_front_mm)
    half_y = 0.5 * (wall_front + wall_back + trunk.fat_front_mm + trunk.fat_back_mm)
    body = _oval(x, y - centre, wall_x + trunk.fat_side_mm, half_y) + 1.2 * bend + groove * 0.6
    back = 97.0 + trunk.fat_back_mm
    body = _smooth_max(body, (y - back + 6.0), 14.0)
    if body > width * 0.5:
        return _table(x, y, back, width)
    wall = _oval(x, y, wall_x, 0.5 * (wall_front + wall_back)) + 1.5 * bend + groove
    spine_y = _spine_y(z, trunk)
    erector = _oval(abs(x) - 29.0, y - spine_y - 33.0, 27.0, 19.0)
    cavity = _oval(x, y + 6.0, wall_x - trunk.wall_mm, 0.5 * (wall_front + wall_back) - trunk.wall_mm - 2.0)
    cavity = _smooth_max(cavity, -erector, 12.0)

    code = _SKIN
    hu = _AIR_HU + _cover(body, width) * (25.0 - _AIR_HU)
    texture = waves_at(x, y, z, waves, 6, 12) if with_hu else 0.0
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


@compiled
def _table(x: float, y: float, back: float, width: float) -> tuple[int, float]:
    """A curved couch under the patient."""
    sag = back + 6.0 - 22.0 * (x / 230.0) ** 2 * 2.0
    shell = abs(y - sag - 10.0) - 9.0
    inside = max(shell, abs(x) - 205.0)
    if inside > width:
        return 0, _AIR_HU
    hu = _AIR_HU + _cover(inside, width) * 900.0
    hu += _cover(inside + 2.0, width) * (-930.0 - hu)
    return (_TABLE if inside <= 0.0 else 0), hu


@compiled
def _cavity_voxel(
    x: float,
    y: float,
    z: float,
    cavity: float,
    texture: float,
    trunk: TrunkShape,
    waves: NDArray[np.float64],
    width: float,
    code: int,
    hu: float,
) -> tuple[int, float]:
    """Fat, lungs, heart, diaphragm and liver inside the wall."""
    under = _below_diaphragm(x, y, z, trunk) + trunk.surface_noise_mm * waves_at(x, y, z, waves, 0, 3)
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
    liver = _liver(x, y, z, under, cavity, trunk) + trunk.surface_noise_mm * waves_at(x, y, z, waves, 2, 6)
    if liver <= width:
        hu += _cover(liver, width) * (trunk.liver_hu + 3.0 * texture - hu)
        if liver <= 0.0:
            code = _PARENCHYMA
    return code, hu


@compiled
def _spine_voxel(
    x: float, y: float, z: float, texture: float, trunk: TrunkShape, width: float, code: int, hu: float
) -> tuple[int, float]:
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
