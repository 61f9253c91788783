"""Compiled kernels: vessels on an isotropic grid, and the piece of the skeleton that each voxel belongs to."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

NOTHING: Final = 0
VESSEL: Final = 1
CAVA: Final = 2

_NEIGHBOURS: Final = np.array(
    [(k, j, i) for k in (-1, 0, 1) for j in (-1, 0, 1) for i in (-1, 0, 1) if (k, j, i) != (0, 0, 0)], dtype=np.int64
)
_STEPS: Final = np.sqrt((_NEIGHBOURS**2).sum(axis=1).astype(np.float64))


@compiled
def resample_codes(
    codes: NDArray[np.uint8],
    inside: NDArray[np.float32],
    first_kji: NDArray[np.float64],
    step_kji: NDArray[np.float64],
    out: NDArray[np.uint8],
) -> None:
    """Fills `out` with NOTHING, VESSEL or CAVA: something where the interpolated `inside` is not below zero.

    Args:
        codes: (k, j, i) codes of the scan's voxels.
        inside: (k, j, i) above zero in vessels and cava, below outside.
        first_kji: index of the first voxel of `out` in `codes`, fractions allowed.
        step_kji: steps of `out` in voxels of `codes`.
        out: (k, j, i) written; its outermost layer stays NOTHING.
    """
    nk, nj, ni = codes.shape
    for k in range(1, out.shape[0] - 1):
        z = min(max(first_kji[0] + k * step_kji[0], 0.0), nk - 1.0)
        k0 = min(int(z), nk - 2) if nk > 1 else 0
        wk = z - k0
        k1 = min(k0 + 1, nk - 1)
        for j in range(1, out.shape[1] - 1):
            y = min(max(first_kji[1] + j * step_kji[1], 0.0), nj - 1.0)
            j0 = min(int(y), nj - 2) if nj > 1 else 0
            wj = y - j0
            j1 = min(j0 + 1, nj - 1)
            for i in range(1, out.shape[2] - 1):
                x = min(max(first_kji[2] + i * step_kji[2], 0.0), ni - 1.0)
                i0 = min(int(x), ni - 2) if ni > 1 else 0
                wi = x - i0
                i1 = min(i0 + 1, ni - 1)
                vessel = 0.0
                cava = 0.0
                level = 0.0
                for corner in range(8):
                    ck = k1 if corner & 4 else k0
                    cj = j1 if corner & 2 else j0
                    ci = i1 if corner & 1 else i0
                    code = codes[ck, cj, ci]
                    weight = wk if corner & 4 else 1.0 - wk
                    weight *= wj if corner & 2 else 1.0 - wj
                    weight *= wi if corner & 1 else 1.0 - wi
                    level += weight * inside[ck, cj, ci]
                    if code == VESSEL:
                        vessel += weight
                    elif code == CAVA:
                        cava += weight
                if level >= 0.0 and vessel + cava > 0.0:
                    out[k, j, i] = VESSEL if vessel >= cava else CAVA


@compiled
def _push(
    times: NDArray[np.float64],
    cells: NDArray[np.int64],
    owners: NDArray[np.int32],
    size: int,
    entry: tuple[float, int, int],
) -> int:
    place = size
    while place > 0:
        above = (place - 1) // 2
        if times[above] <= entry[0]:
            break
        times[place], cells[place], owners[place] = times[above], cells[above], owners[above]
        place = above
    times[place], cells[place], owners[place] = entry[0], entry[1], entry[2]
    return size + 1


@compiled
def _pop(times: NDArray[np.float64], cells: NDArray[np.int64], owners: NDArray[np.int32], size: int) -> int:
    """Removes the first entry; returns the new size."""
    size -= 1
    time, cell, owner = times[size], cells[size], owners[size]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and times[below + 1] < times[below]:
            below += 1
        if times[below] >= time:
            break
        times[place], cells[place], owners[place] = times[below], cells[below], owners[below]
        place = below
    times[place], cells[place], owners[place] = time, cell, owner
    return size


@compiled
def spread_points(
    mask: NDArray[np.uint8], seeds: NDArray[np.int64], radii: NDArray[np.float64], owner: NDArray[np.int32]
) -> None:
    """Writes into `owner` the number of the point that reaches each VESSEL voxel first, along the vessels.

    A point's front runs at the speed of its radius, so that two tubes that touch meet where their walls do
    (multiplicatively weighted Voronoi regions, geodesic; Dijkstra with a binary heap).

    Args:
        mask: (k, j, i) codes with an outermost layer of NOTHING.
        seeds: (n,) flat index of each point.
        radii: (n,) in voxels, above zero.
        owner: (k * j * i,) written; -1 everywhere before.
    """
    flat = mask.ravel()
    plane, row = mask.shape[1] * mask.shape[2], mask.shape[2]
    shifts = _NEIGHBOURS[:, 0] * plane + _NEIGHBOURS[:, 1] * row + _NEIGHBOURS[:, 2]
    total = 0
    for value in flat:
        total += value == VESSEL
    times = np.empty(27 * total + len(seeds) + 1)
    cells = np.empty(len(times), dtype=np.int64)
    owners = np.empty(len(times), dtype=np.int32)
    size = 0
    for n in range(len(seeds)):
        size = _push(times, cells, owners, size, (0.0, seeds[n], n))
    while size > 0:
        time, cell, number = times[0], cells[0], owners[0]
        size = _pop(times, cells, owners, size)
        if owner[cell] >= 0:
            continue
        owner[cell] = number
        for n in range(26):
            other = cell + shifts[n]
            if flat[other] == VESSEL and owner[other] < 0:
                size = _push(times, cells, owners, size, (time + _STEPS[n] / radii[number], other, number))
