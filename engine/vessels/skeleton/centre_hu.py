"""How bright each vessel is in its middle, where its surroundings dilute it least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.volume import ScanVolume

_AROUND_MM = 1.0


def piece_hu(
    scan: ScanVolume, points_mm: NDArray[np.float64], path: NDArray[np.int32], path_start: NDArray[np.int32]
) -> NDArray[np.float64]:
    """(pieces,) mean HU along each centre line, over the voxels within a millimetre or the nearest one.

    Args:
        scan: the CT.
        points_mm: (n, 3) patient LPS points.
        path: point numbers of all pieces, one piece after the other.
        path_start: (pieces + 1,) where each starts in `path`.
    """
    geometry = scan.geometry
    limits = np.array(geometry.shape_kji) - 1
    place = geometry.index_from_lps(points_mm)[:, ::-1]
    reach = np.floor(_AROUND_MM / geometry.spacing_kji_mm).astype(int)
    total = np.zeros(len(place))
    shifts = np.argwhere(np.ones(tuple(2 * reach + 1), dtype=bool)) - reach
    for shift in shifts:
        k, j, i = np.clip(np.rint(place + shift).astype(int), 0, limits).T
        total += scan.voxels_hu[k, j, i]
    mean: NDArray[np.float64] = np.add.reduceat(total[path] / len(shifts), path_start[:-1]) / np.diff(path_start)
    return mean
