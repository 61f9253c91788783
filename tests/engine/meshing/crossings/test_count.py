"""Crossing triangles are found, touching ones are not, and the grid finds what comparing all pairs finds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.meshing.crossings.count import crossing_pairs
from engine.meshing.quality import report_of

CUBE_FACES = np.array(
    [
        [0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4],
        [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5],
    ],
    dtype=np.int64,
)  # fmt: skip
CUBE = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=np.float64)


def two_cubes(shift: tuple[float, float, float]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    return np.concatenate([CUBE, CUBE + shift]), np.concatenate([CUBE_FACES, CUBE_FACES + 8])


def crosses(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    """Whether an edge of one (3, 3) triangle passes through the other, by solving for the meeting point."""
    for one, other in ((first, second), (second, first)):
        for n in range(3):
            p, q = one[n], one[(n + 1) % 3]
            matrix = np.stack([other[1] - other[0], other[2] - other[0], p - q], axis=1)
            if abs(np.linalg.det(matrix)) < 1e-12:
                continue
            u, v, t = np.linalg.solve(matrix, p - other[0])
            if u > 0 and v > 0 and u + v < 1 and 0 < t < 1:
                return True
    return False


def test_a_cube_does_not_cross_itself_and_two_overlapping_ones_do() -> None:
    assert crossing_pairs(CUBE, CUBE_FACES) == 0
    assert crossing_pairs(*two_cubes((0.51, 0.42, 0.33))) > 5
    assert crossing_pairs(*two_cubes((1.0, 0.0, 0.0))) == 0  # they touch
    assert crossing_pairs(*two_cubes((7.0, 3.0, 0.0))) == 0


@pytest.mark.parametrize("seed", range(6))
def test_the_grid_finds_every_pair(seed: int) -> None:
    generator = np.random.default_rng(seed)
    count = 40
    centres = generator.uniform(0, 10, (count, 1, 3))
    sizes = np.where(np.arange(count) % 9 == 0, 6.0, 1.5)[:, None, None]
    corners = centres + generator.normal(0, 1, (count, 3, 3)) * sizes
    expected = sum(crosses(corners[a], corners[b]) for a, b in combinations(range(count), 2))
    assert expected > 10
    assert crossing_pairs(corners.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3)) == expected


def test_a_folded_fan_crosses_though_its_triangles_share_a_vertex() -> None:
    vertices = np.array([[0, 0, 0], [4, 0, -1], [4, 0, 1], [3, -1, 0.2], [3, 1, -0.3]], dtype=np.float64)
    assert crossing_pairs(vertices, np.array([[0, 1, 2], [0, 3, 4]])) == 1


def test_the_report_counts_crossings_when_asked() -> None:
    assert report_of(CUBE, CUBE_FACES).crossing_pairs is None
    assert report_of(CUBE, CUBE_FACES, crossings=True).crossing_pairs == 0
    overlapping = two_cubes((0.51, 0.42, 0.33))
    assert report_of(*overlapping, crossings=True).crossing_pairs == crossing_pairs(*overlapping)
