"""Compiled kernels: sides of bent planes, pieces of segments. Single thread, no GIL."""

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
def design_row(point: NDArray[np.float64], frame: NDArray[np.float64], reach: float, row: NDArray[np.float64]) -> float:
    """Writes (1, u, v, uv, uu, vv) of a point in a plane's frame, and returns its offset from the plane.

    Args:
        point: (3,) LPS mm.
        frame: (4, 3) origin, along, up, normal.
        reach: mm that make one unit of u and v; u ends at -0.5 and 2, v at -1.5 and 1.5, so that the bends do not
            run away beyond the vein.
        row: (6,) written.
    """
    x, y, z = point[0] - frame[0, 0], point[1] - frame[0, 1], point[2] - frame[0, 2]
    u = (x * frame[1, 0] + y * frame[1, 1] + z * frame[1, 2]) / reach
    v = (x * frame[2, 0] + y * frame[2, 1] + z * frame[2, 2]) / reach
    u = min(max(u, -0.5), 2.0)
    v = min(max(v, -1.5), 1.5)
    row[0], row[1], row[2], row[3], row[4], row[5] = 1.0, u, v, u * v, u * u, v * v
    return float(x * frame[3, 0] + y * frame[3, 1] + z * frame[3, 2])


@compiled
def design(
    points: NDArray[np.float64], frame: NDArray[np.float64], reach: float, rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Writes (n, 6) rows and returns (n,) offsets, see `design_row`."""
    offsets = np.empty(len(points))
    for n in range(len(points)):
        offsets[n] = design_row(points[n], frame, reach, rows[n])
    return offsets


@compiled
def sides(
    points: NDArray[np.float64],
    frame: NDArray[np.float64],
    reach: float,
    terms: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """((n,) signed distance, (n,) standard deviation) of points to a bent plane, mm."""
    side = np.empty(len(points))
    deviation = np.empty(len(points))
    row = np.empty(6)
    for n in range(len(points)):
        offset = design_row(points[n], frame, reach, row)
        variance = 0.0
        for a in range(6):
            offset -= row[a] * terms[a]
            for b in range(6):
                variance += row[a] * spread[a, b] * row[b]
        side[n] = offset
        deviation[n] = math.sqrt(variance)
    return side, deviation


@compiled
def measure_pieces(
    pieces: NDArray[np.uint32],
    livers: NDArray[np.uint32],
    segment: NDArray[np.uint16],
    sizes: NDArray[np.int64],
    groups: NDArray[np.int64],
) -> None:
    """Counts each piece's voxels and writes which piece of the liver (times 16) and which segment it is part of."""
    flat_livers, flat_segment = livers.ravel(), segment.ravel()
    for place, piece in enumerate(pieces.ravel()):
        if piece != 0:
            if sizes[piece] == 0:
                groups[piece] = np.int64(flat_livers[place]) * 16 + flat_segment[place]
            sizes[piece] += 1


@compiled
def erase_pieces(pieces: NDArray[np.uint32], stays: NDArray[np.bool_], segment: NDArray[np.uint16]) -> None:
    """Writes 0 in the voxels of pieces that do not stay."""
    flat_segment = segment.ravel()
    for place, piece in enumerate(pieces.ravel()):
        if piece != 0 and not stays[piece]:
            flat_segment[place] = 0
