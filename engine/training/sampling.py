"""Draws samples beside the training step, in the order of the steps."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch

from engine.training.sample import Sample, TrainingTask
from engine.training.skeleton import VESSEL_CLASSES, tubed_skeleton
from models.card import NetworkCard

_UNLABELLED_STREAM: Final = 2
_MOST_THREADS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """What one step learns from.

    Attributes:
        labelled: a patch with its answer.
        unlabelled: a patch without; `target` is 0 where it may be judged. None where there are no unlabelled scans.
    """

    labelled: Sample
    unlabelled: Sample | None


def with_tube(sample: Sample, card: NetworkCard) -> Sample:
    """The sample with the tubes the vessel loss looks at, where the card wants one."""
    if card.schedule.skeleton_weight == 0 or sample.tube is not None:
        return sample
    vessels = [n for n in sample.known_classes if card.classes[n] in VESSEL_CLASSES]
    vessels += [group[0] for group in sample.merged_classes if group[0] not in vessels]
    return sample if not vessels else replace(sample, tube=tubed_skeleton(sample.target, vessels))


def draw(task: TrainingTask, unlabelled: TrainingTask | None, card: NetworkCard, step: int) -> Drawn:
    """The samples of a step; they depend on the card's seed and the step alone."""
    seed = card.schedule.seed
    labelled = with_tube(task.draw(np.random.default_rng([seed, step])), card)
    if unlabelled is None:
        return Drawn(labelled=labelled, unlabelled=None)
    return Drawn(labelled=labelled, unlabelled=unlabelled.draw(np.random.default_rng([seed, step, _UNLABELLED_STREAM])))


def to_device(sample: Sample, device: torch.device) -> Sample:
    """The sample on the device, without waiting for the copy."""
    if device.type == "cpu":
        return sample
    hu, target = (part.pin_memory().to(device, non_blocking=True) for part in (sample.hu, sample.target))
    tube = None if sample.tube is None else sample.tube.pin_memory().to(device, non_blocking=True)
    return replace(sample, hu=hu, target=target, tube=tube)


def thread_count(device: torch.device) -> int:
    """One thread beside a step on the CPU, which needs the cores itself; many for a GPU, which would starve."""
    return 1 if device.type == "cpu" else min(_MOST_THREADS, max(1, (os.cpu_count() or 2) - 1))


@contextmanager
def drawn_ahead(draw_step: Callable[[int], Drawn], steps: range, threads: int) -> Iterator[Iterator[Drawn]]:
    """An iterator over what each step learns from, drawn in threads a little ahead; errors come out at their step."""
    pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="samples")
    waiting: deque[Future[Drawn]] = deque()
    coming = iter(steps)

    def results() -> Iterator[Drawn]:
        while True:
            while len(waiting) < 2 * threads + 1 and (step := next(coming, None)) is not None:
                waiting.append(pool.submit(draw_step, step))
            if not waiting:
                return
            yield waiting.popleft().result()

    try:
        yield results()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
