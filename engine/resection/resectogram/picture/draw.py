"""The figure of one or several flattened cuts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.resection.answer import NOTICE
from engine.resection.resectogram.picture.given import ResectogramPanel
from engine.resection.resectogram.picture.labels import draw_labels, named_vessels
from engine.resection.resectogram.picture.layers import (
    BANDS,
    INK,
    LIVER,
    PAPER,
    QUIET,
    SECTIONS,
    TUMOUR,
    draw_layers,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DPI: Final = 130
_MAP_IN: Final = 6.4
"""Longest side of a map, inches."""
_SIDE_IN: Final = 3.0
_HEAD_IN: Final = 0.95
_FOOT_IN: Final = 0.92


def draw_resectograms(panels: Sequence[ResectogramPanel], path: Path) -> None:
    """Writes the panels as one PNG, one below the other.

    Args:
        panels: at least one.
        path: the file.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sizes = [_map_size_in(panel) for panel in panels]
    width_in = max(width for width, _ in sizes) + 2 * _SIDE_IN
    heights_in = [height + _HEAD_IN + _FOOT_IN for _, height in sizes]
    total_in = sum(heights_in) + 0.3
    with rc_context({"hatch.linewidth": 0.55, "hatch.color": "#ffffff66", "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(width_in, total_in), dpi=_DPI, facecolor=PAPER)
        FigureCanvasAgg(figure)
        top_in = total_in
        for panel, (map_width, map_height), height_in in zip(panels, sizes, heights_in, strict=True):
            bottom_in = top_in - _HEAD_IN - map_height
            left_in = (width_in - map_width) / 2.0
            axes = figure.add_axes(
                (left_in / width_in, bottom_in / total_in, map_width / width_in, map_height / total_in)
            )
            _draw_panel(axes, panel, map_height)
            top_in -= height_in
        figure.text(0.5, 0.1 / total_in, f"{NOTICE}. Margins are distances to the centres of tumour voxels.",
                    color=QUIET, fontsize=9, ha="center", va="bottom")  # fmt: skip
        figure.savefig(path, facecolor=PAPER, metadata={"Software": "Cantlie"})


def _map_size_in(panel: ResectogramPanel) -> tuple[float, float]:
    rows, columns = panel.resectogram.structure.shape
    scale = _MAP_IN / max(rows, columns)
    return columns * scale, rows * scale


def _draw_panel(axes: Axes, panel: ResectogramPanel, height_in: float) -> None:
    found = panel.resectogram
    axes.set_facecolor(PAPER)
    draw_layers(axes, panel)
    axes.set_xlim(found.u_mm[0], found.u_mm[-1])
    axes.set_ylim(found.v_mm[-1], found.v_mm[0])
    axes.set_aspect("auto")
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    draw_labels(axes, panel, height_in)
    over = 1.0 + 0.40 / height_in
    style: dict[str, Any] = {"transform": axes.transAxes, "ha": "center", "va": "bottom"}
    axes.text(0.5, over, panel.title, color=INK, fontsize=15, fontweight="bold", **style)
    axes.text(0.5, 1.0 + 0.14 / height_in, _subtitle(panel), color=QUIET, fontsize=10, **style)
    _draw_legend(axes, panel, height_in)


def _subtitle(panel: ResectogramPanel) -> str:
    found = panel.resectogram
    parts = ["seen from the resected side", f"cut area {found.cut_area_mm2 / 100:.1f} cm²"]
    if found.least_margin_mm is not None:
        parts.append(f"nearest tumour {found.least_margin_mm:.1f} mm")
    if found.chart.surface.is_flat:
        parts.append("plane: lengths are true")
    else:
        least, most = found.distortion.shortest_percent, found.distortion.longest_percent
        parts.append(
            f"laid flat: lengths {least:+.1f} to {most:+.1f} %, areas within {found.distortion.areas_percent:.1f} %"
        )
    if not found.whole:
        parts.append("not all of the cut is shown")
    return " · ".join(parts)


def _draw_legend(axes: Axes, panel: ResectogramPanel, height_in: float) -> None:
    """Swatches of the bands with their areas, and what the lines mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    found = panel.resectogram
    handles: list[Patch | Line2D] = []
    if found.least_margin_mm is not None:
        below_mm2 = 0.0
        for band in BANDS:
            area_mm2 = found.area_nearer_mm2(band.high_mm)
            words = (
                f"under {band.high_mm:g} mm or crossed"
                if band.low_mm < 0
                else f"{band.low_mm:g} to {band.high_mm:g} mm"
            )
            handles.append(
                Patch(facecolor=band.colour, alpha=0.85, hatch=band.hatch[:3], edgecolor="#ffffff",
                      label=f"margin {words}: {(area_mm2 - below_mm2) / 100:.1f} cm²")
            )  # fmt: skip
            below_mm2 = area_mm2
    handles.append(Line2D([], [], color=LIVER, linewidth=2.0, label="edge of the liver"))
    for section in SECTIONS:
        if np.isin(found.structure, section.values).any():
            handles.append(Patch(facecolor=section.colour, edgecolor="#06101c", label=section.title))
    if panel.tumours:
        handles.append(Line2D([], [], color=TUMOUR, linewidth=2.2, label="tumour in the cut"))
        handles.append(
            Line2D([], [], color=TUMOUR, linewidth=1.5, linestyle=(0, (4, 2.5)), label="tumour before or behind it")
        )
    if (found.in_liver & ~found.bounds_remnant).any():
        handles.append(
            Patch(facecolor="#20262e", hatch="\\\\", edgecolor="#ffffff", label="taken by another resection")
        )
    hidden = len(panel.vessels) - len(named_vessels(panel))
    if hidden:
        handles.append(
            Line2D([], [], linestyle="none", label=f"and {hidden} smaller vessel{'s' if hidden > 1 else ''}")
        )
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.10 / height_in), ncols=4, frameon=False,
        labelcolor=INK, fontsize=9, handlelength=2.2, columnspacing=1.8, borderaxespad=0.0,
    )  # fmt: skip
