"""Stage two: vessels and tumours inside the liver on the fine grid, portal told from hepatic veins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.segmentation import kernels
from engine.segmentation.grids import ClassGrid, on_scan_grid
from engine.segmentation.inference import Advance, Answer, predict
from engine.segmentation.lesions import lesion_pieces
from engine.segmentation.loaded_network import LoadedNetwork
from engine.segmentation.preprocess import box_of, on_grid
from engine.volume import ScanVolume

FINE_CLASSES = ("other", "portal_vein", "hepatic_veins", "tumour")

_MARGIN_MM = 12.0
_SMALLEST_VESSEL_ML = 0.15
_LEAST_SHARE = 0.2
_PORTAL, _HEPATIC, _TUMOUR = 1, 2, 3


def fine_grid(
    scan: ScanVolume, coarse: ClassGrid, network: LoadedNetwork, *, device: str, mirror: bool = False, advance: Advance
) -> tuple[ClassGrid, str, tuple[str, ...]]:
    """Finds portal vein, hepatic veins and tumours around the coarse liver; the liver must not be empty."""
    geometry = box_of(coarse.mask("liver"), coarse.geometry).grown(_MARGIN_MM).geometry(network.card.spacing_mm)
    organs = on_scan_grid(coarse, geometry, outside=coarse.index("air"))
    liver = organs == coarse.index("liver")
    hu = on_grid(scan, geometry)
    # The network was taught values relative to the liver, so the contrast phase and calibration drop out.
    hu -= np.float32(np.median(hu[liver]))
    answer = predict(network, hu, device=device, mirror=mirror, advance=advance)
    lesions = lesion_pieces(answer, network.card.classes, liver, hu, geometry)
    grid = combined(answer, network.card.classes, organs, coarse, lesions, geometry)
    return grid, answer.device, answer.warnings


def combined(
    answer: Answer,
    names: tuple[str, ...],
    organs: NDArray[np.uint8],
    coarse: ClassGrid,
    tumour: NDArray[np.bool_],
    geometry: VolumeGeometry,
) -> ClassGrid:
    """Keeps the pieces worth keeping of the fine network's answer and splits its vessels into the two trees.

    Args:
        answer: of the fine network.
        names: its classes.
        organs: (k, j, i) coarse classes on the fine grid.
        coarse: names the coarse classes.
        tumour: (k, j, i) the tumours to keep.
        geometry: the fine grid.
    """
    liver = organs == coarse.index("liver")
    voxel_ml = geometry.voxel_volume_ml
    vessel_share = answer.probability[..., names.index("vessel")]
    tumour_share = answer.probability[..., names.index("tumour")]
    vessel = _pieces_above((answer.winner == names.index("vessel")) & liver, _SMALLEST_VESSEL_ML / voxel_ml)
    sides = portal_or_hepatic(vessel, organs, coarse, voxel_ml)
    near_side = sides.copy()
    kernels.spread(near_side, np.ones(sides.shape, dtype=bool))
    probability = np.zeros((*geometry.shape_kji, len(FINE_CLASSES)), dtype=np.uint8)
    for channel, share, kept in (
        (_PORTAL, np.where(near_side == _PORTAL, vessel_share, 0), sides == _PORTAL),
        (_HEPATIC, np.where(near_side == _HEPATIC, vessel_share, 0), sides == _HEPATIC),
        (_TUMOUR, tumour_share, tumour),
    ):
        probability[..., channel] = np.where(_within_two_voxels(kept), share, 0)
    # What was dropped goes to "other", so that the four still add up to one.
    probability[..., 0] = 255 - np.minimum(255, probability[..., 1:].sum(axis=-1, dtype=np.uint16)).astype(np.uint8)
    winner = probability.argmax(axis=-1).astype(np.uint8)
    return ClassGrid(classes=FINE_CLASSES, probability=probability, winner=winner, geometry=geometry)


def portal_or_hepatic(
    vessel: NDArray[np.bool_], organs: NDArray[np.uint8], coarse: ClassGrid, voxel_ml: float
) -> NDArray[np.uint8]:
    """Tells the two trees apart by where they drain: (k, j, i) 1 portal, 2 hepatic, 0 elsewhere.

    Hepatic veins enter the vena cava in the upper part of the liver, the portal vein enters from its trunk at
    the hilum in the lower part. Vessel voxels near either are seeds, and every other vessel voxel takes the side
    that is fewer steps away along the vessels. Pieces that touch neither take the side of the nearest vessel. Where
    one tree comes out almost empty, height alone decides.

    Args:
        vessel: (k, j, i) vessels in the liver; k grows superior.
        organs: (k, j, i) coarse classes on the same grid.
        coarse: names the classes.
        voxel_ml: volume of a voxel of this grid.
    """
    import edt

    seeds = np.zeros(vessel.shape, dtype=np.uint8)
    step_mm = (1000 * voxel_ml) ** (1 / 3)
    levels = np.flatnonzero((organs == coarse.index("liver")).any(axis=(1, 2)))
    if levels.size == 0 or not vessel.any():
        return seeds
    middle = int(levels[0] + 0.55 * (levels[-1] - levels[0]))
    cava = organs == coarse.index("inferior_vena_cava")
    trunk = organs == coarse.index("portal_vein")
    if cava.any():
        near = edt.edt(~cava) * step_mm < 10.0
        near[:middle] = False
        seeds[vessel & near] = _HEPATIC
    if trunk.any():
        near = edt.edt(~trunk) * step_mm < 8.0
        near[middle + 1 :] = False
        seeds[vessel & near] = _PORTAL
    grown = _grown(seeds, vessel)
    if min((grown == side).sum() for side in (_PORTAL, _HEPATIC)) < _LEAST_SHARE * vessel.sum():
        # The coarse network missed a cava or a trunk, and one tree swallowed the other: height tells them apart
        # roughly, the confluence lying above the middle and the hilum below.
        grown = np.zeros(vessel.shape, dtype=np.uint8)
        grown[:middle][vessel[:middle]] = _PORTAL
        grown[middle:][vessel[middle:]] = _HEPATIC
    return grown


def _grown(seeds: NDArray[np.uint8], vessel: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Seeds spread along the vessels, then to the pieces that touch none of them."""
    grown = seeds.copy()
    kernels.spread(grown, vessel)
    kernels.spread(grown, np.ones(vessel.shape, dtype=bool))
    return np.where(vessel, grown, np.uint8(0)).astype(np.uint8)


def _within_two_voxels(kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage

    near: NDArray[np.bool_] = ndimage.binary_dilation(kept, iterations=2)
    return near


def _pieces_above(mask: NDArray[np.bool_], voxels: float) -> NDArray[np.bool_]:
    import cc3d

    pieces: NDArray[np.bool_] = np.asarray(cc3d.dust(mask, threshold=max(1, int(voxels)), connectivity=26)) > 0
    return pieces
