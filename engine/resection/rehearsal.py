"""Passes a liver of a few voxels through every kernel once, so that no request waits for a compiler."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.confidence.rehearsal import rehearse as rehearse_confidence
from engine.resection.evaluator import PlanEvaluator
from engine.resection.function.rehearsal import rehearse as rehearse_function
from engine.resection.plan import (
    PlaneResection,
    Resection,
    ResectionPlan,
    SurfaceResection,
    TerritoryResection,
)
from engine.resection.resectogram import warm_up as rehearse_resectogram
from engine.resection.surroundings.rehearsal import rehearse as rehearse_surroundings
from engine.volume import LabelVolume

_SHAPE = (12, 14, 16)


def warm_up() -> None:
    """Compiles (or loads from the cache) every kernel of the evaluator. Call off the event loop."""
    rehearse_function()
    rehearse_surroundings()
    rehearse_confidence()
    rehearse_resectogram()
    geometry = VolumeGeometry.from_parts(shape_kji=_SHAPE, spacing_ijk_mm=(1.0, 1.0, 1.0))
    for writeable in (True, False):  # two types to the compiler; a memory-mapped case is the second
        labels = np.zeros(_SHAPE, dtype=np.uint8)
        labels[2:10, 2:12, 2:14] = 1
        labels[3:9, 6, 3:12] = 2
        labels[4:6, 4:6, 4:6] = 101
        labels[7:9, 8:10, 8:10] = 102
        labels.flags.writeable = writeable
        evaluator = PlanEvaluator(LabelVolume(labels=labels, geometry=geometry), liver_map=_liver_map())
        for plan in _plans(evaluator):
            for details in (False, True):
                evaluator.evaluate(plan, details=details)


def _plans(evaluator: PlanEvaluator) -> Iterator[ResectionPlan]:
    """Every kind alone, the planes together, and all in one."""
    plane = PlaneResection(point_lps_mm=(6.5, 6.0, 6.0), normal_lps=(1.0, 0.2, 0.0))
    other = PlaneResection(point_lps_mm=(6.0, 6.0, 6.3), normal_lps=(0.0, 0.3, 1.0))
    flat = evaluator.flat_surface(plane)
    bent = flat.control_net_lps_mm
    bent[1, 1] += 2.0 * flat.frame.normal_lps
    line = np.array([[3.0, 2.0, 4.0], [6.0, 2.0, 6.0], [12.0, 2.0, 9.0]])
    kinds: list[Resection] = [
        plane,
        SurfaceResection.from_net(bent),
        evaluator.surface_through_line(line),
        evaluator.wedge_around("tumour_01", margin_mm=1.0),
        evaluator.wedge_around("tumour_01", margin_mm=1.0, shape="cone"),
        TerritoryResection(segments=(2,)),
    ]
    for kind in kinds:
        yield ResectionPlan(resections=(kind,))
    yield ResectionPlan(resections=(plane, other))
    yield ResectionPlan(resections=tuple(kinds))


def _liver_map() -> LiverMap:
    box = (slice(2, 10), slice(2, 12), slice(2, 14))
    segment = np.full((8, 10, 12), 2, dtype=np.uint8)
    segment[..., 6:] = 3
    branch = np.ones(segment.shape, dtype=np.uint16)
    return LiverMap(
        box=box, portal_branch=branch, hepatic_branch=branch, segment=segment, uncertain=np.zeros_like(segment)
    )
