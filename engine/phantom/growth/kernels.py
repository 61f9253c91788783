# ruff: noqa: PLR0913, PLR0917, PLR0912 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled loops of vessel growth. Arrays and scalars only; no GIL held.

A tree under construction is a set of straight segments: `ends` (n, 6) proximal x, y, z, distal x, y, z in mm;
`links` (n, 3) parent, first child, second child (-1 for none); `flow` (n,) number of terminals downstream.
Radius = terminal radius * flow^(1/3), which is Murray's law (Murray 1926, PNAS 12:207).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.phantom.kernels import compiled


@compiled
def depth_at(
    x: float, y: float, z: float, depth: NDArray[np.float32], origin: NDArray[np.float64], step_mm: float
) -> float:
    """Trilinear depth under the organ's surface (mm, negative outside) on an LPS-aligned (k, j, i) grid."""
    fi, fj, fk = (x - origin[0]) / step_mm, (y - origin[1]) / step_mm, (z - origin[2]) / step_mm
    nk, nj, ni = depth.shape
    fi, fj, fk = min(max(fi, 0.0), ni - 1.001), min(max(fj, 0.0), nj - 1.001), min(max(fk, 0.0), nk - 1.001)
    i, j, k = int(fi), int(fj), int(fk)
    u, v, w = fi - i, fj - j, fk - k
    total = 0.0
    for dk in range(2):
        for dj in range(2):
            for di in range(2):
                weight = (u if di else 1.0 - u) * (v if dj else 1.0 - v) * (w if dk else 1.0 - w)
                total += weight * depth[k + dk, j + dj, i + di]
    return total


@compiled
def segment_gap(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64], d: NDArray[np.float64]
) -> float:
    """Shortest distance between segments a-b and c-d (Ericson 2005, Real-Time Collision Detection, 5.1.9)."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = d[0] - c[0], d[1] - c[1], d[2] - c[2]
    wx, wy, wz = a[0] - c[0], a[1] - c[1], a[2] - c[2]
    uu, vv, uv = ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz, ux * vx + uy * vy + uz * vz
    uw, vw = ux * wx + uy * wy + uz * wz, vx * wx + vy * wy + vz * wz
    det = uu * vv - uv * uv
    s = 0.0
    if det > 1e-9:
        s = min(1.0, max(0.0, (uv * vw - uw * vv) / det))
    t = (uv * s + vw) / vv if vv > 1e-9 else 0.0
    if t < 0.0:
        t = 0.0
        s = min(1.0, max(0.0, -uw / uu)) if uu > 1e-9 else 0.0
    elif t > 1.0:
        t = 1.0
        s = min(1.0, max(0.0, (uv - uw) / uu)) if uu > 1e-9 else 0.0
    dx, dy, dz = wx + s * ux - t * vx, wy + s * uy - t * vy, wz + s * uz - t * vz
    return math.sqrt(dx * dx + dy * dy + dz * dz)


@compiled
def _is_clear(
    p: NDArray[np.float64], q: NDArray[np.float64], radius: float, obstacles: NDArray[np.float64], margin_mm: float
) -> bool:
    """Whether the capsule p-q keeps `margin_mm` from every obstacle (rows: start, end, radius)."""
    for n in range(obstacles.shape[0]):
        if segment_gap(p, q, obstacles[n, 0:3], obstacles[n, 3:6]) < radius + obstacles[n, 6] + margin_mm:
            return False
    return True


@compiled
def _is_deep(
    p: NDArray[np.float64],
    q: NDArray[np.float64],
    least_mm: float,
    depth: NDArray[np.float32],
    origin: NDArray[np.float64],
    step_mm: float,
) -> bool:
    """Whether p-q stays at least `least_mm` under the surface, at its middle and beyond."""
    for n in range(1, 6):
        t = n / 5.0
        x, y, z = p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1]), p[2] + t * (q[2] - p[2])
        if depth_at(x, y, z, depth, origin, step_mm) < least_mm:
            return False
    return True


@compiled
def _upstream_cost(s: int, ends: NDArray[np.float64], links: NDArray[np.int64], flow: NDArray[np.float64]) -> float:
    """Volume (in terminal radii squared) that one more terminal adds to all ancestors of segment s."""
    cost = 0.0
    n = links[s, 0]
    while n >= 0:
        length = math.sqrt(np.sum((ends[n, 3:6] - ends[n, 0:3]) ** 2))
        cost += ((flow[n] + 1.0) ** (2.0 / 3.0) - flow[n] ** (2.0 / 3.0)) * length
        n = links[n, 0]
    return cost


@compiled
def _best_joint(
    s: int,
    target: NDArray[np.float64],
    ends: NDArray[np.float64],
    links: NDArray[np.int64],
    flow: NDArray[np.float64],
    fixed: NDArray[np.bool_],
    count: int,
    numbers: NDArray[np.float64],
    depth: NDArray[np.float32],
    origin: NDArray[np.float64],
    obstacles: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """Cheapest place on segment s to branch off to `target`: (cost, x, y, z), cost 1e18 when none is possible."""
    radius, margin, step_mm = numbers[0], numbers[1], numbers[2]
    a, b = ends[s, 0:3], ends[s, 3:6]
    joint, best = np.zeros(3), 1e18
    best_joint = np.zeros(3)
    here = flow[s] ** (2.0 / 3.0)
    more = (flow[s] + 1.0) ** (2.0 / 3.0)
    length = math.sqrt(np.sum((b - a) ** 2))
    upstream = _upstream_cost(s, ends, links, flow)
    pulls = 1 if fixed[s] else 4
    for along in range(5):
        for pull in range(pulls):
            for axis in range(3):
                on_axis = a[axis] + (0.1 + 0.2 * along) * (b[axis] - a[axis])
                joint[axis] = on_axis + 0.13 * pull * (target[axis] - on_axis)
            first = math.sqrt(np.sum((joint - a) ** 2))
            second = math.sqrt(np.sum((b - joint) ** 2))
            branch = math.sqrt(np.sum((target - joint) ** 2))
            if branch < 5.0 or (not fixed[s] and min(first, second) < 2.5):
                continue
            cost = more * first + here * second + branch - here * length + upstream
            if cost >= best:
                continue
            turn = np.sum((target - joint) * (b - a)) / (branch * length + 1e-9)
            if turn < -0.25:
                continue
            if depth_at(joint[0], joint[1], joint[2], depth, origin, step_mm) < 1.0:
                continue
            if not _is_deep(joint, target, radius + 1.5, depth, origin, step_mm):
                continue
            if not _is_clear(joint, target, radius, obstacles, margin):
                continue
            if not fixed[s]:
                thick = radius * (flow[s] + 1.0) ** (1.0 / 3.0)
                if not _is_clear(a, joint, thick, obstacles, margin):
                    continue
                if not _is_clear(joint, b, thick, obstacles, margin):
                    continue
            if not _keeps_from_own(s, joint, target, ends, links, flow, count, radius):
                continue
            best = cost
            best_joint[:] = joint
    return best, best_joint


@compiled
def _keeps_from_own(
    s: int,
    joint: NDArray[np.float64],
    target: NDArray[np.float64],
    ends: NDArray[np.float64],
    links: NDArray[np.int64],
    flow: NDArray[np.float64],
    count: int,
    radius: float,
) -> bool:
    """Whether joint-target keeps from all other segments of its own tree."""
    for n in range(count):
        if n in (s, links[s, 0], links[s, 1], links[s, 2]) or links[n, 0] == links[s, 0]:
            continue
        reach = radius * (1.0 + flow[n] ** (1.0 / 3.0)) + 0.8
        if segment_gap(joint, target, ends[n, 0:3], ends[n, 3:6]) < reach:
            return False
    return True


@compiled
def _point_gap(p: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    ab = b - a
    t = min(1.0, max(0.0, float(np.sum((p - a) * ab) / (np.sum(ab * ab) + 1e-9))))
    return math.sqrt(np.sum((a + t * ab - p) ** 2))


@compiled
def grow(
    ends: NDArray[np.float64],
    links: NDArray[np.int64],
    flow: NDArray[np.float64],
    fixed: NDArray[np.bool_],
    open_for_branches: NDArray[np.bool_],
    count: int,
    candidates: NDArray[np.float64],
    numbers: NDArray[np.float64],
    depth: NDArray[np.float32],
    origin: NDArray[np.float64],
    obstacles: NDArray[np.float64],
) -> tuple[int, NDArray[np.int64]]:
    """Adds one terminal after another where it costs least vessel volume (Karch 1999, Comput Biol Med 29:19).

    Args:
        ends, links, flow: the tree; rows from `count` on are free and are filled.
        fixed: (n,) bool, segments whose course must not bend (main branches).
        open_for_branches: (n,) bool, segments that may be branched from.
        count: segments in use.
        candidates: (terminals, tries, 3) possible terminals; of each row the one furthest from the tree is taken.
        numbers: (3,) terminal radius mm, margin to obstacles mm, step of the depth grid mm.
        depth, origin: see `depth_at`.
        obstacles: (m, 7) capsules start, end, radius.

    Returns:
        The number of segments in use, and (n,) the segment each one was split or grown from.
    """
    origin_of = np.arange(ends.shape[0])
    for n in range(candidates.shape[0]):
        target = candidates[n, 0].copy()
        furthest = -1.0
        for m in range(candidates.shape[1]):
            nearest = 1e18
            for s in range(count):
                nearest = min(nearest, _point_gap(candidates[n, m], ends[s, 0:3], ends[s, 3:6]))
            if nearest > furthest:
                furthest = nearest
                target[:] = candidates[n, m]
        if furthest < 4.0 or not _is_clear(target, target, numbers[0], obstacles, numbers[1]):
            continue
        gaps = np.empty(count)
        for s in range(count):
            gaps[s] = _point_gap(target, ends[s, 0:3], ends[s, 3:6]) if open_for_branches[s] else 1e18
        order = np.argsort(gaps)
        best, where = 1e18, -1
        joint = np.zeros(3)
        for m in range(min(14, count)):
            s = order[m]
            if gaps[s] > 1e17:
                break
            cost, place = _best_joint(s, target, ends, links, flow, fixed, count, numbers, depth, origin, obstacles)
            if cost < best:
                best, where = cost, s
                joint[:] = place
        if where < 0:
            continue
        count = _insert(where, joint, target, ends, links, flow, fixed, open_for_branches, origin_of, count)
    return count, origin_of


@compiled
def _insert(
    s: int,
    joint: NDArray[np.float64],
    target: NDArray[np.float64],
    ends: NDArray[np.float64],
    links: NDArray[np.int64],
    flow: NDArray[np.float64],
    fixed: NDArray[np.bool_],
    open_for_branches: NDArray[np.bool_],
    origin_of: NDArray[np.int64],
    count: int,
) -> int:
    """Splits segment s at `joint` and hangs a new terminal there."""
    distal, branch = count, count + 1
    ends[distal, 0:3] = joint
    ends[distal, 3:6] = ends[s, 3:6]
    ends[branch, 0:3] = joint
    ends[branch, 3:6] = target
    links[distal, 0], links[distal, 1], links[distal, 2] = s, links[s, 1], links[s, 2]
    links[branch, 0], links[branch, 1], links[branch, 2] = s, -1, -1
    for side in range(1, 3):
        if links[distal, side] >= 0:
            links[links[distal, side], 0] = distal
    links[s, 1], links[s, 2] = distal, branch
    flow[distal], flow[branch] = flow[s], 1.0
    fixed[distal], fixed[branch] = fixed[s], False
    open_for_branches[distal], open_for_branches[branch] = open_for_branches[s], True
    origin_of[distal], origin_of[branch] = s, s
    for axis in range(3):
        ends[s, 3 + axis] = joint[axis]
    n = s
    while n >= 0:
        flow[n] += 1.0
        n = links[n, 0]
    return count + 2


@compiled
def clashes(first: NDArray[np.float64], second: NDArray[np.float64], margin_mm: float) -> NDArray[np.int64]:
    """(n,) for each capsule of `first` (start, radius, end, radius) the nearest too-close row of `second`, or -1."""
    hits = np.full(first.shape[0], -1)
    for n in range(first.shape[0]):
        worst = margin_mm
        for m in range(second.shape[0]):
            reach = max(first[n, 3], first[n, 7]) + max(second[m, 3], second[m, 7])
            if abs(first[n, 0] - second[m, 0]) > 30.0 or abs(first[n, 2] - second[m, 2]) > 30.0:
                continue
            gap = segment_gap(first[n, 0:3], first[n, 4:7], second[m, 0:3], second[m, 4:7]) - reach
            if gap < worst:
                worst = gap
                hits[n] = m
    return hits
