"""Candidate wedges: half spheroids and cones from the liver's surface around each group of tumours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.proposals.clusters import groupings
from engine.proposals.planes import SPARE_MM, directions
from engine.proposals.scene import Scene, Target
from engine.proposals.ways_out import ways_out
from engine.resection.plan import Cone, ResectionPlan, Spheroid, WedgeResection

MOST_WEDGES: Final = 6
MOST_WAYS: Final = 3
HALF_ANGLES_DEGREES: Final = (None, 40.0)
"""Of the shapes tried: a spheroid and a cone."""
_BEYOND_SURFACE_MM: Final = 15.0
"""How far a cone reaches out of the liver, so that its base cuts nothing."""
_BALL: Final = directions(200)
_BALL_GAP: Final = 1.02
"""The largest gap between the ball's samples makes it smaller by less than 2 %."""


class BestWedges:
    """The wedges of groups of tumours, the one that leaves most liver first; every group is looked at once.

    The nearest way out of a tumour at the hilum leads through the hilum: so every wedge is weighed by itself.

    Args:
        scene: the case.
        margin_mm: from voxel centres, mm.
        remnant_of: the remnant a plan leaves, %.
    """

    def __init__(self, scene: Scene, margin_mm: float, remnant_of: Callable[[ResectionPlan], float]) -> None:
        self._scene = scene
        self._margin_mm = margin_mm
        self._remnant_of = remnant_of
        self._known: dict[tuple[str, ...], tuple[WedgeResection, ...]] = {}

    def of(self, group: Sequence[Target]) -> tuple[WedgeResection, ...]:
        """A wedge of each shape through each way out, the best first."""
        key = tuple(target.name for target in group)
        if key not in self._known:
            found = [
                wedge(group, way_out, self._margin_mm, degrees)
                for way_out in ways_out(_centre(group), self._scene.rim_lps_mm, most=MOST_WAYS)
                for degrees in HALF_ANGLES_DEGREES
            ]
            left = {one: self._remnant_of(ResectionPlan(resections=(one,))) for one in found}
            self._known[key] = tuple(sorted(found, key=lambda one: -left[one]))
        return self._known[key]


def wedge_plans(scene: Scene, wedges: BestWedges) -> Iterator[ResectionPlan]:
    """Unions of wedges, one per group of tumours, each clearing its group by the margin."""
    for groups in groupings(scene.targets, MOST_WEDGES):
        choices = [wedges.of(group) for group in groups]
        yield ResectionPlan(resections=tuple(choice[0] for choice in choices))
        # One group at a time takes its second best: what is best alone need not be best beside the others.
        for changed, choice in enumerate(choices):
            if len(choice) > 1:
                taken = [other[1] if n == changed else other[0] for n, other in enumerate(choices)]
                yield ResectionPlan(resections=tuple(taken))


def wedge(
    group: Sequence[Target], way_out_lps_mm: NDArray[np.float64], margin_mm: float, half_angle_degrees: float | None
) -> WedgeResection:
    """The smallest wedge of its shape and axis that clears a group of tumours.

    Args:
        group: tumours to take out together.
        way_out_lps_mm: (3,) point of the liver's surface the axis goes through.
        margin_mm: from voxel centres, mm.
        half_angle_degrees: of a cone; None for a spheroid with its centre on the surface.
    """
    points = np.concatenate([target.hull_lps_mm for target in group])
    centre = _centre(group)
    axis = way_out_lps_mm - centre
    length = float(np.linalg.norm(axis))
    # A tumour whose middle lies at the surface: straight out of it is away from its own farthest voxel.
    axis = axis / length if length > 1.0 else _outwards(points, centre)
    name = group[0].name if len(group) == 1 else None
    clear_mm = margin_mm + SPARE_MM
    if half_angle_degrees is None:
        shape: Spheroid | Cone = _spheroid(points, way_out_lps_mm, axis, clear_mm)
    else:
        shape = _cone(points, way_out_lps_mm, axis, clear_mm, math.radians(half_angle_degrees))
    return WedgeResection(shape=shape, tumour=name, margin_mm=margin_mm)


def _spheroid(
    points: NDArray[np.float64], surface: NDArray[np.float64], axis: NDArray[np.float64], clear_mm: float
) -> Spheroid:
    """Centre on the surface, deep enough for the farthest point, as wide as all points with their margin need."""
    swollen = (points[:, None] + _BALL_GAP * clear_mm * _BALL[None]).reshape(-1, 3) - surface
    along = swollen @ axis
    away = np.linalg.norm(swollen - along[:, None] * axis, axis=1)
    deep_mm = 1.25 * max(float(np.abs(along).max()), 1.0)
    wide_mm = float((away / np.sqrt(1.0 - (along / deep_mm) ** 2)).max())
    return Spheroid(
        centre_lps_mm=_triple(surface),
        axis_lps=_triple(axis),
        radius_along_mm=deep_mm,
        radius_across_mm=max(wide_mm, 1.0),
    )


def _cone(
    points: NDArray[np.float64], surface: NDArray[np.float64], axis: NDArray[np.float64], clear_mm: float, angle: float
) -> Cone:
    """The apex as near to the surface as every point's distance to the mantle allows."""
    offsets = points - surface
    along = offsets @ axis
    away = np.linalg.norm(offsets - along[:, None] * axis, axis=1)
    deep_mm = float(((clear_mm + away * math.cos(angle)) / math.sin(angle) - along).max())
    base_mm = max(_BEYOND_SURFACE_MM, float(along.max()) + clear_mm)
    return Cone(
        apex_lps_mm=_triple(surface - deep_mm * axis),
        axis_lps=_triple(axis),
        half_angle_degrees=math.degrees(angle),
        depth_mm=deep_mm + base_mm,
    )


def _centre(group: Sequence[Target]) -> NDArray[np.float64]:
    hull = np.concatenate([target.hull_lps_mm for target in group])
    middle: NDArray[np.float64] = (hull.min(axis=0) + hull.max(axis=0)) / 2.0
    return middle


def _outwards(points: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    farthest = points[int(np.argmax(np.linalg.norm(points - centre, axis=1)))] - centre
    length = float(np.linalg.norm(farthest))
    return -farthest / length if length > 0.0 else np.array([0.0, -1.0, 0.0])


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return (x, y, z)
