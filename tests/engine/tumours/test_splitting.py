"""Touching tumours: two balls overlapping by known amounts on anisotropic and oblique grids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.geometry import VolumeGeometry
from engine.tumours import number_tumours

SPACINGS_MM = ((1.0, 1.0, 1.0), (0.7, 0.7, 1.6), (0.8, 0.8, 3.0))


def oblique_grid(spacing_mm: tuple[float, ...], seed: int, extent_mm: float = 56.0) -> VolumeGeometry:
    """A grid around the origin, turned at random, left-handed for odd seeds."""
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    axes[:, 0] *= np.linalg.det(axes) * (-1 if seed % 2 else 1)
    shape = tuple(round(extent_mm / step) for step in spacing_mm[::-1])
    grid = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=spacing_mm, direction=axes)
    matrix = np.array(grid.lps_from_ijk)
    matrix[:3, 3] = -(matrix[:3, :3] @ ((np.array(shape[::-1]) - 1) / 2))
    return VolumeGeometry(shape_kji=shape, lps_from_ijk=matrix)


def points_of(grid: VolumeGeometry) -> np.ndarray:
    k, j, i = np.indices(grid.shape_kji)
    return grid.lps_from_index(np.stack([i, j, k], axis=-1))


def ball(points: np.ndarray, centre, radius_mm: float) -> np.ndarray:
    return ((points - np.asarray(centre)) ** 2).sum(axis=-1) <= radius_mm**2


def cap_ml(radius_mm: float, height_mm: float) -> float:
    return np.pi * height_mm**2 * (3 * radius_mm - height_mm) / 3000.0


@settings(max_examples=12)
@given(
    spacing_mm=st.sampled_from(SPACINGS_MM),
    seed=st.integers(0, 1000),
    radius_mm=st.floats(9.0, 11.0),
    neck=st.floats(0.2, 0.5),
)
def test_two_balls_with_a_narrow_neck_are_two_and_cut_at_the_neck(spacing_mm, seed, radius_mm, neck):
    grid = oblique_grid(spacing_mm, seed)
    points = points_of(grid)
    half_mm = radius_mm * np.sqrt(1 - neck**2)  # from a middle to the plane of the neck
    towards = np.random.default_rng(seed).normal(size=3)
    middle = towards / np.linalg.norm(towards) * half_mm
    mask = ball(points, middle, radius_mm) | ball(points, -middle, radius_mm)
    numbered = number_tumours(mask, grid)
    assert np.array_equal(numbered > 0, mask)
    assert set(np.unique(numbered)) == {0, 101, 102}
    expected_ml = 4 / 3 * np.pi * radius_mm**3 / 1000 - cap_ml(radius_mm, radius_mm - half_mm)
    for value in (101, 102):
        assert (numbered == value).sum() * grid.voxel_volume_ml == pytest.approx(expected_ml, rel=0.1)
    assert (
        numbered.ravel()[((points - middle) ** 2).sum(axis=-1).argmin()]
        != numbered.ravel()[((points + middle) ** 2).sum(axis=-1).argmin()]
    )


@settings(max_examples=12)
@given(
    spacing_mm=st.sampled_from(SPACINGS_MM),
    seed=st.integers(0, 1000),
    radius_mm=st.floats(7.0, 11.0),
    neck=st.floats(0.82, 0.99),
)
def test_two_balls_with_a_wide_neck_are_one_lumpy_tumour(spacing_mm, seed, radius_mm, neck):
    grid = oblique_grid(spacing_mm, seed)
    points = points_of(grid)
    middle = np.random.default_rng(seed).normal(size=3)
    middle *= radius_mm * np.sqrt(1 - neck**2) / np.linalg.norm(middle)
    numbered = number_tumours(ball(points, middle, radius_mm) | ball(points, -middle, radius_mm), grid)
    assert set(np.unique(numbered)) == {0, 101}


@settings(max_examples=8)
@given(spacing_mm=st.sampled_from(SPACINGS_MM), seed=st.integers(0, 1000), slender=st.floats(1.0, 3.0))
def test_an_ellipsoid_is_one_however_slender(spacing_mm, seed, slender):
    grid = oblique_grid(spacing_mm, seed)
    mask = ((points_of(grid) / (8.0 * slender, 8.0, 8.0)) ** 2).sum(axis=-1) <= 1
    assert set(np.unique(number_tumours(mask, grid))) == {0, 101}


def test_a_satellite_at_a_large_tumour_is_a_tumour_and_a_wart_is_none():
    grid = oblique_grid((1.0, 1.0, 1.0), seed=4)
    points = points_of(grid)
    large = ball(points, (-6, 0, 0), 15)
    satellite, wart = ball(points, (15, 0, 0), 6.5), ball(points, (9, 0, 0), 3)
    assert set(np.unique(number_tumours(large | satellite, grid))) == {0, 101, 102}
    assert set(np.unique(number_tumours(large | wart, grid))) == {0, 101}
