"""Saves and loads weights: safetensors only, checked against the card. Nothing is ever unpickled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch

from models.card import WEIGHTS_FOLDER, ModelError, NetworkCard
from models.networks import SubvoxelUNet, build_network


def save_weights(card: NetworkCard, state: Mapping[str, torch.Tensor], path: Path) -> str:
    """Writes weights as float16 safetensors; returns the file's sha256.

    DynUNet registers each block under two names; only one of them is written.
    """
    from safetensors.torch import save_file

    names = parameter_names(build_network(card))
    save_file({name: state[name].detach().to(torch.float16).contiguous() for name in names}, str(path))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def parameter_names(network: SubvoxelUNet) -> list[str]:
    """The first name of every parameter, in order."""
    return [name for name, _ in network.named_parameters()]


def load_network(card: NetworkCard, *, folder: Path = WEIGHTS_FOLDER) -> SubvoxelUNet:
    """The trained network of a card, in float32 and evaluation mode.

    Raises:
        ModelError: the weights are missing, changed, or of another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    path = folder / card.weights_file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The weights {card.weights_file} of {card.name} are missing.") from error
    if hashlib.sha256(content).hexdigest() != card.weights_sha256:
        raise ModelError(f"The weights {card.weights_file} are not those of the card {card.name} {card.version}.")
    network = build_network(card)
    try:
        tensors = load(content)
        if sorted(tensors) != sorted(parameter_names(network)):
            raise RuntimeError("other parameter names")
        # Not strict, because the second names of shared blocks are not in the file; shapes are checked all the same.
        network.load_state_dict({name: tensor.to(torch.float32) for name, tensor in tensors.items()}, strict=False)
    except (SafetensorError, RuntimeError) as error:
        raise ModelError(f"The weights {card.weights_file} do not fit the network of {card.name}.") from error
    return network.eval()
