"""Compiled loops over vertices of four floats (x, y, z, unused), which move as one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

MOST_TABLED_DEGREE = 64


@compiled
def neighbours(faces: NDArray[np.int32], vertex_count: int) -> Any:
    """Neighbours of each vertex of a closed oriented surface, as (offsets (n + 1,), indices (3 m,)) int32.

    Closed and oriented means that every neighbour of a vertex is the head of exactly one half-edge leaving it.
    """
    offsets = np.zeros(vertex_count + 2, dtype=np.int32)
    for f in range(faces.shape[0]):
        offsets[faces[f, 0] + 2] += 1
        offsets[faces[f, 1] + 2] += 1
        offsets[faces[f, 2] + 2] += 1
    for v in range(2, vertex_count + 2):
        offsets[v] += offsets[v - 1]
    indices = np.empty(faces.shape[0] * 3, dtype=np.int32)
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        indices[offsets[a + 1]] = b
        offsets[a + 1] += 1
        indices[offsets[b + 1]] = c
        offsets[b + 1] += 1
        indices[offsets[c + 1]] = a
        offsets[c + 1] += 1
    return offsets[:-1], indices


@compiled
def taubin(
    vertices: NDArray[np.float32],
    chosen: NDArray[np.int32],
    edges: tuple[NDArray[np.int32], NDArray[np.int32]],
    pairs: int,
    factors: tuple[float, float],
) -> None:
    """Smooths whole pieces by pairs of umbrella steps (Taubin 1995), in place.

    Args:
        vertices: (n, 4) mm.
        chosen: the vertices to move; their neighbours are among them.
        edges: offsets and indices of `neighbours`.
        pairs: how many.
        factors: lambda > 0 and mu < 0 of the paper.
    """
    offsets, indices = edges
    other_side = vertices.copy()
    parts = np.empty(MOST_TABLED_DEGREE, dtype=np.float32)
    for degree in range(1, MOST_TABLED_DEGREE):
        parts[degree] = np.float32(1.0 / degree)
    for step in range(2 * pairs):
        factor = np.float32(factors[step % 2])
        keep = np.float32(1.0) - factor
        here, moved = (vertices, other_side) if step % 2 == 0 else (other_side, vertices)
        for n in range(chosen.shape[0]):
            v = chosen[n]
            first, last = offsets[v], offsets[v + 1]
            x, y, z = np.float32(0.0), np.float32(0.0), np.float32(0.0)
            for e in range(first, last):
                other = indices[e]
                x += here[other, 0]
                y += here[other, 1]
                z += here[other, 2]
            part = factor * parts[last - first]
            moved[v, 0] = keep * here[v, 0] + part * x
            moved[v, 1] = keep * here[v, 1] + part * y
            moved[v, 2] = keep * here[v, 2] + part * z


@compiled
def normals_of(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> Any:
    """Sums of the normals of the faces at each vertex, a face counting with twice its area.

    Returns:
        Enclosed volume and area (mm³, mm²), and (n, 4) float32 sums; the fourth number is the sum of the doubled areas.
    """
    sums = np.zeros_like(vertices)
    volume, area = 0.0, 0.0
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, az = vertices[a, 0], vertices[a, 1], vertices[a, 2]
        ux, uy, uz = vertices[b, 0] - ax, vertices[b, 1] - ay, vertices[b, 2] - az
        vx, vy, vz = vertices[c, 0] - ax, vertices[c, 1] - ay, vertices[c, 2] - az
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        w = np.sqrt(x * x + y * y + z * z)
        for corner in (a, b, c):
            sums[corner, 0] += x
            sums[corner, 1] += y
            sums[corner, 2] += z
            sums[corner, 3] += w
        area += w
        volume += ax * x + ay * y + az * z
    return volume / 6.0, area / 2.0, sums


@compiled
def move_along(vertices: NDArray[np.float32], normals: NDArray[np.float32], distance: float) -> None:
    """Moves every vertex the same way along its normal, in place."""
    for v in range(vertices.shape[0]):
        x, y, z = normals[v, 0], normals[v, 1], normals[v, 2]
        length = np.sqrt(x * x + y * y + z * z)
        if length > 0.0:
            step = np.float32(distance) / length
            vertices[v, 0] += step * x
            vertices[v, 1] += step * y
            vertices[v, 2] += step * z


@compiled
def take_swept(
    missing: NDArray[np.float32],
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    normals_before: NDArray[np.float32],
    normals_after: NDArray[np.float32],
) -> None:
    """Takes from `missing` (n,) the volume that each vertex swept outwards from `before` to `after`, mm³.

    A vertex carries a third of its faces, so its area is a sixth of the sum of `normals_of`; the mean of before and
    after makes the sum of all vertices right to third order in the way moved.
    """
    twelfth = np.float32(1.0 / 12.0)
    for v in range(missing.shape[0]):
        swept = np.float32(0.0)
        for c in range(3):
            swept += (after[v, c] - before[v, c]) * (normals_before[v, c] + normals_after[v, c])
        missing[v] -= swept * twelfth


@compiled
def spread(
    missing: NDArray[np.float32],
    normals: NDArray[np.float32],
    offsets: NDArray[np.int32],
    indices: NDArray[np.int32],
    steps: int,
) -> Any:
    """Diffuses what is missing and the area along the surface's edges; their sums stay.

    Returns:
        (n, 2) float32 missing volume and area around each vertex.
    """
    here = np.empty((missing.shape[0], 2), dtype=np.float32)
    shares = np.empty_like(here)
    for v in range(here.shape[0]):
        here[v, 0] = missing[v]
        here[v, 1] = max(normals[v, 3] / np.float32(6.0), np.float32(1e-6))
    half = np.float32(0.5)
    for _ in range(steps):
        for v in range(here.shape[0]):
            part = np.float32(1.0) / np.float32(max(offsets[v + 1] - offsets[v], 1))
            shares[v, 0] = here[v, 0] * part
            shares[v, 1] = here[v, 1] * part
        for v in range(here.shape[0]):
            first, second = np.float32(0.0), np.float32(0.0)
            for n in range(offsets[v], offsets[v + 1]):
                first += shares[indices[n], 0]
                second += shares[indices[n], 1]
            here[v, 0] = half * (here[v, 0] + first)
            here[v, 1] = half * (here[v, 1] + second)
    return here


@compiled
def give_back(
    vertices: NDArray[np.float32], normals: NDArray[np.float32], around: NDArray[np.float32], most_mm: float
) -> Any:
    """Moves vertices along their normals by the volume missing around them over the area around them.

    Args:
        vertices: (n, 4) mm.
        normals: of `normals_of`.
        around: of `spread`.
        most_mm: no vertex moves further, so that no surface folds over itself.

    Returns:
        (n, 4) moved vertices.
    """
    moved = vertices.copy()
    most = np.float32(most_mm)
    for v in range(vertices.shape[0]):
        x, y, z = normals[v, 0], normals[v, 1], normals[v, 2]
        length = np.sqrt(x * x + y * y + z * z)
        if length > 0.0:
            step = min(max(around[v, 0] / around[v, 1], -most), most) / length
            moved[v, 0] += step * x
            moved[v, 1] += step * y
            moved[v, 2] += step * z
    return moved


@compiled
def pieces_of(faces: NDArray[np.int32], vertex_count: int) -> Any:
    """Connected pieces: (n,) the number of vertices in each vertex's piece, and the number of pieces."""
    parents = np.arange(vertex_count).astype(np.int32)
    for f in range(faces.shape[0]):
        for c in range(2):
            a, b = faces[f, c], faces[f, c + 1]
            while parents[a] != a:
                parents[a] = parents[parents[a]]
                a = parents[a]
            while parents[b] != b:
                parents[b] = parents[parents[b]]
                b = parents[b]
            if a != b:
                parents[max(a, b)] = min(a, b)
    sizes = np.zeros(vertex_count, dtype=np.int32)
    pieces = 0
    for v in range(vertex_count):
        # Parents have lower numbers, so they are at their root already.
        parents[v] = parents[parents[v]]
        sizes[parents[v]] += 1
        pieces += parents[v] == v
    for v in range(vertex_count - 1, -1, -1):
        sizes[v] = sizes[parents[v]]
    return sizes, pieces


@compiled
def to_patient(vertices: NDArray[np.float32], lps_from_grid: NDArray[np.float64]) -> Any:
    """(n, 3) float64 LPS mm of (n, 4) points in mm along the grid's axes, by a (3, 4) matrix."""
    out = np.empty((vertices.shape[0], 3), dtype=np.float64)
    for v in range(vertices.shape[0]):
        x, y, z = np.float64(vertices[v, 0]), np.float64(vertices[v, 1]), np.float64(vertices[v, 2])
        for c in range(3):
            out[v, c] = (
                lps_from_grid[c, 0] * x + lps_from_grid[c, 1] * y + lps_from_grid[c, 2] * z + lps_from_grid[c, 3]
            )
    return out


@compiled
def to_faces(faces: NDArray[np.int32], turned: bool) -> Any:
    """(m, 3) int64 faces, `turned` to the other side or not."""
    out = np.empty(faces.shape, dtype=np.int64)
    second, third = (2, 1) if turned else (1, 2)
    for f in range(faces.shape[0]):
        out[f, 0], out[f, 1], out[f, 2] = faces[f, 0], faces[f, second], faces[f, third]
    return out
