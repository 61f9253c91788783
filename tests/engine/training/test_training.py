from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import SegmentationError, TrainingError, WeightsError
from engine.progress import SilentProgress
from engine.training import RunSettings, sources, tissues, train_network
from engine.training import train as train_module
from engine.training.checkpoint import new_state
from engine.training.coarse_task import CoarseTask
from engine.training.sampling import Drawn
from engine.training.sources import TrainingVolume, with_other_liver
from engine.training.synthesis import WarpSettings, bright_cortex, warped
from engine.training.trainer import learning_rate, train_step
from models.card import NetworkCard, shipped_card
from models.weights import load_network


def small_volume(*, with_image: bool = True) -> TrainingVolume:
    """A body with a liver on the right (low i) and a spleen on the left."""
    labels = np.zeros((30, 34, 40), dtype=np.uint8)
    labels[:, 4:30, 4:36] = tissues.FAT
    labels[8:24, 8:26, 6:20] = tissues.LIVER
    labels[10:20, 18:28, 27:34] = 2
    image = (tissues.HU_LOW[labels] + 20).astype(np.int16) if with_image else np.zeros((0, 0, 0), np.int16)
    return TrainingVolume(
        name="small", tissues=labels, image_hu=image, spacing_kji_mm=(6.0, 6.0, 6.0), known_classes=(0, 1, 2)
    )


@pytest.fixture
def card() -> NetworkCard:
    shipped = shipped_card("coarse")
    schedule = replace(shipped.schedule, steps=6)
    return replace(shipped, filters=(8, 8, 8), patch_kji=(32, 32, 32), spacing_mm=6.0, schedule=schedule)


def test_two_steps_on_a_small_volume_change_the_weights_and_more_lower_the_loss(card: NetworkCard) -> None:
    card = replace(card, schedule=replace(card.schedule, steps=40, learning_rate=0.004))
    task = CoarseTask([small_volume()], card)
    state = new_state(card, torch.device("cpu"))
    before = {name: tensor.clone() for name, tensor in state.network.state_dict().items()}
    sample = task.draw(np.random.default_rng(0))

    losses = [train_step(state, card, Drawn(labelled=sample, unlabelled=None)) for _ in range(20)]

    assert state.step == 20
    assert any(not torch.equal(before[name], tensor) for name, tensor in state.network.state_dict().items())
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])


@pytest.mark.parametrize("with_image", [True, False])
def test_the_same_seed_draws_the_same_sample(card: NetworkCard, with_image: bool) -> None:
    task = CoarseTask([small_volume(with_image=with_image)], card)
    one, two, other = (task.draw(np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert torch.equal(one.hu, two.hu)
    assert torch.equal(one.target, two.target)
    assert not torch.equal(one.hu, other.hu)
    assert one.hu.shape == card.patch_kji
    assert set(one.target.unique().tolist()) <= {0, 1, 2}
    assert torch.isfinite(one.hu).all()


def test_samples_never_mirror_the_body(card: NetworkCard) -> None:
    """The liver stays on the right of the spleen in every sample: i grows to the patient's left."""
    task = CoarseTask([small_volume()], card)
    for seed in range(12):
        target = task.draw(np.random.default_rng(seed)).target
        liver, spleen = (torch.nonzero(target == n)[:, 2].float() for n in (1, 2))
        if len(liver) > 20 and len(spleen) > 20:
            assert liver.mean() < spleen.mean()


def test_a_warp_without_bend_keeps_the_anatomy_where_it_is() -> None:
    volume = small_volume()
    settings = WarpSettings(
        shape_kji=(30, 34, 40), spacing_mm=6.0, scale=0.0, rotation_deg=0.0, bend_mm=0.0, off_centre_mm=(0, 0, 0)
    )
    labels, hu = warped(volume, settings, np.array([15.0, 17.0, 20.0]), np.random.default_rng(0))
    assert np.array_equal(labels.numpy(), volume.tissues)
    assert np.array_equal(hu.numpy(), volume.image_hu)


def test_another_liver_takes_the_place_of_the_old_one() -> None:
    mask = np.zeros((40, 40, 40), dtype=bool)
    mask[5:25, 5:30, 5:25] = True
    swapped = with_other_liver(small_volume(), "other", mask, 3.0)
    liver = swapped.tissues == tissues.LIVER
    assert liver.sum() == pytest.approx(20 * 25 * 20 / 8, rel=0.35)
    assert np.argwhere(liver)[:, 0].max() == 23  # the dome stays where it was
    assert not (swapped.tissues[8:24, 8:26, 6:20] == 0).any()


def test_the_coarse_task_draws_from_the_bodies_it_is_given(card: NetworkCard, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sources, "read_coarse_sources", lambda _: [small_volume()])
    body = replace(small_volume(with_image=False), known_classes=(0, 1))
    task = train_module.task_of(card, tmp_path, lambda _: [body])
    drawn = [task.draw(np.random.default_rng(seed)).known_classes for seed in range(40)]
    assert 4 <= drawn.count((0, 1)) <= 22
    assert train_module.task_of(card, tmp_path).draw(np.random.default_rng(0)).known_classes == (0, 1, 2)


def test_the_cortex_of_the_kidneys_alone_is_brightened() -> None:
    labels = torch.full((20, 20, 20), tissues.FAT, dtype=torch.uint8)
    labels[4:16, 4:16, 4:16] = tissues.KIDNEYS[1]
    added = bright_cortex(labels, np.random.default_rng(0))
    assert (added[labels == tissues.FAT] == 0).all()
    assert added[4, 10, 10] > 20
    assert added[10, 10, 10] < 1


def test_training_a_card_writes_weights_the_loader_takes(tmp_path: Path, monkeypatch) -> None:
    text = shipped_card("coarse").path.read_text(encoding="utf-8")
    text = re.sub(r"filters = .*", "filters = [8, 8, 8]", text)
    text = re.sub(r"patch_kji = .*", "patch_kji = [32, 32, 32]", text)
    text = re.sub(r"(?m)^steps = .*", "steps = 2", text)
    path = tmp_path / "small.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(train_module, "task_of", lambda card, *_: CoarseTask([small_volume()], card))

    result = train_network(
        path, tmp_path, tmp_path / "run", settings=RunSettings(device="cpu"), progress=SilentProgress()
    )

    trained = replace(train_module.read_card(path), weights_sha256=result.sha256)
    assert load_network(trained, folder=tmp_path / "run") is not None
    assert result.steps == 2
    assert (tmp_path / "run" / "curve.png").stat().st_size > 0


def test_a_card_with_pretraining_and_unlabelled_scans_is_trained_on_both(tmp_path: Path, monkeypatch) -> None:
    text = shipped_card("coarse").path.read_text(encoding="utf-8")
    text = re.sub(r"filters = .*", "filters = [8, 8, 8]", text)
    text = re.sub(r"patch_kji = .*", "patch_kji = [24, 24, 24]", text)
    text = re.sub(r"(?m)^steps = .*", "steps = 2", text)
    path = tmp_path / "small.toml"
    path.write_text(text + "\n[pretraining]\nsteps = 2\nblock_voxels = 4\n", encoding="utf-8")
    monkeypatch.setattr(train_module, "task_of", lambda card, *_: CoarseTask([small_volume()], card))
    asked: list[str] = []

    def scans(card: NetworkCard, _progress: object) -> list[TrainingVolume]:
        asked.append(card.task)
        return [replace(small_volume(), known_classes=())]

    for resume in (False, True):
        result = train_network(
            path, tmp_path, tmp_path / "run", settings=RunSettings(device="cpu", resume=resume),
            progress=SilentProgress(), unlabelled=scans,
        )  # fmt: skip
        assert result.steps == 2
    assert asked == ["coarse", "coarse"]
    assert (tmp_path / "run" / "pretraining" / "checkpoint.pt").exists()


def test_a_gpu_that_is_not_there_is_a_typed_error(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(TrainingError, match="--device cpu"):
        train_module.chosen_device("cuda")
    assert train_module.chosen_device("auto").type == "cpu"


def test_an_unknown_task_or_card_is_a_typed_error(card: NetworkCard, tmp_path: Path) -> None:
    with pytest.raises(SegmentationError, match="coarse or fine"):
        train_module.task_of(replace(card, task="telepathy"), tmp_path)
    with pytest.raises(WeightsError, match="models/cards"):
        train_network(
            tmp_path / "none.toml", tmp_path, tmp_path, settings=RunSettings(device="cpu"), progress=SilentProgress(),
        )  # fmt: skip


def test_tissue_values_are_their_place_in_the_table() -> None:
    assert [tissue.value for tissue in tissues.TISSUES] == list(range(len(tissues.TISSUES)))
    assert max(tissue.taught_as for tissue in tissues.TISSUES) < len(tissues.COARSE_CLASSES)
    assert shipped_card("coarse").classes == tissues.COARSE_CLASSES


def test_the_learning_rate_starts_a_second_cosine_at_the_restart(card: NetworkCard) -> None:
    card = replace(card, schedule=replace(card.schedule, steps=1000, restart_step=700, learning_rate=0.002))
    rates = [learning_rate(card, step) for step in range(1000)]
    assert max(rates) == rates[99] == 0.002
    assert rates[699] < 0.0001
    assert rates[700] == max(rates[700:]) == 0.002
    assert rates[999] < 0.0001
