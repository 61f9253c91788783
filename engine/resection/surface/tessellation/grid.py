"""Chooses how finely and how widely a surface is tessellated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.resection.surface.frame import SurfaceFrame
from engine.resection.surface.tessellation import kernels

CHORD_MM: Final = 0.1
"""How far the triangles may lie from the surface; half that on the mean, and on both sides of it."""
FEWEST: Final = 16
MOST: Final = 64
MOST_BEYOND: Final = 24
MOST_ASKED: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurfaceGrid:
    """A tessellated surface.

    Attributes:
        us: (m,) parameters of the columns; beyond the patch in mm.
        vs: (n,) of the rows.
        vertices: (n, m, 3) in the coordinates asked for.
    """

    us: NDArray[np.float64]
    vs: NDArray[np.float64]
    vertices: NDArray[np.float64]


def tessellated(
    frame: SurfaceFrame,
    placed_from_lps: NDArray[np.float64],
    corners_lps_mm: NDArray[np.float64],
    *,
    finest_mm: float | None = None,
) -> SurfaceGrid:
    """The surface over (and beyond) a box as a grid of vertices.

    Args:
        frame: the surface.
        placed_from_lps: (4, 4) the coordinates wanted, e.g. voxel indices, from LPS mm.
        corners_lps_mm: (8, 3) corners of the box that the grid has to cover seen along the frame's normal.
        finest_mm: cells are about this small or smaller; without, as large as their bend allows.
    """
    net = np.ascontiguousarray(frame.net_mm)
    cells = _cells(net)
    if finest_mm is not None:
        span_mm = float(np.ptp(net[..., :2], axis=(0, 1)).max())
        cells = min(max(cells, math.ceil(span_mm / finest_mm)), MOST_ASKED)
    patch = np.linspace(0.0, 1.0, cells + 1)
    corners = frame.coordinates_mm(corners_lps_mm)
    low, high = corners.min(axis=0), corners.max(axis=0)
    left, right = net[:, 0], net[:, 3]
    near, far = net[0], net[3]
    us = _with_beyond(patch, (left[:, 0].max() - low[0], high[0] - right[:, 0].min()), net, finest_mm)
    vs = _with_beyond(patch, (near[:, 1].max() - low[1], high[1] - far[:, 1].min()), net, finest_mm)
    placed_from_frame = np.empty((3, 4))
    placed_from_frame[:, :3] = placed_from_lps[:3, :3] @ frame.axes_lps.T
    placed_from_frame[:, 3] = placed_from_lps[:3, :3] @ frame.origin_lps_mm + placed_from_lps[:3, 3]
    placed_net = net @ placed_from_frame[:, :3].T + placed_from_frame[:, 3]
    vertices = np.empty((len(vs), len(us), 3))
    kernels.place_vertices(net, placed_net, placed_from_frame, us, vs, 1.0 / cells, vertices)
    return SurfaceGrid(us=us, vs=vs, vertices=vertices)


def _cells(net: NDArray[np.float64]) -> int:
    """Cells along each parameter that keep the triangles within `CHORD_MM`.

    A triangle over steps h lies within h^2 / 8 (|S_uu| + 2 |S_uv| + |S_vv|) of the surface; the derivatives of a
    Bezier surface are bounded by the differences of its control points.
    """
    along_u = np.linalg.norm(np.diff(net, 2, axis=1), axis=-1).max()
    along_v = np.linalg.norm(np.diff(net, 2, axis=0), axis=-1).max()
    across = np.linalg.norm(np.diff(np.diff(net, axis=0), axis=1), axis=-1).max()
    bend = 6.0 * along_u + 18.0 * across + 6.0 * along_v
    return int(min(max(math.ceil(math.sqrt(bend / (8.0 * CHORD_MM))), FEWEST), MOST))


def _with_beyond(
    patch: NDArray[np.float64], reach_mm: tuple[float, float], net: NDArray[np.float64], finest_mm: float | None
) -> NDArray[np.float64]:
    """The parameters of the patch with those beyond it on either side."""
    before, after = (_beyond(reach, net, finest_mm) for reach in reach_mm)
    return np.concatenate([-before[::-1], patch, 1.0 + after])


def _beyond(reach_mm: float, net: NDArray[np.float64], finest_mm: float | None) -> NDArray[np.float64]:
    """Places beyond the patch up to `reach_mm`, mm: closer where the slope changes much along the edges."""
    if reach_mm <= 0.0:
        return np.empty(0)
    twist = float(np.abs(np.diff(np.diff(net[..., 2], axis=0), axis=1)).max())
    span = max(float(np.ptp(net[..., 0])), float(np.ptp(net[..., 1])))
    steps = min(max(math.ceil(reach_mm / span * twist / (8.0 * CHORD_MM)), 1), MOST_BEYOND)
    if finest_mm is not None:
        steps = min(max(steps, math.ceil(reach_mm / finest_mm)), MOST_ASKED)
    reached: NDArray[np.float64] = np.linspace(0.0, reach_mm + 1.0, steps + 1)[1:]
    return reached
