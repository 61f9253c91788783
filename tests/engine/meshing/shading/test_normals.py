"""Normals of vertices, and triangles that turn over."""

from __future__ import annotations

import numpy as np
import pytest

from engine.meshing.shading import turns_over, vertex_normals, warm_up

OCTAHEDRON = np.vstack([np.eye(3), -np.eye(3)])
FACES = np.array(
    [[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]], dtype=np.uint32
)


def test_normals_of_an_octahedron_point_along_its_axes() -> None:
    np.testing.assert_allclose(vertex_normals(OCTAHEDRON * 7 + 100, FACES), OCTAHEDRON, atol=1e-6)


def test_larger_triangles_weigh_more() -> None:
    points = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 1.0]])
    # A triangle of 50 facing +z and one of 5 facing +x meet in vertices 0 and 2.
    normals = vertex_normals(points, np.array([[0, 1, 2], [0, 2, 3]], dtype=np.uint32))
    np.testing.assert_allclose(normals[0], np.array([5, 0, 50]) / np.hypot(5, 50), atol=1e-6)


def test_a_vertex_without_area_gets_a_unit_normal_all_the_same() -> None:
    normals = vertex_normals(np.zeros((4, 3)), np.array([[0, 1, 2]], dtype=np.uint32))
    assert np.linalg.norm(normals, axis=1).tolist() == [1, 1, 1, 1]


def test_moving_and_scaling_turns_nothing_over_and_mirroring_does() -> None:
    assert not turns_over(OCTAHEDRON, OCTAHEDRON * 3 + 5, FACES)
    assert turns_over(OCTAHEDRON, OCTAHEDRON * [-1, 1, 1], FACES)


def test_a_triangle_that_collapses_counts_as_turned() -> None:
    flat = OCTAHEDRON.copy()
    flat[0] = flat[1]
    assert turns_over(OCTAHEDRON, flat, FACES)


def test_vertices_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="not there"):
        vertex_normals(OCTAHEDRON, FACES + np.uint32(1))
    with pytest.raises(ValueError, match="before and after"):
        turns_over(OCTAHEDRON, OCTAHEDRON[:5], FACES)


def test_arrays_that_may_not_be_written_need_no_second_compilation() -> None:
    from engine.meshing.shading.kernels import any_turned, unit_normals

    warm_up()
    before = [len(kernel.signatures) for kernel in (any_turned, unit_normals)]  # type: ignore[attr-defined]
    points, faces = OCTAHEDRON.copy(), FACES.copy()
    points.flags.writeable = faces.flags.writeable = False
    vertex_normals(points, faces)
    turns_over(points, np.asfortranarray(points), faces)
    assert [len(kernel.signatures) for kernel in (any_turned, unit_normals)] == before  # type: ignore[attr-defined]
