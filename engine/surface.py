"""A closed triangle surface at one level of detail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeshLevel:
    """One level of detail of a structure's surface; closed and manifold.

    Attributes:
        vertices_lps_mm: (n, 3) float32, patient LPS millimetres.
        faces: (m, 3) uint32, counter-clockwise seen from outside.
        error_mm: measured symmetric distance (95th percentile) to the finest surface, mm; 0 for the finest.
        volume_ml: enclosed volume, millilitres.
    """

    vertices_lps_mm: NDArray[np.float32]
    faces: NDArray[np.uint32]
    error_mm: float
    volume_ml: float

    @property
    def bounds_lps_mm(self) -> NDArray[np.float32]:
        """(2, 3) lowest and highest corner of the axis-aligned box."""
        return np.stack([self.vertices_lps_mm.min(axis=0), self.vertices_lps_mm.max(axis=0)])
