"""Trains the network of a card, from reading its sources to writing its weights."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from engine.errors import SegmentationError, TrainingError, WeightsError
from engine.progress import Progress
from engine.training.checkpoint import TrainingState, load_state, new_state
from engine.training.masked_pretraining import pretrain, take_over
from engine.training.mean_teacher import UnlabelledTask
from engine.training.sample import TrainingTask
from engine.training.sources import TrainingVolume
from engine.training.trainer import run_training
from models.card import ModelError, NetworkCard, read_card
from models.weights import save_weights

_CHECKPOINT = "checkpoint.pt"

InventedBodies = Callable[[str], Sequence[TrainingVolume]]
"""Makes the bodies for a task, "coarse" or "fine"."""

UnlabelledScans = Callable[[NetworkCard, Progress], Sequence[TrainingVolume]]
"""Reads a person's scans for a card; passed in, because training knows no scan formats but its sources'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """What a training left behind.

    Attributes:
        steps: steps done.
        loss: mean of the last fifty losses.
        weights: the exported safetensors file.
        sha256: its digest, to be written into the card.
    """

    steps: int
    loss: float
    weights: Path
    sha256: str


def task_of(card: NetworkCard, data_dir: Path, invented_bodies: InventedBodies | None = None) -> TrainingTask:
    """The samples a card is trained on, read from the data folder; both tasks mix in invented bodies."""
    bodies = invented_bodies(card.task) if invented_bodies else ()
    match card.task:
        case "coarse":
            from engine.training.coarse_task import CoarseTask
            from engine.training.sources import read_coarse_sources, with_invented_bodies

            volumes = read_coarse_sources(data_dir)
            return CoarseTask(with_invented_bodies(volumes, bodies), card)
        case "fine":
            from engine.training.fine_sources import read_fine_sources
            from engine.training.fine_task import FineTask

            return FineTask(read_fine_sources(data_dir, bodies), card)
        case unknown:
            raise SegmentationError(f"Nothing trains the task {unknown!r}.", cure="Use a card of task coarse or fine.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How a card's training is run; what it learns stands in the card.

    Attributes:
        device: "cpu", "cuda" or "auto".
        resume: go on from the checkpoint in the run's folder.
        max_minutes: stop after this time though the schedule is not over; None for no limit.
    """

    device: str = "auto"
    resume: bool = False
    max_minutes: float | None = None


def chosen_device(name: str) -> torch.device:
    """The device of a name; "auto" takes a GPU where there is one.

    Raises:
        TrainingError: a GPU is asked for and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingError("There is no CUDA GPU on this machine.", cure="Train with --device cpu.")
    return torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)


def train_network(  # noqa: PLR0913 - what the command line asks for, one name each
    card_path: Path,
    data_dir: Path,
    out_dir: Path,
    *,
    settings: RunSettings,
    progress: Progress,
    invented_bodies: InventedBodies | None = None,
    unlabelled: UnlabelledScans | None = None,
) -> TrainingResult:
    """Trains a card's network and exports its weights.

    Writes `checkpoint.pt`, `losses.json`, `curve.png`, the weights and a copy of the card into `out_dir`. The
    same card, data and thread count give the same samples; sums on several threads may differ in the last bits.

    Args:
        card_path: the model card (TOML).
        data_dir: the data folder as `data/README.md` describes it.
        out_dir: where the run is written.
        settings: device, resuming, time.
        progress: told every step; may stop the training, which keeps its checkpoint.
        invented_bodies: makes whole bodies without images to train on too.
        unlabelled: reads scans without labels, for the mean teacher and for pretraining.

    Raises:
        WeightsError: the card, the weights it starts from or the checkpoint cannot be used.
        SegmentationError: the card's task is unknown.
        TrainingError: the training cannot go on; its checkpoint is kept.
    """
    try:
        card = read_card(card_path)
    except ModelError as error:
        raise WeightsError(str(error), cure="Name a card of models/cards.") from error
    out_dir.mkdir(parents=True, exist_ok=True)
    device = chosen_device(settings.device)
    progress.stage("Reading training data")
    task = task_of(card, data_dir, invented_bodies)
    scans = unlabelled(card, progress) if unlabelled is not None else ()
    free = UnlabelledTask(scans, card) if scans else None
    state = _first_state(card, task, free, device, out_dir, settings, progress)
    progress.stage(f"Training {card.name}")
    run_training(state, card, task, out_dir / _CHECKPOINT, progress, unlabelled=free, max_minutes=settings.max_minutes)
    weights = out_dir / card.weights_file
    digest = save_weights(card, state.average, weights)
    shutil.copy(card_path, out_dir / card_path.name)
    return TrainingResult(steps=state.step, loss=float(np.mean(state.losses[-50:])), weights=weights, sha256=digest)


def _first_state(  # noqa: PLR0913, PLR0917 - what a start depends on
    card: NetworkCard,
    task: TrainingTask,
    free: UnlabelledTask | None,
    device: torch.device,
    out_dir: Path,
    settings: RunSettings,
    progress: Progress,
) -> TrainingState:
    """The state of the checkpoint; or a new one, pretrained first where the card wants that."""
    checkpoint = out_dir / _CHECKPOINT
    if settings.resume and checkpoint.exists():
        return load_state(card, device, checkpoint)
    state = new_state(card, device)
    wanted = card.schedule.pretraining
    if wanted is not None:
        progress.stage("Pretraining on masked scans")
        folder = out_dir / "pretraining"
        folder.mkdir(exist_ok=True)
        tasks = [task] if free is None else [task, free]
        pretrained = pretrain(
            card, wanted, tasks, device, folder / _CHECKPOINT, progress,
            resume=settings.resume, max_minutes=settings.max_minutes,
        )  # fmt: skip
        take_over(state, pretrained.average, card)
    return state
