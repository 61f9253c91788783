"""The flattened cut of one resection: what lies at each (u, v)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES
from engine.resection.resectogram.chart import CutChart
from engine.resection.resectogram.flattening import Distortion
from engine.resection.resectogram.view import EdgeLetters, edge_letters

BANDS_MM: Final = (1.0, 5.0, 10.0)
"""Where iso-lines of the margin are drawn: for the eye, not a verdict."""
_IN_LIVER: Final = np.isin(np.arange(256), LIVER_VALUES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resectogram:
    """A cut laid flat, seen from the resected side; arrays are (rows, columns), the first row is the top.

    Attributes:
        number: which resection of the plan, from 1.
        kind: of the resection.
        sheet: which wall of a territory, from 1, the largest first; 1 for other kinds.
        sheets: how many there are.
        chart: takes (u, v) to points and back.
        whole: whether all of the cut is shown; a spheroid deep in the liver has a part behind the viewer.
        off_cut_mm: 95 % of a territory's voxel faces lie nearer to the surface shown than that; 0 for other kinds,
            whose surface is a formula.
        u_mm: (columns,) of the pixels' centres, rising.
        v_mm: (rows,) likewise, falling.
        position_lps_mm: (rows, columns, 3) float32 point of the cut, NaN beyond what was laid flat.
        margin_mm: float32 distance to the nearest tumour voxel's centre, NaN without a tumour.
        hu: int16 trilinear Hounsfield units, -1024 outside the scan.
        structure: uint8 label value of the nearest voxel.
        on_cut: whether the cut itself is shown; False around it, where its surface is only continued.
        bounds_remnant: whether what remains begins here: in the liver and taken by no other resection.
        area_mm2: float32 area of the cut that the pixel shows, mm2.
    """

    number: int
    kind: str
    sheet: int
    sheets: int
    chart: CutChart
    whole: bool
    off_cut_mm: float
    u_mm: NDArray[np.float64]
    v_mm: NDArray[np.float64]
    position_lps_mm: NDArray[np.float32]
    margin_mm: NDArray[np.float32]
    hu: NDArray[np.int16]
    structure: NDArray[np.uint8]
    on_cut: NDArray[np.bool_]
    bounds_remnant: NDArray[np.bool_]
    area_mm2: NDArray[np.float32]

    @property
    def in_liver(self) -> NDArray[np.bool_]:
        """(rows, columns) whether the cut runs through the liver here, whatever another resection takes."""
        inside: NDArray[np.bool_] = _IN_LIVER[self.structure] & self.on_cut
        return inside

    @property
    def step_mm(self) -> float:
        """Width and height of a pixel in the picture."""
        return float(self.u_mm[1] - self.u_mm[0])

    @property
    def distortion(self) -> Distortion:
        """Of lengths in the picture."""
        return self.chart.distortion

    @property
    def letters(self) -> EdgeLetters:
        """Which side of the patient each edge faces, in the middle of the picture."""
        return edge_letters(self.chart.surface.view)

    @property
    def cut_area_mm2(self) -> float:
        """Area of the cut that bounds the remnant, mm2, by counting pixels."""
        return float(self.area_mm2[self.bounds_remnant].sum(dtype=np.float64))

    @property
    def least_margin_mm(self) -> float | None:
        """Smallest margin at a pixel that bounds the remnant; None without a tumour."""
        margins = self.margin_mm[self.bounds_remnant]
        return float(margins.min()) if margins.size and np.isfinite(margins).all() else None

    def area_nearer_mm2(self, limit_mm: float) -> float:
        """Area that bounds the remnant nearer to a tumour than the limit, mm2."""
        near = self.bounds_remnant & (self.margin_mm < limit_mm)
        return float(self.area_mm2[near].sum(dtype=np.float64))

    def as_json(self) -> dict[str, object]:
        """What the picture shows, without the pixels; lengths in mm, areas in mm2."""
        letters = self.letters
        return {
            "resection": self.number,
            "kind": self.kind,
            "sheet": self.sheet,
            "sheets": self.sheets,
            "surface_off_cut_mm": self.off_cut_mm,
            "whole_cut_shown": self.whole,
            "cut_area_mm2": self.cut_area_mm2,
            "least_margin_mm": self.least_margin_mm,
            "area_nearer_mm2": {f"{band:g}_mm": self.area_nearer_mm2(band) for band in BANDS_MM},
            "lengths_true_within": self.distortion.as_json(),
            "mm_per_pixel": self.step_mm,
            "shape": list(self.structure.shape),
            "edges": {"left": letters.left, "right": letters.right, "top": letters.top, "bottom": letters.bottom},
        }
