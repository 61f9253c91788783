"""The grid on which the liver is divided: isotropic, coarser than most scans, and put back without a voxel lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES
from engine.geometry import VolumeGeometry
from engine.vessels.territories import kernels
from engine.volume import LabelVolume, VoxelBox, box_of

WORKING_STEP_MM: Final = 1.5
"""A territory's border is known to a few millimetres at best; a fissure of two cells still parts the lobes."""

_BORDER = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorkingGrid:
    """The liver on the working grid and on the scan's.

    Attributes:
        box: the liver's box in the scan's (k, j, i) grid.
        liver: (k, j, i) bool, the liver in that box on the scan's grid.
        geometry: the working grid, along the scan's axes, with a border of empty cells on every side.
        inside: (k, j, i) uint8 of the working grid, 1 where the cell's centre lies in the liver.
        cells: for k, j and i of the box, the index of the working cell its voxels lie in.
        voxel_volume_ml: of the scan's voxels.
        stray: (n, 3) k, j, i in the box of liver voxels that no path leads to from any cell: specks.
        stray_cells: (n, 3) the cell inside that is nearest to each of them.
    """

    box: VoxelBox
    liver: NDArray[np.bool_]
    geometry: VolumeGeometry
    inside: NDArray[np.uint8]
    cells: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
    voxel_volume_ml: float
    stray: NDArray[np.int64]
    stray_cells: NDArray[np.int64]

    def points_lps_mm(self) -> NDArray[np.float64]:
        """(n, 3) centres of the cells inside, in the order of `inside` read flat."""
        return self.geometry.lps_from_index(np.argwhere(self.inside)[:, ::-1])

    def filled(self, values: NDArray[np.generic], dtype: type[np.generic]) -> NDArray[np.generic]:
        """(k, j, i) array of the working grid with (n,) values in the cells inside, 0 elsewhere."""
        array = np.zeros(self.inside.shape, dtype=dtype)
        array[self.inside.astype(bool)] = values
        return array

    def sampled(self, labels: LabelVolume) -> NDArray[np.uint8]:
        """(k, j, i) label at the centre of each working cell, 0 outside the liver's box."""
        nearest = _voxels_of_cells(self.geometry, labels.geometry, self.box)
        found = labels.labels[self.box][np.ix_(*(np.clip(n, 0, None) for n in nearest))]
        for axis, index in enumerate(nearest):
            found[(slice(None),) * axis + (index < 0,)] = 0
        return found

    def put_back(self, working: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """(k, j, i) uint16 of the box on the scan's grid: every liver voxel has a value, no other voxel.

        Args:
            working: (k, j, i) values of the working grid, above 0 in every cell inside; or 0 in all.
        """
        answer = np.zeros(self.liver.shape, dtype=np.uint16)
        if not working.any():
            return answer
        if kernels.put_back(working, self.liver, *self.cells, answer):
            kernels.spread(answer, self.liver)
        answer[tuple(self.stray.T)] = working[tuple(self.stray_cells.T)]
        return answer


def working_grid_of(labels: LabelVolume, step_mm: float = WORKING_STEP_MM) -> WorkingGrid | None:
    """The working grid of the liver in `labels`, or None without a liver."""
    liver = labels.mask_of(LIVER_VALUES)
    box = box_of(liver)
    if box is None:
        return None
    liver = np.ascontiguousarray(liver[box])
    start = (box[0].start, box[1].start, box[2].start)
    cropped = labels.geometry.cropped(start, liver.shape)
    tight = cropped.resampled([step_mm] * 3)
    n = tight.shape_kji
    geometry = tight.cropped(
        (-_BORDER, -_BORDER, -_BORDER), (n[0] + 2 * _BORDER, n[1] + 2 * _BORDER, n[2] + 2 * _BORDER)
    )
    nearest = _voxels_of_cells(geometry, labels.geometry, box)
    inside = liver[np.ix_(*(np.clip(index, 0, None) for index in nearest))].astype(np.uint8)
    for axis, index in enumerate(nearest):
        inside[(slice(None),) * axis + (index < 0,)] = 0
    if not inside.any():
        inside[tuple(length // 2 for length in inside.shape)] = 1
    cells = (
        _cells_of_voxels(cropped, geometry, 2),
        _cells_of_voxels(cropped, geometry, 1),
        _cells_of_voxels(cropped, geometry, 0),
    )
    stray, stray_cells = _stray_voxels(liver, inside, cells)
    return WorkingGrid(
        box=box,
        liver=liver,
        geometry=geometry,
        inside=inside,
        cells=cells,
        voxel_volume_ml=labels.geometry.voxel_volume_ml,
        stray=stray,
        stray_cells=stray_cells,
    )


def _cells_of_voxels(voxels: VolumeGeometry, cells: VolumeGeometry, axis: int) -> NDArray[np.int32]:
    """(n,) index of the cell for each index along an axis (0 = i); both grids share their axes."""
    length = voxels.shape_kji[2 - axis]
    ijk = np.zeros((length, 3))
    ijk[:, axis] = np.arange(length)
    index = np.rint(cells.index_from_lps(voxels.lps_from_index(ijk))[:, axis]).astype(np.int32)
    return np.clip(index, 1, cells.shape_kji[2 - axis] - 2).astype(np.int32)


def _voxels_of_cells(cells: VolumeGeometry, scan: VolumeGeometry, box: VoxelBox) -> list[NDArray[np.int64]]:
    """For k, j, i of the cells: the nearest voxel's index in the box, -1 outside it."""
    found = []
    for axis in (2, 1, 0):
        length = cells.shape_kji[2 - axis]
        ijk = np.zeros((length, 3))
        ijk[:, axis] = np.arange(length)
        part = box[2 - axis]
        index = np.rint(scan.index_from_lps(cells.lps_from_index(ijk))[:, axis]).astype(np.int64) - part.start
        index[(index < 0) | (index >= part.stop - part.start)] = -1
        found.append(index)
    return found


def _stray_voxels(
    liver: NDArray[np.bool_],
    inside: NDArray[np.uint8],
    cells: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """((n, 3) specks of liver that touch no cell inside, (n, 3) the nearest cell inside of each)."""
    from scipy.spatial import cKDTree

    reached = np.zeros(liver.shape, dtype=np.uint16)
    missing = kernels.put_back(inside.astype(np.uint16), liver, *cells, reached)
    if missing:
        missing = kernels.spread(reached, liver)
    if not missing:
        return np.empty((0, 3), dtype=np.int64), np.empty((0, 3), dtype=np.int64)
    stray = np.argwhere(liver & (reached == 0))
    known = np.argwhere(inside)
    at = np.column_stack([cells[axis][stray[:, axis]] for axis in range(3)])
    # Hundreds of thousands of cells and a few specks: a quick tree beats a balanced one.
    _, nearest = cKDTree(known, balanced_tree=False, compact_nodes=False).query(at)
    return stray, known[nearest]
