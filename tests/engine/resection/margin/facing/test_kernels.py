"""Cells that face a tumour and near areas against what all voxels tell."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.resection.margin.facing import kernels
from engine.resection.margin.tree import VoxelTree

FACING_COSINE = 0.5
NEAR_MM = np.array([1.0, 5.0, 10.0])
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
@given(seed=st.integers(0, 10_000), count=st.sampled_from([1, 40, 400]), far_mm=st.sampled_from([0.0, 15.0, 70.0]))
def test_facing_cells_and_near_areas_are_those_that_all_voxels_tell(seed: int, count: int, far_mm: float) -> None:
    random = np.random.default_rng(seed)
    voxels = lump(random, count)
    v, u = np.divmod(np.arange(400), 20)
    centres = np.stack([2.0 * u - 5.0, 2.0 * v - 20.0, far_mm + 0.1 * u + random.random(400)], axis=1)
    normals = random.normal(size=(400, 3)) * 0.2 + (0.0, 0.0, 1.0)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    areas = 3.0 + random.random(400)
    middle = (voxels.min(axis=0) + voxels.max(axis=0)) / 2.0
    ball = np.append(middle, np.linalg.norm(voxels - middle, axis=1).max())
    tree, under, facing = VoxelTree.build(voxels), np.empty(3), np.empty((2, 400))
    found = kernels.faces(
        centres,
        normals,
        areas,
        ball,
        tree.origin_lps_mm,
        tree.nodes,
        tree.leaves,
        tree.voxels,
        FACING_COSINE,
        NEAR_MM,
        under,
        facing,
    )
    distances = away(centres, voxels)
    nearest = distances.argmin(axis=1)
    least = distances.min(axis=1)
    cosines = np.abs(((voxels[nearest] - centres) * normals).sum(axis=1))
    faces = cosines >= FACING_COSINE * least
    # Of two voxels equally near one may be seen at a wider angle than the other: such cells may count either way.
    unsure = (
        (np.diff(np.sort(distances, axis=1)[:, :2])[:, 0] < ROUNDING_MM) if count > 1 else np.zeros(400, dtype=np.bool_)
    )
    assert abs(found - np.count_nonzero(faces)) <= np.count_nonzero(unsure)
    np.testing.assert_allclose(under, [areas[least < limit].sum() for limit in NEAR_MM])
    if not unsure.any():
        np.testing.assert_allclose(np.sort(facing[0, :found]), np.sort(least[faces]), atol=ROUNDING_MM)
        np.testing.assert_allclose(facing[1, :found].sum(), areas[faces].sum())
