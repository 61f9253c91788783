"""Variances of counted volumes against shapes laid at random on lattices of every kind."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.confidence.digitisation import (
    curved_variance_ml2,
    flat_frequencies,
    flat_variances_ml2,
    surface_mm2,
    with_edge_ml2,
)

RADIUS_MM = 12.0


def flat_variance_ml2(area_mm2: float, normal: NDArray[np.float64], geometry: VolumeGeometry) -> float:
    return float(flat_variances_ml2(np.array([area_mm2]), normal, flat_frequencies(geometry))[0])


def lattice(spacing: tuple[float, float, float], seed: int) -> VolumeGeometry:
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    shape = tuple(math.ceil(2.4 * RADIUS_MM / step) for step in spacing[::-1])
    return VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=spacing, direction=axes)


def points_of(geometry: VolumeGeometry) -> NDArray[np.float64]:
    k, j, i = np.indices(geometry.shape_kji)
    return geometry.lps_from_index(np.stack([i, j, k], axis=-1).reshape(-1, 3))


def off_by_ml(
    geometry: VolumeGeometry, offsets: NDArray[np.float64], normal: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """How far counts are off for balls, or their halves on one side of a plane, at many places and of many radii."""
    points = points_of(geometry)
    middle = geometry.lps_from_index((np.array(geometry.shape_kji[::-1]) - 1) / 2.0)
    found = []
    for radius_mm, offset in zip(np.linspace(0.85 * RADIUS_MM, 1.1 * RADIUS_MM, len(offsets)), offsets, strict=True):
        away = points - (middle + offset)
        inside = (away**2).sum(axis=1) <= radius_mm**2
        if normal is not None:
            inside &= away @ normal <= 0.0
        volume_ml = (4.0 if normal is None else 2.0) / 3.0 * math.pi * radius_mm**3 / 1000.0
        found.append(inside.sum() * geometry.voxel_volume_ml - volume_ml)
    return np.array(found)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 0.8, 2.5), (2.0, 1.0, 3.0)])
def test_volume_of_a_ball_lies_in_its_interval_19_times_in_20(spacing: tuple[float, float, float]) -> None:
    geometry = lattice(spacing, 3)
    rng = np.random.default_rng(1)
    offsets = rng.uniform(-0.5, 0.5, (300, 3)) @ (geometry.lps_from_ijk[:3, :3]).T
    off_ml = off_by_ml(geometry, offsets)
    deviation_ml = math.sqrt(curved_variance_ml2(4.0 * math.pi * RADIUS_MM**2, geometry))
    assert off_ml.std() == pytest.approx(deviation_ml, rel=0.2)
    assert 0.91 <= (np.abs(off_ml) <= 1.96 * deviation_ml).mean() <= 0.99


def test_cubes_have_the_constant_of_the_books() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(2, 2, 2), spacing_ijk_mm=(1.0, 1.0, 1.0))
    assert curved_variance_ml2(1000.0, geometry) * 1e6 / 1000.0 == pytest.approx(0.0667, abs=0.001)


def test_a_cut_along_the_lattice_errs_by_up_to_half_a_layer() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(2, 2, 2), spacing_ijk_mm=(0.7, 0.7, 2.0))
    area_mm2 = 10_000.0
    along = math.sqrt(flat_variance_ml2(area_mm2, np.array([0.0, 0.0, 1.0]), geometry)) * 1000.0
    assert along == pytest.approx(area_mm2 * 2.0 / math.sqrt(12.0), rel=0.1)
    aslant = math.sqrt(flat_variance_ml2(area_mm2, np.array([0.36, 0.48, 0.8]), geometry)) * 1000.0
    assert aslant < 0.02 * along
    assert flat_variance_ml2(0.0, np.array([0.0, 0.0, 1.0]), geometry) == 0.0


@pytest.mark.parametrize("tilt", [0.0, 0.03, 0.1, 0.5])
def test_volume_beyond_a_cut_lies_in_its_interval_19_times_in_20(tilt: float) -> None:
    geometry = lattice((1.0, 1.2, 2.0), 5)
    normal = geometry.direction @ np.array([math.sin(tilt), 0.0, math.cos(tilt)])
    rng = np.random.default_rng(2)
    offsets = rng.uniform(-0.5, 0.5, (300, 3)) @ (geometry.lps_from_ijk[:3, :3]).T
    off_ml = off_by_ml(geometry, offsets, normal)
    curved = curved_variance_ml2(2.0 * math.pi * RADIUS_MM**2, geometry)
    variance = curved + with_edge_ml2(flat_variance_ml2(math.pi * RADIUS_MM**2, normal, geometry), curved)
    assert 0.3 * math.sqrt(variance) <= off_ml.std() <= 1.1 * math.sqrt(variance)
    assert (np.abs(off_ml) <= 1.96 * math.sqrt(variance)).mean() >= 0.93


def test_a_surface_is_told_from_its_voxel_faces() -> None:
    geometry = lattice((0.5, 0.6, 0.7), 7)
    middle = geometry.lps_from_index((np.array(geometry.shape_kji[::-1]) - 1) / 2.0)
    inside = (((points_of(geometry) - middle) ** 2).sum(axis=1) <= RADIUS_MM**2).reshape(geometry.shape_kji)
    faces = np.array([np.abs(np.diff(inside.astype(int), axis=axis)).sum() for axis in (2, 1, 0)])
    assert surface_mm2(faces, geometry) == pytest.approx(4.0 * math.pi * RADIUS_MM**2, rel=0.03)
