"""What a plan resects: a function of space whose sign is the side, and the voxel rows it takes of a grid."""

from __future__ import annotations

from functools import cached_property
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.plan import (
    PlaneResection,
    Resection,
    ResectionPlan,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
)
from engine.resection.plan.plane import unit_triple
from engine.resection.rows import CutRows, RowWindow, union_of
from engine.resection.rows import kernels as row_kernels
from engine.resection.surface import kernels as surface_kernels
from engine.resection.surface.raster import surface_rows
from engine.resection.territory.border import Border
from engine.resection.territory.territories import Territories
from engine.resection.wedge.sides import signed_wedge, wedge_rows
from engine.vessel_tree import VesselTrees


class Sides:
    """The sides of a plan on a grid; resected is above zero, several resections are a union.

    Args:
        plan: the plan.
        geometry: the grid of the labels.
        liver_map: needed by territories; arrays on the same grid, cropped.
        trees: needed by territories of portal branches.
        territories: of the same grid, map and trees, to remember what was asked before.

    Attributes:
        plan: the plan.
        geometry: the grid.
        resections: of the plan, its territories joined into one: a border between two of them is no cut.

    Raises:
        PlanError: a territory without the map or the trees it needs, or of a branch that is no portal branch.
    """

    def __init__(
        self,
        plan: ResectionPlan,
        geometry: VolumeGeometry,
        *,
        liver_map: LiverMap | None = None,
        trees: VesselTrees | None = None,
        territories: Territories | None = None,
    ) -> None:
        self.plan = plan
        self.geometry = geometry
        self._territories = Territories(geometry, liver_map, trees) if territories is None else territories
        named = [one for one in plan.resections if isinstance(one, TerritoryResection)]
        for one in named:
            self._territories.tables(one)
        others: list[Resection] = [one for one in plan.resections if not isinstance(one, TerritoryResection)]
        self.resections: tuple[Resection, ...] = (*others, *_joined(named))

    @cached_property
    def planes(self) -> NDArray[np.float64] | None:
        """(m, 4) `plane_coefficients` if every resection is a plane or flat: what remains is convex; else None."""
        found = tuple(plane for plane in self._planes if plane is not None)
        return coefficients_of(found, self.geometry) if len(found) == len(self.resections) else None

    @cached_property
    def _planes(self) -> tuple[PlaneResection | None, ...]:
        """The plane that each resection is, if it is one."""
        return tuple(map(plane_of, self.resections))

    def signed(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) the highest of the resections' functions at (n, 3) points; above zero is resected.

        mm for planes (signed distance), surfaces (height along their normal) and cones; without a unit for
        spheroids; +1 or -1 for territories.
        """
        return self.signed_without(None, points_lps_mm)

    def signed_without(self, number: int | None, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `signed` of all resections but one; minus infinity if there is no other."""
        points = np.asarray(points_lps_mm, dtype=np.float64).reshape(-1, 3)
        highest = np.full(len(points), -np.inf)
        for place, resection in enumerate(self.resections):
            if place != number:
                np.maximum(highest, self._signed(resection, points), out=highest)
        return highest

    def territory_border(self, territory: TerritoryResection) -> Border:
        """Between a territory of the plan and the rest of the liver."""
        return self._territories.border(territory)

    def rows(
        self,
        window: RowWindow | None = None,
        span: tuple[int, int] | None = None,
        asked: NDArray[np.int32] | None = None,
    ) -> CutRows:
        """The resected intervals of voxel rows.

        Planes, wedges and territories take exactly the voxels on their side; surfaces too, but for a voxel here and
        there where a row all but touches them, see `surface.raster`.

        Args:
            window: the rows; the whole grid without one.
            span: first i and i after the last asked for; the whole rows without one.
            asked: (slices, 2) first j and j after the last of the rows of each slice that will be looked at; all
                without.
        """
        window = RowWindow.whole(self.geometry) if window is None else window
        span = (0, self.geometry.shape_kji[2]) if span is None else span
        others = [one for one, plane in zip(self.resections, self._planes, strict=True) if plane is None]
        rows = [self._rows(one, window, span, asked) for one in others]
        if flat := tuple(plane for plane in self._planes if plane is not None):
            rows.append(plane_rows(flat, self.geometry, window, span))
        return union_of(rows)

    def _signed(self, resection: Resection, points: NDArray[np.float64]) -> NDArray[np.float64]:
        match resection:
            case PlaneResection():
                heights: NDArray[np.float64] = (points - np.array(resection.point_lps_mm)) @ resection.unit_normal_lps
                return heights
            case SurfaceResection():
                return surface_heights_mm(resection, points)
            case WedgeResection():
                return signed_wedge(resection, points)
            case TerritoryResection():
                return self._territories.signed(resection, points)
            case _:
                assert_never(resection)

    def _rows(
        self, resection: Resection, window: RowWindow, span: tuple[int, int], asked: NDArray[np.int32] | None
    ) -> CutRows:
        match resection:
            case PlaneResection():
                return plane_rows((resection,), self.geometry, window, span)
            case SurfaceResection():
                return surface_rows(resection.frame, self.geometry, window, span, asked)
            case WedgeResection():
                return wedge_rows(resection, self.geometry, window, span)
            case TerritoryResection():
                return self._territories.rows(resection, window, span)
            case _:
                assert_never(resection)


def _joined(territories: list[TerritoryResection]) -> tuple[TerritoryResection, ...]:
    """All territories as one, if there are any."""
    if not territories:
        return ()
    return (
        TerritoryResection(
            segments=tuple(value for one in territories for value in one.segments),
            portal_branches=tuple(number for one in territories for number in one.portal_branches),
        ),
    )


def plane_of(resection: Resection) -> PlaneResection | None:
    """The plane that a resection is: a plane, or a surface that lies in one; else None."""
    match resection:
        case PlaneResection():
            return resection
        case SurfaceResection() if (frame := resection.frame).is_flat:
            (x, y, z), (a, b, c) = frame.origin_lps_mm.tolist(), frame.normal_lps.tolist()
            return PlaneResection(point_lps_mm=(x, y, z), normal_lps=(a, b, c))
        case _:
            return None


def plane_coefficients(plan: ResectionPlan, geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(m, 4) rows (a_i, a_j, a_k, b): signed distance in mm of voxel (i, j, k) = a_i i + (a_j j + (a_k k + b)).

    Raises:
        PlanError: a resection is no plane.
    """
    planes = plan.planes
    if planes is None:
        raise PlanError("The plan has resections other than planes.", cure="Ask `Sides` for their rows.")
    return coefficients_of(planes, geometry)


def coefficients_of(planes: tuple[PlaneResection, ...], geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(m, 4) as `plane_coefficients`; in plain numbers, which so few are quicker in than in arrays."""
    (i_x, j_x, k_x, o_x), (i_y, j_y, k_y, o_y), (i_z, j_z, k_z, o_z), _ = geometry.lps_from_ijk.tolist()
    rows = []
    for plane in planes:
        (p_x, p_y, p_z), (x, y, z) = plane.point_lps_mm, unit_triple(plane.normal_lps)
        rows.append(
            (
                i_x * x + i_y * y + i_z * z,
                j_x * x + j_y * y + j_z * z,
                k_x * x + k_y * y + k_z * z,
                (o_x - p_x) * x + (o_y - p_y) * y + (o_z - p_z) * z,
            )
        )
    return np.array(rows).reshape(-1, 4)


def plane_rows(
    planes: tuple[PlaneResection, ...], geometry: VolumeGeometry, window: RowWindow, span: tuple[int, int]
) -> CutRows:
    """What planes take of a window's rows within a span of i."""
    pointers = np.empty(window.rows + 1, dtype=np.int32)
    starts, ends = np.empty(2 * window.rows, dtype=np.int16), np.empty(2 * window.rows, dtype=np.int16)
    box = np.array([*window, *span], dtype=np.int64)
    count = row_kernels.plane_intervals(coefficients_of(planes, geometry), box, pointers, starts, ends)
    return CutRows(
        window=window,
        columns=geometry.shape_kji[2],
        span=span,
        pointers=pointers,
        starts=starts[:count],
        ends=ends[:count],
    )


def surface_heights_mm(surface: SurfaceResection, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) height of (n, 3) points above a surface along its normal, mm: the function of `surface.frame`."""
    frame = surface.frame
    found = np.empty(len(points_lps_mm))
    coordinates = np.ascontiguousarray(frame.coordinates_mm(points_lps_mm))
    if frame.is_flat:
        return coordinates[:, 2]
    surface_kernels.heights(np.ascontiguousarray(frame.net_mm), coordinates, found)
    return found
