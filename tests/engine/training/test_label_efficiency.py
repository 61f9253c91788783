from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import OperationCancelledError
from engine.progress import SilentProgress
from engine.training import tissues
from engine.training.checkpoint import new_state
from engine.training.label_efficiency import (
    ARMS,
    Experiment,
    TaughtTask,
    TestSet,
    dice_on,
    run_experiment,
    split,
    taught_classes,
)
from engine.training.sources import TrainingVolume
from engine.training.validation import volume_on_grid
from models.card import CARD_FOLDER, NetworkCard, read_card
from models.schedule import Pretraining, Unlabelled

CPU = torch.device("cpu")


def patient(number: int) -> TrainingVolume:
    labels = np.zeros((20, 24, 24), dtype=np.uint8)
    labels[:, 2:22, 2:22] = tissues.MUSCLE
    labels[5:15, 6:16, 4 + number % 3 : 14] = tissues.LIVER
    image = np.where(labels == tissues.LIVER, 150, np.where(labels > 0, 0, -1000)).astype(np.int16)
    return TrainingVolume(
        name=f"patient {number}", tissues=labels, image_hu=image, spacing_kji_mm=(6.0, 6.0, 6.0),
        known_classes=tuple(range(15)),
    )  # fmt: skip


def small_experiment(**changes: object) -> Experiment:
    card = read_card(CARD_FOLDER / "label_efficiency.toml")
    schedule = replace(
        card.schedule, steps=2, unlabelled=Unlabelled(ramp_up_steps=0), pretraining=Pretraining(steps=2, block_voxels=4)
    )
    card = replace(card, filters=(8, 8, 8), spacing_mm=6.0, patch_kji=(24, 24, 24), schedule=schedule)
    patients = tuple(patient(number) for number in range(3))
    test = TestSet(name="held out", volumes=(patient(9),), classes=("liver",))
    return replace(
        Experiment(card=card, patients=patients, unlabelled=(patient(7),), tests=(test,), counts=(1, 2)), **changes
    )


def test_every_point_is_trained_scored_drawn_and_kept(tmp_path: Path) -> None:
    experiment = small_experiment(counts=(1,))
    points = run_experiment(experiment, CPU, tmp_path, SilentProgress())
    assert [(point.arm, point.annotated) for point in points] == [(arm, 1) for arm in ARMS]
    assert all(0 <= point.dice["held out"] <= 1 for point in points)
    written = json.loads((tmp_path / "label_efficiency.json").read_text(encoding="utf-8"))
    assert len(written["points"]) == 4
    assert written["patients"] == ["patient 0", "patient 1", "patient 2"]
    assert (tmp_path / "label_efficiency.png").read_bytes()[:4] == b"\x89PNG"


class CancelledAtStage(SilentProgress):
    def __init__(self, stages: int) -> None:
        self.left = stages

    def stage(self, name: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise OperationCancelledError("Stopped.")


def test_a_stopped_experiment_keeps_its_points_and_goes_on(tmp_path: Path) -> None:
    experiment = small_experiment(arms=ARMS[:2])
    with pytest.raises(OperationCancelledError):
        run_experiment(experiment, CPU, tmp_path, CancelledAtStage(2))
    first = json.loads((tmp_path / "label_efficiency.json").read_text(encoding="utf-8"))["points"]
    assert len(first) == 2
    points = run_experiment(experiment, CPU, tmp_path, SilentProgress(), resume=True)
    assert len(points) == 4
    assert [point.minutes for point in points[:2]] == [point["minutes"] for point in first]


def test_more_annotated_cases_contain_the_fewer_and_the_rest_lose_their_labels() -> None:
    patients = [patient(number) for number in range(6)]
    one, four = split(patients, 1, 1), split(patients, 4, 1)
    assert one[0] == four[0][:1]
    assert len(four[0]) == 4
    assert {volume.name for volume in four[0]} | {volume.name for volume in four[1]} == {
        volume.name for volume in patients
    }
    assert split(patients, 1, 0)[0] != one[0]


def test_a_card_teaches_the_classes_it_names_and_no_others() -> None:
    card = small_experiment().card
    sample = TaughtTask([patient(0)], card).draw(np.random.default_rng(0))
    assert sample.known_classes == (0, 1, 2, 3, 4)
    table = taught_classes(card)
    assert [card.classes[number] for number in table.tolist()] == [
        name if name in card.classes else "other" for name in tissues.COARSE_CLASSES
    ]


def test_a_whole_scan_lies_on_the_networks_grid_as_it_is(tiny_card: NetworkCard) -> None:
    card = replace(tiny_card, spacing_mm=6.0)
    labels, hu = volume_on_grid(patient(0), card)
    assert labels.shape == (24, 24, 24)
    assert int((labels == tissues.LIVER).sum()) == int((patient(0).tissues == tissues.LIVER).sum())
    assert float(hu[labels == tissues.LIVER].min()) == 150


def test_a_network_that_always_says_liver_scores_what_arithmetic_says() -> None:
    experiment = small_experiment()
    state = new_state(experiment.card, CPU)
    for name, tensor in state.average.items():
        if name.startswith("unet.output_block"):
            tensor.zero_()
            if name.endswith("bias"):
                tensor.view(8, 5)[:, 1] = 5.0
    liver = int((patient(9).tissues == tissues.LIVER).sum())
    score = dice_on(state, experiment.card, experiment.tests[0])
    assert score == pytest.approx(2 * liver / (24**3 + liver), abs=1e-6)
