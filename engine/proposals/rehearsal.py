"""Passes a liver of a few voxels through every kernel once, so that no search waits for a compiler."""

from __future__ import annotations

import numpy as np

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.proposals.constraints import Constraints
from engine.proposals.rating import Problem
from engine.proposals.search import propose
from engine.resection import PlanEvaluator
from engine.vessel_tree import VesselBranch, VesselTrees
from engine.volume import LabelVolume

_SHAPE = (20, 24, 28)


def warm_up() -> None:
    """Compiles (or loads from the cache) every kernel of the search. Call off the event loop."""
    geometry = VolumeGeometry.from_parts(shape_kji=_SHAPE, spacing_ijk_mm=(3.0, 3.0, 3.0))
    trees, liver_map = _trees(), _liver_map()
    for writeable in (True, False):  # two types to the compiler; a memory-mapped case is the second
        labels = np.zeros(_SHAPE, dtype=np.uint8)
        labels[2:18, 2:22, 2:26] = anatomy.PARENCHYMA
        labels[9:11, 3:5, 3:5] = anatomy.FIRST_TUMOUR
        labels[9:11, 17:19, 3:5] = anatomy.FIRST_TUMOUR + 1
        labels.flags.writeable = writeable
        volume = LabelVolume(labels=labels, geometry=geometry)
        propose(
            Problem(
                evaluator=PlanEvaluator(volume, trees=trees, liver_map=liver_map),
                labels=volume,
                trees=trees,
                liver_map=liver_map,
                constraints=Constraints(margin_mm=2.0, minimum_flr_percent=0.0),
            )
        )


def _trees() -> VesselTrees:
    ends = np.array([[90.0, 36.0, 30.0], [30.0, 36.0, 30.0]])
    return VesselTrees(
        branches=(
            VesselBranch(number=1, kind="portal", parent=0, points_lps_mm=ends, radii_mm=np.ones(2)),
            VesselBranch(number=2, kind="hepatic", parent=0, points_lps_mm=ends, radii_mm=np.ones(2)),
        )
    )


def _liver_map() -> LiverMap:
    segment = np.full((16, 20, 24), 2, dtype=np.uint8)
    segment[..., 8:] = 3
    branch = np.ones(segment.shape, dtype=np.uint16)
    return LiverMap(
        box=(slice(2, 18), slice(2, 22), slice(2, 26)),
        portal_branch=branch,
        hepatic_branch=2 * branch,
        segment=segment,
        uncertain=np.zeros_like(segment),
    )
