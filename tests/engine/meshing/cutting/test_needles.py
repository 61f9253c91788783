"""Faces without area go, and the surface stays closed."""

import numpy as np

from engine.meshing.cutting.needles import without_needles
from engine.meshing.quality import report_of

# A tetrahedron's corners; faces outward.
CORNERS = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]], dtype=np.float32)
FACES = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]


def report(vertices: np.ndarray, faces: np.ndarray):
    return report_of(vertices.astype(np.float64), faces.astype(np.int64))


def test_a_sound_surface_is_left_as_it_is():
    faces = np.array(FACES, dtype=np.uint32)
    _, found, kept = without_needles(CORNERS, faces)
    assert np.array_equal(found, faces)
    assert np.array_equal(kept, np.arange(4))


def test_a_corner_on_a_side_is_joined_with_the_face_across():
    # Corner 4 in the middle of the side 0-1: face (0, 1, 4) lies on a line, the base is cut at the side's middle.
    vertices = np.vstack([CORNERS, [[5, 0, 0]]]).astype(np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 4], [0, 4, 3], [4, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.uint32)
    assert report(vertices, faces).closed
    assert report(vertices, faces).degenerate_faces == 1
    _, found, kept = without_needles(vertices, faces)
    assert report(vertices, found).sound
    assert len(kept) == len(faces)
    assert report(vertices, found).volume_ml == report(CORNERS, np.array(FACES)).volume_ml


def test_two_corners_at_one_place_become_one():
    # Corners 3 and 4 coincide: the faces (0, 4, 3) and (4, 1, 3)... along their side have no area.
    vertices = np.vstack([CORNERS, [[0, 0, 10]]]).astype(np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 4], [0, 4, 3], [1, 3, 4], [1, 2, 3], [2, 0, 3]], dtype=np.uint32)
    assert report(vertices, faces).closed
    assert report(vertices, faces).degenerate_faces == 2
    _, found, kept = without_needles(vertices, faces)
    assert report(vertices, found).sound
    assert len(found) == 4
    assert set(kept.tolist()) == {0, 1, 4, 5}


def test_a_crumb_of_rounding_goes_whole():
    vertices = np.vstack([CORNERS, CORNERS * np.float32(4e-6) + np.float32(50)]).astype(np.float32)
    faces = np.array(FACES + (np.array(FACES) + 4).tolist(), dtype=np.uint32)
    _, found, kept = without_needles(vertices, faces)
    assert np.array_equal(found, faces[:4])
    assert np.array_equal(kept, np.arange(4))


def test_a_tip_too_small_for_float32_is_mended_where_it_is():
    # The tip of a pyramid cut off: its tiny end face has no area in float32.
    tip = np.array([[0, 0, 10], [4e-5, 0, 10], [0, 4e-5, 10]])
    vertices = np.vstack([[[0, 0, 0], [10, 0, 0], [0, 10, 0]], tip]).astype(np.float32)
    faces = np.array(
        [[0, 2, 1], [3, 4, 5], [0, 1, 4], [0, 4, 3], [1, 2, 5], [1, 5, 4], [2, 0, 3], [2, 3, 5]], dtype=np.uint32
    )
    assert report(vertices, faces).degenerate_faces == 1
    moved, found, _ = without_needles(vertices, faces)
    assert report(moved, found).sound
    assert np.abs(moved[: len(vertices)] - vertices).max() < 1e-3
