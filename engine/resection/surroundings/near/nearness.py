"""How near points of a cut come to targets, by the targets nearest to cells of the liver."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.resection.surroundings.near import kernels
from engine.resection.surroundings.near.targets import Target, find_targets
from engine.resection.surroundings.value import Nearness
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume, VoxelBox

TOUCH_MM: Final = 3.0
"""The strip of tissue that dividing the liver by aspirator or clamp takes with it, some millimetres wide."""
FARTHEST_MM: Final = 30.0
CELL_MM: Final = 3.0


class NearTargets:
    """Targets around a liver, and for every cell of the liver the nearest point of each.

    Args:
        labels: the label volume.
        box: the liver's.
        is_liver: (256,) label values of the liver.
        trees: for stems of vessels and the portal bifurcation.
    """

    def __init__(
        self, labels: LabelVolume, box: VoxelBox, is_liver: NDArray[np.bool_], trees: VesselTrees | None
    ) -> None:
        self._geometry = labels.geometry
        self._start = (box[0].start, box[1].start, box[2].start)
        k, j, i = (max(1, round(CELL_MM / step)) for step in self._geometry.spacing_kji_mm)
        self._cell = (k, j, i)
        self._targets = find_targets(labels, self._neighbourhood(box), trees)
        self._cells, self._nearest = self._cells_of(np.ascontiguousarray(labels.labels[box]), is_liver)
        self._points = np.concatenate([np.zeros((0, 3)), *(target.points_lps_mm for target in self._targets)])
        self._radii = np.concatenate([np.zeros(0), *(target.radii_mm for target in self._targets)])

    @property
    def size_bytes(self) -> int:
        """Memory of the tables in bytes."""
        return sum(array.nbytes for array in (self._cells, self._nearest, self._points, self._radii))

    def of_cut(self, faces: NDArray[np.float32]) -> tuple[Nearness, ...]:
        """Everything within reach of a cut, nearest first.

        Args:
            faces: (n, 3) centres of its voxel faces: i in the grid, j and k in the box.
        """
        if not len(faces) or not self._targets:
            return ()
        points, cells = kernels.points_of_faces(
            faces, self._start, np.array(self._geometry.lps_from_ijk), self._cells.shape, self._cell
        )
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

        held = np.zeros([-(-length // step) for length, step in zip(labels.shape, self._cell, strict=True)], dtype=bool)
        kernels.mark_cells(labels, is_liver, self._cell, held)
        numbers = np.full([length + 2 for length in held.shape], -1, dtype=np.int32)
        numbers[1:-1, 1:-1, 1:-1][held] = np.arange(int(held.sum()), dtype=np.int32)
        middle = np.argwhere(held) * self._cell + (np.array(self._cell) - 1) / 2.0
        points = self._geometry.lps_from_index((middle + np.array(self._start))[:, ::-1])
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
