"""How deep a point lies under an organ's surface, on a grid of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.phantom.growth import kernels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrganField:
    """Depth under the surface of an organ on an LPS-aligned grid.

    Attributes:
        depth_mm: (k, j, i) float32, positive inside.
        origin_lps_mm: (3,) centre of voxel (0, 0, 0).
        step_mm: grid spacing.
    """

    depth_mm: NDArray[np.float32]
    origin_lps_mm: NDArray[np.float64]
    step_mm: float

    @classmethod
    def from_mask(cls, mask: NDArray[np.bool_], origin_lps_mm: NDArray[np.float64], step_mm: float) -> OrganField:
        """Signed distance of a mask on an isotropic LPS-aligned grid."""
        from scipy import ndimage

        inside = ndimage.distance_transform_edt(mask)
        outside = ndimage.distance_transform_edt(~mask)
        depth = (np.where(mask, inside - 0.5, 0.5 - outside) * step_mm).astype(np.float32)
        return cls(depth_mm=depth, origin_lps_mm=origin_lps_mm, step_mm=step_mm)

    def depth_at(self, point: NDArray[np.float64]) -> float:
        """Depth (mm) of one point in LPS mm."""
        return float(kernels.depth_at(point[0], point[1], point[2], self.depth_mm, self.origin_lps_mm, self.step_mm))

    def points_deeper_than(self, least_mm: float) -> NDArray[np.float64]:
        """(n, 3) LPS mm of the grid points at least so deep."""
        index = np.argwhere(self.depth_mm >= least_mm)[:, ::-1]
        return index * self.step_mm + self.origin_lps_mm

    def pushed_inside(self, point: NDArray[np.float64], least_mm: float) -> NDArray[np.float64]:
        """The point moved along the depth's gradient until it lies `least_mm` deep, or as deep as it gets."""
        here = np.array(point, dtype=np.float64)
        for _ in range(40):
            missing = least_mm - self.depth_at(here)
            if missing <= 0:
                break
            steps = 3.0 * np.eye(3)
            slope = np.array([self.depth_at(here + step) - self.depth_at(here - step) for step in steps])
            norm = float(np.linalg.norm(slope))
            if norm < 1e-6:
                break
            here += slope / norm * min(3.0, 0.7 * missing + 0.2)
        return here
