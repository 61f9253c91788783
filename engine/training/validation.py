"""How good the averaged network is, while it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch

from engine.training.checkpoint import TrainingState
from engine.training.losses import ClassGroups, group_log_probability
from engine.training.sample import IGNORED, Sample, TrainingTask
from engine.training.sources import TrainingVolume
from engine.training.synthesis import WarpSettings, warped
from models.card import NetworkCard
from models.networks import input_channels, network_multiple

SAMPLES: Final = 4
_STREAM: Final = 3


def validation_samples(task: TrainingTask, card: NetworkCard) -> list[Sample]:
    """Samples that no step is trained on, the same throughout a run.

    They come from the training's own sources, so they show how a training goes and not how well a network does on
    new patients: that is measured by `cantlie evaluate` on scans nobody trained on.
    """
    return [task.draw(np.random.default_rng([card.schedule.seed, n, _STREAM])) for n in range(SAMPLES)]


def average_logits(state: TrainingState, card: NetworkCard, hu: torch.Tensor) -> torch.Tensor:
    """(class, k, j, i) float32 logits of the averaged network for (k, j, i) HU of a fitting shape."""
    channels = input_channels(hu.to(state.device), card).contiguous(memory_format=torch.channels_last_3d)
    return state.averaged(channels)[0]


def mean_dice(state: TrainingState, card: NetworkCard, samples: Sequence[Sample]) -> float:
    """Mean Dice over the classes present in each sample, groups a source does not tell apart counted as one."""
    scores = []
    for sample in samples:
        groups = ClassGroups.of(len(card.classes), sample.known_classes, sample.merged_classes)
        target = sample.target.reshape(-1).to(state.device)
        kept = target != IGNORED
        logits = average_logits(state, card, sample.hu).flatten(1).T[kept]
        answer = group_log_probability(logits, groups).argmax(dim=1)
        wanted = groups.lookup(len(card.classes), state.device)[target[kept].long()]
        scores += dice_of_groups(answer, wanted, len(groups.groups))
    return float(np.mean(scores)) if scores else 0.0


def dice_of_groups(answer: torch.Tensor, wanted: torch.Tensor, count: int) -> list[float]:
    """Dice of every group but the first that is wanted somewhere."""
    both = torch.bincount(wanted[answer == wanted], minlength=count)
    sizes = torch.bincount(wanted, minlength=count)
    total = torch.bincount(answer, minlength=count) + sizes
    return [float(2 * both[n] / total[n]) for n in range(1, count) if int(sizes[n]) > 0]


def volume_on_grid(volume: TrainingVolume, card: NetworkCard) -> tuple[torch.Tensor, torch.Tensor]:
    """A whole scan on the network's grid: (k, j, i) tissues and HU, air around it up to a fitting shape."""
    step = network_multiple(card)
    extent = np.array(volume.tissues.shape) * np.array(volume.spacing_kji_mm)
    shape = [step * int(np.ceil(side / card.spacing_mm / step)) for side in extent]
    settings = WarpSettings(
        shape_kji=(shape[0], shape[1], shape[2]), spacing_mm=card.spacing_mm, scale=0.0, rotation_deg=0.0,
        bend_mm=0.0, off_centre_mm=(0.0, 0.0, 0.0),
    )  # fmt: skip
    return warped(volume, settings, np.array(volume.tissues.shape) / 2, np.random.default_rng(0))
