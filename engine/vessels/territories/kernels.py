# ruff: noqa: PLR0912 -- loops over neighbours in place: calls inside them are not free
"""Compiled kernels: fast marching inside the liver, seeds along centre lines, the way back to the scan's grid.

Single thread, no GIL: both trees march at the same time in two threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compiles without the GIL, cached on disk."""
    return cast(Function, numba.njit(nogil=True, cache=True, error_model="numpy")(function))


@compiled
def seed_branches(
    samples: NDArray[np.float64],
    numbers: NDArray[np.int32],
    reach: float,
    inside: NDArray[np.uint8],
    arrival: NDArray[np.float32],
    branch: NDArray[np.int32],
) -> None:
    """Writes the distance to the nearest vessel wall, and whose wall, where it is below `reach`.

    Args:
        samples: (n, 4) i, j, k and radius of points along the centre lines, all in voxels.
        numbers: (n,) branch of each.
        reach: voxels beyond the wall.
        inside: (k, j, i) 1 in the liver.
        arrival: (k, j, i) distance to the wall in voxels, negative inside the vessel; infinite at first.
        branch: (k, j, i) number of the branch.
    """
    nk, nj, ni = inside.shape
    for n in range(samples.shape[0]):
        x, y, z, radius = samples[n, 0], samples[n, 1], samples[n, 2], samples[n, 3]
        far = radius + reach
        for k in range(max(0, math.ceil(z - far)), min(nk - 1, math.floor(z + far)) + 1):
            for j in range(max(0, math.ceil(y - far)), min(nj - 1, math.floor(y + far)) + 1):
                for i in range(max(0, math.ceil(x - far)), min(ni - 1, math.floor(x + far)) + 1):
                    if inside[k, j, i] == 0:
                        continue
                    wall = math.sqrt((i - x) ** 2 + (j - y) ** 2 + (k - z) ** 2) - radius
                    if wall <= reach and wall < arrival[k, j, i]:
                        arrival[k, j, i] = wall
                        branch[k, j, i] = numbers[n]


@compiled
def _push(keys: NDArray[np.float32], places: NDArray[np.int32], size: int, key: float, place: int) -> int:
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if keys[up] <= key:
            break
        keys[at] = keys[up]
        places[at] = places[up]
        at = up
    keys[at] = key
    places[at] = place
    return size + 1


@compiled
def _pop(keys: NDArray[np.float32], places: NDArray[np.int32], size: int) -> int:
    """Removes the first; the caller has read it."""
    size -= 1
    key, place = keys[size], places[size]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and keys[down + 1] < keys[down]:
            down += 1
        if keys[down] >= key:
            break
        keys[at] = keys[down]
        places[at] = places[down]
        at = down
    keys[at] = key
    places[at] = place
    return size


@compiled
def _solve(a: float, b: float, c: float) -> float:
    """Arrival from the least arrivals along three axes, one voxel apart, at unit speed (infinite where none)."""
    if a > b:
        a, b = b, a
    if b > c:
        b, c = c, b
    if a > b:
        a, b = b, a
    least = a + 1.0
    if least > b:
        root = 2.0 - (a - b) ** 2
        least = 0.5 * (a + b + math.sqrt(root)) if root > 0.0 else least
        if least > c:
            total = a + b + c
            root = total * total - 3.0 * (a * a + b * b + c * c - 1.0)
            if root > 0.0:
                least = (total + math.sqrt(root)) / 3.0
    return least


@compiled
def _offer(
    near: int,
    regions: NDArray[np.int32],
    times: NDArray[np.float32],
    done: NDArray[np.uint8],
    steps: NDArray[np.int64],
) -> tuple[float, int]:
    """(arrival, earliest neighbour) of a cell from its finished neighbours of the same region."""
    a = b = c = least = math.inf
    earliest = near
    for t in range(6):
        other = near + steps[t]
        if done[other] and regions[other] == regions[near]:
            time = float(times[other])
            if t < 2:
                a = min(a, time)
            elif t < 4:
                b = min(b, time)
            else:
                c = min(c, time)
            if time < least:
                least = time
                earliest = other
    return _solve(a, b, c), earliest


@compiled
def march(region: NDArray[np.int32], arrival: NDArray[np.float32], branch: NDArray[np.int32]) -> None:
    """Fast marching (Sethian 1996) at unit speed from the voxels whose arrival is finite, in place.

    The front never leaves a region: neighbours of another region value are no neighbours, 0 is outside. `region`
    needs a border of zeros on all six sides. A voxel takes the branch of its earliest neighbour.

    Args:
        region: (k, j, i) int32.
        arrival: (k, j, i) float32 in voxels, infinite where not yet reached.
        branch: (k, j, i) int32 carried along.
    """
    nj, ni = region.shape[1], region.shape[2]
    regions, times, branches = region.ravel(), arrival.ravel(), branch.ravel()
    steps = np.array([1, -1, ni, -ni, nj * ni, -nj * ni], dtype=np.int64)
    done = np.zeros(regions.size, dtype=np.uint8)
    # Every cell is pushed once at the start and at most once by each of its six neighbours.
    room = 7 * np.count_nonzero(regions)
    keys = np.empty(room, dtype=np.float32)
    places = np.empty(room, dtype=np.int32)
    size = 0
    for place in range(regions.size):
        if regions[place] != 0 and times[place] < np.inf:
            size = _push(keys, places, size, float(times[place]), place)
    while size > 0:
        place = int(places[0])
        size = _pop(keys, places, size)
        if done[place]:
            continue
        done[place] = 1
        for s in range(6):
            near = place + steps[s]
            if done[near] or regions[near] != regions[place]:
                continue
            time, earliest = _offer(near, regions, times, done, steps)
            if np.float32(time) < times[near]:
                times[near] = time
                branches[near] = branches[earliest]
                size = _push(keys, places, size, time, near)


@compiled
def rival_seeds(group: NDArray[np.int32], first: NDArray[np.float32], second: NDArray[np.float32]) -> None:
    """Where another group of territories is next door: its arrival there plus the step is the rival's first offer.

    The rival's shortest path to a voxel enters the voxel's own group through such a face, so that marching on from
    these seeds inside the group gives the arrival of the nearest vessel of *any* other group, exactly.
    """
    nj, ni = group.shape[1], group.shape[2]
    groups, times, seeds = group.ravel(), first.ravel(), second.ravel()
    steps = np.array([1, -1, ni, -ni, nj * ni, -nj * ni], dtype=np.int64)
    for place in range(groups.size):
        if groups[place] == 0:
            continue
        for s in range(6):
            near = place + steps[s]
            if groups[near] != 0 and groups[near] != groups[place] and times[near] + 1.0 < seeds[place]:
                seeds[place] = times[near] + 1.0


@compiled
def put_back(
    working: NDArray[np.uint16],
    liver: NDArray[np.bool_],
    cells_k: NDArray[np.int32],
    cells_j: NDArray[np.int32],
    cells_i: NDArray[np.int32],
    answer: NDArray[np.uint16],
) -> int:
    """Gives each liver voxel the value of the working cell it lies in, or else of the nearest touching cell.

    Args:
        working: (k, j, i) values, 0 where there is none; with a border of zeros.
        liver: (k, j, i) on the scan's grid.
        cells_k, cells_j, cells_i: index of the working cell for each k, j and i of the scan's grid.
        answer: (k, j, i) written; stays 0 outside the liver and where no touching cell has a value.

    Returns:
        How many liver voxels stayed 0.
    """
    missing = 0
    for k in range(liver.shape[0]):
        ck = cells_k[k]
        for j in range(liver.shape[1]):
            cj = cells_j[j]
            for i in range(liver.shape[2]):
                if not liver[k, j, i]:
                    continue
                ci = cells_i[i]
                value = working[ck, cj, ci]
                nearest = 4
                if value == 0:
                    for dk in range(-1, 2):
                        for dj in range(-1, 2):
                            for di in range(-1, 2):
                                away = dk * dk + dj * dj + di * di
                                if away < nearest and working[ck + dk, cj + dj, ci + di] != 0:
                                    nearest = away
                                    value = working[ck + dk, cj + dj, ci + di]
                answer[k, j, i] = value
                if value == 0:
                    missing += 1
    return missing


@compiled
def spread(values: NDArray[np.uint16], liver: NDArray[np.bool_]) -> int:
    """Fills zero voxels of the liver from their neighbours (26), ring by ring, in place; returns how many stay 0.

    The arrays need no border. A voxel takes the value of the first neighbour found one ring before.
    """
    nk, nj, ni = values.shape
    empty = 0
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                if liver[k, j, i] and values[k, j, i] == 0:
                    empty += 1
    ring = np.empty((empty, 3), dtype=np.int32)
    empty = 0
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                if liver[k, j, i] and values[k, j, i] == 0:
                    ring[empty, 0], ring[empty, 1], ring[empty, 2] = k, j, i
                    empty += 1
    found = np.zeros(empty, dtype=np.uint16)
    while empty > 0:
        for n in range(empty):
            found[n] = _neighbour(values, ring[n, 0], ring[n, 1], ring[n, 2])
        left = 0
        for n in range(empty):
            if found[n] != 0:
                values[ring[n, 0], ring[n, 1], ring[n, 2]] = found[n]
            else:
                ring[left] = ring[n]
                left += 1
        if left == empty:
            break
        empty = left
    return empty


@compiled
def _neighbour(values: NDArray[np.uint16], k: int, j: int, i: int) -> np.uint16:
    """The value of the nearest of the 26 neighbours that has one, or 0."""
    best = 4
    value = np.uint16(0)
    for dk in range(-1, 2):
        for dj in range(-1, 2):
            for di in range(-1, 2):
                a, b, c = k + dk, j + dj, i + di
                if 0 <= a < values.shape[0] and 0 <= b < values.shape[1] and 0 <= c < values.shape[2]:
                    away = dk * dk + dj * dj + di * di
                    if values[a, b, c] != 0 and away < best:
                        best = away
                        value = values[a, b, c]
    return value
