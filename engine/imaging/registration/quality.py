"""How well two livers lie over each other after registration, in numbers a person can judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.deformation import Deformation
from engine.imaging.registration.features import LiverFeatures

FOLDED: Final = 1000.0
"""Growth that is written where the map folds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationQuality:
    """What is left between both livers once one is carried onto the other.

    Attributes:
        liver_dice: overlap of both livers, 0 to 1.
        surface_mm: mean distance of one liver's surface to the other's.
        surface_95_mm: 95th percentile of these distances.
        portal_mm: median distance of carried portal voxels to the other scan's portal vein; None without it in both.
        hepatic_mm: the same of hepatic veins.
        least_volume_factor: smallest local change of volume in the liver, later / earlier scan, but for the half per
            cent that shrinks most.
        greatest_volume_factor: the greatest, but for the half per cent that grows most; `FOLDED` where more folds.
    """

    liver_dice: float
    surface_mm: float
    surface_95_mm: float
    portal_mm: float | None
    hepatic_mm: float | None
    least_volume_factor: float
    greatest_volume_factor: float

    @property
    def residual_mm(self) -> float:
        """How far a carried cut may lie off, on average: the worst of surface and veins, mm."""
        return max(self.surface_mm, self.portal_mm or 0.0, self.hepatic_mm or 0.0)

    def as_json(self) -> dict[str, Any]:
        """All fields by name."""
        return {
            "liver_dice": self.liver_dice,
            "surface_mm": self.surface_mm,
            "surface_95_mm": self.surface_95_mm,
            "portal_mm": self.portal_mm,
            "hepatic_mm": self.hepatic_mm,
            "least_volume_factor": self.least_volume_factor,
            "greatest_volume_factor": self.greatest_volume_factor,
            "residual_mm": self.residual_mm,
        }


def registration_quality(later: LiverFeatures, earlier: LiverFeatures, to_earlier: Deformation) -> RegistrationQuality:
    """Measures what a registration left.

    Args:
        later: the scan whose points are carried.
        earlier: the scan they are carried to.
        to_earlier: the map, on the grid of `later`.
    """
    inside = later.outline_mm < 0.0
    shell = np.abs(later.outline_mm) <= float(later.geometry.spacing_ijk_mm[0])
    factors = to_earlier.volume_factors()[inside]
    low, high = (float(one) for one in np.percentile(factors, [0.5, 99.5]))
    carried = _carried(earlier.outline_mm, np.ones_like(inside), later, earlier, to_earlier).reshape(inside.shape)
    off = np.abs(carried[shell] - later.outline_mm[shell])
    both = int(np.count_nonzero(inside & (carried < 0.0)))
    either = int(np.count_nonzero(inside)) + int(np.count_nonzero(carried < 0.0))
    return RegistrationQuality(
        liver_dice=2.0 * both / max(1, either),
        surface_mm=float(off.mean()),
        surface_95_mm=float(np.percentile(off, 95)),
        portal_mm=_vein_mm((later.portal_mm, earlier.portal_mm), later, earlier, to_earlier),
        hepatic_mm=_vein_mm((later.hepatic_mm, earlier.hepatic_mm), later, earlier, to_earlier),
        # The map runs from the later scan to the earlier one: where it shrinks, the liver has grown.
        least_volume_factor=1.0 / max(high, 1.0 / FOLDED),
        greatest_volume_factor=1.0 / max(low, 1.0 / FOLDED),
    )


def _vein_mm(
    distances: tuple[NDArray[np.float32] | None, NDArray[np.float32] | None],
    later: LiverFeatures,
    earlier: LiverFeatures,
    to_earlier: Deformation,
) -> float | None:
    """Median distance of one tree's voxels in the later liver to that tree in the earlier scan, beyond the grid's."""
    own, others = distances
    if own is None or others is None:
        return None
    voxels = (own <= float(later.geometry.spacing_ijk_mm[0]) / 2.0) & (later.outline_mm < 0.0)
    if not voxels.any():
        return None
    carried = _carried(others, voxels, later, earlier, to_earlier)
    return float(np.median(np.maximum(carried - own[voxels], 0.0)))


def _carried(
    field: NDArray[np.float32],
    voxels: NDArray[np.bool_],
    later: LiverFeatures,
    earlier: LiverFeatures,
    to_earlier: Deformation,
) -> NDArray[np.float32]:
    """(n,) values of a field of the earlier scan at voxels of the later grid."""
    from scipy import ndimage

    points = to_earlier.apply(later.geometry.lps_from_index(np.argwhere(voxels)[:, ::-1]))
    places = earlier.geometry.index_from_lps(points)[:, ::-1].T
    values: NDArray[np.float32] = ndimage.map_coordinates(field, places, order=1, mode="nearest")
    return values
