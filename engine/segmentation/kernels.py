"""Resampling loops: scan to network grid and network answer back to the scan's grid."""

# numba's decorator has no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(nogil=True, cache=True)
def block_mean(voxels: NDArray[np.int16], fk: int, fj: int, fi: int, out: NDArray[np.int16]) -> None:
    """Mean over blocks of (fk, fj, fi) voxels; what is left over at the far ends is dropped.

    Args:
        voxels: (k, j, i) int16.
        fk: block extent along k.
        fj: block extent along j.
        fi: block extent along i.
        out: (k // fk, j // fj, i // fi) int16, written.
    """
    count = fk * fj * fi
    sums = np.empty(out.shape[2], dtype=np.int32)
    for k in range(out.shape[0]):
        for j in range(out.shape[1]):
            sums[:] = 0
            for a in range(fk):
                for b in range(fj):
                    row = voxels[k * fk + a, j * fj + b]
                    for i in range(out.shape[2]):
                        for c in range(fi):
                            sums[i] += row[i * fi + c]
            for i in range(out.shape[2]):
                out[k, j, i] = np.int16(round(sums[i] / count))


@numba.njit(nogil=True, cache=True)
def resample_linear(
    voxels: NDArray[np.int16], matrix: NDArray[np.float64], outside: float, out: NDArray[np.float32]
) -> None:
    """Trilinear values of `voxels` on another grid.

    Args:
        voxels: (k, j, i) int16.
        matrix: (3, 4) index (k, j, i) into `voxels` from index (k, j, i) into `out`.
        outside: value beyond the outermost voxel faces.
        out: (k, j, i) float32, written.
    """
    sk, sj, si = voxels.shape
    for k in range(out.shape[0]):
        for j in range(out.shape[1]):
            for i in range(out.shape[2]):
                z = matrix[0, 0] * k + matrix[0, 1] * j + matrix[0, 2] * i + matrix[0, 3]
                y = matrix[1, 0] * k + matrix[1, 1] * j + matrix[1, 2] * i + matrix[1, 3]
                x = matrix[2, 0] * k + matrix[2, 1] * j + matrix[2, 2] * i + matrix[2, 3]
                if z < -0.5 or y < -0.5 or x < -0.5 or z > sk - 0.5 or y > sj - 0.5 or x > si - 0.5:
                    out[k, j, i] = outside
                    continue
                z = min(max(z, 0.0), sk - 1.0)
                y = min(max(y, 0.0), sj - 1.0)
                x = min(max(x, 0.0), si - 1.0)
                z0, y0, x0 = int(z), int(y), int(x)
                z1, y1, x1 = min(z0 + 1, sk - 1), min(y0 + 1, sj - 1), min(x0 + 1, si - 1)
                wz, wy, wx = z - z0, y - y0, x - x0
                low = (voxels[z0, y0, x0] * (1 - wx) + voxels[z0, y0, x1] * wx) * (1 - wy) + (
                    voxels[z0, y1, x0] * (1 - wx) + voxels[z0, y1, x1] * wx
                ) * wy
                high = (voxels[z1, y0, x0] * (1 - wx) + voxels[z1, y0, x1] * wx) * (1 - wy) + (
                    voxels[z1, y1, x0] * (1 - wx) + voxels[z1, y1, x1] * wx
                ) * wy
                out[k, j, i] = low * (1 - wz) + high * wz


@numba.njit(nogil=True, cache=True)
def put_back(
    probability: NDArray[np.uint8],
    winner: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    first_k: int,
    out: NDArray[np.uint8],
) -> None:
    """Interpolates class probabilities per scan voxel and writes the winning class; no full-size logits exist.

    Where all eight neighbours agree on the winner, the interpolated winner is the same (a mean of vectors whose
    largest entry is at one place has it there too), so most voxels cost eight byte reads.

    Args:
        probability: (k, j, i, class) uint8 on the network's grid.
        winner: (k, j, i) uint8, the argmax of `probability`.
        matrix: (3, 4) network index (k, j, i) from scan index (k, j, i).
        first_k: scan index of the first slice of `out`.
        out: (k, j, i) uint8 slab of the scan's grid; voxels outside the network's grid are left alone.
    """
    sk, sj, si, classes = probability.shape
    totals = np.empty(classes, dtype=np.float32)
    for k in range(out.shape[0]):
        for j in range(out.shape[1]):
            for i in range(out.shape[2]):
                z = matrix[0, 0] * (k + first_k) + matrix[0, 1] * j + matrix[0, 2] * i + matrix[0, 3]
                y = matrix[1, 0] * (k + first_k) + matrix[1, 1] * j + matrix[1, 2] * i + matrix[1, 3]
                x = matrix[2, 0] * (k + first_k) + matrix[2, 1] * j + matrix[2, 2] * i + matrix[2, 3]
                if z < -0.5 or y < -0.5 or x < -0.5 or z > sk - 0.5 or y > sj - 0.5 or x > si - 0.5:
                    continue
                z = min(max(z, 0.0), sk - 1.0)
                y = min(max(y, 0.0), sj - 1.0)
                x = min(max(x, 0.0), si - 1.0)
                z0, y0, x0 = int(z), int(y), int(x)
                z1, y1, x1 = min(z0 + 1, sk - 1), min(y0 + 1, sj - 1), min(x0 + 1, si - 1)
                first = winner[z0, y0, x0]
                if (
                    winner[z0, y0, x1] == first
                    and winner[z0, y1, x0] == first
                    and winner[z0, y1, x1] == first
                    and winner[z1, y0, x0] == first
                    and winner[z1, y0, x1] == first
                    and winner[z1, y1, x0] == first
                    and winner[z1, y1, x1] == first
                ):
                    out[k, j, i] = first
                    continue
                wz, wy, wx = np.float32(z - z0), np.float32(y - y0), np.float32(x - x0)
                totals[:] = 0
                for corner in range(8):
                    a, b, c = corner >> 2, (corner >> 1) & 1, corner & 1
                    share = (wz if a else 1 - wz) * (wy if b else 1 - wy) * (wx if c else 1 - wx)
                    row = probability[z1 if a else z0, y1 if b else y0, x1 if c else x0]
                    for n in range(classes):
                        totals[n] += share * row[n]
                best = 0
                for n in range(1, classes):
                    if totals[n] > totals[best]:
                        best = n
                out[k, j, i] = best


@numba.njit(nogil=True, cache=True)
def spread(seeds: NDArray[np.uint8], allowed: NDArray[np.bool_]) -> None:
    """Grows seed values through the allowed voxels, breadth first over 26 neighbours, in place.

    Every allowed voxel that is connected to a seed takes the value of the seed fewest steps away.

    Args:
        seeds: (k, j, i) uint8, 0 where undecided.
        allowed: (k, j, i) where values may go.
    """
    nk, nj, ni = seeds.shape
    waiting = np.empty((allowed.sum(), 3), dtype=np.int32)  # a voxel is queued once at most
    head, tail = 0, 0
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                if seeds[k, j, i] > 0 and allowed[k, j, i]:
                    waiting[tail, 0], waiting[tail, 1], waiting[tail, 2] = k, j, i
                    tail += 1
    while head < tail:
        k, j, i = waiting[head, 0], waiting[head, 1], waiting[head, 2]
        head += 1
        for a in range(max(k - 1, 0), min(k + 2, nk)):
            for b in range(max(j - 1, 0), min(j + 2, nj)):
                for c in range(max(i - 1, 0), min(i + 2, ni)):
                    if allowed[a, b, c] and seeds[a, b, c] == 0:
                        seeds[a, b, c] = seeds[k, j, i]
                        waiting[tail, 0], waiting[tail, 1], waiting[tail, 2] = a, b, c
                        tail += 1
