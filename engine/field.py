"""A signed distance field in 8 bits, for shaders that draw margins and outlines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DistanceField:
    """Distance in mm = (value - zero_value) * mm_per_step, negative inside; saturates at 0 and 255.

    Attributes:
        values: (k, j, i) uint8.
        geometry: where the samples lie (usually coarser than the scan and cropped to the liver).
        mm_per_step: millimetres per unit of value.
        zero_value: the value on the surface.
    """

    values: NDArray[np.uint8]
    geometry: VolumeGeometry
    mm_per_step: float
    zero_value: int
