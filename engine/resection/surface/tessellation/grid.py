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
ON_SURFACE_CHORD_MM: Final = 0.2
"""Likewise for vertices on the surface itself, whose triangles are bent afterwards."""
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
    on_surface: bool = False,
) -> SurfaceGrid:
    """The surface over (and beyond) a box as a grid of vertices.

    Args:
        frame: the surface.
        placed_from_lps: (4, 4) the coordinates wanted, e.g. voxel indices, from LPS mm.
        corners_lps_mm: (8, 3) corners of the box that the grid has to cover seen along the frame's normal.
        finest_mm: cells are about this small or smaller; without, as large as their bend allows.
        on_surface: whether the vertices lie on the surface, in larger cells; else beside it so that the triangles keep
            the volumes on both sides.
    """
    chord_mm = ON_SURFACE_CHORD_MM if on_surface else CHORD_MM
    net = np.ascontiguousarray(frame.net_mm)
    along_u, along_v, across, twist = kernels.bends(net)
    cells = _cells(along_u, along_v, across, chord_mm)
    x, y = net[..., 0], net[..., 1]
    span_mm = max(float(x.max() - x.min()), float(y.max() - y.min()))
    if finest_mm is not None:
        cells = min(max(cells, math.ceil(span_mm / finest_mm)), MOST_ASKED)
    corners = frame.coordinates_mm(corners_lps_mm)
    (low_x, low_y, _), (high_x, high_y, _) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    reaches_mm = (
        (float(x[:, 0].max()) - low_x, high_x - float(x[:, 3].min())),
        (float(y[0].max()) - low_y, high_y - float(y[3].min())),
    )
    steepening = twist / span_mm / chord_mm
    us, vs = (_parameters(cells, tuple(_beyond(one, steepening, finest_mm) for one in reach)) for reach in reaches_mm)
    placed_from_frame = np.empty((3, 4))
    placed_from_frame[:, :3] = placed_from_lps[:3, :3] @ frame.axes_lps.T
    placed_from_frame[:, 3] = placed_from_lps[:3, :3] @ frame.origin_lps_mm + placed_from_lps[:3, 3]
    placed_net = net @ placed_from_frame[:, :3].T + placed_from_frame[:, 3]
    vertices = np.empty((len(vs), len(us), 3))
    step = 0.0 if on_surface else 1.0 / cells
    kernels.place_vertices(net, placed_net, placed_from_frame, us, vs, step, vertices)
    return SurfaceGrid(us=us, vs=vs, vertices=vertices)


def _cells(along_u: float, along_v: float, across: float, chord_mm: float) -> int:
    """Cells along each parameter that keep the triangles within a distance of the surface.

    A triangle over steps h lies within h^2 / 8 (|S_uu| + 2 |S_uv| + |S_vv|) of the surface; the derivatives of a
    Bezier surface are bounded by the differences of its control points, `kernels.bends`.
    """
    bend = 6.0 * along_u + 18.0 * across + 6.0 * along_v
    return int(min(max(math.ceil(math.sqrt(bend / (8.0 * chord_mm))), FEWEST), MOST))


def _parameters(cells: int, beyond: tuple[list[float], ...]) -> NDArray[np.float64]:
    """The parameters of the patch with those beyond it on either side."""
    before, after = beyond
    patch = [place / cells for place in range(cells + 1)]
    return np.array([*(-mm for mm in reversed(before)), *patch, *(1.0 + mm for mm in after)])


def _beyond(reach_mm: float, steepening: float, finest_mm: float | None) -> list[float]:
    """Places beyond the patch up to `reach_mm`, mm: closer where the slope changes much along the edges.

    Args:
        reach_mm: how far.
        steepening: twist of the net per mm of its size, in distances that triangles may be off.
        finest_mm: cells are about this small or smaller.
    """
    if reach_mm <= 0.0:
        return []
    steps = min(max(math.ceil(reach_mm * steepening / 8.0), 1), MOST_BEYOND)
    if finest_mm is not None:
        steps = min(max(steps, math.ceil(reach_mm / finest_mm)), MOST_ASKED)
    return [(reach_mm + 1.0) * (step / steps) for step in range(1, steps + 1)]
