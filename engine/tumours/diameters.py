"""Longest diameter of an outline in a plane, and the longest across it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diameter:
    """A straight line between two points of an outline.

    Attributes:
        length_mm: its length.
        ends_lps_mm: (2, 3) where it ends.
    """

    length_mm: float
    ends_lps_mm: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanarDiameters:
    """The two diameters of a lesion in one plane."""

    longest: Diameter
    perpendicular: Diameter


def longest_in_planes(mask: NDArray[np.bool_], geometry: VolumeGeometry, axis: int) -> PlanarDiameters:
    """The longest diameter of a mask in any plane across one array axis, and the longest across it in that plane.

    RECIST 1.1 (Eisenhauer 2009, Eur J Cancer 45:228): the longest diameter in one plane of the scan; the second,
    at right angles to it, is that of the WHO's product. Parts of a lesion that do not touch within a plane are
    measured apart. The outline runs half-way between the centres of voxels inside and outside, so a length is
    right on average and off by about one voxel at most.

    Args:
        mask: (k, j, i) one lesion, not empty.
        geometry: its grid.
        axis: array axis that the planes are stacked along.
    """
    best: PlanarDiameters | None = None
    for number in np.flatnonzero(mask.any(axis=tuple(n for n in range(3) if n != axis))).tolist():
        for points in _outlines(np.take(mask, number, axis=axis)):
            full = np.insert(points, axis, float(number), axis=1)
            found = planar_diameters(geometry.lps_from_index(full[:, ::-1]))
            if best is None or found.longest.length_mm > best.longest.length_mm:
                best = found
    assert best is not None
    return best


def planar_diameters(points_lps_mm: NDArray[np.float64]) -> PlanarDiameters:
    """Diameters of the convex hull of (n, 3) points that lie in one plane and not on one line."""
    from scipy.spatial import ConvexHull
    from scipy.spatial.distance import cdist

    middle = points_lps_mm.mean(axis=0)
    plane = np.linalg.svd(points_lps_mm - middle, full_matrices=False)[2][:2]
    flat = (points_lps_mm - middle) @ plane.T
    hull = flat[ConvexHull(flat).vertices]
    distances = cdist(hull, hull)
    first, second = np.unravel_index(int(distances.argmax()), distances.shape)
    longest = hull[[first, second]]
    across = _widest_across(hull, longest)
    return PlanarDiameters(
        longest=_diameter(longest @ plane + middle), perpendicular=_diameter(across @ plane + middle)
    )


def _diameter(ends_lps_mm: NDArray[np.float64]) -> Diameter:
    return Diameter(length_mm=float(np.linalg.norm(ends_lps_mm[1] - ends_lps_mm[0])), ends_lps_mm=ends_lps_mm)


def _widest_across(hull: NDArray[np.float64], longest: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 2) ends of the longest chord of a convex polygon at right angles to a diameter.

    The chord's length is linear between the polygon's corners along the diameter, so it is longest at a corner.
    """
    along = (longest[1] - longest[0]) / np.linalg.norm(longest[1] - longest[0])
    frame = np.stack([along, [-along[1], along[0]]])
    places = (hull - longest[0]) @ frame.T
    upper, lower = (_chain(places[side * places[:, 1] >= -1e-9]) for side in (1.0, -1.0))
    tops = np.interp(places[:, 0], upper[:, 0], upper[:, 1])
    bottoms = np.interp(places[:, 0], lower[:, 0], lower[:, 1])
    widest = int((tops - bottoms).argmax())
    ends = np.array([[places[widest, 0], bottoms[widest]], [places[widest, 0], tops[widest]]])
    return np.asarray(ends @ frame + longest[0], dtype=np.float64)


def _chain(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points[np.argsort(points[:, 0], kind="stable")]


def _outlines(plane: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """(n, 2) index points half-way between voxels inside and outside, for every part of a (row, column) plane."""
    from scipy import ndimage

    parts, count = ndimage.label(plane, structure=np.ones((3, 3)))
    outlines = []
    for part in range(1, count + 1):
        padded = np.pad(parts == part, 1)
        rows = np.argwhere(padded[1:] != padded[:-1]) + np.array([0.5, 0.0])
        columns = np.argwhere(padded[:, 1:] != padded[:, :-1]) + np.array([0.0, 0.5])
        outlines.append(np.concatenate([rows, columns]) - 1.0)
    return outlines
