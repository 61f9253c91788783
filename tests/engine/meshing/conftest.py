"""Solids of known size on straight and oblique grids."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.anatomy import structure_named
from engine.geometry import VolumeGeometry
from engine.meshing import surface_report
from engine.surface import MeshLevel
from engine.volume import LabelVolume

SPLEEN_VALUE = structure_named("spleen").label_values[0]


def _labelled(mask: NDArray[np.bool_], geometry: VolumeGeometry, value: int = SPLEEN_VALUE) -> LabelVolume:
    return LabelVolume(labels=mask.astype(np.uint8) * np.uint8(value), geometry=geometry)


def _straight(shape_kji: tuple[int, int, int], spacing_ijk_mm: tuple[float, float, float]) -> VolumeGeometry:
    return VolumeGeometry.from_parts(shape_kji=shape_kji, spacing_ijk_mm=spacing_ijk_mm, origin_lps_mm=(-90, 40, -700))


def _oblique(
    shape_kji: tuple[int, int, int], spacing_ijk_mm: tuple[float, float, float], seed: int, *, left_handed: bool
) -> VolumeGeometry:
    generator = np.random.default_rng(seed)
    direction, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    if (np.linalg.det(direction) < 0) != left_handed:
        direction[:, 0] = -direction[:, 0]
    return VolumeGeometry.from_parts(
        shape_kji=shape_kji,
        spacing_ijk_mm=spacing_ijk_mm,
        origin_lps_mm=generator.uniform(-500, 500, size=3),
        direction=direction,
    )


def _points_of(geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(k, j, i, 3) voxel centres in LPS mm."""
    k, j, i = np.indices(geometry.shape_kji)
    return geometry.lps_from_index(np.stack([i, j, k], axis=-1))


def _ball(geometry: VolumeGeometry, radius_mm: float) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    centre = geometry.lps_from_index((np.array(geometry.shape_kji[::-1]) - 1) / 2)
    return np.linalg.norm(_points_of(geometry) - centre, axis=-1) <= radius_mm, centre


def _voxel_volume_ml(mask: NDArray[np.bool_], geometry: VolumeGeometry) -> float:
    return float(np.count_nonzero(mask)) * geometry.voxel_volume_ml


def _assert_sound(levels: tuple[MeshLevel, ...]) -> None:
    for number, level in enumerate(levels):
        report = surface_report(level)
        assert report.sound, f"level {number}: {report}"
        assert report.volume_ml == pytest.approx(level.volume_ml)


@pytest.fixture(scope="session")
def labelled() -> Callable[..., LabelVolume]:
    """Makes a label volume of a mask."""
    return _labelled


@pytest.fixture(scope="session")
def straight() -> Callable[..., VolumeGeometry]:
    """Makes a grid along the axes of the patient, of a shape and a spacing."""
    return _straight


@pytest.fixture(scope="session")
def oblique() -> Callable[..., VolumeGeometry]:
    """Makes a turned grid of a shape, a spacing and a seed, left-handed where asked."""
    return _oblique


@pytest.fixture(scope="session")
def points_of() -> Callable[..., NDArray[np.float64]]:
    """Gives the (k, j, i, 3) voxel centres of a grid in LPS mm."""
    return _points_of


@pytest.fixture(scope="session")
def ball() -> Callable[..., tuple[NDArray[np.bool_], NDArray[np.float64]]]:
    """Makes the mask of a ball in the middle of a grid, and its centre."""
    return _ball


@pytest.fixture(scope="session")
def voxel_volume_ml() -> Callable[..., float]:
    """Gives the volume of a mask on a grid."""
    return _voxel_volume_ml


@pytest.fixture(scope="session")
def assert_sound() -> Callable[..., None]:
    """Asserts that levels are closed surfaces of the volume that they state."""
    return _assert_sound
