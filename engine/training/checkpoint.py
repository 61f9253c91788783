"""What a training is at a step, on disk and off: it goes on as if it had never stopped."""

from __future__ import annotations

import copy
import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch

from engine.errors import StorageError, TrainingError, WeightsError
from models.card import ModelError, NetworkCard
from models.networks import SubvoxelUNet, build_network, network_multiple
from models.transfer import start_from_weights

_FEWEST_DEEP_VOXELS: Final = 3


@dataclass(slots=True, kw_only=True)
class TrainingState:
    """Everything a stopped training needs to go on exactly where it was; random draws depend on the step alone.

    Attributes:
        network: being trained.
        optimiser: its optimiser.
        teacher: the same network with the running average of the weights; exported, validated, and the teacher of
            unlabelled scans. A network of its own, because torch's `functional_call` leaves a network whose blocks
            have two names, as DynUNet's, with the borrowed weights.
        step: steps done.
        losses: loss of every step.
        scores: (step, score of the average on the validation samples).
    """

    network: SubvoxelUNet
    optimiser: torch.optim.Optimizer
    teacher: SubvoxelUNet
    step: int = 0
    losses: list[float] = field(default_factory=list)
    scores: list[tuple[int, float]] = field(default_factory=list)

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters()).device

    @property
    def average(self) -> dict[str, torch.Tensor]:
        """The averaged weights by name; the tensors are the teacher's own."""
        return self.teacher.state_dict()

    def follow(self, kept: float) -> None:
        """Moves the average towards the network; `kept` (0 to 1) of it stays."""
        with torch.no_grad():
            for mean, parameter in zip(self.teacher.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(parameter, 1 - kept)

    def averaged(self, channels: torch.Tensor) -> torch.Tensor:
        """(1, c, k, j, i) input to (1, class, k, j, i) logits of the averaged weights, without gradient."""
        with torch.no_grad(), torch.autocast(channels.device.type, torch.bfloat16):
            logits: torch.Tensor = self.teacher(channels)
        return logits.float()


def new_state(card: NetworkCard, device: torch.device) -> TrainingState:
    """A network with seeded weights, or those the card starts from.

    Raises:
        TrainingError: the patch is too small for the network.
        WeightsError: the weights to start from are missing, changed or of another network.
    """
    _expect_deep_patch(card)
    torch.manual_seed(card.schedule.seed)
    network = build_network(card)
    if card.schedule.start_from is not None:
        try:
            start_from_weights(network, card, card.schedule.start_from)
        except ModelError as error:
            raise WeightsError(str(error), cure="Put right [training.start_from] in the card.") from error
    return state_of(network.to(device), card.schedule.learning_rate)


def _expect_deep_patch(card: NetworkCard) -> None:
    """Refuses patches of which the deepest level sees less than three voxels a side.

    With two voxels a side oneDNN's bfloat16 weight gradient (torch 2.13) reads memory nobody wrote: now and then the
    gradient is not finite, and never the same twice.
    """
    multiple = network_multiple(card)
    if min(card.patch_kji) < _FEWEST_DEEP_VOXELS * multiple:
        raise TrainingError(
            f"The patch of {card.name} is too small for a network of {len(card.filters)} levels.",
            cure=f"Make every number of patch_kji in the card at least {_FEWEST_DEEP_VOXELS * multiple}.",
        )


def state_of(network: SubvoxelUNet, learning_rate: float) -> TrainingState:
    """The state in which a network's training begins."""
    for module in network.modules():  # channels-last weights alone: 3D layout of the rest follows the input
        if isinstance(module, torch.nn.Conv3d | torch.nn.ConvTranspose3d):
            module.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=1e-4)
    teacher = copy.deepcopy(network).requires_grad_(False).eval()
    return TrainingState(network=network, optimiser=optimiser, teacher=teacher)


def save_state(state: TrainingState, path: Path) -> None:
    """Writes a checkpoint; whatever stops it while it writes, the old one stays whole.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    part = path.with_suffix(".part")
    content = {
        "network": state.network.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "average": state.average,
        "step": state.step,
        "losses": state.losses,
        "scores": state.scores,
    }
    try:
        with part.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())  # otherwise a power cut may keep the new name and lose what is in it
        part.replace(path)
    except OSError as error:
        raise StorageError(
            f"The checkpoint could not be written: {error.strerror}.", cure="Make room in the folder given as --out."
        ) from error


def load_state(card: NetworkCard, device: torch.device, path: Path) -> TrainingState:
    """Reads a checkpoint written by `save_state`; pickled code in it is refused.

    Raises:
        WeightsError: the checkpoint is damaged or of a card with another network.
    """
    state = state_of(build_network(card).to(device), card.schedule.learning_rate)
    try:
        saved = torch.load(path, map_location=device, weights_only=True)
        state.network.load_state_dict(saved["network"])
        state.optimiser.load_state_dict(saved["optimiser"])
        state.teacher.load_state_dict(saved["average"])
        state.step = saved["step"]
        state.losses = saved["losses"]
        state.scores = [(int(step), float(score)) for step, score in saved.get("scores", [])]
    except (OSError, EOFError, RuntimeError, KeyError, ValueError, pickle.UnpicklingError) as error:
        raise WeightsError(
            f"The checkpoint {path.name} is damaged or of another network than the card's.",
            cure="Name the folder of this card's own run, or start without --resume.",
        ) from error
    return state
