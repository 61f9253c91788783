"""Grid distances against distances to every triangle, and the largest of them."""

from __future__ import annotations

import numpy as np
import open3d as o3d
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.meshing.deviation import MeasuredSurface, distances_mm
from engine.meshing.nearest.kernels import squared_distance


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), flat=st.sampled_from([1.0, 1e-3, 0.0]))
def test_a_point_is_as_far_from_a_triangle_as_from_its_nearest_sample(seed: int, flat: float) -> None:
    generator = np.random.default_rng(seed)
    u, w, p = generator.normal(size=(3, 3))
    w = u * generator.normal() + flat * w
    s, t = np.meshgrid(np.linspace(0, 1, 201), np.linspace(0, 1, 201))
    inside = s + t <= 1 + 1e-12
    samples = s[inside][:, None] * u + t[inside][:, None] * w
    nearest = np.linalg.norm(samples - p, axis=1).min()
    found = np.sqrt(squared_distance(*((a[0], a[1], a[2]) for a in (p, u, w))))
    step = (np.linalg.norm(u) + np.linalg.norm(w)) / 200
    assert nearest - step <= found <= nearest + 1e-6


@pytest.mark.parametrize("reach_mm", [0.5, 5.0, 400.0])
def test_distances_from_near_and_far_agree_with_open3d(reach_mm: float) -> None:
    mesh = o3d.geometry.TriangleMesh.create_torus(20.0, 6.0, 40, 20)
    vertices, faces = np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64)
    generator = np.random.default_rng(1)
    points = vertices[generator.integers(0, len(vertices), 500)] + generator.normal(size=(500, 3)) * reach_mm
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        o3d.core.Tensor.from_numpy(vertices.astype(np.float32)), o3d.core.Tensor.from_numpy(faces.astype(np.uint32))
    )
    theirs = scene.compute_distance(o3d.core.Tensor.from_numpy(points.astype(np.float32))).numpy()
    np.testing.assert_allclose(distances_mm(points, vertices, faces), theirs, atol=1e-6 * max(reach_mm, 50.0))


def test_one_spike_is_the_largest_error_and_not_the_usual_one() -> None:
    mesh = o3d.geometry.TriangleMesh.create_sphere(20.0, 60)
    vertices, faces = np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64)
    spiked = vertices.copy()
    spiked[777] *= 1.15
    for fine, other in ((vertices, spiked), (spiked, vertices)):
        deviation = MeasuredSurface(fine, faces).deviation_from(other, faces)
        assert deviation.most_mm == pytest.approx(3.0, rel=0.01)
        assert deviation.p95_mm < 0.01


def test_a_surface_lies_on_itself() -> None:
    mesh = o3d.geometry.TriangleMesh.create_sphere(20.0, 20)
    vertices, faces = np.asarray(mesh.vertices) - 900.0, np.asarray(mesh.triangles).astype(np.int64)
    assert MeasuredSurface(vertices, faces).deviation_from(vertices, faces).most_mm < 1e-5
