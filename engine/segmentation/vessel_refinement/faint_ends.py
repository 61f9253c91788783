"""Ends of vessel trees that are too faint to be vessels."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.segmentation import kernels as grid_kernels

FAINT_SHARE: Final = 0.5
"""Of the contrast of sure vessels, along the middle of a branch: what a blurred vessel has at its border.
On phantoms more of what goes is wrong than right up to here, and beyond it thin vessels are lost."""

_ROUNDS: Final = 4
_JUNCTION_NEIGHBOURS: Final = 3


def without_faint_ends(vessel: NDArray[np.bool_], above_share: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Takes away branches that lead to nothing else and whose middle is faint, from the tips inwards.

    A filter for tubes and the wish for connected trees let trains of noise in. What lies between two bright parts is
    kept: vessels do fade there.

    Args:
        vessel: (k, j, i) voxels of the trees.
        above_share: (k, j, i) intensity above the parenchyma, 1 in sure vessels.

    Returns:
        (k, j, i) the voxels kept.
    """
    kept = vessel.copy()
    for _ in range(_ROUNDS):
        faint = _faint_ends(kept, above_share)
        if not faint.any():
            break
        kept &= ~faint
    return kept


def _faint_ends(vessel: NDArray[np.bool_], above_share: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(k, j, i) voxels nearest, along the vessels, to a faint branch with a free end."""
    import cc3d

    from engine.thinning import kernels as thinning

    curve = np.pad(vessel, 1).astype(np.uint8)
    thinning.thin_in_place(curve)
    neighbours = _neighbours_on(curve)[1:-1, 1:-1, 1:-1]
    on_curve = curve[1:-1, 1:-1, 1:-1] > 0
    between = on_curve & (neighbours < _JUNCTION_NEIGHBOURS)
    branch = np.asarray(cc3d.connected_components(between, connectivity=26))
    lengths = np.maximum(np.bincount(branch.ravel()), 1)
    brightness = np.bincount(branch[between], above_share[between], minlength=len(lengths)) / lengths
    is_faint = np.zeros(len(lengths), dtype=bool)
    is_faint[branch[between & (neighbours <= 1)]] = True
    is_faint &= brightness < FAINT_SHARE
    is_faint[0] = False
    fate = on_curve.astype(np.uint8)
    fate[is_faint[branch]] = 2
    grid_kernels.spread(fate, vessel)
    faint: NDArray[np.bool_] = fate == 2
    return faint


def _neighbours_on(curve: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(k, j, i) how many of a voxel's 26 neighbours are on the curve."""
    from scipy import ndimage

    around = curve
    for axis in range(3):
        around = ndimage.convolve1d(around, (1, 1, 1), axis=axis, mode="constant")
    counted: NDArray[np.uint8] = around - curve
    return counted
