"""Fits a card's temperatures on samples that training never saw, and measures what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch.nn import functional

from engine.training.losses import ClassGroups, group_log_probability
from engine.training.sample import IGNORED, TrainingTask
from models.card import NetworkCard
from models.networks import SubvoxelUNet, input_channels

_VOXELS_A_SAMPLE: Final = 12_000
_BINS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What the network said about some voxels of one sample.

    Attributes:
        logits: (n, class) float32.
        target: (n,) class indices.
        groups: what the sample tells apart.
    """

    logits: torch.Tensor
    target: torch.Tensor
    groups: ClassGroups


@torch.inference_mode()
def gathered(network: SubvoxelUNet, card: NetworkCard, task: TrainingTask, seeds: Sequence[int]) -> list[Evidence]:
    """The network's answers on held-out samples, a random part of the taught voxels of each."""
    result = []
    for seed in seeds:
        rng = np.random.default_rng([card.schedule.seed, seed, 3])
        sample = task.draw(rng)
        logits = network.eval()(input_channels(sample.hu, card))[0].float().flatten(1).T
        taught = np.flatnonzero(sample.target.reshape(-1).numpy() != IGNORED)
        chosen = torch.from_numpy(rng.permutation(taught)[:_VOXELS_A_SAMPLE])
        result.append(
            Evidence(
                logits=logits[chosen],
                target=sample.target.reshape(-1)[chosen].long(),
                groups=ClassGroups.of(len(card.classes), sample.known_classes, sample.merged_classes),
            )
        )
    return result


def calibrated(logits: torch.Tensor, other_bias: torch.Tensor, temperature: torch.Tensor) -> torch.Tensor:
    """(n, class) log-probabilities as inference makes them: bias, softmax, logarithms over temperature, sum to one."""
    shift = functional.one_hot(torch.tensor(0), logits.shape[1]) * other_bias
    return functional.log_softmax(functional.log_softmax(logits + shift, dim=1) / temperature, dim=1)


def fit_calibration(evidence: Sequence[Evidence], *, steps: int = 100) -> tuple[float, tuple[float, ...]]:
    """The bias of "other" and the temperature of each class that make the held-out labels likeliest.

    The loss weighs rare classes up, so an uncalibrated network overstates them; a temperature below one takes back
    what a class claims beyond its share (Guo et al., ICML 2017, with one temperature a class).
    """
    classes = evidence[0].logits.shape[1]
    bias = torch.zeros((), requires_grad=True)
    log_temperature = torch.zeros(classes, requires_grad=True)
    optimiser = torch.optim.Adam([bias, log_temperature], lr=0.1)
    with torch.enable_grad():
        for _ in range(steps):
            loss = torch.stack([_surprise(one, bias, log_temperature.exp()) for one in evidence]).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return float(bias.detach()), tuple(float(one) for one in log_temperature.detach().exp())


def _surprise(one: Evidence, bias: torch.Tensor, temperature: torch.Tensor) -> torch.Tensor:
    """Mean negative log-likelihood of the labels."""
    known = group_log_probability(calibrated(one.logits, bias, temperature), one.groups, "proportional")
    wanted = one.groups.lookup(one.logits.shape[1], one.logits.device)[one.target]
    return functional.nll_loss(known, wanted)


def expected_calibration_error(probability: torch.Tensor, right: torch.Tensor) -> float:
    """Mean gap between what is claimed and what comes true, over fifteen bins of the claim.

    Args:
        probability: (n,) claimed.
        right: (n,) bool, whether it came true.
    """
    which = (probability * _BINS).long().clamp(0, _BINS - 1)
    claimed = torch.zeros(_BINS, dtype=torch.float64).index_add(0, which, probability.double())
    true = torch.zeros(_BINS, dtype=torch.float64).index_add(0, which, right.double())
    return float((claimed - true).abs().sum() / max(1, len(probability)))
