"""Stage two: vessels and tumours inside the liver on the fine grid, portal told from hepatic veins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.segmentation import kernels
from engine.segmentation.grids import ClassGrid, on_scan_grid
from engine.segmentation.inference import Advance, LoadedNetwork, predict
from engine.segmentation.preprocess import box_of, on_grid
from engine.volume import ScanVolume

FINE_CLASSES = ("other", "portal_vein", "hepatic_veins", "tumour")

_MARGIN_MM = 12.0
_SMALLEST_VESSEL_ML = 0.15
_SMALLEST_TUMOUR_ML = 0.1
_SURE_TUMOUR = 0.6
_PORTAL, _HEPATIC = 1, 2


def fine_grid(
    scan: ScanVolume, coarse: ClassGrid, network: LoadedNetwork, *, device: str, advance: Advance
) -> tuple[ClassGrid, str, tuple[str, ...]]:
    """Finds portal vein, hepatic veins and tumours around the coarse liver; the liver must not be empty."""
    geometry = box_of(coarse.mask("liver"), coarse.geometry).grown(_MARGIN_MM).geometry(network.card.spacing_mm)
    organs = on_scan_grid(coarse, geometry, outside=coarse.index("air"))
    liver = organs == coarse.index("liver")
    hu = on_grid(scan, geometry)
    # The network was taught values relative to the liver, so the contrast phase and calibration drop out.
    hu -= np.float32(np.median(hu[liver]))
    answer = predict(network, hu, device=device, advance=advance)
    names = network.card.classes
    voxel_ml = geometry.voxel_volume_ml
    vessel = (answer.winner == names.index("vessel")) & liver
    vessel = _pieces_above(vessel, _SMALLEST_VESSEL_ML / voxel_ml)
    tumour_share = answer.probability[..., names.index("tumour")]
    tumour = _sure_pieces(
        (answer.winner == names.index("tumour")) & liver, tumour_share, _SMALLEST_TUMOUR_ML / voxel_ml
    )
    sides = portal_or_hepatic(vessel, organs, coarse, voxel_ml)
    probability = np.zeros((*geometry.shape_kji, len(FINE_CLASSES)), dtype=np.uint8)
    vessel_share = answer.probability[..., names.index("vessel")]
    near_side = _nearest_value(sides)
    probability[..., _PORTAL] = np.where((near_side == _PORTAL), vessel_share, 0)
    probability[..., _HEPATIC] = np.where((near_side == _HEPATIC), vessel_share, 0)
    probability[..., 3] = tumour_share
    _clear_far(probability[..., _PORTAL], sides == _PORTAL)
    _clear_far(probability[..., _HEPATIC], sides == _HEPATIC)
    _clear_far(probability[..., 3], tumour)
    # What was cleared goes to "other", so that the four still add up to one.
    probability[..., 0] = 255 - np.minimum(255, probability[..., 1:].astype(np.uint16).sum(axis=-1)).astype(np.uint8)
    grid = ClassGrid(
        classes=FINE_CLASSES,
        probability=probability,
        winner=probability.argmax(axis=-1).astype(np.uint8),
        geometry=geometry,
    )
    return grid, answer.device, answer.warnings


def portal_or_hepatic(
    vessel: NDArray[np.bool_], organs: NDArray[np.uint8], coarse: ClassGrid, voxel_ml: float
) -> NDArray[np.uint8]:
    """Tells the two trees apart by where they drain: (k, j, i) 1 portal, 2 hepatic, 0 elsewhere.

    Hepatic veins enter the vena cava in the upper part of the liver, the portal vein enters from its trunk at
    the hilum in the lower part. Vessel voxels near either are seeds, and every other vessel voxel takes the side
    that is fewer steps away along the vessels. Pieces that touch neither take the side of the nearest vessel.

    Args:
        vessel: (k, j, i) vessels in the liver; k grows superior.
        organs: (k, j, i) coarse classes on the same grid.
        coarse: names the classes.
        voxel_ml: volume of a voxel of this grid.
    """
    from scipy import ndimage

    seeds = np.zeros(vessel.shape, dtype=np.uint8)
    step_mm = (1000 * voxel_ml) ** (1 / 3)
    levels = np.flatnonzero((organs == coarse.index("liver")).any(axis=(1, 2)))
    if levels.size == 0 or not vessel.any():
        return seeds
    middle = int(levels[0] + 0.55 * (levels[-1] - levels[0]))
    cava = organs == coarse.index("inferior_vena_cava")
    trunk = organs == coarse.index("portal_vein")
    if cava.any():
        near = ndimage.distance_transform_edt(~cava) * step_mm < 10.0
        near[:middle] = False
        seeds[vessel & near] = _HEPATIC
    if trunk.any():
        near = ndimage.distance_transform_edt(~trunk) * step_mm < 8.0
        near[middle + 1 :] = False
        seeds[vessel & near] = _PORTAL
    if not seeds.any():
        # Without a trunk or a cava to start from, height alone decides: confluence above, hilum below.
        seeds[:middle][vessel[:middle]] = _PORTAL
        seeds[middle:][vessel[middle:]] = _HEPATIC
        return seeds
    kernels.spread(seeds, vessel)
    return np.where(vessel, _nearest_value(seeds), np.uint8(0)).astype(np.uint8)


def _nearest_value(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(k, j, i) the value of the nearest voxel that has one; all 0 where none has."""
    from scipy import ndimage

    if not values.any():
        return values
    nearest = ndimage.distance_transform_edt(values == 0, return_distances=False, return_indices=True)
    found: NDArray[np.uint8] = values[tuple(nearest)]
    return found


def _clear_far(share: NDArray[np.uint8], kept: NDArray[np.bool_]) -> None:
    """Sets probabilities more than two voxels from the kept pieces to 0, in place."""
    from scipy import ndimage

    share[~ndimage.binary_dilation(kept, iterations=2)] = 0


def _pieces_above(mask: NDArray[np.bool_], voxels: float) -> NDArray[np.bool_]:
    import cc3d

    pieces: NDArray[np.bool_] = np.asarray(cc3d.dust(mask, threshold=max(1, int(voxels)), connectivity=26)) > 0
    return pieces


def _sure_pieces(mask: NDArray[np.bool_], share: NDArray[np.uint8], voxels: float) -> NDArray[np.bool_]:
    """Pieces that are large enough and on average probable enough."""
    import cc3d

    pieces = np.asarray(cc3d.connected_components(mask, connectivity=26))
    count = np.bincount(pieces.ravel())
    mean = np.bincount(pieces.ravel(), weights=share.ravel()) / np.maximum(1, count) / 255
    good = (count >= voxels) & (mean >= _SURE_TUMOUR)
    good[0] = False
    kept: NDArray[np.bool_] = good[pieces]
    return kept
