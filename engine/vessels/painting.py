"""The label map put right: each vessel voxel carries the value of the tree it was found to belong to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.vessels.separation.separate import HEPATIC, NO_VESSEL, PORTAL, Separation
from engine.vessels.skeleton.value import VesselSkeleton
from engine.volume import LabelVolume

_INSIDE = {PORTAL: anatomy.PORTAL_VEIN, HEPATIC: anatomy.HEPATIC_VEINS, NO_VESSEL: anatomy.PARENCHYMA}
_OUTSIDE = {PORTAL: anatomy.PORTAL_VEIN_EXTRAHEPATIC, HEPATIC: anatomy.HEPATIC_VEINS_EXTRAHEPATIC}


def relabelled(
    labels: LabelVolume, skeleton: VesselSkeleton, separation: Separation, used: NDArray[np.intp]
) -> LabelVolume:
    """Gives every voxel of a piece the value of its side, inside the liver and outside; specks keep theirs.

    Args:
        labels: what the skeleton was built from.
        skeleton: of the vessels.
        separation: the side of each piece.
        used: pieces that are part of a tree; bridges among them are painted as tubes, in parenchyma only.
    """
    values = labels.labels.copy()
    flat = values.ravel()
    owned = skeleton.voxel_piece >= 0
    voxels = skeleton.voxels[owned]
    side = separation.side[skeleton.voxel_piece[owned]]
    inside = np.isin(flat[voxels], (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS))
    around = anatomy.BODY if (flat == anatomy.BODY).any() else anatomy.BACKGROUND
    table = np.zeros((2, 3), dtype=np.uint8)
    for value in (PORTAL, HEPATIC, NO_VESSEL):
        table[1, value] = _INSIDE[value]
        table[0, value] = _OUTSIDE.get(value, around)
    flat[voxels] = table[inside.astype(int), side]
    for piece in used[skeleton.bridge[used] > 0]:
        _paint_tube(values, skeleton, int(piece), _INSIDE[int(separation.side[piece])])
    return LabelVolume(labels=values, geometry=labels.geometry)


def _paint_tube(values: NDArray[np.uint8], skeleton: VesselSkeleton, piece: int, value: int) -> None:
    """Paints a ball around every point of a piece into the parenchyma of `values`, in place."""
    points = skeleton.points_of(piece)
    geometry = skeleton.geometry
    # The axes may be oblique in space, but they stand square to each other: distances are per axis.
    spacing = geometry.spacing_kji_mm
    for place, radius in zip(
        geometry.index_from_lps(skeleton.points_lps_mm[points])[:, ::-1], skeleton.radii_mm[points], strict=True
    ):
        reach = np.maximum(radius / spacing, 0.5)
        low = np.maximum(0, np.ceil(place - reach)).astype(int)
        high = np.minimum(values.shape, np.floor(place + reach).astype(int) + 1)
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        k, j, i = np.ogrid[box]
        away = ((k - place[0]) / reach[0]) ** 2 + ((j - place[1]) / reach[1]) ** 2 + ((i - place[2]) / reach[2]) ** 2
        block = values[box]
        block[(away <= 1.0) & (block == anatomy.PARENCHYMA)] = value
