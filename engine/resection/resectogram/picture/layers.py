"""What lies at each place of a flattened cut, drawn layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import (
    GALLBLADDER,
    HEPATIC_VEINS,
    HEPATIC_VEINS_EXTRAHEPATIC,
    INFERIOR_VENA_CAVA,
    PORTAL_VEIN,
    PORTAL_VEIN_EXTRAHEPATIC,
    TUMOUR_VALUES,
)
from engine.resection.resectogram.picture.given import ResectogramPanel
from engine.resection.resectogram.resectogram import BANDS_MM, Resectogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK: Final = "#f2f4f7"
QUIET: Final = "#a9b4c0"
PAPER: Final = "#0c1016"
LIVER: Final = "#f0c9a4"
PORTAL: Final = "#5b9bff"
HEPATIC: Final = "#3fd8c6"
TUMOUR: Final = "#ffe14d"

_WINDOW_HU: Final = (-60.0, 220.0)
_SMOOTH_MM: Final = 0.7
_LABELLED_MM: Final = 25.0
"""Shorter iso-lines bear no label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A range of margins: colour, hatch and line differ, so that colour alone says nothing.

    Attributes:
        low_mm: from.
        high_mm: to; its iso-line is drawn.
        colour: of the band.
        opacity: over the CT.
        hatch: matplotlib's.
        line: dash pattern of the iso-line at `high_mm`.
    """

    low_mm: float
    high_mm: float
    colour: str
    opacity: float
    hatch: str
    line: Any


BANDS: Final = (
    Band(low_mm=-1.0, high_mm=BANDS_MM[0], colour="#e0245e", opacity=0.62, hatch="xxxx", line="solid"),
    Band(low_mm=BANDS_MM[0], high_mm=BANDS_MM[1], colour="#f08a24", opacity=0.46, hatch="////", line=(0, (5, 2))),
    Band(low_mm=BANDS_MM[1], high_mm=BANDS_MM[2], colour="#f7e08a", opacity=0.30, hatch="...", line=(0, (1, 1.6))),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A structure whose cross-section is filled.

    Attributes:
        title: in the legend; the signs are those of the markers.
        values: its label values.
        colour: of the fill.
    """

    title: str
    values: tuple[int, ...]
    colour: str


SECTIONS: Final = (
    Section(title="portal vein ●", values=(PORTAL_VEIN, PORTAL_VEIN_EXTRAHEPATIC), colour=PORTAL),
    Section(title="hepatic vein ◆", values=(HEPATIC_VEINS, HEPATIC_VEINS_EXTRAHEPATIC), colour=HEPATIC),
    Section(title="vena cava", values=(INFERIOR_VENA_CAVA,), colour="#2b8fa8"),
    Section(title="gallbladder", values=(GALLBLADDER,), colour="#7fbf5e"),
)


def draw_layers(axes: Axes, panel: ResectogramPanel) -> None:
    """CT, margin bands, vessels, tumours and the liver's outline."""
    found = panel.resectogram
    axes.imshow(_background(found), extent=_extent(found), interpolation="bilinear", zorder=0)
    _draw_taken(axes, found)
    _draw_bands(axes, found)
    for section in SECTIONS:
        _draw_section(axes, found, np.isin(found.structure, section.values), section.colour)
    for tumour in panel.tumours:
        _draw_shadow(axes, found, tumour.shadow)
    _draw_tumour_sections(axes, found)
    outline = smoothed(found.in_liver, found.step_mm, _SMOOTH_MM)
    _contour(axes, found, outline, [0.5], colors=PAPER, linewidths=4.0, zorder=5)
    _contour(axes, found, outline, [0.5], colors=LIVER, linewidths=2.0, zorder=5)


def smoothed(mask: NDArray[np.bool_], step_mm: float, sigma_mm: float) -> NDArray[np.float32]:
    """(rows, columns) 0 to 1: takes the voxels' stairs out of an outline at 0.5."""
    from scipy.ndimage import gaussian_filter

    soft: NDArray[np.float32] = gaussian_filter(mask.astype(np.float32), sigma_mm / step_mm, mode="constant")
    return soft


def _extent(found: Resectogram) -> tuple[float, float, float, float]:
    half = found.step_mm / 2.0
    return (found.u_mm[0] - half, found.u_mm[-1] + half, found.v_mm[-1] - half, found.v_mm[0] + half)


def _background(found: Resectogram) -> NDArray[np.float64]:
    """(rows, columns, 3) the CT: bright in the liver, faint around, paper where nothing was laid flat."""
    low, high = _WINDOW_HU
    grey = np.clip((found.hu.astype(np.float64) - low) / (high - low), 0.0, 1.0)
    inside = smoothed(found.in_liver, found.step_mm, _SMOOTH_MM)
    shade = grey * (0.30 + 0.62 * inside)
    known = np.isfinite(found.position_lps_mm[..., 0])
    fade = _faded_rim(known, found.step_mm) * np.maximum(inside, 0.72)
    paper = np.array([int(PAPER[at : at + 2], 16) / 255.0 for at in (1, 3, 5)])
    picture: NDArray[np.float64] = paper + fade[..., None] * (np.repeat(shade[..., None], 3, axis=2) - paper)
    return picture


def _faded_rim(known: NDArray[np.bool_], step_mm: float) -> NDArray[np.float64]:
    """1 inside, falling to 0 over the outer 6 mm, so that the context ends softly."""
    import edt

    rim = edt.edt(np.pad(known, 1), anisotropy=(step_mm, step_mm))[1:-1, 1:-1]
    faded: NDArray[np.float64] = np.clip(rim / 6.0, 0.0, 1.0).astype(np.float64)
    return faded


def _draw_taken(axes: Axes, found: Resectogram) -> None:
    """What another resection takes is no edge of the remnant: darkened and hatched."""
    taken = smoothed(found.in_liver & ~found.bounds_remnant, found.step_mm, 0.4)
    if taken.max() < 0.5:
        return
    filled = {"levels": [0.5, 2.0], "zorder": 1}
    axes.contourf(found.u_mm, found.v_mm, taken, colors=["#0c1016"], alpha=0.62, **filled)
    axes.contourf(found.u_mm, found.v_mm, taken, colors="none", hatches=["\\\\"], **filled)


def _draw_bands(axes: Axes, found: Resectogram) -> None:
    if not np.isfinite(found.margin_mm[found.bounds_remnant]).all():
        return
    from scipy.ndimage import gaussian_filter

    # Where nothing bounds the remnant there is no margin; the mask is a little larger than the outline's line.
    shown = smoothed(found.bounds_remnant, found.step_mm, 0.4) > 0.4
    margin = gaussian_filter(np.nan_to_num(found.margin_mm, nan=1e3), 0.5 / found.step_mm)
    margin = np.ma.masked_where(~shown, margin)
    for band in BANDS:
        if not (margin < band.high_mm).any():
            continue
        levels = [band.low_mm, band.high_mm]
        axes.contourf(found.u_mm, found.v_mm, margin, levels=levels, colors=[band.colour], alpha=band.opacity, zorder=2)
        hatch = axes.contourf(
            found.u_mm, found.v_mm, margin, levels=levels, colors="none", hatches=[band.hatch], zorder=2
        )
        hatch.set_edgecolor(band.colour)
        hatch.set_linewidth(0.0)
    for band in BANDS:
        if margin.min() < band.high_mm < margin.max():
            _draw_iso_line(axes, found, margin, band)


def _draw_iso_line(axes: Axes, found: Resectogram, margin: Any, band: Band) -> None:
    from matplotlib import patheffects

    line = axes.contour(
        found.u_mm, found.v_mm, margin, [band.high_mm], colors="white", linewidths=1.5, linestyles=[band.line], zorder=3
    )
    places = _label_places(line.allsegs[0])
    if not places:
        return
    texts = axes.clabel(line, fmt=f"{band.high_mm:g} mm", fontsize=8.5, inline=True, inline_spacing=3, manual=places)
    for text in texts:
        text.set(fontweight="bold", path_effects=[patheffects.withStroke(linewidth=2.4, foreground=PAPER)])


def _label_places(segments: list[NDArray[np.float64]]) -> list[tuple[float, float]]:
    """The lowest point of every line that is long enough for a label."""
    places = []
    for segment in segments:
        if np.linalg.norm(np.diff(segment, axis=0), axis=1).sum() >= _LABELLED_MM:
            # Not at an end, where the line runs into the liver's edge.
            inner = segment[len(segment) // 5 : -len(segment) // 5 or None]
            u, v = inner[np.argmin(inner[:, 1])]
            places.append((float(u), float(v)))
    return places


def _draw_section(axes: Axes, found: Resectogram, mask: NDArray[np.bool_], colour: str) -> None:
    soft = smoothed(mask, found.step_mm, 0.45)
    if soft.max() < 0.5:
        return
    axes.contourf(found.u_mm, found.v_mm, soft, levels=[0.5, 2.0], colors=[colour], alpha=0.8, zorder=4)
    _contour(axes, found, soft, [0.5], colors="#06101c", linewidths=1.1, zorder=4)


def _draw_tumour_sections(axes: Axes, found: Resectogram) -> None:
    mask = np.isin(found.structure, TUMOUR_VALUES)
    soft = smoothed(mask, found.step_mm, 0.6)
    if soft.max() < 0.5:
        return
    axes.contourf(found.u_mm, found.v_mm, soft, levels=[0.5, 2.0], colors=["#3a0b18"], alpha=0.55, zorder=3)
    _contour(axes, found, soft, [0.5], colors=TUMOUR, linewidths=2.4, zorder=5)


def _draw_shadow(axes: Axes, found: Resectogram, shadow: NDArray[np.bool_]) -> None:
    soft = smoothed(shadow, found.step_mm, 1.0)
    _contour(axes, found, soft, [0.5], colors=PAPER, linewidths=3.2, zorder=4)
    _contour(axes, found, soft, [0.5], colors=TUMOUR, linewidths=1.6, linestyles=[(0, (4, 2.5))], zorder=4)


def _contour(axes: Axes, found: Resectogram, values: NDArray[np.float32], levels: list[float], **style: Any) -> None:
    if values.min() < levels[0] < values.max():
        axes.contour(found.u_mm, found.v_mm, values, levels, **style)
