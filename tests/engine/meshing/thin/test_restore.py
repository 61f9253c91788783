"""Thin branches keep their volume beside a thick trunk, and the comparison with voxels is exact."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.anatomy import structure_named
from engine.geometry import VolumeGeometry
from engine.meshing import build_mesh_levels
from engine.meshing.thin.kernels import coverage, share_among_vertices, spread
from engine.surface import MeshLevel
from engine.volume import LabelVolume

CUBE_FACES = np.array(
    [
        [0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4],
        [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5],
    ],
    dtype=np.int64,
)  # fmt: skip


def box(low_ijk: tuple[float, float, float], high_ijk: tuple[float, float, float]) -> NDArray[np.float64]:
    unit = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=np.float64)
    return np.array(low_ijk) + unit * (np.array(high_ijk) - np.array(low_ijk))


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
        ((0.7, 0.7, 0.7), 0.9, 0.0, 0.05),
        ((0.7, 0.7, 0.7), 1.4, 0.35, 0.03),
        ((0.7, 0.7, 1.5), 1.4, 0.0, 0.04),
        ((0.7, 0.7, 1.5), 1.4, 0.35, 0.04),
        ((0.8, 0.8, 3.0), 2.0, 0.35, 0.04),
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
    finest, *_ = build_mesh_levels(labels, structure_named("portal_vein"))
    branch_mm3 = np.count_nonzero(mask & (along > 26)) * geometry.voxel_volume_ml * 1000
    assert volume_beyond_mm3(finest, axis, float(start @ axis) + 26) == pytest.approx(branch_mm3, rel=tolerance)


def test_coverage_of_a_box_is_its_part_of_each_voxel() -> None:
    covered = coverage(box((0.7, 0.5, 0.5), (3.25, 2.5, 3.5)), CUBE_FACES, (5, 4, 6), (2, 2), 1.0)
    expected = np.zeros((5, 4, 6))
    expected[1:4, 1:3] = [0, 0.8, 1, 0.75, 0, 0]
    np.testing.assert_allclose(covered, expected, atol=1e-6)


def test_coverage_takes_a_left_handed_index_space_into_account() -> None:
    corners = box((0.5, 0.5, 0.5), (2.5, 2.5, 2.5))
    straight = coverage(corners, CUBE_FACES, (4, 4, 4), (2, 2), 1.0)
    mirrored = coverage(corners, CUBE_FACES[:, ::-1].copy(), (4, 4, 4), (2, 2), -1.0)
    np.testing.assert_array_equal(straight, mirrored)
    assert straight.sum() == pytest.approx(8.0)


def test_rays_through_shared_edges_and_vertices_do_not_leak() -> None:
    # Rays at a quarter and three quarters of a voxel meet the octahedron's edges and vertices exactly.
    corners = np.array([[4, 3.25, 3.25], [2.5, 3.25, 3.25], [3.25, 4.25, 3.25], [3.25, 2.25, 3.25],
                        [3.25, 3.25, 4.25], [3.25, 3.25, 2.25]])  # fmt: skip
    faces = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    covered = coverage(corners, faces, (7, 7, 7), (2, 2), 1.0)
    assert covered.min() > -1e-6
    assert covered.max() < 1 + 1e-6
    assert covered[:, :, 0].max() == pytest.approx(0.0, abs=1e-6)
    assert covered[:, :, 6].max() == pytest.approx(0.0, abs=1e-6)


def test_what_voxels_miss_is_shared_out_whole() -> None:
    missing = np.zeros((4, 4, 4), dtype=np.float32)
    missing[1, 1, 1], missing[2, 2, 2] = 0.5, -0.25
    vertices = np.array([[1.2, 0.9, 1.1], [0.8, 1.0, 1.0], [3.0, 3.0, 3.0]])
    np.testing.assert_allclose(share_among_vertices(missing, vertices), [0.25 - 0.25 / 3, 0.25 - 0.25 / 3, -0.25 / 3])


def test_spreading_keeps_sums() -> None:
    offsets = np.array([0, 3, 5, 7, 10])
    indices = np.array([1, 2, 3, 0, 3, 0, 3, 0, 1, 2])
    values = np.array([[1.0, 2.0], [0.0, 1.0], [5.0, 0.0], [0.0, 0.0]])
    spread_out = spread(values, offsets, indices, 30)
    np.testing.assert_allclose(spread_out.sum(axis=0), values.sum(axis=0))
    # At rest, a vertex holds its share by its number of edges.
    np.testing.assert_allclose(spread_out[:, 0], 6.0 * np.array([3, 2, 2, 3]) / 10, rtol=1e-3)
