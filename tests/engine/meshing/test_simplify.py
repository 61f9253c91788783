"""What decimation breaks is mended, passed on or refused."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import MeshError
from engine.meshing import simplify as simplification
from engine.meshing.quality import report_of
from engine.meshing.simplify import mended, simplified, simplify, without_specks

TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.int64)
CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float64)
Surface = tuple[NDArray[np.float64], NDArray[np.int64]]


@pytest.fixture
def bumpy() -> Surface:
    """A torus of 3,200 triangles."""
    u, v = np.meshgrid(np.arange(40), np.arange(40), indexing="ij")
    a, b = u * np.pi / 20, v * np.pi / 20
    vertices = np.stack([(20 + 6 * np.cos(b)) * np.cos(a), (20 + 6 * np.cos(b)) * np.sin(a), 6 * np.sin(b)], axis=-1)
    at = (u * 40 + v).reshape(-1)
    right, up = ((u + 1) % 40 * 40 + v).reshape(-1), (u * 40 + (v + 1) % 40).reshape(-1)
    across = ((u + 1) % 40 * 40 + (v + 1) % 40).reshape(-1)
    faces = np.concatenate([np.stack([at, right, across], 1), np.stack([at, across, up], 1)])
    return vertices.reshape(-1, 3), faces.astype(np.int64)


def test_the_handle_of_a_torus_survives(bumpy: Surface) -> None:
    assert report_of(*bumpy).sound
    vertices, faces = simplify(*bumpy, 300)
    report = report_of(vertices, faces)
    assert report.sound
    assert len(faces) <= 300
    euler = len(vertices) - 3 * len(faces) // 2 + len(faces)
    assert euler == 0


def test_pinched_vertices_are_parted() -> None:
    number = np.array([0, 4, 5, 6])
    faces = np.concatenate([TETRAHEDRON, number[TETRAHEDRON]])
    vertices = np.concatenate([CORNERS, CORNERS[1:] + 3.0])
    vertices[4:] = [[3, 0.2, 0], [0.2, 3, 0], [0.1, 0.1, 3]]
    assert not report_of(vertices, faces).manifold
    result = mended(vertices, faces)
    assert result is not None
    assert report_of(*result).sound
    assert report_of(*result).components == 2


def test_folded_pieces_are_left_out() -> None:
    faces = np.concatenate([TETRAHEDRON, [[4, 5, 6], [6, 5, 4], [1, 1, 2]]])
    vertices = np.concatenate([CORNERS, CORNERS[:3] + 5])
    result = mended(vertices, faces)
    assert result is not None
    assert len(result[1]) == 4
    assert len(result[0]) == 4


def test_a_hole_is_beyond_mending() -> None:
    assert mended(CORNERS, TETRAHEDRON[1:]) is None


def test_the_second_way_takes_over_where_the_first_opens_a_hole(
    bumpy: Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simplification, "_by_quadrics", lambda vertices, faces, target: (vertices, faces[1:]))
    vertices, faces = simplify(*bumpy, 600)
    assert report_of(vertices, faces).sound
    assert len(faces) <= 600


def test_what_neither_way_can_do_is_refused(bumpy: Surface, monkeypatch: pytest.MonkeyPatch) -> None:
    def opens(vertices: NDArray[np.float64], faces: NDArray[np.int64], target: int) -> Surface:
        return vertices, faces[1:]

    monkeypatch.setattr(simplification, "_by_quadrics", opens)
    monkeypatch.setattr(simplification, "_by_tolerance", opens)
    with pytest.raises(MeshError, match="stay closed"):
        simplify(*bumpy, 600)


def test_specks_are_left_out_but_never_the_largest_piece() -> None:
    vertices = np.concatenate([CORNERS * 30, CORNERS + 100])
    faces = np.concatenate([TETRAHEDRON, TETRAHEDRON + 4])
    kept, kept_faces = without_specks(vertices, faces, 8)
    assert len(kept_faces) == 4
    np.testing.assert_array_equal(kept, CORNERS * 30)
    alone, alone_faces = without_specks(CORNERS, TETRAHEDRON, 4)
    assert len(alone_faces) == len(TETRAHEDRON)
    np.testing.assert_array_equal(alone, CORNERS)


def with_islands(bumpy: Surface, count: int) -> Surface:
    """The torus among tetrahedra of 0.2 mm³, each 3 mm from the next."""
    places = [np.array([60.0 + 3.0 * (n % 20), 3.0 * (n // 20), 0.0]) for n in range(count)]
    vertices = np.concatenate([bumpy[0], *(CORNERS + place for place in places)])
    return vertices, np.concatenate([bumpy[1], *(TETRAHEDRON + len(bumpy[0]) + 4 * n for n in range(count))])


def test_islands_stay_while_the_count_can_be_reached_with_them(bumpy: Surface) -> None:
    fine, coarse = simplified(*with_islands(bumpy, 50), (1000, 300))
    assert report_of(*fine).components == report_of(*coarse).components == 51
    assert len(coarse[1]) <= 300


def test_more_islands_than_triangles_make_way_for_what_is_large(bumpy: Surface) -> None:
    (surface,) = simplified(*with_islands(bumpy, 200), (300,))
    assert report_of(*surface).sound
    assert report_of(*surface).components == 1
    assert len(surface[1]) <= 300


def test_what_topology_forbids_is_left_as_coarse_as_it_goes(bumpy: Surface, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Surface:
        raise MeshError("No.", cure="None.")

    monkeypatch.setattr(simplification, "simplify", refuse)
    first, second = simplified(*bumpy, (200, 4))
    assert len(first[1]) <= 200
    assert 14 <= len(second[1]) < 60
    assert report_of(*second).sound


def test_a_second_opinion_counts_when_it_gets_further(bumpy: Surface, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simplification, "simplify", lambda *_: (CORNERS, TETRAHEDRON))
    (surface,) = simplified(*bumpy, (4,))
    assert len(surface[1]) == 4
