from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.errors import OperationCancelledError, SegmentationError, WeightsError
from engine.segmentation import inference
from engine.segmentation.inference import LoadedNetwork, chosen_device, fitting_window, predict, window_starts
from models.card import ModelError, NetworkCard, shipped_card
from models.networks import build_network


@pytest.fixture(scope="module")
def small() -> LoadedNetwork:
    card: NetworkCard = replace(shipped_card("coarse"), filters=(8, 8, 8))
    torch.manual_seed(0)
    return LoadedNetwork(card=card, module=build_network(card).eval())


def volume(shape: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(1).normal(40, 60, shape).astype(np.float32)


def test_the_answer_has_the_shape_of_the_question_and_sums_to_one(small: LoadedNetwork) -> None:
    answer = predict(small, volume((13, 21, 18)), device="cpu", advance=lambda _: None)

    assert answer.probability.shape == (13, 21, 18, len(small.card.classes))
    total = answer.probability.sum(axis=-1, dtype=np.int32)
    assert abs(total - 255).max() <= len(small.card.classes) // 2 + 1
    assert (answer.winner == answer.probability.argmax(axis=-1)).all()


def test_windows_cover_every_index_and_stay_inside() -> None:
    for extent in range(1, 400, 7):
        starts = window_starts(extent, 64)
        covered = np.zeros(max(extent, 64), dtype=bool)
        for start in starts:
            assert 0 <= start <= max(0, extent - 64)
            covered[start : start + 64] = True
        assert covered.all()


def test_a_window_is_a_multiple_the_network_takes(small: LoadedNetwork) -> None:
    assert fitting_window((13, 64, 500), small.card, (128, 128, 160)) == (16, 64, 160)


def test_several_windows_report_progress_and_can_be_stopped(small: LoadedNetwork, monkeypatch) -> None:
    monkeypatch.setitem(inference._WHOLE_WINDOWS_KJI, "coarse", (16, 16, 16))
    seen: list[float] = []
    predict(small, volume((30, 16, 16)), device="cpu", advance=seen.append)
    assert seen == sorted(seen)
    assert len(seen) > 1
    assert seen[-1] == 1.0

    def stop(_: float) -> None:
        raise OperationCancelledError("Stopped.")

    with pytest.raises(OperationCancelledError):
        predict(small, volume((30, 16, 16)), device="cpu", advance=stop)


def test_a_gpu_out_of_memory_tries_smaller_windows_and_then_the_cpu(small: LoadedNetwork, monkeypatch) -> None:
    real = inference._windows
    tried: list[tuple[str, tuple[int, int, int]]] = []

    def short_of_memory(network, hu, device, window, advance):
        tried.append((device, window))
        if device == "cuda":
            raise torch.cuda.OutOfMemoryError("out of memory")
        return real(network, hu, device, window, advance)

    monkeypatch.setattr(inference, "_windows", short_of_memory)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)

    answer = predict(small, volume((100, 20, 20)), device="cuda", advance=lambda _: None)

    assert [device for device, _ in tried] == ["cuda", "cuda", "cuda", "cpu"]
    assert tried[0][1][0] > tried[1][1][0] > tried[2][1][0]
    assert answer.device == "cpu"
    assert "CPU" in answer.warnings[0]


def test_an_unknown_device_is_refused_with_a_cure() -> None:
    with pytest.raises(SegmentationError, match="auto, cpu or cuda"):
        chosen_device("tpu")


def test_missing_weights_become_a_weights_error(monkeypatch) -> None:
    def missing(card: NetworkCard) -> None:
        raise ModelError("The weights are missing.")

    monkeypatch.setattr(inference, "load_network", missing)
    with pytest.raises(WeightsError, match="missing"):
        inference.load_shipped("coarse")
