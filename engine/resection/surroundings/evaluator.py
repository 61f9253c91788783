"""Tells into what pieces a cut divides the liver, and how near it passes to what surrounds it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES
from engine.resection.rows import CutRows, RowWindow
from engine.resection.surroundings import kernels
from engine.resection.surroundings.near.nearness import NearTargets
from engine.resection.surroundings.value import Piece, Surroundings
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume, box_of

SMALLEST_PIECE_ML: Final = 0.1
SAMPLE_MM: Final = 1.5
"""The cut is looked at every so many mm: the nearest place is missed by half of that sideways at most."""
FEWEST_FACES: Final = 400


class SurroundingsEvaluator:
    """Tables over one liver; `evaluate` changes nothing and may run in several threads.

    Args:
        labels: the label volume.
        trees: for stems of vessels and the portal bifurcation.
    """

    def __init__(self, labels: LabelVolume, trees: VesselTrees | None = None) -> None:
        self._geometry = labels.geometry
        box = box_of(labels.mask_of(LIVER_VALUES))
        self._box = box
        if box is None:
            return
        part = np.ascontiguousarray(labels.labels[box])
        is_liver = np.zeros(256, dtype=np.bool_)
        is_liver[list(LIVER_VALUES)] = True
        self._pointers = np.empty(part.shape[0] * part.shape[1] + 1, dtype=np.int32)
        self._runs = np.empty((kernels.liver_runs(part, is_liver, self._pointers), 2), dtype=np.int16)
        kernels.fill_liver_runs(part, is_liver, box[2].start, self._runs)
        self._columns = part.shape[1]
        self._whole, self._whole_voxels = self._uncut()
        spacing = self._geometry.spacing_ijk_mm
        i, j, k = (max(1, int(SAMPLE_MM / step)) for step in spacing)
        self._stride = (i, j, k)
        self._targets = NearTargets(labels, box, is_liver, trees)

    @property
    def window(self) -> RowWindow:
        """The rows that hold the liver."""
        if self._box is None:
            return RowWindow(0, 0, 0, 0)
        k, j, _ = self._box
        return RowWindow(k.start, k.stop, j.start, j.stop)

    @property
    def table_bytes(self) -> int:
        """Memory of the tables in bytes."""
        if self._box is None:
            return 0
        return self._pointers.nbytes + self._runs.nbytes + self._whole.nbytes + self._targets.size_bytes

    def evaluate(self, rows: CutRows) -> Surroundings:
        """Answers for the rows of a plan, which hold `window`.

        Raises:
            ValueError: they do not.
        """
        if self._box is None:
            return Surroundings(pieces=(), near=())
        if not rows.window.holds(self.window):
            raise ValueError("the rows do not hold the liver")
        sums, faces = self._cut(rows, self._stride, 1 << 14)
        if len(faces) < FEWEST_FACES:
            sums, faces = self._cut(rows, (1, 1, 1), 1 << 14)
        return Surroundings(pieces=self._pieces(sums), near=self._targets.of_cut(faces))

    def _cut(
        self, rows: CutRows, stride: tuple[int, int, int], room: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Pieces of the liver cut by rows, and (n, 3) faces between both sides, see `kernels.cut_liver`."""
        faces = np.empty((room, 3), dtype=np.float32)
        cut = (rows.pointers, rows.starts, rows.ends)
        place, none = self._place, np.empty(0, dtype=np.int32)
        sums, count = kernels.cut_liver(self._runs, self._pointers, place, (*rows.window,), *cut, stride, none, faces)
        return (sums, faces[:count]) if count <= room else self._cut(rows, stride, count)

    def _uncut(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """((runs,) component of each run of the uncut liver, (components,) voxels)."""
        nothing, pointers = np.zeros(0, dtype=np.int16), np.zeros(self.window.rows + 1, dtype=np.int32)
        component, faces = np.empty(len(self._runs), dtype=np.int32), np.empty((0, 3), dtype=np.float32)
        cut = (pointers, nothing, nothing)
        sums, _ = kernels.cut_liver(
            self._runs, self._pointers, self._place, (*self.window,), *cut, (1, 1, 1), component, faces
        )
        return component, sums[:, 0].astype(np.int64)

    @property
    def _place(self) -> tuple[int, int, int]:
        assert self._box is not None
        return (self._box[0].start, self._box[1].start, self._columns)

    def _pieces(self, sums: NDArray[np.float64]) -> tuple[Piece, ...]:
        assert self._box is not None
        was_apart = sums[:, 0] == self._whole_voxels[self._whole[sums[:, 5].astype(np.int64)]]
        ml = self._geometry.voxel_volume_ml
        found = []
        largest: set[int] = set()
        for n in np.argsort(-sums[:, 0], kind="stable").tolist():
            side = int(sums[n, 4])
            if sums[n, 0] * ml < SMALLEST_PIECE_ML:
                break
            middle = sums[n, 1:4] / sums[n, 0] + (0, self._box[1].start, self._box[0].start)
            x, y, z = self._geometry.lps_from_index(middle).tolist()
            found.append(
                Piece(
                    side="resected" if side else "remnant",
                    volume_ml=float(sums[n, 0]) * ml,
                    centre_lps_mm=(x, y, z),
                    is_islet=side in largest and not was_apart[n],
                )
            )
            largest.add(side)
        return tuple(found)
