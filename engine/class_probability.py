"""How sure the network was, voxel by voxel, inside the liver's box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassProbability:
    """Calibrated class probabilities in 8 bits on the grid of the fine network.

    Attributes:
        classes: names in channel order: "other", "liver" (parenchyma), "portal_vein", "hepatic_veins", "tumour". Where
            the network does not tell the trees apart, "vessel" stands in place of the two: labels beside it may carry
            both trees, but which is which is then a guess.
        values: (class, k, j, i) uint8, probability = value / 255; the classes of a voxel add up to 255 within
            rounding.
        geometry: the grid, around the liver, coarser or finer than the scan's and aligned with LPS axes.
    """

    classes: tuple[str, ...]
    values: NDArray[np.uint8]
    geometry: VolumeGeometry

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.classes), *self.geometry.shape_kji):
            raise ValueError(f"probabilities {self.values.shape} do not fit the classes or the grid")

    def of(self, name: str) -> NDArray[np.uint8]:
        """(k, j, i) uint8 probability of a class.

        Raises:
            ValueError: there is no such class.
        """
        values: NDArray[np.uint8] = self.values[self.classes.index(name)]
        return values
