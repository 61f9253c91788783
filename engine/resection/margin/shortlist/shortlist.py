"""Lists of a voxel tree's leaves by cells of the liver, built once per case."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.resection.margin.liver import LiverMask
from engine.resection.margin.shortlist import kernels
from engine.resection.margin.tree import VoxelTree

CELL_MM: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LiverCells:
    """The cubes of `CELL_MM` that hold voxel centres of the liver.

    Attributes:
        corner_lps_mm: (3,) where the first cell begins.
        numbers: (x, y, z) int32 number of each cell, -1 for those without liver.
        middles_lps_mm: (n, 3) of the cells with liver, in the order of their numbers.
    """

    corner_lps_mm: NDArray[np.float64]
    numbers: NDArray[np.int32]
    middles_lps_mm: NDArray[np.float64]

    @classmethod
    def of(cls, liver: LiverMask) -> Self:
        """Of a liver; without one there is no cell."""
        shape = np.array([liver.columns, liver.bits.shape[1], liver.bits.shape[0]])
        axes = np.linalg.inv(liver.box_from_lps[:, :3])
        origin = axes @ (0.5 - liver.box_from_lps[:, 3])
        ends = origin + np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]) * (shape - 1) @ axes.T
        corner = ends.min(axis=0) - 0.5 * CELL_MM
        held = np.zeros(np.ceil((ends.max(axis=0) - corner) / CELL_MM).astype(int) + 1, dtype=np.bool_)
        lps_from_box = np.concatenate([axes, (origin - corner)[:, None]], axis=1)
        kernels.mark_cells(liver.bits, np.ascontiguousarray(lps_from_box), CELL_MM, held)
        numbers = np.full(held.shape, -1, dtype=np.int32)
        numbers[held] = np.arange(np.count_nonzero(held), dtype=np.int32)
        return cls(corner_lps_mm=corner, numbers=numbers, middles_lps_mm=corner + (np.argwhere(held) + 0.5) * CELL_MM)

    @property
    def size_bytes(self) -> int:
        """Memory of the arrays in bytes."""
        return self.numbers.nbytes + self.middles_lps_mm.nbytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shortlist:
    """For each cell of the liver the leaves that hold the voxel nearest to any point of the cell.

    Attributes:
        pointers: (cells + 1,) leaves before each cell; none for cells at the voxels, that the tree is asked for.
        leaves: (n,) numbers of leaves of the tree.
        balls: (cells, 4) centre from the tree's origin and radius of a ball around the voxel centres that may be the
            nearest to a point of a cell, mm.
    """

    pointers: NDArray[np.int32]
    leaves: NDArray[np.int32]
    balls: NDArray[np.float32]

    @classmethod
    def build(cls, cells: LiverCells, tree: VoxelTree) -> Self:
        """For a tree's voxels."""
        count = len(cells.middles_lps_mm)
        pointers = np.empty(count + 1, dtype=np.int32)
        lists = np.empty(count * kernels.MOST_LEAVES, dtype=np.int32)
        middles = np.ascontiguousarray(cells.middles_lps_mm - tree.origin_lps_mm)
        reach_mm = CELL_MM * math.sqrt(3.0) / 2.0 + 0.01
        balls = np.empty((count, 4), dtype=np.float32)
        kernels.fill_lists(middles, reach_mm, tree.nodes, tree.leaves, tree.voxels, pointers, lists, balls)
        return cls(pointers=pointers, leaves=lists[: pointers[-1]].copy(), balls=balls)

    @property
    def size_bytes(self) -> int:
        """Memory of the arrays in bytes."""
        return self.pointers.nbytes + self.leaves.nbytes + self.balls.nbytes
