"""The grid the refinement works on: the scan's own axes, whole voxels averaged to about a millimetre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry

COARSEST_STEP_MM: Final = 1.2
"""Blocks of voxels are averaged up to this step: a 3 mm vessel still spans two, and noise halves."""

Blocks = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkGrid:
    """Blocks of whole voxels of another grid; what is left over at the far ends is repeated.

    Attributes:
        fine: the grid whose voxels are averaged.
        blocks: voxels a block has along k, j, i.
    """

    fine: VolumeGeometry
    blocks: Blocks

    @property
    def spacing_kji_mm(self) -> NDArray[np.float64]:
        """(3,) block size."""
        spacing: NDArray[np.float64] = self.fine.spacing_kji_mm * np.array(self.blocks)
        return spacing

    @property
    def geometry(self) -> VolumeGeometry:
        """Where the blocks lie."""
        k, j, i = (-(-extent // block) for extent, block in zip(self.fine.shape_kji, self.blocks, strict=True))
        per_ijk = np.array(self.blocks[::-1], dtype=np.float64)
        matrix = np.array(self.fine.lps_from_ijk)
        matrix[:3, 3] = self.fine.lps_from_index((per_ijk - 1) / 2)
        matrix[:3, :3] = matrix[:3, :3] * per_ijk
        return VolumeGeometry(shape_kji=(k, j, i), lps_from_ijk=matrix)

    def mean(self, voxels: NDArray[np.generic]) -> NDArray[np.float32]:
        """(k, j, i) float32 mean of every block."""
        return block_mean(voxels, self.blocks)

    def back(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(k, j, i) float32 block values interpolated at the fine grid's voxels."""
        return enlarged(values, self.blocks, self.fine.shape_kji)


def work_grid(fine: VolumeGeometry) -> WorkGrid:
    """The work grid of a box of the scan."""
    k, j, i = (max(1, int(COARSEST_STEP_MM / step)) for step in fine.spacing_kji_mm.tolist())
    return WorkGrid(fine=fine, blocks=(k, j, i))


def block_mean(voxels: NDArray[np.generic], blocks: Blocks) -> NDArray[np.float32]:
    """(k, j, i) float32 mean of blocks, one axis after the other; the far ends are repeated to whole blocks."""
    values = voxels.astype(np.float32)
    for axis, block in enumerate(blocks):
        if block == 1:
            continue
        beyond = -values.shape[axis] % block
        if beyond:
            values = np.concatenate([values, np.repeat(values.take([-1], axis=axis), beyond, axis=axis)], axis=axis)
        shape = (*values.shape[:axis], values.shape[axis] // block, block, *values.shape[axis + 1 :])
        values = values.reshape(shape).mean(axis=axis + 1, dtype=np.float32)
    return values


def enlarged(values: NDArray[np.float32], blocks: Blocks, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """(k, j, i) float32 block values interpolated linearly to voxels, axis by axis; inverse of `block_mean`."""
    for axis, (block, extent) in enumerate(zip(blocks, shape, strict=True)):
        if block == 1:
            continue
        place = np.clip((np.arange(extent) - (block - 1) / 2) / block, 0, values.shape[axis] - 1)
        low = np.minimum(place.astype(np.intp), max(0, values.shape[axis] - 2))
        high = np.minimum(low + 1, values.shape[axis] - 1)
        along = [1, 1, 1]
        along[axis] = extent
        share = (place - low).astype(np.float32).reshape(along)
        values = values.take(low, axis=axis) * (1 - share) + values.take(high, axis=axis) * share
    return values
