"""A plan of one scan answering for another scan of the same patient.

Embolised liver shrinks while the rest grows, so a plane of the earlier scan is no plane of the later one. It is the
*side* that is carried: every voxel of the later liver is asked where it lay in the earlier scan and on which side of
the plan that is. This holds for every kind of resection.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, TUMOUR_VALUES
from engine.clinical import RemnantAtScan
from engine.deformation import Deformation
from engine.errors import LabelError
from engine.interval import Interval
from engine.liver_map import LiverMap
from engine.progress import Progress
from engine.resection.plan import TerritoryResection
from engine.resection.sides import Sides
from engine.volume import LabelVolume, box_of

_POINTS_AT_ONCE: Final = 200_000


class CarriedPlan:
    """A plan of the earlier scan that answers for points of the later one.

    Args:
        sides: of the plan, on the earlier scan's grid.
        liver_map: of the earlier scan.
        to_earlier: where points of the later scan lie there.
    """

    def __init__(self, sides: Sides, liver_map: LiverMap | None, to_earlier: Deformation) -> None:
        self._sides = sides
        self._to_earlier = to_earlier
        self._map = liver_map
        self._nearest = (
            _nearest_liver_voxel(liver_map)
            if liver_map is not None and any(isinstance(one, TerritoryResection) for one in sides.plan.resections)
            else None
        )

    def resects(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) whether the plan takes (n, 3) points of the later scan."""
        points = self._to_earlier.apply(points_lps_mm)
        return np.asarray(self._sides.signed(points if self._nearest is None else self._into_liver(points)) > 0.0)

    def _into_liver(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """A territory ends with the liver; a point that comes to lie beside it belongs to its nearest voxel."""
        assert self._map is not None and self._nearest is not None
        geometry, start = self._sides.geometry, [part.start for part in self._map.box]
        at = np.rint(geometry.index_from_lps(points))[:, ::-1].astype(np.int64) - start
        at = np.clip(at, 0, np.array(self._nearest.shape[1:]) - 1)
        kji = self._nearest[:, at[:, 0], at[:, 1], at[:, 2]].T + start
        return geometry.lps_from_index(kji[:, ::-1])


def _nearest_liver_voxel(liver_map: LiverMap) -> NDArray[np.int32]:
    """(3, k, j, i) index in the map's box of the liver voxel nearest to each voxel."""
    from scipy import ndimage

    nearest: NDArray[np.int32] = ndimage.distance_transform_edt(
        liver_map.segment == 0, return_distances=False, return_indices=True
    )
    return nearest


def carried_remnant(
    later: LabelVolume, plan: CarriedPlan, before: RemnantAtScan, carried_mm: float, report: Progress
) -> RemnantAtScan:
    """Counts the later liver's voxels that the carried plan leaves, tumour not among them.

    The interval holds what the earlier scan's holds in proportion, and what the cut being off by `carried_mm` over
    its whole area would make.
    """
    box = box_of(later.mask_of(LIVER_VALUES))
    if box is None:
        raise LabelError("The later scan has no liver.", cure="Prepare the case with a mask of the liver.")
    part = later.labels[box]
    liver = np.isin(part, LIVER_VALUES)
    kji = np.argwhere(liver) + [one.start for one in box]
    resected = np.zeros(len(kji), dtype=bool)
    for first in range(0, len(kji), _POINTS_AT_ONCE):
        window = slice(first, first + _POINTS_AT_ONCE)
        resected[window] = plan.resects(later.geometry.lps_from_index(kji[window, ::-1]))
        report.advance(first / len(kji))
    sides = np.zeros(part.shape, dtype=np.int8)
    sides[liver] = np.where(resected, 2, 1)
    remnant = (sides == 1) & ~np.isin(part, TUMOUR_VALUES)
    ml = float(np.count_nonzero(remnant)) * later.geometry.voxel_volume_ml
    shift_ml = carried_mm * cut_area_mm2(sides, later.geometry.spacing_kji_mm) / 1000.0
    interval = Interval(low=ml, high=ml).widened(shift_ml)
    if before.interval is not None and before.ml > 0.0:
        share = ml / before.ml
        down = np.hypot(shift_ml, (before.ml - before.interval.low) * share)
        up = np.hypot(shift_ml, (before.interval.high - before.ml) * share)
        interval = Interval(low=ml - float(down), high=ml + float(up))
    return RemnantAtScan(ml=ml, interval=interval.at_least(0.0))


def cut_area_mm2(sides: NDArray[np.int8], spacing_kji_mm: NDArray[np.float64]) -> float:
    """About the area between voxels of 1 and of 2, mm2.

    Faces between both count two thirds: a surface of any direction shows 1.5 times its area in faces on average.
    """
    area = 0.0
    for axis in range(3):
        first, second = np.moveaxis(sides, axis, 0)[:-1], np.moveaxis(sides, axis, 0)[1:]
        faces = np.count_nonzero((first != second) & (first > 0) & (second > 0))
        area += faces * float(np.prod(np.delete(spacing_kji_mm, axis)))
    return area * 2.0 / 3.0
