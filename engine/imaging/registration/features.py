"""What two scans of a liver are brought together by: outline and veins of the label maps, whatever the contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.errors import RegistrationError
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume, box_of

PORTAL_VALUES: Final = (anatomy.PORTAL_VEIN, anatomy.PORTAL_VEIN_EXTRAHEPATIC)
HEPATIC_VALUES: Final = (anatomy.HEPATIC_VEINS, anatomy.HEPATIC_VEINS_EXTRAHEPATIC)
_FAR_MM: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LiverFeatures:
    """Distances of one label map around its liver.

    Attributes:
        geometry: a grid along LPS axes around the liver.
        outline_mm: (k, j, i) float32 signed distance to the liver's surface, negative inside.
        portal_mm: (k, j, i) float32 distance to the nearest portal voxel near the liver; None without one.
        hepatic_mm: (k, j, i) float32 distance to the nearest hepatic vein voxel; None without one.
    """

    geometry: VolumeGeometry
    outline_mm: NDArray[np.float32]
    portal_mm: NDArray[np.float32] | None
    hepatic_mm: NDArray[np.float32] | None


def liver_features(labels: LabelVolume, *, step_mm: float, around_mm: float) -> LiverFeatures:
    """Measures the distances on a label map's own grid and samples them on a grid along LPS axes.

    Args:
        labels: with a liver.
        step_mm: of the grid made.
        around_mm: how far it reaches beyond the liver.

    Raises:
        RegistrationError: there is no liver.
    """
    liver = labels.mask_of(anatomy.LIVER_VALUES)
    box = box_of(liver)
    if box is None:
        raise RegistrationError("One of the scans has no liver.", cure="Prepare the case with a mask of the liver.")
    start, stop = _widened(labels.geometry, box, around_mm)
    window = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    shape = (stop[0] - start[0], stop[1] - start[1], stop[2] - start[2])
    own = labels.geometry.cropped((start[0], start[1], start[2]), shape)
    part = LabelVolume(labels=np.ascontiguousarray(labels.labels[window]), geometry=own)
    inside = liver[window]
    grid = _lps_grid(labels.geometry, box, step_mm, around_mm)
    half_step = float(own.spacing_ijk_mm.min()) / 2.0
    outline = _distance_mm(inside, own) - _distance_mm(~inside, own)
    # Distances run between voxel centres; the surface lies half-way.
    outline += np.where(inside, half_step, -half_step).astype(np.float32)
    return LiverFeatures(
        geometry=grid,
        outline_mm=_sampled(outline, own, grid),
        portal_mm=_vein_distance(part, PORTAL_VALUES, grid),
        hepatic_mm=_vein_distance(part, HEPATIC_VALUES, grid),
    )


def _vein_distance(labels: LabelVolume, values: tuple[int, ...], grid: VolumeGeometry) -> NDArray[np.float32] | None:
    mask = labels.mask_of(values)
    return _sampled(_distance_mm(mask, labels.geometry), labels.geometry, grid) if mask.any() else None


def _distance_mm(mask: NDArray[np.bool_], geometry: VolumeGeometry) -> NDArray[np.float32]:
    """(k, j, i) float32 distance of every voxel centre to the nearest of a mask, mm; 0 in it."""
    import edt

    spacing = tuple(float(step) for step in geometry.spacing_kji_mm)
    distance = np.asarray(edt.edt(np.ascontiguousarray(~mask), anisotropy=spacing), dtype=np.float32)
    return np.minimum(distance, np.float32(_FAR_MM))


def _sampled(array: NDArray[np.float32], own: VolumeGeometry, grid: VolumeGeometry) -> NDArray[np.float32]:
    """Linear samples of an array on another grid; beyond its own, the nearest voxel."""
    from scipy import ndimage

    to_kji = (own.ijk_from_lps @ grid.lps_from_ijk)[:3]
    sampled: NDArray[np.float32] = ndimage.affine_transform(
        array, to_kji[::-1, 2::-1], offset=to_kji[::-1, 3], output_shape=grid.shape_kji, order=1, mode="nearest"
    )
    return sampled


def _widened(
    geometry: VolumeGeometry, box: tuple[slice, slice, slice], around_mm: float
) -> tuple[list[int], list[int]]:
    margin = np.ceil(around_mm / geometry.spacing_kji_mm).astype(int)
    start = [max(0, part.start - int(more)) for part, more in zip(box, margin, strict=True)]
    stop = [min(n, part.stop + int(more)) for part, more, n in zip(box, margin, geometry.shape_kji, strict=True)]
    return start, stop


def _lps_grid(
    geometry: VolumeGeometry, box: tuple[slice, slice, slice], step_mm: float, around_mm: float
) -> VolumeGeometry:
    k, j, i = box
    corners = geometry.lps_from_index(
        [(x, y, z) for x in (i.start, i.stop - 1) for y in (j.start, j.stop - 1) for z in (k.start, k.stop - 1)]
    )
    low, high = corners.min(axis=0) - around_mm, corners.max(axis=0) + around_mm
    count = np.ceil((high - low) / step_mm).astype(int) + 1
    return VolumeGeometry.from_parts(
        shape_kji=(int(count[2]), int(count[1]), int(count[0])), spacing_ijk_mm=(step_mm,) * 3, origin_lps_mm=low
    )
