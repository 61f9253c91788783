"""Free-form deformation by cubic B-splines (Rueckert 1999, IEEE Trans Med Imaging 18:712) with a bending penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.imaging.registration.energy import DistanceEnergy

if TYPE_CHECKING:
    from scipy.sparse import csr_array

BENDING: Final = 0.01
"""Weight of the squared second differences of control points (mm2) against the squared residuals (mm2)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SplineGrid:
    """Control points over a grid along LPS axes, one beyond it on every side as a cubic spline needs.

    Attributes:
        origin_lps_mm: (3,) of the first interval.
        knots_mm: distance of control points.
        shape_xyz: control points along x, y, z.
    """

    origin_lps_mm: NDArray[np.float64]
    knots_mm: float
    shape_xyz: tuple[int, int, int]

    @classmethod
    def over(cls, geometry: VolumeGeometry, knots_mm: float) -> SplineGrid:
        """Control points that cover a grid."""
        extent = (np.array(geometry.shape_kji[::-1]) - 1) * geometry.spacing_ijk_mm
        count = np.ceil(extent / knots_mm).astype(int) + 3
        return cls(
            origin_lps_mm=geometry.origin_lps_mm,
            knots_mm=knots_mm,
            shape_xyz=(int(count[0]), int(count[1]), int(count[2])),
        )

    @property
    def size(self) -> int:
        """How many control points."""
        return int(np.prod(self.shape_xyz))

    def along(self, coordinates_mm: NDArray[np.float64], axis: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(n,) first control point and (n, 4) weights of coordinates along one axis."""
        place = (coordinates_mm - self.origin_lps_mm[axis]) / self.knots_mm
        first = np.clip(np.floor(place).astype(np.int64), 0, self.shape_xyz[axis] - 4)
        u = place - first
        weights = np.stack([(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3], axis=-1)
        return first, weights / 6.0

    def matrix(self, points_lps_mm: NDArray[np.float64]) -> csr_array:
        """(n, control points) weights of (n, 3) points inside the grid."""
        from scipy.sparse import csr_array

        parts = [self.along(points_lps_mm[:, axis], axis) for axis in range(3)]
        weights = np.einsum("na,nb,nc->nabc", *(weights for _, weights in parts)).reshape(len(points_lps_mm), 64)
        steps = np.arange(4)
        index = [first[:, None] + steps for first, _ in parts]
        columns = (index[0][:, :, None, None] * self.shape_xyz[1] + index[1][:, None, :, None]) * self.shape_xyz[
            2
        ] + index[2][:, None, None, :]
        pointers = np.arange(0, 64 * len(points_lps_mm) + 1, 64)
        return csr_array((weights.ravel(), columns.reshape(-1), pointers), shape=(len(points_lps_mm), self.size))

    def field(self, control_mm: NDArray[np.float64], geometry: VolumeGeometry) -> NDArray[np.float64]:
        """(k, j, i, 3) displacements on a grid along LPS axes, from (control points, 3)."""
        bases = []
        for axis in range(3):
            extent = geometry.shape_kji[2 - axis]
            coordinates = geometry.origin_lps_mm[axis] + geometry.spacing_ijk_mm[axis] * np.arange(extent)
            first, weights = self.along(coordinates, axis)
            basis = np.zeros((extent, self.shape_xyz[axis]))
            np.put_along_axis(basis, first[:, None] + np.arange(4), weights, axis=1)
            bases.append(basis)
        control = control_mm.reshape(*self.shape_xyz, 3)
        return np.asarray(np.einsum("ix,jy,kz,xyzd->kjid", *bases, control, optimize=True), dtype=np.float64)


def fit_spline(
    energy: DistanceEnergy, before_mm: NDArray[np.float64], grid: SplineGrid, iterations: int
) -> NDArray[np.float64]:
    """(control points, 3) that bring the points closer, beyond the displacements they already have.

    Args:
        energy: compares both scans.
        before_mm: (n, 3) displacement of the sample points so far.
        grid: the control points.
        iterations: of L-BFGS at most.
    """
    from scipy.optimize import minimize

    basis = grid.matrix(energy.points_lps_mm)
    transposed = basis.T.tocsr()

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        control = flat.reshape(-1, 3)
        residuals = energy.residuals(before_mm + basis @ control)
        bending, bent = _bending(control.reshape(*grid.shape_xyz, 3))
        slope = transposed @ residuals.loss_gradient() + BENDING * bent.reshape(-1, 3)
        return residuals.loss_mm2 + BENDING * bending, slope.ravel()

    found = minimize(
        loss, np.zeros(3 * grid.size), jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 8}
    )
    return np.asarray(found.x, dtype=np.float64).reshape(-1, 3)


def _bending(control: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Mean squared second difference along x, y, z and across two of them, and its derivative."""
    slope = np.zeros_like(control)
    total = 0.0
    count = control.size
    for axis in range(3):
        middle = np.diff(control, n=2, axis=axis)
        total += float((middle**2).sum()) / count
        _spread(slope, 2.0 * middle / count, axis)
    return total, slope


def _spread(slope: NDArray[np.float64], of_difference: NDArray[np.float64], axis: int) -> None:
    """Adds the transpose of a second difference in place."""
    extent = slope.shape[axis]
    for offset, factor in ((0, 1.0), (1, -2.0), (2, 1.0)):
        part = [slice(None)] * slope.ndim
        part[axis] = slice(offset, extent - 2 + offset)
        slope[tuple(part)] += factor * of_difference
