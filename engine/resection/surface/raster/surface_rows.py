"""What a surface takes of voxel rows, by the crossings of its triangles."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.rows import CutRows, RowWindow
from engine.resection.surface import kernels as surface_kernels
from engine.resection.surface.frame import SurfaceFrame
from engine.resection.surface.raster import kernels
from engine.resection.surface.raster.crossing import kernels as crossing_kernels
from engine.resection.surface.tessellation import tessellated

FEWEST_SLOTS: Final = 4
SPARE: Final = 1024
"""Room for intervals of rows that have more than their crossings tell."""
DOUBT_MM: Final = 0.01
"""How far bent triangles may be off the surface; nearer to a voxel's centre than this its function decides."""


def surface_rows(
    frame: SurfaceFrame,
    geometry: VolumeGeometry,
    window: RowWindow,
    span: tuple[int, int],
    asked: NDArray[np.int32] | None = None,
) -> CutRows:
    """The resected intervals of a window's rows within a span of i.

    Triangles bent as the surface tell the crossings, and its own function wherever they may be a voxel off; what is
    missed are rows that all but touch the surface between two voxels' rows.

    Args:
        frame: the surface.
        geometry: the grid.
        window: its rows.
        span: first i and i after the last.
        asked: see `CutRows`; all rows without.
    """
    wanted = _whole_slices(window) if asked is None else asked
    box = np.array([*window, *span], dtype=np.int64)
    corners = geometry.lps_from_index(_corners(window, span))
    grid = tessellated(frame, geometry.ijk_from_lps, corners, on_surface=True)
    exact = (np.ascontiguousarray(frame.net_mm), _frame_from_ijk(frame, geometry), np.empty(9))
    doubt = _doubt(geometry)
    differences = _room_for_differences(len(grid.us) - 1, len(grid.vs) - 1)
    handed = 1 if geometry.is_right_handed else -1
    slices, rows = window.k_end - window.k_first, window.j_end - window.j_first
    slots = FEWEST_SLOTS
    while True:
        counts = np.zeros(slices * rows, dtype=np.int32)
        crossings = np.empty((slices * rows, slots), dtype=np.int32)
        flips = np.zeros((slices, rows + 2), dtype=np.int8)
        parts = (grid.vertices, grid.us, grid.vs, handed, box, wanted, counts, crossings, flips)
        if crossing_kernels.cross_grid(*parts, doubt, exact, differences):
            break
        slots *= 2
    sides = np.empty(slices, dtype=np.int8)
    kernels.sides_of_slices(box, wanted, counts, crossings, flips, sides)
    _ask_the_rest(frame, geometry, box, wanted, sides)
    room = rows * slices + int(counts.sum(dtype=np.int64)) // 2 + SPARE
    starts, ends = np.empty(room, dtype=np.int16), np.empty(room, dtype=np.int16)
    pointers = np.empty(slices * rows + 1, dtype=np.int32)
    count = kernels.fill_rows(box, wanted, counts, crossings, flips, sides, pointers, starts, ends, exact)
    return CutRows(
        window=window,
        columns=geometry.shape_kji[2],
        span=span,
        pointers=pointers,
        starts=starts[:count],
        ends=ends[:count],
        asked=asked,
    )


def _whole_slices(window: RowWindow) -> NDArray[np.int32]:
    """(slices, 2) all rows of every slice."""
    whole = np.empty((window.k_end - window.k_first, 2), dtype=np.int32)
    whole[:] = window.j_first, window.j_end
    return whole


def _room_for_differences(columns: int, rows: int) -> crossing_kernels.Differences:
    """Room for what `crossing.kernels.cross_grid` works out of so many cells along u and v."""
    firsts = np.empty(columns, dtype=np.int64), np.empty(rows, dtype=np.int64)
    return (*firsts, np.empty((columns, 4)), np.empty((rows, 4)))


def _corners(window: RowWindow, span: tuple[int, int]) -> NDArray[np.float64]:
    """(8, 3) voxel indices of a box around the rows, two voxels wider."""
    sides = (span[0] - 2, span[1] + 1), (window.j_first - 2, window.j_end + 1), (window.k_first - 2, window.k_end + 1)
    return np.array(list(itertools.product(*sides)), dtype=np.float64)


def _frame_from_ijk(frame: SurfaceFrame, geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(3, 4) frame coordinates of voxels, mm."""
    found = np.empty((3, 4))
    found[:, :3] = frame.axes_lps @ geometry.lps_from_ijk[:3, :3]
    found[:, 3] = frame.axes_lps @ (geometry.lps_from_ijk[:3, 3] - frame.origin_lps_mm)
    return found


def _doubt(geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(6,) as `crossing.kernels.cross_triangle` takes it."""
    rows = geometry.ijk_from_lps[:3, :3]
    products = DOUBT_MM**2 * (rows @ rows.T)
    return products[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]


def _ask_the_rest(
    frame: SurfaceFrame,
    geometry: VolumeGeometry,
    box: NDArray[np.int64],
    wanted: NDArray[np.int32],
    sides: NDArray[np.int8],
) -> None:
    """Gives slices of which the surface crosses no row that is wanted the side of the first of these."""
    asked = np.flatnonzero(sides < 0)
    if not asked.size:
        return
    places = np.empty((len(asked), 3))
    places[:, 0], places[:, 1], places[:, 2] = (box[4] + box[5]) // 2, wanted[asked, 0], asked + box[0]
    points = geometry.lps_from_index(places)
    heights = np.empty(len(asked))
    surface_kernels.heights(
        np.ascontiguousarray(frame.net_mm), np.ascontiguousarray(frame.coordinates_mm(points)), heights
    )
    sides[asked] = heights > 0.0
