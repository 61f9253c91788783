"""Candidates of an anatomical resection and wedges for the tumours beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from engine.liver_map import LiverMap
from engine.proposals.anatomical import sampled
from engine.proposals.scene import Scene, Target
from engine.proposals.wedges import BestWedges
from engine.resection.plan import BRISBANE_NAMES, ResectionPlan, TerritoryResection
from engine.volume import LabelVolume

MOST_WEDGES_BESIDE: Final = 4


def combined_plans(
    labels: LabelVolume, scene: Scene, liver_map: LiverMap, wedges: BestWedges
) -> Iterator[ResectionPlan]:
    """Each named resection that takes some tumours but not all, with a wedge for every other one.

    Args:
        labels: of the case.
        scene: targets.
        liver_map: segments.
        wedges: the wedges of single tumours.
    """
    homes = {target.name: _segments_of(target, labels, liver_map) for target in scene.targets}
    for segments in BRISBANE_NAMES:
        beside = [target for target in scene.targets if not homes[target.name] <= segments]
        if 0 < len(beside) < len(scene.targets) and len(beside) <= MOST_WEDGES_BESIDE:
            territory = TerritoryResection(segments=tuple(segments))
            yield ResectionPlan(resections=(territory, *(wedges.of([target])[0] for target in beside)))


def _segments_of(target: Target, labels: LabelVolume, liver_map: LiverMap) -> frozenset[int]:
    values = np.unique(sampled(liver_map.segment, labels, liver_map, target.rim_lps_mm))
    return frozenset(int(value) for value in values if value)
