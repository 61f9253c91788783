"""The label-efficiency experiment on what is open: phantom patients with all labels, real scans held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import WeightsError
from engine.phantom_patients import phantom_patients
from engine.progress import Progress

if TYPE_CHECKING:
    from engine.training.label_efficiency import Point, TestSet
    from engine.training.sources import TrainingVolume
    from models.card import NetworkCard

_FIRST_SEED: Final = 301
_TEST_PATIENTS: Final = 4
_PATIENT_SPACING_MM: Final = 5.0
_LIVER: Final = ("liver",)


def measure_label_efficiency(  # noqa: PLR0913 - what the command line asks for, one name each
    card_path: Path,
    data_dir: Path | None,
    out_dir: Path,
    *,
    unlabelled_dir: Path | None,
    counts: Sequence[int],
    population: int,
    repeats: int,
    device: str,
    resume: bool,
    progress: Progress,
) -> list[Point]:
    """Trains a small coarse network on 1, 2, 4, ... annotated phantom patients and scores it on patients it never saw.

    Openly licensed CTs with every organ annotated are too few for such a curve, so the annotated population is the
    phantom's; the real scans of `data_dir` are scored and never trained on.

    Args:
        card_path: a small card of task coarse with its schedule.
        data_dir: folder with crlm1100 and crlm1006, or None.
        out_dir: where JSON, picture and patients are kept.
        unlabelled_dir: a person's own scans without labels, added to the patients whose labels are put away.
        counts: numbers of annotated patients.
        population: phantom patients there are; those not annotated in a point are unlabelled in it.
        repeats: trainings of each point.
        device: "cpu", "cuda" or "auto".
        resume: keep the points done.
        progress: told everything.

    Raises:
        WeightsError: the card is not valid.
        OperationCancelledError: the person stopped it; the points done are kept.
    """
    from engine.training.label_efficiency import Experiment, TestSet, run_experiment
    from engine.training.train import chosen_device
    from engine.unlabelled_scans import read_unlabelled
    from models.card import ModelError, read_card

    try:
        card = read_card(card_path)
    except ModelError as error:
        raise WeightsError(str(error), cure="Name models/cards/label_efficiency.toml or a card like it.") from error
    out_dir.mkdir(parents=True, exist_ok=True)
    own = read_unlabelled(unlabelled_dir, card, progress) if unlabelled_dir is not None else []
    progress.stage("Growing phantom patients")
    people = max(population, *counts)
    seeds = range(_FIRST_SEED, _FIRST_SEED + people + _TEST_PATIENTS)
    patients = phantom_patients(seeds, _PATIENT_SPACING_MM, out_dir / "patients", progress)
    held_out = TestSet(
        name=f"{len(card.classes) - 1} organs of held-out phantoms",
        volumes=tuple(patients[-_TEST_PATIENTS:]),
        classes=card.classes[1:],
    )
    tests = [held_out, *(_real_tests(data_dir, card) if data_dir is not None else ())]
    experiment = Experiment(
        card=card, patients=tuple(patients[:-_TEST_PATIENTS]), unlabelled=tuple(own), tests=tuple(tests),
        counts=tuple(sorted(set(counts))), repeats=repeats,
    )  # fmt: skip
    return run_experiment(experiment, chosen_device(device), out_dir, progress, resume=resume)


def _real_tests(data_dir: Path, card: NetworkCard) -> list[TestSet]:
    """The livers of two real scans: one outlined by radiologists, one by another network."""
    from engine.training.label_efficiency import TestSet
    from engine.training.sources import read_crlm1006, read_crlm1100
    from engine.unlabelled_scans import block_means

    def coarser(volume: TrainingVolume) -> TrainingVolume:
        image, spacing = block_means(volume.image_hu, volume.spacing_kji_mm, card.spacing_mm)
        sides = [round(new / old) for new, old in zip(spacing, volume.spacing_kji_mm, strict=True)]
        tissues = volume.tissues[tuple(slice(side // 2, None, side) for side in sides)]
        tissues = tissues[tuple(slice(0, extent) for extent in image.shape)]
        return replace(volume, tissues=tissues.copy(), image_hu=image, spacing_kji_mm=spacing)

    return [
        TestSet(name="liver of crlm1100 (radiologists)", volumes=(coarser(read_crlm1100(data_dir / "crlm1100")),),
                classes=_LIVER),
        TestSet(name="liver of crlm1006 (pseudo label)", volumes=(coarser(read_crlm1006(data_dir / "crlm1006")),),
                classes=_LIVER),
    ]  # fmt: skip
