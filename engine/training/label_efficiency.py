"""How far annotated cases go: the same small training for 1, 2, 4, 8, ... of them, with and without unlabelled ones."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from engine.progress import Progress
from engine.training.checkpoint import TrainingState, new_state
from engine.training.coarse_task import CoarseTask
from engine.training.label_efficiency_plot import draw_points
from engine.training.masked_pretraining import pretrain, take_over
from engine.training.mean_teacher import UnlabelledTask
from engine.training.sample import Sample
from engine.training.sources import TrainingVolume
from engine.training.tissues import CLASS_OF_TISSUE, COARSE_CLASSES
from engine.training.trainer import run_training
from engine.training.validation import average_logits, volume_on_grid
from models.card import NetworkCard

LABELS: Final = "labels"
UNLABELLED: Final = "labels and unlabelled"
PRETRAINED: Final = "pretrained, labels"
BOTH: Final = "pretrained, labels and unlabelled"
ARMS: Final = (LABELS, UNLABELLED, BOTH, PRETRAINED)


class TaughtTask:
    """Samples of the coarse task for a card that teaches some of its classes; the others are "other" in it.

    Args:
        volumes: what to draw from; all classes of the card are labelled in them.
        card: its classes bear names of `COARSE_CLASSES`.
    """

    def __init__(self, volumes: Sequence[TrainingVolume], card: NetworkCard) -> None:
        """Prepares the draw."""
        self._task = CoarseTask(volumes, card)
        self._table = taught_classes(card)
        self._known = tuple(range(len(card.classes)))

    def draw(self, rng: np.random.Generator) -> Sample:
        """One sample."""
        sample = self._task.draw(rng)
        return replace(sample, target=self._table[sample.target.long()], known_classes=self._known)


def taught_classes(card: NetworkCard) -> torch.Tensor:
    """(coarse class,) uint8 class of the card."""
    numbers = [card.classes.index(name) if name in card.classes else 0 for name in COARSE_CLASSES]
    return torch.tensor(numbers, dtype=torch.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestSet:
    """Scans no training of the experiment sees.

    Attributes:
        name: what the curve is called.
        volumes: the scans with their labels.
        classes: names of the classes that are scored.
    """

    __test__ = False  # for pytest, which takes it for a class of tests

    name: str
    volumes: tuple[TrainingVolume, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Experiment:
    """What is compared.

    Attributes:
        card: small network and schedule.
        patients: annotated scans; in a point with n of them the labels of the others are put away.
        unlabelled: further scans without labels.
        tests: what is scored.
        counts: numbers of annotated patients.
        arms: of `ARMS`.
        repeats: trainings of each point, each with other patients and another seed.
    """

    card: NetworkCard
    patients: tuple[TrainingVolume, ...]
    unlabelled: tuple[TrainingVolume, ...]
    tests: tuple[TestSet, ...]
    counts: tuple[int, ...]
    arms: tuple[str, ...] = ARMS
    repeats: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One training of the experiment.

    Attributes:
        arm: of `ARMS`.
        annotated: how many annotated patients it saw.
        repeat: which of the repeats.
        dice: mean Dice on each test set, by its name.
        minutes: wall time of the training.
    """

    arm: str
    annotated: int
    repeat: int
    dice: dict[str, float]
    minutes: float


def run_experiment(
    experiment: Experiment, device: torch.device, out_dir: Path, progress: Progress, *, resume: bool = False
) -> list[Point]:
    """Trains and scores every point; writes `label_efficiency.json` and `.png` after each.

    Args:
        experiment: what is compared.
        device: where.
        out_dir: where the figures are written.
        progress: told about every point; may stop the experiment between steps, which keeps the points done.
        resume: keep the points that `out_dir` already holds.

    Raises:
        OperationCancelledError: the person stopped it.
    """
    points = _points_in(out_dir) if resume else []
    done = {(point.arm, point.annotated, point.repeat) for point in points}
    wanted = [
        (arm, count, repeat)
        for repeat in range(experiment.repeats)
        for arm in experiment.arms
        for count in experiment.counts
        if (arm, count, repeat) not in done and _differs(experiment, arm, count)
    ]
    pretrained = _pretrained(experiment, device, out_dir, progress, resume=resume) if _needs_it(wanted) else {}
    for number, (arm, count, repeat) in enumerate(wanted):
        progress.stage(f"{number + 1} of {len(wanted)}: {count} annotated, {arm}, repeat {repeat + 1}")
        points.append(_trained_point(experiment, (arm, count, repeat), pretrained, device, out_dir, progress))
        _write_points(points, experiment, out_dir)
    return points


def _differs(experiment: Experiment, arm: str, count: int) -> bool:
    """Whether there is something unlabelled for an arm that learns from it: otherwise it is the arm without."""
    return arm in (LABELS, PRETRAINED) or count < len(experiment.patients) or len(experiment.unlabelled) > 0


def _needs_it(wanted: Sequence[tuple[str, int, int]]) -> bool:
    return any(arm in (PRETRAINED, BOTH) for arm, _, _ in wanted)


def _pretrained(
    experiment: Experiment, device: torch.device, out_dir: Path, progress: Progress, *, resume: bool
) -> dict[str, torch.Tensor]:
    """Weights pretrained once on all patients' images, without their labels, and on the unlabelled scans."""
    wanted = experiment.card.schedule.pretraining
    if wanted is None:
        return {}
    progress.stage("Pretraining on masked scans")
    folder = out_dir / "pretraining"
    folder.mkdir(parents=True, exist_ok=True)
    task = UnlabelledTask((*experiment.patients, *experiment.unlabelled), experiment.card)
    state = pretrain(experiment.card, wanted, [task], device, folder / "checkpoint.pt", progress, resume=resume)
    return state.average


def _trained_point(
    experiment: Experiment,
    place: tuple[str, int, int],
    pretrained: dict[str, torch.Tensor],
    device: torch.device,
    out_dir: Path,
    progress: Progress,
) -> Point:
    arm, count, repeat = place
    started = time.monotonic()
    card = replace(
        experiment.card, schedule=replace(experiment.card.schedule, seed=experiment.card.schedule.seed + 100 * repeat)
    )
    annotated, rest = split(experiment.patients, count, repeat)
    unlabelled = (*rest, *experiment.unlabelled) if arm in (UNLABELLED, BOTH) else ()
    state = new_state(card, device)
    if arm in (PRETRAINED, BOTH) and pretrained:
        take_over(state, pretrained, card)
    run_training(
        state, card, TaughtTask(annotated, card), out_dir / "point.pt", progress,
        unlabelled=UnlabelledTask(unlabelled, card) if unlabelled else None,
    )  # fmt: skip
    minutes = (time.monotonic() - started) / 60
    dice = {test.name: dice_on(state, card, test) for test in experiment.tests}
    return Point(arm=arm, annotated=count, repeat=repeat, dice=dice, minutes=minutes)


def split(
    patients: Sequence[TrainingVolume], count: int, repeat: int
) -> tuple[list[TrainingVolume], list[TrainingVolume]]:
    """The annotated patients of a point and the others; more annotated ones contain fewer, each repeat has others."""
    first = repeat * max(1, len(patients) // 3)
    turned = [patients[(first + n) % len(patients)] for n in range(len(patients))]
    return turned[:count], turned[count:]


def dice_on(state: TrainingState, card: NetworkCard, test: TestSet) -> float:
    """Mean over scans and classes of the Dice of the averaged network on whole scans."""
    scores = []
    table = taught_classes(card)[torch.from_numpy(CLASS_OF_TISSUE).long()]
    for volume in test.volumes:
        tissues, hu = volume_on_grid(volume, card)
        wanted = table[tissues.long()]
        answer = average_logits(state, card, hu).argmax(dim=0).cpu()
        for number in (card.classes.index(name) for name in test.classes):
            size = int((wanted == number).sum()) + int((answer == number).sum())
            both = int(((wanted == number) & (answer == number)).sum())
            if bool((wanted == number).any()):
                scores.append(2 * both / size)
    return float(np.mean(scores)) if scores else 0.0


def _points_in(out_dir: Path) -> list[Point]:
    path = out_dir / "label_efficiency.json"
    if not path.exists():
        return []
    return [Point(**point) for point in json.loads(path.read_text(encoding="utf-8"))["points"]]


def _write_points(points: Sequence[Point], experiment: Experiment, out_dir: Path) -> None:
    document = {
        "card": asdict(replace(experiment.card, path=Path(experiment.card.path.name))),
        "patients": [volume.name for volume in experiment.patients],
        "unlabelled": [volume.name for volume in experiment.unlabelled],
        "tests": {test.name: [volume.name for volume in test.volumes] for test in experiment.tests},
        "points": [asdict(point) for point in points],
    }
    part = out_dir / "label_efficiency.part"
    part.write_text(json.dumps(document, indent=1, default=str), encoding="utf-8")
    part.replace(out_dir / "label_efficiency.json")
    curves = {test.name: {arm: _curve(points, arm, test.name) for arm in experiment.arms} for test in experiment.tests}
    draw_points(curves, out_dir / "label_efficiency.png")


def _curve(points: Sequence[Point], arm: str, test: str) -> dict[int, list[float]]:
    """Scores of an arm by number of annotated cases."""
    curve: dict[int, list[float]] = {}
    for point in points:
        if point.arm == arm:
            curve.setdefault(point.annotated, []).append(point.dice[test])
    return dict(sorted(curve.items()))
