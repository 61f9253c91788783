from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import (
    DeviceMemoryError,
    OperationCancelledError,
    StorageError,
    TrainingDivergedError,
    TrainingError,
    WeightsError,
)
from engine.progress import SilentProgress
from engine.training import checkpoint as checkpoint_module
from engine.training.checkpoint import TrainingState, load_state, new_state, save_state
from engine.training.optimise import enough_memory, unbroken
from engine.training.sample import Sample
from engine.training.sampling import Drawn, drawn_ahead
from engine.training.trainer import run_training
from models.card import NetworkCard

CPU = torch.device("cpu")


class StoppingProgress(SilentProgress):
    """Cancels after so many steps, and remembers what was said."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.said: list[str] = []

    def advance(self, fraction: float, detail: str = "") -> None:
        self.said.append(detail)
        if len(self.said) == self.after:
            raise OperationCancelledError("Stopped.")


def assert_same(one: TrainingState, other: TrainingState) -> None:
    assert one.step == other.step
    assert one.losses == other.losses
    assert one.scores == other.scores
    for name, tensor in one.average.items():
        assert torch.equal(tensor, other.average[name]), name
    for name, tensor in one.network.state_dict().items():
        assert torch.equal(tensor, other.network.state_dict()[name]), name


def test_a_cancelled_run_with_teacher_and_validation_goes_on_bit_for_bit(tiny_card, blobs, tmp_path: Path) -> None:
    card = replace(tiny_card, schedule=replace(tiny_card.schedule, validate_every=2))
    straight = new_state(card, CPU)
    run_training(straight, card, blobs, tmp_path / "a.pt", SilentProgress(), unlabelled=blobs)

    broken = new_state(card, CPU)
    with pytest.raises(OperationCancelledError):
        run_training(broken, card, blobs, tmp_path / "b.pt", StoppingProgress(3), unlabelled=blobs)
    resumed = load_state(card, CPU, tmp_path / "b.pt")
    assert resumed.step == 3
    run_training(resumed, card, blobs, tmp_path / "b.pt", SilentProgress(), unlabelled=blobs)

    assert [step for step, _ in resumed.scores] == [2, 4, 6]
    assert_same(resumed, straight)
    assert_same(load_state(card, CPU, tmp_path / "b.pt"), straight)


def test_watching_a_training_does_not_change_it(tiny_card, blobs, tmp_path: Path) -> None:
    """Validation borrows no weights: the network trained is the one the optimiser holds, before and after."""
    states = []
    for every in (0, 1):
        card = replace(tiny_card, schedule=replace(tiny_card.schedule, validate_every=every))
        state = new_state(card, CPU)
        run_training(state, card, blobs, tmp_path / f"{every}.pt", SilentProgress())
        states.append(state)
    assert states[0].losses == states[1].losses
    for state in states:
        held = {id(parameter) for parameter in state.optimiser.param_groups[0]["params"]}
        assert held == {id(parameter) for parameter in state.network.parameters()}
        assert not held & {id(parameter) for parameter in state.teacher.parameters()}


def test_progress_says_step_loss_score_and_time_left(tiny_card, blobs, tmp_path: Path) -> None:
    card = replace(tiny_card, schedule=replace(tiny_card.schedule, validate_every=1, steps=2))
    progress = StoppingProgress(99)
    run_training(new_state(card, CPU), card, blobs, tmp_path / "a.pt", progress)
    assert all(word in progress.said[0] for word in ("step 1 of 2", "loss", "score", "left"))


def test_the_time_limit_ends_a_run_after_the_step_it_falls_in(tiny_card, blobs, tmp_path: Path) -> None:
    state = new_state(tiny_card, CPU)
    run_training(state, tiny_card, blobs, tmp_path / "a.pt", SilentProgress(), max_minutes=0.0)
    assert state.step == 1
    assert load_state(tiny_card, CPU, tmp_path / "a.pt").step == 1


def test_the_curve_holds_losses_and_scores(tiny_card, blobs, tmp_path: Path) -> None:
    card = replace(tiny_card, schedule=replace(tiny_card.schedule, validate_every=3))
    run_training(new_state(card, CPU), card, blobs, tmp_path / "a.pt", SilentProgress())
    curve = json.loads((tmp_path / "losses.json").read_text(encoding="utf-8"))
    assert len(curve["losses"]) == 6
    assert [one["step"] for one in curve["scores"]] == [3, 6]
    assert (tmp_path / "curve.png").read_bytes()[:4] == b"\x89PNG"


KILLED = """
import os, signal, sys, torch
from pathlib import Path
from dataclasses import replace
from engine.training import checkpoint
from models.card import shipped_card
card = replace(shipped_card("coarse"), filters=(8, 8, 8), patch_kji=(24, 24, 24))
state = checkpoint.new_state(card, torch.device("cpu"))
path = Path(sys.argv[1])
checkpoint.save_state(state, path)
def half(content, file):
    file.write(b"half a checkpoint" * 1000)
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
torch.save = half
state.step = 5
checkpoint.save_state(state, path)
"""


def test_a_kill_in_the_middle_of_a_save_leaves_the_checkpoint_before(tiny_card, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, cwd=Path(__file__).parents[3])
    assert done.returncode == -signal.SIGKILL
    shipped = replace(tiny_card, classes=tuple(map(str, range(15))))
    assert load_state(shipped, CPU, path).step == 0
    assert path.with_suffix(".part").exists()


def test_a_full_disk_is_a_storage_error_and_keeps_the_checkpoint(tiny_card, tmp_path: Path, monkeypatch) -> None:
    state = new_state(tiny_card, CPU)
    save_state(state, tmp_path / "a.pt")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint_module.torch, "save", full)
    state.step = 3
    with pytest.raises(StorageError, match="room"):
        save_state(state, tmp_path / "a.pt")
    assert load_state(tiny_card, CPU, tmp_path / "a.pt").step == 0


def test_a_damaged_or_foreign_checkpoint_is_a_typed_error(tiny_card, tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    save_state(new_state(tiny_card, CPU), path)
    with pytest.raises(WeightsError, match="another network"):
        load_state(replace(tiny_card, filters=(16, 16, 16)), CPU, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(WeightsError, match="damaged"):
        load_state(tiny_card, CPU, path)


class PoisonedTask:
    """Good patches, then one that is not a number."""

    def __init__(self, good, poisoned_draw: int) -> None:
        self.good = good
        self.left = poisoned_draw

    def draw(self, rng: np.random.Generator) -> Sample:
        sample = self.good.draw(rng)
        self.left -= 1
        return replace(sample, hu=sample.hu * float("nan")) if self.left < 0 else sample


def test_a_loss_that_is_no_number_stops_with_the_weights_before_it(tiny_card, blobs, tmp_path: Path) -> None:
    state = new_state(tiny_card, CPU)
    with pytest.raises(TrainingDivergedError, match="learning_rate"):
        run_training(state, tiny_card, PoisonedTask(blobs, 3), tmp_path / "a.pt", SilentProgress())
    kept = load_state(tiny_card, CPU, tmp_path / "a.pt")
    assert kept.step == 3
    assert all(bool(torch.isfinite(tensor).all()) for tensor in kept.network.state_dict().values())
    assert all(bool(torch.isfinite(tensor).all()) for tensor in kept.average.values())


def test_too_small_a_gpu_is_said_in_plain_words() -> None:
    with pytest.raises(DeviceMemoryError, match="patch_kji"), enough_memory():
        raise torch.OutOfMemoryError("CUDA out of memory.")


def test_ctrl_c_waits_for_the_end_of_a_step() -> None:
    done = False
    with pytest.raises(KeyboardInterrupt), unbroken():
        signal.raise_signal(signal.SIGINT)
        done = True
    assert done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_outside_the_main_thread_needs_no_signals() -> None:
    entered = []

    def work() -> None:
        with unbroken():
            entered.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert entered == [True]


def test_samples_come_in_the_order_of_the_steps_from_any_number_of_threads(tiny_card: NetworkCard) -> None:
    patch = Sample(hu=torch.zeros(2, 2, 2), target=torch.zeros(2, 2, 2, dtype=torch.uint8), known_classes=(0,))

    def draw(step: int) -> Drawn:
        return Drawn(labelled=replace(patch, known_classes=(step,)), unlabelled=None)

    for threads in (1, 5):
        with drawn_ahead(draw, range(3, 30), threads) as samples:
            assert [one.labelled.known_classes[0] for one in samples] == list(range(3, 30))


def test_an_error_in_drawing_comes_out_at_its_step() -> None:
    def draw(step: int) -> Drawn:
        if step == 2:
            raise ValueError("no such patch")
        return Drawn(labelled=Sample(hu=torch.zeros(1), target=torch.zeros(1), known_classes=()), unlabelled=None)

    taken = []
    with pytest.raises(ValueError, match="no such patch"), drawn_ahead(draw, range(9), 2) as samples:
        taken.extend(samples)


def test_a_patch_too_small_for_the_network_is_refused(tiny_card) -> None:
    with pytest.raises(TrainingError, match="at least 24"):
        new_state(replace(tiny_card, patch_kji=(24, 24, 16)), CPU)
