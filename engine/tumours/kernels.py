"""Compiled loop: basins of a distance map that are joined unless their neck is narrow."""

# numba's decorator has no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(nogil=True, cache=True)
def _root(parents: NDArray[np.int32], basin: int) -> int:
    while parents[basin] != basin:
        parents[basin] = parents[parents[basin]]
        basin = parents[basin]
    return basin


@numba.njit(nogil=True, cache=True)
def narrow_necked_basins(
    depth: NDArray[np.float32],
    order: NDArray[np.int64],
    largest_neck: float,
    least_drop: float,
    least_peak: float,
) -> NDArray[np.int32]:
    """Floods a distance map from its peaks down and keeps two basins apart where their neck is narrow.

    The first voxel in which two basins meet is their neck, and its depth the neck's radius. They stay two where
    that radius is at most `largest_neck` times the lower peak, the drop from that peak is at least `least_drop`
    and the peak at least `least_peak`; otherwise the lower basin joins the higher.

    Args:
        depth: (k, j, i) float32 mm to the surface, 0 outside; its outermost voxels must be 0.
        order: (n,) flat indices of the voxels above 0, deepest first.
        largest_neck: neck radius over the smaller lesion's radius.
        least_drop: mm.
        least_peak: mm.

    Returns:
        (k, j, i) int32 basins, numbered from 1, 0 outside.
    """
    nj, ni = depth.shape[1], depth.shape[2]
    basins = np.zeros(depth.shape, dtype=np.int32)
    parents = np.zeros(order.size + 1, dtype=np.int32)
    peaks = np.zeros(order.size + 1, dtype=np.float32)
    count = 0
    for flat in order:
        k, j, i = flat // (nj * ni), (flat // ni) % nj, flat % ni
        here = depth[k, j, i]
        best, best_depth = 0, np.float32(-1.0)
        for a in range(k - 1, k + 2):
            for b in range(j - 1, j + 2):
                for c in range(i - 1, i + 2):
                    if basins[a, b, c] == 0:
                        continue
                    other = _root(parents, basins[a, b, c])
                    if best == 0:
                        best, best_depth = other, depth[a, b, c]
                        continue
                    best = _root(parents, best)
                    if other != best:
                        low, high = (other, best) if peaks[other] <= peaks[best] else (best, other)
                        peak = peaks[low]
                        apart = here <= largest_neck * peak and peak - here >= least_drop and peak >= least_peak
                        if not apart:
                            parents[low] = high
                            best = high
                            best_depth = max(best_depth, depth[a, b, c])
                            continue
                    if depth[a, b, c] > best_depth:
                        best, best_depth = other, depth[a, b, c]
        if best == 0:
            count += 1
            best = count
            parents[count] = count
            peaks[count] = here
        basins[k, j, i] = best
    for flat in order:
        k, j, i = flat // (nj * ni), (flat // ni) % nj, flat % ni
        basins[k, j, i] = _root(parents, basins[k, j, i])
    return basins
