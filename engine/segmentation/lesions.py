"""Which pieces of the network's tumour are lesions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.segmentation.inference import Answer

_SMALLEST_TUMOUR_ML = 0.3
_SURE_TUMOUR = 0.6
_DEEPEST_MM = 7.0
_LEAST_MEAN_DEPTH_MM = 3.0
_LEAST_ROUNDNESS = 0.45
_FAT_BELOW_LIVER_HU = -120.0


def lesion_pieces(
    answer: Answer,
    names: tuple[str, ...],
    liver: NDArray[np.bool_],
    hu: NDArray[np.float32],
    geometry: VolumeGeometry,
) -> NDArray[np.bool_]:
    """Pieces of tumour that are large, probable, deep and round enough, and not fat: (k, j, i) mask.

    Where the coarse outline takes in a rim of fat, heart or stomach, the fine network calls the rim tumour; such
    slabs stay near the surface and are flat, while a tumour at the capsule still reaches into the liver and is
    about as thick as it is wide. Roundness is the radius of the largest ball inside the piece against the radius of
    a ball of its volume: 1 for a ball, 0.71 or more for every lesion that readers drew on the scans at hand.

    Args:
        answer: of the fine network.
        names: its classes.
        liver: (k, j, i) the coarse liver on the fine grid.
        hu: (k, j, i) values relative to the liver's median.
        geometry: the fine grid.
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
