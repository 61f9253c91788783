"""The step on labelled and unlabelled patches, and the training made of it."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Final

import torch

from engine.progress import Progress
from engine.training.checkpoint import TrainingState
from engine.training.loop import Course, run_course
from engine.training.losses import ClassGroups, segmentation_loss, skeleton_recall_loss
from engine.training.mean_teacher import unlabelled_loss
from engine.training.optimise import optimise
from engine.training.sample import IGNORED, Sample, TrainingTask
from engine.training.sampling import Drawn, draw, to_device
from engine.training.validation import mean_dice, validation_samples
from models.card import NetworkCard
from models.networks import SUBVOXELS, input_channels

_WARM_UP_STEPS: Final = 100
_PHASES_A_STEP: Final = 2


def learning_rate(card: NetworkCard, step: int) -> float:
    """Warm-up, then a cosine to a hundredth of the peak; the same once more after a restart."""
    peak, end = card.schedule.learning_rate, card.schedule.steps
    start = min(_WARM_UP_STEPS, end // 10)  # a short schedule is not all warm-up
    if step < start:
        return peak * (step + 1) / start
    if card.schedule.restart_step > step:
        end = card.schedule.restart_step
    elif card.schedule.restart_step > 0:
        start = card.schedule.restart_step
    done = (step - start) / max(1, end - start)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def labelled_loss(state: TrainingState, card: NetworkCard, sample: Sample) -> torch.Tensor:
    """The loss on a labelled patch.

    Only some of the eight sub-voxel positions of each cell are judged in a step: it costs a fraction of the
    full loss and over the steps teaches the same.
    """
    device = state.device
    channels = input_channels(sample.hu, card).contiguous(memory_format=torch.channels_last_3d)
    with torch.autocast(device.type, torch.bfloat16):
        cells = state.network.forward_cells(channels)[0]
    logits, targets, tubes = [], [], []
    for phase in random.Random(f"{card.schedule.seed} {state.step}").sample(range(SUBVOXELS), _PHASES_A_STEP):
        a, b, c = phase // 4, phase // 2 % 2, phase % 2
        target = sample.target[a::2, b::2, c::2].reshape(-1)
        kept = target != IGNORED
        logits.append(cells[phase].flatten(1).T[kept].float())
        targets.append(target[kept].long())
        if sample.tube is not None:
            tubes.append(sample.tube[a::2, b::2, c::2].reshape(-1)[kept])
    groups = ClassGroups.of(len(card.classes), sample.known_classes, sample.merged_classes)
    loss = segmentation_loss(torch.cat(logits), torch.cat(targets), groups)
    if tubes:
        recall = skeleton_recall_loss(torch.cat(logits), torch.cat(targets), torch.cat(tubes), groups)
        loss = loss + card.schedule.skeleton_weight * recall
    return loss


def train_step(state: TrainingState, card: NetworkCard, drawn: Drawn) -> float:
    """One optimiser step on one patch, or on one labelled and one unlabelled; returns the loss.

    Raises:
        TrainingDivergedError: the loss is not finite; the state is as it was before.
    """
    state.network.train()
    loss = labelled_loss(state, card, to_device(drawn.labelled, state.device))
    if drawn.unlabelled is not None:
        generator = torch.Generator(state.device).manual_seed(card.schedule.seed * 1_000_003 + state.step)
        loss = loss + unlabelled_loss(state, card, to_device(drawn.unlabelled, state.device), generator)
    rate = learning_rate(card, state.step)
    return optimise(state, loss, rate=rate, decay=card.schedule.average_decay)


def run_training(  # noqa: PLR0913 - one name each
    state: TrainingState,
    card: NetworkCard,
    task: TrainingTask,
    checkpoint: Path,
    progress: Progress,
    *,
    unlabelled: TrainingTask | None = None,
    max_minutes: float | None = None,
) -> None:
    """Trains until the card's schedule or the time is over; see `run_course` for what may stop it."""
    every = card.schedule.validate_every
    watched = validation_samples(task, card) if every > 0 else []
    course = Course(
        steps=card.schedule.steps,
        draw_step=lambda step: draw(task, unlabelled, card, step),
        take_step=lambda drawn: train_step(state, card, drawn),
        validate=lambda: mean_dice(state, card, watched),
        validate_every=every,
    )
    run_course(state, course, checkpoint, progress, max_minutes=max_minutes)
