"""Tells into what pieces a cut divides the liver, and how near it passes to what surrounds it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES
from engine.resection.rows import CutRows, RowWindow
from engine.resection.surroundings import kernels
from engine.resection.surroundings.targets import Target, find_targets
from engine.resection.surroundings.value import Nearness, Piece, Surroundings
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume, VoxelBox, box_of

TOUCH_MM: Final = 3.0
"""The strip of tissue that dividing the liver by aspirator or clamp takes with it, some millimetres wide."""
FARTHEST_MM: Final = 30.0
SMALLEST_PIECE_ML: Final = 0.1
SAMPLE_MM: Final = 1.5
"""The cut is looked at every so many mm: the nearest place is missed by half of that sideways at most."""
CELL_MM: Final = 3.0
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
        k, j, i = (max(1, round(CELL_MM / step)) for step in spacing[::-1])
        self._cell = (k, j, i)
        self._targets = find_targets(labels, self._neighbourhood(box), trees)
        self._cells, self._nearest = self._cells_of(part, is_liver)
        self._points = np.concatenate([np.zeros((0, 3)), *(target.points_lps_mm for target in self._targets)])
        self._radii = np.concatenate([np.zeros(0), *(target.radii_mm for target in self._targets)])

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
        arrays = (self._pointers, self._runs, self._whole, self._cells, self._nearest, self._points, self._radii)
        return sum(array.nbytes for array in arrays)

    def evaluate(self, rows: CutRows) -> Surroundings:
        """Answers for the rows of a plan, which hold `window`.

        Raises:
            ValueError: they do not.
        """
        if self._box is None:
            return Surroundings(pieces=(), near=())
        if not rows.window.holds(self.window):
            raise ValueError("the rows do not hold the liver")
        segments, row_first = self._split(rows)
        return Surroundings(pieces=self._pieces(segments, row_first), near=self._near(segments, row_first))

    def _split(self, rows: CutRows) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        assert self._box is not None
        place = (self._box[0].start, self._box[1].start, self._columns)
        segments, row_first = kernels.split_runs(
            self._runs, self._pointers, place, (*rows.window,), rows.pointers, rows.starts, rows.ends
        )
        return segments, row_first

    def _uncut(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """((runs,) component of each run of the uncut liver, (components,) voxels)."""
        segments = np.zeros((len(self._runs), 4), dtype=np.int32)
        segments[:, :2] = self._runs
        component, sums = kernels.join_segments(segments, self._pointers, self._columns)
        return component, sums[:, 0].astype(np.int64)

    def _pieces(self, segments: NDArray[np.int32], row_first: NDArray[np.int32]) -> tuple[Piece, ...]:
        assert self._box is not None
        piece, sums = kernels.join_segments(segments, row_first, self._columns)
        run_of_piece = np.zeros(len(sums), dtype=np.int64)
        run_of_piece[piece] = segments[:, 3]
        was_apart = sums[:, 0] == self._whole_voxels[self._whole[run_of_piece]]
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

    def _near(self, segments: NDArray[np.int32], row_first: NDArray[np.int32]) -> tuple[Nearness, ...]:
        points, cells = self._cut_points(segments, row_first)
        if not len(points) or not self._targets:
            return ()
        best = np.empty((len(self._targets), 2))
        kernels.nearest_targets(
            points, cells, self._cells, self._nearest, self._points, self._radii, CELL_MM * math.sqrt(3.0), best
        )
        found = []
        for target, (away, where) in zip(self._targets, best.tolist(), strict=True):
            if not math.isfinite(away):
                continue
            x, y, z = points[int(where)].tolist()
            found.append(
                Nearness(
                    name=target.name,
                    title=target.title,
                    kind=target.kind,
                    distance_mm=max(0.0, away),
                    is_touched=away <= TOUCH_MM,
                    nearest_lps_mm=(x, y, z),
                )
            )
        return tuple(sorted(found, key=lambda one: (one.distance_mm, one.name)))

    def _cut_points(
        self, segments: NDArray[np.int32], row_first: NDArray[np.int32]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """((n, 3) LPS mm on the cut inside the liver, (n,) the cell of each)."""
        assert self._box is not None
        faces = np.empty((1 << 14, 3), dtype=np.float32)
        stride = self._stride
        count = kernels.cut_faces(segments, row_first, self._columns, stride, faces)
        if count < FEWEST_FACES:
            stride = (1, 1, 1)
            count = kernels.cut_faces(segments, row_first, self._columns, stride, faces)
        if count > len(faces):
            faces = np.empty((count, 3), dtype=np.float32)
            count = kernels.cut_faces(segments, row_first, self._columns, stride, faces)
        k, j, i = (side.start for side in self._box)
        points, cells = kernels.points_of_faces(
            faces[:count], (k, j, i), np.array(self._geometry.lps_from_ijk), self._cells.shape, self._cell
        )
        return points, cells

    def _neighbourhood(self, box: VoxelBox) -> VoxelBox:
        """The liver's box and what lies within `FARTHEST_MM` of it."""
        pads = [math.ceil(FARTHEST_MM / step) for step in self._geometry.spacing_kji_mm]
        k, j, i = (
            slice(max(0, side.start - pad), min(length, side.stop + pad))
            for side, pad, length in zip(box, pads, self._geometry.shape_kji, strict=True)
        )
        return (k, j, i)

    def _cells_of(
        self, labels: NDArray[np.uint8], is_liver: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(k, j, i) number of each cell that holds liver, else -1, with a border; (targets, cells) nearest points."""
        from scipy.spatial import cKDTree

        assert self._box is not None
        held = np.zeros([-(-length // step) for length, step in zip(labels.shape, self._cell, strict=True)], dtype=bool)
        kernels.mark_cells(labels, is_liver, self._cell, held)
        numbers = np.full([length + 2 for length in held.shape], -1, dtype=np.int32)
        numbers[1:-1, 1:-1, 1:-1][held] = np.arange(int(held.sum()), dtype=np.int32)
        middle = np.argwhere(held) * self._cell + (np.array(self._cell) - 1) / 2.0
        start = np.array([side.start for side in self._box])
        points = self._geometry.lps_from_index((middle + start)[:, ::-1])
        nearest = np.empty((len(self._targets), len(points)), dtype=np.int32)
        first = 0
        for row, target in zip(nearest, self._targets, strict=True):
            away, index = cKDTree(target.points_lps_mm, balanced_tree=False, compact_nodes=False).query(
                points, distance_upper_bound=_limit_mm(target)
            )
            row[:] = np.where(np.isfinite(away), index + first, -1)
            first += len(target.points_lps_mm)
        return numbers, nearest


def _limit_mm(target: Target) -> float:
    return FARTHEST_MM + CELL_MM if target.kind == "organ" else math.inf
