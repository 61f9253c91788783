"""Stored numbers to Hounsfield units, and whether they can be Hounsfield units at all."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnsupportedScanError
from engine.imaging.stored_volume import StoredVolume

AIR_HU: Final = -1024
"""Outside the field of view scanners store -1024, -2000, -3024 or a padding value: all of it is air."""

_HIGHEST_HU: Final = 32767
_FAT_HU: Final = -150
_SOFT_TISSUE_HU: Final = (-150, 250)
_LEAST_SOFT_TISSUE: Final = 0.01
_SAMPLES: Final = 2_000_000


def to_hounsfield(volume: StoredVolume) -> NDArray[np.int16]:
    """(k, j, i) int16 HU of a stored volume.

    Raises:
        UnsupportedScanError: a voxel is no number (NaN or infinite), or the values are no Hounsfield units.
    """
    hu = np.empty(volume.geometry.shape_kji, dtype=np.int16)
    for k, plane in enumerate(volume.stored):
        hu[k] = plane_to_hounsfield(plane, volume.slope, volume.intercept)
    check_hounsfield(hu)
    return hu


def plane_to_hounsfield(stored: NDArray[Any], slope: float, intercept: float) -> NDArray[np.int16]:
    """Rounds stored * slope + intercept to whole HU, not below air.

    Raises:
        UnsupportedScanError: a voxel is no number.
    """
    if slope == 1 and float(intercept).is_integer() and stored.dtype.kind in "iu" and stored.dtype.itemsize <= 4:
        shifted = stored.astype(np.int64 if stored.dtype.itemsize == 4 else np.int32) + int(intercept)
        whole: NDArray[np.int16] = np.clip(shifted, AIR_HU, _HIGHEST_HU).astype(np.int16)
        return whole
    scaled = stored.astype(np.float64) * slope + intercept
    if not np.isfinite(scaled).all():
        raise UnsupportedScanError(
            "The volume contains voxels that are no number (NaN or infinite).",
            cure="Replace them with -1024 (air) or export the scan again.",
        )
    return np.clip(np.rint(scaled), AIR_HU, _HIGHEST_HU).astype(np.int16)


def check_hounsfield(hu: NDArray[np.int16]) -> None:
    """Refuses values that no CT of a body has.

    Raises:
        UnsupportedScanError: nothing as dark as fat or air, or hardly anything like soft tissue.
    """
    step = max(1, round((hu.size / _SAMPLES) ** (1 / 3)))
    sample = hu[::step, ::step, ::step]
    lowest, highest = int(sample.min()), int(sample.max())
    cure = "Give a CT in Hounsfield units (air -1000, water 0), not MR, a label map or windowed grey values."
    if lowest > _FAT_HU:
        raise UnsupportedScanError(f"The values ({lowest} to {highest}) are no Hounsfield units.", cure=cure)
    low, high = _SOFT_TISSUE_HU
    soft = float(((sample >= low) & (sample <= high)).mean())
    if soft < _LEAST_SOFT_TISSUE:
        raise UnsupportedScanError(f"Only {soft:.2%} of the volume has the values of soft tissue.", cure=cure)
