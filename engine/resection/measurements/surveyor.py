"""Counts what measurements come to, always from patient millimetres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.resection.measurements.kinds import (
    Angle,
    CutArea,
    Diameter,
    Distance,
    Measurement,
    Pin,
    TumourDiameter,
    VesselLength,
)
from engine.resection.measurements.value import MeasuredValue
from engine.resection.measurements.vessel_way import vessel_way
from engine.resection.plan.plan import Resection, ResectionPlan
from engine.sentences import say
from engine.vessel_tree import VesselTrees

if TYPE_CHECKING:
    from engine.tumours import TumourMeasure

OUTSIDE_MM: Final = 50.0
"""How far outside of the scan a point may lie: hands overshoot, and a note may stand beside the body."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseAnatomy:
    """What measurements may refer to in a case.

    Attributes:
        geometry: the scan's grid.
        trees: its vessels; None where it has none.
        tumours: names of its tumours.
    """

    geometry: VolumeGeometry
    trees: VesselTrees | None
    tumours: frozenset[str]

    def check(self, note: Measurement | Pin) -> None:
        """Refuses what cannot be in this case.

        Raises:
            PlanError: a point outside of the scan, a tumour that is not there, ends that no vessel connects.
        """
        match note:
            case Pin(point_lps_mm=point):
                self._check_inside([point])
            case TumourDiameter(tumour=tumour):
                if tumour not in self.tumours:
                    raise PlanError(say("no_such_tumour"))
            case VesselLength(points_lps_mm=points):
                self._check_inside(points)
                vessel_way(self.trees, points)
            case Distance() | Diameter() | Angle():
                self._check_inside(note.points_lps_mm)
            case CutArea():
                pass
            case _:
                assert_never(note)

    def _check_inside(self, points_lps_mm: ArrayLike) -> None:
        ijk = self.geometry.index_from_lps(points_lps_mm)
        reach = OUTSIDE_MM / self.geometry.spacing_ijk_mm + 0.5
        last = np.array(self.geometry.shape_kji[::-1]) - 1.0
        if (ijk < -reach).any() or (ijk > last + reach).any():
            raise PlanError(say("point_outside"))


class Surveyor:
    """Measures in one case.

    Args:
        trees: its vessels; None where it has none.
        tumours: their sizes, asked for once they are needed.
        cut_area_mm2: area in the liver of a plan's cut.
    """

    def __init__(
        self,
        trees: VesselTrees | None,
        tumours: Callable[[], tuple[TumourMeasure, ...]],
        cut_area_mm2: Callable[[ResectionPlan], float | None],
    ) -> None:
        self._trees = trees
        self._tumours = tumours
        self._cut_area_mm2 = cut_area_mm2

    def measure(self, measurement: Measurement, resections: tuple[Resection, ...] = ()) -> MeasuredValue:
        """What one measurement comes to.

        Args:
            measurement: what to measure.
            resections: of the plan it stands in.

        Raises:
            PlanError: the case or the plan has nothing of the kind.
        """
        match measurement:
            case Distance(points_lps_mm=points) | Diameter(points_lps_mm=points):
                line = np.array(points)
                return MeasuredValue(value=float(np.linalg.norm(line[1] - line[0])), unit="mm", line_lps_mm=line)
            case Angle(points_lps_mm=points):
                line = np.array(points)
                return MeasuredValue(value=angle_degrees(line), unit="degrees", line_lps_mm=line)
            case VesselLength(points_lps_mm=points):
                way = vessel_way(self._trees, points)
                return MeasuredValue(
                    value=way.length_mm,
                    unit="mm",
                    line_lps_mm=way.line_lps_mm,
                    mean_calibre_mm=way.mean_calibre_mm,
                    least_calibre_mm=way.least_calibre_mm,
                )
            case TumourDiameter(tumour=tumour):
                return self._longest(tumour)
            case CutArea(resection=number):
                return self._area(resections, number)
            case _:
                assert_never(measurement)

    def _longest(self, tumour: str) -> MeasuredValue:
        found = next((one for one in self._tumours() if one.name == tumour), None)
        if found is None:
            raise PlanError(say("measured_tumour_gone"))
        longest = found.longest_axial
        return MeasuredValue(value=longest.length_mm, unit="mm", line_lps_mm=longest.ends_lps_mm)

    def _area(self, resections: tuple[Resection, ...], number: int | None) -> MeasuredValue:
        if number is not None and not 1 <= number <= len(resections):
            raise PlanError(say("measured_cut_gone"))
        chosen = resections if number is None else (resections[number - 1],)
        area = self._cut_area_mm2(ResectionPlan(resections=chosen)) if chosen else None
        if area is None:
            raise PlanError(say("no_cut_surface"))
        return MeasuredValue(value=area / 100.0, unit="cm2", line_lps_mm=np.zeros((0, 3)))


def angle_degrees(points: NDArray[np.float64]) -> float:
    """The angle at the second of (3, 3) points, 0 to 180 degrees.

    By the half-angle form of Kahan (2006, "How futile are mindless assessments of roundoff"), which keeps its digits
    near 0 and 180 degrees, where the arc cosine loses half of them.
    """
    one, other = points[0] - points[1], points[2] - points[1]
    one, other = one / np.linalg.norm(one), other / np.linalg.norm(other)
    return float(np.degrees(2.0 * np.arctan2(np.linalg.norm(one - other), np.linalg.norm(one + other))))
