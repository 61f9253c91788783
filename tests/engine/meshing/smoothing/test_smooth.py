"""Thin branches keep their volume beside a thick trunk, and smoothing keeps its account."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.anatomy import structure_named
from engine.geometry import VolumeGeometry
from engine.meshing import MeshBudgets, build_mesh_levels
from engine.meshing.marching.extract import extract_surface
from engine.meshing.smoothing.kernels import neighbours, normals_of, pieces_of, spread, take_swept
from engine.meshing.smoothing.smooth import smoothed_thick, with_whole_volume
from engine.surface import MeshLevel
from engine.volume import LabelVolume


def volume_beyond_mm3(level: MeshLevel, axis: NDArray[np.float64], at_mm: float) -> float:
    import manifold3d

    solid = manifold3d.Manifold(
        manifold3d.Mesh64(
            vert_properties=level.vertices_lps_mm.astype(np.float64), tri_verts=level.faces.astype(np.uint64)
        )
    )
    return float(solid.trim_by_plane(tuple(axis), at_mm).volume())


@pytest.mark.parametrize(
    ("spacing", "radius_mm", "tilt", "tolerance"),
    [
        ((0.7, 0.7, 0.7), 0.9, 0.0, 0.02),
        ((0.7, 0.7, 0.7), 1.4, 0.35, 0.02),
        ((0.7, 0.7, 1.5), 1.4, 0.0, 0.02),
        ((0.7, 0.7, 1.5), 1.4, 0.35, 0.02),
        ((0.8, 0.8, 3.0), 2.0, 0.35, 0.02),
    ],
)
def test_a_thin_branch_of_a_thick_trunk_keeps_its_own_volume(
    spacing: tuple[float, float, float], radius_mm: float, tilt: float, tolerance: float
) -> None:
    shape = (int(50 / spacing[2]), int(40 / spacing[1]), int(80 / spacing[0]))
    geometry = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=spacing)
    k, j, i = np.indices(shape)
    axis = np.array([np.cos(tilt), 0.1, np.sin(tilt)])
    axis /= np.linalg.norm(axis)
    start = np.array([10.0, 18.0, 12.0])
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1)) - start
    along = points @ axis
    away = np.linalg.norm(points - along[..., None] * axis, axis=-1)
    mask = (away <= np.where(along < 20, 6.0, radius_mm)) & (along > -5) & (along < 60)
    labels = LabelVolume(labels=mask.astype(np.uint8) * np.uint8(2), geometry=geometry)
    finest, *_ = build_mesh_levels(
        labels, structure_named("portal_vein"), budgets=MeshBudgets(finest_triangles=10**6, reductions=(1.0,))
    )
    branch_mm3 = np.count_nonzero(mask & (along > 26)) * geometry.voxel_volume_ml * 1000
    assert volume_beyond_mm3(finest, axis, float(start @ axis) + 26) == pytest.approx(branch_mm3, rel=tolerance)


def ball_field(radius: float) -> NDArray[np.uint8]:
    k, j, i = np.indices((40, 40, 64))
    away = np.sqrt((k - 19.6) ** 2 + (j - 19.3) ** 2 + (i - 20.2) ** 2)
    return np.clip(127.5 + 40.0 * (radius - away), 0, 255).astype(np.uint8)


def test_a_ball_is_smoothed_without_shrinking_and_brought_to_its_volume() -> None:
    surface = extract_surface((ball_field(14.0) >> 7) * np.uint8(255), np.ones(3))
    rough, smooth = surface.vertices, smoothed_thick(surface)
    centre = np.array([20.2, 19.3, 19.6])
    before, after = (np.linalg.norm(v[:, :3] - centre, axis=1) for v in (rough, smooth))
    assert after.std() < 0.75 * before.std()
    assert after.mean() == pytest.approx(before.mean(), abs=0.05)
    wanted_mm3 = 4 / 3 * np.pi * 14.0**3
    volume_mm3, area_mm2, _ = normals_of(with_whole_volume(smooth, surface.faces, wanted_mm3), surface.faces)
    assert volume_mm3 == pytest.approx(wanted_mm3, rel=2e-4)
    assert area_mm2 == pytest.approx(4 * np.pi * 14.0**2, rel=0.02)


def test_what_vertices_sweep_is_what_the_volume_gains() -> None:
    surface = extract_surface(ball_field(9.0), np.ones(3))
    moved = surface.vertices.copy()
    outward = surface.vertices[:, :3] - np.array([20.2, 19.3, 19.6], dtype=np.float32)
    moved[:, :3] += np.float32(0.03) * outward * (1 + np.sin(outward[:, :1] / 3))
    volume, _, normals = normals_of(surface.vertices, surface.faces)
    moved_volume, _, moved_normals = normals_of(moved, surface.faces)
    missing = np.zeros(len(moved), dtype=np.float32)
    take_swept(missing, surface.vertices, moved, normals, moved_normals)
    assert -missing.sum() == pytest.approx(moved_volume - volume, rel=0.02)


def test_spreading_keeps_sums() -> None:
    surface = extract_surface(ball_field(6.0), np.ones(3))
    _, _, normals = normals_of(surface.vertices, surface.faces)
    offsets, indices = neighbours(surface.faces, len(surface.vertices))
    missing = np.zeros(len(surface.vertices), dtype=np.float32)
    missing[5] = 3.0
    around = spread(missing, normals, offsets, indices, 200)
    assert around[:, 0].sum() == pytest.approx(3.0, rel=1e-3)
    assert around[:, 1].sum() == pytest.approx(normals[:, 3].sum() / 6, rel=1e-3)
    # Half a turn of the ball away, something has arrived.
    assert around[:, 0].min() > 0.0


def test_pieces_know_their_sizes() -> None:
    field = ball_field(6.0)
    field[30, 30, 40] = 255
    surface = extract_surface(field, np.ones(3))
    sizes, count = pieces_of(surface.faces, len(surface.vertices))
    assert count == 2
    assert sorted(np.unique(sizes)) == [6, len(surface.vertices) - 6]


def test_an_islet_of_an_organ_is_not_smoothed_to_nothing() -> None:
    field = ball_field(12.0)
    field[36, 36, 40] = 255
    surface = extract_surface(field, np.ones(3))
    smooth = smoothed_thick(surface)
    sizes, _ = pieces_of(surface.faces, len(smooth))
    np.testing.assert_array_equal(smooth[sizes == 6], surface.vertices[sizes == 6])
    assert np.abs(smooth - surface.vertices)[sizes > 6].max() > 0.01
