"""Starts a network from the weights of another one, its last layer mapped by class names."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Final

import torch

from models.card import WEIGHTS_FOLDER, ModelError, NetworkCard
from models.networks import SUBVOXELS, SubvoxelUNet
from models.schedule import StartFrom

_HEAD: Final = ("unet.output_block.conv.conv.weight", "unet.output_block.conv.conv.bias")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """What was taken over.

    Attributes:
        taken: parameters copied, by name.
        fresh: parameters left as they were, because the file has none of that name and shape.
        classes: classes whose last layer was taken over.
    """

    taken: tuple[str, ...]
    fresh: tuple[str, ...]
    classes: tuple[str, ...]


def start_from_weights(network: SubvoxelUNet, card: NetworkCard, start: StartFrom) -> Transferred:
    """Copies into the network what the card says it starts from.

    A class of another name may take over an old one (`renamed`); where several new classes take over the same old
    one, each starts with an equal share of its probability. Classes the file does not have stay as they are.

    Raises:
        ModelError: the file is missing, changed, or less than half of the network's parameters fit.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    beside = card.path.parent / start.file
    path = beside if beside.is_file() else WEIGHTS_FOLDER / start.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The weights {path.name} that {card.name} starts from are missing.") from error
    if hashlib.sha256(content).hexdigest() != start.sha256:
        raise ModelError(f"The weights {path.name} are not those that the card {card.name} starts from.")
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise ModelError(f"The weights {path.name} cannot be read.") from error
    return transfer(network, {name: tensor.to(torch.float32) for name, tensor in tensors.items()}, card.classes, start)


def transfer(
    network: SubvoxelUNet, tensors: dict[str, torch.Tensor], classes: tuple[str, ...], start: StartFrom
) -> Transferred:
    """Copies tensors of the same name and shape, and the last layer class by class.

    Raises:
        ModelError: less than half of the network's parameters fit.
    """
    taken, fresh, fitting, total = [], [], 0, 0
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            total += parameter.numel()
            tensor = tensors.get(name)
            if name in _HEAD:
                continue
            if tensor is None or tensor.shape != parameter.shape:
                fresh.append(name)
                continue
            parameter.copy_(tensor)
            taken.append(name)
            fitting += parameter.numel()
        if 2 * fitting < total:
            raise ModelError("The weights to start from are of another network: less than half of it fits.")
        named = _transfer_head(network, tensors, classes, start)
    return Transferred(taken=tuple(taken), fresh=tuple(fresh), classes=named)


def _transfer_head(
    network: SubvoxelUNet, tensors: dict[str, torch.Tensor], classes: tuple[str, ...], start: StartFrom
) -> tuple[str, ...]:
    """Copies the rows of the last layer whose class is known; rows lie (sub-voxel, class)."""
    renamed = dict(start.renamed)
    wanted = {name: renamed.get(name, name) for name in classes}
    named = tuple(name for name, old in wanted.items() if old in start.classes)
    parameters = dict(network.named_parameters())
    if not named or any(name not in tensors for name in _HEAD):
        return ()
    for part in _HEAD:
        old = tensors[part].reshape(SUBVOXELS, len(start.classes), *tensors[part].shape[1:])
        new = parameters[part].view(SUBVOXELS, len(classes), *parameters[part].shape[1:])
        if old.shape[2:] != new.shape[2:]:
            return ()
        for name in named:
            row = old[:, start.classes.index(wanted[name])].clone()
            if part.endswith("bias"):  # halves of one class together are as likely as it was
                row -= math.log(sum(wanted[other] == wanted[name] for other in named))
            new[:, classes.index(name)] = row
    return named
