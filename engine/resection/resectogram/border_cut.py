"""One wall of a territory's border as a surface to lay flat: heights over its plane, the steps of voxels smoothed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.resectogram.border_sheets import BorderSheet
from engine.resection.resectogram.cut_surface import STEP_MM, ByFormula, around
from engine.resection.resectogram.view import CutView, view_from

_RASTER_MM: Final = 1.0
_SMOOTH_VOXELS: Final = 1.2
"""Standard deviation in voxels of the coarsest spacing: as wide as the border's own directions are averaged."""
_REACH_VOXELS: Final = 1.0
"""A place belongs to the wall where one of its faces lies so near, beside it and above or below."""
_FITS_PERCENT: Final = 95.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BorderCut(ByFormula):
    """A wall of a territory, seen from the resected side.

    Attributes:
        view: its origin lies in the plane that the heights stand on.
        step_mm: between lattice points.
        first_xy_mm: (2,) x, y of raster place (0, 0).
        heights_mm: (rows, columns) towards the viewer, every `_RASTER_MM`; rows along y; finite everywhere.
        covered: (rows, columns) whether the wall is there at all.
        off_mm: 95 % of the wall's voxel faces have their middle nearer to this surface than that.
        probe_mm: so far behind the surface voxels are surely those of the other side.
    """

    view: CutView
    step_mm: float
    first_xy_mm: NDArray[np.float64]
    heights_mm: NDArray[np.float64]
    covered: NDArray[np.bool_]
    off_mm: float
    probe_mm: float

    @property
    def is_flat(self) -> bool:
        """A smoothed border is never quite flat."""
        return False

    def reach_mm(self, corners_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ARG002 - of the interface
        """Around the wall."""
        rows, columns = self.heights_mm.shape
        far = self.first_xy_mm + _RASTER_MM * (np.array([columns, rows]) - 1)
        return np.stack([self.first_xy_mm, far])

    def points_lps_mm(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the wall, continued beyond it."""
        from scipy.ndimage import map_coordinates

        heights = map_coordinates(self.heights_mm, self._places(xy_mm), order=1, mode="nearest")
        return self.view.lps_mm(xy_mm, heights)

    def guess_uv(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """The parameters themselves."""
        return xy_mm

    def xy_mm(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """By projection along the mean direction."""
        return self.view.xy_mm(points_lps_mm)

    def covers(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) whether (n, 3) points of the surface lie on the wall itself; NaN does not."""
        rows, columns = self.covered.shape
        row, column = np.rint(np.nan_to_num(self._places(self.xy_mm(points_lps_mm)), nan=-1.0)).astype(np.int64)
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        found = np.zeros(len(points_lps_mm), dtype=bool)
        found[inside] = self.covered[row[inside], column[inside]]
        return found

    def behind(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) the points moved to the remnant's side, out of the voxels that the border runs between."""
        moved: NDArray[np.float64] = points_lps_mm - self.probe_mm * self.view.viewer_lps
        return moved

    def _places(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(2, n) row and column of (n, 2) x, y."""
        places: NDArray[np.float64] = ((xy_mm - self.first_xy_mm) / _RASTER_MM)[:, ::-1].T
        return places


def wall_surface(sheet: BorderSheet, geometry: VolumeGeometry, rim_mm: float) -> BorderCut:
    """The smooth surface through a wall's voxel faces.

    Heights are means of the faces' middles under a Gaussian, each face counted with the area it covers of the plane;
    far from all faces the mean is taken ever wider, so that the picture's rim is level.

    Args:
        sheet: the wall.
        geometry: of the voxels.
        rim_mm: continued so far beyond the wall.
    """
    from scipy.ndimage import binary_closing, binary_dilation, gaussian_filter

    coarsest_mm = float(geometry.spacing_ijk_mm.max())
    middle = np.average(sheet.middles_lps_mm, axis=0, weights=sheet.areas_mm2)
    view = view_from(middle, -sheet.towards_rest_lps)
    xy = view.xy_mm(sheet.middles_lps_mm)
    heights = (sheet.middles_lps_mm - view.origin_lps_mm) @ view.viewer_lps
    low, high = around(xy)
    first = low - rim_mm
    columns, rows = np.ceil((high - low + 2.0 * rim_mm) / _RASTER_MM).astype(int) + 1
    column, row = np.rint((xy - first) / _RASTER_MM).astype(np.int64).T
    flat, shape = row * columns + column, (int(rows), int(columns))
    weights = np.bincount(flat, sheet.areas_mm2, rows * columns).reshape(shape)
    sums = np.bincount(flat, sheet.areas_mm2 * heights, rows * columns).reshape(shape)
    found = np.full(shape, np.nan)
    sigma_mm = _SMOOTH_VOXELS * coarsest_mm
    while np.isnan(found).any():
        sigma = sigma_mm / _RASTER_MM
        under = gaussian_filter(weights, sigma, mode="constant", truncate=3.0)
        over = gaussian_filter(sums, sigma, mode="constant", truncate=3.0)
        # Less than a thousandth of a square millimetre under the bell is rounding.
        known = np.isnan(found) & (under > 1e-3 * _RASTER_MM**2 / sigma**2)
        found[known] = over[known] / under[known]
        sigma_mm *= 2.0
    hit = weights > 0.0
    reach = max(int(np.ceil(_REACH_VOXELS * coarsest_mm / _RASTER_MM)), 1)
    covered = binary_closing(np.pad(hit, reach + 1), iterations=reach)[reach + 1 : -reach - 1, reach + 1 : -reach - 1]
    covered = binary_dilation(covered, iterations=1)
    off = np.abs(heights - found[row, column])
    return BorderCut(
        view=view,
        step_mm=min(STEP_MM, max(3.0, coarsest_mm)),
        first_xy_mm=first,
        heights_mm=found,
        covered=covered,
        off_mm=float(np.percentile(off, _FITS_PERCENT)),
        probe_mm=coarsest_mm,
    )
