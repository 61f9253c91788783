"""Run-lengths of codes per voxel row, built once per volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import LabelError
from engine.resection.groups import RunGroups
from engine.resection.rows import CutRows, RowWindow
from engine.resection.runs import kernels
from engine.volume import VoxelBox

CUMULATIVE_BYTES: Final = 12_000_000
"""What the table of whole rows may take; with many codes it is kept per block of rows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunTable:
    """All voxels of a volume that are not zero as runs of equal value along i.

    The values may be label values (uint8), branch numbers (uint16) or pair codes (int32). Runs are in the indices of
    the grid; the table may cover a box of it.

    Attributes:
        values: (codes,) value of each dense code, ascending.
        window: the rows covered.
        stride: rows of a block of `cumulative`.
        pointers: (nk * nj + 1,) runs before each row (k, j).
        starts: (n,) first i of each run.
        ends: (n,) i after the last of each run.
        codes: (n,) dense code of each run: uint8, uint16 or int32, whichever holds them.
        cumulative: (nk, nj // stride + 2, codes) voxels per code in the blocks of rows before a block of slice k.
        boxes: (nk, 4) j first, j end, i first, i end of each slice's runs; j end 0 where there are none.
        totals: (codes,) voxels per code.
        groups: the same runs by code, for planes; those of `filler` with all that lies between them.
        filler: the code that is counted as everything less the others, -1 for none: what lies in pieces around others,
            such as the rest of the body, has many more runs than all together.
    """

    values: NDArray[Any]
    window: RowWindow
    stride: int
    pointers: NDArray[np.int32]
    starts: NDArray[np.int16]
    ends: NDArray[np.int16]
    codes: NDArray[Any]
    cumulative: NDArray[np.int32]
    boxes: NDArray[np.int32]
    totals: NDArray[np.int64]
    groups: RunGroups
    filler: int

    @classmethod
    def build(cls, volume: NDArray[Any], box: VoxelBox | None = None) -> Self:
        """Scans a volume twice.

        Args:
            volume: (k, j, i) uint8, uint16 or int32; zero is not counted.
            box: where the volume lies in the grid; the whole grid without one.

        Raises:
            LabelError: a row is longer than 32,767 voxels.
        """
        k_first, j_first, i_first = (0, 0, 0) if box is None else (part.start for part in box)
        slices, rows, columns = volume.shape
        if i_first + columns > np.iinfo(np.int16).max:
            raise LabelError(f"A voxel row has {columns} voxels.", cure="Crop or resample the scan to at most 32,767.")
        window = RowWindow(k_first, k_first + slices, j_first, j_first + rows)
        volume = np.ascontiguousarray(volume)
        pointers = np.zeros(slices * rows + 1, dtype=np.int32)
        if columns:
            kernels.count_runs(volume, pointers)
        runs = int(pointers[-1])
        starts, ends = np.empty(runs, dtype=np.int16), np.empty(runs, dtype=np.int16)
        by_value = np.empty(runs, dtype=volume.dtype)
        kernels.fill_runs(volume, i_first, starts, ends, by_value)
        values, codes = _dense(by_value)
        stride = _stride(slices * rows * len(values) * 4)
        cumulative = np.zeros((slices, rows // stride + 2, len(values)), dtype=np.int32)
        boxes = np.zeros((slices, 4), dtype=np.int32)
        kernels.accumulate_rows(
            pointers, starts, ends, codes, np.array(window, dtype=np.int64), stride, cumulative, boxes
        )
        totals = cumulative[:, -1].sum(axis=0, dtype=np.int64)
        k, j = np.divmod(np.repeat(np.arange(slices * rows), np.diff(pointers)), max(rows, 1))
        places = np.stack([k + k_first, j + j_first, starts, ends], axis=1).astype(np.int32)
        groups, filler = _grouped(places, codes, totals)
        return cls(
            values=values,
            window=window,
            stride=stride,
            pointers=pointers,
            starts=starts,
            ends=ends,
            codes=codes,
            cumulative=cumulative,
            boxes=boxes,
            totals=totals,
            groups=groups,
            filler=filler,
        )

    @property
    def size_bytes(self) -> int:
        """Memory of the tables in bytes."""
        arrays = (self.pointers, self.starts, self.ends, self.codes, self.cumulative, self.boxes)
        return self.groups.size_bytes + sum(array.nbytes for array in arrays)

    @property
    def filled(self) -> RowWindow:
        """The smallest window that holds every run."""
        slices = np.flatnonzero(self.boxes[:, 1])
        if not slices.size:
            return RowWindow(self.window.k_first, self.window.k_first, self.window.j_first, self.window.j_first)
        j_first, j_end = int(self.boxes[slices, 0].min()), int(self.boxes[slices, 1].max())
        k_first, k_last = int(slices[0]) + self.window.k_first, int(slices[-1]) + self.window.k_first
        return RowWindow(k_first, k_last + 1, j_first, j_end)

    def rows_of(self, window: RowWindow) -> NDArray[np.int32]:
        """(slices, 2) first j and j after the last of the runs of each slice; where there are none, the window's."""
        first = window.k_first - self.window.k_first
        found = self.boxes[first : first + window.k_end - window.k_first, :2].copy()
        found[found[:, 1] == 0] = window.j_first, window.j_end
        return found

    @property
    def span(self) -> tuple[int, int]:
        """First i and i after the last of every run."""
        return (int(self.starts.min()), int(self.ends.max())) if len(self.starts) else (0, 0)

    def runs_of(self, value: int) -> NDArray[np.int32]:
        """(n, 4) first i, last i (inclusive), j, k of every run with this value."""
        code = np.flatnonzero(self.values == value)
        chosen = np.flatnonzero(self.codes == code[0]) if code.size else np.empty(0, dtype=np.int64)
        row = np.searchsorted(self.pointers, chosen, side="right") - 1
        k, j = np.divmod(row, max(self.window.j_end - self.window.j_first, 1))
        columns = [self.starts[chosen], self.ends[chosen] - 1, j + self.window.j_first, k + self.window.k_first]
        return np.ascontiguousarray(np.stack(columns, axis=1), dtype=np.int32)

    def count_remnant(self, planes: NDArray[np.float64]) -> NDArray[np.int64]:
        """(codes,) voxels per code that none of the (m, 4) planes resects."""
        remnant = self.groups.count_remnant(planes)
        if self.filler >= 0:
            remnant[self.filler] = 2 * remnant[self.filler] - remnant.sum()
        return remnant

    def count_resected(self, rows: CutRows) -> NDArray[np.int64]:
        """(codes,) voxels per code that lie in the rows' intervals.

        Args:
            rows: of a window that holds all rows of the table that are not empty.
        """
        if not rows.window.holds(self.filled):
            raise ValueError("the rows do not cover the table")
        resected = np.zeros(len(self.values), dtype=np.int64)
        kernels.count_under(
            np.array([*rows.window, *rows.span], dtype=np.int64),
            rows.pointers,
            rows.starts,
            rows.ends,
            np.array(self.window, dtype=np.int64),
            self.stride,
            self.pointers,
            self.starts,
            self.ends,
            self.codes,
            self.cumulative,
            self.boxes,
            resected,
        )
        return resected


def _dense(by_value: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The values that occur, and the number of each run's value among them in the smallest type that holds it."""
    values = np.unique(by_value)
    kinds: tuple[type[np.integer[Any]], ...] = (np.uint8, np.uint16)
    kind = next((kind for kind in kinds if len(values) <= np.iinfo(kind).max + 1), np.int32)
    return values, np.searchsorted(values, by_value).astype(kind)


def _grouped(places: NDArray[np.int32], codes: NDArray[Any], totals: NDArray[np.int64]) -> tuple[RunGroups, int]:
    """Groups of runs, and the code whose runs were joined with all others where that makes fewer, else -1.

    Args:
        places: (n, 4) k, j, first i, i after the last, in the order of k, j and i.
        codes: (n,) of each.
        totals: (codes,) voxels of each.
    """
    if not len(places):
        return RunGroups.build(places, codes, totals), -1
    begins = np.ones(len(places), dtype=np.bool_)
    begins[1:] = (places[1:, :2] != places[:-1, :2]).any(axis=1) | (places[1:, 2] != places[:-1, 3])
    filler = int(np.argmax(np.bincount(codes, minlength=len(totals))))
    others = codes != filler
    if np.count_nonzero(begins) >= len(places) - np.count_nonzero(others):
        return RunGroups.build(places, codes, totals), -1
    first = np.flatnonzero(begins)
    joined = places[first]
    joined[:, 3] = places[np.append(first[1:], len(places)) - 1, 3]
    totals = totals.copy()
    totals[filler] = totals.sum()
    by_code = np.concatenate([codes[others], np.full(len(joined), filler, dtype=codes.dtype)])
    return RunGroups.build(np.concatenate([places[others], joined]), by_code, totals), filler


def _stride(whole_bytes: int) -> int:
    stride = 1
    while whole_bytes > CUMULATIVE_BYTES * stride:
        stride *= 2
    return stride
