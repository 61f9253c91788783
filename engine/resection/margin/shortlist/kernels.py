# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: cells of the liver, and for each of them the leaves of a tree that may hold the nearest voxel."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled, inlined
from engine.resection.margin.tree.kernels import LANES, leaves_near, nearest

MOST_LEAVES = 48
"""A cell with more of them, in or at a tumour, has no list: there the tree's own search is quicker."""

ROUNDING_MM = 1e-3


@compiled
def mark_cells(
    bits: NDArray[np.uint8], lps_from_box: NDArray[np.float64], cell_mm: float, held: NDArray[np.bool_]
) -> None:
    """Sets the cells that the voxels of a mask lie in.

    Args:
        bits: (k, j, i / 8) of the mask, lowest bit first.
        lps_from_box: (3, 4) from the indices of voxels to mm from the first cell's corner.
        cell_mm: edge of a cell.
        held: (x, y, z) cells, set.
    """
    m = lps_from_box
    for k in range(bits.shape[0]):
        for j in range(bits.shape[1]):
            for byte in range(bits.shape[2]):
                if bits[k, j, byte] == 0:
                    continue
                for bit in range(8):
                    if (bits[k, j, byte] >> bit) & 1:
                        i = 8 * byte + bit
                        x = m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + m[0, 3]
                        y = m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + m[1, 3]
                        z = m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + m[2, 3]
                        held[int(x / cell_mm), int(y / cell_mm), int(z / cell_mm)] = True


@compiled
def fill_lists(
    middles: NDArray[np.float64],
    radius: float,
    nodes: NDArray[np.float32],
    leaves: NDArray[np.float32],
    voxels: NDArray[np.float32],
    pointers: NDArray[np.int32],
    lists: NDArray[np.int32],
    balls: NDArray[np.float32],
) -> None:
    """Writes the leaves of each cell one after the other, and a ball around what may be the nearest.

    Args:
        middles: (n, 3) of cells, mm from the tree's origin.
        radius: of a ball around a cell.
        nodes: see `nearest`; so are leaves and voxels.
        leaves: see there.
        voxels: see there.
        pointers: (n + 1,) leaves before each cell, written.
        lists: (n * `MOST_LEAVES`,) written.
        balls: (n, 4) centre and radius, written.
    """
    box = np.empty(6, dtype=np.float32)
    room = np.empty((3, LANES), dtype=np.float32)
    found, count = 0, 0
    pointers[0] = 0
    for n in range(middles.shape[0]):
        x, y, z = np.float32(middles[n, 0]), np.float32(middles[n, 1]), np.float32(middles[n, 2])
        _, found = nearest(x, y, z, found, nodes, leaves, voxels, room)
        leaf = voxels[found // LANES]
        first = (leaf[0, found % LANES], leaf[1, found % LANES], leaf[2, found % LANES])
        here = leaves_near(
            (x, y, z), np.float32(radius), first, nodes, leaves, voxels, room, lists[count : count + MOST_LEAVES], box
        )
        square = 0.0
        for axis in range(3):
            balls[n, axis] = 0.5 * (box[axis] + box[axis + 3])
            square += (box[axis + 3] - box[axis]) ** 2
        balls[n, 3] = 0.5 * math.sqrt(square) + ROUNDING_MM
        count += here if here <= MOST_LEAVES else 0
        pointers[n + 1] = count


@inlined
def cell_of(point: NDArray[np.float64], corner: NDArray[np.float64], cell_mm: float, numbers: NDArray[np.int32]) -> int:
    """Number of the cell that a point lies in, -1 where it has none."""
    scale = 1.0 / cell_mm
    x, y, z = (point[0] - corner[0]) * scale, (point[1] - corner[1]) * scale, (point[2] - corner[2]) * scale
    if not (0.0 <= x < numbers.shape[0] and 0.0 <= y < numbers.shape[1] and 0.0 <= z < numbers.shape[2]):
        return -1
    return int(numbers[int(x), int(y), int(z)])


@inlined
def nearest_listed(
    x: np.float32,
    y: np.float32,
    z: np.float32,
    listed: NDArray[np.int32],
    voxels: NDArray[np.float32],
    room: NDArray[np.float32],
) -> int:
    """Number (leaf times `LANES` plus lane) of the nearest voxel in some leaves; every lane keeps its own best.

    Args:
        x: of the point, mm from the tree's origin; y and z likewise.
        listed: (n,) numbers of leaves, at least one.
        voxels: (leaves, 3, `LANES`) mm.
        room: (2, `LANES`) to work in.
    """
    best, where = room[0], room[1]
    for lane in range(LANES):
        best[lane] = np.float32(math.inf)
        where[lane] = np.float32(0.0)
    for place in range(listed.shape[0]):
        leaf, number = voxels[listed[place]], np.float32(listed[place] * LANES)
        for lane in range(LANES):
            dx, dy, dz = leaf[0, lane] - x, leaf[1, lane] - y, leaf[2, lane] - z
            square = dx * dx + dy * dy + dz * dz
            least = best[lane]
            where[lane] = number + np.float32(lane) if square < least else where[lane]
            best[lane] = square if square < least else least
    # Halves against halves: sixteen comparisons in turn would be guessed wrong by the processor time and again.
    half = LANES // 2
    while half > 0:
        for lane in range(half):
            mine, other = best[lane], best[lane + half]
            where[lane] = where[lane] if mine <= other else where[lane + half]
            best[lane] = mine if mine <= other else other
        half //= 2
    return int(where[0])
