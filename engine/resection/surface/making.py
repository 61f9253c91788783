"""Ways to make a surface: flat over a region, or through a line drawn on the liver."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.resection.plan import PlaneResection, SurfaceResection
from engine.sentences import say

BEYOND_MM: Final = 10.0
"""How far a patch reaches beyond the region it is made for."""
FEWEST_POINTS: Final = 3
SHORTEST_LINE_MM: Final = 5.0
STIFFNESS: Final = 1e-4
"""Weight of bending against distance from the line: small, so that the surface passes through a smooth line."""
LEVELLING: Final = 1e-7
RESAMPLED_MM: Final = 1.0
DEPTH_SHARE: Final = 0.1
"""A line whose extent in depth is less than this part of its length does not tell the cut's direction alone."""


def flat_surface(plane: PlaneResection, region_lps_mm: NDArray[np.float64]) -> SurfaceResection:
    """A patch in a plane over a region, taking the same side.

    Args:
        plane: where, and which side.
        region_lps_mm: (n, 3) points that the patch has to cover seen along the plane's normal, e.g. the liver's.
    """
    normal = plane.unit_normal_lps
    first = np.cross(normal, np.eye(3)[np.argmin(np.abs(normal))])
    first /= np.linalg.norm(first)
    axes = np.stack([first, np.cross(normal, first), normal])
    centre = np.array(plane.point_lps_mm)
    flat = (region_lps_mm - centre) @ axes.T
    return SurfaceResection.from_net(_net(centre, axes, flat))


def surface_through_line(
    points_lps_mm: NDArray[np.float64], region_lps_mm: NDArray[np.float64], inwards_lps_mm: NDArray[np.float64]
) -> SurfaceResection:
    """A surface through a line drawn on the liver's surface.

    After Konrad-Verse, Preim and Littmann 2004 (Virtual resection with a deformable cutting plane, SimVis): the line's
    principal axes orient a plane, which then bends to the line. Here the plane is spanned by the line's longest axis
    and the direction in which it dips into the liver; where the line hardly dips, as one drawn nearly straight, the
    direction towards the liver's middle takes over, weighted by how little it does. The heights of the 16 control
    points are the least squares of the line's heights and of bending, so the surface passes through a smooth line and
    is as calm as it can be away from it.

    Args:
        points_lps_mm: (n, 3) the line in drawing order, LPS mm.
        region_lps_mm: (m, 3) points that the patch has to cover, e.g. the liver's surface.
        inwards_lps_mm: (3,) a point deep in the liver, e.g. its middle.

    Returns:
        The surface; its normal lies to the left of the drawn line seen from outside the liver.

    Raises:
        PlanError: too few points, too short a line, or one that runs straight into the liver.
    """
    line = _resampled(points_lps_mm)
    axes = _axes(line, np.asarray(inwards_lps_mm, dtype=np.float64))
    centre = line.mean(axis=0)
    placed = (line - centre) @ axes.T
    region = np.concatenate([(region_lps_mm - centre) @ axes.T, placed])
    net = _net(centre, axes, region)
    flat = (net - centre) @ axes.T
    spans = flat[0, 0, :2], flat[3, 3, :2]
    design = _design((placed[:, :2] - spans[0]) / (spans[1] - spans[0]))
    # A line straight in the plane does not tell the tilt about itself; then the plane's own is kept.
    bending = (STIFFNESS * _bending() + LEVELLING * np.eye(16)) * len(line)
    heights = np.linalg.solve(design.T @ design + bending, design.T @ placed[:, 2])
    return SurfaceResection.from_net(net + heights.reshape(4, 4, 1) * axes[2])


def _resampled(points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line at even steps, so that where the hand went slowly does not count more."""
    points = np.asarray(points_lps_mm, dtype=np.float64).reshape(-1, 3)
    if len(points) < FEWEST_POINTS or not np.isfinite(points).all():
        raise PlanError(say("line_of_points", len(points), FEWEST_POINTS))
    places = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    if places[-1] < SHORTEST_LINE_MM:
        raise PlanError(say("line_short"))
    even = np.linspace(0.0, places[-1], max(int(places[-1] / RESAMPLED_MM), 8) + 1)
    return np.stack([np.interp(even, places, points[:, axis]) for axis in range(3)], axis=1)


def _axes(line: NDArray[np.float64], inwards_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) rows: along the line, into the liver, and their right-handed normal."""
    centre = line.mean(axis=0)
    _, extents, principal = np.linalg.svd(line - centre, full_matrices=False)
    first = principal[0] if principal[0] @ (line[-1] - line[0]) >= 0.0 else -principal[0]
    into = inwards_lps_mm - centre
    into = into - (into @ first) * first
    distance = float(np.linalg.norm(into))
    dip = principal[1] if principal[1] @ into >= 0.0 else -principal[1]
    # How far the line tells its own plane: by its second extent, against the third and against its length.
    told = float(np.clip(extents[1] / (DEPTH_SHARE * extents[0]), 0.0, 1.0))
    told *= float(np.clip(1.0 - extents[2] / max(extents[1], 1e-12), 0.0, 1.0))
    if distance < 1.0 and told == 0.0:
        raise PlanError(say("line_inwards"))
    second = told * dip + (1.0 - told) * (into / distance if distance >= 1.0 else dip)
    second /= np.linalg.norm(second)
    second -= (second @ first) * first
    second /= np.linalg.norm(second)
    return np.stack([first, second, np.cross(first, second)])


def _net(centre: NDArray[np.float64], axes: NDArray[np.float64], region: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4, 3) flat control net, LPS mm, that covers a region given in the axes around the centre."""
    low, high = region[:, :2].min(axis=0) - BEYOND_MM, region[:, :2].max(axis=0) + BEYOND_MM
    x, y = np.meshgrid(np.linspace(low[0], high[0], 4), np.linspace(low[1], high[1], 4))
    net: NDArray[np.float64] = np.stack([x, y, np.zeros_like(x)], axis=-1) @ axes + centre
    return net


def _design(uv: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 16) weight of each control point (row by row) in the height at (n, 2) u, v."""
    u, v = _bernstein(uv[:, 0]), _bernstein(uv[:, 1])
    return (v[:, :, None] * u[:, None, :]).reshape(-1, 16)


def _bernstein(t: NDArray[np.float64]) -> NDArray[np.float64]:
    s = 1.0 - t
    return np.stack([s**3, 3 * s * s * t, 3 * s * t * t, t**3], axis=1)


def _bending() -> NDArray[np.float64]:
    """(16, 16) sum of squared second differences of the control heights along rows, along columns and across."""
    second = np.diff(np.eye(4), 2, axis=0)
    first = np.diff(np.eye(4), axis=0)
    one = np.eye(4)
    terms = [np.kron(one, second), np.kron(second, one), np.sqrt(2.0) * np.kron(first, first)]
    return sum((term.T @ term for term in terms), np.zeros((16, 16)))
