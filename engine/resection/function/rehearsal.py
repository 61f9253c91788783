"""A liver of a few voxels that passes through every kernel once, so that no request waits for a compiler."""

from __future__ import annotations

import numpy as np

from engine.anatomy import PARENCHYMA
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.function.evaluator import FunctionEvaluator
from engine.resection.plan import PlaneResection, ResectionPlan
from engine.resection.sides import Sides
from engine.vessel_tree import VesselBranch, VesselTrees
from engine.volume import LabelVolume


def rehearse() -> None:
    """Answers one plan of a plane and its rows on a toy liver, whole and memory-mapped (two types to the compiler)."""
    geometry = VolumeGeometry.from_parts(shape_kji=(3, 4, 5), spacing_ijk_mm=(2.0, 2.0, 2.0))
    ends = np.array([[-4.0, 4.0, 2.0], [8.0, 4.0, 2.0]])
    trees = VesselTrees(
        branches=(
            VesselBranch(number=1, kind="portal", parent=0, points_lps_mm=ends, radii_mm=np.ones(2)),
            VesselBranch(number=2, kind="hepatic", parent=0, points_lps_mm=ends, radii_mm=np.ones(2)),
        )
    )
    ones = np.ones(geometry.shape_kji, dtype=np.uint16)
    whole = tuple(slice(0, n) for n in geometry.shape_kji)
    liver_map = LiverMap(
        box=(whole[0], whole[1], whole[2]),
        portal_branch=ones,
        hepatic_branch=2 * ones,
        segment=2 * np.ones(geometry.shape_kji, dtype=np.uint8),
        uncertain=np.zeros(geometry.shape_kji, dtype=np.uint8),
    )
    plane = PlaneResection(point_lps_mm=(5.0, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))
    sides = Sides(ResectionPlan(resections=(plane,)), geometry)
    for writeable in (True, False):
        labels = np.full(geometry.shape_kji, PARENCHYMA, dtype=np.uint8)
        labels.flags.writeable = writeable
        function = FunctionEvaluator(LabelVolume(labels=labels, geometry=geometry), trees, liver_map)
        function.evaluate(sides)
        function._table.count_resected(sides.rows())
