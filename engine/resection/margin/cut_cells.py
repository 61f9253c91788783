"""The surfaces of a plan's resections as cells of four corners, and which of them bound the union."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, assert_never

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.margin import kernels
from engine.resection.margin.liver import kernels as liver_kernels
from engine.resection.plan import (
    Cone,
    PlaneResection,
    Resection,
    Spheroid,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
)
from engine.resection.sides import Sides, plane_of
from engine.resection.surface.tessellation import tessellated

SAGITTA_MM: Final = 0.02
"""How far a cell of a wedge may lie inside it."""
FEWEST_AROUND: Final = 24
CONE_RINGS: Final = 48
EDGE_MM: Final = 0.3
MOST_HALVINGS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutCells:
    """Cells of the surfaces of a plan's resections.

    Attributes:
        quads: (n, 4, 3) corners in turn, LPS mm.
        balls: (n, 4) centre and radius of a ball around each.
        owners: (n,) number of the resection in `Sides.resections`.
        normals_lps: (n, 3) unit normal of the surface that a cell is a step of; zero where the cell lies in the surface
            itself; None if all do.
    """

    quads: NDArray[np.float64]
    balls: NDArray[np.float64]
    owners: NDArray[np.int64]
    normals_lps: NDArray[np.float64] | None = None

    @classmethod
    def of(
        cls, quads: NDArray[np.float64], owners: NDArray[np.int64], normals_lps: NDArray[np.float64] | None = None
    ) -> CutCells:
        """Of corners, owners and the normals of steps."""
        balls = np.empty((len(quads), 4))
        kernels.balls(quads, balls)
        return cls(quads=quads, balls=balls, owners=owners, normals_lps=normals_lps)

    def on_union(self, sides: Sides) -> CutCells:
        """The cells on the boundary of the union: those that no other resection of the plan takes.

        A cell that the edge of the union runs through is halved both ways until its parts are no larger than
        `EDGE_MM`; a part that still straddles stays, so margins are never too large and at most that much too small.
        """
        if len(sides.resections) == 1:
            return self
        quads, owners, origin = self.quads, self.owners, np.arange(len(self.quads))
        kept: list[tuple[NDArray[np.float64], NDArray[np.int64]]] = []
        for _ in range(MOST_HALVINGS):
            outside = outside_others(quads, owners, sides)
            count = outside.sum(axis=1)
            straddling = (count > 0) & (count < 4)
            split = straddling & (widest_mm(quads) > EDGE_MM)
            settled = (count > 0) & ~split
            kept.append((quads[settled], origin[settled]))
            quads, owners, origin = halved(quads[split]), np.repeat(owners[split], 4), np.repeat(origin[split], 4)
            if not len(quads):
                break
        kept.append((quads, origin))
        origin = np.concatenate([part[1] for part in kept])
        normals = None if self.normals_lps is None else self.normals_lps[origin]
        return CutCells.of(np.concatenate([part[0] for part in kept]), self.owners[origin], normals)


def widest_mm(quads: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) longest edge of each cell."""
    longest: NDArray[np.float64] = np.linalg.norm(quads - np.roll(quads, 1, axis=1), axis=2).max(axis=1)
    return longest


def outside_others(quads: NDArray[np.float64], owners: NDArray[np.int64], sides: Sides) -> NDArray[np.bool_]:
    """(n, 4) which corners no resection but the owner takes."""
    outside = np.empty((len(quads), 4), dtype=np.bool_)
    for number in range(len(sides.resections)):
        mine = np.flatnonzero(owners == number)
        if mine.size:
            outside[mine] = (sides.signed_without(number, quads[mine].reshape(-1, 3)) <= 0.0).reshape(-1, 4)
    return outside


def halved(quads: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4 n, 4, 3) the quarters of each cell."""
    a, b, c, d = (quads[:, corner] for corner in range(4))
    ab, bc, cd, da = (a + b) / 2.0, (b + c) / 2.0, (c + d) / 2.0, (d + a) / 2.0
    middle = quads.mean(axis=1)
    quarters = ((a, ab, middle, da), (ab, b, bc, middle), (middle, bc, c, cd), (da, middle, cd, d))
    return np.stack([np.stack(quarter, axis=1) for quarter in quarters], axis=1).reshape(-1, 4, 3)


def cut_cells(sides: Sides, corners_lps_mm: NDArray[np.float64], *, finest_mm: float | None = None) -> CutCells:
    """The cells of a plan's surfaces over a box.

    Args:
        sides: the plan.
        corners_lps_mm: (8, 3) of the box.
        finest_mm: cells are about this small or smaller; without, as large as their bend allows.
    """
    parts = [_cells(one, sides, corners_lps_mm, finest_mm) for one in sides.resections]
    owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    quads = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return CutCells.of(quads, owners, _step_normals_lps(sides, owners))


def _step_normals_lps(sides: Sides, owners: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """(n, 3) as in `CutCells`; a plan has one territory at most, all that it names joined."""
    for number, one in enumerate(sides.resections):
        if isinstance(one, TerritoryResection):
            found = sides.territory_border(one).normals_lps
            if len(sides.resections) == 1:
                return found
            normals = np.zeros((len(owners), 3))
            normals[owners == number] = found
            return normals
    return None


def _cells(
    resection: Resection, sides: Sides, corners: NDArray[np.float64], finest_mm: float | None
) -> NDArray[np.float64]:
    if isinstance(resection, TerritoryResection):
        return sides.territory_border(resection).quads_lps_mm
    return _of_grid(surface_grid(resection, corners, finest_mm))


def surface_grid(
    resection: PlaneResection | SurfaceResection | WedgeResection,
    corners_lps_mm: NDArray[np.float64],
    finest_mm: float | None,
) -> NDArray[np.float64]:
    """(n, m, 3) vertices of a resection's surface over a box, LPS mm; arguments of `cut_cells`."""
    plane = plane_of(resection)
    if plane is not None:
        return _plane_grid(plane, corners_lps_mm, finest_mm)
    match resection:
        case SurfaceResection():
            return tessellated(resection.frame, np.eye(4), corners_lps_mm, finest_mm=finest_mm).vertices
        case WedgeResection(shape=Spheroid() as spheroid):
            return _spheroid_grid(spheroid, resection.axis_lps, finest_mm)
        case WedgeResection(shape=Cone() as cone):
            return _cone_grid(cone, resection.axis_lps, finest_mm)
        case PlaneResection() | WedgeResection():
            raise AssertionError("planes and shapes are handled above")
        case _:
            assert_never(resection)


def _of_grid(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    quads = np.empty(((vertices.shape[0] - 1) * (vertices.shape[1] - 1), 4, 3))
    kernels.cells_of_grid(vertices, quads)
    return quads


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlatGrid:
    """Equal rectangles in a plane.

    Attributes:
        origin_lps_mm: (3,) the first one's corner.
        along_mm: (3,) from one to the next of a row.
        across_mm: (3,) from a row to the next.
        rows: of rectangles.
        columns: rectangles of a row.
    """

    origin_lps_mm: NDArray[np.float64]
    along_mm: NDArray[np.float64]
    across_mm: NDArray[np.float64]
    rows: int
    columns: int


def flat_grid(plane: PlaneResection, corners_lps_mm: NDArray[np.float64], finest_mm: float | None) -> FlatGrid:
    """Over the box seen along the plane's normal; arguments of `cut_cells`."""
    first, second = across_of(plane.unit_normal_lps)
    point = np.array(plane.point_lps_mm)
    flat = (corners_lps_mm - point) @ np.stack([first, second]).T
    low, high = flat.min(axis=0), flat.max(axis=0)
    step_mm = 8.0 if finest_mm is None else finest_mm
    columns, rows = (max(math.ceil(reach / step_mm), 1) for reach in (high - low).tolist())
    return FlatGrid(
        origin_lps_mm=point + low[0] * first + low[1] * second,
        along_mm=first * ((high[0] - low[0]) / columns),
        across_mm=second * ((high[1] - low[1]) / rows),
        rows=rows,
        columns=columns,
    )


def _plane_grid(plane: PlaneResection, corners: NDArray[np.float64], finest_mm: float | None) -> NDArray[np.float64]:
    """Vertices over the box seen along the plane's normal."""
    grid = flat_grid(plane, corners, finest_mm)
    vertices = np.empty((grid.rows + 1, grid.columns + 1, 3))
    liver_kernels.lattice(grid.origin_lps_mm, grid.along_mm, grid.across_mm, vertices)
    return vertices


def _spheroid_grid(spheroid: Spheroid, axis: NDArray[np.float64], finest_mm: float | None) -> NDArray[np.float64]:
    first, second = across_of(axis)
    longest = max(spheroid.radius_along_mm, spheroid.radius_across_mm)
    around = _steps_around(longest, finest_mm)
    polar = np.linspace(0.0, math.pi, around // 2 + 1)[:, None, None]
    turn = np.linspace(0.0, 2.0 * math.pi, around + 1)[None, :, None]
    ring = np.cos(turn) * first + np.sin(turn) * second
    offset = spheroid.radius_along_mm * np.cos(polar) * axis + spheroid.radius_across_mm * np.sin(polar) * ring
    return np.ascontiguousarray(offset + np.array(spheroid.centre_lps_mm))


def _cone_grid(cone: Cone, axis: NDArray[np.float64], finest_mm: float | None) -> NDArray[np.float64]:
    """The mantle from the apex to the rim, then the base to its middle."""
    first, second = across_of(axis)
    radius = cone.depth_mm * math.tan(math.radians(cone.half_angle_degrees))
    around = _steps_around(radius, finest_mm)
    rings = CONE_RINGS if finest_mm is None else max(math.ceil(math.hypot(radius, cone.depth_mm) / finest_mm), 8)
    heights = np.concatenate([np.linspace(0.0, 1.0, rings + 1), np.ones(rings // 2)])
    radii = np.concatenate([np.linspace(0.0, 1.0, rings + 1), np.linspace(1.0, 0.0, rings // 2 + 1)[1:]])
    turn = np.linspace(0.0, 2.0 * math.pi, around + 1)[None, :, None]
    ring = np.cos(turn) * first + np.sin(turn) * second
    offset = heights[:, None, None] * cone.depth_mm * axis + radii[:, None, None] * radius * ring
    return np.ascontiguousarray(offset + np.array(cone.apex_lps_mm))


def _steps_around(radius_mm: float, finest_mm: float | None) -> int:
    """An even number of steps around a circle that keeps chords within `SAGITTA_MM` and within `finest_mm`."""
    steps = 2.0 * math.pi / math.sqrt(8.0 * SAGITTA_MM / max(radius_mm, 1.0))
    if finest_mm is not None:
        steps = max(steps, 2.0 * math.pi * radius_mm / finest_mm)
    return 2 * max(math.ceil(min(steps, 720.0) / 2.0), FEWEST_AROUND // 2)


def across_of(axis: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two unit vectors at right angles to a unit vector and to each other."""
    first = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
    first = first / np.linalg.norm(first)
    return first, np.cross(axis, first)


def box_corners_lps_mm(
    geometry: VolumeGeometry, low_ijk: NDArray[np.int64], high_ijk: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(8, 3) outer corners of the voxels from low to high (inclusive), LPS mm."""
    sides = np.stack([low_ijk - 0.5, high_ijk + 0.5])
    chosen = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    return geometry.lps_from_index(sides[chosen, [0, 1, 2]])
