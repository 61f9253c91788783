"""Samples for the coarse network: the whole abdomen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from engine.training.sample import Sample
from engine.training.sources import TrainingVolume
from engine.training.synthesis import WarpSettings, make_patch
from engine.training.tissues import CLASS_OF_TISSUE
from models.card import NetworkCard


class CoarseTask:
    """Draws a volume by weight and makes a patch of it.

    Args:
        volumes: what to draw from.
        card: patch shape, spacing and share of invented intensities.
    """

    def __init__(self, volumes: Sequence[TrainingVolume], card: NetworkCard) -> None:
        """Prepares the shares with which volumes are drawn."""
        self._volumes = tuple(volumes)
        weights = np.array([volume.weight for volume in volumes])
        self._shares = weights / weights.sum()
        self._settings = WarpSettings(shape_kji=card.patch_kji, spacing_mm=card.spacing_mm)
        self._invented_share = card.schedule.invented_share
        self._class_of_tissue = torch.from_numpy(CLASS_OF_TISSUE)

    def draw(self, rng: np.random.Generator) -> Sample:
        """One sample."""
        volume = self._volumes[rng.choice(len(self._volumes), p=self._shares)]
        patch = make_patch(volume, self._settings, rng, invented_share=self._invented_share)
        return Sample(
            hu=patch.hu, target=self._class_of_tissue[patch.tissues.long()], known_classes=patch.known_classes
        )
