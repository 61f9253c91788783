"""What about a scan limits its segmentation: contrast phase, steps of its values, thick slices, metal."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.segmentation.classes import LIVER_CLASSES
from engine.segmentation.contrast import contrast_warnings
from engine.segmentation.grids import ClassGrid
from engine.sentences import say
from engine.volume import ScanVolume

_THICK_MM: Final = 4.0
_SOFT_HU: Final = (-150, 250)
_COARSE_STEP_HU: Final = 3.0
_LEAST_SAMPLES: Final = 20_000
_METAL_HU: Final = 2500
"""Above dense bone (up to 2000 HU) and contrast medium, below where 12-bit scanners stop (3071 HU)."""
_LEAST_METAL_ML: Final = 0.05


def scan_warnings(scan: ScanVolume, coarse: ClassGrid, hu: NDArray[np.float32]) -> tuple[str, ...]:
    """All of them, in plain sentences.

    Args:
        scan: as it was read.
        coarse: the organs.
        hu: (k, j, i) the scan on the grid of the organs.
    """
    return (
        *contrast_warnings(coarse, hu),
        *slice_warnings(scan),
        *step_warnings(scan),
        *metal_warnings(scan, coarse),
    )


def slice_warnings(scan: ScanVolume) -> tuple[str, ...]:
    """Slices so far apart that vessels fall between them."""
    thickness = float(scan.geometry.spacing_ijk_mm.max())
    if thickness < _THICK_MM:
        return ()
    return (say("case.thick_slices", f"{thickness:.1f}", f"{thickness:.0f}", f"{2 * thickness:.0f}"),)


def step_warnings(scan: ScanVolume) -> tuple[str, ...]:
    """Values that were stored in too few steps, as in exports with 8 bits."""
    some = scan.voxels_hu[::3, ::3, ::3]
    low, high = _SOFT_HU
    soft = some[(some >= low) & (some <= high)]
    if soft.size < _LEAST_SAMPLES:
        return ()
    counts = np.bincount(soft.astype(np.int64) - low, minlength=high - low + 1)
    used = np.flatnonzero(counts)
    if used.size < 2:
        return ()
    step = float(used[-1] - used[0]) / (used.size - 1)
    if step < _COARSE_STEP_HU:
        return ()
    return (
        f"The scan's values come in steps of {step:.1f} HU, as after an export with 8 bits: faint vessels and tumours "
        "that differ less from the liver cannot be seen. Use the original DICOM series if there is one.",
    )


def metal_warnings(scan: ScanVolume, coarse: ClassGrid) -> tuple[str, ...]:
    """Metal in the body at the height of the liver, where its streaks cross the liver."""
    slices = np.flatnonzero(scan.voxels_hu.max(axis=(1, 2)) > _METAL_HU)
    if slices.size == 0:
        return ()
    places = [np.insert(np.argwhere(scan.voxels_hu[k] > _METAL_HU), 0, k, axis=1)[:, ::-1] for k in slices.tolist()]
    points = scan.geometry.lps_from_index(np.concatenate(places))
    index = np.rint(coarse.geometry.index_from_lps(points)).astype(int)[:, ::-1]
    index = index[((index >= 0) & (index < coarse.geometry.shape_kji)).all(axis=1)]
    in_body = coarse.winner[tuple(index.T)] != coarse.index("air")
    levels = np.bincount(index[in_body, 0], minlength=coarse.winner.shape[0])
    liver_levels = coarse.mask_of(LIVER_CLASSES).any(axis=(1, 2))
    metal_ml = float(levels[liver_levels].sum()) * scan.geometry.voxel_volume_ml
    if metal_ml < _LEAST_METAL_ML:
        return ()
    share = 100 * float((levels[liver_levels] > 0).sum()) / float(liver_levels.sum())
    return (
        f"There is metal at the height of the liver ({metal_ml:.1f} mL above {_METAL_HU} HU, in {share:.0f} % of the "
        "liver's height): streaks beside it can look like vessels or tumours, or hide them.",
    )
