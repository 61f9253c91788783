"""Divides a liver: territories of both trees, names, Couinaud's segments, variants, what is uncertain."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.liver_map import LiverMap
from engine.sentences import say
from engine.vessel_tree import HEPATIC_NAMES, PORTAL_NAMES, UNNAMED, VesselKind, VesselTrees
from engine.vessels.couinaud.connect import connect_segments, liver_pieces
from engine.vessels.couinaud.landmarks import find_landmarks
from engine.vessels.couinaud.likelihood import (
    Boundaries,
    bent_by_veins,
    landmark_boundaries,
    segment_likelihood,
)
from engine.vessels.naming import NamedBranch, branch_share, name_hepatic, name_portal
from engine.vessels.territories import (
    WORKING_STEP_MM,
    Territory,
    WorkingGrid,
    grow_territory,
    rival_distance_mm,
    working_grid_of,
)
from engine.vessels.variants import Variant, find_variants
from engine.volume import LabelVolume

_FED_BY: Final[Mapping[str, tuple[int, ...]]] = {
    "main": (1, 2, 3, 4, 5, 6, 7, 8, 9), "left": (2, 3, 4, 5), "right": (6, 7, 8, 9), "anterior": (6, 9),
    "posterior": (7, 8), "segment_2": (2,), "segment_3": (3,), "segment_4": (4, 5), "segment_5": (6,),
    "segment_6": (7,), "segment_7": (8,), "segment_8": (9,), "caudate": (1,),
}  # fmt: skip
_BRANCH_WEIGHT: Final = 1.2
"""Nats a sure branch next to a place adds for the segments it feeds."""
_BRANCH_REACH_MM: Final = 15.0
_FAR_MM: Final[Mapping[VesselKind, float]] = {"portal": 20.0, "hepatic": 25.0}
"""Beyond this from every branch seen, the nearest one is a guess; hepatic veins stand further apart."""
_RIVAL_RATIO: Final = 0.9
_RIVAL_LEAST_MM: Final = 3.0
_SURE: Final = 0.55
_MAIN_TERRITORY: Final = 0.15
_KINDS: Final[tuple[VesselKind, VesselKind]] = ("portal", "hepatic")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentOverride:
    """A person's word on a branch: a hard constraint on names and segments.

    Attributes:
        branch: its number.
        name: one of `PORTAL_NAMES` for a portal branch, of `HEPATIC_NAMES` for a hepatic vein. A portal name binds
            the territory of the branch and of all below it that has no override of its own to the segments of that
            name; a hepatic name moves the boundary that vein marks.
    """

    branch: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Division:
    """A divided liver.

    Attributes:
        trees: the trees with names and confidences.
        liver_map: branch and segment of every voxel.
        variants: how this liver's vessels differ from the usual.
        warnings: what a person should know about how the segments were found.
    """

    trees: VesselTrees
    liver_map: LiverMap
    variants: tuple[Variant, ...]
    warnings: tuple[str, ...]
    _ground: _Ground

    def with_overrides(self, overrides: tuple[SegmentOverride, ...]) -> Division:
        """The same liver divided with a person's word on branches; territories are kept, so it takes under 1 s.

        Raises:
            ValueError: an override names a branch or a name that does not exist.
        """
        return _divide(self._ground, overrides)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ground:
    """What no override changes."""

    trees: VesselTrees
    grid: WorkingGrid
    points_lps_mm: NDArray[np.float64]
    portal: Territory
    hepatic: Territory
    portal_branch: NDArray[np.uint16]
    hepatic_branch: NDArray[np.uint16]
    boundaries: Boundaries
    likelihood: NDArray[np.float32]
    guessed: NDArray[np.bool_]
    liver_pieces: NDArray[np.uint32]


def divide_liver(
    labels: LabelVolume,
    trees: VesselTrees,
    overrides: tuple[SegmentOverride, ...] = (),
    step_mm: float = WORKING_STEP_MM,
) -> Division | None:
    """Divides the liver of a label map, or returns None where there is no liver.

    Args:
        labels: the whole label map; the vena cava and the gallbladder are landmarks.
        trees: portal and hepatic tree; their names are found anew.
        overrides: a person's word on branches.
        step_mm: of the working grid.

    Raises:
        ValueError: an override names a branch or a name that does not exist.
    """
    grid = working_grid_of(labels, step_mm)
    if grid is None:
        return None
    return _divide(_ground(labels, trees, grid), overrides)


def _ground(labels: LabelVolume, trees: VesselTrees, grid: WorkingGrid) -> _Ground:
    # Marching holds no GIL: both trees at once on two cores, and landmarks meanwhile.
    with ThreadPoolExecutor(max_workers=2) as pool:
        waiting = [pool.submit(_tree_ground, trees, kind, grid) for kind in _KINDS]
        (portal, portal_share, portal_guess, portal_back), (hepatic, _, hepatic_guess, hepatic_back) = (
            future.result() for future in waiting
        )
    points = grid.points_lps_mm()
    boundaries = landmark_boundaries(find_landmarks(labels, trees, grid, portal_share))
    return _Ground(
        trees=trees,
        grid=grid,
        points_lps_mm=points,
        portal=portal,
        hepatic=hepatic,
        portal_branch=portal_back,
        hepatic_branch=hepatic_back,
        boundaries=boundaries,
        likelihood=segment_likelihood(boundaries, points),
        guessed=portal_guess | hepatic_guess,
        liver_pieces=liver_pieces(grid.liver),
    )


def _tree_ground(
    trees: VesselTrees, kind: VesselKind, grid: WorkingGrid
) -> tuple[Territory, NDArray[np.float64], NDArray[np.bool_], NDArray[np.uint16]]:
    """(territory, share of each branch with all below, (n,) where it is a guess, branch on the scan's grid)."""
    territory = grow_territory(trees, kind, grid)
    share = _share_below(trees, np.bincount(territory.branch.ravel(), minlength=len(trees.branches) + 1))
    back = grid.put_back(territory.branch.astype(np.uint16))
    return territory, share, _guessed(trees, territory, share, grid) | _far(territory, kind, grid), back


def _share_below(trees: VesselTrees, counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(branches + 1,) part of the liver in the territory of each branch and all below it."""
    below = counts.astype(np.float64)
    below[0] = 0
    total = max(1.0, float(below.sum()))
    for branch in reversed(trees.branches):
        below[branch.parent] += below[branch.number] if branch.parent else 0.0
    return below / total


def _said(trees: VesselTrees, overrides: tuple[SegmentOverride, ...]) -> dict[int, str]:
    said = {}
    for override in overrides:
        if not 1 <= override.branch <= len(trees.branches):
            raise ValueError(f"there is no branch {override.branch}")
        kind = trees.branches[override.branch - 1].kind
        if override.name not in (PORTAL_NAMES if kind == "portal" else HEPATIC_NAMES):
            raise ValueError(f"a {kind} branch cannot be called {override.name!r}")
        said[override.branch] = override.name
    return said


def _divide(ground: _Ground, overrides: tuple[SegmentOverride, ...]) -> Division:
    grid, trees = ground.grid, ground.trees
    said = _said(trees, overrides)
    inside = grid.inside > 0
    boundaries, likelihood = ground.boundaries, ground.likelihood
    cell_ml = grid.geometry.voxel_volume_ml
    portal, hepatic = ground.portal.branch[inside], ground.hepatic.branch[inside]
    names = name_hepatic(trees, branch_share(hepatic, likelihood, len(trees.branches), cell_ml), said)
    if names:
        boundaries = bent_by_veins(boundaries, trees, names)
        likelihood = segment_likelihood(boundaries, ground.points_lps_mm)
    names |= name_portal(trees, branch_share(portal, likelihood, len(trees.branches), cell_ml), said)
    allowed = _allowed(trees, said)
    score = _with_branches(likelihood, ground, names, allowed)
    segment = score.argmax(axis=1) + 1
    bound = allowed[portal].sum(axis=1) < allowed.shape[1]
    scan_segment, scan_bound = _segments_put_back(grid, segment, bound)
    unsure = ground.guessed | (score.max(axis=1) < _SURE)
    named = _named(trees, names)
    return Division(
        trees=named,
        liver_map=LiverMap(
            box=grid.box,
            portal_branch=ground.portal_branch,
            hepatic_branch=ground.hepatic_branch,
            segment=connect_segments(scan_segment, ground.liver_pieces, scan_bound).astype(np.uint8),
            uncertain=_uncertain_put_back(grid, unsure),
        ),
        variants=find_variants(named),
        warnings=_warnings(ground, boundaries, names),
        _ground=ground,
    )


def _allowed(trees: VesselTrees, said: dict[int, str]) -> NDArray[np.bool_]:
    """(branches + 1, 9) which segments the territory of each branch may lie in."""
    allowed = np.ones((len(trees.branches) + 1, 9), dtype=bool)
    for branch in trees.of_kind("portal"):
        if branch.number in said:
            allowed[branch.number] = False
            allowed[branch.number, [value - 1 for value in _FED_BY[said[branch.number]]]] = True
        elif branch.parent:
            allowed[branch.number] = allowed[branch.parent]
    return allowed


def _with_branches(
    likelihood: NDArray[np.float32], ground: _Ground, names: dict[int, NamedBranch], allowed: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """(n, 9) probability of each segment by boundaries, branches and a person's word together."""
    count = len(ground.trees.branches) + 1
    evidence = np.zeros((count, likelihood.shape[1]), dtype=np.float32)
    for number, named in names.items():
        if named.name not in _FED_BY:
            continue
        if ground.trees.branches[number - 1].kind == "portal":
            evidence[number, [value - 1 for value in _FED_BY[named.name]]] = (
                _BRANCH_WEIGHT * named.confidence * ground.trees.branches[number - 1].confidence
            )
    inside = ground.grid.inside > 0
    portal = ground.portal.branch[inside]
    near = np.exp(-ground.portal.distance_mm[inside] / _BRANCH_REACH_MM)
    score = likelihood * np.exp(evidence[portal] * near[:, None])
    # A forbidden segment must lose even where the boundaries rule all allowed ones out.
    score = np.where(allowed[portal], score + np.float32(1e-12), 0)
    whole: NDArray[np.float32] = (score / score.sum(axis=1, keepdims=True)).astype(np.float32)
    return whole


def _segments_put_back(
    grid: WorkingGrid, segment: NDArray[np.int64], bound: NDArray[np.bool_]
) -> tuple[NDArray[np.uint16], NDArray[np.bool_] | None]:
    """((k, j, i) segment on the scan's grid, (k, j, i) bool where a person bound it, or None)."""
    # One pass: the upper byte says that a person bound the voxel.
    working = grid.filled(segment + 256 * bound, np.uint16).astype(np.uint16)
    back = grid.put_back(working)
    return back & np.uint16(255), (back > 255) if bound.any() else None


def _guessed(
    trees: VesselTrees, territory: Territory, share: NDArray[np.float64], grid: WorkingGrid
) -> NDArray[np.bool_]:
    """(n,) where two main territories are almost equally near, or there is no tree.

    A main territory is the largest subtree with less than `_MAIN_TERRITORY` of the liver; a trunk's own goes with its
    largest child's. Names play no part, so that a person's word on one does not cost another march.
    """
    inside = grid.inside > 0
    own = territory.distance_mm[inside]
    if not territory.branch.any():
        return np.ones(len(own), dtype=bool)
    group = np.arange(len(trees.branches) + 1, dtype=np.int32)
    for branch in trees.branches:
        if branch.parent and share[branch.parent] < _MAIN_TERRITORY:
            group[branch.number] = group[branch.parent]
    largest = np.zeros(len(share))
    for branch in reversed(trees.branches):
        if share[branch.parent] >= _MAIN_TERRITORY and share[branch.number] > largest[branch.parent]:
            largest[branch.parent] = share[branch.number]
            group[branch.parent] = group[branch.number]
    # Every other cell along each axis will do for a zone of doubt, at an eighth of the time.
    half = (slice(None, None, 2),) * 3
    step_mm = 2 * float(grid.geometry.spacing_ijk_mm[0])
    rival = rival_distance_mm(
        np.ascontiguousarray(group[territory.branch[half]]), np.ascontiguousarray(territory.distance_mm[half]), step_mm
    )
    for axis, length in enumerate(grid.inside.shape):
        rival = np.repeat(rival, 2, axis=axis)[(slice(None),) * axis + (slice(length),)]
    close: NDArray[np.bool_] = (own > _RIVAL_RATIO * rival[inside]) & (own > _RIVAL_LEAST_MM)
    return close


def _far(territory: Territory, kind: VesselKind, grid: WorkingGrid) -> NDArray[np.bool_]:
    """(n,) where no branch of the tree was seen near."""
    far: NDArray[np.bool_] = territory.distance_mm[grid.inside > 0] > _FAR_MM[kind]
    return far


def _uncertain_put_back(grid: WorkingGrid, unsure: NDArray[np.bool_]) -> NDArray[np.uint8]:
    back = grid.put_back(grid.filled(unsure + 1, np.uint16).astype(np.uint16))
    return np.where(back == 2, 255, 0).astype(np.uint8)


def _named(trees: VesselTrees, names: dict[int, NamedBranch]) -> VesselTrees:
    branches = []
    for branch in trees.branches:
        named = names.get(branch.number, NamedBranch(name=UNNAMED, confidence=0.0))
        branches.append(replace(branch, name=named.name, confidence=branch.confidence * named.confidence))
    return VesselTrees(branches=tuple(branches))


def _warnings(ground: _Ground, boundaries: Boundaries, names: dict[int, NamedBranch]) -> tuple[str, ...]:
    landmarks = boundaries.landmarks
    found: list[str] = []
    if not landmarks.cava_seen:
        found.append(say("case.no_cava"))
    if not landmarks.hilum_seen:
        found.append(say("case.no_bifurcation"))
    present = {named.name for number, named in names.items() if ground.trees.branches[number - 1].kind == "hepatic"}
    for name in ("right", "middle"):
        if name not in present:
            found.append(say(f"case.no_{name}_vein"))
    return tuple(found)
