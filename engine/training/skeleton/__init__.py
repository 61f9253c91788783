"""Centrelines of the vessels in a target, thickened to a tube, for the skeleton recall loss."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.training.skeleton import kernels

VESSEL_CLASSES = frozenset({"vessel", "portal_vein", "hepatic_veins", "hepatic_artery", "inferior_vena_cava", "aorta"})
"""Names of the classes that are trees or tubes, in any card."""


def skeleton_of(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The centrelines of a (k, j, i) mask: lines one voxel wide, connected where the mask is.

    At the border of the array the mask counts as ending, so a tube that leaves a patch keeps its line to the border.
    """
    padded = np.pad(mask.astype(np.uint8), 1)
    kernels.thin(padded)
    return padded[1:-1, 1:-1, 1:-1] > 0


def tubed_skeleton(target: torch.Tensor, vessel_classes: Collection[int]) -> torch.Tensor:
    """Where the skeleton recall loss looks (Kirchhoff et al., ECCV 2024): lines widened by a voxel.

    The widened lines are cut to their vessel. Each class is thinned on its own, so where two trees touch both
    keep their line.

    Args:
        target: (k, j, i) uint8 class indices.
        vessel_classes: the classes that are trees.

    Returns:
        (k, j, i) bool.
    """
    tube = torch.zeros(target.shape, dtype=torch.bool)
    for number in vessel_classes:
        inside = target == number
        if not bool(inside.any()):
            continue
        lines = torch.from_numpy(skeleton_of(inside.numpy())).float()
        tube |= (functional.max_pool3d(lines[None, None], 3, 1, 1)[0, 0] > 0) & inside
    return tube
