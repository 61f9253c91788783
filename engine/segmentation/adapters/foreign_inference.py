"""Runs another network over a grid: overlapping windows with Gaussian weights, as nnU-Net and MONAI do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.errors import SegmentationError
from engine.segmentation.precision import is_out_of_memory
from engine.segmentation.windows import importance

Advance = Callable[[float], None]
_MOST_BYTES: Final = 12 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPlan:
    """How the network looks at a grid.

    Attributes:
        window: extent of a window along the array's axes.
        overlap: share of a window that its neighbour sees too.
        classes: output channels.
        exclusive: whether one class wins each voxel (softmax) or each stands alone (sigmoid).
    """

    window: tuple[int, int, int]
    overlap: float
    classes: int
    exclusive: bool = True


def foreign_probability(
    modules: Sequence[nn.Module], values: NDArray[np.float32], plan: WindowPlan, *, device: str, advance: Advance
) -> tuple[NDArray[np.uint8], str]:
    """((x, y, z, class) uint8 probabilities with 255 for certain, the device that was used).

    Args:
        modules: networks whose logits are averaged (folds).
        values: (x, y, z) input in the axis order of the networks.
        plan: windows and classes.
        device: "cpu" or "cuda"; the CPU goes on where the GPU's memory ends.
        advance: told the fraction done; may raise to stop.

    Raises:
        SegmentationError: memory does not suffice, or the network's answer has another shape.
    """
    if 4 * plan.classes * math.prod(values.shape) > _MOST_BYTES:
        raise SegmentationError(
            "The network's classes on this scan need more memory than is sensible.", cure="Crop the scan."
        )
    for where in dict.fromkeys((device, "cpu")):
        try:
            return _run(modules, values, plan, where, advance), where
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise SegmentationError(
                    "The network does not take a scan of this shape.", cure="Check its configuration."
                ) from error
            if where == "cuda":
                torch.cuda.empty_cache()
    raise SegmentationError("The network did not fit into memory.", cure="Use a machine with more memory.")


def _run(
    modules: Sequence[nn.Module], values: NDArray[np.float32], plan: WindowPlan, device: str, advance: Advance
) -> NDArray[np.uint8]:
    shape = tuple(max(extent, size) for extent, size in zip(values.shape, plan.window, strict=True))
    padded = np.full(shape, values.min(), dtype=np.float32)
    # Centred, as both makers pad: a network that expects air around a body finds it on both sides.
    start = [(big - small) // 2 for big, small in zip(shape, values.shape, strict=True)]
    inner = tuple(slice(a, a + extent) for a, extent in zip(start, values.shape, strict=True))
    padded[inner] = values
    places = _places(shape, plan)
    weight = torch.from_numpy(importance(plan.window))
    total = torch.zeros((plan.classes, *shape))
    weights = torch.zeros(shape)
    networks = [module.to(device).eval() for module in modules]
    with torch.inference_mode():
        for number, place in enumerate(places):
            window = torch.from_numpy(np.ascontiguousarray(padded[place]))[None, None].to(device)
            logits = torch.stack([_logits(network, window, plan) for network in networks]).mean(dim=0)
            total[(slice(None), *place)] += logits * weight
            weights[place] += weight
            advance((number + 1) / len(places))
        total /= weights
        shares = torch.softmax(total, dim=0) if plan.exclusive else torch.sigmoid(total)
        scaled = (shares[(slice(None), *inner)] * 255).round_().to(torch.uint8).permute(1, 2, 3, 0)
    return np.ascontiguousarray(scaled.numpy())


def _logits(network: nn.Module, window: torch.Tensor, plan: WindowPlan) -> torch.Tensor:
    answer = network(window)
    first = answer[0] if isinstance(answer, (list, tuple)) else answer
    if first.shape != (1, plan.classes, *plan.window):
        raise SegmentationError(
            "The network answers with other classes or another shape than its description says.",
            cure="Check that weights and description belong together.",
        )
    logits: torch.Tensor = first[0].float().cpu()
    return logits


def _places(shape: tuple[int, ...], plan: WindowPlan) -> list[tuple[slice, slice, slice]]:
    starts = []
    for extent, size in zip(shape, plan.window, strict=True):
        count = 1 + math.ceil((extent - size) / max(1.0, size * (1 - plan.overlap)))
        starts.append([round(n * (extent - size) / max(1, count - 1)) for n in range(count)])
    kw, jw, iw = plan.window
    return [
        (slice(k, k + kw), slice(j, j + jw), slice(i, i + iw)) for k in starts[0] for j in starts[1] for i in starts[2]
    ]
