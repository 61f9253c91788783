"""What a picture of a flattened cut is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.resection.resectogram.resectogram import Resectogram
from engine.vessel_tree import VesselKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CutVessel:
    """A vessel that the cut goes through.

    Attributes:
        title: its name as people read it.
        tree: portal or hepatic.
        calibre_mm: diameter across its centre line.
        uv_mm: where it crosses, in the picture.
    """

    title: str
    tree: VesselKind
    calibre_mm: float
    uv_mm: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NearTumour:
    """A tumour in front of or behind the cut.

    Attributes:
        title: as people read it.
        words: how it lies to the plan's cut, e.g. "resected, 6.8 mm".
        shadow: (rows, columns) where it lies, seen along the cut's normal.
    """

    title: str
    words: str
    shadow: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResectogramPanel:
    """One flattened cut of a figure.

    Attributes:
        resectogram: the data, at the resolution to draw.
        title: which resection it is.
        vessels: that it crosses.
        tumours: that lie near it.
    """

    resectogram: Resectogram
    title: str
    vessels: tuple[CutVessel, ...]
    tumours: tuple[NearTumour, ...]
