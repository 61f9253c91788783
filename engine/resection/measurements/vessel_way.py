"""The way along the centre lines of one vessel tree between two places on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.errors import PlanError
from engine.sentences import say
from engine.vessel_tree import VesselBranch, VesselTrees

ON_VESSEL_MM: Final = 5.0
"""A place farther than this from every centre line, beyond the vessel's own radius, is on no vessel."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VesselWay:
    """Part of a vessel tree.

    Attributes:
        length_mm: along the centre lines.
        line_lps_mm: (n, 3) from the one place to the other.
        mean_calibre_mm: mean diameter over the length; trapezoids between the centre line's points.
        least_calibre_mm: the smallest diameter.
    """

    length_mm: float
    line_lps_mm: NDArray[np.float64]
    mean_calibre_mm: float
    least_calibre_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """On a branch, `at` points of its centre line (fractions allowed) from its root's side."""

    branch: VesselBranch
    at: float


def vessel_way(trees: VesselTrees | None, points_lps_mm: ArrayLike) -> VesselWay:
    """Walks from one point to the other along the centre lines.

    A tree has one way between two places: towards the root to where both ways meet, and out again.

    Args:
        trees: of the case.
        points_lps_mm: (2, 3) places on or beside a vessel, LPS mm.

    Raises:
        PlanError: the case has no trees, a place is on no vessel, or both lie on vessels that are not connected.
    """
    if trees is None or not trees.branches:
        raise PlanError(say("no_trees_to_measure"))
    first, second = (_nearest(trees, point) for point in np.asarray(points_lps_mm, dtype=np.float64))
    if first.branch.kind != second.branch.kind:
        raise PlanError(
            say("ends_on_two_trees"),
        )
    inwards, outwards = _rootwards(trees, first), _rootwards(trees, second)
    met = {branch.number for branch, _ in inwards} & {branch.number for branch, _ in outwards}
    if not met:
        raise PlanError(
            say("ends_not_connected"),
        )
    return _way(_joined(inwards, outwards, max(met)))


def _nearest(trees: VesselTrees, point: NDArray[np.float64]) -> _Place:
    """The place on a centre line nearest to the point."""
    best, place = np.inf, None
    for branch in trees.branches:
        start, step = branch.points_lps_mm[:-1], np.diff(branch.points_lps_mm, axis=0)
        share = np.clip(
            np.einsum("ij,ij->i", point - start, step) / np.maximum(np.einsum("ij,ij->i", step, step), 1e-12), 0.0, 1.0
        )
        away = np.linalg.norm(start + share[:, None] * step - point, axis=1)
        n = int(away.argmin())
        if away[n] < best:
            best, place = float(away[n]), _Place(branch=branch, at=n + float(share[n]))
    assert place is not None
    if best > ON_VESSEL_MM + float(np.interp(place.at, np.arange(len(place.branch.radii_mm)), place.branch.radii_mm)):
        raise PlanError(say("end_off_vessel"))
    return place


def _rootwards(trees: VesselTrees, place: _Place) -> list[tuple[VesselBranch, float]]:
    """Each branch on the way to the root, with how far out on it the way comes in."""
    way = [(place.branch, place.at)]
    while (parent := way[-1][0].parent) > 0:
        child, branch = way[-1][0], trees.branches[parent - 1]
        away = np.linalg.norm(branch.points_lps_mm - child.points_lps_mm[0], axis=1)
        way.append((branch, float(away.argmin())))
    return way


def _joined(
    inwards: list[tuple[VesselBranch, float]], outwards: list[tuple[VesselBranch, float]], meeting: int
) -> NDArray[np.float64]:
    """(n, 4) points and radii of the way in to the branch where both meet, along it, and out again."""
    halves = []
    ends = []
    for way in (inwards, outwards):
        half = []
        for branch, at in way:
            if branch.number == meeting:
                ends.append((branch, at))
                break
            half.append(_part(branch, at, 0.0))
        halves.append(half)
    (branch, start), (_, end) = ends
    parts = [*halves[0], _part(branch, start, end), *(part[::-1] for part in reversed(halves[1]))]
    return np.concatenate(parts)


def _part(branch: VesselBranch, start: float, end: float) -> NDArray[np.float64]:
    """(n, 4) of one branch between two places on it, in that order."""
    known = np.column_stack([branch.points_lps_mm, branch.radii_mm])
    low, high = sorted((start, end))
    inner = np.arange(np.floor(low) + 1, np.ceil(high))
    places = np.concatenate([[low], inner, [high]])
    numbers = np.arange(len(known))
    part = np.stack([np.interp(places, numbers, column) for column in known.T], axis=1)
    return part if start <= end else part[::-1]


def _way(points: NDArray[np.float64]) -> VesselWay:
    steps = np.linalg.norm(np.diff(points[:, :3], axis=0), axis=1)
    length = float(steps.sum())
    if length <= 0.0:
        raise PlanError(say("ends_same_on_vessel"))
    calibre = 2.0 * points[:, 3]
    mean = float((steps * (calibre[1:] + calibre[:-1]) / 2.0).sum() / length)
    return VesselWay(
        length_mm=length,
        # At a fork a branch ends and the next begins: one place, two calibres.
        line_lps_mm=points[np.concatenate([[True], steps > 1e-9]), :3],
        mean_calibre_mm=mean,
        least_calibre_mm=float(calibre.min()),
    )
