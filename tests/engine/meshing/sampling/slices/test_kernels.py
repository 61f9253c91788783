"""Distances within slices, and the ramps between them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.meshing.sampling.slices.kernels import slice_distances, sliced_distance, stack_slices

SPACING_MM = (0.8, 1.1)


def disc(radius_mm: float, shape: tuple[int, int] = (50, 64)) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """A slice with a disc, and each pixel's distance to its rim, positive inside."""
    j, i = np.indices(shape)
    depth = radius_mm - np.hypot((j - 24.3) * SPACING_MM[0], (i - 30.2) * SPACING_MM[1])
    return depth > 0, depth


def test_exact_distances_are_those_to_the_nearest_voxel_of_the_other_side() -> None:
    mask = np.random.default_rng(4).random((3, 11, 13)) < 0.3
    mask[1] = False
    found = sliced_distance(mask, SPACING_MM, 4.0)
    assert (found[1] == -4.0).all()
    points = np.argwhere(np.ones(mask.shape[1:], dtype=bool)) * SPACING_MM
    for k in (0, 2):
        inside = mask[k].reshape(-1)
        away = np.linalg.norm(points[:, None] - points[None], axis=2)
        to_other = np.where(inside[:, None] != inside[None], away, np.inf).min(axis=1)
        expected = np.minimum(to_other, 4.0) * np.where(inside, 1, -1)
        np.testing.assert_allclose(found[k].reshape(-1), expected, atol=1e-5)


def test_rough_distances_know_the_rim_to_a_fraction_of_a_sample_and_the_way_there_to_a_tenth() -> None:
    mask, depth = disc(14.0)
    coverage = (mask * np.uint8(255))[None].astype(np.uint8)
    found = slice_distances(coverage, SPACING_MM, 9.0)[0]
    assert ((found > 0) == mask).all()
    near = np.abs(depth) < 2.0
    assert np.sqrt(np.mean((found - depth)[near] ** 2)) < 0.35
    far = (np.abs(depth) > 3.0) & (np.abs(depth) < 8.0)
    np.testing.assert_allclose(found[far], depth[far], rtol=0.12, atol=0.5)
    assert np.abs(found).max() == pytest.approx(9.0)


def test_ramps_join_outlines_and_ends_are_blunt_only_where_asked() -> None:
    inside, outside, beyond = np.float32(3.0), np.float32(-1.0), np.float32(-5.0)
    distances = np.full((3, 3, 3), beyond, dtype=np.float32)
    distances[1, 1, 1] = inside
    distances[2, 1, 1] = outside
    for blunt, upward in ((False, 2), (True, 1)):
        out = np.zeros((9, 3, 64), dtype=np.uint8)
        stack_slices(distances, 4, 5.0, out, 0, blunt)
        column = out[:, 1, 1] >= 128
        # Towards the outline 1 mm away the ramp ends three quarters of the way; towards nothing at 3/8 or half-way.
        assert column[4:].tolist() == [True, True, True, True, False]
        assert column[:4].tolist() == [False, False, upward == 1, True]
