"""Tumours told apart and given their label values, largest first."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.errors import LabelError
from engine.geometry import VolumeGeometry
from engine.tumours.splitting import LEAST_RADIUS_MM, split_touching
from engine.volume import VoxelBox, box_of

SMALLEST_TUMOUR_ML: Final = 0.02
"""A sphere of 3.4 mm; smaller components are noise on the slice thicknesses CT is read at."""

_SMALLEST_TO_SPLIT_ML: Final = 2 * 4 / 3 * np.pi * LEAST_RADIUS_MM**3 / 1000
"""Two of the smallest lesions that can stand for themselves."""


def number_tumours(
    mask: NDArray[np.bool_],
    geometry: VolumeGeometry,
    *,
    smallest_ml: float = SMALLEST_TUMOUR_ML,
    keep_largest: bool = False,
) -> NDArray[np.uint8]:
    """Gives every tumour its label value, 101 for the largest, then downwards in volume.

    Parts that do not touch by face, edge or corner (26-connectivity) are tumours of their own; parts that do are
    told apart where the neck between them is narrow (`split_touching`). What is kept stays whole.

    Args:
        mask: (k, j, i) tumour voxels.
        geometry: their grid.
        smallest_ml: tumours below this volume are dropped.
        keep_largest: keep the 99 largest where there are more, instead of refusing.

    Returns:
        (k, j, i) uint8, 0 outside tumours.

    Raises:
        LabelError: more than 99 tumours and not `keep_largest`.
    """
    numbered = np.zeros(mask.shape, dtype=np.uint8)
    box = box_of(mask)
    if box is None:
        return numbered
    lesions = _lesions(mask[box], geometry)
    sizes = np.bincount(lesions.ravel())
    sizes[0] = 0
    smallest_voxels = smallest_ml / geometry.voxel_volume_ml
    by_size = [int(n) for n in np.argsort(-sizes, kind="stable") if sizes[n] > 0 and sizes[n] >= smallest_voxels]
    most = len(anatomy.TUMOUR_VALUES)
    if len(by_size) > most and not keep_largest:
        raise LabelError(
            f"The tumour mask has {len(by_size)} separate parts, more than {most}.",
            cure="Remove specks from the mask or merge its parts.",
        )
    table = np.zeros(len(sizes), dtype=np.uint8)
    for value, lesion in zip(anatomy.TUMOUR_VALUES, by_size, strict=False):
        table[lesion] = value
    numbered[box] = table[lesions]
    return numbered


def _lesions(mask: NDArray[np.bool_], geometry: VolumeGeometry) -> NDArray[np.int32]:
    """(k, j, i) int32 lesions of a mask: connected parts, split at narrow necks; 0 outside."""
    import cc3d

    parts = np.asarray(cc3d.connected_components(np.ascontiguousarray(mask), connectivity=26)).astype(np.int32)
    statistics = cc3d.statistics(parts)
    count = int(parts.max())
    for part in range(1, count + 1):
        if statistics["voxel_counts"][part] * geometry.voxel_volume_ml < _SMALLEST_TO_SPLIT_ML:
            continue
        box: VoxelBox = statistics["bounding_boxes"][part]
        inside = parts[box]
        lesions = split_touching(inside == part, geometry)
        extra = lesions > 1
        inside[extra] = count + lesions[extra] - 1
        count += max(0, int(lesions.max()) - 1)
    return parts
