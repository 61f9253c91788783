"""Makes resectograms of a case's plans; quick enough to follow a hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, TUMOUR_VALUES
from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.plan import Resection, ResectionPlan, SurfaceResection, TerritoryResection
from engine.resection.resectogram import kernels
from engine.resection.resectogram.border_cut import BorderCut, wall_surface
from engine.resection.resectogram.border_sheets import sheets_of
from engine.resection.resectogram.chart import CutChart
from engine.resection.resectogram.cut_surface import STEP_MM, CutSurface
from engine.resection.resectogram.flattening import UNDISTORTED, flatten_lattice
from engine.resection.resectogram.of_resection import cut_surface_of
from engine.resection.resectogram.pixels import pixel_areas, pixels_over
from engine.resection.resectogram.resectogram import Resectogram
from engine.resection.resectogram.tumour_distance import TumourDistance
from engine.resection.sides import Sides
from engine.resection.territory.territories import Territories
from engine.sentences import say
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume, ScanVolume, box_of

LIVE_PIXELS: Final = 128
CONTEXT_MM: Final = 10.0
"""Shown around the liver."""
_FINER: Final = (1.0, 1.0 / 3.0)
"""Lattice steps tried, as parts of the surface's own: a cut of a few millimetres falls between coarse points."""
_IN_LIVER: Final = np.isin(np.arange(256), LIVER_VALUES)


class ResectogramMaker:
    """Holds what resectograms of a case read; thread-safe, its kernels release the GIL.

    Args:
        labels: the label volume on the scan's own grid.
        scan: the CT.
        liver_map: needed where a resection of a plan is a territory.
        trees: likewise, of portal branches.

    Raises:
        PlanError: there is no liver to cut.
    """

    def __init__(
        self,
        labels: LabelVolume,
        scan: ScanVolume,
        *,
        liver_map: LiverMap | None = None,
        trees: VesselTrees | None = None,
    ) -> None:
        """Measures the distance to tumours."""
        box = box_of(labels.mask_of(LIVER_VALUES))
        if box is None:
            raise PlanError("The case has no liver.", cure="Prepare it with labels that have one.")
        self._geometry = labels.geometry
        self._labels = _plain(labels.labels)
        self._voxels_hu = _plain(scan.voxels_hu)
        self._territories = Territories(labels.geometry, liver_map, trees)
        rim = (CONTEXT_MM + 2.0 * STEP_MM) / labels.geometry.spacing_ijk_mm
        corners = [[side.start - 0.5 - r, side.stop - 0.5 + r] for side, r in zip(reversed(box), rim, strict=True)]
        self._corners_lps_mm = labels.geometry.lps_from_index(np.stack(np.meshgrid(*corners), axis=-1).reshape(-1, 3))
        self._centre_lps_mm = self._corners_lps_mm.mean(axis=0)
        self._tumours = TumourDistance.of(labels)

    @property
    def size_bytes(self) -> int:
        """Memory of what this holds beside scan and labels."""
        return 0 if self._tumours is None else self._tumours.size_bytes

    def make_all(
        self, plan: ResectionPlan, number: int, *, pixels: int = LIVE_PIXELS, finest_mm: float = 0.25
    ) -> tuple[Resectogram, ...]:
        """The flattened cut of one resection: one picture, or one of every wall of a territory, the largest first.

        Args:
            plan: the plan.
            number: which of its resections, from 1.
            pixels: along the longer side.
            finest_mm: a small cut gets fewer pixels than that, none smaller than this.

        Raises:
            PlanError: the resection does not cut the liver, or one of the plan needs a map that the case does not
                have.
        """
        resection = plan.resections[number - 1]
        if isinstance(resection, TerritoryResection):
            surfaces: tuple[CutSurface, ...] = self._walls(resection, number)
        else:
            surfaces = (cut_surface_of(resection, self._centre_lps_mm),)
        return tuple(
            self._laid(surface, plan, (number, place, len(surfaces)), pixels=pixels, finest_mm=finest_mm)
            for place, surface in enumerate(surfaces, start=1)
        )

    def make(
        self, plan: ResectionPlan, number: int, *, pixels: int = LIVE_PIXELS, finest_mm: float = 0.25
    ) -> Resectogram:
        """As `make_all`, the first alone: of a territory its largest wall."""
        return self.make_all(plan, number, pixels=pixels, finest_mm=finest_mm)[0]

    def _walls(self, territory: TerritoryResection, number: int) -> tuple[BorderCut, ...]:
        """The walls of a territory's own border.

        Raises:
            PlanError: it has none, or needs a map that the case does not have.
        """
        self._territories.tables(territory)
        sheets = sheets_of(self._territories.border(territory), self._geometry)
        if not sheets:
            raise PlanError(
                say("cut_takes_all", number),
            )
        return tuple(wall_surface(sheet, self._geometry, CONTEXT_MM) for sheet in sheets)

    def _laid(
        self, surface: CutSurface, plan: ResectionPlan, which: tuple[int, int, int], *, pixels: int, finest_mm: float
    ) -> Resectogram:
        """One surface laid flat; `which` is the resection, which of its sheets, and of how many."""
        number, place, places_in_all = which
        sheet = self._sheet(surface, number)
        chart, areas = _laid_flat(surface, sheet)
        u, v, step_mm = pixels_over(chart.uv_mm, pixels, finest_mm)
        shape = (len(v), len(u))
        grid = np.empty((*shape, 2))
        kernels.fill_pixels(chart.uv_mm, float(u[0]), float(v[0]), step_mm, grid)
        places = grid.reshape(-1, 2)
        points = _points(surface, sheet, places)
        structure, hu = self._sampled(points)
        wall = surface if isinstance(surface, BorderCut) else None
        on_cut = np.isfinite(points[:, 0]) if wall is None else wall.covers(points)
        bounds = _IN_LIVER[structure] & on_cut
        others = tuple(one for n, one in enumerate(plan.resections, start=1) if n != number)
        if others:
            looked_at = points[bounds] if wall is None else wall.behind(points[bounds])
            bounds[bounds] = ~self._taken(others, looked_at)
        return Resectogram(
            number=number,
            kind=str(plan.resections[number - 1].as_json()["kind"]),
            sheet=place,
            sheets=places_in_all,
            chart=chart,
            whole=sheet.whole or wall is not None,
            off_cut_mm=0.0 if wall is None else wall.off_mm,
            u_mm=u,
            v_mm=v,
            position_lps_mm=points.astype(np.float32).reshape(*shape, 3),
            margin_mm=self._margins(points).reshape(shape),
            hu=hu.reshape(shape),
            structure=structure.reshape(shape),
            on_cut=on_cut.reshape(shape),
            bounds_remnant=bounds.reshape(shape),
            area_mm2=pixel_areas(None if surface.is_flat else areas, places, step_mm).reshape(shape),
        )

    def _sheet(self, surface: CutSurface, number: int) -> _Sheet:
        """The lattice over what of the surface lies in the liver.

        Raises:
            PlanError: nothing of it does.
        """
        low, high = surface.reach_mm(self._corners_lps_mm)
        for part in _FINER:
            step_mm = surface.step_mm * part
            columns, rows = (np.arange(a, b + step_mm, step_mm) for a, b in zip(low, high, strict=True))
            if len(columns) < 2 or len(rows) < 2:
                continue
            xy = np.stack(np.meshgrid(columns, rows), axis=-1)
            points = _points_to_and_fro(surface, xy)
            labels = np.empty(len(points), dtype=np.uint8)
            kernels.sample_labels(points, self._geometry.ijk_from_lps, self._labels, labels)
            inside = _IN_LIVER[labels].reshape(xy.shape[:2])
            if isinstance(surface, BorderCut):
                inside &= surface.covers(points).reshape(xy.shape[:2])
            if inside.any():
                return _cropped(xy, points.reshape(*xy.shape[:2], 3), inside, step_mm)
        raise PlanError(say("cut_misses", number))

    def _sampled(self, points_lps_mm: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        labels = np.empty(len(points_lps_mm), dtype=np.uint8)
        hu = np.empty(len(points_lps_mm), dtype=np.int16)
        kernels.sample_volumes(points_lps_mm, self._geometry.ijk_from_lps, self._labels, self._voxels_hu, labels, hu)
        return labels, hu

    def _margins(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float32]:
        if self._tumours is None:
            return np.full(len(points_lps_mm), np.nan, dtype=np.float32)
        return self._tumours.at_mm(points_lps_mm)

    def _taken(self, resections: tuple[Resection, ...], points_lps_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        sides = Sides(ResectionPlan(resections=resections), self._geometry, territories=self._territories)
        taken: NDArray[np.bool_] = sides.signed(points_lps_mm) > 0.0
        return taken


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sheet:
    """A lattice over the part of a cut that lies in the liver, and around it.

    Attributes:
        xy_mm: (rows, columns, 2) parameters.
        points_lps_mm: (rows, columns, 3).
        cells: (rows - 1, columns - 1) which cells touch the liver.
        step_mm: between neighbours, in the parameters.
        whole: whether the liver ends within the lattice everywhere.
    """

    xy_mm: NDArray[np.float64]
    points_lps_mm: NDArray[np.float64]
    cells: NDArray[np.bool_]
    step_mm: float
    whole: bool


def _points_to_and_fro(surface: CutSurface, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(rows * columns, 3) points of a lattice, found row by row to and fro: each is the first guess for the next."""
    order = xy_mm.copy()
    order[1::2] = order[1::2, ::-1]
    points = surface.points_lps_mm(order.reshape(-1, 2)).reshape(*xy_mm.shape[:2], 3)
    points[1::2] = points[1::2, ::-1].copy()
    return points.reshape(-1, 3)


def _cropped(
    xy_mm: NDArray[np.float64], points_lps_mm: NDArray[np.float64], inside: NDArray[np.bool_], step_mm: float
) -> _Sheet:
    """The lattice around the points inside, with `CONTEXT_MM` and a cell for what lies between points."""
    pad = math.ceil(CONTEXT_MM / step_mm) + 1
    parts = []
    for axis in (0, 1):
        found = np.flatnonzero(inside.any(axis=1 - axis))
        parts.append(slice(max(int(found[0]) - pad, 0), int(found[-1]) + pad + 1))
    part = tuple(parts)
    kept = inside[part]
    cells = kept[:-1, :-1] | kept[:-1, 1:] | kept[1:, :-1] | kept[1:, 1:]
    rim = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    return _Sheet(
        xy_mm=xy_mm[part], points_lps_mm=points_lps_mm[part], cells=cells, step_mm=step_mm, whole=not rim.any()
    )


def _laid_flat(surface: CutSurface, sheet: _Sheet) -> tuple[CutChart, NDArray[np.float64]]:
    """The chart, and (rows - 1, columns - 1, 2) area in the picture over area on the cut, of each cell's triangles."""
    if surface.is_flat:
        uv, distortion = np.ascontiguousarray(sheet.xy_mm), UNDISTORTED
        areas = np.ones((*sheet.cells.shape, 2))
    else:
        flat = flatten_lattice(sheet.points_lps_mm, surface.guess_uv(sheet.xy_mm), sheet.cells)
        uv, areas, distortion = flat.uv_mm, flat.areas, flat.distortion
    chart = CutChart(
        surface=surface, first_xy_mm=sheet.xy_mm[0, 0], lattice_mm=sheet.step_mm, uv_mm=uv, distortion=distortion
    )
    return chart, areas


def _points(surface: CutSurface, sheet: _Sheet, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) LPS mm of (n, 2) lattice coordinates; NaN for NaN."""
    found = np.full((len(places), 3), np.nan)
    known = np.isfinite(places[:, 0])
    xy = places[known, ::-1] * sheet.step_mm + sheet.xy_mm[0, 0]
    found[known] = surface.between_lps_mm(sheet.points_lps_mm, places[known], xy)
    return found


def _plain(voxels: NDArray[Any]) -> NDArray[Any]:
    """The voxels as a plain read-only array: one kind of array for the compiled kernels, mapped from disk or not."""
    view: NDArray[Any] = np.ascontiguousarray(voxels).view(np.ndarray)
    view.flags.writeable = False
    return view


def warm_up() -> None:
    """Compiles every kernel with the types it will meet, so that no request waits for it."""
    shape = (12, 12, 12)
    geometry = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=(4.0, 4.0, 4.0))
    labels = np.full(shape, LIVER_VALUES[0], dtype=np.uint8)
    labels[5:7, 5:7, 5:7] = TUMOUR_VALUES[0]
    maker = ResectogramMaker(
        LabelVolume(labels=labels, geometry=geometry),
        ScanVolume(voxels_hu=np.zeros(shape, dtype=np.int16), geometry=geometry),
    )
    across = np.linspace(0.0, 44.0, 4)
    net = np.array([[[x, y, 22.0 + 0.01 * (x - 22.0) ** 2] for x in across] for y in across])
    plan = ResectionPlan(resections=(SurfaceResection.from_net(net),))
    made = maker.make(plan, 1, pixels=8)
    made.chart.uv_from_lps(made.chart.lps_from_uv(np.zeros((1, 2))))
