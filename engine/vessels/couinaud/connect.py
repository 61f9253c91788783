"""Makes every segment one piece."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.vessels.territories import kernels


def connect_segments(
    segment: NDArray[np.uint16], liver: NDArray[np.bool_], keep: NDArray[np.bool_] | None = None
) -> NDArray[np.uint16]:
    """Gives all but the largest piece of each segment, in each piece of the liver, to the segments around it.

    Pieces touch by face, edge or corner (26-connectivity).

    Args:
        segment: (k, j, i) values, above 0 in the liver.
        liver: (k, j, i) the liver.
        keep: (k, j, i) voxels a person assigned: a piece that holds one stays.

    Returns:
        (k, j, i) values; 0 outside the liver and nowhere in it.
    """
    import cc3d

    pieces = cc3d.connected_components(segment, connectivity=26)
    livers = cc3d.connected_components(liver, connectivity=26)
    count = int(pieces.max())
    if not count:
        return segment
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    first = _first_voxel(pieces, count)
    group = livers.ravel()[first].astype(np.int64) * 16 + segment.ravel()[first]
    order = np.lexsort((-sizes[1:], group))
    largest = np.zeros(count + 1, dtype=bool)
    is_first = np.append(True, group[order][1:] != group[order][:-1])
    largest[order[is_first] + 1] = True
    if keep is not None:
        largest[np.unique(pieces[keep & liver])] = True
    connected = np.where(largest[pieces], segment, 0).astype(np.uint16)
    kernels.spread(connected, liver)
    return connected


def _first_voxel(pieces: NDArray[np.uint32], count: int) -> NDArray[np.int64]:
    """(count,) flat index of a voxel of each piece 1, 2, ..."""
    flat = np.flatnonzero(pieces)
    first = np.zeros(count + 1, dtype=np.int64)
    first[pieces.ravel()[flat]] = flat
    return first[1:]
