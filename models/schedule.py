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
class Unlabelled:
    """How much a training listens to scans without labels, where it is given any.

    Attributes:
        weight: of the consistency of student and teacher in the loss.
        confidence: voxels of which the teacher is less sure teach nothing.
        ramp_up_steps: steps until the weight is reached.
    """

    weight: float = 0.3
    confidence: float = 0.9
    ramp_up_steps: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretraining:
    """Filling in masked parts of scans, before any label is shown.

    Attributes:
        steps: optimiser steps.
        learning_rate: peak.
        mask_share: share of blocks that are hidden.
        block_voxels: side of a block.
    """

    steps: int
    learning_rate: float = 0.002
    mask_share: float = 0.6
    block_voxels: int = 16


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
        unlabelled: what is learnt from scans without labels.
        pretraining: what comes before, or None.
        validate_every: steps between validations; 0 for none.
    """

    seed: int
    steps: int
    restart_step: int
    learning_rate: float
    average_decay: float
    invented_share: float
    skeleton_weight: float = 0.0
    start_from: StartFrom | None = None
    unlabelled: Unlabelled = Unlabelled()
    pretraining: Pretraining | None = None
    validate_every: int = 100


def read_schedule(training: dict[str, Any], pretraining: dict[str, Any] | None = None) -> Schedule:
    """Reads the card's tables `[training]` and `[pretraining]`.

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
        unlabelled=_unlabelled(training.get("unlabelled", {})),
        pretraining=None if pretraining is None else _pretraining(pretraining),
        validate_every=int(training.get("validate_every", 100)),
    )


def _unlabelled(table: dict[str, Any]) -> Unlabelled:
    usual = Unlabelled()
    return Unlabelled(
        weight=float(table.get("weight", usual.weight)),
        confidence=float(table.get("confidence", usual.confidence)),
        ramp_up_steps=int(table.get("ramp_up_steps", usual.ramp_up_steps)),
    )


def _pretraining(table: dict[str, Any]) -> Pretraining:
    usual = Pretraining(steps=int(table["steps"]))
    share = float(table.get("mask_share", usual.mask_share))
    if not 0 < share < 1:
        raise ValueError("mask_share must lie between 0 and 1")
    return Pretraining(
        steps=usual.steps,
        learning_rate=float(table.get("learning_rate", usual.learning_rate)),
        mask_share=share,
        block_voxels=int(table.get("block_voxels", usual.block_voxels)),
    )


def _start_from(table: dict[str, Any]) -> StartFrom:
    return StartFrom(
        file=str(table["file"]),
        sha256=str(table["sha256"]),
        classes=tuple(str(name) for name in table.get("classes", ())),
        renamed=tuple((str(new), str(old)) for new, old in dict(table.get("renamed", {})).items()),
    )
