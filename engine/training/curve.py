"""The curve of a training as numbers and as a picture, kept up to date while it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np

from engine.training.checkpoint import TrainingState

_WIDTH: Final = 50


def write_curve(state: TrainingState, folder: Path) -> None:
    """Writes `losses.json` (loss of every step, scores with their steps) and `curve.png`, each in one move."""
    document = {"losses": state.losses, "scores": [{"step": step, "score": score} for step, score in state.scores]}
    part = folder / "losses.part"
    part.write_text(json.dumps(document), encoding="utf-8")
    part.replace(folder / "losses.json")
    if state.losses:
        _draw(state, folder / "curve.part")
        (folder / "curve.part").replace(folder / "curve.png")


def _draw(state: TrainingState, path: Path) -> None:
    from matplotlib.figure import Figure

    width = min(_WIDTH, len(state.losses))
    smooth = np.convolve(state.losses, np.ones(width) / width, mode="valid")
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(np.arange(width, len(state.losses) + 1), smooth, color="#2b6ca3", label=f"loss, mean of {width} steps")
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    if state.scores:
        right = axes.twinx()
        right.plot(*zip(*state.scores, strict=True), color="#c0562f", marker=".", label="validation, mean Dice")
        right.set_ylabel("mean Dice")
        right.set_ylim(0, 1)
    figure.legend(loc="outside upper center", ncols=2)
    figure.savefig(path, dpi=90, format="png")
