"""A volume as a file stores it, before anybody decides whether it is a scan or a segmentation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import HostileInputError, SliceGeometryError, UnsupportedScanError
from engine.geometry import VolumeGeometry
from engine.imaging import limits

SHEAR_TOLERANCE = 1e-3
"""Largest cosine between two axes: 0.06 degrees, half a millimetre over half a metre."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredVolume:
    """Stored numbers with their grid; a value is stored * slope + intercept.

    Attributes:
        stored: (k, j, i), any real dtype.
        slope: scale of the stored numbers.
        intercept: offset of the stored numbers.
        geometry: where the voxels lie.
        warnings: sentences for the person, without patient data.
    """

    stored: NDArray[Any]
    slope: float
    intercept: float
    geometry: VolumeGeometry
    warnings: tuple[str, ...] = ()


def check_size(shape_ijk: tuple[int, ...], bytes_per_voxel: int) -> None:
    """Refuses a header that asks for absurd memory, before anything is read.

    Raises:
        HostileInputError: more voxels or bytes than any CT has.
        UnsupportedScanError: no voxels along an axis.
    """
    if min(shape_ijk) < 1:
        raise UnsupportedScanError("The header gives an axis without voxels.", cure="Export the scan again.")
    voxels = math.prod(shape_ijk)
    if voxels > limits.MAX_VOXELS or voxels * bytes_per_voxel > limits.MAX_STORED_BYTES:
        raise HostileInputError(
            f"The header asks for {' x '.join(map(str, shape_ijk))} voxels, more than any CT has.",
            cure="The file is damaged or no CT volume. Export the scan again.",
        )


def checked_geometry(shape_kji: tuple[int, int, int], lps_from_ijk: NDArray[np.float64]) -> VolumeGeometry:
    """Makes a geometry, refusing axes that are skewed, absurd or in other units than millimetres.

    Raises:
        SliceGeometryError: the axes are not at right angles (gantry tilt, shear).
        UnsupportedScanError: singular, not finite, or a spacing no CT in millimetres has.
    """
    axes = np.asarray(lps_from_ijk, dtype=np.float64)[:3, :3]
    with np.errstate(all="ignore"):
        spacing_mm = np.linalg.norm(axes, axis=0)
    if not np.isfinite(lps_from_ijk).all() or not (spacing_mm > 0).all():
        raise UnsupportedScanError(
            "The header does not say where the voxels lie in the patient.",
            cure="Convert the original DICOM series again, or give the DICOM folder itself.",
        )
    cosines = (axes / spacing_mm).T @ (axes / spacing_mm)
    skew = float(np.abs(cosines - np.eye(3)).max())
    if skew > SHEAR_TOLERANCE:
        raise SliceGeometryError(
            f"The axes of the volume are skewed by {math.degrees(math.asin(min(1.0, skew))):.1f} degrees "
            "(gantry tilt or shear).",
            cure="Resample the scan to right angles (tilt correction) and prepare that.",
        )
    extent_mm = spacing_mm * np.array(shape_kji[::-1])
    if spacing_mm.min() < limits.MIN_SPACING_MM or extent_mm.max() > limits.MAX_EXTENT_MM:
        raise UnsupportedScanError(
            f"A voxel of {_sizes(spacing_mm)} mm and a field of view of {_sizes(extent_mm)} mm are no human CT.",
            cure="The units in the header are probably wrong: millimetres are expected.",
        )
    if spacing_mm.max() > limits.MAX_SPACING_MM:
        raise UnsupportedScanError(
            f"Voxels are {_sizes(spacing_mm)} mm: too coarse to measure a liver (at most {limits.MAX_SPACING_MM} mm).",
            cure="Use the series with thinner slices.",
        )
    return VolumeGeometry(shape_kji=shape_kji, lps_from_ijk=lps_from_ijk)


def _sizes(values: NDArray[np.float64]) -> str:
    return " x ".join(f"{value:.4g}" for value in values)
