"""Resections as rows of coefficients in voxel indices, the form the kernels take."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.plan import PlaneResection, ResectionPlan


def plane_coefficients(plan: ResectionPlan, geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(m, 4) rows (a_i, a_j, a_k, b): signed distance in mm of voxel (i, j, k) = a_i i + (a_j j + (a_k k + b))."""
    rows = np.empty((len(plan.resections), 4), dtype=np.float64)
    for row, resection in zip(rows, plan.resections, strict=True):
        match resection:
            case PlaneResection():
                row[:3], row[3] = geometry.plane_in_index(resection.point_lps_mm, resection.unit_normal_lps)
            case _:
                assert_never(resection)
    return rows


def unit_normals(plan: ResectionPlan) -> NDArray[np.float64]:
    """(m, 3) unit normals in LPS, one per plane."""
    return np.stack([resection.unit_normal_lps for resection in plan.resections])
