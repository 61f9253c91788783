"""Words on a picture of a flattened cut: vessels and tumours in the margins, with lines to where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.resection.resectogram.picture.given import CutVessel, ResectogramPanel
from engine.resection.resectogram.picture.layers import HEPATIC, INK, PAPER, PORTAL, QUIET, TUMOUR
from engine.resection.resectogram.resectogram import Resectogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_VESSELS: Final = 12
SMALLEST_MM: Final = 2.0
"""Thinner vessels are counted, not named."""
_LABEL_IN: Final = 0.37
"""Height of a label with its two lines, inches."""
_LONG_TITLE: Final = 30
_ABOUT_PERCENT: Final = 5.0
_SCALE_MM: Final = (50.0, 20.0, 10.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Label:
    first: str
    second: str
    colour: str
    at: tuple[float, float]


def draw_labels(axes: Axes, panel: ResectogramPanel, height_in: float) -> None:
    """Markers and names of vessels and tumours, scale bar and orientation; the map is `height_in` inches high."""
    for vessel in panel.vessels:
        _mark(axes, vessel)
    labels = [_vessel_label(vessel) for vessel in named_vessels(panel)] + _tumour_labels(panel)
    gap = _LABEL_IN / height_in
    middle = float(np.mean(panel.resectogram.u_mm[[0, -1]]))
    _write_side(axes, panel.resectogram, [one for one in labels if one.at[0] < middle], left=True, gap=gap)
    _write_side(axes, panel.resectogram, [one for one in labels if one.at[0] >= middle], left=False, gap=gap)
    _draw_scale(axes, panel.resectogram)
    _write_letters(axes, panel.resectogram)


def named_vessels(panel: ResectogramPanel) -> tuple[CutVessel, ...]:
    """The widest vessels, those that have a label."""
    wide = [vessel for vessel in panel.vessels if vessel.calibre_mm >= SMALLEST_MM]
    return tuple(sorted(wide, key=lambda vessel: -vessel.calibre_mm)[:MOST_VESSELS])


def _mark(axes: Axes, vessel: CutVessel) -> None:
    """A ring for portal branches, a diamond for hepatic veins, smaller for thin vessels."""
    marker, colour = ("o", PORTAL) if vessel.tree == "portal" else ("D", HEPATIC)
    size = 8.0 if vessel.calibre_mm >= SMALLEST_MM else 5.0
    u, v = vessel.uv_mm
    axes.plot(
        u, v, marker, markersize=size, markerfacecolor=colour, markeredgecolor=PAPER, markeredgewidth=2.6, zorder=7
    )
    axes.plot(
        u, v, marker, markersize=8, markerfacecolor="none", markeredgecolor="white", markeredgewidth=1.2, zorder=8
    )


def _vessel_label(vessel: CutVessel) -> _Label:
    sign, colour = ("●", PORTAL) if vessel.tree == "portal" else ("◆", HEPATIC)
    return _Label(
        first=f"{sign} {vessel.title}", second=f"{vessel.calibre_mm:.1f} mm wide", colour=colour, at=vessel.uv_mm
    )


def _tumour_labels(panel: ResectogramPanel) -> list[_Label]:
    found = panel.resectogram
    labels = []
    for tumour in panel.tumours:
        rows, columns = np.nonzero(tumour.shadow)
        at = (float(found.u_mm[columns].mean()), float(found.v_mm[rows].mean()))
        labels.append(_Label(first=tumour.title, second=tumour.words, colour=TUMOUR, at=at))
    return labels


def _write_side(axes: Axes, found: Resectogram, labels: list[_Label], *, left: bool, gap: float) -> None:
    """Labels one below the other beside the picture, each as near to its place's height as the others allow."""
    bottom, top = float(found.v_mm[-1]), float(found.v_mm[0])
    height = max(top - bottom, 1e-6)
    labels = sorted(labels, key=lambda label: -label.at[1])
    places = _spread([(label.at[1] - bottom) / height for label in labels], gap)
    for label, place in zip(labels, places, strict=True):
        x = -0.03 if left else 1.03
        axes.annotate(
            "",
            xy=label.at,
            xycoords="data",
            xytext=(x, place),
            textcoords="axes fraction",
            arrowprops={
                "arrowstyle": "-", "color": label.colour, "linewidth": 1.0, "alpha": 0.9, "shrinkA": 2, "shrinkB": 5,
            },
            annotation_clip=False,
            zorder=6,
        )  # fmt: skip
        side = "right" if left else "left"
        x += -0.01 if left else 0.01
        style: dict[str, Any] = {"transform": axes.transAxes, "ha": side}
        size = 9.5 if len(label.first) <= _LONG_TITLE else 8.2
        axes.text(x, place + 0.002, label.first, color=INK, fontsize=size, va="bottom", fontweight="bold", **style)
        axes.text(x, place - 0.004, label.second, color=QUIET, fontsize=8.8, va="top", **style)


def _spread(wanted: list[float], gap: float) -> list[float]:
    """Falling places in [0, 1] at least a gap apart, moved as little as one pass down and one up allow."""
    places: list[float] = []
    for place in wanted:
        highest = places[-1] - gap if places else 1.0 - gap / 2
        places.append(min(place, highest))
    lowest = gap / 2
    for n in reversed(range(len(places))):
        places[n] = max(places[n], lowest)
        lowest = places[n] + gap
    return places


def _draw_scale(axes: Axes, found: Resectogram) -> None:
    from matplotlib import patheffects

    width_mm = float(found.u_mm[-1] - found.u_mm[0])
    length_mm = next((length for length in _SCALE_MM if length < 0.3 * width_mm), _SCALE_MM[-1])
    u, v = float(found.u_mm[0]) + 0.03 * width_mm, float(found.v_mm[-1]) + 0.03 * width_mm
    halo = [patheffects.withStroke(linewidth=4.5, foreground=PAPER)]
    axes.plot([u, u + length_mm], [v, v], color="white", linewidth=2.2, path_effects=halo, zorder=9)
    for end in (u, u + length_mm):
        axes.plot([end, end], [v - 0.008 * width_mm, v + 0.008 * width_mm], color="white", linewidth=2.2, zorder=9)
    # Where lengths are stretched, a bar is true on average only.
    about = "≈ " if found.distortion.extreme_percent > _ABOUT_PERCENT else ""
    axes.text(
        u + length_mm / 2, v + 0.014 * width_mm, f"{about}{length_mm:g} mm", color="white", fontsize=9,
        ha="center", va="bottom", path_effects=halo, zorder=9,
    )  # fmt: skip


def _write_letters(axes: Axes, found: Resectogram) -> None:
    from matplotlib import patheffects

    letters = found.letters
    places = (
        (0.012, 0.5, letters.left),
        (0.988, 0.5, letters.right),
        (0.5, 0.985, letters.top),
        (0.5, 0.015, letters.bottom),
    )
    for x, y, text in places:
        axes.text(x, y, text, transform=axes.transAxes, color=INK, fontsize=14, fontweight="bold", zorder=9,
                  ha="left" if x < 0.1 else "right" if x > 0.9 else "center",
                  va="top" if y > 0.9 else "bottom" if y < 0.1 else "center",
                  path_effects=[patheffects.withStroke(linewidth=3.5, foreground=PAPER)])  # fmt: skip
