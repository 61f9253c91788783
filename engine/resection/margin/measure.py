"""The area of the cut surface in the liver, and how much of it lies near the tumours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.resection.margin.cut_cells import CutCells, FlatGrid
from engine.resection.margin.facing import kernels as facing_kernels
from engine.resection.margin.liver import LiverMask
from engine.resection.margin.liver import kernels as liver_kernels
from engine.resection.margin.tumour_voxels import TumourVoxels

FINEST_MM: Final = 2.0
"""Edge of the cells that areas are summed over."""
FACING_COSINE: Final = 0.5
"""A cell faces a tumour that it sees within 60 degrees of its own perpendicular."""
FACING_PERCENT: Final = 5.0
NEAR_MM: Final = (1.0, 5.0, 10.0)
_NEAR_MM: Final = np.array(NEAR_MM)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacingArea:
    """How much of the cut surface in the liver lies near a tumour.

    Attributes:
        fifth_percentile_mm: the distance that 5 % of the facing cut surface (by area) come nearer than; None if none
            faces the tumour.
        under_mm2: area nearer than each of `NEAR_MM`.
    """

    fifth_percentile_mm: float | None
    under_mm2: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutSurface:
    """The part of a plan's cut surface that lies in the liver, as cells.

    Attributes:
        centres_lps_mm: (n, 3).
        areas_mm2: (n,).
        normals_lps: (n, 3) unit; of either direction.
    """

    centres_lps_mm: NDArray[np.float64]
    areas_mm2: NDArray[np.float64]
    normals_lps: NDArray[np.float64]

    @classmethod
    def in_liver(cls, cells: CutCells, liver: LiverMask) -> CutSurface:
        """The cells whose middle lies in a voxel of the liver."""
        steps = np.empty((0, 3)) if cells.normals_lps is None else cells.normals_lps
        return cls.of_steps(cells.quads, steps, liver)

    @classmethod
    def of_steps(cls, quads: NDArray[np.float64], steps: NDArray[np.float64], liver: LiverMask) -> CutSurface:
        """The same for (n, 4, 3) corners, LPS mm, and the normals of what they are steps of, as in `CutCells`."""
        centres, normals, areas = _room_for(len(quads))
        count = liver_kernels.quads_in_liver(
            quads, steps, liver.bits, liver.box_from_lps, liver.columns, centres, normals, areas
        )
        return cls(centres_lps_mm=centres[:count], areas_mm2=areas[:count], normals_lps=normals[:count])

    @classmethod
    def of_grid(cls, vertices_lps_mm: NDArray[np.float64], liver: LiverMask) -> CutSurface:
        """The same for the cells of an (n, m, 3) grid of vertices."""
        centres, normals, areas = _room_for((len(vertices_lps_mm) - 1) * (vertices_lps_mm.shape[1] - 1))
        count = liver_kernels.grid_in_liver(
            vertices_lps_mm, liver.bits, liver.box_from_lps, liver.columns, centres, normals, areas
        )
        return cls(centres_lps_mm=centres[:count], areas_mm2=areas[:count], normals_lps=normals[:count])

    @classmethod
    def of_flat_grid(cls, grid: FlatGrid, liver: LiverMask) -> CutSurface:
        """The same for equal rectangles."""
        centres = np.empty((grid.rows * grid.columns, 3))
        shape = (grid.rows, grid.columns)
        count = liver_kernels.lattice_in_liver(
            grid.origin_lps_mm,
            grid.along_mm,
            grid.across_mm,
            shape,
            liver.bits,
            liver.box_from_lps,
            liver.columns,
            centres,
        )
        normal = np.cross(grid.along_mm, grid.across_mm)
        area = float(np.linalg.norm(normal))
        normals = np.empty((count, 3))
        normals[:] = normal / area
        return cls(centres_lps_mm=centres[:count], areas_mm2=np.full(count, area), normals_lps=normals)

    @property
    def area_mm2(self) -> float:
        """Area of the whole."""
        return float(self.areas_mm2.sum())

    def facing(self, tumour: TumourVoxels) -> FacingArea:
        """How much of it lies near a tumour."""
        count = len(self.areas_mm2)
        if count == 0:
            return FacingArea(fifth_percentile_mm=None, under_mm2=(0.0, 0.0, 0.0))
        under, facing = np.empty(len(NEAR_MM)), np.empty((2, count))
        tree = tumour.tree
        found, whole = facing_kernels.faces(
            self.centres_lps_mm,
            self.normals_lps,
            self.areas_mm2,
            tumour.ball[0],
            tree.origin_lps_mm,
            (tree.nodes, tree.leaves, tree.voxels),
            tumour.by_cell,
            FACING_COSINE,
            FACING_PERCENT / 100.0,
            _NEAR_MM,
            under,
            facing,
        )
        one, five, ten = under.tolist()
        fifth = _percentile(facing[0, :found], facing[1, :found], FACING_PERCENT / 100.0 * whole)
        return FacingArea(fifth_percentile_mm=fifth, under_mm2=(one, five, ten))


def _room_for(cells: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    return np.empty((cells, 3)), np.empty((cells, 3)), np.empty(cells)


def _percentile(distances: NDArray[np.float64], areas: NDArray[np.float64], wanted: float) -> float | None:
    """The distance up to which areas add up to what is wanted; None without any."""
    if not len(distances):
        return None
    order = np.argsort(distances)
    share = np.cumsum(areas[order])  # of many equal areas: a twentieth may be met to the last bit
    return float(distances[order[min(int(np.searchsorted(share, wanted * (1.0 - 1e-9))), len(order) - 1)]])
