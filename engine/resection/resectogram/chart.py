"""The map between a cut and its flat picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.resection.resectogram import kernels
from engine.resection.resectogram.cut_surface import CutSurface
from engine.resection.resectogram.flattening import Distortion


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutChart:
    """Takes points of a cut to (u, v) in mm and back; u grows to the right of the picture, v upwards.

    Between the points of its lattice (u, v) is linear over the surface's parameters, so both ways fit exactly.

    Attributes:
        surface: what was laid flat.
        first_xy_mm: (2,) parameters of lattice point (0, 0).
        lattice_mm: between lattice points, in the parameters.
        uv_mm: (rows, columns, 2) the lattice in the picture; columns along x, rows along y.
        distortion: of lengths.
    """

    surface: CutSurface
    first_xy_mm: NDArray[np.float64]
    lattice_mm: float
    uv_mm: NDArray[np.float64]
    distortion: Distortion

    def lps_from_uv(self, uv_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) LPS mm of (n, 2) places in the picture; NaN beyond what was laid flat."""
        uv = np.ascontiguousarray(uv_mm, dtype=np.float64).reshape(-1, 2)
        if self.surface.is_flat:
            return self.surface.points_lps_mm(uv)
        places = np.empty_like(uv)
        kernels.find_places(self.uv_mm, uv, places)
        return self.lps_from_places(places)

    def uv_from_lps(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) places in the picture of (n, 3) points; those off the cut are seen along its normal.

        NaN beyond what was laid flat.
        """
        points = np.asarray(points_lps_mm, dtype=np.float64).reshape(-1, 3)
        xy = self.surface.xy_mm(points)
        if self.surface.is_flat:
            return xy
        # Columns lie along x, rows along y.
        places = np.ascontiguousarray(((xy - self.first_xy_mm) / self.lattice_mm)[:, ::-1])
        found = np.empty_like(places)
        kernels.places_to_uv(self.uv_mm, places, found)
        return found

    def lps_from_places(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) LPS mm of (n, 2) lattice coordinates (row, column); NaN for NaN."""
        found = np.full((len(places), 3), np.nan)
        known = np.isfinite(places[:, 0])
        found[known] = self.surface.points_lps_mm(places[known, ::-1] * self.lattice_mm + self.first_xy_mm)
        return found
