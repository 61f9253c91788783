"""The picture of a label-efficiency experiment: score against number of annotated cases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

_COLOURS: Final = ("#3a3a3a", "#c0562f", "#2b6ca3", "#3f8f4f")
_MARKERS: Final = ("o", "s", "^", "D")

Curves = Mapping[str, Mapping[str, Mapping[int, list[float]]]]
"""Test set -> arm -> number of annotated cases -> scores of the repeats."""


def draw_points(curves: Curves, path: Path) -> None:
    """Draws one panel a test set, one line an arm through the means, a dot for every training."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    figure = Figure(figsize=(4.3 * len(curves), 4.2), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(curves)))
    handles: dict[str, Line2D] = {}
    for axes, (test, arms) in zip(panels, curves.items(), strict=True):
        for number, (arm, scores) in enumerate(arms.items()):
            if not scores:
                continue
            colour, marker = _COLOURS[number % len(_COLOURS)], _MARKERS[number % len(_MARKERS)]
            means = [float(np.mean(values)) for values in scores.values()]
            (handles[arm],) = axes.plot(list(scores), means, color=colour, marker=marker, markersize=5)
            for count, values in scores.items():
                axes.plot([count] * len(values), values, linestyle="", marker=marker, color=colour, alpha=0.3)
        axes.set_xscale("log", base=2)
        ticks = sorted({count for scores in arms.values() for count in scores})
        axes.set_xticks(ticks, [str(count) for count in ticks])
        axes.set_xlabel("annotated cases")
        axes.set_ylabel("Dice")
        axes.set_title(test, fontsize=10)
        axes.grid(alpha=0.3)
    figure.legend(list(handles.values()), list(handles), loc="outside upper center", ncols=2, fontsize=9)
    part = path.with_suffix(".png.part")
    figure.savefig(part, dpi=110, format="png")
    part.replace(path)
