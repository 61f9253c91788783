"""Trains the network of a card, from reading its sources to writing its weights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from engine.errors import SegmentationError, WeightsError
from engine.progress import Progress
from engine.training.sample import TrainingTask
from engine.training.sources import TrainingVolume
from engine.training.trainer import load_state, new_state, run_training
from models.card import ModelError, NetworkCard, read_card
from models.weights import save_weights

InventedBodies = Callable[[], Sequence[TrainingVolume]]


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
    """The samples a card is trained on, read from the data folder; the coarse task mixes in invented bodies."""
    match card.task:
        case "coarse":
            from engine.training.coarse_task import CoarseTask
            from engine.training.sources import read_coarse_sources, with_invented_bodies

            volumes = read_coarse_sources(data_dir)
            return CoarseTask(with_invented_bodies(volumes, invented_bodies() if invented_bodies else ()), card)
        case "fine":
            from engine.training.fine_task import FineTask, read_fine_sources

            return FineTask(read_fine_sources(data_dir), card)
        case unknown:
            raise SegmentationError(f"Nothing trains the task {unknown!r}.", cure="Use a card of task coarse or fine.")


def train_network(  # noqa: PLR0913 - what the command line asks for, one name each
    card_path: Path,
    data_dir: Path,
    out_dir: Path,
    *,
    device: str,
    resume: bool,
    max_minutes: float | None,
    progress: Progress,
    invented_bodies: InventedBodies | None = None,
) -> TrainingResult:
    """Trains a card's network and exports its weights.

    Writes `checkpoint.pt`, `losses.json`, `losses.png`, the weights and a copy of the card into `out_dir`. The
    same card, data and thread count give the same samples; sums on several threads may differ in the last bits.

    Args:
        card_path: the model card (TOML).
        data_dir: the data folder as `data/README.md` describes it.
        out_dir: where the run is written.
        device: "cpu", "cuda" or "auto".
        resume: go on from the checkpoint in `out_dir`.
        max_minutes: stop after this time though the schedule is not over.
        progress: told every step; may stop the training, which keeps its checkpoint.
        invented_bodies: makes whole bodies without images, on which the coarse network is trained too.

    Raises:
        WeightsError: the card is not valid.
        SegmentationError: the card's task is unknown.
    """
    try:
        card = read_card(card_path)
    except ModelError as error:
        raise WeightsError(str(error), cure="Name a card of models/cards.") from error
    out_dir.mkdir(parents=True, exist_ok=True)
    chosen = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    progress.stage("Reading training data")
    task = task_of(card, data_dir, invented_bodies)
    checkpoint = out_dir / "checkpoint.pt"
    going_on = resume and checkpoint.exists()
    state = load_state(card, chosen, checkpoint) if going_on else new_state(card, chosen)
    progress.stage(f"Training {card.name}")
    run_training(state, card, task, checkpoint, progress, max_minutes=max_minutes)
    weights = out_dir / card.weights_file
    digest = save_weights(card, state.average, weights)
    shutil.copy(card_path, out_dir / card_path.name)
    (out_dir / "losses.json").write_text(json.dumps(state.losses), encoding="utf-8")
    _draw_losses(state.losses, out_dir / "losses.png")
    return TrainingResult(steps=state.step, loss=float(np.mean(state.losses[-50:])), weights=weights, sha256=digest)


def _draw_losses(losses: list[float], path: Path) -> None:
    """The loss curve as a picture, smoothed over fifty steps."""
    from matplotlib.figure import Figure

    width = min(50, len(losses))
    if width == 0:
        return
    figure = Figure(figsize=(7, 4))
    axes = figure.add_subplot()
    axes.plot(np.convolve(losses, np.ones(width) / width, mode="valid"))
    axes.set_xlabel("step")
    axes.set_ylabel("loss, mean of 50 steps")
    figure.savefig(path, dpi=90)
