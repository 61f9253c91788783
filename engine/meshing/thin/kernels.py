"""Compiled loops that compare a surface with the voxels it stands for, place by place."""

# numba's decorator has no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def coverage(
    vertices_ijk: NDArray[np.float64],
    faces: NDArray[np.int64],
    shape_kji: tuple[int, int, int],
    rays_kj: tuple[int, int],
    sense: float,
) -> Any:
    """Part of each voxel that lies inside a closed surface: exact along i, sampled by rays across j and k.

    A ray's crossings with shared edges are computed from the edge's ends in a fixed order, so that both triangles
    agree on which of them the ray hits; no ray can leak.

    Args:
        vertices_ijk: (n, 3) in voxel indices (i, j, k).
        faces: (m, 3).
        shape_kji: of the result.
        rays_kj: rays a voxel along k and j.
        sense: +1 where faces turn counter-clockwise seen from outside in index space, else -1.

    Returns:
        (k, j, i) float32, 0 to 1 for a surface that does not cross itself.
    """
    out = np.zeros(shape_kji, dtype=np.float32)
    passed = np.zeros(shape_kji, dtype=np.float32)
    rays_k, rays_j = rays_kj
    weight = sense / (rays_k * rays_j)
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        low_k = min(vertices_ijk[a, 2], vertices_ijk[b, 2], vertices_ijk[c, 2])
        high_k = max(vertices_ijk[a, 2], vertices_ijk[b, 2], vertices_ijk[c, 2])
        low_j = min(vertices_ijk[a, 1], vertices_ijk[b, 1], vertices_ijk[c, 1])
        high_j = max(vertices_ijk[a, 1], vertices_ijk[b, 1], vertices_ijk[c, 1])
        uj, uk = vertices_ijk[b, 1] - vertices_ijk[a, 1], vertices_ijk[b, 2] - vertices_ijk[a, 2]
        vj, vk = vertices_ijk[c, 1] - vertices_ijk[a, 1], vertices_ijk[c, 2] - vertices_ijk[a, 2]
        doubled = uj * vk - uk * vj
        if doubled == 0.0:
            continue
        ui, vi = vertices_ijk[b, 0] - vertices_ijk[a, 0], vertices_ijk[c, 0] - vertices_ijk[a, 0]
        sign = weight if doubled > 0 else -weight
        # Ray n lies at (n + 0.5) / rays - 0.5 voxels.
        for nk in range(int(np.floor((low_k + 0.5) * rays_k - 0.5)), int(np.ceil((high_k + 0.5) * rays_k - 0.5)) + 1):
            at_k = (nk + 0.5) / rays_k - 0.5
            k = nk // rays_k
            if k < 0 or k >= shape_kji[0]:
                continue
            for nj in range(
                int(np.floor((low_j + 0.5) * rays_j - 0.5)), int(np.ceil((high_j + 0.5) * rays_j - 0.5)) + 1
            ):
                at_j = (nj + 0.5) / rays_j - 0.5
                j = nj // rays_j
                if j < 0 or j >= shape_kji[1]:
                    continue
                odd = _beyond(vertices_ijk, a, b, at_j, at_k)
                odd ^= _beyond(vertices_ijk, b, c, at_j, at_k)
                odd ^= _beyond(vertices_ijk, c, a, at_j, at_k)
                if not odd:
                    continue
                pj, pk = at_j - vertices_ijk[a, 1], at_k - vertices_ijk[a, 2]
                at_i = vertices_ijk[a, 0] + ((pj * vk - pk * vj) * ui + (uj * pk - uk * pj) * vi) / doubled + 0.5
                cell = min(max(int(np.floor(at_i)), 0), shape_kji[2] - 1)
                out[k, j, cell] += sign * np.float32(at_i - cell)
                passed[k, j, cell] += sign
    for k in range(shape_kji[0]):
        for j in range(shape_kji[1]):
            inside = np.float32(0.0)
            for i in range(shape_kji[2] - 1, -1, -1):
                out[k, j, i] += inside
                inside += passed[k, j, i]
    return out


@njit(cache=True, nogil=True)
def _beyond(vertices: NDArray[np.float64], p: int, q: int, at_j: float, at_k: float) -> bool:
    """Whether the edge crosses the line k = at_k beyond at_j."""
    if p > q:
        p, q = q, p
    if (vertices[p, 2] <= at_k) == (vertices[q, 2] <= at_k):
        return False
    part = (at_k - vertices[p, 2]) / (vertices[q, 2] - vertices[p, 2])
    crossing: float = vertices[p, 1] + part * (vertices[q, 1] - vertices[p, 1])
    return crossing > at_j


@njit(cache=True, nogil=True)
def share_among_vertices(  # noqa: PLR0912 - loops over a neighbourhood, split up they would hide it
    missing: NDArray[np.float32], vertices_ijk: NDArray[np.float64]
) -> Any:
    """Gives what each voxel misses to the vertices in it, or else to those in the voxels around it.

    Args:
        missing: (k, j, i) part of the voxel that the surface should still enclose (negative: should not).
        vertices_ijk: (n, 3) in voxel indices.

    Returns:
        (n,) voxels missing at each vertex.
    """
    depth, height, width = missing.shape
    first = np.full(missing.shape, -1, dtype=np.int32)
    after = np.empty(vertices_ijk.shape[0], dtype=np.int32)
    for v in range(vertices_ijk.shape[0]):
        k = min(max(int(np.floor(vertices_ijk[v, 2] + 0.5)), 0), depth - 1)
        j = min(max(int(np.floor(vertices_ijk[v, 1] + 0.5)), 0), height - 1)
        i = min(max(int(np.floor(vertices_ijk[v, 0] + 0.5)), 0), width - 1)
        after[v] = first[k, j, i]
        first[k, j, i] = v
    shares = np.zeros(vertices_ijk.shape[0])
    for k in range(depth):
        for j in range(height):
            for i in range(width):
                if abs(missing[k, j, i]) < 1e-3:
                    continue
                for reach in range(2):
                    count = 0
                    for settle in range(2):
                        for kk in range(max(k - reach, 0), min(k + reach + 1, depth)):
                            for jj in range(max(j - reach, 0), min(j + reach + 1, height)):
                                for ii in range(max(i - reach, 0), min(i + reach + 1, width)):
                                    v = first[kk, jj, ii]
                                    while v >= 0:
                                        if settle == 0:
                                            count += 1
                                        else:
                                            shares[v] += missing[k, j, i] / count
                                        v = after[v]
                        if count == 0:
                            break
                    if count > 0:
                        break
    return shares


@njit(cache=True, nogil=True)
def spread(values: NDArray[np.float64], offsets: NDArray[np.int64], indices: NDArray[np.int64], steps: int) -> Any:
    """Diffuses (n, 2) values along the edges of a surface; their sums stay."""
    here = values.copy()
    moved = np.empty_like(here)
    for _ in range(steps):
        for v in range(here.shape[0]):
            first, second = 0.0, 0.0
            for n in range(offsets[v], offsets[v + 1]):
                other = indices[n]
                share = 1.0 / (offsets[other + 1] - offsets[other])
                first += here[other, 0] * share
                second += here[other, 1] * share
            moved[v, 0] = 0.5 * (here[v, 0] + first)
            moved[v, 1] = 0.5 * (here[v, 1] + second)
        here, moved = moved, here
    return here
