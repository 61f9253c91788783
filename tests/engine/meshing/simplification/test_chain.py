"""One descent of edge collapses: topology kept, counts reached, close to where it came from."""

from __future__ import annotations

import numpy as np
import open3d as o3d
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import MeshError
from engine.geometry import VolumeGeometry
from engine.meshing import MeshBudgets
from engine.meshing.deviation import MeasuredSurface
from engine.meshing.half_edges.kernels import half_edges_of
from engine.meshing.isosurface import finest_surface
from engine.meshing.quality import enclosed_volume_mm3, face_normals, report_of
from engine.meshing.simplification.chain import Surface, descend

TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.int64)
CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float64)


def bumpy_ball(divisions: int) -> Surface:
    """A ball of 30 mm with waves of 1.5 mm, an octahedron divided into 8 n² triangles."""
    mesh = o3d.geometry.TriangleMesh.create_octahedron(1.0).subdivide_midpoint(divisions)
    mesh.merge_close_vertices(1e-9)
    points = np.asarray(mesh.vertices)
    points = points / np.linalg.norm(points, axis=1, keepdims=True)
    waves = np.sin(7 * points[:, 0]) * np.cos(6 * points[:, 1]) * np.sin(5 * points[:, 2] + 1)
    return points * (30.0 + 1.5 * waves)[:, None] + [-40.0, 10.0, -700.0], np.asarray(mesh.triangles).astype(np.int64)


def torus(around: int, across: int) -> Surface:
    u, v = np.meshgrid(np.arange(around), np.arange(across), indexing="ij")
    a, b = u * 2 * np.pi / around, v * 2 * np.pi / across
    ring = 20 + 6 * np.cos(b)
    vertices = np.stack([ring * np.cos(a), ring * np.sin(a), 6 * np.sin(b)], axis=-1).reshape(-1, 3)
    at = (u * across + v).reshape(-1)
    right, up = ((u + 1) % around * across + v).reshape(-1), (u * across + (v + 1) % across).reshape(-1)
    far = ((u + 1) % around * across + (v + 1) % across).reshape(-1)
    faces = np.concatenate([np.stack([at, right, far], 1), np.stack([at, far, up], 1)])
    return vertices, faces.astype(np.int64)


def euler_number(surface: Surface) -> int:
    return len(surface[0]) - len(surface[1]) // 2


def sharpest_fold(surface: Surface) -> float:
    """Lowest cosine between the normals of two neighbours: -1 for a triangle folded onto another."""
    vertices, faces = surface
    normals = face_normals(vertices, faces)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    twins = half_edges_of(faces, len(vertices))[1].reshape(-1, 4)[:, :3] // 4
    return float(np.einsum("ijk,ik->ij", normals[twins], normals).min())


@pytest.fixture(scope="module")
def ball() -> Surface:
    return bumpy_ball(6)


def test_every_count_of_a_chain_is_reached_and_sound(ball: Surface) -> None:
    counts = (8000, 2000, 500, 100)
    for count, surface in zip(counts, descend(*ball, counts), strict=True):
        assert report_of(*surface).sound
        assert count - 1 <= len(surface[1]) <= count
        assert euler_number(surface) == 2
        assert sharpest_fold(surface) > 0.0
        assert enclosed_volume_mm3(*surface) == pytest.approx(enclosed_volume_mm3(*ball), rel=0.02)


@pytest.mark.parametrize("count", [10_000, 6000, 1500])
def test_the_largest_distance_is_no_worse_than_of_open3d(ball: Surface, count: int) -> None:
    mesh = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(ball[0]), o3d.utility.Vector3iVector(ball[1].astype(np.int32))
    ).simplify_quadric_decimation(count)
    theirs = np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64)
    (ours,) = descend(*ball, (count,))
    whole = MeasuredSurface(*ball)
    assert len(ours[1]) <= len(theirs[1])
    assert whole.deviation_from(*ours).most_mm <= whole.deviation_from(*theirs).most_mm


def star(arms: int) -> Surface:
    """Thin arms of 20 to 45 mm on a ball of 8 mm, as from the voxels of a vessel tree."""
    geometry = VolumeGeometry.from_parts(shape_kji=(100, 100, 100), spacing_ijk_mm=(1, 1, 1))
    points = np.indices(geometry.shape_kji).reshape(3, -1).T - 49.5
    mask = np.linalg.norm(points, axis=1) < 8
    generator = np.random.default_rng(3)
    for length in np.linspace(20, 45, arms):
        along = generator.normal(size=3)
        along /= np.linalg.norm(along)
        part = points @ along
        off = np.linalg.norm(points - part[:, None] * along, axis=1)
        mask |= (part > 0) & (part < length) & (off < 2.5 - 1.7 * part / length)
    return finest_surface(mask.reshape(geometry.shape_kji), geometry, MeshBudgets(finest_triangles=10**9))


@pytest.mark.parametrize("count", [5000, 1500])
def test_thin_tips_are_a_third_less_far_off_than_with_open3d(count: int) -> None:
    tree = star(24)
    mesh = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(tree[0]), o3d.utility.Vector3iVector(tree[1].astype(np.int32))
    ).simplify_quadric_decimation(count)
    theirs = np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64)
    (ours,) = descend(*tree, (count,))
    whole = MeasuredSurface(*tree)
    assert report_of(*ours).sound
    assert len(ours[1]) <= len(theirs[1])
    assert whole.deviation_from(*ours).most_mm < 0.7 * whole.deviation_from(*theirs).most_mm


def test_two_threads_give_the_same_surface_every_time() -> None:
    large = bumpy_ball(7)
    assert len(large[0]) > 20_000
    (first,), (second,) = descend(*large, (20_000,)), descend(*large, (20_000,))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert report_of(*first).sound
    assert len(first[1]) == 20_000


def test_the_handle_of_a_torus_survives_all_counts() -> None:
    for surface in descend(*torus(60, 30), (1000, 200, 40)):
        assert report_of(*surface).sound
        assert euler_number(surface) == 0


def test_a_torus_stops_where_its_topology_needs_its_triangles() -> None:
    (surface,) = descend(*torus(30, 20), (4,))
    assert report_of(*surface).sound
    assert 14 <= len(surface[1]) < 60


def test_the_corners_of_a_box_stay_where_they_are() -> None:
    mesh = o3d.geometry.TriangleMesh.create_box(30.0, 20.0, 10.0).subdivide_midpoint(5)
    (box,) = descend(np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64), (12,))
    assert len(box[1]) == 12
    corners = np.array([[x, y, z] for x in (0.0, 30.0) for y in (0.0, 20.0) for z in (0.0, 10.0)])
    distances = np.linalg.norm(corners[:, None] - box[0][None], axis=-1)
    assert distances.min(axis=1).max() < 0.05


def test_islands_that_cannot_be_smaller_survive() -> None:
    big = torus(30, 20)
    islands = np.concatenate([CORNERS + np.array([50.0 + 3 * n, 0.0, 0.0]) for n in range(5)])
    numbers = np.concatenate([TETRAHEDRON + len(big[0]) + 4 * n for n in range(5)])
    (surface,) = descend(np.concatenate([big[0], islands]), np.concatenate([big[1], numbers]), (200,))
    report = report_of(*surface)
    assert report.sound
    assert report.components == 6
    assert len(surface[1]) <= 200


def test_slivers_do_not_stop_it() -> None:
    vertices, faces = torus(80, 40)
    squeezed = vertices.copy()
    # Every other ring lies a hundredth of a millimetre beside the one before: needles all around.
    rings = squeezed.reshape(80, 40, 3)
    rings[1::2] = rings[0::2] + 0.01 * (rings[1::2] - rings[0::2])
    (surface,) = descend(squeezed, faces, (600,))
    assert len(surface[1]) <= 600
    assert report_of(*surface).sound
    assert sharpest_fold(surface) > -0.5


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    density=st.sampled_from([0.05, 0.3, 0.5, 0.9]),
    spacing=st.sampled_from([(1.0, 1.0, 1.0), (0.7, 0.7, 3.0)]),
)
def test_any_mask_keeps_its_topology_and_most_of_its_volume(
    seed: int, density: float, spacing: tuple[float, float, float]
) -> None:
    mask = np.random.default_rng(seed).random((9, 10, 11)) < density
    geometry = VolumeGeometry.from_parts(shape_kji=mask.shape, spacing_ijk_mm=spacing)
    surface = finest_surface(mask, geometry, MeshBudgets())
    half = len(surface[1]) // 2
    for simple in descend(*surface, (half, half // 2)):
        report = report_of(simple[0].astype(np.float32).astype(np.float64), simple[1])
        assert report.sound
        assert euler_number(simple) == euler_number(surface)
        assert report.components == report_of(*surface).components
    # Single voxels become tetrahedra here; the chain of levels gives their volume back.
    assert 0.2 < enclosed_volume_mm3(*simple) / enclosed_volume_mm3(*surface) < 1.2


def test_an_open_surface_is_refused() -> None:
    with pytest.raises(MeshError, match="not closed and manifold"):
        next(descend(CORNERS, TETRAHEDRON[1:], (4,)))


def test_a_pinched_surface_is_refused() -> None:
    number = np.array([0, 4, 5, 6])
    vertices = np.concatenate([CORNERS, CORNERS[1:] - 3.0])
    with pytest.raises(MeshError, match="not closed and manifold"):
        next(descend(vertices, np.concatenate([TETRAHEDRON, number[TETRAHEDRON]]), (4,)))
