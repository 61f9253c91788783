"""The part of a model card that says how its network is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFrom:
    """Weights a training starts from instead of random ones.

    Attributes:
        file: a safetensors file in the card's folder or in `models/weights`.
        sha256: its hex digest.
        classes: class names of its network in channel order; empty for a pretrained one without classes.
        renamed: (class of this card, class of the file it takes over), for names that differ.
    """

    file: str
    sha256: str
    classes: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How the network was trained.

    Attributes:
        seed: of the initial weights and of every sample.
        steps: optimiser steps, one patch each.
        restart_step: step at which the learning rate starts its cosine again; 0 for none.
        learning_rate: peak of the warm-up and cosine schedule.
        average_decay: decay of the running average of weights that is exported.
        invented_share: share of samples whose Hounsfield values are invented though a scan exists.
        skeleton_weight: weight of the skeleton recall of the vessel classes in the loss; 0 for none.
        start_from: weights to start from, or None.
    """

    seed: int
    steps: int
    restart_step: int
    learning_rate: float
    average_decay: float
    invented_share: float
    skeleton_weight: float = 0.0
    start_from: StartFrom | None = None


def read_schedule(training: dict[str, Any]) -> Schedule:
    """Reads the card's table `[training]`.

    Raises:
        KeyError: something is missing.
        TypeError: something is of the wrong type.
        ValueError: a number is none.
    """
    return Schedule(
        seed=int(training["seed"]),
        steps=int(training["steps"]),
        restart_step=int(training.get("restart_step", 0)),
        learning_rate=float(training["learning_rate"]),
        average_decay=float(training["average_decay"]),
        invented_share=float(training["invented_share"]),
        skeleton_weight=float(training.get("skeleton_weight", 0.0)),
        start_from=_start_from(training["start_from"]) if "start_from" in training else None,
    )


def _start_from(table: dict[str, Any]) -> StartFrom:
    return StartFrom(
        file=str(table["file"]),
        sha256=str(table["sha256"]),
        classes=tuple(str(name) for name in table.get("classes", ())),
        renamed=tuple((str(new), str(old)) for new, old in dict(table.get("renamed", {})).items()),
    )
