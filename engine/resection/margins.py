"""Margins of tumours to the cut, from voxel centres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES
from engine.geometry import VolumeGeometry
from engine.resection import kernels
from engine.resection.answer import TumourMargin, TumourStatus
from engine.resection.margin.cut_cells import box_corners_lps_mm, cut_cells, flat_grid, surface_grid
from engine.resection.margin.liver import LiverMask
from engine.resection.margin.measure import FINEST_MM, CutSurface
from engine.resection.margin.nearest import NearestPlace, nearest_on_union, nearest_place, nearest_to_plane
from engine.resection.margin.shortlist import LiverCells
from engine.resection.margin.tumour_voxels import TumourVoxels
from engine.resection.plan import TerritoryResection
from engine.resection.run_table import RunTable
from engine.resection.sides import Sides, plane_of
from engine.volume import LabelVolume

TO_PLANE: Final = "voxel centres to the infinite plane"
TO_UNION: Final = "voxel centres to the boundary of what the planes leave"
TO_CELLS: Final = "voxel centres to the surfaces of the resections, as triangles within 0.1 mm"
REACH_MM: Final = 30.0
"""How far beyond the labelled liver surfaces are looked at; no margin that matters is larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """Every tumour's margin, and the area of the cut.

    Attributes:
        tumours: one entry per tumour.
        cut_area_mm2: of the cut surface in the liver; None in previews.
    """

    tumours: tuple[TumourMargin, ...]
    cut_area_mm2: float | None


class MarginMeasurer:
    """Measures margins over one label volume.

    Args:
        labels: the label volume.
        table: its runs.
        tumours: name and label value of each tumour.
    """

    def __init__(self, labels: LabelVolume, table: RunTable, tumours: tuple[tuple[str, int], ...]) -> None:
        """Collects the tumours' outer voxels."""
        self._geometry = geometry = labels.geometry
        self._liver = LiverMask.of(labels)
        cells = LiverCells.of(self._liver)
        self._tumours = tuple(
            TumourVoxels.of_runs(name, int(np.searchsorted(table.values, value)), table.runs_of(value), geometry, cells)
            for name, value in tumours
        )
        self._cells_bytes = cells.size_bytes
        self._corners_lps_mm = _liver_corners_lps_mm(table, geometry, 0.0)
        self._wide_corners_lps_mm = _liver_corners_lps_mm(table, geometry, REACH_MM)
        axes = geometry.lps_from_ijk[:3, :3]
        signs = np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1], [1, -1, -1]])
        self._half_diagonal_mm = float(np.linalg.norm(signs @ axes.T, axis=1).max()) / 2.0

    @property
    def tumours(self) -> tuple[TumourVoxels, ...]:
        """The tumours' voxels."""
        return self._tumours

    @property
    def size_bytes(self) -> int:
        """Memory in bytes."""
        return self._liver.size_bytes + self._cells_bytes + sum(tumour.size_bytes for tumour in self._tumours)

    def measure(self, sides: Sides, remnant: NDArray[np.int64], *, details: bool) -> Margins:
        """Measures a plan.

        Args:
            sides: the plan.
            remnant: (codes,) voxels of each code that remain.
            details: whether to look for areas and the nearest point as well.
        """
        statuses = [status_of(tumour, int(remnant[tumour.code])) for tumour in self._tumours]
        surface = self._surface(sides) if details else None
        return Margins(
            tumours=tuple(
                self._margin(tumour, status, place, sides, surface)
                for tumour, status, place in zip(
                    self._tumours, statuses, self._places(sides, statuses, details=details), strict=True
                )
            ),
            cut_area_mm2=None if surface is None else surface.area_mm2,
        )

    def _surface(self, sides: Sides) -> CutSurface:
        """The cut surface in the liver."""
        if len(sides.resections) == 1:
            one = sides.resections[0]
            if isinstance(one, TerritoryResection):
                border = sides.territory_border(one)
                return CutSurface.of_steps(border.quads_lps_mm, border.normals_lps, self._liver)
            if (plane := plane_of(one)) is not None:
                return CutSurface.of_flat_grid(flat_grid(plane, self._corners_lps_mm, FINEST_MM), self._liver)
            return CutSurface.of_grid(surface_grid(one, self._corners_lps_mm, FINEST_MM), self._liver)
        cells = cut_cells(sides, self._corners_lps_mm, finest_mm=FINEST_MM)
        return CutSurface.in_liver(cells.on_union(sides), self._liver)

    def _places(self, sides: Sides, statuses: list[TumourStatus], *, details: bool) -> list[NearestPlace | None]:
        """Where the cut comes nearest to each tumour; None where that is not asked for or there is no cut.

        A plane's distance has a formula; its place is looked for with the details only. Of surfaces in a union, those
        of the parts that others take do not bound the specimen, but nothing outside is nearer to them than to the
        union itself: for a tumour left behind all count.
        """
        wanted = [details or (sides.planes is None and status != "crossed") for status in statuses]
        if not any(wanted):
            return [None] * len(statuses)
        if len(sides.resections) == 1 and (plane := plane_of(sides.resections[0])) is not None:
            return [nearest_to_plane(tumour, plane) for tumour in self._tumours]
        cells = cut_cells(sides, self._wide_corners_lps_mm)
        places: list[NearestPlace | None] = [None] * len(statuses)
        for number, (tumour, status, asked) in enumerate(zip(self._tumours, statuses, wanted, strict=True)):
            if asked and status == "remnant":
                places[number] = nearest_place(tumour, cells)
            elif asked:
                places[number] = nearest_on_union(tumour, cells, sides)
        return places

    def _margin(
        self,
        tumour: TumourVoxels,
        status: TumourStatus,
        place: NearestPlace | None,
        sides: Sides,
        surface: CutSurface | None,
    ) -> TumourMargin:
        planes = sides.planes
        if planes is not None:
            found = _distance_to_planes(tumour, status, planes, self._geometry)
        else:
            found = 0.0 if status == "crossed" else None if place is None else place.distance_mm
        single = planes is not None and len(planes) == 1
        measured = TO_CELLS if planes is None else TO_PLANE if single else TO_UNION
        area = None if surface is None else surface.facing(tumour)
        under: tuple[float | None, ...] = (None, None, None) if area is None else area.under_mm2
        return TumourMargin(
            tumour=tumour.name,
            status=status,
            minimum_mm=found,
            uncertainty_mm=_half_width_mm(planes) if single else self._half_diagonal_mm,
            measured=measured,
            nearest_lps_mm=place.point_lps_mm
            if surface is not None and place is not None and found is not None
            else None,
            fifth_percentile_mm=None if area is None else area.fifth_percentile_mm,
            under_1_mm2=under[0],
            under_5_mm2=under[1],
            under_10_mm2=under[2],
        )


def _half_width_mm(planes: NDArray[np.float64] | None) -> float:
    """How far a voxel reaches beyond its centre towards the first plane, mm."""
    assert planes is not None
    return float(np.abs(planes[0, :3]).sum()) / 2.0


def status_of(tumour: TumourVoxels, remnant_voxels: int) -> TumourStatus:
    """Wholly resected, wholly left behind, or crossed."""
    if remnant_voxels == 0:
        return "resected"
    return "remnant" if remnant_voxels == tumour.count else "crossed"


def _distance_to_planes(
    tumour: TumourVoxels, status: TumourStatus, planes: NDArray[np.float64], geometry: VolumeGeometry
) -> float | None:
    """Exact for voxel centres; None if the planes leave nothing.

    What several planes leave is a convex polytope. From inside, the distance to its boundary is that to the nearest
    plane; from outside it is the length of the projection.

    Args:
        tumour: the tumour.
        status: its side.
        planes: (m, 4) in voxel indices of the grid.
        geometry: the grid.
    """
    if status == "crossed":
        return 0.0
    if status == "remnant":
        return -kernels.extreme_height(planes, tumour.runs, True)
    if len(planes) == 1:
        return kernels.extreme_height(planes, tumour.runs, False)
    normals = planes[:, :3] @ geometry.ijk_from_lps[:3, :3]
    distance = kernels.nearest_to_remnant(planes, normals @ normals.T, tumour.runs)
    return distance if math.isfinite(distance) else None


def _liver_corners_lps_mm(table: RunTable, geometry: VolumeGeometry, wider_mm: float) -> NDArray[np.float64]:
    """(8, 3) corners of a box around the liver, or the grid without one, wider on every side."""
    runs = np.concatenate([table.runs_of(value) for value in LIVER_VALUES])
    reach = np.ceil(wider_mm / geometry.spacing_ijk_mm).astype(np.int64)
    if len(runs):
        low, high = runs[:, [0, 2, 3]].min(axis=0), runs[:, [1, 2, 3]].max(axis=0)
    else:
        low, high = np.zeros(3, dtype=np.int64), np.array(geometry.shape_kji[::-1]) - 1
    return box_corners_lps_mm(geometry, low - reach, high + reach)
