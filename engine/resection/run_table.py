"""Run-lengths of labels per voxel row, built once per label volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import LabelError
from engine.resection import kernels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunTable:
    """All labelled voxels of a volume as runs of equal label along i.

    Attributes:
        values: (codes,) label value of each dense code.
        pointers: (nk * nj + 1,) runs before each row (k, j).
        starts: (n,) first i of each run.
        ends: (n,) i after the last of each run.
        codes: (n,) dense code of each run.
        cumulative: (nk, nj + 1, codes) voxels per code in the rows before j of slice k.
        boxes: (nk, 4) j first, j end, i first, i end of each slice's labelled voxels; j end 0 where there are none.
        totals: (codes,) voxels per code.
    """

    values: NDArray[np.uint8]
    pointers: NDArray[np.int32]
    starts: NDArray[np.int16]
    ends: NDArray[np.int16]
    codes: NDArray[np.uint8]
    cumulative: NDArray[np.int32]
    boxes: NDArray[np.int32]
    totals: NDArray[np.int64]

    @classmethod
    def build(cls, labels: NDArray[np.uint8]) -> Self:
        """Scans (k, j, i) labels twice.

        Raises:
            LabelError: a row is longer than 32,767 voxels.
        """
        if labels.shape[2] > np.iinfo(np.int16).max:
            raise LabelError(
                f"A voxel row has {labels.shape[2]} voxels.", cure="Crop or resample the scan to at most 32,767."
            )
        slices, rows, _ = labels.shape
        pointers = np.empty(slices * rows + 1, dtype=np.int32)
        kernels.count_runs(labels, pointers)
        runs = int(pointers[-1])
        starts, ends = np.empty(runs, dtype=np.int16), np.empty(runs, dtype=np.int16)
        by_value = np.empty(runs, dtype=np.uint8)
        kernels.fill_runs(labels, starts, ends, by_value)
        values = np.unique(by_value)
        code_of_value = np.zeros(256, dtype=np.uint8)
        code_of_value[values] = np.arange(len(values))
        codes = code_of_value[by_value]
        cumulative = np.zeros((slices, rows + 1, len(values)), dtype=np.int32)
        boxes = np.zeros((slices, 4), dtype=np.int32)
        kernels.accumulate_rows(pointers, starts, ends, codes, cumulative, boxes)
        return cls(
            values=values,
            pointers=pointers,
            starts=starts,
            ends=ends,
            codes=codes,
            cumulative=cumulative,
            boxes=boxes,
            totals=cumulative[:, -1].sum(axis=0, dtype=np.int64),
        )

    @property
    def size_bytes(self) -> int:
        """Memory of the tables in bytes."""
        arrays = (self.pointers, self.starts, self.ends, self.codes, self.cumulative, self.boxes)
        return sum(array.nbytes for array in arrays)

    def runs_of(self, label_value: int) -> NDArray[np.int32]:
        """(n, 4) first i, last i (inclusive), j, k of every run with this label value."""
        code = np.flatnonzero(self.values == label_value)
        chosen = np.flatnonzero(self.codes == code[0]) if code.size else np.empty(0, dtype=np.int64)
        row = np.searchsorted(self.pointers, chosen, side="right") - 1
        k, j = np.divmod(row, self.cumulative.shape[1] - 1)
        runs = np.stack([self.starts[chosen], self.ends[chosen] - 1, j, k], axis=1)
        return np.ascontiguousarray(runs, dtype=np.int32)

    def count_remnant(self, planes: NDArray[np.float64]) -> NDArray[np.int64]:
        """(codes,) voxels per code that none of the (m, 4) planes resects."""
        remnant: NDArray[np.int64] = kernels.count_remnant(
            planes, self.pointers, self.starts, self.ends, self.codes, self.cumulative, self.boxes
        )
        return remnant
