"""The label map put right: each vessel voxel carries the value of the tree it was found to belong to."""

from __future__ import annotations

import numpy as np

from engine import anatomy
from engine.vessels.separation.separate import HEPATIC, NO_VESSEL, PORTAL, Separation
from engine.vessels.skeleton.value import VesselSkeleton
from engine.volume import LabelVolume

_INSIDE = {PORTAL: anatomy.PORTAL_VEIN, HEPATIC: anatomy.HEPATIC_VEINS, NO_VESSEL: anatomy.PARENCHYMA}
_OUTSIDE = {PORTAL: anatomy.PORTAL_VEIN_EXTRAHEPATIC, HEPATIC: anatomy.HEPATIC_VEINS_EXTRAHEPATIC}


def relabelled(labels: LabelVolume, skeleton: VesselSkeleton, separation: Separation) -> LabelVolume:
    """Gives every voxel of a piece the value of its side, inside the liver and outside; specks keep theirs."""
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
    return LabelVolume(labels=values, geometry=labels.geometry)
