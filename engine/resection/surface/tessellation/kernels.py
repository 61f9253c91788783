# ruff: noqa: PLR0912, PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: the vertices of a tessellated surface, and how much it bends."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import borrowing, compiled
from engine.resection.surface.kernels import bezier


@borrowing
def bends(net: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Longest second differences of a (4, 4, 3) net [v, u] along u, along v and across, and its most twist in z."""
    along_u, along_v, across, twist = 0.0, 0.0, 0.0, 0.0
    for row in range(4):
        for place in range(2):
            of_row, of_column = 0.0, 0.0
            for axis in range(3):
                by_u = net[row, place, axis] - 2.0 * net[row, place + 1, axis] + net[row, place + 2, axis]
                by_v = net[place, row, axis] - 2.0 * net[place + 1, row, axis] + net[place + 2, row, axis]
                of_row += by_u * by_u
                of_column += by_v * by_v
            along_u, along_v = max(along_u, of_row), max(along_v, of_column)
    for row in range(3):
        for place in range(3):
            square, last = 0.0, 0.0
            for axis in range(3):
                last = net[row + 1, place + 1, axis] - net[row + 1, place, axis]
                last -= net[row, place + 1, axis] - net[row, place, axis]
                square += last * last
            across, twist = max(across, square), max(twist, abs(last))
    return math.sqrt(along_u), math.sqrt(along_v), math.sqrt(across), twist


@borrowing
def basis(t: float, weights: NDArray[np.float64]) -> None:
    """Writes (3, 4) the cubic Bernstein polynomials at t, their first and their second derivatives."""
    s = 1.0 - t
    weights[0, 0], weights[0, 1], weights[0, 2], weights[0, 3] = s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t
    weights[1, 0], weights[1, 1] = -3.0 * s * s, 3.0 * s * s - 6.0 * s * t
    weights[1, 2], weights[1, 3] = 6.0 * s * t - 3.0 * t * t, 3.0 * t * t
    weights[2, 0], weights[2, 1] = 6.0 * s, 6.0 * t - 12.0 * s
    weights[2, 2], weights[2, 3] = 6.0 * s - 12.0 * t, 6.0 * t


@borrowing
def edge_at(net: NDArray[np.float64], u: float, v: float, at: NDArray[np.float64], edge: NDArray[np.float64]) -> None:
    """Writes (5,) x, y, z of a point on the patch's edge and the slope of the height over the plane there."""
    bezier(net, u, v, at)
    determinant = at[3] * at[7] - at[4] * at[6]
    edge[0], edge[1], edge[2] = at[0], at[1], at[2]
    edge[3] = (at[5] * at[7] - at[4] * at[8]) / determinant
    edge[4] = (at[3] * at[8] - at[5] * at[6]) / determinant


@borrowing
def place_beyond(
    edge: NDArray[np.float64],
    beyond_u: float,
    beyond_v: float,
    placed_from_frame: NDArray[np.float64],
    vertex: NDArray[np.float64],
) -> None:
    """Writes (3,) the point that lies straight on from an edge's point by mm along both axes of the frame."""
    x, y = edge[0] + beyond_u, edge[1] + beyond_v
    z = edge[2] + beyond_u * edge[3] + beyond_v * edge[4]
    for axis in range(3):
        vertex[axis] = (
            placed_from_frame[axis, 0] * x
            + placed_from_frame[axis, 1] * y
            + placed_from_frame[axis, 2] * z
            + placed_from_frame[axis, 3]
        )


@borrowing
def place_on_patch(
    weights: NDArray[np.float64], curves: NDArray[np.float64], shift: float, vertex: NDArray[np.float64]
) -> None:
    """Writes (3,) a vertex on the patch, moved as `place_vertices` says."""
    for axis in range(3):
        total = 0.0
        for place in range(4):
            total += (weights[0, place] - shift * weights[2, place]) * curves[0, place, axis]
            total += shift * (weights[1, place] * curves[1, place, axis] - weights[0, place] * curves[2, place, axis])
        vertex[axis] = total


@compiled
def place_vertices(
    net: NDArray[np.float64],
    placed_net: NDArray[np.float64],
    placed_from_frame: NDArray[np.float64],
    us: NDArray[np.float64],
    vs: NDArray[np.float64],
    step: float,
    vertices: NDArray[np.float64],
) -> None:
    """Writes the vertices of a continued surface.

    Chords lie on the hollow side of a bend. Each vertex of the patch is moved by the mean of that over its cells,
    step^2 (S_uv - S_uu - S_vv) / 12 where the diagonal runs from (u + step, v) to (u, v + step), so that the volumes
    on both sides keep their size.

    Args:
        net: (4, 4, 3) control points [v, u] in the frame, mm.
        placed_net: (4, 4, 3) the same in the coordinates wanted.
        placed_from_frame: (3, 4) the coordinates wanted from frame coordinates.
        us: (m,) parameters, beyond the patch in mm.
        vs: (n,) likewise.
        step: distance of the parameters on the patch; 0 leaves vertices where they are.
        vertices: (n, m, 3) written.
    """
    columns = us.shape[0]
    at = np.empty(9)
    along_u = np.empty((columns, 3, 4))
    ends = np.empty((2, columns, 5))  # the edges v = 0 and v = 1
    for column in range(columns):
        basis(us[column], along_u[column])
        for end in range(2):
            edge_at(net, min(max(us[column], 0.0), 1.0), float(end), at, ends[end, column])
    along_v = np.empty((3, 4))
    curves = np.empty((3, 4, 3))  # the row's curve, its slope and its bend by v
    sides = np.empty((2, 5))
    for row in range(vs.shape[0]):
        v = vs[row]
        if v < 0.0 or v > 1.0:
            end = 0 if v < 0.0 else 1
            for column in range(columns):
                beyond_u = us[column] - min(max(us[column], 0.0), 1.0)
                place_beyond(ends[end, column], beyond_u, v - end, placed_from_frame, vertices[row, column])
            continue
        basis(v, along_v)
        for order in range(3):
            for place in range(4):
                for axis in range(3):
                    total = 0.0
                    for control in range(4):
                        total += along_v[order, control] * placed_net[control, place, axis]
                    curves[order, place, axis] = total
        for side in range(2):
            edge_at(net, float(side), v, at, sides[side])
        for column in range(columns):
            u = us[column]
            if 0.0 <= u <= 1.0:
                place_on_patch(along_u[column], curves, step * step / 12.0, vertices[row, column])
            else:
                side = 0 if u < 0.0 else 1
                place_beyond(sides[side], u - side, 0.0, placed_from_frame, vertices[row, column])
