"""What this patient's parenchyma and vessels look like, from voxels that the network is sure of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.segmentation.vessel_refinement.work_grid import block_mean, enlarged

LEAST_CONTRAST_SD: Final = 3.0
"""Where the middle of the sure vessels stands out by fewer sd of the smoothed parenchyma, intensities tell nothing.
The network leans to voxels that noise made bright, so 2 sd are reached without any contrast."""

_SURE_PARENCHYMA = 0.15
_SURE_VESSEL = 0.85
_RIM_MM = 4.0
_LEVEL_MM = 15.0
_LEVEL_STEP_MM = 4.0
_NOISE_MM = 0.7
_LEAST_CORE_ML = 0.3
_MEDIAN_TO_SD = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What is known on the work grid.

    Attributes:
        hu: (k, j, i) float32.
        liver: (k, j, i) liver region with vessels and lesions.
        lesion: (k, j, i) tumours and cysts.
        depth_mm: (k, j, i) float32 distance to the liver's surface.
        vessel_share: (k, j, i) float32 0 to 1, the network's probability.
        spacing_kji_mm: (3,).
    """

    hu: NDArray[np.float32]
    liver: NDArray[np.bool_]
    lesion: NDArray[np.bool_]
    depth_mm: NDArray[np.float32]
    vessel_share: NDArray[np.float32]
    spacing_kji_mm: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Appearance:
    """Parenchyma taken away from the scan.

    Attributes:
        above_hu: (k, j, i) float32, slightly smoothed HU above the local parenchyma; 0 outside the liver.
        parenchyma: (k, j, i) voxels that are surely parenchyma.
        noise_hu: robust sd of `above_hu` in them.
    """

    above_hu: NDArray[np.float32]
    parenchyma: NDArray[np.bool_]
    noise_hu: float


def appearance(evidence: Evidence) -> Appearance | None:
    """Takes the parenchyma's local level away; None where hardly any parenchyma is sure.

    The level varies over a liver (perfusion, fatty areas, beam hardening), so it is a masked mean over 15 mm, wider
    than any vessel. Outliers beyond 2.5 sd (missed lesions and vessels) do not count.
    """
    sure = (
        evidence.liver & (evidence.vessel_share < _SURE_PARENCHYMA) & ~evidence.lesion & (evidence.depth_mm > _RIM_MM)
    )
    if np.count_nonzero(sure) < 1000:
        return None
    values = evidence.hu[sure]
    middle = float(np.median(values))
    spread = _MEDIAN_TO_SD * float(np.median(np.abs(values - middle)))
    sure &= np.abs(evidence.hu - middle) <= 2.5 * max(spread, 1.0)
    above = np.where(evidence.liver, evidence.hu - _local_level(evidence, sure), np.float32(0))
    above = smoothed(above, _NOISE_MM, evidence.spacing_kji_mm)
    noise = _MEDIAN_TO_SD * float(np.median(np.abs(above[sure])))
    return Appearance(above_hu=above, parenchyma=sure, noise_hu=max(noise, 1.0))


def vessel_contrast_hu(found: Appearance, evidence: Evidence, of: NDArray[np.bool_]) -> float | None:
    """HU by which vessels of one tree stand out of parenchyma, negative where they are darker; None if they do not.

    Vessels are brighter in portal-venous scans and darker in native ones. The upper quartile (in the direction of
    the contrast) of sure voxels: small vessels and borders are diluted by their surroundings.

    Args:
        found: of this scan.
        evidence: of this scan.
        of: (k, j, i) voxels that belong to this tree rather than to the other.
    """
    core = of & evidence.liver & ~evidence.lesion & (evidence.vessel_share > _SURE_VESSEL)
    core &= evidence.depth_mm > _RIM_MM
    if np.count_nonzero(core) * float(np.prod(evidence.spacing_kji_mm)) < 1000 * _LEAST_CORE_ML:
        return None
    low, middle, high = np.percentile(found.above_hu[core], (25, 50, 75))
    contrast = float(high if middle > 0 else low)
    return contrast if abs(float(middle)) >= LEAST_CONTRAST_SD * found.noise_hu else None


def smoothed(values: NDArray[np.float32], scale_mm: float, spacing_kji_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """Gaussian of `scale_mm` standard deviation."""
    from scipy import ndimage

    out: NDArray[np.float32] = ndimage.gaussian_filter(
        values, (scale_mm / spacing_kji_mm).tolist(), truncate=3.0, output=np.float32
    )
    return out


def _local_level(evidence: Evidence, sure: NDArray[np.bool_]) -> NDArray[np.float32]:
    spacing = evidence.spacing_kji_mm
    k, j, i = (max(1, round(_LEVEL_STEP_MM / step)) for step in spacing.tolist())
    weights = block_mean(sure, (k, j, i))
    sums = block_mean(np.where(sure, evidence.hu, np.float32(0)), (k, j, i))
    coarse_spacing = spacing * (k, j, i)
    whole = float(evidence.hu[sure].mean())
    # Far from any sure voxel the liver's own mean takes over.
    level = (smoothed(sums, _LEVEL_MM, coarse_spacing) + 1e-3 * whole) / (
        smoothed(weights, _LEVEL_MM, coarse_spacing) + 1e-3
    )
    shape = evidence.hu.shape
    return enlarged(level.astype(np.float32), (k, j, i), (shape[0], shape[1], shape[2]))
