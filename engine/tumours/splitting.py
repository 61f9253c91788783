"""Touching tumours told apart by the neck between them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry

LARGEST_NECK: Final = 0.7
"""Neck radius over the radius of the smaller lesion. Two balls of one radius are two from a distance of 1.43 radii
between their middles on; nearer ones are read as one confluent lesion, and the bumps of a lumpy one lie above 0.8."""

LEAST_RADIUS_MM: Final = 2.5
"""RECIST 1.1 calls 5 mm the least a thin-slice CT measures; a smaller knob is part of its neighbour."""

_LEAST_DROP_STEPS = 0.6
"""The distance map of a voxel grid is off by up to about half its coarsest step; less of a drop says nothing."""


def split_touching(mask: NDArray[np.bool_], geometry: VolumeGeometry) -> NDArray[np.int32]:
    """Tells the lesions of one connected (k, j, i) mask apart.

    The distance to the surface has a peak inside each lesion, as high as its largest ball, and a saddle in the neck
    between two, as high as the neck is wide. Basins are joined by that ratio instead of by a fixed height (the usual
    h-maxima), so that large and small lesions are judged alike; see Soille, Morphological Image Analysis, 2004, 9.2.
    Distances are mm, so anisotropic and oblique grids give the same answer up to their steps.

    Args:
        mask: connected voxels.
        geometry: their grid.

    Returns:
        (k, j, i) int32, 1 to n on the lesions, 0 outside; no voxel is lost.
    """
    import edt

    from engine.tumours import kernels

    spacing = tuple(float(step) for step in geometry.spacing_kji_mm)
    padded = np.pad(mask, 1)
    depth = edt.edt(padded, anisotropy=spacing).astype(np.float32)
    # The surface lies half a step before the first voxel centre outside; the steps differ, the least is exact most
    # often because necks and peaks are wider than one voxel.
    depth[padded] = np.maximum(depth[padded] - np.float32(min(spacing) / 2), np.float32(1e-3))
    inside = np.flatnonzero(padded)
    order = inside[np.argsort(-depth.ravel()[inside], kind="stable")]
    basins = kernels.narrow_necked_basins(
        depth, order, LARGEST_NECK, _LEAST_DROP_STEPS * max(spacing), LEAST_RADIUS_MM
    )[1:-1, 1:-1, 1:-1]
    numbered: NDArray[np.int32] = np.zeros(mask.shape, dtype=np.int32)
    found, renumbered = np.unique(basins[mask], return_inverse=True)
    numbered[mask] = renumbered.reshape(-1).astype(np.int32) + (1 if found.size else 0)
    return numbered
