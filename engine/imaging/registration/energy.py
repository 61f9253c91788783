"""How far two livers are apart for a given displacement of sample points, and which way is down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.imaging.registration.features import LiverFeatures
from engine.imaging.registration.kernels import sample_with_slope

OUTLINE_REACH_MM: Final = 25.0
"""The outline speaks this far to both sides; deeper inside only the veins do."""
VEIN_REACH_MM: Final = 15.0
"""A vein speaks this far; what is farther from it knows nothing of it."""
ROBUST_MM: Final = 3.0
"""Beyond this a residual counts by its length, not its square: a vein seen in one scan only must not pull."""

NEAR_MM: Final = 4.0
"""A point this far from outline or vein tells half as much of it as one on it: a liver that grew keeps its surface,
not the depth of what lies inside."""

_MOST_POINTS: Final = 30_000
_LEAST_TRUST: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residuals:
    """What is left at the sample points.

    Attributes:
        values_mm: (n, channels) carried distance minus own distance.
        gradients: (n, channels, 3) their derivative by the displacement of the point.
        trust: (n, channels) how much each tells; adds up to 1.
    """

    values_mm: NDArray[np.float64]
    gradients: NDArray[np.float64]
    trust: NDArray[np.float64]

    @property
    def weights(self) -> NDArray[np.float64]:
        """(n, channels) of a pseudo-Huber loss: the loss's derivative over the residual, times the trust."""
        weights: NDArray[np.float64] = self.trust / np.sqrt(1.0 + (self.values_mm / ROBUST_MM) ** 2)
        return weights

    @property
    def loss_mm2(self) -> float:
        """Weighted mean of the pseudo-Huber loss over points and channels, mm2."""
        scaled = np.sqrt(1.0 + (self.values_mm / ROBUST_MM) ** 2) - 1.0
        return float(2.0 * ROBUST_MM**2 * (self.trust * scaled).sum())

    def loss_gradient(self) -> NDArray[np.float64]:
        """(n, 3) derivative of the loss by each point's displacement."""
        pull = 2.0 * self.weights * self.values_mm
        return np.asarray(np.einsum("nc,ncd->nd", pull, self.gradients), dtype=np.float64)


class DistanceEnergy:
    """Compares distances to outline and veins at points of the later scan with those where the points are carried.

    Distances of label maps instead of grey values: no contrast phase plays a part, every residual is in mm, and the
    slope leads home from far away.

    Args:
        later: features of the scan whose points are carried.
        earlier: features of the scan they are carried to.
    """

    def __init__(self, later: LiverFeatures, earlier: LiverFeatures) -> None:
        """Chooses the sample points and stacks the distances both scans have."""
        pairs = [(later.outline_mm, earlier.outline_mm, OUTLINE_REACH_MM)]
        for own, other in ((later.portal_mm, earlier.portal_mm), (later.hepatic_mm, earlier.hepatic_mm)):
            if own is not None and other is not None:
                pairs.append((own, other, VEIN_REACH_MM))
        trust = np.stack([1.0 / (1.0 + (own.ravel() / NEAR_MM) ** 2) for own, _, _ in pairs], axis=-1)
        # Veins beyond the liver reach as far as the scan does, which differs; they are left out.
        trust[later.outline_mm.ravel() > NEAR_MM, 1:] = 0.0
        voxels = np.flatnonzero(trust.max(axis=1) > _LEAST_TRUST)
        # Points are spread evenly by a fixed draw, so that the same scans give the same numbers.
        if len(voxels) > _MOST_POINTS:
            voxels = np.sort(np.random.default_rng(0).choice(voxels, _MOST_POINTS, replace=False))
        kji = np.stack(np.unravel_index(voxels, later.geometry.shape_kji), axis=-1)
        self.points_lps_mm = later.geometry.lps_from_index(kji[:, ::-1])
        self._own = np.stack([np.clip(own.ravel()[voxels], -reach, reach) for own, _, reach in pairs], axis=-1)
        self._fields = np.stack([np.clip(other, -reach, reach) for _, other, reach in pairs], axis=-1)
        self._trust = trust[voxels] / trust[voxels].sum()
        self._geometry = earlier.geometry

    def residuals(self, displacements_mm: NDArray[np.float64]) -> Residuals:
        """Compares at the points moved by (n, 3) displacements, LPS mm."""
        values, gradients = sampled_with_gradient(self._fields, self._geometry, self.points_lps_mm + displacements_mm)
        return Residuals(values_mm=values - self._own, gradients=gradients, trust=self._trust)


def sampled_with_gradient(
    fields: NDArray[np.float32], geometry: VolumeGeometry, points_lps_mm: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trilinear samples of stacked fields with their exact derivatives.

    Args:
        fields: (k, j, i, channels).
        geometry: a grid along LPS axes.
        points_lps_mm: (n, 3); beyond the grid the value of its edge holds and the derivative across it is 0.

    Returns:
        (n, channels) values and (n, channels, 3) derivatives by x, y, z per mm.
    """
    index = geometry.index_from_lps(points_lps_mm)
    values = np.empty((len(index), fields.shape[-1]))
    gradients = np.empty((len(index), fields.shape[-1], 3))
    sample_with_slope(fields, index, values, gradients)
    return values, gradients / geometry.spacing_ijk_mm
