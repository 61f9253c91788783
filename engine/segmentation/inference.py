"""Runs a network over a grid: one pass if it fits, weighted windows if not, smaller ones when memory is short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import SegmentationError
from engine.segmentation import kernels
from engine.segmentation.classes import mirrored_order
from engine.segmentation.loaded_network import LoadedNetwork
from engine.segmentation.precision import is_out_of_memory, quickest_format
from engine.segmentation.windows import Window, fitting_window, importance, window_places
from engine.sentences import say
from models.card import NetworkCard
from models.networks import SubvoxelUNet, input_channels, network_multiple

Advance = Callable[[float], None]

WINDOW_VOXELS: Final = (8_000_000, 2_000_000, 400_000)
"""Sizes of windows that are tried in turn. The first holds an abdomen at 3 mm and nearly every liver at 1.5 mm."""

_SLAB: Final = 16
_NOTHING_HU: Final = -400.0
"""A window without a voxel above this holds only air and is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What a network says about a grid.

    Attributes:
        probability: (k, j, i, class) uint8, 255 is certain, calibrated by the card's temperature.
        winner: (k, j, i) uint8 class index.
        device: where it ran in the end.
        warnings: what a person should know.
    """

    probability: NDArray[np.uint8]
    winner: NDArray[np.uint8]
    device: str
    warnings: tuple[str, ...]


def predict(
    network: LoadedNetwork, hu: NDArray[np.float32], *, device: str, mirror: bool = False, advance: Advance
) -> Answer:
    """Class probabilities on the grid of `hu`.

    When memory runs out smaller windows are tried, after a GPU the CPU, and a warning says so.

    Args:
        network: what runs.
        hu: (k, j, i) float32 on the card's spacing, i towards the patient's left, in the units the card's network
            was trained on.
        device: "cpu" or "cuda".
        mirror: average with the answer on the mirror image, if the network was trained on mirror images.
        advance: told the fraction done; may raise to stop.

    Raises:
        SegmentationError: even the smallest window does not fit into memory.
    """
    multiple = network_multiple(network.card)
    windows = list(dict.fromkeys(fitting_window(hu.shape, multiple, most) for most in WINDOW_VOXELS))
    attempts = [(where, window) for where in dict.fromkeys((device, "cpu")) for window in windows]
    run = _Run(network=network, mirror=mirror and network.card.mirrored, advance=advance)
    warnings: tuple[str, ...] = ()
    for where, window in attempts:
        try:
            probability, winner = run.over(hu, where, window)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        else:
            return Answer(probability=probability, winner=winner, device=where, warnings=warnings)
        # Outside the handler, where the traceback no longer holds on to the tensors of the failed attempt.
        if device == "cuda":
            torch.cuda.empty_cache()
        memory = "The GPU" if device == "cuda" else "The computer"
        warnings = (say("case.less_memory", memory),)
        if where == device == "cuda" and window == windows[-1]:
            warnings = (say("case.gpu_memory"),)
    raise SegmentationError("The network did not fit into memory.", cure="Use a machine with more memory.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Run:
    """What stays the same from attempt to attempt."""

    network: LoadedNetwork
    mirror: bool
    advance: Advance

    @torch.inference_mode()
    def over(self, hu: NDArray[np.float32], device: str, window: Window) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(k, j, i, class) uint8 probabilities and (k, j, i) uint8 winners."""
        shape = tuple(max(extent, size) for extent, size in zip(hu.shape, window, strict=True))
        padded = np.pad(
            hu, [(0, whole - extent) for whole, extent in zip(shape, hu.shape, strict=True)], constant_values=hu.min()
        )
        places = window_places(shape, window)
        module = self.network.module.to(device).eval()
        self.advance(0.0)
        if len(places) == 1:
            share = self._share(module, padded, device)
            self.advance(1.0)
        else:
            share = self._blended(module, padded, places, device)
        return _in_bytes(share, hu.shape)

    def _blended(
        self,
        module: SubvoxelUNet,
        padded: NDArray[np.float32],
        places: list[tuple[slice, slice, slice]],
        device: str,
    ) -> torch.Tensor:
        """(class, k, j, i) float32 mean of the windows' probabilities, weighted towards their middles."""
        total = torch.zeros((len(self.network.card.classes), *padded.shape))
        weights = torch.zeros(padded.shape)
        first = padded[places[0]].shape
        weight = torch.from_numpy(importance((first[0], first[1], first[2])))
        for number, place in enumerate(places):
            if padded[place].max() > _NOTHING_HU:
                total[:, *place] += self._share(module, padded[place], device) * weight
            else:
                total[0][place] += weight
            weights[place] += weight
            self.advance((number + 1) / len(places))
        return total.div_(weights)

    def _share(self, module: SubvoxelUNet, hu: NDArray[np.float32], device: str) -> torch.Tensor:
        """(class, k, j, i) probabilities of one window, on the CPU."""
        card = self.network.card
        channels = input_channels(torch.from_numpy(np.ascontiguousarray(hu)).to(device), card)
        share = _probability(module, channels, card)
        if self.mirror:
            # The last axis runs from right to left in the patient: what is left in the mirror is right.
            other = _probability(module, channels.flip(-1), card).flip(-1)[mirrored_order(card.classes)]
            share = share.add_(other).mul_(0.5)
        return share.cpu()


def _probability(module: SubvoxelUNet, channels: torch.Tensor, card: NetworkCard) -> torch.Tensor:
    """(class, k, j, i) float32 calibrated probabilities of one window."""
    device = channels.device.type
    precision = quickest_format(device)
    with torch.autocast(device, precision, enabled=precision != torch.float32):
        logits = module(channels.contiguous(memory_format=torch.channels_last_3d))[0]
    share = torch.empty(logits.shape, dtype=torch.float32, device=logits.device)
    temperature = torch.tensor(card.temperature, device=logits.device).reshape(-1, 1, 1, 1)
    calibrated_by_class = len(set(card.temperature)) > 1
    for first in range(0, logits.shape[1], _SLAB):  # slab by slab, for the copies are as large as the answer
        slab = logits[:, first : first + _SLAB].float()
        # The loss weighs rare classes up, so the network overstates them; this takes the common class's share back.
        slab[0] += card.other_bias
        if calibrated_by_class:  # with one temperature the normalisation drops out
            slab = torch.log_softmax(slab, dim=0)
        torch.softmax(slab.div_(temperature), dim=0, out=share[:, first : first + _SLAB])
    return share


def _in_bytes(share: torch.Tensor, shape: tuple[int, ...]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Class-last bytes and winners of (class, k, j, i) probabilities, cut to a shape."""
    probability = np.empty((*shape, share.shape[0]), dtype=np.uint8)
    winner = np.empty(shape, dtype=np.uint8)
    kernels.in_bytes(share.numpy(), probability, winner)
    return probability, winner
