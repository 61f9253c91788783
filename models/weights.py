"""Saves and loads weights: safetensors only, checked against the card. Nothing is ever unpickled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch

from models.card import WEIGHTS_FOLDER, ModelError, NetworkCard
from models.networks import SubvoxelUNet, build_network


def save_weights(state: Mapping[str, torch.Tensor], path: Path) -> str:
    """Writes weights as float16 safetensors; returns the file's sha256."""
    from safetensors.torch import save_file

    save_file({name: tensor.detach().to(torch.float16).contiguous() for name, tensor in state.items()}, str(path))
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
        network.load_state_dict({name: tensor.to(torch.float32) for name, tensor in tensors.items()})
    except (SafetensorError, RuntimeError) as error:
        raise ModelError(f"The weights {card.weights_file} do not fit the network of {card.name}.") from error
    return network.eval()
