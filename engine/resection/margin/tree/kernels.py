# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: the nearest of many points, found in a tree of boxes that hold `LANES` boxes or points each.

The loops over lanes have no branch, so that a processor takes all of them at once; the neighbour's answer is so good
a bound that few boxes are opened.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

LANES = 16
NOWHERE_MM = 1e30
"""Coordinate of what fills up a box: no distance to it is ever the least."""


@compiled
def box_gaps(boxes: NDArray[np.float64], x: float, y: float, z: float, gaps: NDArray[np.float64]) -> None:
    """Writes the squared distance of a point to each of (6, `LANES`) boxes: lowest x, y, z, highest x, y, z."""
    for lane in range(LANES):
        below, above = boxes[0, lane] - x, x - boxes[3, lane]
        away = below if below > above else above
        dx = away if away > 0.0 else 0.0
        below, above = boxes[1, lane] - y, y - boxes[4, lane]
        away = below if below > above else above
        dy = away if away > 0.0 else 0.0
        below, above = boxes[2, lane] - z, z - boxes[5, lane]
        away = below if below > above else above
        dz = away if away > 0.0 else 0.0
        gaps[lane] = dx * dx + dy * dy + dz * dz


@compiled
def squares_to(voxels: NDArray[np.float64], x: float, y: float, z: float, squares: NDArray[np.float64]) -> None:
    """Writes the squared distance of a point to the first of (3, n) points, as many as there is room for."""
    for lane in range(squares.shape[0]):
        dx, dy, dz = voxels[0, lane] - x, voxels[1, lane] - y, voxels[2, lane] - z
        squares[lane] = dx * dx + dy * dy + dz * dz


@compiled
def nearest(
    x: float,
    y: float,
    z: float,
    guess: int,
    nodes: NDArray[np.float64],
    leaves: NDArray[np.float64],
    voxels: NDArray[np.float64],
    room: NDArray[np.float64],
) -> tuple[float, int]:
    """Squared distance of a point to the nearest voxel centre and that one's number, leaf times `LANES` plus lane.

    Args:
        x: mm; y and z likewise.
        guess: number of any voxel, better of a near one.
        nodes: (a, 6, `LANES`) boxes around nodes.
        leaves: (nodes, 6, `LANES`) boxes around the leaves of each node.
        voxels: (leaves, 3, `LANES`) mm.
        room: (3, `LANES`) to work in.
    """
    leaf, lane = guess // LANES, guess % LANES
    dx, dy, dz = voxels[leaf, 0, lane] - x, voxels[leaf, 1, lane] - y, voxels[leaf, 2, lane] - z
    best = dx * dx + dy * dy + dz * dz
    found = guess
    of_nodes, of_leaves, of_voxels = room[0], room[1], room[2]
    for top in range(nodes.shape[0]):
        box_gaps(nodes[top], x, y, z, of_nodes)
        for node_lane in range(LANES):
            if of_nodes[node_lane] >= best:
                continue
            node = top * LANES + node_lane
            box_gaps(leaves[node], x, y, z, of_leaves)
            for leaf_lane in range(LANES):
                if of_leaves[leaf_lane] >= best:
                    continue
                leaf = node * LANES + leaf_lane
                squares_to(voxels[leaf], x, y, z, of_voxels)
                for lane in range(LANES):
                    if of_voxels[lane] < best:
                        best, found = of_voxels[lane], leaf * LANES + lane
    return best, found


@compiled
def distances_to(
    points: NDArray[np.float64],
    nodes: NDArray[np.float64],
    leaves: NDArray[np.float64],
    voxels: NDArray[np.float64],
    distances: NDArray[np.float64],
) -> None:
    """Writes each point's distance to the nearest voxel centre, mm."""
    room = np.empty((3, LANES))
    found = 0
    for n in range(points.shape[0]):
        square, found = nearest(points[n, 0], points[n, 1], points[n, 2], found, nodes, leaves, voxels, room)
        distances[n] = math.sqrt(square)
