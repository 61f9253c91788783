"""The nearest of many points by the tree against all of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.resection.margin.tree import VoxelTree

ROUNDING_MM = 1e-4


def lump(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Voxel centres along a bent rod: no ball, no convex body."""
    t = random.random(count)
    rod = np.stack([30.0 * t, 20.0 * np.sin(4.0 * t), 8.0 * np.cos(9.0 * t)], axis=1)
    return np.rint((rod + random.normal(size=(count, 3)) * 2.0) / 0.7) * 0.7


def away(points: NDArray[np.float64], voxels: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.linalg.norm(points[:, None] - voxels[None], axis=2)
    return found


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.sampled_from([1, 2, 15, 16, 17, 300, 700]))
def test_distances_are_those_to_the_nearest_of_all(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    voxels = lump(random, count)
    points = random.normal(size=(60, 3)) * 25.0
    np.testing.assert_allclose(
        VoxelTree.build(voxels).distances_mm(points), away(points, voxels).min(axis=1), atol=ROUNDING_MM
    )
