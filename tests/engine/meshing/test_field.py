"""Thick structures are sampled smoothly, thin ones keep every voxel, and nothing is lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.meshing import MeshBudgets
from engine.meshing.isosurface import finest_surface
from engine.meshing.quality import face_normals, report_of


def grid(
    shape: tuple[int, int, int], spacing: tuple[float, float, float]
) -> tuple[VolumeGeometry, NDArray[np.float64]]:
    """A geometry and the (k, j, i, 3) centres of its voxels, mm."""
    geometry = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=spacing)
    k, j, i = np.indices(shape)
    return geometry, geometry.lps_from_index(np.stack([i, j, k], axis=-1))


def stairs_degrees(
    mask: NDArray[np.bool_], geometry: VolumeGeometry, centre: NDArray[np.float64], half: NDArray[np.float64]
) -> float:
    """Root mean square of the angle between the triangles' normals and those of the ellipsoid they stand for."""
    vertices, faces = finest_surface(mask, geometry, MeshBudgets())
    normals = face_normals(vertices, faces)
    true = (vertices[faces].mean(axis=1) - centre) / half**2
    cosines = (normals * true).sum(axis=1) / np.linalg.norm(normals, axis=1) / np.linalg.norm(true, axis=1)
    return float(np.sqrt(np.mean(np.degrees(np.arccos(np.clip(cosines, -1, 1))) ** 2)))


@pytest.mark.parametrize(
    ("spacing", "most_degrees"),
    [
        ((0.7, 0.7, 1.0), 2.0),
        ((0.6, 0.6, 1.6), 2.0),
        ((0.8, 0.8, 3.0), 2.5),
        ((0.8, 0.8, 5.0), 4.0),
        ((3.0, 0.8, 0.8), 2.5),
    ],
)
def test_an_organ_shows_no_stairs_whatever_the_slices(spacing: tuple[float, float, float], most_degrees: float) -> None:
    shape = (int(66 / spacing[2]) + 4, int(76 / spacing[1]) + 4, int(86 / spacing[0]) + 4)
    geometry, points = grid(shape, spacing)
    centre, half = points[-1, -1, -1] / 2 + 0.13, np.array([40.0, 35.0, 30.0])
    mask = (((points - centre) / half) ** 2).sum(axis=-1) < 1
    assert stairs_degrees(mask, geometry, centre, half) < most_degrees


def test_an_islet_beside_an_organ_is_drawn_too() -> None:
    for spacing in ((0.8, 0.8, 0.8), (0.8, 0.8, 2.5)):
        geometry, points = grid((int(50 / spacing[2]), 70, 76), spacing)
        mask = np.linalg.norm(points - [26.0, 27.0, 25.0], axis=-1) < 20
        mask[geometry.shape_kji[0] // 2, 30, 70] = True
        vertices, faces = finest_surface(mask, geometry, MeshBudgets())
        report = report_of(vertices, faces)
        assert report.sound
        assert report.components == 2
        assert vertices[:, 0].max() > 70 * 0.8 - 1.0


def test_a_thin_plate_on_an_organ_keeps_its_voxels() -> None:
    geometry, points = grid((50, 60, 60), (1.0, 1.0, 1.0))
    mask = np.linalg.norm(points - [25.0, 25.0, 25.0], axis=-1) < 14
    mask[25:27, 20:30, 36:56] = True
    vertices, _ = finest_surface(mask, geometry, MeshBudgets())
    assert vertices[:, 0].max() == pytest.approx(55.5, abs=1.0)


def test_rough_budgets_keep_to_their_count_even_for_what_is_thin() -> None:
    geometry, points = grid((70, 70, 70), (0.8, 0.8, 0.8))
    mask = np.abs(np.sin(points / 4.0).sum(axis=-1)) < 0.7
    rough = MeshBudgets(finest_triangles=8_000, detail_mm=3.0, coarsest_step_of_thickness=1.0, most_volume_lost=0.9)
    _, faces = finest_surface(mask, geometry, rough)
    assert report_of(*finest_surface(mask, geometry, rough)).sound
    assert len(faces) < 40_000 < len(finest_surface(mask, geometry, MeshBudgets())[1])
