"""What a training task hands to the trainer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch

IGNORED: Final = 255
"""Target of voxels where nothing is taught."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One patch with its answer.

    Attributes:
        hu: (k, j, i) float32; Hounsfield units, or units relative to the liver for the fine network.
        target: (k, j, i) uint8 class indices; `IGNORED` where nothing is taught.
        known_classes: classes this patch labels; the others may hide in class 0.
        merged_classes: groups of classes this patch does not tell apart; in the target each group is its first class.
        tube: (k, j, i) bool, the centrelines of the vessels with a voxel around them; None where nothing is asked
            about them.
    """

    hu: torch.Tensor
    target: torch.Tensor
    known_classes: tuple[int, ...]
    merged_classes: tuple[tuple[int, ...], ...] = ()
    tube: torch.Tensor | None = None


class TrainingTask(Protocol):
    """Draws samples; the same generator state gives the same sample."""

    def draw(self, rng: np.random.Generator) -> Sample:
        """One sample."""
        ...
