"""The loop around the steps: progress, validation, checkpoints, the curve, and every way to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.progress import Progress
from engine.training.checkpoint import TrainingState, save_state
from engine.training.curve import write_curve
from engine.training.optimise import enough_memory, unbroken
from engine.training.sampling import Drawn, drawn_ahead, thread_count

_SECONDS_BETWEEN_SAVES: Final = 120.0
_LOSSES_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """What a training does, step by step.

    Attributes:
        steps: where it ends.
        draw_step: what a step learns from; called in threads.
        take_step: learns from it.
        validate: a score, or None.
        validate_every: steps between scores.
    """

    steps: int
    draw_step: Callable[[int], Drawn]
    take_step: Callable[[Drawn], float]
    validate: Callable[[], float] | None = None
    validate_every: int = 0


def run_course(
    state: TrainingState, course: Course, checkpoint: Path, progress: Progress, *, max_minutes: float | None = None
) -> None:
    """Steps until the course or the time is over; saves every two minutes and whenever it stops.

    Raises:
        TrainingDivergedError: the loss is not finite; the checkpoint holds the step before.
        DeviceMemoryError: the GPU is too small.
        OperationCancelledError: the person stopped it; the checkpoint holds all steps done.
    """
    started = saved = time.monotonic()
    first = state.step
    threads = thread_count(state.device)
    try:
        with drawn_ahead(course.draw_step, range(first, course.steps), threads) as samples:
            for drawn in samples:
                with unbroken(), enough_memory():
                    course.take_step(drawn)
                    _validate(state, course)
                now = time.monotonic()
                per_step = (now - started) / (state.step - first)
                left = min((course.steps - state.step) * per_step, _time_left(started, now, max_minutes))
                progress.advance(state.step / course.steps, _said(state, course, left))
                if now - saved > _SECONDS_BETWEEN_SAVES:
                    _save(state, checkpoint)
                    saved = now
                if left <= 0:
                    break
    finally:
        _save(state, checkpoint)


def _time_left(started: float, now: float, max_minutes: float | None) -> float:
    return float("inf") if max_minutes is None else started + 60 * max_minutes - now


def _validate(state: TrainingState, course: Course) -> None:
    if course.validate is None or course.validate_every <= 0:
        return
    if state.step % course.validate_every == 0 or state.step == course.steps:
        state.scores.append((state.step, course.validate()))


def _save(state: TrainingState, checkpoint: Path) -> None:
    with unbroken():
        save_state(state, checkpoint)
        write_curve(state, checkpoint.parent)


def _said(state: TrainingState, course: Course, left_s: float) -> str:
    """What a person reads: step, loss, score and how long it still takes."""
    recent = float(np.mean(state.losses[-_LOSSES_SHOWN:]))
    score = f", score {state.scores[-1][1]:.3f}" if state.scores else ""
    left = f"{left_s / 3600:.1f} h" if left_s > 5400 else f"{left_s / 60:.0f} min" if left_s > 90 else f"{left_s:.0f} s"
    return f"step {state.step} of {course.steps}, loss {recent:.3f}{score}, {left} left"
