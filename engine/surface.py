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
        error_mm: measured symmetric distance (95th percentile) to the surface before simplification, mm; 0 for that.
        volume_ml: enclosed volume, millilitres.
        max_error_mm: the largest such distance of a vertex or of a face's centre; None where it was not measured. A
            piece too small for a coarse level shows here: as the distance to what is left.
    """

    vertices_lps_mm: NDArray[np.float32]
    faces: NDArray[np.uint32]
    error_mm: float
    volume_ml: float
    max_error_mm: float | None = None

    @property
    def bounds_lps_mm(self) -> NDArray[np.float32]:
        """(2, 3) lowest and highest corner of the axis-aligned box."""
        return np.stack([self.vertices_lps_mm.min(axis=0), self.vertices_lps_mm.max(axis=0)])
