"""A surface to lay flat, as points over a plane of parameters (x, y) in mm.

Planes, Bezier surfaces and cones are heights towards the viewer; a spheroid is seen from its inside, its parameters
run from the deepest pole along great circles (azimuthal equidistant).
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.resection.resectogram.view import CutView

STEP_MM: Final = 6.0
"""Between the points of a lattice, unless the surface is too small for it."""


class CutSurface(Protocol):
    """A surface to lay flat."""

    @property
    def view(self) -> CutView:
        """How it is looked at."""
        ...

    @property
    def step_mm(self) -> float:
        """Between the lattice points that show it."""
        ...

    @property
    def is_flat(self) -> bool:
        """Whether x, y are lengths on the surface already."""
        ...

    def reach_mm(self, corners_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(2, 2) lowest and highest x, y of what may lie in a box with these (8, 3) corners."""
        ...

    def points_lps_mm(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) points of (n, 2) parameters."""
        ...

    def between_lps_mm(
        self, lattice_lps_mm: NDArray[np.float64], places: NDArray[np.float64], xy_mm: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(n, 3) points at (n, 2) lattice coordinates (row, column), which are the parameters `xy_mm`.

        Where the formula is slow, from the (rows, columns, 3) lattice; good to a few hundredths of a millimetre.
        """
        ...

    def guess_uv(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 2) a first guess of where (..., 2) parameters lie in the picture: true in areas where that is easy."""
        ...

    def xy_mm(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) parameters of (n, 3) points on the surface."""
        ...


class ByFormula:
    """What surfaces with a quick formula share."""

    __slots__ = ()

    def points_lps_mm(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of the formula."""
        raise NotImplementedError

    def between_lps_mm(
        self,
        lattice_lps_mm: NDArray[np.float64],  # noqa: ARG002
        places: NDArray[np.float64],  # noqa: ARG002
        xy_mm: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """By the formula."""
        return self.points_lps_mm(xy_mm)


def around(xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 2) lowest and highest x, y of (n, 2) places."""
    return np.stack([xy_mm.min(axis=0), xy_mm.max(axis=0)])
