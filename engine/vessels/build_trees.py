"""From labels to directed trees of portal and hepatic veins, and again after a person's correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.class_probability import ClassProbability
from engine.progress import Progress, SilentProgress
from engine.sentences import say
from engine.vessel_tree import VesselTrees
from engine.vessels.corrections import EdgeCorrection
from engine.vessels.directed import directed_trees
from engine.vessels.painting import relabelled
from engine.vessels.separation.separate import Separation, separate
from engine.vessels.skeleton.build import build_skeleton
from engine.vessels.skeleton.value import VesselSkeleton
from engine.volume import LabelVolume, ScanVolume

_SURE, _MOST_UNSURE = 0.7, 0.25
"""A branch is sure from this confidence on; where so much of the trees' length is not, a person should look."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreesResult:
    """Both trees, and what they were made from.

    Attributes:
        labels: portal and hepatic voxels put right.
        trees: directed branches, not named yet.
        skeleton: give it to `recompute_trees` after a correction; None where there is no vessel.
        separation: side and confidence of each piece of the skeleton; None likewise.
        warnings: what a person should know.
    """

    labels: LabelVolume
    trees: VesselTrees
    skeleton: VesselSkeleton | None
    separation: Separation | None
    warnings: tuple[str, ...] = ()


def build_trees(
    labels: LabelVolume,
    probability: ClassProbability | None = None,
    corrections: Sequence[EdgeCorrection] = (),
    progress: Progress | None = None,
    *,
    scan: ScanVolume | None = None,
    looked_at: bool = False,
) -> TreesResult:
    """Finds centre lines, tells portal from hepatic veins and directs both trees.

    Args:
        labels: the liver with its vessels; portal and hepatic may be mixed up, or all in one of the two classes.
        probability: of the network, where there was one.
        corrections: a person's word on branches, later ones over earlier ones.
        progress: told fractions; may raise to stop.
        scan: on the grid of the labels; where its portal and hepatic veins differ in HU, that helps.
        looked_at: whether a person has seen which vessel is which in the labels; then they count, not the network.
    """
    report = progress or SilentProgress()
    report.advance(0.0, "centre lines")
    skeleton = build_skeleton(labels, probability, scan, looked_at=looked_at)
    report.advance(0.7, "portal and hepatic veins")
    if skeleton is None:
        return TreesResult(
            labels=labels,
            trees=VesselTrees(branches=()),
            skeleton=None,
            separation=None,
            warnings=(say("case.no_vessels"),),
        )
    result = recompute_trees(labels, skeleton, corrections)
    report.advance(1.0)
    return result


def recompute_trees(
    labels: LabelVolume, skeleton: VesselSkeleton, corrections: Sequence[EdgeCorrection]
) -> TreesResult:
    """Separates and directs the trees anew under corrections, without the slow part.

    Args:
        labels: the same that the skeleton was built from.
        skeleton: of an earlier result.
        corrections: all that hold, not only the newest.
    """
    separation = separate(skeleton, corrections)
    trees, used = directed_trees(skeleton, separation)
    return TreesResult(
        labels=relabelled(labels, skeleton, separation, used),
        trees=trees,
        skeleton=skeleton,
        separation=separation,
        warnings=_warnings(skeleton, separation, trees, used),
    )


def _left_out(skeleton: VesselSkeleton, used: NDArray[np.intp]) -> int:
    """Connected bits of vessel, away from the vena cava, of which no tree has a piece."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends, points = skeleton.ends(), len(skeleton.points_lps_mm)
    seen = skeleton.bridge == 0
    joined = coo_matrix((np.ones(int(seen.sum())), ends[seen].T), shape=(points, points))
    part = connected_components(joined, directed=False)[1]
    known = np.union1d(part[ends[used]], part[skeleton.at_cava])
    return skeleton.specks + len(np.setdiff1d(part[ends[seen]], known))


def _warnings(
    skeleton: VesselSkeleton, separation: Separation, trees: VesselTrees, used: NDArray[np.intp]
) -> tuple[str, ...]:
    warnings = []
    if not separation.seeded:
        warnings.append(say("case.usual_place"))
    elif not skeleton.informative and not skeleton.evidence.network_logit.any():
        unsure = [branch for branch in trees.branches if branch.confidence < _SURE]
        length = sum(branch.length_mm for branch in trees.branches)
        if sum(branch.length_mm for branch in unsure) > _MOST_UNSURE * length:
            warnings.append(say("case.told_apart_unsure", len(unsure), len(trees.branches)))
    specks = _left_out(skeleton, used)
    if specks:
        warnings.append(say("case.specks", specks))
    return tuple(warnings)
