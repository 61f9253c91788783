"""What each voxel of the liver belongs to, as samples for a shader: never mixed, also just outside the voxels."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.volume import VoxelBox
from streaming.assets.ct_texture import SampledTexture

SEGMENT_STEP_MM: Final = 1.5
"""Finer than a surface can be told from; a liver of 200 mm takes 2 MB before compression."""

BRANCH_STEP_MM: Final = 2.0
"""Borders between branches are guesses of several millimetres; two trees of two bytes take what the segments take."""

REACH_MM: Final = 6.0
"""How far beyond the liver's voxels a value is kept: smoothed surfaces leave their voxels by less."""


def label_texture(
    values: NDArray[Any], box: VoxelBox, scan_geometry: VolumeGeometry, *, step_mm: float
) -> SampledTexture:
    """Samples the values around the liver; every sample within reach of it takes the nearest voxel's value.

    Args:
        values: (k, j, i) whole numbers, 0 where there is none.
        box: where they lie in the scan's grid.
        scan_geometry: of that grid.
        step_mm: samples are at most this far apart, or as far as the voxels.
    """
    from scipy import ndimage  # a third of a second that a restarted server has no time for

    start = [part.start for part in box]
    geometry = scan_geometry.cropped((start[0], start[1], start[2]), values.shape)
    spacing = np.array(geometry.spacing_kji_mm)
    stride = np.maximum(1, np.floor(step_mm / spacing)).astype(int)
    thinned = values[:: stride[0], :: stride[1], :: stride[2]]
    reach = np.ceil(REACH_MM / (spacing * stride)).astype(int)
    padded = np.pad(thinned, [(n, n) for n in reach])
    distance_mm, nearest = ndimage.distance_transform_edt(padded == 0, sampling=spacing * stride, return_indices=True)
    samples = np.where(distance_mm <= REACH_MM, padded[tuple(nearest)], 0).astype(values.dtype)
    matrix = np.array(geometry.lps_from_ijk)
    matrix[:3, 3] = geometry.lps_from_index(-(reach * stride)[::-1].astype(np.float64))
    matrix[:3, :3] = matrix[:3, :3] * stride[::-1]
    k, j, i = samples.shape
    return SampledTexture(samples=samples, geometry=VolumeGeometry(shape_kji=(k, j, i), lps_from_ijk=matrix))
