"""Where a network looks at a grid: one window where it fits, overlapping ones where not."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Window = tuple[int, int, int]
"""Extent (k, j, i) in voxels."""

_OVERLAP: Final = 0.25


def fitting_window(shape: tuple[int, ...], multiple: int, most_voxels: int) -> Window:
    """The largest window that the network accepts, is no larger than needed and keeps below a number of voxels.

    Args:
        shape: (k, j, i) of the grid.
        multiple: of every extent.
        most_voxels: that fit into memory at a time.
    """
    extents = [-(-extent // multiple) * multiple for extent in shape]
    while np.prod(extents) > most_voxels and max(extents) > multiple:
        # The longest side gives way first: near a cube, fewest voxels are seen twice.
        extents[extents.index(max(extents))] -= multiple
    return extents[0], extents[1], extents[2]


def window_starts(extent: int, window: int) -> list[int]:
    """First indices of overlapping windows that cover `extent`, evenly spread."""
    if extent <= window:
        return [0]
    count = 1 + int(np.ceil((extent - window) / (window * (1 - _OVERLAP))))
    return [round(n * (extent - window) / (count - 1)) for n in range(count)]


def window_places(shape: tuple[int, ...], window: Window) -> list[tuple[slice, slice, slice]]:
    """Parts of an array of `shape` that overlapping windows cover; the array is no smaller than a window."""
    starts = [window_starts(extent, size) for extent, size in zip(shape, window, strict=True)]
    return [
        (slice(k, k + window[0]), slice(j, j + window[1]), slice(i, i + window[2]))
        for k in starts[0]
        for j in starts[1]
        for i in starts[2]
    ]


def importance(window: Window) -> NDArray[np.float32]:
    """(k, j, i) Gaussian weight of a window, largest in its middle, as nnU-Net does it (sigma an eighth)."""
    lines = []
    for extent in window:
        place = np.arange(extent, dtype=np.float32) - (extent - 1) / 2
        lines.append(np.maximum(np.exp(-0.5 * (place / (extent / 8)) ** 2), 1e-3))
    weight: NDArray[np.float32] = (lines[0][:, None, None] * lines[1][:, None] * lines[2]).astype(np.float32)
    return weight
