# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: the nearest of many points, found in a tree of boxes that hold `LANES` boxes or points each.

The loops over lanes have no branch, so that a processor takes all of them at once; the neighbour's answer is so good
a bound that few boxes are opened. Numbers are of single precision, and so from the tree's own origin: known to 1e-5 mm
at 100 mm.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled

Point = tuple[np.float32, np.float32, np.float32]

LANES = 16
NOWHERE_MM = 1e6
"""Coordinate of what fills up a box: no distance to it is ever the least."""
SLACK_MM2 = np.float32(0.05)
"""Keeps rounding from losing a candidate: squares of distances of 300 mm are known to 0.01 mm2."""


@borrowing
def box_gaps(
    boxes: NDArray[np.float32], x: np.float32, y: np.float32, z: np.float32, gaps: NDArray[np.float32]
) -> None:
    """Writes the squared distance of a point to each of (6, `LANES`) boxes: lowest x, y, z, highest x, y, z."""
    zero = np.float32(0.0)
    for lane in range(LANES):
        below, above = boxes[0, lane] - x, x - boxes[3, lane]
        away = below if below > above else above
        dx = away if away > zero else zero
        below, above = boxes[1, lane] - y, y - boxes[4, lane]
        away = below if below > above else above
        dy = away if away > zero else zero
        below, above = boxes[2, lane] - z, z - boxes[5, lane]
        away = below if below > above else above
        dz = away if away > zero else zero
        gaps[lane] = dx * dx + dy * dy + dz * dz


@borrowing
def squares_to(
    voxels: NDArray[np.float32], x: np.float32, y: np.float32, z: np.float32, squares: NDArray[np.float32]
) -> None:
    """Writes the squared distance of a point to the first of (3, n) points, as many as there is room for."""
    for lane in range(squares.shape[0]):
        dx, dy, dz = voxels[0, lane] - x, voxels[1, lane] - y, voxels[2, lane] - z
        squares[lane] = dx * dx + dy * dy + dz * dz


@borrowing
def nearest(
    x: np.float32,
    y: np.float32,
    z: np.float32,
    guess: int,
    nodes: NDArray[np.float32],
    leaves: NDArray[np.float32],
    voxels: NDArray[np.float32],
    room: NDArray[np.float32],
) -> tuple[np.float32, int]:
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


@borrowing
def away_from(blocks: NDArray[np.float32], block: int, lane: int, x: float, y: float, z: float) -> float:
    """Distance of a point to a lane of (blocks, 3, `LANES`) points, mm, in double precision."""
    dx, dy, dz = blocks[block, 0, lane] - x, blocks[block, 1, lane] - y, blocks[block, 2, lane] - z
    return math.sqrt(dx * dx + dy * dy + dz * dz)


@compiled
def distances_to(
    points: NDArray[np.float64],
    origin: NDArray[np.float64],
    nodes: NDArray[np.float32],
    leaves: NDArray[np.float32],
    voxels: NDArray[np.float32],
    distances: NDArray[np.float64],
) -> None:
    """Writes each point's distance to the nearest voxel centre, mm; points from where the tree's are, origin too."""
    room = np.empty((3, LANES), dtype=np.float32)
    found = 0
    for n in range(points.shape[0]):
        x, y, z = points[n, 0] - origin[0], points[n, 1] - origin[1], points[n, 2] - origin[2]
        _, found = nearest(np.float32(x), np.float32(y), np.float32(z), found, nodes, leaves, voxels, room)
        distances[n] = away_from(voxels, found // LANES, found % LANES, x, y, z)


@compiled
def reaches(
    boxes: NDArray[np.float32],
    middle: Point,
    radius: np.float32,
    first: Point,
    square: np.float32,
    slack: NDArray[np.float32],
) -> None:
    """Writes for each of (6, `LANES`) boxes what is not above zero if a point of it may win, see `leaves_near`."""
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
        slack[lane] -= square + (radius + radius) * math.sqrt(dx * dx + dy * dy + dz * dz)


@compiled
def chances(
    voxels: NDArray[np.float32],
    middle: Point,
    radius: np.float32,
    first: Point,
    square: np.float32,
    slack: NDArray[np.float32],
) -> None:
    """As `reaches` for (3, `LANES`) points."""
    x, y, z = middle
    p, q, r = first
    for lane in range(slack.shape[0]):
        dx, dy, dz = voxels[0, lane] - x, voxels[1, lane] - y, voxels[2, lane] - z
        ex, ey, ez = voxels[0, lane] - p, voxels[1, lane] - q, voxels[2, lane] - r
        away = math.sqrt(ex * ex + ey * ey + ez * ez)
        slack[lane] = dx * dx + dy * dy + dz * dz - square - (radius + radius) * away


@compiled
def leaves_near(
    middle: Point,
    radius: np.float32,
    first: Point,
    nodes: NDArray[np.float32],
    leaves: NDArray[np.float32],
    voxels: NDArray[np.float32],
    room: NDArray[np.float32],
    found: NDArray[np.int32],
    box: NDArray[np.float32],
) -> int:
    """Collects the leaves that hold a voxel centre nearest to any point of a ball; returns how many there are.

    With w any of them and m the ball's middle, v beats w at some p within r of m only if
    |m - v|^2 - |m - w|^2 <= 2 r |v - w|: the difference of both squares is linear in p. The nearer w is, the fewer
    are left.

    Args:
        middle: of the ball, mm.
        radius: of the ball, mm.
        first: some voxel centre, mm.
        nodes: see `nearest`; so are leaves, voxels and room.
        leaves: see there.
        voxels: see there.
        room: see there.
        found: (most,) numbers of leaves, written as far as there is room.
        box: (6,) lowest and highest x, y, z of these voxel centres, written.
    """
    box[:3], box[3:] = np.float32(math.inf), np.float32(-math.inf)
    dx, dy, dz = first[0] - middle[0], first[1] - middle[1], first[2] - middle[2]
    square = dx * dx + dy * dy + dz * dz + SLACK_MM2
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
                leaf = node * LANES + leaf_lane
                chances(voxels[leaf], middle, radius, first, square, of_voxels)
                holds = False
                for lane in range(LANES):
                    if of_voxels[lane] <= 0.0:
                        holds = True
                        for axis in range(3):
                            box[axis] = min(box[axis], voxels[leaf, axis, lane])
                            box[axis + 3] = max(box[axis + 3], voxels[leaf, axis, lane])
                if holds:
                    if count < found.shape[0]:
                        found[count] = leaf
                    count += 1
    return count
