"""Which places of the liver are lesions: the network's pieces worth keeping, and dark ones it was unsure of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.segmentation.inference import Answer
from engine.segmentation.lesions_in_parenchyma import (
    enclosed_dark_pieces,
    grown_to_half_contrast,
    relative_to_parenchyma,
)

_SMALLEST_TUMOUR_ML = 0.3
_SURE_TUMOUR = 0.6
_DEEPEST_MM = 7.0
_LEAST_MEAN_DEPTH_MM = 3.0
_LEAST_ROUNDNESS = 0.45
_FAT_BELOW_LIVER_HU = -120.0
_SURELY_NONE = 26


def lesion_pieces(
    answer: Answer,
    names: tuple[str, ...],
    liver: NDArray[np.bool_],
    hu: NDArray[np.float32],
    geometry: VolumeGeometry,
) -> NDArray[np.bool_]:
    """The lesions of a liver: (k, j, i) mask.

    The network's own pieces are kept where they are large, probable, deep and round enough. Dark round places all
    around enclosed by parenchyma are taken as well, where the network does not rule them out: it misses small
    lesions, and what is enclosed lies neither at the capsule nor in the gallbladder's bed nor in a fissure. Both are
    grown to where half their contrast is left, because the network outlines what it is unsure of too tightly.

    Args:
        answer: of the fine network.
        names: its classes.
        liver: (k, j, i) the liver on the fine grid.
        hu: (k, j, i) values relative to the liver's median.
        geometry: the fine grid.
    """
    share = answer.probability[..., names.index("tumour")]
    vessel = np.zeros(liver.shape, dtype=np.uint16)
    for name in ("vessel", "portal_vein", "hepatic_veins"):
        if name in names:
            vessel += answer.probability[..., names.index(name)]
    kept = _network_pieces(answer, names, liver, hu, geometry)
    parenchyma = liver & (share < _SURELY_NONE) & (vessel < 2 * _SURELY_NONE)
    relative = relative_to_parenchyma(hu, liver, parenchyma, geometry)
    if relative is None:
        return kept
    allowed = liver & (vessel < 128) & (hu > _FAT_BELOW_LIVER_HU)
    kept |= enclosed_dark_pieces(relative, allowed, share, geometry)
    return grown_to_half_contrast(kept, relative, allowed, geometry)


def _network_pieces(
    answer: Answer,
    names: tuple[str, ...],
    liver: NDArray[np.bool_],
    hu: NDArray[np.float32],
    geometry: VolumeGeometry,
) -> NDArray[np.bool_]:
    """Pieces of the network's tumour that are large, probable, deep and round enough, and not fat.

    Where the coarse outline takes in a rim of fat, heart or stomach, the fine network calls the rim tumour; such
    slabs stay near the surface and are flat, while a tumour at the capsule still reaches into the liver and is
    about as thick as it is wide. Roundness is the radius of the largest ball inside the piece against the radius of
    a ball of its volume: 1 for a ball, 0.71 or more for every lesion that readers drew on the scans at hand.
    """
    import cc3d
    import edt

    mask = (answer.winner == names.index("tumour")) & liver
    pieces = np.asarray(cc3d.connected_components(mask, connectivity=26)).ravel()
    count = np.bincount(pieces)
    whole = np.maximum(1, count)
    sure = np.bincount(pieces, weights=answer.probability[..., names.index("tumour")].ravel()) / whole / 255
    mean_hu = np.bincount(pieces, weights=hu.ravel()) / whole
    spacing = tuple(float(step) for step in geometry.spacing_kji_mm)
    depth = edt.edt(liver, anisotropy=spacing).ravel()
    mean_depth = np.bincount(pieces, weights=depth) / whole
    deepest, inner_radius = np.zeros(len(count)), np.zeros(len(count))
    np.maximum.at(deepest, pieces, depth)
    np.maximum.at(inner_radius, pieces, edt.edt(mask, anisotropy=spacing).ravel())
    roundness = inner_radius / np.cbrt(3 * whole * 1000 * geometry.voxel_volume_ml / (4 * np.pi))
    good = (
        (count * geometry.voxel_volume_ml >= _SMALLEST_TUMOUR_ML)
        & (sure >= _SURE_TUMOUR)
        & (deepest >= _DEEPEST_MM)
        & (mean_depth >= _LEAST_MEAN_DEPTH_MM)
        & (roundness >= _LEAST_ROUNDNESS)
        & (mean_hu > _FAT_BELOW_LIVER_HU)
    )
    good[0] = False
    kept: NDArray[np.bool_] = good[pieces].reshape(mask.shape)
    return kept
