"""Compiled loops over fields and triangles. All release the GIL and run on one thread."""

# numba's decorator has no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def resample(field: NDArray[np.float32], step_kji: NDArray[np.float64], shape_kji: NDArray[np.int64]) -> Any:
    """Samples a (k, j, i) field trilinearly at index = sample * step; beyond the last voxel its edge value goes on.

    Returns:
        (k, j, i) float32 of shape `shape_kji`.
    """
    depth, height, width = field.shape
    out = np.empty((shape_kji[0], shape_kji[1], shape_kji[2]), dtype=np.float32)
    low_i = np.empty(shape_kji[2], dtype=np.int64)
    part_i = np.empty(shape_kji[2], dtype=np.float32)
    for i in range(shape_kji[2]):
        at = min(i * step_kji[2], width - 1.0)
        low_i[i] = min(int(at), width - 2)
        part_i[i] = at - low_i[i]
    for k in range(shape_kji[0]):
        at_k = min(k * step_kji[0], depth - 1.0)
        k0 = min(int(at_k), depth - 2)
        wk = np.float32(at_k - k0)
        for j in range(shape_kji[1]):
            at_j = min(j * step_kji[1], height - 1.0)
            j0 = min(int(at_j), height - 2)
            wj = np.float32(at_j - j0)
            w00, w01 = (1 - wk) * (1 - wj), (1 - wk) * wj
            w10, w11 = wk * (1 - wj), wk * wj
            for i in range(shape_kji[2]):
                i0 = low_i[i]
                near = (
                    w00 * field[k0, j0, i0]
                    + w01 * field[k0, j0 + 1, i0]
                    + w10 * field[k0 + 1, j0, i0]
                    + w11 * field[k0 + 1, j0 + 1, i0]
                )
                far = (
                    w00 * field[k0, j0, i0 + 1]
                    + w01 * field[k0, j0 + 1, i0 + 1]
                    + w10 * field[k0 + 1, j0, i0 + 1]
                    + w11 * field[k0 + 1, j0 + 1, i0 + 1]
                )
                out[k, j, i] = near + part_i[i] * (far - near)
    return out


@njit(cache=True, nogil=True)
def keep_off_zero(values: NDArray[np.float32], smallest: float) -> None:
    """Moves values nearer to zero than `smallest` out to it, in place."""
    flat = values.ravel()
    for n in range(flat.size):
        if -smallest < flat[n] < smallest:
            flat[n] = -smallest if flat[n] < 0 else smallest


@njit(cache=True, nogil=True)
def _leaving_half_edges(faces: NDArray[np.int64], vertex_count: int) -> tuple[Any, Any]:
    """Half-edges that leave each vertex, as (offsets (n + 1,), half-edge numbers (3 m,))."""
    offsets = np.zeros(vertex_count + 1, dtype=np.int64)
    for f in range(faces.shape[0]):
        for c in range(3):
            offsets[faces[f, c] + 1] += 1
    for v in range(vertex_count):
        offsets[v + 1] += offsets[v]
    fill = offsets[:-1].copy()
    leaving = np.empty(faces.shape[0] * 3, dtype=np.int64)
    for f in range(faces.shape[0]):
        for c in range(3):
            leaving[fill[faces[f, c]]] = 3 * f + c
            fill[faces[f, c]] += 1
    return offsets, leaving


@njit(cache=True, nogil=True)
def _head(faces: NDArray[np.int64], half_edge: int) -> int:
    head: int = faces[half_edge // 3, (half_edge + 1) % 3]
    return head


@njit(cache=True, nogil=True)
def match_half_edges(faces: NDArray[np.int64], vertex_count: int) -> tuple[Any, Any]:
    """Pairs half-edges; 3 f + c is the half-edge from corner c to corner c + 1 of face f.

    Returns:
        (3 m,) the partner of each half-edge (the last one found, -1 for none), and the counts of half-edges whose edge
        [has an odd number of faces, has not two faces, has not one face in each direction].
    """
    offsets, leaving = _leaving_half_edges(faces, vertex_count)
    partners = np.full(faces.shape[0] * 3, -1, dtype=np.int64)
    faults = np.zeros(3, dtype=np.int64)
    for h in range(partners.shape[0]):
        tail, head = faces[h // 3, h % 3], _head(faces, h)
        same, reverse = 0, 0
        for n in range(offsets[tail], offsets[tail + 1]):
            same += _head(faces, leaving[n]) == head
        for n in range(offsets[head], offsets[head + 1]):
            if _head(faces, leaving[n]) == tail:
                reverse += 1
                partners[h] = leaving[n]
        faults[0] += (same + reverse) % 2
        faults[1] += same + reverse != 2
        faults[2] += same != 1 or reverse != 1
    return partners, faults


@njit(cache=True, nogil=True)
def measure_surface(vertices: NDArray[np.float64], faces: NDArray[np.int64], centre: NDArray[np.float64]) -> Any:
    """Signed volume (mm³, about `centre`), area (mm²), smallest face area (mm²), and (n, 3) sums of face normals.

    A face's normal counts with twice its area.
    """
    sums = np.zeros_like(vertices)
    volume, area, smallest = 0.0, 0.0, np.inf
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = (vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2])
        vx, vy, vz = (vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2])
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            sums[corner, 0] += x
            sums[corner, 1] += y
            sums[corner, 2] += z
        here = np.sqrt(x * x + y * y + z * z) / 2.0
        area += here
        smallest = min(smallest, here)
        volume += (vertices[a, 0] - centre[0]) * x + (vertices[a, 1] - centre[1]) * y + (vertices[a, 2] - centre[2]) * z
    return volume / 6.0, area, smallest, sums


@njit(cache=True, nogil=True)
def _root(parents: NDArray[np.int64], item: int) -> int:
    while parents[item] != item:
        parents[item] = parents[parents[item]]
        item = parents[item]
    return item


@njit(cache=True, nogil=True)
def corner_fans(faces: NDArray[np.int64], opposite: NDArray[np.int64]) -> Any:
    """Groups the corners around each vertex into fans of faces that meet edge to edge.

    Args:
        faces: (m, 3).
        opposite: (3 m,) half-edge 3 f + c runs from corner c to corner c + 1 of face f; its partner's number.

    Returns:
        (3 m,) one number a fan; a manifold vertex has one fan, a pinched one several.
    """
    parents = np.arange(faces.shape[0] * 3)
    for h in range(parents.shape[0]):
        # The head of the partner is this half-edge's tail: the same vertex in the neighbouring face.
        partner = opposite[h]
        head = partner - 2 if partner % 3 == 2 else partner + 1
        a, b = _root(parents, h), _root(parents, head)
        if a != b:
            parents[max(a, b)] = min(a, b)
    for h in range(parents.shape[0]):
        parents[h] = _root(parents, h)
    return parents


@njit(cache=True, nogil=True)
def components(faces: NDArray[np.int64], vertex_count: int) -> Any:
    """Numbers the connected pieces of a surface: (n,) the lowest vertex index of the piece each vertex is in."""
    parents = np.arange(vertex_count)
    for f in range(faces.shape[0]):
        for c in range(2):
            a, b = _root(parents, faces[f, c]), _root(parents, faces[f, c + 1])
            if a != b:
                parents[max(a, b)] = min(a, b)
    for v in range(vertex_count):
        parents[v] = _root(parents, v)
    return parents
