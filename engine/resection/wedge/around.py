"""Makes a wedge around a tumour that keeps a margin from every one of its voxel centres."""

from __future__ import annotations

import math
from typing import Final, Literal, assert_never

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from engine.errors import PlanError
from engine.resection.plan import Cone, Spheroid, WedgeResection
from engine.sentences import say

WedgeShapeName = Literal["spheroid", "cone"]

WIDEST_MARGIN_MM: Final = 100.0
SLACK_MM: Final = 0.1
"""Added to the margin asked for, so that no rounding and no tessellation of a distance takes from it."""
HALF_ANGLE_DEGREES: Final = 35.0
DIRECTIONS: Final = 256
GAP_MM: Final = 4.0
"""Where the cone leaves the liver for this long, its base closes it: what lies beyond is not on the way out."""
_ANGLES: Final = 4096


def wedge_around(
    name: str,
    tumour_lps_mm: NDArray[np.float64],
    liver_lps_mm: NDArray[np.float64],
    *,
    margin_mm: float,
    shape: WedgeShapeName = "spheroid",
) -> WedgeResection:
    """A wedge whose cut surface lies at least a margin from every voxel centre of a tumour.

    The spheroid follows the tumour's longest axis. The cone opens in the direction in which it takes least liver, and
    its base lies where it has left the liver.

    Args:
        name: the tumour's name.
        tumour_lps_mm: (n, 3) its voxel centres.
        liver_lps_mm: (m, 3) points spread evenly over the liver with all that lies in it.
        margin_mm: 0 to 100.
        shape: which.

    Raises:
        PlanError: the margin is out of range.
    """
    if not 0.0 <= margin_mm <= WIDEST_MARGIN_MM:
        raise PlanError(say("wedge_margin"))
    kept_mm = margin_mm + SLACK_MM
    match shape:
        case "spheroid":
            form: Spheroid | Cone = _spheroid(tumour_lps_mm, kept_mm)
        case "cone":
            form = _cone(tumour_lps_mm, liver_lps_mm, kept_mm)
        case _:
            assert_never(shape)
    return WedgeResection(shape=form, tumour=name, margin_mm=margin_mm)


def _spheroid(points: NDArray[np.float64], kept_mm: float) -> Spheroid:
    """The spheroid of equal growth of the tumour's half axes that holds every point with a ball of the margin.

    A ball around p lies in a convex body where p . d + margin <= its support in every direction d. In the plane of
    the axis the support of a spheroid is sqrt(along^2 cos^2 + across^2 sin^2).
    """
    centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
    axis = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0]
    along = (points - centre) @ axis
    centre = centre + (along.min() + along.max()) / 2.0 * axis
    along, away = _axial(points, centre, axis)
    angles = np.linspace(0.0, math.pi, _ANGLES)
    cosine, sine = np.cos(angles), np.sin(angles)
    reach = _support(along, away, cosine, sine) + kept_mm
    longest, widest = float(np.abs(along).max()), float(away.max())
    low, high = 0.0, kept_mm + longest + widest + 1.0
    # Between two angles neither side changes faster than the largest length per radian.
    slack = (angles[1] - angles[0]) * (longest + widest + high)
    for _ in range(60):
        growth = 0.5 * (low + high)
        support = np.hypot((longest + growth) * cosine, (widest + growth) * sine)
        if (support >= reach + slack).all():
            high = growth
        else:
            low = growth
    return Spheroid(
        centre_lps_mm=_triple(centre),
        axis_lps=_triple(axis),
        radius_across_mm=widest + high,
        radius_along_mm=longest + high,
    )


def _support(
    along: NDArray[np.float64], away: NDArray[np.float64], cosine: NDArray[np.float64], sine: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(angles,) farthest reach of the points in each direction, mm; block by block to spare memory."""
    farthest = np.full(len(cosine), -np.inf)
    flat = np.stack([along, away], axis=1)
    try:
        hull = flat[ConvexHull(flat).vertices]
    except (QhullError, ValueError):  # too few points, or all on a line
        hull = flat
    for block in np.array_split(hull, max(len(hull) // 1000, 1)):
        np.maximum(farthest, (block[:, :1] * cosine + block[:, 1:] * sine).max(axis=0), out=farthest)
    return farthest


def _cone(points: NDArray[np.float64], liver: NDArray[np.float64], kept_mm: float) -> Cone:
    """The cone of the default angle in the direction that takes least of the liver."""
    angle = math.radians(HALF_ANGLE_DEGREES)
    sine, cosine = math.sin(angle), math.cos(angle)
    middle = points.mean(axis=0)
    thinned = points[:: max(len(points) // 2000, 1)]
    sample = liver[:: max(len(liver) // 20_000, 1)]

    def apex_place(axis: NDArray[np.float64], chosen: NDArray[np.float64]) -> float:
        along, away = _axial(chosen, middle, axis)
        return float((along - (away * cosine + kept_mm) / sine).min())

    def taken(axis: NDArray[np.float64]) -> int:
        along, away = _axial(sample, middle + apex_place(axis, thinned) * axis, axis)
        return int(np.count_nonzero(along * sine > away * cosine))

    axis = min(_directions(), key=taken)
    place = apex_place(axis, points)
    along, away = _axial(liver, middle + place * axis, axis)
    inside = np.sort(along[along * sine > away * cosine])
    needed = float(((points - middle) @ axis).max()) - place
    beyond = inside[inside > needed]
    gaps = np.flatnonzero(np.diff(beyond) > GAP_MM)
    last = float(beyond[gaps[0]]) if gaps.size else float(beyond[-1]) if beyond.size else needed
    return Cone(
        apex_lps_mm=_triple(middle + place * axis),
        axis_lps=_triple(axis),
        half_angle_degrees=HALF_ANGLE_DEGREES,
        depth_mm=max(last, needed) + kept_mm,
    )


def _directions() -> NDArray[np.float64]:
    """(n, 3) unit vectors spread evenly over the sphere (Fibonacci)."""
    number = np.arange(DIRECTIONS) + 0.5
    z = 1.0 - 2.0 * number / DIRECTIONS
    turn = number * math.pi * (3.0 - math.sqrt(5.0))
    across = np.sqrt(1.0 - z * z)
    return np.stack([across * np.cos(turn), across * np.sin(turn), z], axis=1)


def _axial(
    points: NDArray[np.float64], origin: NDArray[np.float64], axis: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) places along an axis from its origin, and (n,) distances from it, mm."""
    offsets = points - origin
    along = offsets @ axis
    away = np.sqrt(np.maximum((offsets * offsets).sum(axis=1) - along * along, 0.0))
    return along, away


def _triple(vector: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return (x, y, z)
