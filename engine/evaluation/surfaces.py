"""Distances between the surfaces of two masks in patient millimetres."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from engine.evaluation.report import SURFACE_TOLERANCE_MM, SurfaceAgreement
from engine.geometry import VolumeGeometry

ROUNDING_MM = 1e-6
"""Points of an oblique grid that are exactly the tolerance apart come out a rounding error further."""


def surface_points_lps_mm(mask: NDArray[np.bool_], geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(n, 3) LPS mm of the mask's voxels with a face to the outside (or to the end of the volume)."""
    surface = mask & ~ndimage.binary_erosion(mask)
    k, j, i = np.nonzero(surface)
    return geometry.lps_from_index(np.stack([i, j, k], axis=1))


def compare_surfaces(
    predicted: NDArray[np.bool_], reference: NDArray[np.bool_], geometry: VolumeGeometry
) -> SurfaceAgreement:
    """Distances between two non-empty (k, j, i) masks.

    Nearest points by k-d trees in space, not by a distance transform: exact on any grid, sheared ones included.
    """
    ours, theirs = surface_points_lps_mm(predicted, geometry), surface_points_lps_mm(reference, geometry)
    forward, _ = cKDTree(theirs).query(ours)
    backward, _ = cKDTree(ours).query(theirs)
    both = np.concatenate([forward, backward])
    return SurfaceAgreement(
        mean_mm=float(both.mean()),
        hausdorff_95_mm=float(max(np.percentile(forward, 95.0), np.percentile(backward, 95.0))),
        hausdorff_mm=float(both.max()),
        within_tolerance=float(np.mean(both <= SURFACE_TOLERANCE_MM + ROUNDING_MM)),
    )
