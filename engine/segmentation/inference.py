"""Runs a network over a grid: one pass if it fits, weighted windows if not, smaller ones when memory is short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import SegmentationError, WeightsError
from models.card import ModelError, NetworkCard, shipped_card
from models.networks import SubvoxelUNet, input_channels, network_multiple
from models.weights import load_network

Advance = Callable[[float], None]

# Large enough for a body in plane at 3 mm and for a whole liver at 1.5 mm: most scans need one pass.
_WHOLE_WINDOWS_KJI: Final = {"coarse": (128, 128, 160), "fine": (192, 192, 224)}
_SMALLER_WINDOWS_KJI: Final = ((96, 96, 128), (64, 64, 64))
_OVERLAP: Final = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedNetwork:
    """A network ready to run.

    Attributes:
        card: its card.
        module: its weights, in evaluation mode.
    """

    card: NetworkCard
    module: SubvoxelUNet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What a network says about a grid.

    Attributes:
        probability: (k, j, i, class) uint8, 255 is certain.
        winner: (k, j, i) uint8 class index.
        device: where it ran in the end.
        warnings: what a person should know.
    """

    probability: NDArray[np.uint8]
    winner: NDArray[np.uint8]
    device: str
    warnings: tuple[str, ...]


def load_shipped(task: str) -> LoadedNetwork:
    """The shipped network for a task.

    Raises:
        WeightsError: card or weights are missing or do not belong together.
    """
    try:
        card = shipped_card(task)
        return LoadedNetwork(card=card, module=load_network(card))
    except ModelError as error:
        raise WeightsError(str(error), cure="Install Cantlie again, or train the network of the card.") from error


def chosen_device(device: str) -> str:
    """Resolves "auto"; refuses a device this machine does not have."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise SegmentationError("No CUDA device can be used here.", cure="Use --device cpu or --device auto.")
    if device not in ("cpu", "cuda"):
        raise SegmentationError(f"The device {device!r} is unknown.", cure="Use auto, cpu or cuda.")
    return device


def predict(network: LoadedNetwork, hu: NDArray[np.float32], *, device: str, advance: Advance) -> Answer:
    """Class probabilities on the grid of `hu`.

    When a GPU runs out of memory smaller windows are tried, then the CPU, and a warning says so.

    Args:
        network: what runs.
        hu: (k, j, i) float32 on the card's spacing, in the units the card's network was trained on.
        device: "cpu" or "cuda".
        advance: told the fraction done; may raise to stop.
    """
    window = fitting_window(hu.shape, network.card, _WHOLE_WINDOWS_KJI[network.card.task])
    attempts = [(device, window)]
    if device == "cuda":
        attempts += [("cuda", fitting_window(hu.shape, network.card, one)) for one in _SMALLER_WINDOWS_KJI]
        attempts.append(("cpu", window))
    warnings: list[str] = []
    for number, (where, extent) in enumerate(attempts):
        try:
            probability = _windows(network, hu, where, extent, advance)
        except torch.cuda.OutOfMemoryError:
            torch.cuda.empty_cache()
            after = "the CPU" if attempts[number + 1][0] == "cpu" else "smaller windows"
            warnings = [f"The GPU ran out of memory; {after} finished the segmentation."]
            continue
        winner = probability.argmax(axis=-1).astype(np.uint8)
        return Answer(probability=probability, winner=winner, device=where, warnings=tuple(warnings))
    raise SegmentationError("The network did not fit into memory.", cure="Use a machine with more memory.")


def fitting_window(shape: tuple[int, ...], card: NetworkCard, largest: tuple[int, int, int]) -> tuple[int, int, int]:
    """The window for a grid: no larger than `largest`, no larger than needed, a multiple the network accepts."""
    step = network_multiple(card)
    k, j, i = (
        min(-(-extent // step), max(1, most // step)) * step for extent, most in zip(shape, largest, strict=True)
    )
    return (k, j, i)


def window_starts(extent: int, window: int) -> list[int]:
    """First indices of overlapping windows that cover `extent`, evenly spread."""
    if extent <= window:
        return [0]
    count = 1 + int(np.ceil((extent - window) / (window * (1 - _OVERLAP))))
    return [round(n * (extent - window) / (count - 1)) for n in range(count)]


def importance(window: tuple[int, int, int]) -> torch.Tensor:
    """(k, j, i) Gaussian weight of a window, largest in its middle, as nnU-Net does it (sigma an eighth)."""
    lines = []
    for extent in window:
        place = torch.arange(extent, dtype=torch.float32) - (extent - 1) / 2
        lines.append(torch.exp(-0.5 * (place / (extent / 8)) ** 2).clamp_min(1e-3))
    return lines[0][:, None, None] * lines[1][None, :, None] * lines[2][None, None, :]


@torch.inference_mode()
def _windows(
    network: LoadedNetwork, hu: NDArray[np.float32], device: str, window: tuple[int, int, int], advance: Advance
) -> NDArray[np.uint8]:
    module = network.module.to(device).eval()
    shape = tuple(max(extent, size) for extent, size in zip(hu.shape, window, strict=True))
    outside = float(hu.min())
    padded = np.full(shape, outside, dtype=np.float32)
    padded[: hu.shape[0], : hu.shape[1], : hu.shape[2]] = hu
    starts = [window_starts(extent, size) for extent, size in zip(shape, window, strict=True)]
    places = [(k, j, i) for k in starts[0] for j in starts[1] for i in starts[2]]
    classes = len(network.card.classes)
    if len(places) == 1:
        answer = _softmax(module, padded, network.card, device)
        advance(1.0)
    else:
        total = torch.zeros((*shape, classes), dtype=torch.float32)
        weight = importance(window)
        weights = torch.zeros(shape)
        for number, (k, j, i) in enumerate(places):
            inside = (slice(k, k + window[0]), slice(j, j + window[1]), slice(i, i + window[2]))
            total[inside] += _softmax(module, padded[inside], network.card, device) * weight[..., None]
            weights[inside] += weight
            advance((number + 1) / len(places))
        answer = total.div_(weights[..., None])
    cropped = answer[: hu.shape[0], : hu.shape[1], : hu.shape[2]]
    return np.ascontiguousarray(cropped.mul(255).round_().to(torch.uint8).numpy())


def _softmax(module: SubvoxelUNet, hu: NDArray[np.float32], card: NetworkCard, device: str) -> torch.Tensor:
    """(k, j, i, class) float32 probabilities of one window, on the CPU."""
    channels = input_channels(torch.from_numpy(np.ascontiguousarray(hu)), card)
    channels = channels.to(device=device, memory_format=torch.channels_last_3d)
    with torch.autocast(device, torch.bfloat16):
        logits = module(channels)[0]
    logits = logits.float()
    # The loss weighs rare classes up, so the network overstates them; this takes the common class's share back.
    logits[0] += card.other_bias
    return torch.softmax(logits, dim=0).permute(1, 2, 3, 0).cpu()
