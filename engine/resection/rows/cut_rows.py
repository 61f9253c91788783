"""What a plan takes of every voxel row, as intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.rows import kernels


class RowWindow(NamedTuple):
    """Rows (k, j) of a grid; ends exclusive."""

    k_first: int
    k_end: int
    j_first: int
    j_end: int

    @classmethod
    def whole(cls, geometry: VolumeGeometry) -> RowWindow:
        """All rows of a grid."""
        return cls(0, geometry.shape_kji[0], 0, geometry.shape_kji[1])

    @property
    def rows(self) -> int:
        """How many rows."""
        return (self.k_end - self.k_first) * (self.j_end - self.j_first)

    def holds(self, other: RowWindow) -> bool:
        """Whether all rows of the other window are among these."""
        return (
            self.k_first <= other.k_first
            and other.k_end <= self.k_end
            and self.j_first <= other.j_first
            and other.j_end <= self.j_end
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutRows:
    """The resected voxels of every row (k, j) of a window, over a span along i.

    Attributes:
        window: the rows; row (k, j) is number (k - k_first) * (j_end - j_first) + (j - j_first).
        columns: voxels of a row of the grid.
        span: first i and i after the last for which the intervals hold; none lies beyond.
        pointers: (rows + 1,) intervals before each row.
        starts: (n,) first resected i of each interval; in a row ascending, disjoint and not touching.
        ends: (n,) i after the last.
        asked: (slices, 2) first j and j after the last of the rows that are told of each slice, where not all are;
            nothing is told of the others.
    """

    window: RowWindow
    columns: int
    span: tuple[int, int]
    pointers: NDArray[np.int32]
    starts: NDArray[np.int16]
    ends: NDArray[np.int16]
    asked: NDArray[np.int32] | None = None

    @property
    def told(self) -> NDArray[np.int32]:
        """(slices, 2) first j and j after the last of the rows that are told of each slice."""
        if self.asked is not None:
            return self.asked
        whole = np.empty((self.window.k_end - self.window.k_first, 2), dtype=np.int32)
        whole[:] = self.window.j_first, self.window.j_end
        return whole

    @property
    def resected_voxels(self) -> int:
        """Voxels taken in the window."""
        return int((self.ends.astype(np.int64) - self.starts).sum())

    def mask(self) -> NDArray[np.bool_]:
        """(k, j, i) of the window: which voxels are resected."""
        k_first, k_end, j_first, j_end = self.window
        taken = np.zeros((k_end - k_first, j_end - j_first, self.columns), dtype=np.bool_)
        kernels.fill_mask(self.pointers, self.starts, self.ends, taken.reshape(-1, self.columns))
        return taken

    @classmethod
    def of_mask(cls, mask: NDArray[np.bool_], window: RowWindow) -> CutRows:
        """Of a (k, j, i) mask of the window's rows."""
        flat = np.ascontiguousarray(mask).reshape(-1, mask.shape[2])
        pointers = np.zeros(len(flat) + 1, dtype=np.int32)
        kernels.count_intervals(flat, pointers)
        starts, ends = np.empty(pointers[-1], dtype=np.int16), np.empty(pointers[-1], dtype=np.int16)
        kernels.fill_intervals(flat, starts, ends)
        return cls(
            window=window, columns=mask.shape[2], span=(0, mask.shape[2]), pointers=pointers, starts=starts, ends=ends
        )

    def union(self, other: CutRows) -> CutRows:
        """What either takes; both of the same window, and asked for the same rows if not for all."""
        if (self.window, self.columns, self.span) != (other.window, other.columns, other.span):
            raise ValueError("rows of different windows or spans have no union")
        pointers, starts, ends = kernels.united(
            self.pointers, self.starts, self.ends, other.pointers, other.starts, other.ends
        )
        return CutRows(
            window=self.window,
            columns=self.columns,
            span=self.span,
            pointers=pointers,
            starts=starts,
            ends=ends,
            asked=other.asked if self.asked is None else self.asked,
        )


def union_of(rows: list[CutRows]) -> CutRows:
    """What any of at least one takes."""
    return reduce(CutRows.union, rows)
