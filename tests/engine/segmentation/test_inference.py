from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import OperationCancelledError, SegmentationError, WeightsError
from engine.segmentation import inference, loaded_network
from engine.segmentation.inference import predict
from engine.segmentation.loaded_network import LoadedNetwork, load_shipped
from models.card import ModelError, NetworkCard, shipped_card
from models.networks import build_network


@pytest.fixture(scope="module")
def small() -> LoadedNetwork:
    card: NetworkCard = replace(shipped_card("coarse"), filters=(8, 8, 8))
    torch.manual_seed(0)
    return LoadedNetwork(card=card, module=build_network(card).eval())


def volume(shape: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(1).normal(40, 60, shape).astype(np.float32)


def ignore(_: float) -> None:
    pass


class Hungry(nn.Module):
    """Answers by the value it sees: class 1 above 0, and runs out of memory above a number of voxels."""

    def __init__(self, most: int, error: Exception) -> None:
        super().__init__()
        self.most, self.error = most, error
        self.seen: list[int] = []

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        self.seen.append(channels[0, 0].numel())
        if self.seen[-1] > self.most:
            raise self.error
        value = channels[:, :1].float()
        return torch.cat([-5 * value, 5 * value], dim=1)


def hungry(most: int, error: Exception) -> LoadedNetwork:
    card = shipped_card("fine")
    card = replace(card, classes=("other", "bright"), filters=(8, 8, 8), temperature=(1.0, 1.0), other_bias=0.0)
    return LoadedNetwork(card=card, module=Hungry(most, error))  # type: ignore[arg-type]


def test_the_answer_has_the_shape_of_the_question_and_sums_to_one(small: LoadedNetwork) -> None:
    answer = predict(small, volume((13, 21, 18)), device="cpu", advance=ignore)

    assert answer.probability.shape == (13, 21, 18, len(small.card.classes))
    total = answer.probability.sum(axis=-1, dtype=np.int32)
    assert abs(total - 255).max() <= len(small.card.classes) // 2 + 1
    chosen = np.take_along_axis(answer.probability, answer.winner[..., None].astype(np.intp), axis=-1)[..., 0]
    assert (chosen == answer.probability.max(axis=-1)).all()


def test_several_windows_report_progress_and_agree_with_one_where_the_network_sees_single_voxels(monkeypatch) -> None:
    network = hungry(10**9, MemoryError())
    hu = volume((40, 24, 33))
    whole = predict(network, hu, device="cpu", advance=ignore)
    monkeypatch.setattr(inference, "WINDOW_VOXELS", (16 * 16 * 16,))
    seen: list[float] = []

    parts = predict(network, hu, device="cpu", advance=seen.append)

    assert seen == sorted(seen)
    assert len(seen) > 4
    assert seen[-1] == 1.0
    assert abs(parts.probability.astype(int) - whole.probability).max() <= 1


def test_a_cancelled_run_stops_within_a_window_and_frees_its_memory(monkeypatch) -> None:
    network = hungry(10**9, MemoryError())
    monkeypatch.setattr(inference, "WINDOW_VOXELS", (16 * 16 * 16,))
    made: list[weakref.ref[torch.Tensor]] = []
    zeros = torch.zeros

    def watched(*shape: object, **options: object) -> torch.Tensor:
        tensor = zeros(*shape, **options)  # type: ignore[call-overload]
        made.append(weakref.ref(tensor))
        return tensor

    def stop(fraction: float) -> None:
        if fraction > 0:
            raise OperationCancelledError("Stopped.")

    monkeypatch.setattr(torch, "zeros", watched)
    with pytest.raises(OperationCancelledError):
        predict(network, volume((60, 16, 16)), device="cpu", advance=stop)
    gc.collect()

    assert len(network.module.seen) == 1
    assert made
    assert all(tensor() is None for tensor in made)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_out_of_memory_tries_smaller_windows_and_says_so(error: Exception, monkeypatch) -> None:
    monkeypatch.setattr(inference, "WINDOW_VOXELS", (10**6, 30_000, 4_096))
    hu = volume((60, 30, 30))
    network = hungry(5_000, error)

    answer = predict(network, hu, device="cpu", advance=ignore)

    assert network.module.seen[0] > network.module.seen[1] > network.module.seen[2]
    assert (answer.winner == (hu > 0)).mean() > 0.999
    assert "smaller parts" in answer.warnings[0]


def test_a_network_that_never_fits_is_an_error_with_a_cure(monkeypatch) -> None:
    monkeypatch.setattr(inference, "WINDOW_VOXELS", (10**6, 4_096))
    with pytest.raises(SegmentationError, match="more memory"):
        predict(hungry(0, MemoryError()), volume((20, 20, 20)), device="cpu", advance=ignore)


def test_another_error_of_the_network_is_not_taken_for_a_lack_of_memory() -> None:
    network = hungry(0, RuntimeError("shapes do not fit"))
    with pytest.raises(RuntimeError, match="shapes"):
        predict(network, volume((20, 20, 20)), device="cpu", advance=ignore)
    assert len(network.module.seen) == 1


def test_after_a_gpu_without_memory_the_cpu_finishes(small: LoadedNetwork, monkeypatch) -> None:
    tried: list[str] = []
    real = inference._Run.over

    def over(self, hu, device, window):
        tried.append(device)
        if device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, hu, device, window)

    monkeypatch.setattr(inference._Run, "over", over)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(inference, "WINDOW_VOXELS", (10**6, 4_096))

    answer = predict(small, volume((20, 20, 20)), device="cuda", advance=ignore)

    assert tried == ["cuda", "cuda", "cpu"]
    assert answer.device == "cpu"
    assert "CPU" in answer.warnings[0]


def test_temperature_softens_the_answer_and_keeps_the_winner(small: LoadedNetwork) -> None:
    warm = LoadedNetwork(card=replace(small.card, temperature=(2.0,) * len(small.card.classes)), module=small.module)
    hu = volume((16, 16, 16))
    cold_answer = predict(small, hu, device="cpu", advance=ignore)
    warm_answer = predict(warm, hu, device="cpu", advance=ignore)

    assert (warm_answer.winner == cold_answer.winner).all()
    assert warm_answer.probability.max(axis=-1).mean() < cold_answer.probability.max(axis=-1).mean() - 1
    first = cold_answer.probability[..., :].astype(float) + 0.25
    expected = np.sqrt(first) / np.sqrt(first).sum(axis=-1, keepdims=True)
    assert abs(expected - warm_answer.probability / 255).mean() < 0.01


def test_mirroring_makes_the_answer_symmetric_and_swaps_the_kidneys(small: LoadedNetwork) -> None:
    network = LoadedNetwork(card=replace(small.card, mirrored=True), module=small.module)
    names = network.card.classes
    left, right = names.index("left_kidney"), names.index("right_kidney")
    hu = volume((16, 16, 16))

    straight = predict(network, hu, device="cpu", mirror=True, advance=ignore).probability.astype(int)
    flipped = predict(network, hu[..., ::-1].copy(), device="cpu", mirror=True, advance=ignore).probability[:, :, ::-1]

    assert abs(straight[..., left] - flipped[..., right]).max() <= 1
    assert abs(straight[..., 1] - flipped[..., 1]).max() <= 1
    assert abs(straight[..., left] - flipped[..., left]).max() > 1  # the check would see kidneys left unswapped


def test_a_network_that_never_saw_mirror_images_is_not_asked_about_them(small: LoadedNetwork) -> None:
    network = LoadedNetwork(card=replace(small.card, mirrored=False), module=small.module)
    hu = volume((16, 16, 16))
    plain = predict(network, hu, device="cpu", advance=ignore)
    asked = predict(network, hu, device="cpu", mirror=True, advance=ignore)
    assert (plain.probability == asked.probability).all()


def test_missing_weights_become_a_weights_error(monkeypatch) -> None:
    def missing(card: NetworkCard) -> None:
        raise ModelError("The weights are missing.")

    monkeypatch.setattr(loaded_network, "load_network", missing)
    monkeypatch.setattr(loaded_network, "_cached", {})
    with pytest.raises(WeightsError, match="missing"):
        load_shipped("coarse")


def test_a_network_is_read_from_disk_once(monkeypatch) -> None:
    monkeypatch.setattr(loaded_network, "_cached", {})
    monkeypatch.setattr(loaded_network, "load_network", lambda card: build_network(replace(card, filters=(8, 8, 8))))
    assert load_shipped("fine") is load_shipped("fine")
