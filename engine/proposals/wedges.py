"""Candidate wedges: half spheroids and cones from the liver's surface around each group of tumours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

import numpy as np
from numpy.typing import NDArray

from engine.proposals import forms, kernels
from engine.proposals.clusters import groupings
from engine.proposals.drafts import Draft, DraftBoard
from engine.proposals.planes import SPARE_MM, directions
from engine.proposals.scene import Scene, Target
from engine.proposals.ways_out import ways_out
from engine.resection.plan import Cone, ResectionPlan, Spheroid, WedgeResection
from engine.resection.plan.plane import unit_vector

MOST_WEDGES: Final = 6
MOST_WAYS: Final = 6
APART_DEGREES: Final = 30.0
HALF_ANGLES_DEGREES: Final = (None, 30.0, 40.0, 50.0)
"""Of the shapes tried: a spheroid and cones."""
SWEEPS: Final = 2
"""How often every group's wedge is chosen anew beside those of the others."""
_BEYOND_SURFACE_MM: Final = 15.0
"""How far a cone reaches out of the liver, so that its base cuts nothing."""
_BALL: Final = directions(200)
_BALL_GAP: Final = 1.02
"""The largest gap between the ball's samples makes it smaller by less than 2 %."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wedges:
    """A wedge for every group of tumours.

    Attributes:
        wedges: one a group.
        margin_mm: from voxel centres, mm.
    """

    wedges: tuple[WedgeResection, ...]
    margin_mm: float

    def plan(self) -> ResectionPlan:
        """The plan of their union."""
        return ResectionPlan(resections=self.wedges)


class WedgeChoice:
    """The wedges of groups of tumours for one margin, the one that leaves most liver first; every group is made once.

    The nearest way out of a tumour at the hilum leads through the hilum: so every wedge is rated by itself.

    Args:
        board: rates them.
        scene: the case.
        margin_mm: from voxel centres, mm.
    """

    def __init__(self, board: DraftBoard, scene: Scene, margin_mm: float) -> None:
        self._board = board
        self._scene = scene
        self._known: dict[tuple[str, ...], tuple[tuple[WedgeResection, ...], NDArray[np.uint8]]] = {}
        self.margin_mm = margin_mm

    def of(self, group: Sequence[Target]) -> tuple[tuple[WedgeResection, ...], NDArray[np.uint8]]:
        """A wedge of each shape through each way out, the best first, and (n, samples) what each takes."""
        key = tuple(target.name for target in group)
        if key not in self._known:
            outs = ways_out(_centre(group), self._scene.rim_lps_mm, most=MOST_WAYS, apart_degrees=APART_DEGREES)
            made = [wedge(group, out, self.margin_mm, degrees) for out in outs for degrees in HALF_ANGLES_DEGREES]
            taken = self._board.samples.taken_by(np.stack([forms.wedge(one) for one in made]))
            alone = [Wedges(wedges=(one,), margin_mm=self.margin_mm) for one in made]
            left = [(one.spoilt, -one.score.remnant_percent) for one in self._board.of_samples("wedge", alone, taken)]
            order = sorted(range(len(made)), key=lambda n: left[n])
            self._known[key] = (tuple(made[n] for n in order), taken[order])
        return self._known[key]


def wedge_drafts(board: DraftBoard, scene: Scene, choices: Iterable[WedgeChoice]) -> list[Draft[Wedges]]:
    """Unions of wedges, one per group of tumours, each clearing its group by the margin."""
    found: list[Draft[Wedges]] = []
    for choice in choices:
        for groups in groupings(scene.targets, MOST_WEDGES):
            found += _united(board, [choice.of(group) for group in groups], choice.margin_mm)
    return found


def _united(
    board: DraftBoard, groups: Sequence[tuple[tuple[WedgeResection, ...], NDArray[np.uint8]]], margin_mm: float
) -> list[Draft[Wedges]]:
    """Every group's wedge in turn is exchanged for each of its others, and the best kept: by what remains, then by all.

    What is best alone need not be best beside the others, as vessels that one wedge cuts cost nothing twice.
    """
    found: list[Draft[Wedges]] = []
    for of_all in (False, True):
        picked = [0] * len(groups)
        for _ in range(SWEEPS if len(groups) > 1 else 1):
            before = list(picked)
            for changed, (wedges, taken) in enumerate(groups):
                beside = [other[1][picked[n]] for n, other in enumerate(groups) if n != changed]
                union = taken | np.bitwise_or.reduce(beside, axis=0) if beside else taken
                tried = [
                    Wedges(
                        wedges=tuple(one if n == changed else groups[n][0][picked[n]] for n in range(len(groups))),
                        margin_mm=margin_mm,
                    )
                    for one in wedges
                ]
                drafts = board.of_samples("wedge", tried, union)
                best = board.best(drafts, 2)[-1 if of_all else 0]
                picked[changed] = next(n for n, one in enumerate(drafts) if one is best)
                found += drafts
            if picked == before:
                break
    return found


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


def grown(plan: ResectionPlan, by_mm: float) -> ResectionPlan:
    """The plan with every wedge so much larger that it clears by that much more; its other resections as they are."""
    return ResectionPlan(
        resections=tuple(
            replace(one, shape=_grown(one.shape, by_mm)) if isinstance(one, WedgeResection) else one
            for one in plan.resections
        )
    )


def _grown(shape: Spheroid | Cone, by_mm: float) -> Spheroid | Cone:
    match shape:
        case Spheroid(radius_along_mm=along_mm, radius_across_mm=across_mm):
            # Longer half axes move the surface out by less where it is oblique, 2 sqrt(ab) / (a + b) of it at least.
            more_mm = by_mm * (along_mm + across_mm) / (2.0 * math.sqrt(along_mm * across_mm))
            return replace(shape, radius_along_mm=along_mm + more_mm, radius_across_mm=across_mm + more_mm)
        case Cone(half_angle_degrees=degrees, depth_mm=depth_mm):
            deeper_mm = by_mm / math.sin(math.radians(degrees))
            apex = np.array(shape.apex_lps_mm) - deeper_mm * unit_vector(shape.axis_lps)
            return replace(shape, apex_lps_mm=_triple(apex), depth_mm=depth_mm + deeper_mm + by_mm)
        case _:
            assert_never(shape)


def _spheroid(
    points: NDArray[np.float64], surface: NDArray[np.float64], axis: NDArray[np.float64], clear_mm: float
) -> Spheroid:
    """Centre on the surface, deep enough for the farthest point, as wide as all points with their margin need."""
    along_mm, across_mm = kernels.spheroid_axes(points, _BALL_GAP * clear_mm * _BALL, surface, axis)
    return Spheroid(
        centre_lps_mm=_triple(surface),
        axis_lps=_triple(axis),
        radius_along_mm=along_mm,
        radius_across_mm=across_mm,
    )


def _cone(
    points: NDArray[np.float64], surface: NDArray[np.float64], axis: NDArray[np.float64], clear_mm: float, angle: float
) -> Cone:
    """The apex as near to the surface as every point's distance to the mantle allows."""
    deep_mm, out_mm = kernels.cone_depths(points, surface, axis, math.sin(angle), math.cos(angle), clear_mm)
    base_mm = max(_BEYOND_SURFACE_MM, out_mm + clear_mm)
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
