"""One optimiser step that either happens whole or not at all."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import torch

from engine.errors import DeviceMemoryError, TrainingDivergedError
from engine.training.checkpoint import TrainingState

_LARGEST_GRADIENT = 5.0


def optimise(state: TrainingState, loss: torch.Tensor, *, rate: float, decay: float) -> float:
    """Steps down the loss and moves the running average; returns the loss.

    Raises:
        TrainingDivergedError: the loss or its gradient is not finite; the state is as it was before.
    """
    for group in state.optimiser.param_groups:
        group["lr"] = rate
    loss.backward()  # type: ignore[no-untyped-call]
    norm = torch.nn.utils.clip_grad_norm_(state.network.parameters(), _LARGEST_GRADIENT)
    value = float(loss.detach())
    if not bool(torch.isfinite(norm + loss.detach())):
        state.optimiser.zero_grad(set_to_none=True)
        raise TrainingDivergedError(
            f"The loss is not finite after {state.step} steps; the checkpoint before it is kept.",
            cure="Lower learning_rate in the card and go on with --resume.",
        )
    state.optimiser.step()
    state.optimiser.zero_grad(set_to_none=True)
    state.step += 1
    state.follow(min(decay, state.step / (state.step + 10)))
    state.losses.append(value)
    return value


@contextmanager
def enough_memory() -> Iterator[None]:
    """Says in plain words that the GPU is too small.

    Raises:
        DeviceMemoryError: in place of torch's error.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise DeviceMemoryError(
            "The GPU has not enough memory for a training step; the checkpoint before it is kept.",
            cure="Make patch_kji in the card smaller, end what else runs on the GPU, or train with --device cpu.",
        ) from error


@contextmanager
def unbroken() -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM wait until the block is done: half an optimiser step cannot be resumed.

    Outside the main thread, where Python delivers no signals, nothing has to be held back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []

    def hold(number: int, _frame: FrameType | None) -> None:
        held.append(number)

    before = {number: signal.signal(number, hold) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if held:
            signal.raise_signal(held[0])
