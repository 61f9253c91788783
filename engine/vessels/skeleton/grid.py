"""Vessels on an isotropic grid of their own, whatever the scan's slices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.vessels.skeleton import kernels
from engine.volume import LabelVolume, VoxelBox, box_of

FINEST_STEP_MM, COARSEST_STEP_MM = 0.8, 1.0
"""Fine enough for vessels of 2 mm, coarse enough to be quick; between them the scan's own finest spacing."""

VESSEL_VALUES = (
    anatomy.PORTAL_VEIN,
    anatomy.HEPATIC_VEINS,
    anatomy.PORTAL_VEIN_EXTRAHEPATIC,
    anatomy.HEPATIC_VEINS_EXTRAHEPATIC,
)

_OUTSIDE_REACH_MM = 45.0
"""How far from the liver vessels are followed: the portal trunk is 60 to 80 mm long, part of it in the hilum."""

_RIM_MM = 6.0
_THICK = 2.5
"""Slices this many times thicker than pixels are wide are interpolated by shape."""

_FAR_MM = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorkingGrid:
    """The vessels around the liver, isotropic, aligned with the scan's axes.

    Attributes:
        codes: (k, j, i) uint8 `kernels.NOTHING`, `VESSEL` or `CAVA`; the outermost layer is NOTHING.
        geometry: the grid.
        step_mm: its spacing.
        voxels: (v,) int64 flat index on the scan's grid of every vessel voxel within reach.
        cells: (v,) int64 flat index in `codes` nearest to each of them.
    """

    codes: NDArray[np.uint8]
    geometry: VolumeGeometry
    step_mm: float
    voxels: NDArray[np.int64]
    cells: NDArray[np.int64]


def working_grid(labels: LabelVolume) -> WorkingGrid | None:
    """Resamples the vessels of a label map, or None where it has none near the liver."""
    box = _reach(labels)
    if box is None:
        return None
    inside = labels.labels[box]
    table = np.zeros(256, dtype=np.uint8)
    table[list(VESSEL_VALUES)] = kernels.VESSEL
    table[anatomy.INFERIOR_VENA_CAVA] = kernels.CAVA
    codes = table[inside]
    vessel_box = box_of(codes == kernels.VESSEL)
    if vessel_box is None:
        return None
    spacing = labels.geometry.spacing_kji_mm
    rim = np.ceil(_RIM_MM / spacing).astype(int)
    start = np.array([max(0, b.start - r) for b, r in zip(vessel_box, rim, strict=True)])
    stop = np.array([min(n, b.stop + r) for b, r, n in zip(vessel_box, rim, codes.shape, strict=True)])
    codes = np.ascontiguousarray(codes[start[0] : stop[0], start[1] : stop[1], start[2] : stop[2]])
    start = start + [b.start for b in box]
    return _resampled(codes, start, labels.geometry)


def _reach(labels: LabelVolume) -> VoxelBox | None:
    """The box around the liver, grown by how far vessels are followed outside."""
    liver = box_of(labels.mask_of(anatomy.LIVER_VALUES))
    if liver is None:
        return None
    grow = np.ceil(_OUTSIDE_REACH_MM / labels.geometry.spacing_kji_mm).astype(int)
    k, j, i = (
        slice(max(0, b.start - int(g)), min(n, b.stop + int(g)))
        for b, g, n in zip(liver, grow, labels.labels.shape, strict=True)
    )
    return k, j, i


def _resampled(codes: NDArray[np.uint8], start: NDArray[np.int64], scan: VolumeGeometry) -> WorkingGrid:
    """The crop `codes` that starts at voxel `start` (k, j, i) of the scan, on the working grid."""
    spacing = scan.spacing_kji_mm
    step = float(np.clip(spacing.min(), FINEST_STEP_MM, COARSEST_STEP_MM))
    shape = np.ceil((np.array(codes.shape) - 1) * spacing / step).astype(int) + 5
    first = np.full(3, -2.0 * step) / spacing
    cells_per_voxel = spacing / step
    out = np.zeros(tuple(shape), dtype=np.uint8)
    kernels.resample_codes(codes, _inside(codes, spacing), first, step / spacing, out)
    matrix = np.eye(4)
    matrix[:3, :3] = scan.direction * step
    matrix[:3, 3] = scan.lps_from_index((start + first)[::-1])
    geometry = VolumeGeometry(shape_kji=(int(shape[0]), int(shape[1]), int(shape[2])), lps_from_ijk=matrix)
    found = np.argwhere(codes == kernels.VESSEL)
    nearest = np.rint((found - first) * cells_per_voxel).astype(np.int64)
    return WorkingGrid(
        codes=out,
        geometry=geometry,
        step_mm=step,
        voxels=np.ravel_multi_index(tuple((found + start).T), scan.shape_kji).astype(np.int64),
        cells=np.ravel_multi_index(tuple(nearest.T), out.shape).astype(np.int64),
    )


def _inside(codes: NDArray[np.uint8], spacing_kji_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """(k, j, i) what is interpolated between slices: the mask, or on thick slices each slice's distance to the outline.

    A slanting vessel lies elsewhere on the next thick slice, and the mean of two masks loses it in between, where the
    mean of two signed distances moves it across (shape-based interpolation, Raya and Udupa 1990, IEEE Trans Med
    Imaging 9:32).
    """
    mask = codes != kernels.NOTHING
    axis = int(np.argmax(spacing_kji_mm))
    in_plane = np.delete(spacing_kji_mm, axis)
    if spacing_kji_mm[axis] < _THICK * in_plane.max():
        return np.where(mask, np.float32(0.5), np.float32(-0.5))
    import edt

    inside = np.empty(codes.shape, dtype=np.float32)
    away, within = np.moveaxis(inside, axis, 0), np.moveaxis(mask, axis, 0)
    pixel = tuple(float(step) for step in in_plane)
    for slice_, out in zip(within, away, strict=True):
        plane = np.ascontiguousarray(slice_)
        out[...] = edt.edt(plane, anisotropy=pixel) - edt.edt(~plane, anisotropy=pixel)
    np.clip(inside, -_FAR_MM, _FAR_MM, out=inside)
    return inside
