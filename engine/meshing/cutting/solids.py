"""Closed solids to cut with: what lies above a height field, a spheroid, a cone.

Polygons inscribed in a curve lose volume; round solids are scaled so that theirs is that of the formula.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.meshing.cutting.shapes import ClosedSolid
from engine.meshing.quality import enclosed_volume_mm3

AROUND: Final = 128
"""Corners of a circle: a ball of 40 mm radius is nowhere off by more than 0.02 mm."""


def height_field_solid(surface_lps_mm: NDArray[np.float64], up_lps: NDArray[np.float64]) -> ClosedSolid:
    """What lies above a surface that hides no part of itself when seen along `up_lps`.

    Args:
        surface_lps_mm: (rows, columns, 3) points; columns x rows x up is right-handed.
        up_lps: (3,) unit vector.

    Returns:
        A solid bounded by the surface, vertical walls and a flat lid one millimetre above its highest point or as far
        as the surface is wide, so that the lid lies beyond what is cut.
    """
    rows, columns = surface_lps_mm.shape[:2]
    heights = surface_lps_mm @ up_lps
    width_mm = float(np.linalg.norm(np.ptp(surface_lps_mm.reshape(-1, 3), axis=0)))
    lid = surface_lps_mm + (heights.max() + 1.0 + width_mm - heights)[..., None] * up_lps
    grid = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    rim = np.concatenate([grid[0, :-1], grid[:-1, -1], grid[-1, :0:-1], grid[:0:-1, 0]])
    following = np.roll(rim, -1)
    above = rows * columns
    walls = [
        np.stack([rim, following, following + above], axis=1),
        np.stack([rim, following + above, rim + above], axis=1),
    ]
    # Seen from outside: the surface from below, so its triangles turn the other way than the lid's.
    faces = np.concatenate([_grid_faces(grid)[:, ::-1], _grid_faces(grid + above), *walls])
    vertices = np.concatenate([surface_lps_mm.reshape(-1, 3), lid.reshape(-1, 3)])
    return ClosedSolid(vertices_lps_mm=np.ascontiguousarray(vertices), faces=np.ascontiguousarray(faces))


def spheroid_solid(
    centre_lps_mm: NDArray[np.float64], axis_lps: NDArray[np.float64], radius_mm: float, half_length_mm: float
) -> ClosedSolid:
    """An ellipsoid of revolution.

    Args:
        centre_lps_mm: (3,).
        axis_lps: (3,) unit axis of revolution.
        radius_mm: across the axis.
        half_length_mm: along it.
    """
    angles = np.linspace(0.0, math.pi, AROUND // 2 + 1)
    profile = np.stack([radius_mm * np.sin(angles), -half_length_mm * np.cos(angles)], axis=1)
    unscaled = _revolved(profile, np.zeros(3), axis_lps)
    wanted_mm3 = 4.0 / 3.0 * math.pi * radius_mm**2 * half_length_mm
    scale = (wanted_mm3 / enclosed_volume_mm3(unscaled.vertices_lps_mm, unscaled.faces)) ** (1.0 / 3.0)
    return ClosedSolid(vertices_lps_mm=unscaled.vertices_lps_mm * scale + centre_lps_mm, faces=unscaled.faces)


def cone_solid(
    apex_lps_mm: NDArray[np.float64], axis_lps: NDArray[np.float64], half_angle_rad: float, depth_mm: float
) -> ClosedSolid:
    """A cone with a flat base.

    Args:
        apex_lps_mm: (3,).
        axis_lps: (3,) unit vector from the apex to the base's centre.
        half_angle_rad: between axis and flank, below a right angle.
        depth_mm: from apex to base.
    """
    # A polygon with the circle's area: sin(2 pi / n) n / 2 instead of pi.
    swell = math.sqrt(math.pi / (AROUND / 2.0 * math.sin(2.0 * math.pi / AROUND)))
    radius_mm = depth_mm * math.tan(half_angle_rad) * swell
    profile = np.array([[0.0, 0.0], [radius_mm, depth_mm], [0.0, depth_mm]])
    return _revolved(profile, apex_lps_mm, axis_lps)


def _grid_faces(grid: NDArray[np.int64]) -> NDArray[np.int64]:
    """Two triangles a cell of a (rows, columns) grid of vertex numbers, counter-clockwise seen from above."""
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, 1:].ravel(), grid[1:, :-1].ravel()
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])


def _revolved(profile: NDArray[np.float64], origin: NDArray[np.float64], axis: NDArray[np.float64]) -> ClosedSolid:
    """Turns (n, 2) points (radius, height) around the axis; the first and the last lie on it."""
    across = np.eye(3)[np.argmin(np.abs(axis))]
    first = np.cross(across, axis)
    first /= np.linalg.norm(first)
    second = np.cross(axis, first)
    turn = 2.0 * math.pi * np.arange(AROUND) / AROUND
    spokes = np.cos(turn)[:, None] * first + np.sin(turn)[:, None] * second
    rings = profile[1:-1, :1, None] * spokes + profile[1:-1, 1:, None] * axis
    poles = profile[[0, -1], 1:] * axis
    vertices = np.concatenate([rings.reshape(-1, 3), poles]) + origin
    count = len(rings)
    grid = np.arange(count * AROUND, dtype=np.int64).reshape(count, AROUND)
    closed = np.concatenate([grid, grid[:, :1]], axis=1)
    bottom, top = count * AROUND, count * AROUND + 1
    caps = [
        np.stack([np.full(AROUND, bottom), closed[0, 1:], closed[0, :-1]], axis=1),
        np.stack([np.full(AROUND, top), closed[-1, :-1], closed[-1, 1:]], axis=1),
    ]
    return ClosedSolid(
        vertices_lps_mm=np.ascontiguousarray(vertices), faces=np.concatenate([_grid_faces(closed), *caps])
    )
