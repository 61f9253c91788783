"""The training loop: draws samples in a thread, steps, averages weights, saves so that it can go on."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from engine.progress import Progress
from engine.training.losses import ClassGroups, segmentation_loss, skeleton_recall_loss
from engine.training.sample import IGNORED, Sample, TrainingTask
from engine.training.skeleton import VESSEL_CLASSES, tubed_skeleton
from models.card import NetworkCard
from models.networks import SUBVOXELS, SubvoxelUNet, build_network, input_channels
from models.transfer import start_from_weights

_WARM_UP_STEPS = 100
_PHASES_A_STEP = 2
_SECONDS_BETWEEN_SAVES = 120.0


@dataclass(slots=True, kw_only=True)
class TrainingState:
    """Everything a stopped training needs to go on exactly where it was.

    Attributes:
        network: being trained.
        optimiser: its optimiser.
        average: running average of the weights, which is what is exported.
        step: steps done.
        losses: loss of every step.
    """

    network: SubvoxelUNet
    optimiser: torch.optim.Optimizer
    average: dict[str, torch.Tensor]
    step: int = 0
    losses: list[float] = field(default_factory=list)


def new_state(card: NetworkCard, device: torch.device) -> TrainingState:
    """A network with seeded weights, or those the card starts from.

    Raises:
        ModelError: the weights to start from are missing, changed or of another network.
    """
    torch.manual_seed(card.schedule.seed)
    network = build_network(card)
    if card.schedule.start_from is not None:
        start_from_weights(network, card, card.schedule.start_from)
    network.to(device)
    for module in network.modules():  # channels-last weights alone: 3D layout of the rest follows the input
        if isinstance(module, torch.nn.Conv3d | torch.nn.ConvTranspose3d):
            module.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters(), lr=card.schedule.learning_rate, weight_decay=1e-4)
    average = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    return TrainingState(network=network, optimiser=optimiser, average=average)


def save_state(state: TrainingState, path: Path) -> None:
    """Writes a checkpoint; a crash while writing leaves the old one."""
    part = path.with_suffix(".part")
    torch.save(
        {
            "network": state.network.state_dict(),
            "optimiser": state.optimiser.state_dict(),
            "average": state.average,
            "step": state.step,
            "losses": state.losses,
        },
        part,
    )
    part.replace(path)


def load_state(card: NetworkCard, device: torch.device, path: Path) -> TrainingState:
    """Reads a checkpoint written by `save_state`; pickled code in it is refused."""
    state = new_state(card, device)
    saved = torch.load(path, map_location=device, weights_only=True)
    state.network.load_state_dict(saved["network"])
    state.optimiser.load_state_dict(saved["optimiser"])
    state.average = saved["average"]
    state.step = saved["step"]
    state.losses = saved["losses"]
    return state


def learning_rate(card: NetworkCard, step: int) -> float:
    """Warm-up, then a cosine to a hundredth of the peak; the same once more after a restart."""
    peak, end, start = card.schedule.learning_rate, card.schedule.steps, _WARM_UP_STEPS
    if step < _WARM_UP_STEPS:
        return peak * (step + 1) / _WARM_UP_STEPS
    if card.schedule.restart_step > step:
        end = card.schedule.restart_step
    elif card.schedule.restart_step > 0:
        start = card.schedule.restart_step
    done = (step - start) / max(1, end - start)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def train_step(state: TrainingState, card: NetworkCard, sample: Sample, device: torch.device) -> float:
    """One optimiser step on one sample; returns the loss.

    Only some of the eight sub-voxel positions of each cell are judged in a step: it costs a fraction of the
    full loss and over the steps teaches the same.
    """
    for group in state.optimiser.param_groups:
        group["lr"] = learning_rate(card, state.step)
    state.network.train()
    channels = input_channels(sample.hu, card).to(device=device, memory_format=torch.channels_last_3d)
    with torch.autocast(device.type, torch.bfloat16):
        cells = state.network.forward_cells(channels)[0]
    phases = np.random.default_rng([card.schedule.seed, state.step, 1]).permutation(SUBVOXELS)[:_PHASES_A_STEP]
    logits, targets, tubes = [], [], []
    for phase in phases.tolist():
        a, b, c = phase // 4, phase // 2 % 2, phase % 2
        target = sample.target[a::2, b::2, c::2].reshape(-1).to(device)
        kept = target != IGNORED
        logits.append(cells[phase].flatten(1).T[kept].float())
        targets.append(target[kept].long())
        if sample.tube is not None:
            tubes.append(sample.tube[a::2, b::2, c::2].reshape(-1).to(device)[kept])
    groups = ClassGroups.of(len(card.classes), sample.known_classes, sample.merged_classes)
    loss = segmentation_loss(torch.cat(logits), torch.cat(targets), groups)
    if tubes:
        recall = skeleton_recall_loss(torch.cat(logits), torch.cat(targets), torch.cat(tubes), groups)
        loss = loss + card.schedule.skeleton_weight * recall
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), 5.0)
    state.optimiser.step()
    state.optimiser.zero_grad(set_to_none=True)
    state.step += 1
    decay = min(card.schedule.average_decay, state.step / (state.step + 10))
    with torch.no_grad():
        for name, tensor in state.network.state_dict().items():
            state.average[name].lerp_(tensor, 1 - decay)
    value = float(loss.detach())
    state.losses.append(value)
    return value


def with_tube(sample: Sample, card: NetworkCard) -> Sample:
    """The sample with the tubes the vessel loss looks at, where the card wants one."""
    vessels = [n for n in sample.known_classes if card.classes[n] in VESSEL_CLASSES]
    vessels += [group[0] for group in sample.merged_classes if group[0] not in vessels]
    if card.schedule.skeleton_weight == 0 or not vessels or sample.tube is not None:
        return sample
    return replace(sample, tube=tubed_skeleton(sample.target, vessels))


@contextmanager
def drawn_samples(task: TrainingTask, card: NetworkCard, first_step: int) -> Iterator[queue.Queue[Sample | Exception]]:
    """A queue that a thread fills; sample n is seeded by n, so a resumed training sees what it would have seen."""
    samples: queue.Queue[Sample | Exception] = queue.Queue(maxsize=3)
    stopped = threading.Event()

    def fill() -> None:
        for step in range(first_step, card.schedule.steps):
            try:
                item: Sample | Exception = with_tube(task.draw(np.random.default_rng([card.schedule.seed, step])), card)
            except Exception as error:  # handed to the trainer, which raises it
                item = error
            while not stopped.is_set():
                try:
                    samples.put(item, timeout=0.5)
                    break
                except queue.Full:
                    continue
            if stopped.is_set():
                return

    thread = threading.Thread(target=fill, name="samples", daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        stopped.set()
        thread.join(timeout=30)


def run_training(
    state: TrainingState,
    card: NetworkCard,
    task: TrainingTask,
    checkpoint: Path,
    progress: Progress,
    *,
    max_minutes: float | None = None,
) -> None:
    """Steps until the card's schedule or the time is over, saving every two minutes and at the end."""
    device = next(state.network.parameters()).device
    started = saved = time.monotonic()
    try:
        with drawn_samples(task, card, state.step) as samples:
            while state.step < card.schedule.steps:
                item = samples.get()
                if isinstance(item, Exception):
                    raise item
                train_step(state, card, item, device)
                recent = float(np.mean(state.losses[-50:]))
                progress.advance(state.step / card.schedule.steps, f"step {state.step}, loss {recent:.3f}")
                now = time.monotonic()
                if now - saved > _SECONDS_BETWEEN_SAVES:
                    save_state(state, checkpoint)
                    saved = now
                if max_minutes is not None and now - started > 60 * max_minutes:
                    break
    finally:
        save_state(state, checkpoint)
