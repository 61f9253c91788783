"""A smooth map from the points of one scan to those of another, as displacements on a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deformation:
    """Where each point of one scan lies in another scan of the same patient.

    Attributes:
        displacement_lps_mm: (k, j, i, 3) float32, what is added to a point, LPS mm.
        geometry: where the displacements are known; beyond it the nearest one holds.
    """

    displacement_lps_mm: NDArray[np.float32]
    geometry: VolumeGeometry

    def __post_init__(self) -> None:
        """Refuses displacements that do not fit their grid."""
        if self.displacement_lps_mm.shape != (*self.geometry.shape_kji, 3):
            raise ValueError("displacements do not fit their grid")

    def apply(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Maps (n, 3) points of the first scan to (n, 3) points of the second, linear between samples."""
        from scipy import ndimage

        places = self.geometry.index_from_lps(points_lps_mm)[:, ::-1].T
        moved = np.array(points_lps_mm, dtype=np.float64)
        for axis in range(3):
            moved[:, axis] += ndimage.map_coordinates(
                self.displacement_lps_mm[..., axis], places, order=1, mode="nearest", output=np.float64
            )
        return moved

    def volume_factors(self) -> NDArray[np.float64]:
        """(k, j, i) determinant of the map's derivative: by how much a small volume grows; negative where it folds."""
        steps = np.diag(self.geometry.spacing_ijk_mm) @ self.geometry.direction.T
        if not np.allclose(steps, np.diag(np.diag(steps))):
            raise ValueError("the grid of displacements lies along LPS axes")
        derivative = np.empty((*self.geometry.shape_kji, 3, 3))
        for component in range(3):
            parts = np.gradient(self.displacement_lps_mm[..., component].astype(np.float64), axis=(2, 1, 0))
            for axis, part in enumerate(parts):
                derivative[..., component, axis] = part / steps[axis, axis] + (component == axis)
        return np.asarray(np.linalg.det(derivative), dtype=np.float64)
