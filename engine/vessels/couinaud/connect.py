"""Makes every segment one piece."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.vessels.couinaud import kernels
from engine.vessels.territories.kernels import spread


def liver_pieces(liver: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """(k, j, i) number of the piece of the liver each voxel is part of; pieces touch by face, edge or corner."""
    import cc3d

    pieces: NDArray[np.uint32] = cc3d.connected_components(liver, connectivity=26, out_dtype=np.uint32)
    return pieces


def connect_segments(
    segment: NDArray[np.uint16], livers: NDArray[np.uint32], keep: NDArray[np.bool_] | None = None
) -> NDArray[np.uint16]:
    """Gives all but the largest piece of each segment, in each piece of the liver, to the segments around it.

    Args:
        segment: (k, j, i) values, above 0 in the liver.
        livers: (k, j, i) from `liver_pieces`.
        keep: (k, j, i) voxels a person assigned: a piece that holds one stays.

    Returns:
        (k, j, i) values; 0 outside the liver and nowhere in it.
    """
    import cc3d

    pieces = cc3d.connected_components(segment, connectivity=26, out_dtype=np.uint32)
    count = int(pieces.max(initial=0))
    if not count:
        return segment
    sizes, groups = np.zeros(count + 1, dtype=np.int64), np.zeros(count + 1, dtype=np.int64)
    kernels.measure_pieces(pieces, livers, segment, sizes, groups)
    order = np.lexsort((-sizes[1:], groups[1:])) + 1
    stays = np.zeros(count + 1, dtype=bool)
    stays[order[np.append(True, np.diff(groups[order]) != 0)]] = True
    if keep is not None:
        stays[np.unique(pieces[keep])] = True
    connected = segment.copy()
    kernels.erase_pieces(pieces, stays, connected)
    spread(connected, livers > 0)
    return connected
