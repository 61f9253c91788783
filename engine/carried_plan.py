"""A plan of one scan answering for another scan of the same patient.

Embolised liver shrinks while the rest grows, so a plane of the earlier scan is no plane of the later one. It is the
*side* that is carried: every voxel of the later liver is asked where it lay in the earlier scan and on which side of
the plan that is. This holds for every kind of resection.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
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
from engine.resection.territory.border import border_of
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedCount:
    """The later liver divided by a carried plan.

    Attributes:
        remnant_ml: what the plan leaves, tumour not counted.
        rest_ml: all other liver.
        cut_area_mm2: the area between both sides, see `engine.resection.territory.border`.
    """

    remnant_ml: float
    rest_ml: float
    cut_area_mm2: float


def count_carried(later: LabelVolume, plan: CarriedPlan, report: Progress) -> CarriedCount:
    """Counts the later liver's voxels on both sides of a carried plan.

    Raises:
        LabelError: there is no liver.
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
    taken = np.zeros(part.shape, dtype=np.bool_)
    taken[liver] = resected
    remnant = int(np.count_nonzero(liver & ~taken & ~np.isin(part, TUMOUR_VALUES)))
    return CarriedCount(
        remnant_ml=remnant * later.geometry.voxel_volume_ml,
        rest_ml=(len(kji) - remnant) * later.geometry.voxel_volume_ml,
        cut_area_mm2=border_of(taken, liver, box, later.geometry).area_mm2,
    )


def carried_cut_mm(residual_mm: float, before: CarriedCount, after: CarriedCount, knots_mm: float) -> float:
    """How far a carried cut may lie off, mm.

    Where one side grew and the other shrank, the true map has a kink at the cut that a spline rounds off, the more so
    where neither outline nor branching veins pin it down. A kink between slopes a and b, rounded over a length w, is
    (a - b) w / 8 off in its corner; w is taken as four intervals of control points, the whole reach of a cubic spline.
    In the later scan the side that grew shows it enlarged. To this comes what surfaces and veins are apart.

    Args:
        residual_mm: what the registration left.
        before: both sides in the earlier scan.
        after: in the later one.
        knots_mm: distance of the control points.
    """
    if min(before.remnant_ml, before.rest_ml) <= 0.0:
        return residual_mm
    remnant, rest = after.remnant_ml / before.remnant_ml, after.rest_ml / before.rest_ml
    return math.hypot(residual_mm, abs(remnant - rest) * max(remnant, rest, 1.0) * 4.0 * knots_mm / 8.0)


def carried_interval(before: RemnantAtScan, after: CarriedCount, cut_mm: float) -> RemnantAtScan:
    """The remnant at the later scan; its interval holds what the earlier scan's does in proportion, and what the
    cut being `cut_mm` off over its whole area would make."""
    ml, shift_ml = after.remnant_ml, cut_mm * after.cut_area_mm2 / 1000.0
    down = up = shift_ml
    if before.interval is not None and before.ml > 0.0:
        share = ml / before.ml
        down = math.hypot(shift_ml, (before.ml - before.interval.low) * share)
        up = math.hypot(shift_ml, (before.interval.high - before.ml) * share)
    return RemnantAtScan(ml=ml, interval=Interval(low=ml - down, high=ml + up).at_least(0.0))
