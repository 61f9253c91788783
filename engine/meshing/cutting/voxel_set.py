"""A solid to cut with around a set of the liver's voxels: a territory.

The set is continued a little beyond the liver, so that the liver's own surface is not cut twice: only the border
between the set and the rest of the liver becomes cut surface.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import MeshError
from engine.geometry import VolumeGeometry
from engine.meshing.cutting.shapes import ClosedSolid
from engine.volume import box_of

REACH_MM: Final = 6.0
"""How far the set is continued beyond the liver: more than a smoothed surface ever lies off its voxels."""
LEAST_SMOOTHING_MM: Final = 1.0
SMOOTHING_VOXELS: Final = 0.7
FINEST_STEP_MM: Final = 1.2
SMALLEST_VALUE_MM: Final = 0.02
"""A sample nearer to the border than this would make faces without area."""


def voxel_set_solid(chosen: NDArray[np.bool_], whole: NDArray[np.bool_], geometry: VolumeGeometry) -> ClosedSolid:
    """The solid whose part inside the liver has as many voxels as the set.

    The border is the zero level of the smoothed difference of the distances to the rest and to the set, moved until
    as many of the liver's voxel centres lie inside as the set has.

    Args:
        chosen: (k, j, i) true in the set; only where `whole` is true.
        whole: (k, j, i) true in the liver.
        geometry: of both.

    Raises:
        MeshError: the set is empty.
    """
    box = box_of(chosen)
    if box is None:
        raise MeshError("There is nothing to resect in this territory.", cure="Choose segments that the liver has.")
    pads = np.ceil((REACH_MM + 3.0) / geometry.spacing_kji_mm).astype(int)
    # A box that reaches beyond the volume is filled with background.
    low = np.array([side.start for side in box]) - pads
    shape = np.array([side.stop for side in box]) + pads - low
    field = _border_field(_window(chosen, low, shape), _window(whole, low, shape), geometry.spacing_kji_mm)
    step_kji = np.maximum(FINEST_STEP_MM / geometry.spacing_kji_mm, 1.0 / np.ceil(geometry.spacing_kji_mm / 2.5))
    samples_ijk, faces = _zero_surface(field, step_kji)
    vertices = geometry.lps_from_index(samples_ijk * step_kji[::-1] + low[::-1])
    if not geometry.is_right_handed:
        faces = faces[:, ::-1]
    return ClosedSolid(vertices_lps_mm=vertices, faces=np.ascontiguousarray(faces))


def _window(mask: NDArray[np.bool_], low: NDArray[np.int64], shape: NDArray[np.int64]) -> NDArray[np.bool_]:
    """`mask[low : low + shape]`, False beyond the mask."""
    window = np.zeros(tuple(shape), dtype=bool)
    first = np.maximum(low, 0)
    last = np.minimum(low + shape, mask.shape)
    inside = tuple(slice(a, b) for a, b in zip(first - low, last - low, strict=True))
    window[inside] = mask[tuple(slice(a, b) for a, b in zip(first, last, strict=True))]
    return window


def _border_field(
    chosen: NDArray[np.bool_], whole: NDArray[np.bool_], spacing_kji_mm: NDArray[np.float64]
) -> NDArray[np.float32]:
    """(k, j, i) about twice the signed distance to the border in mm, positive in the set; negative at the rim."""
    import edt
    from scipy.ndimage import gaussian_filter

    spacing = tuple(float(step) for step in spacing_kji_mm)
    rest = whole & ~chosen
    limit_mm = 2.0 * REACH_MM
    to_set = edt.edt(~chosen, anisotropy=spacing, parallel=1)
    to_rest = edt.edt(~rest, anisotropy=spacing, parallel=1) if rest.any() else np.full_like(to_set, limit_mm)
    border = np.clip(to_rest - to_set, -limit_mm, limit_mm)
    sigma = np.maximum(LEAST_SMOOTHING_MM / spacing_kji_mm, SMOOTHING_VOXELS)
    smooth: NDArray[np.float32] = gaussian_filter(border, sigma=sigma, mode="nearest", truncate=3.0)
    if rest.any():
        # As many of the liver's voxels inside as the set has: the value at that rank becomes zero.
        values = smooth[whole]
        rank = len(values) - int(np.count_nonzero(chosen))
        parted = np.partition(values, [rank - 1, rank])
        smooth -= (parted[rank - 1] + parted[rank]) / 2.0
    outside = edt.edt(~whole, anisotropy=spacing, parallel=1)
    field: NDArray[np.float32] = np.minimum(smooth, 2.0 * (REACH_MM - outside)).astype(np.float32)
    return field


def _zero_surface(
    field: NDArray[np.float32], step_kji: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(n, 3) sample coordinates (i, j, k) and (m, 3) faces of the zero level, outward in a right-handed frame."""
    import open3d as o3d

    from engine.meshing.kernels import keep_off_zero, resample

    shape = np.ceil((np.array(field.shape) - 1) / step_kji - 1e-9).astype(np.int64) + 1
    values = resample(field, step_kji, shape)
    keep_off_zero(values, SMALLEST_VALUE_MM)
    mesh = o3d.t.geometry.TriangleMesh.create_isosurfaces(o3d.core.Tensor.from_numpy(values), [0.0])
    return mesh.vertex.positions.numpy().astype(np.float64), mesh.triangle.indices.numpy().astype(np.int64)
