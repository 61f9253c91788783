"""Shapes as the rows of numbers that `kernels.take` reads."""

from __future__ import annotations

import math
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from engine.resection.plan import Cone, Spheroid, WedgeResection

_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


def plane(normal: NDArray[np.float64], lowest_mm: float) -> NDArray[np.float64]:
    """(16,) of a plane.

    Args:
        normal: (3,) unit vector towards the resected side.
        lowest_mm: product of the normal and any point of the plane, mm.
    """
    form = _empty()
    form[6:9], form[9] = normal, -lowest_mm
    return form


def wedge(resection: WedgeResection) -> NDArray[np.float64]:
    """(16,) of a spheroid or a cone."""
    axis = resection.axis_lps
    form = _empty()
    match resection.shape:
        case Spheroid(radius_along_mm=along_mm, radius_across_mm=across_mm) as spheroid:
            bend = -_around(axis, 1.0 / along_mm**2, 1.0 / across_mm**2)
            _centre_quadric(form, bend, np.zeros(3), 1.0, np.array(spheroid.centre_lps_mm))
        case Cone(half_angle_degrees=degrees, depth_mm=depth_mm) as cone:
            angle, apex = math.radians(degrees), np.array(cone.apex_lps_mm)
            bend = _around(axis, math.sin(angle) ** 2, -(math.cos(angle) ** 2))
            _centre_quadric(form, bend, np.zeros(3), 0.0, apex)
            form[10:13], form[13] = axis, -axis @ apex
            form[14], form[15] = 0.0, depth_mm
        case _:
            assert_never(resection.shape)
    return form


def bowl(
    frame: NDArray[np.float64], centre: NDArray[np.float64], curvatures: NDArray[np.float64], bottom_mm: float
) -> NDArray[np.float64]:
    """(16,) of a paraboloid that opens towards the resected side.

    Args:
        frame: (3, 3) rows u, v and the direction to the resected side.
        centre: (3,) where its axis goes through, LPS mm.
        curvatures: (2,) rise over squared distance along u and v, per mm.
        bottom_mm: its height over the centre.
    """
    form = _empty()
    bend = -(curvatures[0] * np.outer(frame[0], frame[0]) + curvatures[1] * np.outer(frame[1], frame[1]))
    _centre_quadric(form, bend, frame[2], -bottom_mm, centre)
    return form


def _empty() -> NDArray[np.float64]:
    form = np.zeros(16)
    form[14], form[15] = -np.inf, np.inf
    return form


def _around(axis: NDArray[np.float64], along: float, across: float) -> NDArray[np.float64]:
    """(3, 3) matrix of along * (part along the axis)^2 + across * (distance from it)^2."""
    outer = np.outer(axis, axis)
    return along * outer + across * (np.eye(3) - outer)


def _centre_quadric(
    form: NDArray[np.float64],
    bend: NDArray[np.float64],
    slope: NDArray[np.float64],
    constant: float,
    centre: NDArray[np.float64],
) -> None:
    """Writes (x - c)' bend (x - c) + slope (x - c) + constant as coefficients over x."""
    for term, (row, column) in enumerate(_PAIRS):
        form[term] = bend[row, column] * (1.0 if row == column else 2.0)
    form[6:9] = slope - 2.0 * bend @ centre
    form[9] = centre @ bend @ centre - slope @ centre + constant
