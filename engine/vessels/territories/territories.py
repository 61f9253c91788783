"""Territories: the branch from whose wall a place in the liver is reached first, going through the liver only.

The metric is the geodesic distance inside the liver to the *wall* of a vessel: path length from the centre line
less the radius, an additively weighted Voronoi diagram, so that of two branches equally far by their centre lines
the wider one wins. Nearest-branch territories are those of Selle et al. 2002 (IEEE Trans Med Imaging 21:1344),
there with straight distances, which jump across fissures; here the front goes around them. It is computed by fast
marching (Sethian 1996, PNAS 93:1591). Nothing is taken from the fourth power of Poiseuille's law: a territory is a
place's nearest inflow, and trunks would swallow what their own twigs feed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.vessels.territories import kernels
from engine.vessels.territories.working_grid import WorkingGrid

_REACH_CELLS = 2.0
"""Seeds reach this far beyond the wall: the first cells' distances are exact and keep their curvature."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Territory:
    """The territories of one tree on the working grid.

    Attributes:
        branch: (k, j, i) int32 number of the branch, 0 outside the liver or everywhere without a tree.
        distance_mm: (k, j, i) float32 geodesic distance to its wall, at least 0; infinite where no path leads (the
            branch is then that of the nearest reached cell) and outside.
    """

    branch: NDArray[np.int32]
    distance_mm: NDArray[np.float32]


def grow_territory(trees: VesselTrees, kind: VesselKind, grid: WorkingGrid) -> Territory:
    """Grows the territories of the portal or the hepatic tree."""
    arrival = np.full(grid.inside.shape, np.inf, dtype=np.float32)
    branch = np.zeros(grid.inside.shape, dtype=np.int32)
    samples, numbers = _samples(trees.of_kind(kind), grid)
    if len(numbers):
        kernels.seed_branches(samples, numbers, _REACH_CELLS, grid.inside, arrival, branch)
    step_mm = float(grid.geometry.spacing_ijk_mm[0])
    if branch.any():
        kernels.march(grid.inside.astype(np.int32), arrival, branch)
        _fill_unreached(branch, grid)
    return Territory(branch=branch, distance_mm=np.maximum(arrival, 0, out=arrival) * np.float32(step_mm))


def rival_distance_mm(
    group: NDArray[np.int32], distance_mm: NDArray[np.float32], step_mm: float
) -> NDArray[np.float32]:
    """Geodesic distance to the nearest vessel of any *other* group of territories.

    Args:
        group: (k, j, i) group of the territory of each cell, above 0 inside the liver; with a border of zeros.
        distance_mm: (k, j, i) distance to the own branch.
        step_mm: of the grid.

    Returns:
        (k, j, i) float32 mm, infinite where there is no other group.
    """
    rival = np.full(group.shape, np.inf, dtype=np.float32)
    kernels.rival_seeds(group, distance_mm / np.float32(step_mm), rival)
    kernels.march(group, rival, np.zeros(group.shape, dtype=np.int32))
    return np.asarray(rival * np.float32(step_mm), dtype=np.float32)


def _samples(branches: tuple[VesselBranch, ...], grid: WorkingGrid) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """((n, 4) i, j, k, radius in cells; (n,) branch) about half a cell apart along the centre lines."""
    step_mm = float(grid.geometry.spacing_ijk_mm[0])
    rows, numbers = [np.empty((0, 4))], [np.empty(0, dtype=np.int32)]
    for branch in branches:
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(branch.points_lps_mm, axis=0), axis=1))])
        count = max(2, int(np.ceil(2 * along[-1] / step_mm)) + 1)
        at = np.linspace(0.0, along[-1], count)
        points = np.column_stack([np.interp(at, along, branch.points_lps_mm[:, axis]) for axis in range(3)])
        radii = np.interp(at, along, branch.radii_mm) / step_mm
        rows.append(np.column_stack([grid.geometry.index_from_lps(points), radii]))
        numbers.append(np.full(count, branch.number, dtype=np.int32))
    return np.ascontiguousarray(np.vstack(rows)), np.concatenate(numbers)


def _fill_unreached(branch: NDArray[np.int32], grid: WorkingGrid) -> None:
    """Cells apart from every vessel take the branch of the nearest reached cell, in place."""
    from scipy.spatial import cKDTree

    unreached = np.argwhere((grid.inside > 0) & (branch == 0))
    if len(unreached):
        reached = np.argwhere(branch)
        _, nearest = cKDTree(reached).query(unreached)
        branch[tuple(unreached.T)] = branch[tuple(reached[nearest].T)]
