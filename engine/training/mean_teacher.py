"""Learning from scans nobody labelled: what the averaged network sees plainly the student has to see through a veil.

Mean teacher (Tarvainen and Valpola, NeurIPS 2017) with confident hard answers (FixMatch, Sohn et al., NeurIPS 2020).
The teacher is the running average of the weights that is exported anyway.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from engine.training import tissues
from engine.training.checkpoint import TrainingState
from engine.training.losses import consistency_loss
from engine.training.sample import IGNORED, Sample
from engine.training.sources import TrainingVolume
from engine.training.synthesis import WarpSettings, warped
from models.card import NetworkCard
from models.networks import input_channels


class UnlabelledTask:
    """Draws patches of scans without labels.

    Args:
        volumes: scans; tissue 0 outside the body, `LIVER` where a liver is known.
        card: the fine network sees patches around the liver only and is judged in it alone.
    """

    def __init__(self, volumes: Sequence[TrainingVolume], card: NetworkCard) -> None:
        """Finds the places patches are drawn around."""
        self._volumes = tuple(volumes)
        self._in_liver = card.task == "fine"
        self._settings = WarpSettings(shape_kji=card.patch_kji, spacing_mm=card.spacing_mm, off_centre_mm=(20, 20, 20))
        self._places = []
        for volume in volumes:
            inside = volume.tissues == tissues.LIVER if self._in_liver else volume.tissues > 0
            self._places.append(np.argwhere(inside)[:: max(1, int(inside.sum()) // 4096)])

    def draw(self, rng: np.random.Generator) -> Sample:
        """One patch; `target` is 0 where answers count and `IGNORED` elsewhere, no class is known."""
        number = int(rng.integers(len(self._volumes)))
        places = self._places[number]
        middle = places[rng.integers(len(places))].astype(np.float64)
        inside, hu = warped(self._volumes[number], self._settings, middle, rng)
        judged = inside == tissues.LIVER if self._in_liver else torch.ones_like(inside, dtype=torch.bool)
        target = torch.where(judged, torch.tensor(0, dtype=torch.uint8), torch.tensor(IGNORED, dtype=torch.uint8))
        return Sample(hu=hu, target=target, known_classes=())


def veiled(hu: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The student's view: other contrast and brightness, blur, noise and blocks wiped out; anatomy stays in place.

    Args:
        hu: (k, j, i) on the generator's device.
        generator: of the veil.
    """
    shape, device = hu.shape, hu.device

    def uniform(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand((), generator=generator, device=device)

    middle = hu.mean()
    veil = (hu - middle) * uniform(0.75, 1.3) + middle + uniform(-25, 25)
    soft = functional.avg_pool3d(veil[None, None], 3, 1, 1, count_include_pad=False)[0, 0]
    veil = torch.lerp(veil, soft, uniform(0, 1))
    veil = veil + uniform(0, 25) * torch.randn(shape, generator=generator, device=device)
    blocks = [max(2, side // 8) for side in shape]
    wiped = torch.rand((1, 1, *blocks), generator=generator, device=device) < 0.15
    return torch.where(functional.interpolate(wiped.float(), size=tuple(shape))[0, 0] > 0, middle, veil)


def ramp_up(step: int, steps: int) -> float:
    """Weight of the consistency from 0 to 1: exp(-5 (1 - t)^2), as Tarvainen and Valpola."""
    if steps <= 0 or step >= steps:
        return 1.0
    return math.exp(-5.0 * (1.0 - step / steps) ** 2)


def teacher_probability(state: TrainingState, channels: torch.Tensor) -> torch.Tensor:
    """(8, class, k/2, j/2, i/2) probabilities of the averaged network, without gradient."""
    full = state.averaged(channels)
    classes, k, j, i = full.shape[1:]
    cells: torch.Tensor = full.reshape(classes, k // 2, 2, j // 2, 2, i // 2, 2).permute(2, 4, 6, 0, 1, 3, 5)
    return cells.reshape(8, classes, k // 2, j // 2, i // 2).softmax(dim=1)


def unlabelled_loss(
    state: TrainingState, card: NetworkCard, sample: Sample, generator: torch.Generator
) -> torch.Tensor:
    """The weighted consistency of student and teacher on an unlabelled patch."""
    wanted = card.schedule.unlabelled
    weight = wanted.weight * ramp_up(state.step, wanted.ramp_up_steps)
    plain = input_channels(sample.hu, card).contiguous(memory_format=torch.channels_last_3d)
    hidden = input_channels(veiled(sample.hu, generator), card).contiguous(memory_format=torch.channels_last_3d)
    teacher = teacher_probability(state, plain)
    with torch.autocast(hidden.device.type, torch.bfloat16):
        student = state.network.forward_cells(hidden)[0]
    phase = int(torch.randint(8, (), generator=torch.Generator().manual_seed(card.schedule.seed + 7 * state.step)))
    a, b, c = phase // 4, phase // 2 % 2, phase % 2
    kept = sample.target[a::2, b::2, c::2].reshape(-1) != IGNORED
    return weight * consistency_loss(
        student[phase].flatten(1).T[kept].float(), teacher[phase].flatten(1).T[kept], wanted.confidence
    )
