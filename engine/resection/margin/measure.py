"""The area of the cut surface in the liver, and how much of it lies near the tumours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES
from engine.resection.margin import kernels
from engine.resection.margin.cut_cells import CutCells
from engine.resection.margin.tumour_voxels import TumourVoxels
from engine.volume import LabelVolume

FINEST_MM: Final = 2.0
"""Edge of the cells that areas are summed over."""
FACING_COSINE: Final = 0.5
"""A cell faces a tumour that it sees within 60 degrees of its own perpendicular."""
FACING_PERCENT: Final = 5.0
NEAR_MM: Final = (1.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacingArea:
    """How much of the cut surface in the liver lies near a tumour.

    Attributes:
        fifth_percentile_mm: the distance that 5 % of the facing cut surface (by area) come nearer than; None if none
            faces the tumour.
        under_mm2: area nearer than each of `NEAR_MM`.
    """

    fifth_percentile_mm: float | None
    under_mm2: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutSurface:
    """The part of a plan's cut surface that lies in the liver, as cells.

    Attributes:
        centres_lps_mm: (n, 3).
        areas_mm2: (n,).
        normals_lps: (n, 3) unit; of either direction.
    """

    centres_lps_mm: NDArray[np.float64]
    areas_mm2: NDArray[np.float64]
    normals_lps: NDArray[np.float64]

    @classmethod
    def in_liver(cls, cells: CutCells, labels: LabelVolume) -> CutSurface:
        """The cells whose middle lies in a voxel of the liver."""
        at = np.rint(labels.geometry.index_from_lps(cells.balls[:, :3])).astype(np.int64)
        chosen = np.flatnonzero(((at >= 0) & (at < labels.labels.shape[::-1])).all(axis=1))
        i, j, k = at[chosen].T
        liver = np.zeros(256, dtype=np.bool_)
        liver[list(LIVER_VALUES)] = True
        quads = cells.quads[chosen[liver[labels.labels[k, j, i]]]]
        a, b, c, d = (quads[:, corner] for corner in range(4))
        # The vector area of a quadrilateral is half the cross product of its diagonals; the sum of both triangles'
        # areas is what a bent one has.
        normals = np.cross(c - a, d - b)
        lengths = np.linalg.norm(normals, axis=1)
        areas = 0.5 * (np.linalg.norm(np.cross(b - a, d - a), axis=1) + np.linalg.norm(np.cross(d - c, b - c), axis=1))
        whole = lengths > 0.0
        return cls(
            centres_lps_mm=np.ascontiguousarray(quads.mean(axis=1)[whole]),
            areas_mm2=areas[whole],
            normals_lps=normals[whole] / lengths[whole, None],
        )

    @property
    def area_mm2(self) -> float:
        """Area of the whole."""
        return float(self.areas_mm2.sum())

    def facing(self, tumour: TumourVoxels) -> FacingArea:
        """How much of it lies near a tumour."""
        count = len(self.areas_mm2)
        if count == 0:
            return FacingArea(fifth_percentile_mm=None, under_mm2=(0.0, 0.0, 0.0))
        distances, directions = np.empty(count), np.empty((count, 3))
        kernels.nearest_voxels(
            self.centres_lps_mm,
            tumour.outer_lps_mm,
            tumour.block_pointers,
            tumour.block_balls,
            distances,
            directions,
        )
        cosines = np.abs((directions * self.normals_lps).sum(axis=1))
        facing = cosines >= FACING_COSINE * distances
        one, five, ten = (float(self.areas_mm2[distances < near].sum()) for near in NEAR_MM)
        return FacingArea(
            fifth_percentile_mm=_percentile(distances[facing], self.areas_mm2[facing]), under_mm2=(one, five, ten)
        )


def _percentile(distances: NDArray[np.float64], areas: NDArray[np.float64]) -> float | None:
    if not len(distances):
        return None
    order = np.argsort(distances)
    share = np.cumsum(areas[order])
    place = int(np.searchsorted(share, FACING_PERCENT / 100.0 * share[-1]))
    return float(distances[order[place]])
