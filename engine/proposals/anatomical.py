"""Candidate anatomical resections: segments, sections, halves, and territories of portal branches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.liver_map import LiverMap
from engine.proposals.scene import Scene
from engine.resection.plan import BRISBANE_NAMES, TerritoryResection
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume

LARGEST_TERRITORY: Final = 0.75
"""Larger parts of the liver than this are not proposed."""
_SPREAD_MM: Final = (0.0, 5.0, 10.0, 15.0)
"""Segments that tumours come this near to are taken as well, so that the margin holds at a segment's border."""


def territories(
    labels: LabelVolume, scene: Scene, liver_map: LiverMap, trees: VesselTrees
) -> Iterator[TerritoryResection]:
    """Sets of segments and of portal branches that hold every target tumour.

    Args:
        labels: of the case.
        scene: targets.
        liver_map: segment and branches per voxel.
        trees: the branches.
    """
    seen: set[TerritoryResection] = set()
    for candidate in (*_by_segments(labels, scene, liver_map), *_by_branches(labels, scene, liver_map, trees)):
        if candidate not in seen:
            seen.add(candidate)
            yield candidate


def _by_segments(labels: LabelVolume, scene: Scene, liver_map: LiverMap) -> Iterator[TerritoryResection]:
    total = np.bincount(liver_map.segment.ravel(), minlength=10)[1:10]
    if not total.any():
        return
    touched = [_segments_near(labels, scene, liver_map, spread) for spread in _SPREAD_MM]
    needed = touched[0]
    for segments in (*touched, *(needed | named for named in BRISBANE_NAMES if needed <= named)):
        if segments and total[[value - 1 for value in segments]].sum() <= LARGEST_TERRITORY * total.sum():
            yield TerritoryResection(segments=tuple(segments))


def _segments_near(labels: LabelVolume, scene: Scene, liver_map: LiverMap, spread_mm: float) -> frozenset[int]:
    """Segments with a voxel about `spread_mm` from the rim of a target, looked for along six directions."""
    steps = np.concatenate([np.zeros((1, 3)), spread_mm * np.eye(3), -spread_mm * np.eye(3)])
    points = np.concatenate([target.rim_lps_mm for target in scene.targets])
    values = sampled(liver_map.segment, labels, liver_map, (points[:, None] + steps[None]).reshape(-1, 3))
    return frozenset(int(value) for value in np.unique(values) if value)


def _by_branches(
    labels: LabelVolume, scene: Scene, liver_map: LiverMap, trees: VesselTrees
) -> Iterator[TerritoryResection]:
    """For every level up from the branches that feed the tumours: those branches, until they take too much."""
    parents = trees.parents()
    counts = np.bincount(liver_map.portal_branch.ravel(), minlength=len(parents)).astype(np.int64)
    total = int(counts[1:].sum())
    for branch in reversed(trees.branches):
        if branch.parent:
            counts[branch.parent] += counts[branch.number]
    feeding: set[int] = set()
    for target in scene.targets:
        values = sampled(liver_map.portal_branch, labels, liver_map, target.rim_lps_mm)
        feeding |= {int(value) for value in np.unique(values) if value}
    while feeding:
        kept = _without_tributaries(feeding, parents)
        if sum(int(counts[number]) for number in kept) <= LARGEST_TERRITORY * total:
            yield TerritoryResection(portal_branches=tuple(kept))
        deepest = max(feeding, key=lambda number: (_depth(number, parents), number))
        feeding = (feeding - {deepest}) | ({int(parents[deepest])} if parents[deepest] else set())


def sampled(
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
