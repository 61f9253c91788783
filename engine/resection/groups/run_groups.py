"""Runs of codes grouped by neighbouring rows, built once per volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from engine.resection.groups import kernels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunGroups:
    """Runs sorted by code, slice and row, in groups of a few rows of one slice and one code.

    A plane has most groups on one side, which their box tells; the rows of the others are solved side by side.

    Attributes:
        boxes: (codes, 6) first and last k, j, i of each code, inclusive.
        totals: (codes,) voxels of each.
        pointers: (codes + 1,) groups before each code.
        groups: (groups + 1, 8) k, first and last j, first and last i, first slot, voxels, code; then the slots' number.
        slots: (slots, 2, rows) first i and i after the last of a run in each row of a group, 0 where there is none.
    """

    boxes: NDArray[np.int32]
    totals: NDArray[np.int64]
    pointers: NDArray[np.int32]
    groups: NDArray[np.int32]
    slots: NDArray[np.int16]

    @classmethod
    def build(cls, places: NDArray[np.int32], codes: NDArray[Any], totals: NDArray[np.int64]) -> Self:
        """Groups runs.

        Args:
            places: (n, 4) k, j, first i, i after the last, in the order of k, j and i.
            codes: (n,) dense codes from 0.
            totals: (codes,) voxels of each, none without.
        """
        order = np.argsort(codes, kind="stable")
        places, codes = np.ascontiguousarray(places[order]), codes[order].astype(np.int64)
        groups = np.zeros((len(places) + 1, 8), dtype=np.int32)
        count = kernels.group_runs(places, codes, groups)
        groups = groups[: count + 1].copy()
        slots = np.zeros((int(groups[-1, 5]), 2, kernels.ROWS), dtype=np.int16)
        kernels.fill_slots(places, codes, groups, slots)
        pointers = np.searchsorted(groups[:-1, 7], np.arange(len(totals) + 1)).astype(np.int32)
        boxes = np.empty((len(totals), 6), dtype=np.int32)
        kernels.boxes_of_codes(groups, pointers, boxes)
        return cls(
            boxes=boxes,
            totals=totals,
            pointers=pointers,
            groups=groups,
            slots=slots,
        )

    @property
    def size_bytes(self) -> int:
        """Memory of the arrays in bytes."""
        arrays = (self.boxes, self.totals, self.pointers, self.groups, self.slots)
        return sum(array.nbytes for array in arrays)

    def count_remnant(self, planes: NDArray[np.float64]) -> NDArray[np.int64]:
        """(codes,) voxels that none of at least one of (m, 4) planes resects, as counting every voxel would say."""
        return kernels.count_remnant(planes, self.boxes, self.totals, self.pointers, self.groups, self.slots)
