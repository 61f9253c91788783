# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: cells of a cut surface that face a tumour, and the area of those that are near.

A small ball around what may be the nearest voxel tells of most cells whether they face the tumour, and what they are at
least away. Only where that leaves something open, or where a cell may be one of the nearest that are asked for, its
nearest voxel is looked up.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled, inlined
from engine.resection.margin.shortlist.kernels import cell_of, nearest_listed
from engine.resection.margin.tree.kernels import LANES, nearest

Tree = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
"""Nodes, leaves and voxels as in `VoxelTree`."""
ByCell = tuple[NDArray[np.float64], float, NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]
"""Corner, edge and numbers of `LiverCells`; pointers, leaves and balls of a `Shortlist`."""
Rooms = tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]
"""To work in: (3, `LANES`); number and cell of (cells,) put off; their least distances; (`BINS`,) area in each."""
BIN_MM = 0.5
BINS = 1024
"""Reach half a metre; what is farther lies in the last."""
SURE = 1e-9
UNLIKELY, OPEN, SURELY = 0, 1, 2


@inlined
def faces_ball(cosine: float, sine_spread: float, facing_cosine: float) -> int:
    """Whether directions within a cone have a cosine of at least `facing_cosine` to a perpendicular: none, some, all.

    Args:
        cosine: of the angle between the cone's axis and the perpendicular, 0 to 1.
        sine_spread: sine of the cone's half angle; 1 or more for a place within the ball.
        facing_cosine: the limit.
    """
    if sine_spread >= 1.0:
        return OPEN
    cosine_spread = math.sqrt(1.0 - sine_spread * sine_spread)
    across = math.sqrt(1.0 - cosine * cosine) * sine_spread
    if cosine * cosine_spread - across >= facing_cosine + SURE:
        return SURELY
    if cosine >= cosine_spread or cosine * cosine_spread + across >= facing_cosine - SURE:
        return OPEN
    return UNLIKELY


@inlined
def bin_of(distance: float) -> int:
    """Which bin a distance falls into."""
    return int(min(max(distance, 0.0) / BIN_MM, BINS - 1.0))


@borrowing
def limit_bin(areas: NDArray[np.float64], wanted: float) -> int:
    """The first bin up to which (bins,) areas add up to what is wanted."""
    total = 0.0
    for place in range(areas.shape[0]):
        total += areas[place]
        if total >= wanted:
            return place
    return len(areas) - 1


@inlined
def nearest_voxel(
    point: NDArray[np.float64],
    origin: NDArray[np.float64],
    cell: int,
    guess: int,
    tree: Tree,
    by_cell: ByCell,
    room: NDArray[np.float32],
) -> int:
    """Number of the voxel nearest to a point: by the list of its cell, or by the tree where there is none."""
    nodes, leaves, voxels = tree
    pointers, lists = by_cell[3], by_cell[4]
    x, y, z = np.float32(point[0] - origin[0]), np.float32(point[1] - origin[1]), np.float32(point[2] - origin[2])
    if cell >= 0 and pointers[cell] < pointers[cell + 1]:
        return nearest_listed(x, y, z, lists[pointers[cell] : pointers[cell + 1]], voxels, room)
    _, found = nearest(x, y, z, guess, nodes, leaves, voxels, room)
    return int(found)


@inlined
def look_from(
    point: NDArray[np.float64],
    normal: NDArray[np.float64],
    centre: tuple[float, float, float],
    radius: float,
    farthest: float,
    facing_cosine: float,
) -> tuple[int, float]:
    """Whether a cell faces what lies in a ball, open if it may come nearer than `farthest`; its least distance."""
    dx, dy, dz = centre[0] - point[0], centre[1] - point[1], centre[2] - point[2]
    away = math.sqrt(dx * dx + dy * dy + dz * dz)
    least, most = away - radius, away + radius
    if least <= farthest:
        return OPEN, 0.0
    height = abs(dx * normal[0] + dy * normal[1] + dz * normal[2])
    if height - radius >= facing_cosine * most + SURE:
        return SURELY, least
    if height + radius < facing_cosine * least - SURE:
        return UNLIKELY, least
    return faces_ball(min(height / away, 1.0), radius / away, facing_cosine), least


@inlined
def towards(
    point: NDArray[np.float64],
    normal: NDArray[np.float64],
    origin: NDArray[np.float64],
    voxels: NDArray[np.float32],
    found: int,
) -> tuple[float, float]:
    """Distance from a point to a voxel, and its part along a normal, mm."""
    leaf, lane = found // LANES, found % LANES
    dx = voxels[leaf, 0, lane] - (point[0] - origin[0])
    dy = voxels[leaf, 1, lane] - (point[1] - origin[1])
    dz = voxels[leaf, 2, lane] - (point[2] - origin[2])
    return math.sqrt(dx * dx + dy * dy + dz * dz), abs(dx * normal[0] + dy * normal[1] + dz * normal[2])


@borrowing
def look_at_cells(
    centres: NDArray[np.float64],
    normals: NDArray[np.float64],
    areas: NDArray[np.float64],
    ball: NDArray[np.float64],
    origin: NDArray[np.float64],
    tree: Tree,
    by_cell: ByCell,
    facing_cosine: float,
    share: float,
    near_mm: NDArray[np.float64],
    under: NDArray[np.float64],
    facing: NDArray[np.float64],
    rooms: Rooms,
) -> tuple[int, float]:
    """Arguments and result as of `faces`, and room to work in."""
    room, put_off, lower, in_bin = rooms
    corner, cell_mm, numbers, balls = by_cell[0], by_cell[1], by_cell[2], by_cell[5]
    count, later, found = 0, 0, 0
    total = 0.0
    under[:] = 0.0
    farthest = near_mm[near_mm.shape[0] - 1]
    for n in range(areas.shape[0]):
        cell = cell_of(centres[n], corner, cell_mm, numbers)
        middle, radius = (ball[0], ball[1], ball[2]), ball[3]
        if cell >= 0:
            here = balls[cell]
            middle, radius = (here[0] + origin[0], here[1] + origin[1], here[2] + origin[2]), float(here[3])
        side, least = look_from(centres[n], normals[n], middle, radius, farthest, facing_cosine)
        if side == SURELY:
            put_off[0, later], put_off[1, later], lower[later] = n, cell, least
            in_bin[bin_of(least)] += areas[n]
            total += areas[n]
            later += 1
        elif side == OPEN:
            found = nearest_voxel(centres[n], origin, cell, found, tree, by_cell, room)
            distance, height = towards(centres[n], normals[n], origin, tree[2], found)
            for limit in range(near_mm.shape[0]):
                if distance < near_mm[limit]:
                    under[limit] += areas[n]
            if height >= facing_cosine * distance:
                facing[0, count], facing[1, count] = distance, areas[n]
                in_bin[bin_of(distance)] += areas[n]
                total += areas[n]
                count += 1
    # What has the least bounds and makes up the share is nearer than the farthest of it: so is the share itself.
    edge = (limit_bin(in_bin, share * total) + 1) * BIN_MM
    reach = edge
    for turn in range(2):
        for place in range(later):
            n = put_off[0, place]
            if n < 0 or lower[place] > (edge if turn == 0 else reach):
                continue
            found = nearest_voxel(centres[n], origin, put_off[1, place], found, tree, by_cell, room)
            distance, _ = towards(centres[n], normals[n], origin, tree[2], found)
            reach = max(reach, distance) if turn == 0 else reach
            facing[0, count], facing[1, count] = distance, areas[n]
            put_off[0, place] = -1
            count += 1
    return count, total


@compiled
def faces(
    centres: NDArray[np.float64],
    normals: NDArray[np.float64],
    areas: NDArray[np.float64],
    ball: NDArray[np.float64],
    origin: NDArray[np.float64],
    tree: Tree,
    by_cell: ByCell,
    facing_cosine: float,
    share: float,
    near_mm: NDArray[np.float64],
    under: NDArray[np.float64],
    facing: NDArray[np.float64],
) -> tuple[int, float]:
    """Distances and areas of the cells of a surface that face a tumour.

    Args:
        centres: (n, 3) mm.
        normals: (n, 3) unit.
        areas: (n,) mm2.
        ball: (4,) centre and radius of a ball around the tumour.
        origin: (3,) from which the tree's boxes and voxels are told.
        tree: the tumour's.
        by_cell: the tumour's.
        facing_cosine: of the widest angle between the way to the nearest voxel and the perpendicular.
        share: of the facing area, 0 to 1, of which the nearest is asked for.
        near_mm: (m,) ascending.
        under: (m,) area of the cells nearer than each, written.
        facing: (2, n) distance and area of facing cells, written: of all that may belong to the nearest share.

    Returns:
        How many were written; the area of all facing cells.
    """
    room, put_off = np.empty((3, LANES), dtype=np.float32), np.empty((2, areas.shape[0]), dtype=np.int32)
    rooms = (room, put_off, np.empty(areas.shape[0]), np.zeros(BINS))
    return look_at_cells(
        centres, normals, areas, ball, origin, tree, by_cell, facing_cosine, share, near_mm, under, facing, rooms
    )
