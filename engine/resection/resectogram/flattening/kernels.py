"""Compiled kernels that lay a lattice flat as rigidly as possible (Liu et al. 2008, Comput Graph Forum 27:1495)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

SETTLED_MM = 0.03
"""Rounds end when no point moved farther: a fortieth of a pixel; the distortion is measured afterwards anyway."""
SMALLEST_COTANGENT = 0.02
"""Of very obtuse triangles: below it the system would no longer be positive definite."""


@compiled
def triangle_corners(columns: int, row: int, column: int, upper: int) -> tuple[int, int, int]:
    """Vertex numbers of a cell's first (upper 0) or second triangle."""
    a = row * columns + column
    if upper == 0:
        return a, a + 1, a + columns + 1
    return a, a + columns + 1, a + columns


@compiled
def flat_triangles(
    points: NDArray[np.float64], columns: int, flat: NDArray[np.float64], cotangents: NDArray[np.float64]
) -> None:
    """Writes every triangle laid flat by itself and the cotangents at its corners.

    Args:
        points: (rows * columns, 3) the lattice, mm.
        columns: of the lattice.
        flat: (triangles, 3) written: x of the second corner, x and y of the third; the first is the origin.
        cotangents: (triangles, 3) written.
    """
    rows = points.shape[0] // columns
    triangle = 0
    for row in range(rows - 1):
        for column in range(columns - 1):
            for upper in range(2):
                a, b, c = triangle_corners(columns, row, column, upper)
                along, across, dot = 0.0, 0.0, 0.0
                for axis in range(3):
                    p, q = points[b, axis] - points[a, axis], points[c, axis] - points[a, axis]
                    along += p * p
                    across += q * q
                    dot += p * q
                length = math.sqrt(along)
                x = dot / length
                y = math.sqrt(max(across - x * x, 1e-18))
                flat[triangle, 0], flat[triangle, 1], flat[triangle, 2] = length, x, y
                cotangents[triangle, 0] = max(x / y, SMALLEST_COTANGENT)
                cotangents[triangle, 1] = max((length - x) / y, SMALLEST_COTANGENT)
                # At the third corner: dot of its edges over twice the area.
                cotangents[triangle, 2] = max((y * y - x * (length - x)) / (length * y), SMALLEST_COTANGENT)
                triangle += 1


@compiled
def rotations(
    uv: NDArray[np.float64],
    columns: int,
    flat: NDArray[np.float64],
    cotangents: NDArray[np.float64],
    weights: NDArray[np.float64],
    right_side: NDArray[np.float64],
) -> None:
    """Local step: turns every triangle as it now lies best and adds its edges to the right side of the system."""
    rows = uv.shape[0] // columns
    right_side[:] = 0.0
    triangle = 0
    corners = np.empty(3, dtype=np.int64)
    x, y = np.zeros(3), np.zeros(3)
    for row in range(rows - 1):
        for column in range(columns - 1):
            for upper in range(2):
                corners[0], corners[1], corners[2] = triangle_corners(columns, row, column, upper)
                x[1], x[2], y[2] = flat[triangle, 0], flat[triangle, 1], flat[triangle, 2]
                cosine, sine = 0.0, 0.0
                for edge in range(3):
                    p, q = edge, (edge + 1) % 3
                    cotangent = cotangents[triangle, (edge + 2) % 3]
                    du = uv[corners[p], 0] - uv[corners[q], 0]
                    dv = uv[corners[p], 1] - uv[corners[q], 1]
                    dx, dy = x[p] - x[q], y[p] - y[q]
                    cosine += cotangent * (du * dx + dv * dy)
                    sine += cotangent * (dv * dx - du * dy)
                length = math.hypot(cosine, sine)
                if length == 0.0:
                    cosine, sine, length = 1.0, 0.0, 1.0
                cosine, sine = cosine / length, sine / length
                for edge in range(3):
                    p, q = edge, (edge + 1) % 3
                    weight = weights[triangle] * cotangents[triangle, (edge + 2) % 3]
                    dx, dy = x[p] - x[q], y[p] - y[q]
                    du, dv = weight * (cosine * dx - sine * dy), weight * (sine * dx + cosine * dy)
                    right_side[corners[p], 0] += du
                    right_side[corners[p], 1] += dv
                    right_side[corners[q], 0] -= du
                    right_side[corners[q], 1] -= dv
                triangle += 1


@compiled
def edge_weights(
    columns: int, cotangents: NDArray[np.float64], weights: NDArray[np.float64], system: NDArray[np.float64]
) -> None:
    """Writes the system's matrix: (vertices, 4) the diagonal, and the weights to right, below and below right."""
    rows = system.shape[0] // columns
    system[:] = 0.0
    triangle = 0
    for row in range(rows - 1):
        for column in range(columns - 1):
            for upper in range(2):
                a, b, c = triangle_corners(columns, row, column, upper)
                ab = weights[triangle] * cotangents[triangle, 2]
                bc = weights[triangle] * cotangents[triangle, 0]
                ca = weights[triangle] * cotangents[triangle, 1]
                system[a, 0] += ab + ca
                system[b, 0] += ab + bc
                system[c, 0] += bc + ca
                if upper == 0:  # a-b goes right, b-c below, a-c below right
                    system[a, 1] += ab
                    system[b, 2] += bc
                    system[a, 3] += ca
                else:  # a-b goes below right, b-c (c left of b) right, a-c below
                    system[a, 3] += ab
                    system[c, 1] += bc
                    system[a, 2] += ca
                triangle += 1


@compiled
def multiply(
    system: NDArray[np.float64], columns: int, given: NDArray[np.float64], product: NDArray[np.float64]
) -> None:
    """Writes matrix times (vertices, 2)."""
    vertices = given.shape[0]
    for n in range(vertices):
        for axis in range(2):
            product[n, axis] = system[n, 0] * given[n, axis]
    for n in range(vertices):
        for direction in range(1, 4):
            weight = system[n, direction]
            if weight == 0.0:
                continue
            other = n + (1 if direction == 1 else columns if direction == 2 else columns + 1)
            for axis in range(2):
                product[n, axis] -= weight * given[other, axis]
                product[other, axis] -= weight * given[n, axis]


@compiled
def solve(
    system: NDArray[np.float64], columns: int, right_side: NDArray[np.float64], uv: NDArray[np.float64], steps: int
) -> None:
    """Global step: conjugate gradients with the diagonal as preconditioner, from where uv is; in place."""
    residual = np.empty_like(uv)
    multiply(system, columns, uv, residual)
    residual[:] = right_side - residual
    direction, product = np.empty_like(uv), np.empty_like(uv)
    old = np.zeros(2)
    for n in range(uv.shape[0]):
        for axis in range(2):
            direction[n, axis] = residual[n, axis] / system[n, 0]
            old[axis] += residual[n, axis] * direction[n, axis]
    first = old.copy()
    for _ in range(steps):
        if old[0] <= 1e-12 * first[0] and old[1] <= 1e-12 * first[1]:
            return
        multiply(system, columns, direction, product)
        for axis in range(2):
            curve = 0.0
            for n in range(uv.shape[0]):
                curve += direction[n, axis] * product[n, axis]
            if curve <= 0.0:
                continue
            length = old[axis] / curve
            new = 0.0
            for n in range(uv.shape[0]):
                uv[n, axis] += length * direction[n, axis]
                residual[n, axis] -= length * product[n, axis]
                new += residual[n, axis] * residual[n, axis] / system[n, 0]
            for n in range(uv.shape[0]):
                direction[n, axis] = residual[n, axis] / system[n, 0] + new / old[axis] * direction[n, axis]
            old[axis] = new


@compiled
def flatten(
    points: NDArray[np.float64],
    columns: int,
    weights: NDArray[np.float64],
    uv: NDArray[np.float64],
    rounds: int,
    steps: int,
) -> None:
    """Moves uv until the triangles are turned but hardly stretched.

    Args:
        points: (rows * columns, 3) the lattice, mm.
        columns: of the lattice.
        weights: (triangles,) how much each triangle's shape matters, above zero.
        uv: (rows * columns, 2) where it lies at first, mm; moved in place.
        rounds: of local and global steps.
        steps: of the solver in each.
    """
    triangles = weights.shape[0]
    flat, cotangents = np.empty((triangles, 3)), np.empty((triangles, 3))
    flat_triangles(points, columns, flat, cotangents)
    system = np.empty((uv.shape[0], 4))
    edge_weights(columns, cotangents, weights, system)
    right_side = np.empty_like(uv)
    before = np.empty_like(uv)
    for _ in range(rounds):
        before[:] = uv
        rotations(uv, columns, flat, cotangents, weights, right_side)
        solve(system, columns, right_side, uv, steps)
        moved = 0.0
        for n in range(uv.shape[0]):
            moved = max(moved, abs(uv[n, 0] - before[n, 0]), abs(uv[n, 1] - before[n, 1]))
        if moved < SETTLED_MM:
            return


@compiled
def stretches(points: NDArray[np.float64], columns: int, uv: NDArray[np.float64], found: NDArray[np.float64]) -> None:
    """Writes, for every triangle, by how much lengths grow along its most and least stretched direction, and its area.

    Args:
        points: (rows * columns, 3) the lattice, mm.
        columns: of the lattice.
        uv: (rows * columns, 2) where it lies flat, mm.
        found: (triangles, 3) written: larger and smaller singular value, the smaller below zero where the triangle
            is turned over; area on the cut, mm2.
    """
    triangles = found.shape[0]
    flat, cotangents = np.empty((triangles, 3)), np.empty((triangles, 3))
    flat_triangles(points, columns, flat, cotangents)
    rows = uv.shape[0] // columns
    triangle = 0
    for row in range(rows - 1):
        for column in range(columns - 1):
            for upper in range(2):
                a, b, c = triangle_corners(columns, row, column, upper)
                length, x, y = flat[triangle, 0], flat[triangle, 1], flat[triangle, 2]
                # Derivatives of (u, v) by the triangle's own x and y.
                ux, vx = (uv[b, 0] - uv[a, 0]) / length, (uv[b, 1] - uv[a, 1]) / length
                uy, vy = (uv[c, 0] - uv[a, 0] - x * ux) / y, (uv[c, 1] - uv[a, 1] - x * vx) / y
                sums, differences = math.hypot(ux + vy, vx - uy), math.hypot(ux - vy, vx + uy)
                found[triangle, 0] = 0.5 * (sums + differences)
                found[triangle, 1] = 0.5 * (sums - differences)
                found[triangle, 2] = 0.5 * length * y
                triangle += 1
