"""Pairs of half-edges, and what is no closed surface."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.meshing.half_edges.kernels import following, half_edges_of, irregular_vertices, preceding

TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.int64)


def test_twins_run_along_the_same_edge_the_other_way() -> None:
    tails, twins, leaving, sound = half_edges_of(TETRAHEDRON, 4)
    assert sound
    for half_edge in range(len(tails)):
        if half_edge % 4 == 3:
            continue
        assert twins[twins[half_edge]] == half_edge
        assert tails[twins[half_edge]] == tails[following(half_edge)]
        assert preceding(following(half_edge)) == half_edge
    np.testing.assert_array_equal(tails[leaving], np.arange(4))
    assert irregular_vertices(tails, twins, leaving) == 0


@pytest.mark.parametrize(
    "faces",
    [
        pytest.param(TETRAHEDRON[1:], id="a hole"),
        pytest.param(np.concatenate([TETRAHEDRON, TETRAHEDRON]), id="every face twice"),
        pytest.param(np.concatenate([TETRAHEDRON[1:], TETRAHEDRON[:1, ::-1]]), id="one face turned over"),
        pytest.param(np.concatenate([TETRAHEDRON, [[0, 0, 1]]]), id="a corner used twice"),
    ],
)
def test_what_is_not_closed_and_oriented_is_found(faces: NDArray[np.int64]) -> None:
    assert not half_edges_of(np.ascontiguousarray(faces), 4)[3]


def test_pinched_and_folded_vertices_are_irregular() -> None:
    number = np.array([0, 4, 5, 6])
    pinched = np.concatenate([TETRAHEDRON, number[TETRAHEDRON]])
    tails, twins, leaving, sound = half_edges_of(pinched, 7)
    assert sound
    assert irregular_vertices(tails, twins, leaving) == 1
    pillow = np.array([[0, 1, 2], [2, 1, 0]], dtype=np.int64)
    tails, twins, leaving, sound = half_edges_of(pillow, 3)
    assert sound
    assert irregular_vertices(tails, twins, leaving) == 3
