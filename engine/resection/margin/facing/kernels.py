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
from engine.resection.margin.tree.kernels import LANES, NOWHERE_MM, box_gaps, nearest

Point = tuple[float, float, float]

PATCH = 16
"""Cells that share a search at most."""
PATCH_MM = 10.0
"""No cell of them lies farther from the first."""
SLACK_MM2 = 1e-6
"""Keeps rounding from losing a candidate; distances of 100 mm have squares that are known to 1e-11 mm2."""


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
def reaches(
    boxes: NDArray[np.float64], middle: Point, radius: float, first: Point, square: float, slack: NDArray[np.float64]
) -> None:
    """Writes for each of (6, `LANES`) boxes what is not above zero if a point of it may win, see `candidates`."""
    x, y, z = middle
    p, q, r = first
    box_gaps(boxes, x, y, z, slack)
    for lane in range(slack.shape[0]):
        low, high = p - boxes[0, lane], boxes[3, lane] - p
        dx = low if low > high else high
        low, high = q - boxes[1, lane], boxes[4, lane] - q
        dy = low if low > high else high
        low, high = r - boxes[2, lane], boxes[5, lane] - r
        dz = low if low > high else high
        slack[lane] -= square + 2.0 * radius * math.sqrt(dx * dx + dy * dy + dz * dz)


@compiled
def chances(
    voxels: NDArray[np.float64], middle: Point, radius: float, first: Point, square: float, slack: NDArray[np.float64]
) -> None:
    """As `reaches` for (3, `LANES`) points."""
    x, y, z = middle
    p, q, r = first
    for lane in range(slack.shape[0]):
        dx, dy, dz = voxels[0, lane] - x, voxels[1, lane] - y, voxels[2, lane] - z
        ex, ey, ez = voxels[0, lane] - p, voxels[1, lane] - q, voxels[2, lane] - r
        away = math.sqrt(ex * ex + ey * ey + ez * ez)
        slack[lane] = dx * dx + dy * dy + dz * dz - square - 2.0 * radius * away


@compiled
def candidates(
    middle: Point,
    radius: float,
    guess: int,
    nodes: NDArray[np.float64],
    leaves: NDArray[np.float64],
    voxels: NDArray[np.float64],
    room: NDArray[np.float64],
    chosen: NDArray[np.float64],
) -> tuple[int, int]:
    """Collects the voxel centres that are the nearest to any point of a ball, in blocks of `LANES`.

    With w the nearest to the ball's middle m, v beats w at some p within r of m only if
    |m - v|^2 - |m - w|^2 <= 2 r |v - w|: the difference of both squares is linear in p.

    Args:
        middle: of the ball, mm.
        radius: of the ball, mm.
        guess: see `nearest`; so are nodes, leaves, voxels and room.
        nodes: see there.
        leaves: see there.
        voxels: see there.
        room: see there.
        chosen: (leaves, 3, `LANES`) x, y, z written.

    Returns:
        How many blocks, and the number of the voxel nearest to the middle.
    """
    x, y, z = middle
    square, found = nearest(x, y, z, guess, nodes, leaves, voxels, room)
    square += SLACK_MM2
    first = (
        voxels[found // LANES, 0, found % LANES],
        voxels[found // LANES, 1, found % LANES],
        voxels[found // LANES, 2, found % LANES],
    )
    of_nodes, of_leaves, of_voxels = room[0], room[1], room[2]
    count = 0
    for top in range(nodes.shape[0]):
        reaches(nodes[top], middle, radius, first, square, of_nodes)
        for node_lane in range(LANES):
            if of_nodes[node_lane] > 0.0:
                continue
            node = top * LANES + node_lane
            reaches(leaves[node], middle, radius, first, square, of_leaves)
            for leaf_lane in range(LANES):
                if of_leaves[leaf_lane] > 0.0:
                    continue
                leaf = voxels[node * LANES + leaf_lane]
                chances(leaf, middle, radius, first, square, of_voxels)
                for lane in range(LANES):
                    if of_voxels[lane] <= 0.0:
                        for axis in range(3):
                            chosen[count // LANES, axis, count % LANES] = leaf[axis, lane]
                        count += 1
    blocks = (count + LANES - 1) // LANES
    for place in range(count, blocks * LANES):
        chosen[place // LANES, 0, place % LANES] = NOWHERE_MM
    return blocks, found


@compiled
def nearest_of(
    x: float, y: float, z: float, blocks: int, chosen: NDArray[np.float64], room: NDArray[np.float64]
) -> tuple[int, int]:
    """Block and lane of the nearest of what `candidates` chose; every lane keeps its own best to the end.

    Args:
        x: of the point, mm; y and z likewise.
        blocks: how many.
        chosen: (blocks, 3, `LANES`) mm.
        room: (2, `LANES`) to work in.
    """
    best, where = room[0], room[1]
    for lane in range(best.shape[0]):
        best[lane] = np.inf
    for block in range(blocks):
        here = chosen[block]
        for lane in range(best.shape[0]):
            dx, dy, dz = here[0, lane] - x, here[1, lane] - y, here[2, lane] - z
            square = dx * dx + dy * dy + dz * dz
            least = best[lane]
            where[lane] = block if square < least else where[lane]
            best[lane] = square if square < least else least
    found = 0
    for lane in range(1, LANES):
        if best[lane] < best[found]:
            found = lane
    return int(where[found]), found


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
def ball_of(centres: NDArray[np.float64], patch: NDArray[np.int64], count: int) -> tuple[Point, float]:
    """Mean and radius of a ball around cells' centres."""
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
    return (x, y, z), math.sqrt(widest)


@compiled
def faces(
    centres: NDArray[np.float64],
    normals: NDArray[np.float64],
    areas: NDArray[np.float64],
    ball: NDArray[np.float64],
    nodes: NDArray[np.float64],
    leaves: NDArray[np.float64],
    voxels: NDArray[np.float64],
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
        nodes: see `nearest`; so are leaves and voxels.
        leaves: see there.
        voxels: see there.
        facing_cosine: of the widest angle between the way to the nearest voxel and the perpendicular.
        near_mm: (m,) ascending.
        under: (m,) area of the cells nearer than each, written.
        facing: (2, n) distance and area of each facing cell, written.
    """
    room, patch = np.empty((3, LANES)), np.empty(PATCH, dtype=np.int64)
    chosen = np.empty_like(voxels)
    found, count, n = 0, 0, 0
    under[:] = 0.0
    farthest = near_mm[near_mm.shape[0] - 1]
    while n < centres.shape[0]:
        cells, n = next_patch(centres, normals, n, ball, farthest, facing_cosine, patch)
        if cells == 0:
            break
        middle, radius = ball_of(centres, patch, cells)
        blocks, found = candidates(middle, radius, found, nodes, leaves, voxels, room, chosen)
        for place in range(cells):
            cell = patch[place]
            x, y, z = centres[cell, 0], centres[cell, 1], centres[cell, 2]
            block, lane = nearest_of(x, y, z, blocks, chosen, room)
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
