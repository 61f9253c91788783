"""Class probabilities on a grid, and what can be done to them before they go back to the scan's grid."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.segmentation import kernels
from engine.segmentation.preprocess import kji_matrix

_SLAB = 16


@dataclass(slots=True, kw_only=True, eq=False)
class ClassGrid:
    """Class probabilities on the network's grid.

    Attributes:
        classes: class names in channel order.
        probability: (k, j, i, class) uint8, 255 is certain.
        winner: (k, j, i) uint8, the most probable class.
        geometry: the grid.
    """

    classes: tuple[str, ...]
    probability: NDArray[np.uint8]
    winner: NDArray[np.uint8]
    geometry: VolumeGeometry

    def index(self, name: str) -> int:
        """The channel of a class."""
        return self.classes.index(name)

    def mask(self, name: str) -> NDArray[np.bool_]:
        """(k, j, i) where the class wins."""
        won: NDArray[np.bool_] = self.winner == self.index(name)
        return won

    def are(self, names: tuple[str, ...]) -> NDArray[np.bool_]:
        """(class,) which classes are among some names."""
        return np.array([name in names for name in self.classes])

    def mask_of(self, names: tuple[str, ...]) -> NDArray[np.bool_]:
        """(k, j, i) where one of some classes wins; those that the network does not have win nowhere."""
        won: NDArray[np.bool_] = self.are(names)[self.winner]
        return won

    def withdraw(self, name: str, where: NDArray[np.bool_]) -> None:
        """Takes the class away at some voxels; the next most probable class wins there."""
        rows = self.probability[where]
        rows[:, self.index(name)] = 0
        self.probability[where] = rows
        self.winner[where] = rows.argmax(axis=1)

    def settle(self, name: str, where: NDArray[np.bool_]) -> None:
        """Makes the class certain at some voxels."""
        row = np.zeros(len(self.classes), dtype=np.uint8)
        row[self.index(name)] = 255
        self.probability[where] = row
        self.winner[where] = self.index(name)


def on_scan_grid(
    grid: ClassGrid, target: VolumeGeometry, *, outside: int = 0, table: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """(k, j, i) uint8 class indices on another grid.

    Slabs of slices run on all cores; each voxel interpolates its classes and keeps only the winner.

    Args:
        grid: what the network found.
        target: the other grid.
        outside: the value beyond the network's grid.
        table: (class,) uint8 to write other values than the class indices.
    """
    values = np.arange(len(grid.classes), dtype=np.uint8) if table is None else table
    out = np.full(target.shape_kji, outside, dtype=np.uint8)
    matrix = kji_matrix(grid.geometry, target)
    cells = np.empty_like(grid.winner)
    kernels.agreeing_cells(grid.winner, cells)

    def fill(first: int) -> None:
        kernels.put_back(grid.probability, cells, matrix, values, first, out[first : first + _SLAB])

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(pool.map(fill, range(0, out.shape[0], _SLAB)))
    return out
