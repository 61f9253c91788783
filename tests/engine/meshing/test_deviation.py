"""The stated error against brute force."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.meshing.deviation import spread_samples, symmetric_deviation_mm
from engine.meshing.simplify import simplify


def sphere(radius_mm: float, rows: int = 24) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Latitude and longitude triangles with a vertex at each pole."""
    polar = np.linspace(0, np.pi, rows + 1)[1:-1]
    around = np.arange(2 * rows) * np.pi / rows
    ring = np.stack(
        [np.outer(np.sin(polar), np.cos(around)), np.outer(np.sin(polar), np.sin(around)),
         np.outer(np.cos(polar), np.ones_like(around))], axis=-1,
    ).reshape(-1, 3)  # fmt: skip
    vertices = np.concatenate([ring, [[0, 0, 1], [0, 0, -1]]]) * radius_mm
    width, north = 2 * rows, len(ring)
    faces = []
    for column in range(width):
        after = (column + 1) % width
        faces.append([north, column, after])
        faces.append([north + 1, len(ring) - width + after, len(ring) - width + column])
        for row in range(rows - 2):
            a, b = row * width + column, row * width + after
            faces += [[a, a + width, b], [b, a + width, b + width]]
    return vertices, np.array(faces, dtype=np.int64)


def brute_force_distances(
    points: NDArray[np.float64], vertices: NDArray[np.float64], faces: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(p,) distance to the nearest triangle: plane foot where inside, else the nearest of three segments."""
    a, b, c = (vertices[faces[:, n]] for n in range(3))
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    best = np.full(len(points), np.inf)
    for n, point in enumerate(points):
        height = ((point - a) * normal).sum(axis=1)
        foot = point - height[:, None] * normal
        inside = np.ones(len(faces), dtype=bool)
        nearest = np.full(len(faces), np.inf)
        for p, q in ((a, b), (b, c), (c, a)):
            inside &= (np.cross(q - p, foot - p) * normal).sum(axis=1) >= 0
            along = np.clip(((point - p) * (q - p)).sum(axis=1) / ((q - p) ** 2).sum(axis=1), 0, 1)
            nearest = np.minimum(nearest, np.linalg.norm(p + along[:, None] * (q - p) - point, axis=1))
        best[n] = np.where(inside, np.abs(height), nearest).min()
    return best


def test_concentric_spheres_lie_their_gap_apart() -> None:
    outer, inner = sphere(20.0, 40), sphere(18.5, 40)
    assert abs(symmetric_deviation_mm(outer, inner) - 1.5) < 0.05


def test_the_error_of_a_simplified_surface_agrees_with_brute_force() -> None:
    fine = sphere(20.0)
    coarse = simplify(*fine, 200)
    stated = symmetric_deviation_mm(fine, coarse)
    there = brute_force_distances(spread_samples(*fine, count=1500), *coarse)
    back = brute_force_distances(spread_samples(*coarse, count=1500), *fine)
    expected = max(np.percentile(there, 95), np.percentile(back, 95))
    assert abs(stated - expected) < 0.05 * expected


def test_the_error_sees_what_only_one_surface_has() -> None:
    one = sphere(10.0)
    two = np.concatenate([one[0], one[0] + [100.0, 0, 0]]), np.concatenate([one[1], one[1] + len(one[0])])
    assert symmetric_deviation_mm(one, two) > 70.0
    assert symmetric_deviation_mm(two, one) == symmetric_deviation_mm(one, two)


def test_samples_are_even_by_area_and_repeatable() -> None:
    vertices, faces = sphere(10.0)
    samples = spread_samples(vertices, faces)
    np.testing.assert_array_equal(samples, spread_samples(vertices, faces))
    # Even on a sphere means even in height (Archimedes).
    shares, _ = np.histogram(samples[:, 2], bins=8, range=(-10, 10))
    np.testing.assert_allclose(shares / len(samples), 1 / 8, atol=0.01)
