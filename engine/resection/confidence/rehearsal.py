"""A liver of a few voxels that passes through every kernel once, so that no request waits for a compiler."""

from __future__ import annotations

import numpy as np

from engine.anatomy import PARENCHYMA
from engine.class_probability import ClassProbability
from engine.geometry import VolumeGeometry
from engine.resection.confidence.evaluator import ConfidenceEvaluator
from engine.resection.rows import CutRows, RowWindow
from engine.volume import LabelVolume


def rehearse() -> None:
    """Collects the tables of a toy liver, writeable and read-only (two types to the compiler), and asks them once."""
    geometry = VolumeGeometry.from_parts(shape_kji=(3, 3, 4), spacing_ijk_mm=(2.0, 2.0, 2.0))
    rows = CutRows.of_mask(np.ones(geometry.shape_kji, dtype=np.bool_), RowWindow.whole(geometry))
    values = np.full((2, *geometry.shape_kji), 127, dtype=np.uint8)
    probability = ClassProbability(classes=("other", "liver"), values=values, geometry=geometry)
    for writeable in (True, False):
        labels = np.full(geometry.shape_kji, PARENCHYMA, dtype=np.uint8)
        labels[0] = 0
        labels.flags.writeable = writeable
        evaluator = ConfidenceEvaluator(LabelVolume(labels=labels, geometry=geometry), probability)
        for spread in evaluator.spreads.values():
            spread.sides_ml2(rows)
