"""From the fine network's probabilities to one class a voxel, with the pieces dropped that are no anatomy."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.segmentation.grids import ClassGrid

FINE_CLASSES: Final = (
    "other",
    "liver",
    "portal_vein_inside",
    "hepatic_veins_inside",
    "tumour",
    "portal_vein",
    "hepatic_veins",
)
"""Veins carry their plain name outside the liver, as in the coarse stage."""

_SMALLEST_VESSEL_ML: Final = 0.15
_STUMP_VOXELS: Final = 8
_KEPT_SHARE: Final = np.uint8(192)
_LEFT_SHARE: Final = np.uint8(255 - 192)


def decided(
    shares: NDArray[np.uint8],
    region_share: NDArray[np.uint8],
    tumour: NDArray[np.bool_],
    cava: NDArray[np.bool_],
    geometry: VolumeGeometry,
) -> ClassGrid:
    """Probabilities that agree with the outline and with the pieces worth keeping, and their winners.

    A voxel is a vessel where portal and hepatic vein together are more probable than not, and takes the likelier side:
    a network in doubt about the side must not lose the vessel. What is dropped becomes what surrounds it.

    Args:
        shares: (k, j, i, 5) uint8 other, liver, portal vein, hepatic veins, tumour.
        region_share: (k, j, i) uint8 probability of lying within the liver's outline.
        tumour: (k, j, i) the tumours to keep.
        cava: (k, j, i) the vena cava, which hepatic veins do not go on into.
        geometry: the grid.
    """
    portal, hepatic = shares[..., 2].astype(np.uint16), shares[..., 3].astype(np.uint16)
    vessel = np.minimum(portal + hepatic, 255).astype(np.uint8)
    is_portal = portal >= hepatic
    region = region_share > 127
    found = vessel > 127
    inside = vessel_pieces(found & region & ~tumour, geometry.voxel_volume_ml)
    outside = found & ~region & ~cava
    trunk = touching(outside & is_portal, inside & is_portal)
    stumps = touching(outside & ~is_portal, inside & ~is_portal) & _near(inside & ~is_portal, _STUMP_VOXELS)
    probability = np.zeros((*geometry.shape_kji, len(FINE_CLASSES)), dtype=np.uint8)
    left = region_share.copy()
    # The filter may keep more than the network was sure of: its outline decides, and runs half-way between voxels.
    tumour_share = np.where(tumour, np.maximum(shares[..., 4], _KEPT_SHARE), np.minimum(shares[..., 4], _LEFT_SHARE))
    for channel, share, kept in (
        (4, tumour_share, tumour),
        (2, vessel, inside & is_portal),
        (3, vessel, inside & ~is_portal),
    ):
        part = np.minimum(np.where(_near(kept, 2), share, np.uint8(0)), left)
        if channel in (2, 3):
            part[is_portal if channel == 3 else ~is_portal] = 0
        probability[..., channel] = part
        left -= part
    probability[..., 1] = left
    left = 255 - region_share
    for channel, kept in ((5, trunk), (6, stumps)):
        part = np.minimum(np.where(_near(kept, 1), vessel, np.uint8(0)), left)
        probability[..., channel] = part
        left -= part
    probability[..., 0] = left
    winner = probability.argmax(axis=-1).astype(np.uint8)
    return ClassGrid(classes=FINE_CLASSES, probability=probability, winner=winner, geometry=geometry)


def vessel_pieces(mask: NDArray[np.bool_], voxel_ml: float) -> NDArray[np.bool_]:
    """Connected pieces that are large enough to be a vessel."""
    import cc3d

    least = max(1, int(_SMALLEST_VESSEL_ML / voxel_ml))
    pieces: NDArray[np.bool_] = np.asarray(cc3d.dust(mask, threshold=least, connectivity=26)) > 0
    return pieces


def touching(mask: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pieces of a mask that touch another mask by face, edge or corner."""
    import cc3d

    if not mask.any() or not other.any():
        return np.zeros_like(mask)
    pieces = np.asarray(cc3d.connected_components(mask, connectivity=26))
    kept = np.zeros(int(pieces.max()) + 1, dtype=bool)
    kept[np.unique(pieces[_near(other, 1, corners=True)])] = True
    kept[0] = False
    result: NDArray[np.bool_] = kept[pieces]
    return result


def _near(mask: NDArray[np.bool_], steps: int, *, corners: bool = False) -> NDArray[np.bool_]:
    """Voxels within some steps of a mask, through faces or also through corners."""
    near = mask.copy()
    for _ in range(steps):
        source = near if corners else near.copy()
        for axis in range(3):
            # With corners each axis grows what the axes before it have grown: a cube, not a cross.
            before = source.copy() if corners else source
            low, high = [slice(None)] * 3, [slice(None)] * 3
            low[axis], high[axis] = slice(None, -1), slice(1, None)
            near[tuple(low)] |= before[tuple(high)]
            near[tuple(high)] |= before[tuple(low)]
    return near
