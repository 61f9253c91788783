"""Planes and Bezier surfaces as surfaces to lay flat: heights towards the viewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.resection.plan import SurfaceResection
from engine.resection.resectogram import kernels
from engine.resection.resectogram.cut_surface import STEP_MM, ByFormula, around
from engine.resection.resectogram.view import CutView
from engine.resection.sides import surface_heights_mm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlatCut(ByFormula):
    """A plane.

    Attributes:
        view: its origin lies in the plane.
        step_mm: between lattice points.
    """

    view: CutView
    step_mm: float = STEP_MM

    @property
    def is_flat(self) -> bool:
        """Lengths are true."""
        return True

    def reach_mm(self, corners_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Around the box."""
        return around(self.view.xy_mm(corners_lps_mm))

    def points_lps_mm(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the plane."""
        return self.view.lps_mm(xy_mm)

    def guess_uv(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """The parameters themselves."""
        return xy_mm

    def xy_mm(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """By projection."""
        return self.view.xy_mm(points_lps_mm)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurvedCut:
    """A Bezier surface with its continuation, seen along its normal.

    Attributes:
        view: of its frame's plane.
        surface: the resection.
        step_mm: between lattice points.
    """

    view: CutView
    surface: SurfaceResection
    step_mm: float = STEP_MM

    @property
    def is_flat(self) -> bool:
        """Lengths are true where the control points lie in one plane."""
        return self.surface.frame.is_flat

    def reach_mm(self, corners_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Around the box."""
        return around(self.view.xy_mm(corners_lps_mm))

    def points_lps_mm(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the surface: as high as the plane's points lie below it."""
        below_mm = surface_heights_mm(self.surface, self.view.lps_mm(xy_mm))
        return self.view.lps_mm(xy_mm, -below_mm)

    def between_lps_mm(
        self, lattice_lps_mm: NDArray[np.float64], places: NDArray[np.float64], xy_mm: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Heights between those of the lattice."""
        heights = (lattice_lps_mm - self.view.origin_lps_mm) @ self.view.viewer_lps
        # Beyond the lattice they go straight on.
        heights = np.pad(heights, 1, mode="reflect", reflect_type="odd")
        found = np.empty(len(places))
        kernels.cubic_heights(heights, np.ascontiguousarray(places), found)
        return self.view.lps_mm(xy_mm, found)

    def guess_uv(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """The parameters themselves."""
        return xy_mm

    def xy_mm(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """By projection along the normal."""
        return self.view.xy_mm(points_lps_mm)
