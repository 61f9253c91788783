"""The CT around the liver as 8-bit samples: in full for a desktop, and small enough for a headset's 3D texture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.volume import ScanVolume
from streaming.protocol import Detail, PointLps

TEXTURE_VERSION: Final = 2
"""Raised whenever the same scan gives other samples, so that cached assets are made anew."""

WINDOW_LOW_HU: Final = -160.0
WINDOW_HIGH_HU: Final = 240.0
"""The common abdominal window (width 400, level 40): fat to enhanced vessels, 1.6 HU a step."""

MARGIN_MM: Final = 40.0
MAX_SAMPLES: Final[dict[Detail, int]] = {"full": 512, "half": 256}
"""An axis; a scan of usual size is never resampled for `full`."""


_SLICES_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampledTexture:
    """Samples (k, j, i), uint8 or uint16, and where they lie."""

    samples: NDArray[np.uint8] | NDArray[np.uint16]
    geometry: VolumeGeometry


def ct_texture(
    scan: ScanVolume, bounds_lps_mm: tuple[PointLps, PointLps] | None, detail: Detail = "full"
) -> SampledTexture:
    """Crops to the box with a margin, applies the window, and resamples to what the detail may have.

    Args:
        scan: the CT.
        bounds_lps_mm: lowest and highest corner of what has to be in, LPS mm; None for the whole scan.
        detail: `half` has half the samples along i and j, so that each is the mean of four.
    """
    start, stop = _crop(scan.geometry, bounds_lps_mm)
    shape = (stop[0] - start[0], stop[1] - start[1], stop[2] - start[2])
    box = scan.voxels_hu[start[0] : stop[0], start[1] : stop[1], start[2] : stop[2]]
    geometry = scan.geometry.cropped(start, shape)
    wanted = [_samples(shape[axis], detail, in_slice=axis > 0) for axis in range(3)]
    samples = _windowed_as_they_are(box) if wanted == list(shape) else _windowed(_resampled(box, wanted))
    matrix = np.array(geometry.lps_from_ijk)
    for axis in range(3):
        # Sample n lies at the middle of its part of the old axis: (n + 1/2) * ratio - 1/2.
        ratio = shape[axis] / samples.shape[axis]
        matrix[:3, 3] += matrix[:3, 2 - axis] * (ratio - 1) / 2
        matrix[:3, 2 - axis] *= ratio
    k, j, i = samples.shape
    return SampledTexture(samples=samples, geometry=VolumeGeometry(shape_kji=(k, j, i), lps_from_ijk=matrix))


def shows(
    cut_out: VolumeGeometry, scan_geometry: VolumeGeometry, bounds_lps_mm: tuple[PointLps, PointLps] | None
) -> bool:
    """Whether a texture cut out earlier is good for these bounds: with half the margin around, or to the scan's end.

    Args:
        cut_out: where the samples of the texture lie.
        scan_geometry: of the whole scan.
        bounds_lps_mm: as for `ct_texture`.
    """
    start, stop = _crop(scan_geometry, bounds_lps_mm, MARGIN_MM / 2)
    corners = [[i, j, k] for i in (start[2], stop[2]) for j in (start[1], stop[1]) for k in (start[0], stop[0])]
    # Ends of voxels, not their centres: half a voxel before the first.
    places = cut_out.index_from_lps(scan_geometry.lps_from_index(np.array(corners) - 0.5))[:, ::-1] + 0.5
    tolerance = 1e-3
    return bool((places > -tolerance).all() and (places < np.array(cut_out.shape_kji) + tolerance).all())


def _crop(
    geometry: VolumeGeometry, bounds_lps_mm: tuple[PointLps, PointLps] | None, margin_mm: float = MARGIN_MM
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """First and one past the last voxel (k, j, i) of the box with its margin, within the scan."""
    shape = np.array(geometry.shape_kji)
    if bounds_lps_mm is None:
        return (0, 0, 0), geometry.shape_kji
    low, high = np.array(bounds_lps_mm[0]) - margin_mm, np.array(bounds_lps_mm[1]) + margin_mm
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    kji = geometry.index_from_lps(corners)[:, ::-1]
    start = np.clip(np.floor(kji.min(axis=0)), 0, shape - 1).astype(int)
    stop = np.clip(np.ceil(kji.max(axis=0)) + 1, start + 1, shape).astype(int)
    return (int(start[0]), int(start[1]), int(start[2])), (int(stop[0]), int(stop[1]), int(stop[2]))


def _samples(voxels: int, detail: Detail, *, in_slice: bool) -> int:
    wanted = (voxels + 1) // 2 if detail == "half" and in_slice else voxels
    return min(wanted, MAX_SAMPLES[detail])


def _windowed(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """0 to 255 from the window's low to its high end; changes the values."""
    values -= np.float32(WINDOW_LOW_HU)
    values *= np.float32(255.0 / (WINDOW_HIGH_HU - WINDOW_LOW_HU))
    np.rint(values, out=values)
    np.clip(values, 0, 255, out=values)
    return values.astype(np.uint8)


def _windowed_as_they_are(voxels_hu: NDArray[np.int16]) -> NDArray[np.uint8]:
    """The same of whole HU by a table, which takes a tenth of the time."""
    every = np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.float32)
    samples: NDArray[np.uint8] = _windowed(every)[np.ascontiguousarray(voxels_hu).view(np.uint16)]
    return samples


def _resampled(voxels_hu: NDArray[np.int16], wanted: list[int]) -> NDArray[np.float32]:
    """Along i and j a few slices at a time, which stay in the processor's cache; then along k."""
    values = np.empty((voxels_hu.shape[0], wanted[1], wanted[2]), np.float32)
    for first in range(0, len(values), _SLICES_AT_ONCE):
        part = voxels_hu[first : first + _SLICES_AT_ONCE].astype(np.float32)
        values[first : first + _SLICES_AT_ONCE] = _resample(_resample(part, 1, wanted[1]), 2, wanted[2])
    return _resample(values, 0, wanted[0])


def _resample(values: NDArray[np.float32], axis: int, new: int) -> NDArray[np.float32]:
    """Linear interpolation along one axis down to so many samples."""
    old = values.shape[axis]
    if old <= new:
        return values
    places = np.clip((np.arange(new) + 0.5) * (old / new) - 0.5, 0, old - 1)
    below = np.minimum(places.astype(int), old - 2)
    weight = (places - below).astype(np.float32).reshape([-1 if axis == a else 1 for a in range(3)])
    resampled: NDArray[np.float32] = (
        np.take(values, below, axis=axis) * (1 - weight) + np.take(values, below + 1, axis=axis) * weight
    )
    return resampled
