"""Where a cut passes nearest to a tumour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.resection.margin import kernels
from engine.resection.margin.cut_cells import CutCells, halved, outside_others, widest_mm
from engine.resection.margin.tumour_voxels import TumourVoxels
from engine.resection.plan import PlaneResection
from engine.resection.sides import Sides

FIRST_BATCH: Final = 256
PART_MM: Final = 0.05
"""Cells on the edge of a union are halved until their parts are no larger."""
MOST_HALVINGS: Final = 12
ROUNDING_MM: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestPlace:
    """Where the cut passes nearest to a tumour.

    Attributes:
        distance_mm: from the tumour's nearest voxel centre.
        point_lps_mm: on the cut.
    """

    distance_mm: float
    point_lps_mm: tuple[float, float, float]


def nearest_place(tumour: TumourVoxels, cells: CutCells) -> NearestPlace | None:
    """The nearest point of the cells to a tumour's voxel centres; None without cells."""
    nearest = np.zeros(3)
    distance = kernels.nearest_pair(
        cells.quads,
        cells.balls,
        tumour.outer_lps_mm,
        tumour.block_pointers,
        tumour.block_balls,
        tumour.ball,
        nearest,
    )
    if not np.isfinite(distance):
        return None
    x, y, z = nearest.tolist()
    return NearestPlace(distance_mm=distance, point_lps_mm=(x, y, z))


def nearest_to_plane(tumour: TumourVoxels, plane: PlaneResection) -> NearestPlace:
    """The same for a plane without end: the foot of the voxel centre nearest to it."""
    normal, point = plane.unit_normal_lps, np.array(plane.point_lps_mm)
    voxel = tumour.outer_lps_mm[kernels.nearest_to_plane(tumour.outer_lps_mm, point, normal)]
    height = float((voxel - point) @ normal)
    x, y, z = (voxel - height * normal).tolist()
    return NearestPlace(distance_mm=abs(height), point_lps_mm=(x, y, z))


def nearest_on_union(tumour: TumourVoxels, cells: CutCells, sides: Sides) -> NearestPlace | None:
    """The same for the cells on the boundary of the union, as `CutCells.on_union` has them.

    Asks the sides of the nearest cells first, and of no cell that cannot be nearer than what was found.
    """
    if len(sides.resections) == 1:
        return nearest_place(tumour, cells)
    gaps = np.linalg.norm(cells.balls[:, :3] - tumour.ball[0, :3], axis=1) - cells.balls[:, 3] - tumour.ball[0, 3]
    order = np.argsort(gaps)
    best: NearestPlace | None = None
    first, size = 0, FIRST_BATCH
    while first < len(order) and (best is None or gaps[order[first]] < best.distance_mm):
        batch = order[first : first + size]
        best = _nearer(best, tumour, (cells.quads[batch], cells.owners[batch]), sides)
        first, size = first + size, 2 * size
    return best


def _nearer(
    best: NearestPlace | None,
    tumour: TumourVoxels,
    cells: tuple[NDArray[np.float64], NDArray[np.int64]],
    sides: Sides,
) -> NearestPlace | None:
    """The nearer of best and the parts of the cells (corners, owners) that no other resection takes.

    A part that still straddles the edge of the union at the end counts whole. It has a corner on the union, so what is
    found is too small by its diagonal at most, `PART_MM` times the square root of two.
    """
    quads, owners = cells
    limit_mm = math.inf if best is None else best.distance_mm
    for halving in range(MOST_HALVINGS + 1):
        near = _may_be_nearer(limit_mm, tumour, quads)
        quads, owners = quads[near], owners[near]
        if not len(quads):
            break
        outside = outside_others(quads, owners, sides)
        count = outside.sum(axis=1)
        split = (count > 0) & (count < 4) & (widest_mm(quads) > PART_MM) & (halving < MOST_HALVINGS)
        kept = (count > 0) & ~split
        found = nearest_place(tumour, CutCells.of(quads[kept], owners[kept]))
        if found is not None and (best is None or found.distance_mm < best.distance_mm):
            best = found
            limit_mm = min(limit_mm, found.distance_mm)
        if split.any():  # corners outside the others lie on the union: it is no farther than they
            corners = quads[split][outside[split]]
            limit_mm = min(limit_mm, float(tumour.tree.distances_mm(corners).min()) + ROUNDING_MM)
        quads, owners = halved(quads[split]), np.repeat(owners[split], 4)
    return best


def _may_be_nearer(limit_mm: float, tumour: TumourVoxels, quads: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) which cells may hold a point nearer than a limit."""
    if math.isinf(limit_mm) or not len(quads):
        return np.ones(len(quads), dtype=np.bool_)
    balls = np.empty((len(quads), 4))
    kernels.balls(quads, balls)
    distances = tumour.tree.distances_mm(balls[:, :3])
    nearer: NDArray[np.bool_] = distances - balls[:, 3] < limit_mm
    return nearer
