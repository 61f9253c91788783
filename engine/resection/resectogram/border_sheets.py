"""Divides the border of a territory into sheets that can each be seen from one side: it may have several walls.

The faces are gathered in cells, whose directions are grouped round as few means as hold them all (spherical k-means,
Dhillon and Modha 2001, Mach Learn 42:143, from starts as far apart as possible); each group's connected parts are
sheets, and parts too small to be looked at alone join the neighbour whose direction is nearest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.territory.border import Border

_CELL_MM: Final = 4.0
_CELL_SLICES: Final = 1.5
_STEEPEST: Final = float(np.cos(np.deg2rad(58.0)))
"""Of the border against the plane that it is laid over; steeper, a height over the plane is no good picture of it."""
_HELD: Final = 0.97
_MOST_GROUPS: Final = 6
_ROUNDS: Final = 12
_LEAST_MM2: Final = 150.0
_LEAST_SHARE: Final = 0.04


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BorderSheet:
    """One wall of a territory's border.

    Attributes:
        middles_lps_mm: (n, 3) middles of its voxel faces.
        areas_mm2: (n,) area of the border that each stands for.
        towards_rest_lps: (3,) unit mean of its directions, from the territory to what remains.
    """

    middles_lps_mm: NDArray[np.float64]
    areas_mm2: NDArray[np.float64]
    towards_rest_lps: NDArray[np.float64]


def sheets_of(border: Border, geometry: VolumeGeometry) -> tuple[BorderSheet, ...]:
    """The walls of a border, largest first; none where there is no border.

    Args:
        border: of a territory.
        geometry: of the voxels.
    """
    if not len(border.quads_lps_mm):
        return ()
    middles = border.quads_lps_mm.mean(axis=1)
    # Borders are directed on right-handed grids; on left-handed ones the other way.
    normals = border.normals_lps * np.sign(np.linalg.det(geometry.lps_from_ijk[:3, :3]))
    areas = _areas_mm2(border)
    cell_mm = max(_CELL_MM, _CELL_SLICES * float(geometry.spacing_ijk_mm.max()))
    keys, cell_of = np.unique(np.floor(middles / cell_mm).astype(np.int64), axis=0, return_inverse=True)
    cell_of = cell_of.ravel()
    sums = np.stack([np.bincount(cell_of, areas * normals[:, axis], len(keys)) for axis in range(3)], axis=1)
    cell_areas = np.bincount(cell_of, areas, len(keys)).astype(np.float64)
    directions = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    labels = _parts(_grouped(directions, cell_areas), keys, directions, cell_areas)[cell_of]
    sheets = []
    for label in np.unique(labels):
        mine = labels == label
        mean = (areas[mine, None] * normals[mine]).sum(axis=0)
        sheets.append(
            BorderSheet(
                middles_lps_mm=middles[mine],
                areas_mm2=areas[mine],
                towards_rest_lps=mean / max(float(np.linalg.norm(mean)), 1e-12),
            )
        )
    return tuple(sorted(sheets, key=lambda sheet: -float(sheet.areas_mm2.sum())))


def _areas_mm2(border: Border) -> NDArray[np.float64]:
    """(n,) area of the border that each voxel face stands for: its own, times the cosine to the border."""
    one, other = (border.quads_lps_mm[:, n] - border.quads_lps_mm[:, 0] for n in (1, 3))
    areas: NDArray[np.float64] = np.abs((np.cross(one, other) * border.normals_lps).sum(axis=1))
    return areas


def _grouped(directions: NDArray[np.float64], areas: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) group of each direction: as few groups as keep nearly all area within `_STEEPEST` of its mean."""
    groups = np.zeros(len(directions), dtype=np.int64)
    for count in range(1, _MOST_GROUPS + 1):
        means = _starts(directions, areas, count)
        for _ in range(_ROUNDS):
            groups = np.argmax(directions @ means.T, axis=1)
            for group in range(count):
                mean = (areas[groups == group, None] * directions[groups == group]).sum(axis=0)
                length = float(np.linalg.norm(mean))
                means[group] = mean / length if length > 0.0 else means[group]
        held = (directions * means[groups]).sum(axis=1) >= _STEEPEST
        if areas[held].sum() >= _HELD * areas.sum():
            break
    return groups


def _starts(directions: NDArray[np.float64], areas: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """(count, 3) the mean, then each time the direction farthest from all before."""
    mean = (areas[:, None] * directions).sum(axis=0)
    length = float(np.linalg.norm(mean))
    starts = [mean / length if length > 1e-9 * areas.sum() else directions[int(areas.argmax())]]
    while len(starts) < count:
        nearest = (directions @ np.stack(starts).T).max(axis=1)
        starts.append(directions[int(((1.0 - nearest) * np.sqrt(areas)).argmax())])
    return np.stack(starts)


def _parts(
    groups: NDArray[np.int64],
    keys: NDArray[np.int64],
    directions: NDArray[np.float64],
    areas: NDArray[np.float64],
) -> NDArray[np.int64]:
    """(n,) sheet of each cell: connected within its group, small ones joined to a neighbour."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(keys).query_pairs(1.8, output_type="ndarray")
    same = pairs[groups[pairs[:, 0]] == groups[pairs[:, 1]]]
    joined = coo_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(len(keys), len(keys)))
    labels: NDArray[np.int64] = connected_components(joined, directed=False)[1].astype(np.int64)
    least = max(_LEAST_MM2, _LEAST_SHARE * float(areas.sum()))
    while True:
        sizes = np.bincount(labels, areas)
        alive = np.flatnonzero(sizes > 0.0)
        small = alive[sizes[alive] < least]
        if len(alive) == 1 or not len(small):
            return labels
        smallest = small[sizes[small].argmin()]
        labels[labels == smallest] = _nearest_neighbour(int(smallest), labels, pairs, directions, areas)


def _nearest_neighbour(
    sheet: int,
    labels: NDArray[np.int64],
    pairs: NDArray[np.int64],
    directions: NDArray[np.float64],
    areas: NDArray[np.float64],
) -> int:
    """The sheet that touches this one and faces most the same way; where none touches, the largest."""
    mean = (areas[labels == sheet, None] * directions[labels == sheet]).sum(axis=0)
    ends = labels[pairs]
    touching = ends[(ends == sheet).any(axis=1) & (ends[:, 0] != ends[:, 1])]
    others = np.unique(touching[touching != sheet])
    if not len(others):
        sizes = np.bincount(labels, areas)
        sizes[sheet] = 0.0
        return int(sizes.argmax())
    facing = [float(mean @ (areas[labels == one, None] * directions[labels == one]).sum(axis=0)) for one in others]
    sums = [float(areas[labels == one].sum()) for one in others]
    return int(others[int(np.argmax(np.array(facing) / np.array(sums)))])
