"""A boundary between segments: a plane from landmarks, bent towards the vein seen in it.

The offset of the boundary from its plane is a smooth function of the two places in the plane (constant, tilts,
twist, two bends) with a Gaussian prior; points of the vein are observations of it. The posterior mean is the
boundary: with a long vein it follows the vein, with none it is the landmarks' plane, with a piece it is between
(Bayesian linear regression, Bishop 2006, 3.3). Its spread is how sure the boundary is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.vessels.couinaud import kernels

_PRIOR_AT_REACH_MM: Final = np.array([9.0, 14.0, 10.0, 5.0, 6.0, 5.0])
"""Prior spread of each term at `_REACH_MM` from the origin: shift, tilts along and up, twist, bends."""
_REACH_MM: Final = 60.0
_VEIN_SPREAD_MM: Final = 7.0
"""A vein wanders this far about the boundary it marks."""
_STRAY_MM: Final = 18.0
"""A point this far from the landmarks' plane counts a quarter (Geman and McClure 1987): another vein's?"""
_POINT_STEP_MM: Final = 15.0
"""Points of a vein nearer than this say the same."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoundarySurface:
    """A bent plane.

    Attributes:
        origin_lps_mm: (3,) where the plane starts.
        along: (3,) unit vector in the plane, away from the origin.
        up: (3,) unit vector in the plane, across `along`.
        normal: (3,) unit vector to the positive side.
        terms: (6,) mean of the terms at the reach, mm.
        spread: (6, 6) their covariance, mm2.
    """

    origin_lps_mm: NDArray[np.float64]
    along: NDArray[np.float64]
    up: NDArray[np.float64]
    normal: NDArray[np.float64]
    terms: NDArray[np.float64]
    spread: NDArray[np.float64]

    def side(self, points_lps_mm: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """((n,) signed distance in mm, above 0 on the normal's side; (n,) standard deviation of the boundary)."""
        return kernels.sides(points_lps_mm, self._frame(), _REACH_MM, self.terms, self.spread)

    def through(
        self, points_lps_mm: NDArray[np.float64], lengths_mm: NDArray[np.float64], trust: float
    ) -> BoundarySurface:
        """The surface after seeing (n, 3) points of its vein, each standing for a length, trusted 0 to 1."""
        if not len(points_lps_mm) or trust <= 0:
            return self
        design = np.empty((len(points_lps_mm), len(self.terms)))
        offset = kernels.design(points_lps_mm, self._frame(), _REACH_MM, design)
        stray = (offset - design @ self.terms) / _STRAY_MM
        weight = trust * lengths_mm / _POINT_STEP_MM / _VEIN_SPREAD_MM**2 / (1.0 + stray**2) ** 2
        precision = np.linalg.inv(self.spread)
        spread = np.linalg.inv(precision + (design * weight[:, None]).T @ design)
        terms = spread @ (precision @ self.terms + design.T @ (weight * offset))
        return BoundarySurface(
            origin_lps_mm=self.origin_lps_mm,
            along=self.along,
            up=self.up,
            normal=self.normal,
            terms=terms,
            spread=np.asarray(spread, dtype=np.float64),
        )

    def _frame(self) -> NDArray[np.float64]:
        """(4, 3) as the kernels read it."""
        return np.array([self.origin_lps_mm, self.along, self.up, self.normal])


def plane_surface(
    origin_lps_mm: NDArray[np.float64], along: NDArray[np.float64], up: NDArray[np.float64], normal: NDArray[np.float64]
) -> BoundarySurface:
    """The landmarks' plane; `along`, `up`, `normal` are orthogonal unit vectors in LPS."""
    return BoundarySurface(
        origin_lps_mm=origin_lps_mm,
        along=along,
        up=up,
        normal=normal,
        terms=np.zeros(len(_PRIOR_AT_REACH_MM)),
        spread=np.diag(_PRIOR_AT_REACH_MM**2),
    )
