"""The summary of a suite as a picture: every headline number of every case as a dot, with the target to reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import StorageError
from engine.evaluation.headlines import HEADLINES, Headline, average
from engine.evaluation.suite_document import NOTICE, Suite

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK: Final = "#1d2733"
_QUIET: Final = "#67727e"
_GOOD: Final = "#1f7a4d"
_SHORT: Final = "#b4541a"
_PLAIN: Final = "#35618f"
_COLUMNS: Final = 4


def draw_suite(suite: Suite, path: Path) -> None:
    """Writes the picture as PNG; headlines that no case has are left out.

    Raises:
        StorageError: it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [one for one in HEADLINES if any(one.of(case) is not None for case in suite.cases)]
    names = [case.name for case in suite.cases if case.scores is not None]
    rows = max(1, -(-len(shown) // _COLUMNS))
    height_in = 0.95 + rows * (0.62 + 0.26 * max(1, len(names)))
    figure = Figure(figsize=(13.0, height_in), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(0.012, 1 - 0.12 / height_in, "Scores", fontsize=15, fontweight="bold", color=_INK, va="top")
    figure.text(
        0.085, 1 - 0.18 / height_in, "one dot a case; line: the target; filled green circle reached, open brown "
        "diamond not yet, blue square without a target", fontsize=9, color=_QUIET, va="top",
    )  # fmt: skip
    if shown and names:
        grid = figure.subplots(rows, _COLUMNS, squeeze=False, sharey=True)
        for place, axes in enumerate(grid.ravel()):
            if place < len(shown):
                _draw_headline(axes, shown[place], suite, names)
            else:
                axes.axis("off")
        figure.subplots_adjust(
            left=0.115, right=0.985, top=1 - 0.85 / height_in, bottom=0.62 / height_in, wspace=0.12, hspace=0.75
        )
    figure.text(0.012, 0.1 / height_in, f"{NOTICE}.", fontsize=9, color=_QUIET)
    try:
        figure.savefig(path, metadata={"Software": "Cantlie"})
    except OSError as error:
        raise StorageError("The summary cannot be written.", cure="Free some space.") from error


def _draw_headline(axes: Axes, headline: Headline, suite: Suite, names: list[str]) -> None:
    largest = 0.0
    for place, name in enumerate(names):
        case = suite.case(name)
        value = None if case is None else headline.of(case)
        if value is None:
            axes.text(0.01, place, "not in the reference", transform=axes.get_yaxis_transform(), fontsize=8,
                      color=_QUIET, va="center", style="italic")  # fmt: skip
            continue
        shown = abs(value)
        largest = max(largest, shown)
        colour, marker, face = _mark(headline, value)
        axes.plot(shown, place, marker=marker, color=colour, markerfacecolor=face, markersize=8, clip_on=False)
        # The number stands left of a dot at the right end.
        at_end = shown > (0.8 if headline.unit == "" else largest)
        axes.annotate(headline.text(value), (shown, place), textcoords="offset points", fontsize=8.5, color=_INK,
                      va="center", xytext=(-8 if at_end else 8, 0), ha="right" if at_end else "left")  # fmt: skip
    whole = headline.unit == ""
    axes.set_xlim(0.0, 1.001 if whole else max(largest, (headline.target or 0.0)) * 1.35 or 1.0)
    if headline.target is not None:
        axes.axvline(headline.target, color=_INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
    mean = average(headline, suite)
    words = "" if mean.mean is None or mean.cases < 2 else f"   mean {headline.text(mean.mean).lstrip('+')}"
    axes.set_title(f"{headline.group.split()[0]}: {headline.title}{words}", fontsize=9.5, color=_INK, loc="left", pad=5)
    axes.set_yticks(range(len(names)), names, fontsize=9, color=_INK)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="both", length=0, labelcolor=_QUIET, labelsize=8)
    axes.grid(axis="x", color="#e4e8ec", linewidth=0.8)
    for side in axes.spines.values():
        side.set_visible(False)


def _mark(headline: Headline, value: float) -> tuple[str, str, str]:
    """Colour, shape and fill: the shape says it without colour."""
    if headline.target is None:
        return _PLAIN, "s", _PLAIN
    reached = abs(value) <= headline.target if headline.lower_is_better else value >= headline.target
    return (_GOOD, "o", _GOOD) if reached else (_SHORT, "D", "white")
