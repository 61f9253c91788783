"""Finds the places where the cut goes through vessels."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, structure_named
from engine.resection import kernels
from engine.resection.answer import VesselCrossing
from engine.resection.run_table import RunTable
from engine.resection.vessel_cut import kernels as cut_kernels
from engine.volume import LabelVolume, box_of

VESSELS: Final = ("portal_vein", "hepatic_veins", "inferior_vena_cava", "aorta")
REACH_MM: Final = 10.0
"""A plane has no end, but the hand cuts the liver: vessels further from it than this are not crossed."""


class VesselCutter:
    """Lists crossings of the cut with the vessels in and around the liver.

    Args:
        labels: the label volume.
        table: its runs.
    """

    def __init__(self, labels: LabelVolume, table: RunTable) -> None:
        """Collects the vessels' runs."""
        self._geometry = labels.geometry
        self._row_length = labels.labels.shape[2]
        numbers = np.zeros(256, dtype=np.int32)
        for number, name in enumerate(VESSELS, start=1):
            numbers[list(structure_named(name).label_values)] = number
        values = [int(value) for value in np.flatnonzero(numbers)]
        every = np.concatenate([_with_number(table.runs_of(value), int(numbers[value])) for value in values])
        every = np.ascontiguousarray(every[np.lexsort((every[:, 0], every[:, 2], every[:, 3]))])
        self._runs = within_reach(every, labels)
        self._window = _window_around(self._runs, labels.labels.shape)
        self._blocks = _boxes_of_blocks(self._runs)
        self._beside, self._pointers = _by_row(every, self._window)
        i, j, k = labels.geometry.lps_from_ijk[:3, :3].T
        self._face_vectors = np.stack([np.cross(j, k), np.cross(k, i), np.cross(i, j)])

    @property
    def size_bytes(self) -> int:
        """Memory of the run lists in bytes."""
        return self._runs.nbytes + self._blocks.nbytes + self._beside.nbytes + self._pointers.nbytes

    def crossings(self, planes: NDArray[np.float64]) -> tuple[VesselCrossing, ...]:
        """The crossings, by vessel in the order of `VESSELS`, largest first.

        A crossing is a 26-connected group of vessel voxels next to the cut. Its area is the flux of the plane's unit
        normal through the voxel faces between both sides, which is that of the plane's cross-section (divergence
        theorem).

        Args:
            planes: (m, 4) the planes of the plan in voxel indices.
        """
        if len(self._runs) == 0:
            return ()
        left, right = kernels.remnant_intervals(planes, self._window, self._row_length)
        faces = self._face_areas_mm2(planes)
        listed = (self._runs, self._blocks, self._beside, self._pointers, self._row_length)
        groups = cut_kernels.vessel_groups(*listed, self._window, left, right, planes, faces)
        voxel_area_mm2 = self._geometry.voxel_volume_ml * 1000.0 / np.abs(planes[:, :3]).sum(axis=1).max()
        found = [self._crossing(group, voxel_area_mm2) for group in groups]
        return tuple(sorted(found, key=lambda c: (VESSELS.index(c.structure), -c.area_mm2, c.position_lps_mm)))

    def _crossing(self, group: NDArray[np.float64], voxel_area_mm2: float) -> VesselCrossing:
        # A thread of voxels that touch by edges only has no face in the cut: it counts as one voxel's mean section.
        area_mm2 = float(group[1]) if group[1] > 0.0 else voxel_area_mm2
        x, y, z = self._geometry.lps_from_index(group[2:5]).tolist()
        return VesselCrossing(
            structure=VESSELS[int(group[0]) - 1],
            position_lps_mm=(x, y, z),
            area_mm2=area_mm2,
            diameter_mm=2.0 * math.sqrt(area_mm2 / math.pi),
        )

    def _face_areas_mm2(self, planes: NDArray[np.float64]) -> NDArray[np.float64]:
        """(m, 3) area of the voxel face across i, j, k seen along each plane's normal, mm2."""
        normals = planes[:, :3] @ self._geometry.ijk_from_lps[:3, :3]  # of length one: the rows count mm
        return np.ascontiguousarray(np.abs(normals @ self._face_vectors.T))


def within_reach(runs: NDArray[np.int32], labels: LabelVolume) -> NDArray[np.int32]:
    """The parts of runs within `REACH_MM` of the liver, in the same order; all of them where there is no liver.

    Args:
        runs: (n, 5) first i, last i (inclusive), j, k, vessel number.
        labels: the label volume.
    """
    import edt

    liver = labels.mask_of(LIVER_VALUES)
    liver_box = box_of(liver)
    if len(runs) == 0 or liver_box is None:
        return runs
    spacing_mm = tuple(float(step) for step in labels.geometry.spacing_kji_mm)
    pads = [math.ceil(REACH_MM / step) for step in spacing_mm]
    box = tuple(slice(max(0, side.start - pad), side.stop + pad) for side, pad in zip(liver_box, pads, strict=True))
    away = edt.edt(~liver[box], anisotropy=spacing_mm)
    near = np.zeros(liver.shape, dtype=bool)
    near[box] = away <= REACH_MM
    kept = []
    for first, last, j, k, vessel in runs.tolist():
        edges = np.flatnonzero(np.diff(near[k, j, first : last + 1], prepend=False, append=False))
        kept += [(first + start, first + end - 1, j, k, vessel) for start, end in edges.reshape(-1, 2).tolist()]
    return np.array(kept, dtype=runs.dtype).reshape(-1, 5)


def _window_around(runs: NDArray[np.int32], shape_kji: tuple[int, ...]) -> NDArray[np.int64]:
    """(4,) k first, k end, j first, j end of the runs and their neighbours in the volume."""
    if not len(runs):
        return np.zeros(4, dtype=np.int64)
    low_k, low_j = runs[:, 3].min() - 1, runs[:, 2].min() - 1
    high_k, high_j = runs[:, 3].max() + 2, runs[:, 2].max() + 2
    window = [max(low_k, 0), min(high_k, shape_kji[0]), max(low_j, 0), min(high_j, shape_kji[1])]
    return np.array(window, dtype=np.int64)


def _with_number(runs: NDArray[np.int32], number: int) -> NDArray[np.int32]:
    """(n, 5) runs with the number of their vessel."""
    return np.column_stack([runs, np.full(len(runs), number, dtype=np.int32)])


def _by_row(runs: NDArray[np.int32], window: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The runs that lie in a window of rows, in their order, and (rows + 1,) how many come before each row."""
    k_first, k_end, j_first, j_end = window.tolist()
    j, k = runs[:, 2], runs[:, 3]
    kept = np.ascontiguousarray(runs[(k_first <= k) & (k < k_end) & (j_first <= j) & (j < j_end)])
    row = (kept[:, 3] - k_first) * (j_end - j_first) + kept[:, 2] - j_first
    pointers = np.zeros((k_end - k_first) * (j_end - j_first) + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=len(pointers) - 1), out=pointers[1:])
    return kept, pointers


def _boxes_of_blocks(runs: NDArray[np.int32]) -> NDArray[np.int32]:
    """(b, 6) first and last k, j, i of every `BLOCK` of runs with a voxel more on every side."""
    if not len(runs):
        return np.zeros((0, 6), dtype=np.int32)
    first = np.arange(0, len(runs), cut_kernels.BLOCK)
    lows = [np.minimum.reduceat(runs[:, column], first) - 1 for column in (3, 2, 0)]
    highs = [np.maximum.reduceat(runs[:, column], first) + 1 for column in (3, 2, 1)]
    pairs = [side for low, high in zip(lows, highs, strict=True) for side in (low, high)]
    return np.ascontiguousarray(np.stack(pairs, axis=1), dtype=np.int32)
