"""Candidate anatomical resections: segments, sections, halves, territories of portal branches; wedges beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.liver_map import LiverMap
from engine.proposals.scene import Scene, Target
from engine.proposals.wedges import WedgeChoice
from engine.resection.plan import BRISBANE_NAMES, ResectionPlan, TerritoryResection
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume

LARGEST_TERRITORY: Final = 0.75
"""Larger parts of the liver than this are not proposed."""
MOST_WEDGES_BESIDE: Final = 4
_SOME: Final = (slice(None, None, 2), slice(None, None, 3), slice(None, None, 3))
"""Voxels enough to say how large a territory is."""
_MOST_RIM: Final = 300
_SPREAD_MM: Final = (0.0, 5.0, 10.0, 15.0)
"""Segments that tumours come this near to are taken as well, so that the margin holds at a segment's border."""


def anatomical_plans(
    labels: LabelVolume, scene: Scene, liver_map: LiverMap, trees: VesselTrees, wedges: WedgeChoice
) -> Iterator[ResectionPlan]:
    """Sets of segments and of portal branches that hold every target, or some with wedges for the others.

    Args:
        labels: of the case.
        scene: targets.
        liver_map: segment and branches per voxel.
        trees: the branches.
        wedges: the wedges of single tumours.
    """
    for territory in territories_of(labels, scene, liver_map, trees):
        yield ResectionPlan(resections=(territory,))
    yield from _with_wedges(labels, scene, liver_map, wedges)


def territories_of(
    labels: LabelVolume, scene: Scene, liver_map: LiverMap, trees: VesselTrees
) -> Iterator[TerritoryResection]:
    """The sets of segments and of portal branches that hold every target; arguments of `anatomical_plans`."""
    seen: set[TerritoryResection] = set()
    for territory in (*_by_segments(labels, scene, liver_map), *_by_branches(labels, scene, liver_map, trees)):
        if territory not in seen:
            seen.add(territory)
            yield territory


def _by_segments(labels: LabelVolume, scene: Scene, liver_map: LiverMap) -> Iterator[TerritoryResection]:
    total = np.bincount(liver_map.segment[_SOME].ravel(), minlength=10)[1:10]
    touched = [_segments_near(labels, scene.targets, liver_map, spread) for spread in _SPREAD_MM]
    needed = touched[0]
    for segments in (*touched, *(needed | named for named in BRISBANE_NAMES if needed <= named)):
        if segments and total[[value - 1 for value in segments]].sum() <= LARGEST_TERRITORY * total.sum():
            yield TerritoryResection(segments=tuple(segments))


def _with_wedges(
    labels: LabelVolume, scene: Scene, liver_map: LiverMap, wedges: WedgeChoice
) -> Iterator[ResectionPlan]:
    """Each named resection that holds a tumour, with a wedge for every one that it does not hold with its margin."""
    homes = {one.name: _segments_near(labels, (one,), liver_map, 0.0) for one in scene.targets}
    wide = {one.name: _segments_near(labels, (one,), liver_map, wedges.margin_mm) for one in scene.targets}
    for segments in (*BRISBANE_NAMES, *(frozenset({value}) for value in range(2, 10))):
        beside = [target for target in scene.targets if not wide[target.name] <= segments]
        held = any(home and home <= segments for home in homes.values())
        if held and 0 < len(beside) <= MOST_WEDGES_BESIDE:
            territory = TerritoryResection(segments=tuple(segments))
            yield ResectionPlan(resections=(territory, *(wedges.of([target])[0][0] for target in beside)))


def _segments_near(
    labels: LabelVolume, targets: Sequence[Target], liver_map: LiverMap, spread_mm: float
) -> frozenset[int]:
    """Segments with a voxel about `spread_mm` from the rim of a target, looked for along six directions."""
    steps = np.concatenate([np.zeros((1, 3)), spread_mm * np.eye(3), -spread_mm * np.eye(3)])
    points = np.concatenate([_thinned(target.rim_lps_mm) for target in targets])
    values = _sampled(liver_map.segment, labels, liver_map, (points[:, None] + steps[None]).reshape(-1, 3))
    return frozenset(int(value) for value in np.unique(values) if value)


def _by_branches(
    labels: LabelVolume, scene: Scene, liver_map: LiverMap, trees: VesselTrees
) -> Iterator[TerritoryResection]:
    """For every level up from the branches that feed the tumours: those branches, until they take too much."""
    parents = trees.parents()
    counts = np.bincount(liver_map.portal_branch[_SOME].ravel(), minlength=len(parents)).astype(np.int64)
    total = int(counts[1:].sum())
    for branch in reversed(trees.branches):
        if branch.parent:
            counts[branch.parent] += counts[branch.number]
    feeding: set[int] = set()
    for target in scene.targets:
        values = _sampled(liver_map.portal_branch, labels, liver_map, target.rim_lps_mm)
        feeding |= {int(value) for value in np.unique(values) if value}
    while feeding:
        kept = _without_tributaries(feeding, parents)
        if sum(int(counts[number]) for number in kept) <= LARGEST_TERRITORY * total:
            yield TerritoryResection(portal_branches=tuple(kept))
        deepest = max(feeding, key=lambda number: (_depth(number, parents), number))
        feeding = (feeding - {deepest}) | ({int(parents[deepest])} if parents[deepest] else set())


def _sampled(
    values: NDArray[np.uint8] | NDArray[np.uint16],
    labels: LabelVolume,
    liver_map: LiverMap,
    points: NDArray[np.float64],
) -> NDArray[np.int64]:
    """(n,) value of the map's voxel nearest to each point, 0 outside it."""
    start = np.array([side.start for side in liver_map.box])
    index = np.rint(labels.geometry.index_from_lps(points)).astype(np.int64)[:, ::-1] - start
    inside = ((index >= 0) & (index < values.shape)).all(axis=1)
    found = np.zeros(len(points), dtype=np.int64)
    k, j, i = index[inside].T
    found[inside] = values[k, j, i]
    return found


def _thinned(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points[:: max(1, len(points) // _MOST_RIM)]


def _without_tributaries(numbers: set[int], parents: NDArray[np.int32]) -> list[int]:
    """The branches that no other one of the set leads to."""
    return sorted(number for number in numbers if not _ancestors(number, parents) & numbers)


def _ancestors(number: int, parents: NDArray[np.int32]) -> set[int]:
    found = set()
    while number := int(parents[number]):
        found.add(number)
    return found


def _depth(number: int, parents: NDArray[np.int32]) -> int:
    return len(_ancestors(number, parents))
