"""The voxel centres of a tumour, in blocks that make distances quick."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.margin.shortlist import LiverCells, Shortlist
from engine.resection.margin.shortlist.shortlist import CELL_MM
from engine.resection.margin.tree import VoxelTree

BLOCK_MM: Final = 6.0
ByCell = tuple[NDArray[np.float64], float, NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TumourVoxels:
    """A tumour as voxels.

    Attributes:
        name: the structure's name.
        code: its dense code in the run table.
        count: how many voxels it has.
        runs: (n, 4) first i, last i (inclusive), j, k.
        outer_lps_mm: (m, 3) centres of the voxels with a face on something else, block by block: nothing outside is
            nearer to an inner one.
        block_pointers: (b + 1,) outer voxels before each block.
        block_balls: (b, 4) centre and radius of a ball around each block, LPS mm.
        ball: (1, 4) of one around all.
        tree: the outer voxels once more, for the nearest to any point.
        cells: of the liver the tumour lies in.
        shortlist: for the nearest to points of these cells.
    """

    name: str
    code: int
    count: int
    runs: NDArray[np.int32]
    outer_lps_mm: NDArray[np.float64]
    block_pointers: NDArray[np.int64]
    block_balls: NDArray[np.float64]
    ball: NDArray[np.float64]
    tree: VoxelTree
    cells: LiverCells
    shortlist: Shortlist

    @classmethod
    def of_runs(
        cls, name: str, code: int, runs: NDArray[np.int32], geometry: VolumeGeometry, cells: LiverCells
    ) -> TumourVoxels:
        """Of at least one run."""
        points = geometry.lps_from_index(_outer_ijk(runs))
        blocks = np.floor((points - points.min(axis=0)) / BLOCK_MM).astype(np.int64)
        _, number = np.unique(blocks, axis=0, return_inverse=True)
        order = np.argsort(number.ravel(), kind="stable")
        points = np.ascontiguousarray(points[order])
        pointers = np.concatenate([[0], np.cumsum(np.bincount(number.ravel()))]).astype(np.int64)
        tree = VoxelTree.build(points)
        parts = [points[first:last] for first, last in pairwise(pointers)]
        return cls(
            name=name,
            code=code,
            count=int((runs[:, 1] - runs[:, 0] + 1).sum()),
            runs=runs,
            outer_lps_mm=points,
            block_pointers=pointers,
            block_balls=np.stack([_ball(part) for part in parts]),
            ball=_ball(points)[None],
            tree=tree,
            cells=cells,
            shortlist=Shortlist.build(cells, tree),
        )

    @property
    def by_cell(self) -> ByCell:
        """Cells and shortlist as kernels take them: corner, edge, numbers; pointers, leaves, balls."""
        cells, listed = self.cells, self.shortlist
        return cells.corner_lps_mm, CELL_MM, cells.numbers, listed.pointers, listed.leaves, listed.balls

    @property
    def size_bytes(self) -> int:
        """Memory in bytes, that of the cells not counted."""
        arrays = (self.runs, self.outer_lps_mm, self.block_balls, self.block_pointers)
        return self.tree.size_bytes + self.shortlist.size_bytes + sum(array.nbytes for array in arrays)


def _outer_ijk(runs: NDArray[np.int32]) -> NDArray[np.int64]:
    """(m, 3) i, j, k of the voxels with a face on something else."""
    low = runs[:, [0, 2, 3]].min(axis=0) - 1
    high = runs[:, [1, 2, 3]].max(axis=0) + 2
    mask = np.zeros((high - low)[::-1], dtype=np.bool_)
    for first, last, j, k in (runs - low[[0, 0, 1, 2]]).tolist():
        mask[k, j, first : last + 1] = True
    inner = mask.copy()
    for axis in range(3):
        inner &= np.roll(mask, 1, axis) & np.roll(mask, -1, axis)
    k, j, i = np.nonzero(mask & ~inner)
    outer: NDArray[np.int64] = np.stack([i, j, k], axis=1) + low.astype(np.int64)
    return outer


def _ball(points: NDArray[np.float64]) -> NDArray[np.float64]:
    centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
    return np.append(centre, np.linalg.norm(points - centre, axis=1).max())
