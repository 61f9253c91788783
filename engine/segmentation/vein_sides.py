"""Portal told from hepatic veins by where they drain, for networks that know vessels only."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.segmentation import kernels

PORTAL: Final = 1
HEPATIC: Final = 2

_LEAST_SHARE: Final = 0.2


def portal_or_hepatic(
    vessel: NDArray[np.bool_],
    liver: NDArray[np.bool_],
    cava: NDArray[np.bool_],
    trunk: NDArray[np.bool_],
    spacing_mm: float,
) -> NDArray[np.uint8]:
    """Tells the two trees apart by where they drain: (k, j, i) 1 portal, 2 hepatic, 0 elsewhere.

    Hepatic veins enter the vena cava in the upper part of the liver, the portal vein enters from its trunk at
    the hilum in the lower part. Vessel voxels near either are seeds, and every other vessel voxel takes the side
    that is fewer steps away along the vessels. Pieces that touch neither take the side of the nearest vessel. Where
    one tree comes out almost empty, height alone decides.

    Args:
        vessel: (k, j, i) vessels in the liver; k grows superior.
        liver: (k, j, i) the liver on the same grid.
        cava: (k, j, i) the vena cava.
        trunk: (k, j, i) the portal trunk.
        spacing_mm: of the grid.
    """
    import edt

    seeds = np.zeros(vessel.shape, dtype=np.uint8)
    levels = np.flatnonzero(liver.any(axis=(1, 2)))
    if levels.size == 0 or not vessel.any():
        return seeds
    middle = int(levels[0] + 0.55 * (levels[-1] - levels[0]))
    if cava.any():
        near = edt.edt(~cava, parallel=2) * spacing_mm < 10.0
        near[:middle] = False
        seeds[vessel & near] = HEPATIC
    if trunk.any():
        near = edt.edt(~trunk, parallel=2) * spacing_mm < 8.0
        near[middle + 1 :] = False
        seeds[vessel & near] = PORTAL
    grown = _grown(seeds, vessel)
    if min((grown == side).sum() for side in (PORTAL, HEPATIC)) < _LEAST_SHARE * vessel.sum():
        # The coarse network missed a cava or a trunk, and one tree swallowed the other: height tells them apart
        # roughly, the confluence lying above the middle and the hilum below.
        grown = np.zeros(vessel.shape, dtype=np.uint8)
        grown[:middle][vessel[:middle]] = PORTAL
        grown[middle:][vessel[middle:]] = HEPATIC
    return grown


def nearest_side(sides: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(k, j, i) the side of the nearest vessel voxel, by steps."""
    near = sides.copy()
    kernels.spread(near, np.ones(sides.shape, dtype=bool))
    return near


def _grown(seeds: NDArray[np.uint8], vessel: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Seeds spread along the vessels, then to the pieces that touch none of them."""
    grown = seeds.copy()
    kernels.spread(grown, vessel)
    return np.where(vessel, nearest_side(grown), np.uint8(0)).astype(np.uint8)
