"""Volumes: an array and where it lies, frozen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry

VoxelBox = tuple[slice, slice, slice]
"""Part of a (k, j, i) array."""


def box_of(mask: NDArray[np.bool_]) -> VoxelBox | None:
    """The smallest box around the true voxels of a (k, j, i) mask, or None where there are none."""
    k, j, i = (np.flatnonzero(mask.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1)))
    if k.size == 0:
        return None
    return slice(int(k[0]), int(k[-1]) + 1), slice(int(j[0]), int(j[-1]) + 1), slice(int(i[0]), int(i[-1]) + 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanVolume:
    """A CT scan.

    Attributes:
        voxels_hu: (k, j, i) int16 Hounsfield units.
        geometry: where the voxels lie.
    """

    voxels_hu: NDArray[np.int16]
    geometry: VolumeGeometry

    def __post_init__(self) -> None:
        if self.voxels_hu.dtype != np.int16:
            raise TypeError(f"voxels_hu must be int16, not {self.voxels_hu.dtype}")
        if self.voxels_hu.shape != self.geometry.shape_kji:
            raise ValueError(f"voxels {self.voxels_hu.shape} do not fit geometry {self.geometry.shape_kji}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelVolume:
    """One label per voxel; values are those of `engine.anatomy`.

    Attributes:
        labels: (k, j, i) uint8.
        geometry: where the voxels lie.
    """

    labels: NDArray[np.uint8]
    geometry: VolumeGeometry

    def __post_init__(self) -> None:
        if self.labels.dtype != np.uint8:
            raise TypeError(f"labels must be uint8, not {self.labels.dtype}")
        if self.labels.shape != self.geometry.shape_kji:
            raise ValueError(f"labels {self.labels.shape} do not fit geometry {self.geometry.shape_kji}")

    def mask_of(self, label_values: tuple[int, ...]) -> NDArray[np.bool_]:
        """(k, j, i) true where the voxel has one of the label values."""
        table = np.zeros(256, dtype=bool)
        table[list(label_values)] = True
        mask: NDArray[np.bool_] = table[self.labels]
        return mask
