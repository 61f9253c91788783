"""A liver of a few voxels that passes through every kernel once, so that no request waits for a compiler."""

from __future__ import annotations

import numpy as np

from engine.anatomy import INFERIOR_VENA_CAVA, PARENCHYMA
from engine.geometry import VolumeGeometry
from engine.resection.rows import CutRows, RowWindow
from engine.resection.surroundings.evaluator import SurroundingsEvaluator
from engine.volume import LabelVolume


def rehearse() -> None:
    """Answers one cut of a toy liver, writeable and read-only (two types to the compiler)."""
    geometry = VolumeGeometry.from_parts(shape_kji=(4, 4, 6), spacing_ijk_mm=(2.0, 2.0, 2.0))
    cut = np.zeros(geometry.shape_kji, dtype=np.bool_)
    cut[..., 3:] = True
    rows = CutRows.of_mask(cut, RowWindow.whole(geometry))
    for writeable in (True, False):
        labels = np.full(geometry.shape_kji, PARENCHYMA, dtype=np.uint8)
        labels[0] = INFERIOR_VENA_CAVA
        labels.flags.writeable = writeable
        SurroundingsEvaluator(LabelVolume(labels=labels, geometry=geometry)).evaluate(rows)
