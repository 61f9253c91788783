# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels of the search: what thousands of shapes take of samples, and what that is worth.

A shape is a row of 16 numbers: ten coefficients of a quadric over LPS mm (xx, yy, zz, xy, xz, yz, x, y, z, 1), four
of a linear function (x, y, z, 1), and the open interval that function must lie in. Taken is where the quadric is above
zero and the linear function in its interval: a plane, a spheroid, a cone and a paraboloid are all of this form.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

OUTSIDE = -1
"""Of a lattice point without a piece of that tree: no function is known there."""
ALWAYS = -2
"""Of a lattice point that needs no piece of that tree: it drains directly, or only volume is asked for."""


@compiled
def boxes_of_values(labels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """(256, 6) first and end of k, j, i of every value; ends are 0 where there is none."""
    boxes = np.zeros((256, 6), dtype=np.int32)
    nk, nj, ni = labels.shape
    for k in range(nk):
        for j in range(nj):
            i = 0
            while i < ni:
                value = labels[k, j, i]
                first = i
                i += 1
                while i < ni and labels[k, j, i] == value:
                    i += 1
                box = boxes[value]
                if box[1] == 0:
                    box[0], box[2], box[4] = k, j, first
                box[1] = k + 1
                box[2], box[3] = min(box[2], j), max(box[3], j + 1)
                box[4], box[5] = min(box[4], first), max(box[5], i)
    return boxes


@compiled
def take(forms: NDArray[np.float64], points: NDArray[np.float64], taken: NDArray[np.uint8]) -> None:
    """Writes which points each shape takes.

    Args:
        forms: (n, 16) shapes.
        points: (3, m) LPS mm.
        taken: (n, m) written, 0 or 1.
    """
    x, y, z = points[0], points[1], points[2]
    for n in range(forms.shape[0]):
        f = forms[n]
        bent = False
        for term in range(6):
            bent = bent or f[term] != 0.0
        bounded = f[14] > -np.inf or f[15] < np.inf
        for m in range(points.shape[1]):
            value = f[6] * x[m] + f[7] * y[m] + f[8] * z[m] + f[9]
            if bent:
                value += (f[0] * x[m] + f[3] * y[m] + f[4] * z[m]) * x[m]
                value += (f[1] * y[m] + f[5] * z[m]) * y[m] + f[2] * z[m] * z[m]
            inside = value > 0.0
            if bounded:
                height = f[10] * x[m] + f[11] * y[m] + f[12] * z[m] + f[13]
                inside = inside and f[14] < height < f[15]
            taken[n, m] = inside


@compiled
def rate(
    taken: NDArray[np.uint8],
    lattice: NDArray[np.int32],
    away_mm: NDArray[np.float64],
    parent: NDArray[np.int32],
    radii_mm: NDArray[np.float64],
    flags: NDArray[np.uint8],
    pairs: NDArray[np.int32],
    weights_mm2: NDArray[np.float64],
    enough_percent: float,
    found: NDArray[np.float64],
) -> None:
    """Writes what each plan is worth by the samples: (n, 5) percent left, mm2 of cut, mm of calibre, 1 if it cuts a
    vessel that is to be spared, and an upper bound of the margin in mm.

    Args:
        taken: (n, points of the lattice in the liver, others, then samples of both trees).
        lattice: (l, 2) sample that decides supply and drainage of each point, or `OUTSIDE` or `ALWAYS`.
        away_mm: (l,) distance to the nearest target tumour.
        parent: (s,) sample before, -1 at a source; parents stand before children.
        radii_mm: (s,) of the vessel.
        flags: (s,) 1 where a cut reaches, 2 where it must not.
        pairs: (p, 2) neighbours in the lattice.
        weights_mm2: (p,) area that a cut between them stands for.
        enough_percent: of plans that leave less the area is not asked for: infinite.
        found: (n, 5) written.
    """
    points, samples = lattice.shape[0], parent.shape[0]
    first = taken.shape[1] - samples
    gone = np.empty(samples, dtype=np.bool_)
    reached = np.empty(samples, dtype=np.bool_)
    for n in range(taken.shape[0]):
        row = taken[n]
        calibre, spoilt = 0.0, 0.0
        for s in range(samples):
            before = parent[s]
            gone[s] = row[first + s] != 0 and flags[s] & 1 != 0
            reached[s] = not gone[s] and (before < 0 or reached[before])
            if before >= 0 and gone[s] != gone[before]:
                calibre += radii_mm[s] + radii_mm[before]
            if gone[s] and flags[s] & 2 != 0:
                spoilt = 1.0
        works, margin = 0, np.inf
        for p in range(points):
            if row[p] != 0:
                continue
            margin = min(margin, away_mm[p])
            portal, hepatic = lattice[p, 0], lattice[p, 1]
            fed = portal == ALWAYS or (portal >= 0 and reached[portal])
            drained = hepatic == ALWAYS or (hepatic >= 0 and reached[hepatic])
            if fed and drained:
                works += 1
        percent = 100.0 * works / max(points, 1)
        area = 0.0 if percent >= enough_percent else np.inf
        if percent >= enough_percent:
            for pair in range(pairs.shape[0]):
                if row[pairs[pair, 0]] != row[pairs[pair, 1]]:
                    area += weights_mm2[pair]
        found[n, 0] = percent
        found[n, 1], found[n, 2], found[n, 3], found[n, 4] = area, calibre, spoilt, margin


@compiled
def nearest_samples(
    points: NDArray[np.float64],
    branch: NDArray[np.int64],
    first_piece: NDArray[np.int32],
    middle: NDArray[np.int32],
    samples: NDArray[np.float64],
    found: NDArray[np.int32],
) -> None:
    """Writes the middle sample of the nearest piece of each point's branch, `OUTSIDE` without one.

    Args:
        points: (n, 3) LPS mm.
        branch: (n,) branch number of each, 0 for none.
        first_piece: (branches + 2,) pieces of branch b are first_piece[b] to first_piece[b + 1].
        middle: (pieces,) sample in the middle of each.
        samples: (s, 3) LPS mm.
        found: (n,) written.
    """
    for n in range(points.shape[0]):
        found[n] = OUTSIDE
        if not 0 < branch[n] < first_piece.shape[0] - 1:
            continue
        best = np.inf
        for piece in range(first_piece[branch[n]], first_piece[branch[n] + 1]):
            square = 0.0
            for axis in range(3):
                step = points[n, axis] - samples[middle[piece], axis]
                square += step * step
            if square < best:
                best = square
                found[n] = middle[piece]


@compiled
def distances(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) distance of each of (n, 3) points to the nearest of (m, 3) others, mm; infinity without others."""
    found = np.empty(points.shape[0])
    for n in range(points.shape[0]):
        best = np.inf
        for m in range(others.shape[0]):
            x, y, z = points[n, 0] - others[m, 0], points[n, 1] - others[m, 1], points[n, 2] - others[m, 2]
            best = min(best, x * x + y * y + z * z)
        found[n] = math.sqrt(best)
    return found


@compiled
def bowl_bottoms(
    points: NDArray[np.float64],
    frames: NDArray[np.float64],
    centre: NDArray[np.float64],
    curvatures: NDArray[np.float64],
    clear_mm: float,
    bottoms: NDArray[np.float64],
) -> None:
    """Writes the height at which each paraboloid passes all points at a distance.

    The nearest point of a paraboloid z = bottom + a u^2 + b v^2 that touches a ball lies off the ball's centre along
    its own normal; that foot is found by iteration, which converges where the bowl bends less than the ball.

    Args:
        points: (m, 3) LPS mm.
        frames: (n, 3, 3) rows u, v and the direction to the resected side.
        centre: (3,) where the bowls' axes go through, LPS mm.
        curvatures: (n, 2) a and b, per mm.
        clear_mm: the distance.
        bottoms: (n,) heights over the centre, written.
    """
    for n in range(frames.shape[0]):
        f, a, b = frames[n], curvatures[n, 0], curvatures[n, 1]
        lowest = np.inf
        for m in range(points.shape[0]):
            x, y, z = points[m, 0] - centre[0], points[m, 1] - centre[1], points[m, 2] - centre[2]
            u = f[0, 0] * x + f[0, 1] * y + f[0, 2] * z
            v = f[1, 0] * x + f[1, 1] * y + f[1, 2] * z
            height = f[2, 0] * x + f[2, 1] * y + f[2, 2] * z
            off_u, off_v, drop = 0.0, 0.0, 0.0
            for _ in range(30):
                slope_u, slope_v = 2.0 * a * (u + off_u), 2.0 * b * (v + off_v)
                drop = clear_mm / math.sqrt(1.0 + slope_u * slope_u + slope_v * slope_v)
                next_u, next_v = slope_u * drop, slope_v * drop
                moved = abs(next_u - off_u) + abs(next_v - off_v)
                off_u, off_v = next_u, next_v
                if moved < 1e-4:
                    break
            foot_u, foot_v = u + off_u, v + off_v
            lowest = min(lowest, height - drop - a * foot_u * foot_u - b * foot_v * foot_v)
        bottoms[n] = lowest


@compiled
def spheroid_axes(
    points: NDArray[np.float64], ball: NDArray[np.float64], surface: NDArray[np.float64], axis: NDArray[np.float64]
) -> tuple[float, float]:
    """Half axes along and across, mm, of a spheroid that holds a ball around every point.

    Args:
        points: (m, 3) LPS mm.
        ball: (b, 3) offsets of the ball's surface, mm.
        surface: (3,) centre of the spheroid, LPS mm.
        axis: (3,) unit axis.
    """
    deepest = 1.0
    wide = 1.0
    for stage in range(2):
        for m in range(points.shape[0]):
            for b in range(ball.shape[0]):
                x = points[m, 0] + ball[b, 0] - surface[0]
                y = points[m, 1] + ball[b, 1] - surface[1]
                z = points[m, 2] + ball[b, 2] - surface[2]
                along = axis[0] * x + axis[1] * y + axis[2] * z
                if stage == 0:
                    deepest = max(deepest, abs(along))
                else:
                    away = max(x * x + y * y + z * z - along * along, 0.0)
                    part = along / (1.25 * deepest)
                    wide = max(wide, away / (1.0 - part * part))
    return 1.25 * deepest, math.sqrt(wide)


@compiled
def beaten(costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) whether another of (n, m) rows is nowhere larger and somewhere smaller."""
    found = np.zeros(costs.shape[0], dtype=np.bool_)
    for n in range(costs.shape[0]):
        for other in range(costs.shape[0]):
            better = False
            no_worse = True
            for column in range(costs.shape[1]):
                if costs[other, column] > costs[n, column]:
                    no_worse = False
                    break
                better = better or costs[other, column] < costs[n, column]
            if no_worse and better:
                found[n] = True
                break
    return found


@compiled
def cone_depths(
    points: NDArray[np.float64],
    surface: NDArray[np.float64],
    axis: NDArray[np.float64],
    sine: float,
    cosine: float,
    clear_mm: float,
) -> tuple[float, float]:
    """How deep under the surface the apex of a cone must lie to clear all points, and how far they reach outwards, mm.

    Args:
        points: (m, 3) LPS mm.
        surface: (3,) where the axis leaves the liver, LPS mm.
        axis: (3,) unit vector outwards.
        sine, cosine: of the half angle.
        clear_mm: distance from the mantle.
    """
    deepest, farthest = -np.inf, -np.inf
    for m in range(points.shape[0]):
        x, y, z = points[m, 0] - surface[0], points[m, 1] - surface[1], points[m, 2] - surface[2]
        along = axis[0] * x + axis[1] * y + axis[2] * z
        away = math.sqrt(max(x * x + y * y + z * z - along * along, 0.0))
        deepest = max(deepest, (clear_mm + away * cosine) / sine - along)
        farthest = max(farthest, along)
    return deepest, farthest
