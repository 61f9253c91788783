"""Couinaud segments as 8-bit samples for a shader that colours the liver."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import ndimage

from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from streaming.ct_texture import SampledTexture

STEP_MM: Final = 1.5
"""Finer than a surface can be told from; a liver of 200 mm takes 2 MB before compression."""

REACH_MM: Final = 6.0
"""How far beyond the liver's voxels a value is kept: smoothed surfaces leave their voxels by less."""


def segment_texture(liver_map: LiverMap, scan_geometry: VolumeGeometry) -> SampledTexture:
    """Samples the segments around the liver; every sample within reach of it takes the nearest voxel's segment.

    Args:
        liver_map: of the case.
        scan_geometry: the grid its box lies in.
    """
    start = [part.start for part in liver_map.box]
    box = scan_geometry.cropped((start[0], start[1], start[2]), liver_map.segment.shape)
    spacing = np.array(box.spacing_kji_mm)
    stride = np.maximum(1, np.floor(STEP_MM / spacing)).astype(int)
    thinned = liver_map.segment[:: stride[0], :: stride[1], :: stride[2]]
    reach = np.ceil(REACH_MM / (spacing * stride)).astype(int)
    padded = np.pad(thinned, [(n, n) for n in reach])
    distance_mm, nearest = ndimage.distance_transform_edt(padded == 0, sampling=spacing * stride, return_indices=True)
    samples = np.where(distance_mm <= REACH_MM, padded[tuple(nearest)], 0).astype(np.uint8)
    matrix = np.array(box.lps_from_ijk)
    matrix[:3, 3] = box.lps_from_index(-(reach * stride)[::-1].astype(np.float64))
    matrix[:3, :3] = matrix[:3, :3] * stride[::-1]
    k, j, i = samples.shape
    return SampledTexture(samples=samples, geometry=VolumeGeometry(shape_kji=(k, j, i), lps_from_ijk=matrix))
