"""The side of a wedge and the rows it takes."""

from __future__ import annotations

import math
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.plan import Cone, Spheroid, WedgeResection
from engine.resection.rows import CutRows, RowWindow
from engine.resection.wedge import kernels


def signed_wedge(wedge: WedgeResection, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) above zero inside the wedge; the formulas stand with `Spheroid` and `Cone`.

    Args:
        wedge: the wedge.
        points_lps_mm: (n, 3).
    """
    origin, form = form_of(wedge)
    found = np.empty(len(points_lps_mm))
    kernels.sides(form, wedge.axis_lps, np.ascontiguousarray(points_lps_mm - origin), found)
    return found


def wedge_rows(wedge: WedgeResection, geometry: VolumeGeometry, window: RowWindow, span: tuple[int, int]) -> CutRows:
    """What the wedge takes of a window's rows within a span of i."""
    origin, form = form_of(wedge)
    offset_from_ijk = np.array(geometry.lps_from_ijk[:3])
    offset_from_ijk[:, 3] -= origin
    pointers = np.empty(window.rows + 1, dtype=np.int32)
    ends = np.empty((window.rows, 2), dtype=np.int16)
    box = np.array([*window, *span], dtype=np.int64)
    count = kernels.wedge_rows(form, wedge.axis_lps, offset_from_ijk, box, pointers, ends)
    return CutRows(
        window=window,
        columns=geometry.shape_kji[2],
        span=span,
        pointers=pointers,
        starts=np.ascontiguousarray(ends[:count, 0]),
        ends=np.ascontiguousarray(ends[:count, 1]),
    )


def form_of(wedge: WedgeResection) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3,) centre or apex in LPS mm, and the (3,) form as `kernels.side` takes it."""
    match wedge.shape:
        case Spheroid() as spheroid:
            form = (spheroid.radius_along_mm, spheroid.radius_across_mm, 0.0)
            return np.array(spheroid.centre_lps_mm), np.array(form)
        case Cone() as cone:
            angle = math.radians(cone.half_angle_degrees)
            return np.array(cone.apex_lps_mm), np.array((math.sin(angle), math.cos(angle), cone.depth_mm))
        case _:
            assert_never(wedge.shape)
