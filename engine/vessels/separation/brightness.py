"""Log odds of portal against hepatic from how bright this patient's two trees are.

In many portal-venous scans the portal vein still is, or no longer is, the brighter one by some ten HU; in others both
are alike, and then nothing is said. Which it is comes from the patient: from the pieces that position, calibre and
course make sure of.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.vessels.skeleton.value import VesselSkeleton

_SURE: Final = 0.9
_LEAST_RADIUS_MM: Final = 1.2
_LEAST_SURE_MM: Final = 40.0
"""Length of sure centre line that each tree needs."""

_SEPARABLE: Final = (0.8, 1.6)
"""Differences of the trees' levels in their sd at which brightness starts to count, and counts in full: of two alike
trees of twenty vessels each, chance makes levels differ by 0.3 sd."""

_MOST_NATS: Final = 3.0
_ANEW_MM: Final = 10.0
"""What dims or brightens a vessel (streaming, a stone's artefact) runs along it: the odds count once in so much."""

_OUTLIER_SD: Final = 2.5


def brightness_odds(
    skeleton: VesselSkeleton, portal: NDArray[np.bool_], confidence: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(pieces,) nats for portal; 0 where the trees are alike, nothing is known, or a piece was not seen.

    The levels of both trees and one slope over 1 / radius, common to both (thin vessels are diluted by parenchyma),
    are fitted to the sure pieces by least squares.

    Args:
        skeleton: with `evidence.hu`.
        portal: (pieces,) side found without brightness.
        confidence: (pieces,) of that side.
    """
    hu = skeleton.evidence.hu
    lengths = skeleton.lengths_mm()
    radii = np.add.reduceat(skeleton.radii_mm[skeleton.path], skeleton.path_start[:-1]) / np.diff(skeleton.path_start)
    known = np.isfinite(hu) & (skeleton.bridge == 0) & (radii >= _LEAST_RADIUS_MM)
    sure = known & (confidence >= _SURE)
    nothing = np.zeros(skeleton.pieces)
    if min(lengths[sure & portal].sum(), lengths[sure & ~portal].sum()) < _LEAST_SURE_MM:
        return nothing
    terms = np.stack([portal, ~portal, 1.0 / np.maximum(radii, _LEAST_RADIUS_MM)], axis=1).astype(np.float64)
    levels, spread = _fitted(terms[sure], hu[sure], np.sqrt(lengths[sure]))
    difference = float(levels[0] - levels[1])
    start, full = _SEPARABLE
    weight = np.clip((abs(difference) / spread - start) / (full - start), 0.0, 1.0)
    above_middle = np.where(known, hu - 0.5 * (levels[0] + levels[1]) - levels[2] * terms[:, 2], 0.0)
    nats = np.clip(above_middle * difference / spread**2, -_MOST_NATS, _MOST_NATS)
    odds: NDArray[np.float64] = weight * nats * lengths / _ANEW_MM
    return odds


def _fitted(
    terms: NDArray[np.float64], hu: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Coefficients and robust residual sd; outliers are left out of a second fit."""
    kept = np.ones(len(hu), dtype=bool)
    for _ in range(2):
        solved = np.linalg.lstsq(terms[kept] * weights[kept, None], hu[kept] * weights[kept], rcond=None)[0]
        found = np.asarray(solved, dtype=np.float64)
        off = hu - terms @ found
        spread = max(1.4826 * float(np.median(np.abs(off[kept]))), 1.0)
        kept = np.abs(off) <= _OUTLIER_SD * spread
    return found, spread
