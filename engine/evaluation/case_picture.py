"""The picture of a case: what was predicted, what is true and where they differ, for a radiologist's eye.

Black ground, abdominal window, patient's right on the left. Reference solid, prediction dashed; missed voxels red with
rising hatching, invented ones blue with falling hatching, wrongly named ones amber with crosses: colour is never the
only cue.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, TUMOUR_VALUES
from engine.evaluation.headlines import HEADLINES
from engine.evaluation.score_case import CasePrediction, CaseReference
from engine.evaluation.segments import TITLES, segments_one_to_eight
from engine.evaluation.suite_document import NOTICE, SuiteCase
from engine.evaluation.vessels import HEPATIC_VALUES, PORTAL_VALUES, VENOUS_VALUES
from engine.evaluation.views import View, place_of_interest, views_of
from engine.volume import LabelVolume, ScanVolume

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WINDOW_HU: Final = (-110.0, 240.0)
"""Centre 65, width 350: the abdominal window."""
SLAB_WINDOW_HU: Final = (0.0, 280.0)
SLAB_MM: Final = 10.0
"""Vessels are shown to this depth on both sides of the slice: a thin slice cuts them into dots."""
SCALE_BAR_MM: Final = 50.0

MISSED: Final = "#ff5a4f"
EXTRA: Final = "#5aa9ff"
WRONG_NAME: Final = "#ffb52e"
FOUND: Final = "#d9f2d9"
_HATCH: Final = {MISSED: "#ffc9c4", EXTRA: "#d3e8ff", WRONG_NAME: "#fff0cf", FOUND: FOUND}
"""Lines of the hatching, light enough to be seen on their own fill."""
_INK: Final = "#f2f2f2"
_QUIET: Final = "#a8a8a8"

_OUTLINED: Final = (
    ("liver", "liver", LIVER_VALUES, "#ffa98a"),
    ("tumours", "tumour", TUMOUR_VALUES, "#ffe14d"),
    ("portal_vein", "portal vein", PORTAL_VALUES, "#6f9dff"),
    ("hepatic_veins", "hepatic veins", HEPATIC_VALUES, "#45dcc4"),
)
"""Structure, title, label values, line colour."""

Pixels = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureInput:
    """What a picture shows."""

    case: SuiteCase
    scan: ScanVolume
    prediction: CasePrediction
    reference: CaseReference


def draw_case(given: PictureInput, path: Path) -> None:
    """Writes the picture of a case as PNG."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    predicted, reference = given.prediction.labels, given.reference.labels
    interest = place_of_interest(reference, predicted)
    views = views_of(reference, predicted, interest)
    columns = _columns(given)
    heights = [view.shape[0] for view in views]
    width_in = 4.6 * len(columns)
    height_in = 4.6 * sum(heights) / views[0].shape[1] + 2.1
    with rc_context({"hatch.linewidth": 0.9, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(width_in, height_in), dpi=115, facecolor="black")
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(
            2, len(columns), height_ratios=heights, left=0.008, right=0.992, wspace=0.02, hspace=0.08,
            top=1.0 - 1.08 / height_in, bottom=0.72 / height_in,
        )  # fmt: skip
        for row, view in enumerate(views):
            for column, draw in enumerate(columns):
                axes = figure.add_subplot(grid[row, column])
                draw(axes, given, view)
                _frame(axes, view, first=column == 0)
        _write_head(figure, given, interest.what, height_in)
        _write_legend(figure, given, columns, height_in)
        figure.savefig(path, facecolor="black", metadata={"Software": "Cantlie"})


def _columns(given: PictureInput) -> list[Any]:
    columns: list[Any] = [_draw_outlines]
    if given.reference.declared & {"liver", "tumours"}:
        columns.append(_draw_tissue_errors)
    if given.reference.declared & {"portal_vein", "hepatic_veins"}:
        columns.append(_draw_vessel_errors)
    if given.reference.couinaud is not None and given.prediction.liver_map is not None:
        columns.append(_draw_segments)
    return columns


def _draw_outlines(axes: Axes, given: PictureInput, view: View) -> None:
    _show_scan(axes, given.scan, view)
    predicted, reference = (_at(side, view) for side in (given.prediction.labels, given.reference.labels))
    for name, _, values, colour in _OUTLINED:
        if name in given.reference.declared:
            _outline(axes, np.isin(reference, values), colour, "solid")
        _outline(axes, np.isin(predicted, values), colour, "dashed")
    _title(axes, view, "Outlines: reference solid, prediction dashed")


def _draw_tissue_errors(axes: Axes, given: PictureInput, view: View) -> None:
    _show_scan(axes, given.scan, view, brightness=0.75)
    predicted, reference = (_at(side, view) for side in (given.prediction.labels, given.reference.labels))
    for name, _, values, colour in _OUTLINED[:2]:
        if name not in given.reference.declared:
            continue
        ours, theirs = np.isin(predicted, values), np.isin(reference, values)
        _fill(axes, theirs & ~ours, MISSED, "////")
        _fill(axes, ours & ~theirs, EXTRA, "\\\\\\\\")
        _outline(axes, theirs, colour, "solid")
    _title(axes, view, "Errors: liver and tumours")


def _draw_vessel_errors(axes: Axes, given: PictureInput, view: View) -> None:
    """Vessels of a slab, seen through: the brightest voxel of the scan, and what most vessel voxels on the way are."""
    depth_mm = max(1.0, float(given.scan.geometry.spacing_ijk_mm.min()))
    offsets = np.arange(-SLAB_MM, SLAB_MM + 1e-6, depth_mm).tolist()
    slab = np.max([_hu_at(given.scan, view, offset) for offset in offsets], axis=0)
    _show(axes, slab, brightness=0.8, window_hu=SLAB_WINDOW_HU)
    votes = np.zeros((4, *view.shape), dtype=np.int32)  # found, extra, missed, wrong name
    liver = np.zeros(view.shape, dtype=bool)
    for offset in offsets:
        predicted, reference = (_at(side, view, offset) for side in (given.prediction.labels, given.reference.labels))
        inside = np.isin(reference, LIVER_VALUES)
        liver |= inside
        ours, theirs = _trees(predicted, inside), _trees(reference, inside)
        votes[0] += (ours > 0) & (ours == theirs)
        votes[1] += (ours > 0) & (theirs == 0)
        votes[2] += (theirs > 0) & (ours == 0)
        votes[3] += (ours > 0) & (theirs > 0) & (ours != theirs)
    seen, most = votes.any(axis=0), votes.argmax(axis=0)
    for kind, (colour, hatch) in enumerate(
        ((FOUND, ""), (EXTRA, "\\\\\\\\"), (MISSED, "//////"), (WRONG_NAME, "xxxxxx"))
    ):
        _fill(axes, seen & (most == kind), colour, hatch)
    _outline(axes, liver, _OUTLINED[0][3], "solid", width=0.7)
    _title(axes, view, f"Errors: vessels in the liver, {2 * SLAB_MM:.0f} mm slab")


def _draw_segments(axes: Axes, given: PictureInput, view: View) -> None:
    assert given.prediction.liver_map is not None and given.reference.couinaud is not None
    geometry = given.scan.geometry
    _show_scan(axes, given.scan, view, brightness=0.6)
    named = segments_one_to_eight(given.prediction.liver_map, geometry.shape_kji)
    ours, theirs = (view.sample(side, geometry, smooth=False) for side in (named, given.reference.couinaud))
    _fill(axes, (ours > 0) & (theirs > 0) & (ours != theirs), WRONG_NAME, "xxx")
    for number, title in enumerate(TITLES, start=1):
        _outline(axes, theirs == number, "#ffffff", "solid", width=1.2)
        _outline(axes, ours == number, "#d58bff", "dashed", width=1.2)
        rows, columns = np.nonzero(theirs == number)
        if rows.size > 150:
            nearest = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
            axes.text(
                columns[nearest], rows[nearest], title, color="white", fontsize=11, ha="center", va="center",
                fontweight="bold",
            )  # fmt: skip
    _title(axes, view, "Couinaud segments: crosses where they differ")


def _trees(labels: NDArray[Any], inside: Pixels) -> NDArray[np.uint8]:
    """1 portal, 2 draining, 0 neither; the vena cava only counts as a name, not as a vessel of the liver."""
    trees = np.zeros(labels.shape, dtype=np.uint8)
    trees[np.isin(labels, PORTAL_VALUES)] = 1
    trees[np.isin(labels, VENOUS_VALUES)] = 2
    trees[~inside] = 0
    return trees


def _at(labels: LabelVolume, view: View, offset_mm: float = 0.0) -> NDArray[Any]:
    return view.sample(labels.labels, labels.geometry, smooth=False, offset_mm=offset_mm)


def _hu_at(scan: ScanVolume, view: View, offset_mm: float = 0.0) -> NDArray[Any]:
    return view.sample(scan.voxels_hu, scan.geometry, smooth=True, offset_mm=offset_mm)


def _show_scan(axes: Axes, scan: ScanVolume, view: View, *, brightness: float = 1.0) -> None:
    _show(axes, _hu_at(scan, view), brightness=brightness)


def _show(axes: Axes, hu: NDArray[Any], *, brightness: float, window_hu: tuple[float, float] = WINDOW_HU) -> None:
    low, high = window_hu
    grey = np.clip((hu - low) / (high - low), 0.0, 1.0) * brightness
    axes.imshow(grey, cmap="gray", vmin=0.0, vmax=1.0, interpolation="bilinear")


def _outline(axes: Axes, mask: Pixels, colour: str, style: str, *, width: float = 1.5) -> None:
    if mask.any() and not mask.all():
        dashes = "solid" if style == "solid" else (0, (3.2, 1.8))
        axes.contour(mask.astype(float), levels=[0.5], colors=[colour], linewidths=width, linestyles=[dashes])


def _fill(axes: Axes, mask: Pixels, colour: str, hatch: str) -> None:
    if not mask.any():
        return
    drawn = axes.contourf(mask.astype(float), levels=[0.5, 1.5], colors=[f"{colour}88"], hatches=[hatch])
    drawn.set_edgecolor(_HATCH[colour])
    drawn.set_linewidth(0.0)
    axes.contour(mask.astype(float), levels=[0.5], colors=[colour], linewidths=0.6)


def _title(axes: Axes, view: View, text: str) -> None:
    axes.text(
        0.5, 1.012, f"{view.name.capitalize()} · {text}", transform=axes.transAxes, color=_INK, fontsize=9.5,
        ha="center", va="bottom",
    )  # fmt: skip


def _frame(axes: Axes, view: View, *, first: bool) -> None:
    """Patient letters on the four sides and, on the first picture of a row, a scale bar."""
    right, left, top, bottom = view.sides
    for x, y, letter in ((0.015, 0.5, right), (0.985, 0.5, left), (0.5, 0.962, top), (0.5, 0.02, bottom)):
        axes.text(
            x, y, letter, transform=axes.transAxes, color=_INK, fontsize=11, fontweight="bold",
            ha="left" if x < 0.1 else "right" if x > 0.9 else "center", va="bottom" if y < 0.1 else "center",
        )  # fmt: skip
    if first:
        rows, columns = view.shape
        length = SCALE_BAR_MM / view.pixel_mm
        start, height = columns * 0.96 - length, rows * 0.96
        axes.plot([start, start + length], [height, height], color=_INK, linewidth=2.5, solid_capstyle="butt")
        axes.text(start + length / 2, height - rows * 0.015, "5 cm", color=_INK, fontsize=9, ha="center", va="bottom")
    axes.set_xlim(-0.5, view.shape[1] - 0.5)
    axes.set_ylim(view.shape[0] - 0.5, -0.5)
    axes.set_aspect("equal")
    axes.axis("off")


def _write_head(figure: Figure, given: PictureInput, what: str, height_in: float) -> None:
    figure.text(
        0.012, 1.0 - 0.13 / height_in, f"{given.case.name}: through {what}", color=_INK, fontsize=14, va="top",
        fontweight="bold",
    )  # fmt: skip
    parts = []
    for headline in HEADLINES:
        value = headline.of(given.case)
        if value is not None:
            group = "Couinaud" if headline.group == "Segments" else headline.group.split()[0].lower()
            title = "agreement" if headline.group == "Segments" else headline.title
            parts.append(f"{group} {title} {headline.text(value)}")
    half = (len(parts) + 1) // 2
    figure.text(
        0.012, 1.0 - 0.48 / height_in, "   ".join(parts[:half]) + "\n" + "   ".join(parts[half:]), color=_QUIET,
        fontsize=8.5, va="top", linespacing=1.35,
    )  # fmt: skip


def _write_legend(figure: Figure, given: PictureInput, columns: list[Any], height_in: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    lines: list[Any] = [Line2D([], [], color=colour, label=title) for _, title, _, colour in _OUTLINED]
    lines += [
        Line2D([], [], color=_INK, label="reference"),
        Line2D([], [], color=_INK, linestyle=(0, (3.2, 1.8)), label="prediction"),
        Patch(facecolor=MISSED + "80", edgecolor=_HATCH[MISSED], hatch="////", label="missed (reference only)"),
        Patch(facecolor=EXTRA + "80", edgecolor=_HATCH[EXTRA], hatch="\\\\\\\\", label="extra (prediction only)"),
    ]
    if _draw_vessel_errors in columns or _draw_segments in columns:
        lines.append(Patch(facecolor=WRONG_NAME + "80", edgecolor=_HATCH[WRONG_NAME], hatch="xxxx", label="wrong name"))
    if _draw_vessel_errors in columns:
        lines.append(Patch(facecolor=FOUND + "80", edgecolor=FOUND, label="vessel found"))
    figure.legend(
        handles=lines, loc="lower left", ncols=len(lines) if len(columns) > 2 else 5, frameon=False, labelcolor=_INK,
        fontsize=8.5, bbox_to_anchor=(0.004, 0.2 / height_in), handlelength=2.4, columnspacing=1.4,
    )  # fmt: skip
    spacing = " x ".join(f"{step:.2g}" for step in given.scan.geometry.spacing_ijk_mm)
    figure.text(
        0.012, 0.08 / height_in, f"{NOTICE}. Window {WINDOW_HU[0]:.0f} to {WINDOW_HU[1]:.0f} HU; voxels {spacing} mm.",
        color=_QUIET, fontsize=8.5, va="bottom",
    )  # fmt: skip
