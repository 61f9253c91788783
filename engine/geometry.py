"""The only place that knows axis order.

Arrays are indexed (k, j, i); voxel indices written as points are (i, j, k); points in space are
float64 LPS millimetres (+x to the patient's left, +y posterior, +z superior). Index (0, 0, 0) is the
*centre* of the first voxel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, kw_only=True, eq=False)
class VolumeGeometry:
    """Where the voxels of a volume lie in the patient.

    Attributes:
        shape_kji: number of voxels along k, j, i.
        lps_from_ijk: (4, 4) float64, maps homogeneous voxel indices (i, j, k, 1) to LPS mm. May be oblique
            and may be left-handed (negative determinant).
    """

    shape_kji: tuple[int, int, int]
    lps_from_ijk: NDArray[np.float64]

    def __post_init__(self) -> None:
        matrix = np.array(self.lps_from_ijk, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise ValueError("lps_from_ijk must be a finite (4, 4) matrix")
        if abs(np.linalg.det(matrix[:3, :3])) < 1e-9:
            raise ValueError("lps_from_ijk is singular")
        matrix.flags.writeable = False
        object.__setattr__(self, "lps_from_ijk", matrix)
        object.__setattr__(self, "shape_kji", tuple(int(n) for n in self.shape_kji))

    @classmethod
    def from_parts(
        cls,
        *,
        shape_kji: tuple[int, int, int],
        spacing_ijk_mm: ArrayLike,
        origin_lps_mm: ArrayLike = (0.0, 0.0, 0.0),
        direction: ArrayLike | None = None,
    ) -> Self:
        """Builds a geometry from spacing (mm along i, j, k), origin and direction (columns = unit axes of i, j, k)."""
        axes = np.eye(3) if direction is None else np.asarray(direction, dtype=np.float64).reshape(3, 3)
        matrix = np.eye(4)
        matrix[:3, :3] = axes * np.asarray(spacing_ijk_mm, dtype=np.float64)
        matrix[:3, 3] = origin_lps_mm
        return cls(shape_kji=shape_kji, lps_from_ijk=matrix)

    @cached_property
    def spacing_ijk_mm(self) -> NDArray[np.float64]:
        """(3,) distance between neighbouring voxel centres along i, j, k in mm."""
        spacing: NDArray[np.float64] = np.linalg.norm(self.lps_from_ijk[:3, :3], axis=0)
        return spacing

    @property
    def spacing_kji_mm(self) -> NDArray[np.float64]:
        """(3,) spacing in array order."""
        return self.spacing_ijk_mm[::-1]

    @property
    def origin_lps_mm(self) -> NDArray[np.float64]:
        """(3,) centre of voxel (0, 0, 0)."""
        return self.lps_from_ijk[:3, 3]

    @cached_property
    def direction(self) -> NDArray[np.float64]:
        """(3, 3) columns are the unit axes of i, j, k in LPS."""
        return self.lps_from_ijk[:3, :3] / self.spacing_ijk_mm

    @cached_property
    def ijk_from_lps(self) -> NDArray[np.float64]:
        """(4, 4) inverse of `lps_from_ijk`."""
        return np.linalg.inv(self.lps_from_ijk).astype(np.float64)

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return float(abs(np.linalg.det(self.lps_from_ijk[:3, :3]))) / 1000.0

    @property
    def is_right_handed(self) -> bool:
        """Whether (i, j, k) is a right-handed frame."""
        return bool(np.linalg.det(self.lps_from_ijk[:3, :3]) > 0)

    def lps_from_index(self, ijk: ArrayLike) -> NDArray[np.float64]:
        """Maps (..., 3) voxel indices (i, j, k), fractions allowed, to (..., 3) LPS mm."""
        return np.asarray(ijk, dtype=np.float64) @ self.lps_from_ijk[:3, :3].T + self.lps_from_ijk[:3, 3]

    def index_from_lps(self, points_lps_mm: ArrayLike) -> NDArray[np.float64]:
        """Maps (..., 3) LPS mm to (..., 3) fractional voxel indices (i, j, k)."""
        return np.asarray(points_lps_mm, dtype=np.float64) @ self.ijk_from_lps[:3, :3].T + self.ijk_from_lps[:3, 3]

    def plane_in_index(self, point_lps_mm: ArrayLike, normal_lps: ArrayLike) -> tuple[NDArray[np.float64], float]:
        """Returns (a, b) with signed distance in mm of voxel (i, j, k) to the plane = a . (i, j, k) + b."""
        normal = np.asarray(normal_lps, dtype=np.float64)
        normal = normal / np.linalg.norm(normal)
        coefficients = self.lps_from_ijk[:3, :3].T @ normal
        return coefficients, float(normal @ (self.origin_lps_mm - np.asarray(point_lps_mm, dtype=np.float64)))

    def cropped(self, start_kji: tuple[int, int, int], shape_kji: tuple[int, int, int]) -> VolumeGeometry:
        """Geometry of `array[start : start + shape]`."""
        matrix = np.array(self.lps_from_ijk)
        matrix[:3, 3] = self.lps_from_index(start_kji[::-1])
        return VolumeGeometry(shape_kji=shape_kji, lps_from_ijk=matrix)

    def resampled(self, spacing_ijk_mm: ArrayLike) -> VolumeGeometry:
        """Geometry over the same field of view (outer voxel faces kept) with about the given spacing."""
        wanted = np.asarray(spacing_ijk_mm, dtype=np.float64)
        shape_ijk = np.asarray(self.shape_kji[::-1], dtype=np.float64)
        extent_mm = shape_ijk * self.spacing_ijk_mm
        new_shape = np.maximum(1, np.ceil(extent_mm / wanted - 1e-6)).astype(int)
        new_shape_kji = (int(new_shape[2]), int(new_shape[1]), int(new_shape[0]))
        matrix = np.eye(4)
        matrix[:3, :3] = self.direction * wanted
        first_centre_ijk = (wanted / self.spacing_ijk_mm - 1.0) / 2.0
        matrix[:3, 3] = self.lps_from_index(first_centre_ijk)
        return VolumeGeometry(shape_kji=new_shape_kji, lps_from_ijk=matrix)

    def matches(self, other: VolumeGeometry, *, tolerance_mm: float = 0.01) -> bool:
        """Whether both grids have the same shape and no voxel corner is further apart than the tolerance."""
        if self.shape_kji != other.shape_kji:
            return False
        corners = np.array(
            [[i, j, k] for i in (0, self.shape_kji[2]) for j in (0, self.shape_kji[1]) for k in (0, self.shape_kji[0])]
        )
        return bool(np.abs(self.lps_from_index(corners) - other.lps_from_index(corners)).max() <= tolerance_mm)


def orientation_code(geometry: VolumeGeometry) -> str:
    """Three letters, one per axis i, j, k: the patient side it grows towards ("LPS" for an identity direction)."""
    letters = ("LR", "PA", "SI")
    code = ""
    for axis in geometry.direction.T:
        component = int(np.argmax(np.abs(axis)))
        code += letters[component][0 if axis[component] > 0 else 1]
    return code
