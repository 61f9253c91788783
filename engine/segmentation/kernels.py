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
def in_bytes(share: NDArray[np.float32], probability: NDArray[np.uint8], winner: NDArray[np.uint8]) -> None:
    """Class probabilities in bytes, class last, and the most probable class.

    Args:
        share: (class, k, j, i) float32, 1 is certain.
        probability: (k, j, i, class) uint8, written.
        winner: (k, j, i) uint8, written.
    """
    nk, nj, ni, classes = probability.shape
    most = np.empty(ni, dtype=np.float32)
    for k in range(nk):
        for j in range(nj):
            most[:] = -1
            for n in range(classes):
                row = share[n, k, j]
                for i in range(ni):
                    probability[k, j, i, n] = np.uint8(row[i] * np.float32(255) + np.float32(0.5))
                    if row[i] > most[i]:
                        most[i] = row[i]
                        winner[k, j, i] = n


@numba.njit(nogil=True, cache=True)
def agreeing_cells(winner: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """The class of each cell of 2 x 2 x 2 voxels that agree, 255 where they do not.

    Args:
        winner: (k, j, i) uint8 class index.
        out: (k, j, i) uint8, written; at the far ends a cell is cut off.
    """
    nk, nj, ni = winner.shape
    for k in range(nk):
        far_k = min(k + 1, nk - 1)
        for j in range(nj):
            far_j = min(j + 1, nj - 1)
            a, b, c, d = winner[k, j], winner[k, far_j], winner[far_k, j], winner[far_k, far_j]
            row = out[k, j]
            for i in range(ni):
                n = min(i + 1, ni - 1)
                first = a[i]
                same = (a[n] == first) & (b[i] == first) & (b[n] == first) & (c[i] == first) & (c[n] == first)
                row[i] = first if same & (d[i] == first) & (d[n] == first) else 255


@numba.njit(nogil=True, cache=True)
def put_back(
    probability: NDArray[np.uint8],
    cells: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    table: NDArray[np.uint8],
    first_slice: int,
    out: NDArray[np.uint8],
) -> None:
    """Interpolates class probabilities at each voxel and keeps the value of the most probable class.

    Where the eight voxels around a place agree, nothing needs to be interpolated: most voxels are settled so.

    Args:
        probability: (k, j, i, class) uint8 on the network's grid.
        cells: (k, j, i) uint8 from `agreeing_cells`.
        matrix: (3, 4) index (k, j, i) into the network's grid from index (k, j, i) of the scan.
        table: (class,) uint8 what is written for a class.
        first_slice: index in the scan of the first slice of `out`.
        out: (k, j, i) uint8 some slices, written where they lie on the network's grid.
    """
    nk, nj, ni, _ = probability.shape
    dz, dy, dx = matrix[0, 2], matrix[1, 2], matrix[2, 2]
    straight = abs(dz) + abs(dy) < 1e-9  # rows of the scan run along rows of the network's grid
    for k in range(out.shape[0]):
        for j in range(out.shape[1]):
            z_row = matrix[0, 0] * (k + first_slice) + matrix[0, 1] * j + matrix[0, 3]
            y_row = matrix[1, 0] * (k + first_slice) + matrix[1, 1] * j + matrix[1, 3]
            x_row = matrix[2, 0] * (k + first_slice) + matrix[2, 1] * j + matrix[2, 3]
            low, high = _inside(z_row, dz, nk, 0, out.shape[2])
            low, high = _inside(y_row, dy, nj, low, high)
            low, high = _inside(x_row, dx, ni, low, high)
            if high <= low:
                continue
            start = (z_row + dz * low, y_row + dy * low, x_row + dx * low)
            if straight:
                _put_back_straight(probability, cells, start, dx, table, out[k, j, low:high])
            else:
                _put_back_oblique(probability, cells, start, (dz, dy, dx), table, out[k, j, low:high])


@numba.njit(nogil=True, cache=True)
def _put_back_straight(
    probability: NDArray[np.uint8],
    cells: NDArray[np.uint8],
    start: tuple[float, float, float],
    dx: float,
    table: NDArray[np.uint8],
    row: NDArray[np.uint8],
) -> None:
    """A row along the network's rows: across the row its four neighbours are mixed once for each network voxel."""
    nk, nj, ni, classes = probability.shape
    z, y = min(max(start[0], 0.0), nk - 1.0), min(max(start[1], 0.0), nj - 1.0)
    z0, y0 = int(z), int(y)
    z1, y1 = min(z0 + 1, nk - 1), min(y0 + 1, nj - 1)
    wz, wy = np.float32(z - z0), np.float32(y - y0)
    one = np.float32(1)
    a, b, c, d = (one - wz) * (one - wy), (one - wz) * wy, wz * (one - wy), wz * wy
    shares = np.empty((2, classes), dtype=np.float32)
    mixed = -1
    agreed_row = cells[z0, y0]
    for i in range(row.shape[0]):
        x = min(max(start[2] + dx * i, 0.0), ni - 1.0)
        x0 = int(x)
        agreed = agreed_row[x0]
        if agreed != 255:
            row[i] = table[agreed]
            continue
        if x0 != mixed:
            mixed = x0
            for side in range(2):
                at = min(x0 + side, ni - 1)
                for n in range(classes):
                    shares[side, n] = (
                        a * probability[z0, y0, at, n]
                        + b * probability[z0, y1, at, n]
                        + c * probability[z1, y0, at, n]
                        + d * probability[z1, y1, at, n]
                    )
        wx = np.float32(x - x0)
        best, most = 0, np.float32(-1)
        for n in range(classes):
            share = shares[0, n] + wx * (shares[1, n] - shares[0, n])
            if share > most:
                best, most = n, share
        row[i] = table[best]


@numba.njit(nogil=True, cache=True)
def _put_back_oblique(
    probability: NDArray[np.uint8],
    cells: NDArray[np.uint8],
    start: tuple[float, float, float],
    step: tuple[float, float, float],
    table: NDArray[np.uint8],
    row: NDArray[np.uint8],
) -> None:
    """A row that crosses the network's rows: every voxel mixes its own eight neighbours."""
    nk, nj, ni, classes = probability.shape
    totals = np.empty(classes, dtype=np.float32)
    for i in range(row.shape[0]):
        z = min(max(start[0] + step[0] * i, 0.0), nk - 1.0)
        y = min(max(start[1] + step[1] * i, 0.0), nj - 1.0)
        x = min(max(start[2] + step[2] * i, 0.0), ni - 1.0)
        z0, y0, x0 = int(z), int(y), int(x)
        agreed = cells[z0, y0, x0]
        if agreed != 255:
            row[i] = table[agreed]
            continue
        z1, y1, x1 = min(z0 + 1, nk - 1), min(y0 + 1, nj - 1), min(x0 + 1, ni - 1)
        wz, wy, wx = np.float32(z - z0), np.float32(y - y0), np.float32(x - x0)
        totals[:] = 0
        for corner in range(8):
            a, b, c = corner >> 2, (corner >> 1) & 1, corner & 1
            share = (wz if a else 1 - wz) * (wy if b else 1 - wy) * (wx if c else 1 - wx)
            corner_shares = probability[z1 if a else z0, y1 if b else y0, x1 if c else x0]
            for n in range(classes):
                totals[n] += share * corner_shares[n]
        row[i] = table[np.argmax(totals)]


@numba.njit(nogil=True, cache=True)
def _inside(start: float, step: float, extent: int, low: int, high: int) -> tuple[int, int]:
    """The part of [low, high) where start + step * i lies on a grid line of `extent` voxels, outer faces included."""
    if abs(step) < 1e-12:
        return (low, high) if -0.5 <= start <= extent - 0.5 else (low, low)
    one, other = (-0.5 - start) / step, (extent - 0.5 - start) / step
    low = max(low, int(np.ceil(min(one, other) - 1e-9)))
    return low, max(low, min(high, int(np.floor(max(one, other) + 1e-9)) + 1))


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


@numba.njit(nogil=True, cache=True)
def count_values(values: NDArray[np.uint8], counts: NDArray[np.int64]) -> None:
    """Adds up how often each value occurs, without the wide copy that np.bincount makes.

    Args:
        values: (k, j, i) uint8.
        counts: (256,) int64, added to.
    """
    for k in range(values.shape[0]):
        for j in range(values.shape[1]):
            row = values[k, j]
            for i in range(row.shape[0]):
                counts[row[i]] += 1
