"""Compiled loop: trilinear samples of stacked fields with their derivatives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def sample_with_slope(
    fields: NDArray[np.float32],
    index: NDArray[np.float64],
    values: NDArray[np.float64],
    slopes: NDArray[np.float64],
) -> None:
    """Samples at fractional indices and differentiates by them.

    Args:
        fields: (k, j, i, channels), at least two samples along each axis.
        index: (n, 3) i, j, k; beyond the grid the value of its edge holds and the derivative across it is 0.
        values: (n, channels) filled.
        slopes: (n, channels, 3) filled, by i, j, k.
    """
    slopes[:] = 0.0
    values[:] = 0.0
    base = np.empty(3, np.int64)
    weights = np.empty((3, 2))
    signs = np.empty((3, 2))
    for n in range(index.shape[0]):
        for axis in range(3):
            extent = fields.shape[2 - axis]
            place = min(max(index[n, axis], 0.0), extent - 1.0)
            base[axis] = min(int(place), extent - 2)
            weights[axis, 1] = place - base[axis]
            weights[axis, 0] = 1.0 - weights[axis, 1]
            slope = 1.0 if place == index[n, axis] else 0.0
            signs[axis, 0], signs[axis, 1] = -slope, slope
        for dk in range(2):
            for dj in range(2):
                for di in range(2):
                    wi, wj, wk = weights[0, di], weights[1, dj], weights[2, dk]
                    for channel in range(fields.shape[3]):
                        value = fields[base[2] + dk, base[1] + dj, base[0] + di, channel]
                        values[n, channel] += value * wi * wj * wk
                        slopes[n, channel, 0] += value * signs[0, di] * wj * wk
                        slopes[n, channel, 1] += value * signs[1, dj] * wi * wk
                        slopes[n, channel, 2] += value * signs[2, dk] * wi * wj
