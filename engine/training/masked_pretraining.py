"""Self-supervised pretraining: fill in the hidden blocks of scans that nobody labelled.

After masked image modelling for convolutional networks (SimMIM, Xie et al., CVPR 2022; for CT Tang et al., CVPR 2022):
blocks are wiped out and the whole network is asked for what was there. Encoder and decoder are then taken over by
name; the last layer, which answered with Hounsfield values, is not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn import functional

from engine.progress import Progress
from engine.training.checkpoint import TrainingState, load_state, new_state
from engine.training.loop import Course, run_course
from engine.training.optimise import optimise
from engine.training.sample import Sample, TrainingTask
from engine.training.sampling import Drawn, draw, to_device
from models.card import NetworkCard
from models.networks import input_channels
from models.schedule import Pretraining, StartFrom
from models.transfer import Transferred, transfer

_AVERAGE_DECAY = 0.99
_WITHOUT_CLASSES = StartFrom(file="", sha256="", classes=(), renamed=())


def filling_card(card: NetworkCard) -> NetworkCard:
    """The card of the same network with a last layer that answers with its own input channels."""
    names = tuple(f"channel {n}" for n in range(len(card.channels)))
    return replace(card, classes=names, schedule=replace(card.schedule, skeleton_weight=0.0, start_from=None))


def hidden_blocks(shape: torch.Size, wanted: Pretraining, generator: torch.Generator) -> torch.Tensor:
    """(k, j, i) bool on the generator's device: blocks that are hidden; the grid of blocks begins anywhere."""
    side, device = wanted.block_voxels, generator.device
    counts = [extent // side + 2 for extent in shape]
    blocks = torch.rand(counts, generator=generator, device=device) < wanted.mask_share
    for axis in range(3):
        blocks = blocks.repeat_interleave(side, dim=axis)
    starts = torch.randint(side, (3,), generator=generator, device=device).tolist()
    return blocks[tuple(slice(start, start + extent) for start, extent in zip(starts, shape, strict=True))]


def filling_loss(state: TrainingState, card: NetworkCard, sample: Sample, wanted: Pretraining) -> torch.Tensor:
    """Mean absolute error in the hidden blocks, in the units of the input channels."""
    generator = torch.Generator(state.device).manual_seed(card.schedule.seed * 1_000_003 + state.step)
    plain = input_channels(sample.hu, card)
    hidden = hidden_blocks(sample.hu.shape, wanted, generator)
    shown = plain.masked_fill(hidden, 0.0).contiguous(memory_format=torch.channels_last_3d)
    with torch.autocast(state.device.type, torch.bfloat16):
        answer = state.network(shown)
    # Hidden voxels alone are asked for, as in SimMIM: what is shown teaches copying.
    error = functional.l1_loss(answer.float(), plain, reduction="none") * hidden
    return error.sum() / (hidden.sum().clamp_min(1) * plain.shape[1])


def pretrain(  # noqa: PLR0913 - one name each
    card: NetworkCard,
    wanted: Pretraining,
    tasks: Sequence[TrainingTask],
    device: torch.device,
    checkpoint: Path,
    progress: Progress,
    *,
    resume: bool = False,
    max_minutes: float | None = None,
) -> TrainingState:
    """Fills in hidden blocks of patches, drawn from the tasks in turn; what the patches are labelled with is unused.

    Args:
        card: of the network that will be trained.
        wanted: the pretraining.
        tasks: sources of patches.
        device: where.
        checkpoint: where it is kept.
        progress: told every step.
        resume: go on from the checkpoint where there is one.
        max_minutes: stop after this time.

    Raises:
        TrainingDivergedError: the loss is not finite.
        OperationCancelledError: the person stopped it.
    """
    filling = filling_card(card)
    state = load_state(filling, device, checkpoint) if resume and checkpoint.exists() else new_state(filling, device)

    def take_step(drawn: Drawn) -> float:
        state.network.train()
        rate = wanted.learning_rate * 0.5 * (1 + math.cos(math.pi * state.step / wanted.steps))
        loss = filling_loss(state, card, to_device(drawn.labelled, device), wanted)
        return optimise(state, loss, rate=max(rate, 0.01 * wanted.learning_rate), decay=_AVERAGE_DECAY)

    course = Course(
        steps=wanted.steps,
        draw_step=lambda step: draw(tasks[step % len(tasks)], None, filling, step),
        take_step=take_step,
    )
    run_course(state, course, checkpoint, progress, max_minutes=max_minutes)
    return state


def take_over(state: TrainingState, pretrained: dict[str, torch.Tensor], card: NetworkCard) -> Transferred:
    """Puts pretrained weights into a state that has not been trained yet; its last layer stays fresh.

    Raises:
        ModelError: the weights are of another network.
    """
    done = transfer(state.network, pretrained, card.classes, _WITHOUT_CLASSES)
    state.follow(0.0)
    return done
