"""From which sides a surgeon can reach a tumour: the near parts of the liver's surface."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def ways_out(
    from_lps_mm: NDArray[np.float64], rim_lps_mm: NDArray[np.float64], *, most: int = 4, apart_degrees: float = 40.0
) -> NDArray[np.float64]:
    """The nearest points of the liver's surface in clearly different directions.

    Args:
        from_lps_mm: (3,) where to start, inside the liver.
        rim_lps_mm: (n, 3) points of the liver's surface, LPS mm.
        most: how many at most.
        apart_degrees: least angle between two of them, seen from the start.

    Returns:
        (m, 3) points, the nearest first; m is at least 1 where there is a surface.
    """
    steps = rim_lps_mm - from_lps_mm
    distance = np.linalg.norm(steps, axis=1)
    order = np.argsort(distance, kind="stable")
    unit = steps / np.maximum(distance, 1e-9)[:, None]
    limit = math.cos(math.radians(apart_degrees))
    chosen: list[int] = []
    for index in order:
        if len(chosen) == most:
            break
        if all(float(unit[index] @ unit[other]) < limit for other in chosen):
            chosen.append(int(index))
    return rim_lps_mm[chosen]
