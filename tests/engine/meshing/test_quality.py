"""The surface report finds each fault it is there to find."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.meshing.quality import report_of, surface_report
from engine.surface import MeshLevel

CUBE_CORNERS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=np.float64)
CUBE_FACES = np.array(
    [
        [0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4],
        [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5],
    ],
    dtype=np.int64,
)  # fmt: skip
TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.int64)
TETRAHEDRON_CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float64)


def test_a_cube_is_sound_and_has_volume_and_area() -> None:
    report = report_of(CUBE_CORNERS * 10, CUBE_FACES)
    assert report.sound
    assert report.volume_ml == pytest.approx(1.0)
    assert report.area_mm2 == pytest.approx(600.0)
    assert report.components == 1


def test_a_missing_face_is_open() -> None:
    report = report_of(CUBE_CORNERS, CUBE_FACES[1:])
    assert not report.closed
    assert not report.sound


def test_a_flipped_face_is_not_oriented() -> None:
    faces = CUBE_FACES.copy()
    faces[4] = faces[4, ::-1]
    report = report_of(CUBE_CORNERS, faces)
    assert report.closed
    assert not report.oriented


def test_an_inside_out_cube_is_not_oriented() -> None:
    report = report_of(CUBE_CORNERS, CUBE_FACES[:, ::-1])
    assert report.closed
    assert report.manifold
    assert not report.oriented
    assert report.volume_ml < 0


def glued(shared: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Two tetrahedra on opposite sides that share their first `shared` vertices."""
    other = -TETRAHEDRON_CORNERS
    other[:shared] = TETRAHEDRON_CORNERS[:shared]
    number = np.array([n if n < shared else n + 4 - shared for n in range(4)])
    faces = np.concatenate([TETRAHEDRON, number[TETRAHEDRON]])
    return np.concatenate([TETRAHEDRON_CORNERS, other[shared:]]), faces


def test_two_pieces_sharing_a_vertex_are_not_manifold() -> None:
    report = report_of(*glued(1))
    assert report.closed
    assert not report.manifold


def test_two_pieces_sharing_an_edge_are_not_manifold() -> None:
    report = report_of(*glued(2))
    assert report.closed
    assert not report.manifold


def test_two_faces_back_to_back_are_not_manifold() -> None:
    faces = np.concatenate([CUBE_FACES, [[8, 9, 10], [10, 9, 8]]])
    corners = np.concatenate([CUBE_CORNERS, CUBE_CORNERS[:3] + 5])
    report = report_of(corners, faces)
    assert report.closed
    assert not report.manifold


def test_a_face_without_area_is_counted() -> None:
    corners = CUBE_CORNERS.copy()
    corners[1] = corners[0]
    assert report_of(corners, CUBE_FACES).degenerate_faces > 0


def test_not_a_number_is_not_sound() -> None:
    corners = CUBE_CORNERS.copy()
    corners[3, 1] = np.nan
    assert not report_of(corners, CUBE_FACES).sound


def test_nothing_is_not_sound() -> None:
    assert not report_of(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64)).sound


def test_pieces_are_counted_and_unused_vertices_are_not() -> None:
    corners = np.concatenate([CUBE_CORNERS, CUBE_CORNERS + 5, [[99.0, 99.0, 99.0]]])
    report = report_of(corners, np.concatenate([CUBE_FACES, CUBE_FACES + 8]))
    assert report.components == 2
    assert report.sound


def test_a_level_is_judged_as_it_is_stored() -> None:
    level = MeshLevel(
        vertices_lps_mm=CUBE_CORNERS.astype(np.float32), faces=CUBE_FACES.astype(np.uint32), error_mm=0.0, volume_ml=0.0
    )
    assert surface_report(level).sound
