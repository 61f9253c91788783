"""How far the numbers of the cut itself may be off: its area, the calibre of the vessels cut, its distances.

Area. The cut ends where the liver does. Over planes that lie anyhow, a body of surface S and volume V shows a rim of
(pi / 4) (S / V) per area cut, and an outline d too wide makes cuts S / V d larger (Saltykov's relations; Baddeley and
Jensen 2005, Stereology for Statisticians). Cells of side c whose middle decides count an area with a variance of
0.0724 rim c^3 (Matheron 1965; Gundersen and Jensen 1987, J Microscopy 147:229), the voxels of side h under them with
0.0724 rim h^3. The border of a territory is measured from its steps, to `STEPS_PERCENT` (docs/measuring.md).

Calibre. A centre line's radius is that of the largest ball of voxels that fits into the vessel. Such balls are too
small for round vessels: straight tubes of 3 to 12 mm, laid anyhow on voxels of 0.8 to 5 mm, came out narrower than
they are by the working grid's step plus 0.3 of the largest side of a voxel plus 3 %, with a deviation of 0.25 mm plus
0.14 of that side (`benchmarks/intervals.py` counts how often the interval holds the true one). A tree may also come
with radii that are right. So the interval reaches down by chance alone and up by that shortfall as well.

Distance. Both ends are voxels, the organ's outer ones and the faces of the cut, each off by up to half a diagonal; the
wall of a vessel by half its calibre's interval besides.
"""

from __future__ import annotations

import math
from typing import Final

from engine.geometry import VolumeGeometry
from engine.interval import DEVIATIONS, Interval
from engine.resection.confidence.outline import COMMON, CORRELATION_MM
from engine.resection.margin.measure import FINEST_MM

STEPS_PERCENT: Final = 3.0
THICK_STEPS_PERCENT: Final = 5.0
THICK_MM: Final = 2.5
"""Borders on slices farther apart than this are measured to `THICK_STEPS_PERCENT` only."""
_RIM: Final = math.pi / 4.0
_LATTICE: Final = 0.0724
_IN_STEP: Final = 2.0
"""A rim does not lie at random on its cells: cuts of 54 mm radius through balls of voxels were off by twice what that
would give."""
_WORKING_STEP_MM: Final = (0.8, 1.0)
"""Finest and coarsest grid that centre lines are found on; between them the scan's own finest side."""
_SHORT_BY_SIDE: Final = 0.3
_SHORT_BY_CALIBRE: Final = 0.03
_SPREAD_MM: Final = 0.25
_SPREAD_BY_SIDE: Final = 0.14


class CutErrors:
    """How far the numbers of a cut through one liver may be off.

    Args:
        geometry: the scan's grid.
        liver_ml: its volume, vessels and tumours in it.
        surface_mm2: its surface.
        shift_ml: volume between its outline and the one a standard deviation within or without; 0 where unknown.
    """

    def __init__(self, geometry: VolumeGeometry, liver_ml: float, surface_mm2: float, shift_ml: float) -> None:
        sides = geometry.spacing_ijk_mm
        self._side_mm = float(sides.max())
        self._diagonal_mm = float(math.sqrt((sides**2).sum()))
        finest, coarsest = _WORKING_STEP_MM
        self._step_mm = min(max(float(sides.min()), finest), coarsest)
        self._surface_by_volume = surface_mm2 / (1000.0 * liver_ml) if liver_ml > 0.0 else 0.0
        self._shift_mm = 1000.0 * shift_ml / surface_mm2 if surface_mm2 > 0.0 else 0.0

    def area_mm2(self, area_mm2: float, *, stepped: bool) -> Interval:
        """Of the area of a cut in the liver; `stepped` where any of it is the border of a territory."""
        rim_mm = _RIM * self._surface_by_volume * area_mm2
        variance = _IN_STEP**2 * _LATTICE * rim_mm * (FINEST_MM**3 + self._side_mm**3)
        # An outline's error of d along its normal is 4 / pi of it in a plane that lies anyhow, together over 2 L.
        variance += rim_mm * 2.0 * CORRELATION_MM * (self._shift_mm / _RIM) ** 2
        variance += (COMMON * self._shift_mm * self._surface_by_volume * area_mm2) ** 2
        half = DEVIATIONS * math.sqrt(variance)
        if stepped:
            percent = THICK_STEPS_PERCENT if self._side_mm > THICK_MM else STEPS_PERCENT
            half = math.hypot(half, percent / 100.0 * area_mm2)
        return Interval(low=max(area_mm2 - half, 0.0), high=area_mm2 + half)

    def calibre_mm(self, calibre_mm: float) -> Interval:
        """Of a vessel's diameter."""
        down, up = self._calibre_reach_mm
        return Interval(low=max(calibre_mm - down, 0.0), high=(1.0 + _SHORT_BY_CALIBRE) * calibre_mm + up)

    def distance_mm(self, distance_mm: float, *, to_wall: bool) -> Interval:
        """Of the cut to an organ's outer voxels, or to a vessel's wall, a radius off its centre line."""
        down = up = self._diagonal_mm / math.sqrt(2.0)
        if to_wall:
            narrower, wider = self._calibre_reach_mm
            down, up = math.hypot(down, wider / 2.0), math.hypot(up, narrower / 2.0)
        return Interval(low=max(distance_mm - down, 0.0), high=distance_mm + up)

    @property
    def _calibre_reach_mm(self) -> tuple[float, float]:
        """By how much a calibre may be smaller and larger than it was measured."""
        chance = DEVIATIONS * (_SPREAD_MM + _SPREAD_BY_SIDE * self._side_mm)
        return chance, chance + self._step_mm + _SHORT_BY_SIDE * self._side_mm
