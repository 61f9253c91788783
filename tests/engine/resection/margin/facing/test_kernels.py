"""Cells that face a tumour and near areas against what all voxels tell."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.anatomy import PARENCHYMA
from engine.geometry import VolumeGeometry
from engine.resection.margin.facing import kernels
from engine.resection.margin.liver import LiverMask
from engine.resection.margin.shortlist import LiverCells, Shortlist
from engine.resection.margin.shortlist.shortlist import CELL_MM
from engine.resection.margin.tree import VoxelTree
from engine.volume import LabelVolume

FACING_COSINE = 0.5
SHARE = 0.05
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


def liver_around(points: NDArray[np.float64]) -> LiverMask:
    """The voxels of 2 mm that points lie in."""
    origin = points.min(axis=0)
    place = np.rint((points - origin) / 2.0).astype(int)[:, ::-1]
    labels = np.zeros(place.max(axis=0) + 1, dtype=np.uint8)
    labels[tuple(place.T)] = PARENCHYMA
    matrix = np.diag([2.0, 2.0, 2.0, 1.0])
    matrix[:3, 3] = origin
    return LiverMask.of(
        LabelVolume(labels=labels, geometry=VolumeGeometry(shape_kji=labels.shape, lps_from_ijk=matrix))
    )


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
    # All but a part of the surface lies in cells that have lists.
    cells = LiverCells.of(liver_around(centres[: 400 - seed % 100]))
    listed = Shortlist.build(cells, tree)
    by_cell = (cells.corner_lps_mm, CELL_MM, cells.numbers, listed.pointers, listed.leaves, listed.balls)
    found, whole = kernels.faces(
        centres,
        normals,
        areas,
        ball,
        tree.origin_lps_mm,
        (tree.nodes, tree.leaves, tree.voxels),
        by_cell,
        FACING_COSINE,
        SHARE,
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
    np.testing.assert_allclose(under, [areas[least < limit].sum() for limit in NEAR_MM])
    assert abs(whole - areas[faces].sum()) <= areas[unsure].sum() + 1e-9
    if not unsure.any() and faces.any():
        order = np.argsort(least[faces])
        wanted = int(np.searchsorted(np.cumsum(areas[faces][order]), SHARE * whole)) + 1
        told = np.argsort(facing[0, :found])[:wanted]
        np.testing.assert_allclose(facing[0, told], least[faces][order][:wanted], atol=ROUNDING_MM)
        np.testing.assert_allclose(facing[1, told], areas[faces][order][:wanted])
