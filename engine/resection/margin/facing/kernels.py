# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: cells of a cut surface that face a tumour, and the area of those that are near.

Neighbouring cells share one search of the tree for the voxels that may be the nearest to any of them; among these
few each cell has its own.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled
from engine.resection.margin.tree.kernels import LANES, Point, candidates, near_to, nearest_of

PATCH = 16
"""Cells that share a search at most."""
PATCH_MM = 10.0
"""No cell of them lies farther from the first."""


@compiled
def may_face(cosine: float, sine_spread: float, facing_cosine: float) -> bool:
    """Whether any direction within a cone has a cosine of at least `facing_cosine` to a perpendicular.

    Args:
        cosine: of the angle between the cone's axis and the perpendicular, 0 to 1.
        sine_spread: sine of the cone's half angle.
        facing_cosine: the limit.
    """
    cosine_spread = math.sqrt(max(1.0 - sine_spread * sine_spread, 0.0))
    if cosine >= cosine_spread:
        return True
    return cosine * cosine_spread + math.sqrt(1.0 - cosine * cosine) * sine_spread >= facing_cosine - 1e-9


@compiled
def matters(
    centre: NDArray[np.float64],
    normal: NDArray[np.float64],
    ball: NDArray[np.float64],
    farthest: float,
    facing_cosine: float,
) -> bool:
    """Whether a cell may be nearer than `farthest` to a tumour within a ball, or face any of its voxels."""
    dx, dy, dz = ball[0] - centre[0], ball[1] - centre[1], ball[2] - centre[2]
    away = math.sqrt(dx * dx + dy * dy + dz * dz)
    if away - ball[3] <= farthest:
        return True
    cosine = min(abs(dx * normal[0] + dy * normal[1] + dz * normal[2]) / away, 1.0)
    return may_face(cosine, ball[3] / away, facing_cosine)


@compiled
def next_patch(
    centres: NDArray[np.float64],
    normals: NDArray[np.float64],
    first: int,
    ball: NDArray[np.float64],
    farthest: float,
    facing_cosine: float,
    patch: NDArray[np.int64],
) -> tuple[int, int]:
    """Collects cells that matter from `first` on and lie together; returns how many, and where to go on."""
    count = 0
    n = first
    while n < centres.shape[0] and count < PATCH:
        if matters(centres[n], normals[n], ball, farthest, facing_cosine):
            if count > 0:
                dx, dy = centres[n, 0] - centres[patch[0], 0], centres[n, 1] - centres[patch[0], 1]
                dz = centres[n, 2] - centres[patch[0], 2]
                if dx * dx + dy * dy + dz * dz > PATCH_MM * PATCH_MM:
                    break
            patch[count] = n
            count += 1
        n += 1
    return count, n


@compiled
def ball_of(
    centres: NDArray[np.float64], patch: NDArray[np.int64], count: int, origin: NDArray[np.float64]
) -> tuple[Point, np.float32]:
    """Mean, from an origin, and radius of a ball around cells' centres."""
    x, y, z = 0.0, 0.0, 0.0
    for place in range(count):
        n = patch[place]
        x, y, z = x + centres[n, 0], y + centres[n, 1], z + centres[n, 2]
    x, y, z = x / count, y / count, z / count
    widest = 0.0
    for place in range(count):
        n = patch[place]
        dx, dy, dz = centres[n, 0] - x, centres[n, 1] - y, centres[n, 2] - z
        widest = max(widest, dx * dx + dy * dy + dz * dz)
    middle = (np.float32(x - origin[0]), np.float32(y - origin[1]), np.float32(z - origin[2]))
    return middle, np.float32(math.sqrt(widest))


@compiled
def faces(
    centres: NDArray[np.float64],
    normals: NDArray[np.float64],
    areas: NDArray[np.float64],
    ball: NDArray[np.float64],
    origin: NDArray[np.float64],
    nodes: NDArray[np.float32],
    leaves: NDArray[np.float32],
    voxels: NDArray[np.float32],
    facing_cosine: float,
    near_mm: NDArray[np.float64],
    under: NDArray[np.float64],
    facing: NDArray[np.float64],
) -> int:
    """Distances and areas of the cells of a surface that face a tumour; returns how many do.

    Cells that are neither near nor can face any of its voxels are not looked at more closely; of the others those
    that lie together share one search for the voxels that may be the nearest.

    Args:
        centres: (n, 3) mm.
        normals: (n, 3) unit.
        areas: (n,) mm2.
        ball: (4,) centre and radius of a ball around the tumour.
        origin: (3,) from which nodes, leaves and voxels are told.
        nodes: see `nearest`; so are leaves and voxels.
        leaves: see there.
        voxels: see there.
        facing_cosine: of the widest angle between the way to the nearest voxel and the perpendicular.
        near_mm: (m,) ascending.
        under: (m,) area of the cells nearer than each, written.
        facing: (2, n) distance and area of each facing cell, written.
    """
    room, patch = np.empty((3, LANES), dtype=np.float32), np.empty(PATCH, dtype=np.int64)
    chosen = np.empty_like(voxels)
    count, n, blocks = 0, 0, 0
    last = (np.float32(0.0), np.float32(0.0), np.float32(0.0))
    under[:] = 0.0
    farthest = near_mm[near_mm.shape[0] - 1]
    while n < centres.shape[0]:
        cells, n = next_patch(centres, normals, n, ball, farthest, facing_cosine, patch)
        if cells == 0:
            break
        middle, radius = ball_of(centres, patch, cells, origin)
        dx, dy, dz = middle[0] - last[0], middle[1] - last[1], middle[2] - last[2]
        if dx * dx + dy * dy + dz * dz > 4.0 * PATCH_MM * PATCH_MM:
            blocks = 0
        first = near_to(middle, blocks, chosen, nodes, leaves, voxels, room)
        blocks = candidates(middle, radius, first, nodes, leaves, voxels, room, chosen)
        last = middle
        for place in range(cells):
            cell = patch[place]
            x, y, z = centres[cell, 0] - origin[0], centres[cell, 1] - origin[1], centres[cell, 2] - origin[2]
            block, lane = nearest_of(np.float32(x), np.float32(y), np.float32(z), blocks, chosen, room)
            dx, dy, dz = chosen[block, 0, lane] - x, chosen[block, 1, lane] - y, chosen[block, 2, lane] - z
            distance = math.sqrt(dx * dx + dy * dy + dz * dz)
            for limit in range(near_mm.shape[0]):
                if distance < near_mm[limit]:
                    under[limit] += areas[cell]
            height = abs(dx * normals[cell, 0] + dy * normals[cell, 1] + dz * normals[cell, 2])
            if height >= facing_cosine * distance:
                facing[0, count], facing[1, count] = distance, areas[cell]
                count += 1
    return count
