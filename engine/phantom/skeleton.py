"""Ribs, vertebral arches, sternum: bones as tubes in the standard frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.phantom import tissue
from engine.phantom.trunk import TrunkShape
from engine.phantom.tube import Tube, capsules_along, smooth_path, tube_through

_BONE = (anatomy.BONES, anatomy.BONES, anatomy.BONES)
_CARTILAGE = (tissue.CARTILAGE, tissue.CARTILAGE, tissue.CARTILAGE)
_LEVEL_MM = 32.0


def spine_y_mm(z: float, trunk: TrunkShape) -> float:
    """Middle of the vertebral bodies, as `painting.kernels` has it."""
    return 48.0 + trunk.spine_shift_y + 7.0 * float(np.tanh(z / 90.0))


def _bone(name: str, capsules: NDArray[np.float64], *, stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Tube:
    return Tube(
        name=name,
        capsules_mm=capsules,
        tissues=_BONE,
        wall_hu=520.0,
        content_hu=210.0,
        wall_mm=1.6,
        texture_hu=40.0,
        stretch=stretch,
        room="trunk",
    )


def vertebral_levels(trunk: TrunkShape, *, lowest_z: float = -190.0, highest_z: float = 190.0) -> list[float]:
    """z (standard mm) of the middle of every vertebral body between two heights, from below."""
    first = (0.5 * _LEVEL_MM - trunk.vertebra_phase) % _LEVEL_MM
    levels = first + _LEVEL_MM * np.arange(-8, 9)
    return [float(z) for z in levels if lowest_z <= z <= highest_z]


def vertebral_arches(trunk: TrunkShape) -> list[Tube]:
    """Pedicles, laminae, facets, transverse and spinous processes of every level."""
    parts: list[NDArray[np.float64]] = []
    spinous: list[NDArray[np.float64]] = []
    for z in vertebral_levels(trunk):
        y = spine_y_mm(z, trunk)
        thoracic = z > 25.0
        for side in (-1.0, 1.0):
            joint = [side * 15.0, y + 28.0, z + 2.0]
            tip = [side * 33.0, y + 42.0, z + 6.0] if thoracic else [side * 41.0, y + 33.0, z + 3.0]
            parts += [
                np.array([[side * 13.0, y + 12.0, z + 5.0, 4.6, *joint, 4.6]]),
                np.array([[*joint, 4.0, 0.0, y + 38.0, z - 5.0, 3.8]]),
                np.array([[side * 16.0, y + 30.0, z + 15.0, 5.0, side * 15.0, y + 32.0, z - 14.0, 5.0]]),
                np.array([[*joint, 4.0, *tip, 3.4]]),
            ]
        drop = -24.0 if thoracic else -9.0
        spinous.append(np.array([[0.0, y + 38.0, z - 5.0, 3.2, 0.0, y + 57.0, z + drop, 3.4]]))
    return [
        _bone("vertebral_arches", np.vstack(parts)),
        _bone("spinous_processes", np.vstack(spinous), stretch=(1.0, 1.0, 2.2)),
    ]


def _rib_path(number: int, z: float, side: float, trunk: TrunkShape) -> NDArray[np.float64]:
    """Rows (x, y, z, radius) of rib `number` (6 to 12) from its head round to its front end."""
    reach = {12: 0.34, 11: 0.50, 10: 0.66, 9: 0.71, 8: 0.75, 7: 0.79}.get(number, 0.82)
    drop = {12: 60.0, 11: 75.0, 10: 82.0}.get(number, 92.0)
    half_x, half_y = 146.0 - 0.5 * trunk.wall_mm, 97.0 - 0.5 * trunk.wall_mm
    turn = np.linspace(0.13, reach, 26)
    x = side * half_x * np.sign(np.sin(np.pi * turn)) * np.abs(np.sin(np.pi * turn)) ** 0.8
    y = half_y * np.sign(np.cos(np.pi * turn)) * np.abs(np.cos(np.pi * turn)) ** 0.8
    height = z - drop * (1.0 - np.cos(np.pi * np.minimum(1.0, (turn - 0.1) / 0.72))) * 0.5
    head = np.array([[side * 20.0, spine_y_mm(z, trunk) + 6.0, z + 10.0, 4.2]])
    neck = np.array([[side * 36.0, spine_y_mm(z, trunk) + 32.0, z + 6.0, 4.2]])
    arc = np.column_stack([x, y, height, np.full(26, 4.2)])
    return smooth_path(np.vstack([head, neck, arc]), step_mm=8.0)


def ribs(trunk: TrunkShape) -> list[Tube]:
    """Ribs that reach into the field of view, their cartilages and the tip of the sternum."""
    levels = [z for z in vertebral_levels(trunk, highest_z=300.0) if z > 15.0]
    bones: list[NDArray[np.float64]] = []
    cartilages: list[NDArray[np.float64]] = []
    for step in range(7):
        number = 12 - step
        z = levels[0] + _LEVEL_MM * step
        for side in (-1.0, 1.0):
            path = _rib_path(number, z, side, trunk)
            bones.append(capsules_along(path))
            if number <= 10:
                end = path[-1]
                middle = [side * 42.0, -88.0, max(end[2] + 18.0, 48.0), 4.4]
                sternal = [side * 14.0, -91.0, max(62.0, min(95.0, end[2] + 60.0)), 4.4]
                cartilages.append(tube_through(np.vstack([end, middle, sternal])))
    sternum = tube_through([[0.0, -90.0, 60.0, 4.0], [0.0, -92.0, 85.0, 6.0], [0.0, -93.0, 200.0, 6.5]])
    return [
        Tube(
            name="costal_cartilages",
            capsules_mm=np.vstack(cartilages),
            tissues=_CARTILAGE,
            wall_hu=105.0,
            stretch=(1.0, 1.0, 1.4),
            room="trunk",
        ),
        _bone("ribs", np.vstack(bones), stretch=(1.0, 1.0, 1.55)),
        _bone("sternum", sternum, stretch=(2.6, 1.0, 1.0)),
    ]
