"""Brings a scan onto the network's grid: true LPS axes, isotropic, cropped, however the scan was stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.segmentation import kernels
from engine.volume import ScanVolume, VoxelBox
from engine.volume import box_of as voxel_box_of

AIR_HU = -1000.0
_BODY_HU = -300
_BODY_STEP_MM = 4.0
_BODY_MARGIN_MM = 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """An axis-aligned box in the patient.

    Attributes:
        low_lps_mm: (3,) corner with the smallest coordinates.
        high_lps_mm: (3,) opposite corner.
    """

    low_lps_mm: NDArray[np.float64]
    high_lps_mm: NDArray[np.float64]

    def grown(self, margin_mm: float) -> Box:
        """The box with a margin on every side."""
        return Box(low_lps_mm=self.low_lps_mm - margin_mm, high_lps_mm=self.high_lps_mm + margin_mm)

    def geometry(self, spacing_mm: float) -> VolumeGeometry:
        """The isotropic grid along true LPS axes that covers the box."""
        extent = np.maximum(self.high_lps_mm - self.low_lps_mm, spacing_mm)
        count = np.maximum(1, np.ceil(extent / spacing_mm - 1e-6)).astype(int)
        return VolumeGeometry.from_parts(
            shape_kji=(int(count[2]), int(count[1]), int(count[0])),
            spacing_ijk_mm=(spacing_mm,) * 3,
            origin_lps_mm=self.low_lps_mm + spacing_mm / 2,
        )


def kji_matrix(to: VolumeGeometry, source: VolumeGeometry) -> NDArray[np.float64]:
    """(3, 4) map from index (k, j, i) of `source` to index (k, j, i) of `to`."""
    ijk = to.ijk_from_lps @ source.lps_from_ijk
    return np.ascontiguousarray(np.concatenate([ijk[2::-1, 2::-1], ijk[2::-1, 3:4]], axis=1))


def box_of(mask: NDArray[np.bool_], geometry: VolumeGeometry) -> Box:
    """The box around the true voxels of a mask (their outer faces included); the mask must not be empty."""
    box = voxel_box_of(mask)
    assert box is not None
    bounds = [(side.start - 0.5, side.stop - 0.5) for side in box]
    corners = np.array([[i, j, k] for i in bounds[2] for j in bounds[1] for k in bounds[0]])
    points = geometry.lps_from_index(corners)
    return Box(low_lps_mm=points.min(axis=0), high_lps_mm=points.max(axis=0))


def shrunk(scan: ScanVolume, spacing_mm: float) -> ScanVolume:
    """The scan with whole blocks of voxels averaged, so that its spacing is close to but not above `spacing_mm`.

    Averaging before sampling keeps noise from aliasing into a coarser grid.
    """
    factors = np.maximum(1, np.floor(spacing_mm / scan.geometry.spacing_kji_mm + 0.25)).astype(int)
    factors = np.minimum(factors, scan.geometry.shape_kji)
    if (factors == 1).all():
        return scan
    fk, fj, fi = (int(n) for n in factors)
    nk, nj, ni = scan.geometry.shape_kji
    out = np.empty((nk // fk, nj // fj, ni // fi), dtype=np.int16)
    kernels.block_mean(scan.voxels_hu, fk, fj, fi, out)
    matrix = np.array(scan.geometry.lps_from_ijk)
    matrix[:3, 3] = scan.geometry.lps_from_index(((fi - 1) / 2, (fj - 1) / 2, (fk - 1) / 2))
    matrix[:3, :3] = matrix[:3, :3] * np.array([fi, fj, fk])
    return ScanVolume(voxels_hu=out, geometry=VolumeGeometry(shape_kji=out.shape, lps_from_ijk=matrix))


def cropped_to(scan: ScanVolume, box: Box) -> ScanVolume:
    """The part of a scan around a box, without copying it; the whole scan where they do not meet."""
    part = voxels_around(box, scan.geometry)
    if any(side.start >= side.stop for side in part):
        return scan
    return ScanVolume(voxels_hu=scan.voxels_hu[part], geometry=cropped_geometry(scan.geometry, part))


def cropped_geometry(geometry: VolumeGeometry, part: VoxelBox) -> VolumeGeometry:
    """The geometry of `array[part]`."""
    k, j, i = part
    return geometry.cropped((k.start, j.start, i.start), (k.stop - k.start, j.stop - j.start, i.stop - i.start))


def voxels_around(box: Box, geometry: VolumeGeometry) -> VoxelBox:
    """The part of a grid that holds all its voxels in a box, and one more on each side; may be empty."""
    ends = (box.low_lps_mm, box.high_lps_mm)
    corners = np.array([[ends[a][0], ends[b][1], ends[c][2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    index = geometry.index_from_lps(corners)[:, ::-1]
    low = np.maximum(np.floor(index.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 2, geometry.shape_kji)
    k, j, i = (slice(int(a), max(int(a), int(b))) for a, b in zip(low, high, strict=True))
    return k, j, i


def body_mask(scan: ScanVolume) -> tuple[NDArray[np.bool_], VolumeGeometry]:
    """The largest connected region above air, its hollow parts filled slice by slice, on a grid of about 4 mm."""
    import cc3d
    from scipy import ndimage

    small = shrunk(scan, _BODY_STEP_MM)
    dense = ndimage.binary_opening(small.voxels_hu > _BODY_HU)  # cuts the thin bridge to the table
    if not dense.any():
        dense = small.voxels_hu > _BODY_HU
    body = np.asarray(cc3d.largest_k(dense, k=1, connectivity=6)) > 0 if dense.any() else dense
    # Filling plane by plane across the body's long axis closes lungs, which are open in a cut-off 3D scan.
    axis = 2 - int(np.argmax(np.abs(small.geometry.direction[2])))
    planes = np.moveaxis(body, axis, 0)
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in planes])
    return np.ascontiguousarray(np.moveaxis(filled, 0, axis)), small.geometry


def body_box(mask: NDArray[np.bool_], geometry: VolumeGeometry) -> Box:
    """The box around the body, or around the whole grid where nothing is denser than air."""
    if not mask.any():
        return box_of(np.ones(mask.shape, dtype=bool), geometry)
    return box_of(mask, geometry).grown(_BODY_MARGIN_MM)


def on_grid(scan: ScanVolume, grid: VolumeGeometry) -> NDArray[np.float32]:
    """(k, j, i) float32 HU of a scan on an isotropic grid, air outside the scan."""
    small = shrunk(scan, float(grid.spacing_ijk_mm[0]))
    out = np.empty(grid.shape_kji, dtype=np.float32)
    kernels.resample_linear(small.voxels_hu, kji_matrix(small.geometry, grid), AIR_HU, out)
    return out
