"""The liver as runs of voxels that share their portal piece, their hepatic piece and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, TUMOUR_VALUES
from engine.errors import LabelError
from engine.liver_map import LiverMap
from engine.resection.function.centre_lines import CentreLines
from engine.resection.function.pairs import kernels
from engine.resection.groups import RunGroups
from engine.resection.rows import CutRows, RowWindow
from engine.volume import LabelVolume

UNCERTAIN: Final = 1
TUMOUR: Final = 2
CAUDATE_SEGMENT: Final = 1
"""Couinaud I drains straight into the vena cava by short veins that no portal venous CT shows whole: its voxels are
never congested by a cut through a named vein, and how many they are is told beside the answer."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairTable:
    """Runs by code for planes: a code's voxels lie together, so most codes are wholly on one side of a plane and are
    counted by their box alone. And the same runs by row for cuts of every other kind.

    Attributes:
        pairs: (codes, 3) int32: portal piece + 1, hepatic piece + 1, flags; 0 for no piece; hepatic pieces + 1 for
            liver that drains directly into the vena cava.
        groups: the runs by code.
        totals: (codes,) voxels of each.
        window: the rows that hold the liver.
        row_pointers: (rows + 1,) runs before each row of the window.
        row_runs: (n, 2) int16 first i, i after the last, by row.
        row_codes: (n,) int32 code of each.
    """

    pairs: NDArray[np.int32]
    groups: RunGroups
    totals: NDArray[np.int64]
    window: RowWindow
    row_pointers: NDArray[np.int32]
    row_runs: NDArray[np.int16]
    row_codes: NDArray[np.int32]

    @classmethod
    def build(cls, labels: LabelVolume, liver_map: LiverMap, portal: CentreLines, hepatic: CentreLines) -> Self:
        """Assigns every liver voxel to its pieces and collects runs.

        Raises:
            LabelError: a row is longer than 32,767 voxels.
        """
        if max(labels.labels.shape) > np.iinfo(np.int16).max:
            raise LabelError("The scan has more than 32,767 voxels along a side.", cure="Crop or resample it.")
        codes = _codes(labels, liver_map, portal, hepatic)
        count = kernels.count_code_runs(codes)
        runs, of_run = np.empty((count, 4), dtype=np.int32), np.empty(count, dtype=np.int32)
        start = (liver_map.box[0].start, liver_map.box[1].start, liver_map.box[2].start)
        kernels.fill_code_runs(codes, start, runs, of_run)
        values, dense = np.unique(of_run, return_inverse=True)
        window, row_pointers = _rows_of(runs)
        totals = np.bincount(dense, weights=runs[:, 3] - runs[:, 2], minlength=len(values)).astype(np.int64)
        pair, flags = np.divmod(values - 1, 4)
        return cls(
            pairs=np.stack([*np.divmod(pair, hepatic.pieces + 2), flags], axis=1).astype(np.int32),
            groups=RunGroups.build(runs, dense, totals),
            totals=totals,
            window=window,
            row_pointers=row_pointers,
            row_runs=runs[:, 2:].astype(np.int16),
            row_codes=dense.astype(np.int32),
        )

    @property
    def size_bytes(self) -> int:
        """Memory of the arrays in bytes."""
        arrays = (self.pairs, self.totals, self.row_pointers, self.row_runs, self.row_codes)
        return self.groups.size_bytes + sum(array.nbytes for array in arrays)

    @property
    def voxels(self) -> int:
        """All voxels of the liver."""
        return int(self.totals.sum())

    def count_remnant(self, planes: NDArray[np.float64]) -> NDArray[np.int64]:
        """(codes,) voxels that none of at least one of (m, 4) planes resects, as counting every voxel would say."""
        return self.groups.count_remnant(planes)

    def count_resected(self, rows: CutRows) -> NDArray[np.int64]:
        """(codes,) voxels in the intervals of rows that hold `window`."""
        k, _, j, j_end = self.window
        taken = np.zeros(len(self.totals), dtype=np.int64)
        kernels.count_pairs_taken(
            (*rows.window,),
            rows.pointers,
            rows.starts,
            rows.ends,
            (k, j, max(1, j_end - j)),
            self.row_pointers,
            self.row_runs,
            self.row_codes,
            taken,
        )
        return taken


def _rows_of(runs: NDArray[np.int32]) -> tuple[RowWindow, NDArray[np.int32]]:
    """The rows that (n, 4) runs in array order lie in, and (rows + 1,) runs before each."""
    if not len(runs):
        return RowWindow(0, 0, 0, 0), np.zeros(1, dtype=np.int32)
    k, j = runs[:, 0], runs[:, 1]
    window = RowWindow(int(k.min()), int(k.max()) + 1, int(j.min()), int(j.max()) + 1)
    row = (k - window.k_first) * (window.j_end - window.j_first) + (j - window.j_first)
    pointers = np.zeros(window.rows + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=window.rows), out=pointers[1:])
    return window, pointers


def _codes(labels: LabelVolume, liver_map: LiverMap, portal: CentreLines, hepatic: CentreLines) -> NDArray[np.int32]:
    """(k, j, i) of the map's box, see `kernels.pair_codes`."""
    box = liver_map.box
    cropped = np.ascontiguousarray(labels.labels[box])
    geometry = labels.geometry.cropped((box[0].start, box[1].start, box[2].start), cropped.shape)
    flags = np.full(256, -1, dtype=np.int32)
    flags[list(LIVER_VALUES)] = 0
    flags[list(TUMOUR_VALUES)] = TUMOUR
    codes = np.empty(cropped.shape, dtype=np.int32)
    kernels.pair_codes(
        cropped,
        flags,
        np.ascontiguousarray(liver_map.portal_branch),
        np.ascontiguousarray(liver_map.hepatic_branch),
        liver_map.segment == CAUDATE_SEGMENT,
        np.ascontiguousarray(liver_map.uncertain),
        np.array(geometry.lps_from_ijk),
        portal.first_piece,
        portal.points_lps_mm[portal.middle],
        hepatic.first_piece,
        hepatic.points_lps_mm[hepatic.middle],
        codes,
    )
    return codes
