"""Lesions against the parenchyma around them: dark enclosed places, and where a lesion ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.volume import VoxelBox

LEAST_CONTRAST_SD: Final = 2.5
"""How far below the parenchyma, in sd of its smoothed noise, a voxel counts as dark."""

LEAST_ENCLOSED: Final = 0.85
"""Share of the shell around a lesion that is parenchyma or bright vessel. At the capsule, fissures, gallbladder's
bed and along dark vessels or ducts it is far less."""

_NOISE_MM = 1.0
_LEVEL_MM = 15.0
_LEAST_ML = 0.3
_LEAST_ROUNDNESS = 0.55
_NOT_RULED_OUT = 26
_LEAST_DEPTH_MM = 4.0
_SHELL_MM = (1.5, 6.0)
_FARTHEST_GROWTH_MM = 5.0
_RIM_MM = 1.5
_MEDIAN_TO_SD = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelativeToParenchyma:
    """The liver with its parenchyma's local level taken away.

    Attributes:
        above_hu: (k, j, i) float32, smoothed a little.
        noise_hu: its robust sd in parenchyma.
        depth_mm: (k, j, i) float32 distance to the liver's surface.
    """

    above_hu: NDArray[np.float32]
    noise_hu: float
    depth_mm: NDArray[np.float32]


def relative_to_parenchyma(
    hu: NDArray[np.float32], liver: NDArray[np.bool_], parenchyma: NDArray[np.bool_], geometry: VolumeGeometry
) -> RelativeToParenchyma | None:
    """Takes the local level away, a masked mean over 15 mm; None without parenchyma to take it from.

    Args:
        hu: (k, j, i) float32.
        liver: (k, j, i) the liver.
        parenchyma: (k, j, i) voxels that are surely neither vessel nor lesion.
        geometry: their isotropic grid.
    """
    import edt
    from scipy import ndimage

    if np.count_nonzero(parenchyma) < 1000:
        return None
    step = float(geometry.spacing_ijk_mm[0])
    smooth = ndimage.gaussian_filter(hu, _NOISE_MM / step, output=np.float32)
    middle = float(np.median(hu[parenchyma]))
    weights = ndimage.gaussian_filter(parenchyma.astype(np.float32), _LEVEL_MM / step, truncate=3.0)
    sums = ndimage.gaussian_filter(np.where(parenchyma, smooth - middle, np.float32(0)), _LEVEL_MM / step, truncate=3.0)
    above = smooth - middle - sums / (weights + 1e-3)
    noise = _MEDIAN_TO_SD * float(np.median(np.abs(above[parenchyma])))
    depth = edt.edt(liver, anisotropy=tuple(geometry.spacing_kji_mm.tolist()))
    return RelativeToParenchyma(above_hu=above.astype(np.float32), noise_hu=max(noise, 1.0), depth_mm=depth)


def enclosed_dark_pieces(
    relative: RelativeToParenchyma, allowed: NDArray[np.bool_], share: NDArray[np.uint8], geometry: VolumeGeometry
) -> NDArray[np.bool_]:
    """Dark, round, deep pieces with parenchyma all around them that the network does not rule out.

    Args:
        relative: the liver against its parenchyma.
        allowed: (k, j, i) liver without vessels and fat.
        share: (k, j, i) uint8 the network's probability of tumour.
        geometry: the isotropic grid.
    """
    import cc3d
    from scipy import ndimage

    limit = LEAST_CONTRAST_SD * relative.noise_hu
    dark = allowed & (relative.above_hu < -limit) & (relative.depth_mm > _LEAST_DEPTH_MM)
    pieces = np.asarray(cc3d.connected_components(ndimage.binary_opening(dark), connectivity=6))
    # Vessels that run by are bright and do no harm; neighbours, fat, fissures and ducts are dark or not liver.
    plain = (relative.depth_mm > 0) & (relative.above_hu > -limit)
    found = np.zeros(dark.shape, dtype=bool)
    for number, box in enumerate(ndimage.find_objects(pieces), start=1):
        voxels = np.count_nonzero(pieces[box] == number)
        if voxels * geometry.voxel_volume_ml < _LEAST_ML:
            continue
        wide = _widened(box, _SHELL_MM[1], geometry)
        piece = pieces[wide] == number
        if share[wide][piece].max() >= _NOT_RULED_OUT and _is_round_and_enclosed(piece, plain[wide], geometry):
            found[wide] |= piece
    return found


def grown_to_half_contrast(
    lesions: NDArray[np.bool_], relative: RelativeToParenchyma, allowed: NDArray[np.bool_], geometry: VolumeGeometry
) -> NDArray[np.bool_]:
    """Grows each dark lesion by up to 5 mm to where half its contrast is left, and fills it.

    Half the contrast is where the border of a blurred lesion lies. Brighter or fainter lesions stay as they are.

    Args:
        lesions: (k, j, i) mask.
        relative: the liver against its parenchyma.
        allowed: (k, j, i) voxels they may grow into.
        geometry: the isotropic grid.
    """
    import cc3d
    import edt
    from scipy import ndimage

    pieces = np.asarray(cc3d.connected_components(lesions, connectivity=26))
    grown = lesions.copy()
    spacing = tuple(geometry.spacing_kji_mm.tolist())
    for number, box in enumerate(ndimage.find_objects(pieces), start=1):
        wide = _widened(box, _FARTHEST_GROWTH_MM + 2.0, geometry)
        piece = pieces[wide] == number
        above = relative.above_hu[wide]
        contrast = float(np.median(above[piece]))
        if contrast > -LEAST_CONTRAST_SD * relative.noise_hu:
            continue
        near = edt.edt(~piece, anisotropy=spacing) <= _FARTHEST_GROWTH_MM
        reach = near & allowed[wide] & (relative.depth_mm[wide] > _RIM_MM) & (above < contrast / 2)
        # Opened first: a dark duct or fissure that runs into the lesion is thin.
        reach = ndimage.binary_opening(reach | piece, np.ones((3, 3, 3))) | piece
        grown[wide] |= ndimage.binary_fill_holes(ndimage.binary_propagation(piece, mask=reach))
    return grown


def _is_round_and_enclosed(piece: NDArray[np.bool_], plain: NDArray[np.bool_], geometry: VolumeGeometry) -> bool:
    import edt

    spacing = tuple(geometry.spacing_kji_mm.tolist())
    volume_mm3 = np.count_nonzero(piece) * geometry.voxel_volume_ml * 1000
    inner_radius = float(edt.edt(np.pad(piece, 1), anisotropy=spacing).max())
    away = edt.edt(~piece, anisotropy=spacing)
    shell = (away > _SHELL_MM[0]) & (away <= _SHELL_MM[1])
    roundness = inner_radius / np.cbrt(3 * volume_mm3 / (4 * np.pi))
    return bool(roundness >= _LEAST_ROUNDNESS and plain[shell].mean() >= LEAST_ENCLOSED)


def _widened(box: VoxelBox, margin_mm: float, geometry: VolumeGeometry) -> VoxelBox:
    k, j, i = (
        slice(max(0, side.start - int(np.ceil(margin_mm / step))), side.stop + int(np.ceil(margin_mm / step)))
        for side, step in zip(box, geometry.spacing_kji_mm.tolist(), strict=True)
    )
    return k, j, i
