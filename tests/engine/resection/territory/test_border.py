"""The area of a territory's border beside planes and balls whose area is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.territory.border import Border, border_of

SPACINGS_MM = [(1.0, 1.0, 1.0), (0.8, 0.8, 0.8), (0.8, 0.8, 2.5), (0.7, 0.7, 1.5), (2.5, 1.0, 1.0)]
RADIUS_MM = 36.0
OFFSET_MM = 3.3


def grid(spacing_mm: tuple[float, float, float]) -> tuple[VolumeGeometry, NDArray[np.float64]]:
    """An oblique left-handed grid of 80 mm around the origin, and the LPS mm of its voxels, (k, j, i, 3)."""
    axes, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))
    axes[:, 0] *= -np.sign(np.linalg.det(axes))
    spacing = np.array(spacing_mm)
    ni, nj, nk = (int(80.0 / step) + 1 for step in spacing)
    shape = (nk, nj, ni)
    origin = -(axes * spacing) @ ((np.array(shape[::-1]) - 1) / 2.0)
    geometry = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=spacing, direction=axes, origin_lps_mm=origin)
    k, j, i = np.indices(shape)
    return geometry, geometry.lps_from_index(np.stack([i, j, k], axis=-1))


def whole(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    nk, nj, ni = mask.shape
    return slice(0, nk), slice(0, nj), slice(0, ni)


def faces(border: Border) -> NDArray[np.float64]:
    """(n, 3) area vectors of the faces, mm2."""
    a, b, c, d = (border.quads_lps_mm[:, corner] for corner in range(4))
    vectors: NDArray[np.float64] = 0.5 * np.cross(c - a, d - b)
    return vectors


def area_mm2(border: Border) -> float:
    return float(np.abs((faces(border) * border.normals_lps).sum(axis=1)).sum())


def face_area_mm2(border: Border) -> float:
    return float(np.linalg.norm(faces(border), axis=1).sum())


def unit_normals(geometry: VolumeGeometry) -> NDArray[np.float64]:
    """Along the grid, hardly off it, along its diagonals, and some of any direction."""
    drawn = np.random.default_rng(7).normal(size=(6, 3)) @ geometry.direction.T
    told = [(0, 0, 1), (1, 0, 0), (0, 0.05, 1), (0.03, 0.1, 1), (1, 0.1, 0.1), (1, 1, 0), (1, 1, 1), (0.2, 0.2, 1)]
    normals = np.concatenate([np.array(told, dtype=float) @ geometry.direction.T, drawn])
    unit: NDArray[np.float64] = normals / np.linalg.norm(normals, axis=1)[:, None]
    return unit


@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
def test_a_plane_at_any_angle_has_the_area_of_its_disc_in_the_liver(spacing_mm: tuple[float, float, float]) -> None:
    geometry, points = grid(spacing_mm)
    liver = np.linalg.norm(points, axis=-1) < RADIUS_MM
    disc_mm2 = math.pi * (RADIUS_MM**2 - OFFSET_MM**2)
    most_faces = 0.0
    for normal in unit_normals(geometry):
        border = border_of((points @ normal > OFFSET_MM) & liver, liver, whole(liver), geometry)
        assert area_mm2(border) == pytest.approx(disc_mm2, rel=0.03)
        # Everywhere along the plane's normal, on average within a few degrees.
        cosines = np.abs(border.normals_lps @ normal)
        assert np.average(cosines, weights=np.linalg.norm(faces(border), axis=1)) > 0.98
        most_faces = max(most_faces, face_area_mm2(border))
    assert most_faces > 1.6 * disc_mm2  # the faces themselves overstate it, or this test shows nothing


@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
@pytest.mark.parametrize("radius_mm", [12.0, 20.0, 30.0])
def test_a_ball_inside_the_liver_has_the_area_of_a_sphere(
    spacing_mm: tuple[float, float, float], radius_mm: float
) -> None:
    geometry, points = grid(spacing_mm)
    ball = np.linalg.norm(points - (0.3, 0.2, -0.4), axis=-1) < radius_mm
    border = border_of(ball, np.ones_like(ball), whole(ball), geometry)
    assert area_mm2(border) == pytest.approx(4.0 * math.pi * radius_mm**2, rel=0.03)


def test_where_the_liver_itself_ends_there_is_no_border() -> None:
    geometry, points = grid((1.0, 1.0, 2.0))
    liver = np.linalg.norm(points, axis=-1) < RADIUS_MM
    border = border_of(liver, liver, whole(liver), geometry)
    assert (border.quads_lps_mm.shape, border.normals_lps.shape) == ((0, 4, 3), (0, 3))
    nothing = border_of(np.zeros_like(liver), liver, whole(liver), geometry)
    assert nothing.quads_lps_mm.shape == (0, 4, 3)


def test_both_sides_of_a_thin_slice_count() -> None:
    geometry, points = grid((0.8, 0.8, 2.5))
    liver = np.linalg.norm(points, axis=-1) < RADIUS_MM
    normal = unit_normals(geometry)[-1]
    slice_mm = np.abs(points @ normal) < 4.0
    border = border_of(slice_mm & liver, liver, whole(liver), geometry)
    assert area_mm2(border) == pytest.approx(2.0 * math.pi * (RADIUS_MM**2 - 16.0), rel=0.04)


def test_a_slice_of_single_voxels_keeps_the_area_of_its_faces() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(9, 30, 30), spacing_ijk_mm=(1.0, 1.0, 1.0))
    mask = np.zeros(geometry.shape_kji, dtype=np.bool_)
    mask[4] = True
    border = border_of(mask, np.ones_like(mask), whole(mask), geometry)
    assert np.isfinite(border.normals_lps).all()
    assert area_mm2(border) == pytest.approx(2.0 * 30.0 * 30.0)
