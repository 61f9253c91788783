"""The grid that another network wants to see: the scan's own axes, reordered, flipped and resampled."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.geometry import VolumeGeometry
from engine.segmentation import kernels
from engine.segmentation.preprocess import AIR_HU, kji_matrix, shrunk
from engine.volume import ScanVolume

_DIRECTIONS: Final = {"L": (0, 1), "R": (0, -1), "P": (1, 1), "A": (1, -1), "S": (2, 1), "I": (2, -1)}


def oriented_grid(geometry: VolumeGeometry, axes: str, spacing_ijk_mm: Sequence[float] | None) -> VolumeGeometry:
    """The scan's field of view with its axes growing towards the letters of `axes`.

    An oblique scan stays oblique: only its own axes are reordered and flipped, as DICOM converters and nibabel do.

    Args:
        geometry: the scan's.
        axes: one letter for each of i, j, k: the patient side it grows towards ("RAS").
        spacing_ijk_mm: along the new axes; None keeps the scan's own.

    Raises:
        WeightsError: `axes` are no three directions, or the spacing is none a CT network has.
    """
    if len(axes) != 3 or sorted(_DIRECTIONS[one][0] for one in axes if one in _DIRECTIONS) != [0, 1, 2]:
        raise WeightsError("The network's orientation is no three directions.", cure='Give e.g. "#RAS" or "#LPS".')
    wanted = [_DIRECTIONS[one] for one in axes]
    order = max(
        itertools.permutations(range(3)),
        key=lambda one: sum(abs(geometry.direction[lps, own]) for (lps, _), own in zip(wanted, one, strict=True)),
    )
    matrix, first = np.eye(4), np.zeros(3)
    for axis, ((lps, sign), own) in enumerate(zip(wanted, order, strict=True)):
        flipped = geometry.direction[lps, own] * sign < 0
        matrix[:3, axis] = geometry.lps_from_ijk[:3, own] * (-1 if flipped else 1)
        first[own] = geometry.shape_kji[2 - own] - 1 if flipped else 0
    matrix[:3, 3] = geometry.lps_from_index(first)
    i, j, k = (geometry.shape_kji[2 - own] for own in order)
    turned = VolumeGeometry(shape_kji=(k, j, i), lps_from_ijk=matrix)
    if spacing_ijk_mm is None:
        return turned
    spacing = np.asarray(spacing_ijk_mm, dtype=np.float64)
    if spacing.shape != (3,) or not np.isfinite(spacing).all() or spacing.min() < 0.2 or spacing.max() > 20:
        raise WeightsError("The network's voxel spacing is none a CT network has.", cure="Check its configuration.")
    return turned.resampled(spacing)


def sampled(scan: ScanVolume, grid: VolumeGeometry) -> NDArray[np.float32]:
    """(k, j, i) float32 HU of a scan on a grid, air outside; blocks are averaged first where the grid is coarser."""
    small = shrunk(scan, float(grid.spacing_ijk_mm.min()))
    out = np.empty(grid.shape_kji, dtype=np.float32)
    kernels.resample_linear(small.voxels_hu, kji_matrix(small.geometry, grid), AIR_HU, out)
    return out
