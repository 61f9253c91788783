"""The side of a wedge: closed formulas."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from engine.resection.plan.wedge import Cone, Spheroid, WedgeResection


def signed_wedge(wedge: WedgeResection, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) above zero inside the wedge; the formulas stand with `Spheroid` and `Cone`.

    Args:
        wedge: the wedge.
        points_lps_mm: (n, 3).
    """
    match wedge.shape:
        case Spheroid(centre_lps_mm=centre, radius_across_mm=across_mm, radius_along_mm=along_mm):
            along, away = axial(points_lps_mm, centre, wedge.axis_lps)
            signed: NDArray[np.float64] = 1.0 - np.hypot(along / along_mm, away / across_mm)
        case Cone(apex_lps_mm=apex, half_angle_degrees=degrees, depth_mm=depth_mm):
            along, away = axial(points_lps_mm, apex, wedge.axis_lps)
            angle = np.deg2rad(degrees)
            signed = np.minimum(along * np.sin(angle) - away * np.cos(angle), depth_mm - along)
        case _:
            assert_never(wedge.shape)
    return signed


def axial(
    points_lps_mm: NDArray[np.float64], origin_lps_mm: tuple[float, float, float], axis_lps: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) places along an axis from its origin, and (n,) distances from it, mm."""
    offsets = points_lps_mm - np.array(origin_lps_mm)
    along = offsets @ axis_lps
    return along, np.linalg.norm(offsets - along[:, None] * axis_lps, axis=1)
