"""Volumes: an array and where it lies, frozen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry


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
