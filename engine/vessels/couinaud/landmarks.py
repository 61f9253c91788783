"""Landmarks that Couinaud's planes run through, seen or estimated from the liver's shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import GALLBLADDER, INFERIOR_VENA_CAVA
from engine.vessel_tree import VesselTrees
from engine.vessels.territories import WorkingGrid
from engine.volume import LabelVolume

_CAVA_NEAR_LIVER_MM: Final = 15.0
_CAVA_LEVEL_MM: Final = 5.0
_CAVA_STRAY_MM: Final = 18.0
_CAVA_LEAST_LEVELS: Final = 4
_CAVA_STEEPEST: Final = 0.2
_GALLBLADDER_NEAR_MM: Final = 8.0
_GALLBLADDER_LEAST_POINTS: Final = 20
_MAIN_SHARE: Final = 0.12
_HILUM_SEEN_MM: Final = 4.0
_HILUM_USUAL_MM: Final = 12.0
_HILUM_STRAY_MM: Final = 25.0
"""Spread of a fork that was seen, of the usual height, and how far from it a fork is hardly the hilum."""

# Where the landmarks lie in the box around a liver when none is seen: part of its extent from right to left, front to
# back and bottom to top. Set by hand after looking at where annotators' planes lie in 65 of the 130 Couinaud maps of
# the label pack (medians 0.57, 0.61, 0.50, standard deviations 0.07, 0.04, 0.07); no other value was fitted.
_CAVA_FROM_RIGHT: Final = 0.57
_CAVA_FROM_FRONT: Final = 0.60
_HILUM_FROM_BOTTOM: Final = 0.50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landmarks:
    """What the planes run through, patient LPS millimetres.

    Attributes:
        cava_xy_mm: (2, 2) x and y of the vena cava's axis at `middle_z_mm` and their change per mm upwards.
        cava_seen: whether the cava itself was seen.
        middle_z_mm: height of the liver's middle.
        top_z_mm: height of the liver's dome.
        hilum_z_mm: height of the portal bifurcation.
        hilum_seen: whether it is that of the patient's own portal tree.
        gallbladder_lps_mm: (3,) middle of the gallbladder's bed, or None.
        scale: the liver's size against one of 1500 mL, as a length.
    """

    cava_xy_mm: NDArray[np.float64]
    cava_seen: bool
    middle_z_mm: float
    top_z_mm: float
    hilum_z_mm: float
    hilum_seen: bool
    gallbladder_lps_mm: NDArray[np.float64] | None
    scale: float

    def cava_at(self, z_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) x and y of the cava's axis at n heights."""
        axis: NDArray[np.float64] = self.cava_xy_mm[0] + (z_mm - self.middle_z_mm)[:, None] * self.cava_xy_mm[1]
        return axis


def find_landmarks(
    labels: LabelVolume, trees: VesselTrees, grid: WorkingGrid, portal_share: NDArray[np.float64]
) -> Landmarks:
    """Finds the landmarks of one liver.

    Args:
        labels: the whole label map.
        trees: both vessel trees; may be empty.
        grid: the liver's working grid.
        portal_share: (branches + 1,) part of the liver in the territory of each portal branch and all below it.
    """
    points = grid.points_lps_mm()
    low, high = np.percentile(points, [0.5, 99.5], axis=0)
    middle_z = float((low[2] + high[2]) / 2)
    cava = _cava_axis(_points_of(labels, INFERIOR_VENA_CAVA, grid), points, middle_z)
    usual = float(low[2] + _HILUM_FROM_BOTTOM * (high[2] - low[2]))
    hilum = _hilum_height(trees, portal_share, usual)
    fraction = np.array([_CAVA_FROM_RIGHT, _CAVA_FROM_FRONT])
    guess = np.array([low[:2] + fraction * (high - low)[:2], [0.0, 0.0]])
    return Landmarks(
        cava_xy_mm=guess if cava is None else cava,
        cava_seen=cava is not None,
        middle_z_mm=middle_z,
        top_z_mm=float(high[2]),
        hilum_z_mm=usual if hilum is None else hilum,
        hilum_seen=hilum is not None,
        gallbladder_lps_mm=_gallbladder_bed(_points_of(labels, GALLBLADDER, grid), points),
        scale=float((grid.liver.sum() * grid.voxel_volume_ml / 1500.0) ** (1 / 3)),
    )


def _points_of(labels: LabelVolume, value: int, grid: WorkingGrid) -> NDArray[np.float64]:
    """(n, 3) LPS of at most some 20 000 voxels of a label value in and next to the liver's box."""
    margin = np.ceil(_CAVA_NEAR_LIVER_MM / labels.geometry.spacing_kji_mm).astype(int)
    near = tuple(slice(max(0, part.start - pad), part.stop + pad) for part, pad in zip(grid.box, margin, strict=True))
    part = labels.labels[near]
    flat = np.flatnonzero(part == value)
    flat = flat[:: max(1, len(flat) // 20_000)]
    kji = np.column_stack(np.unravel_index(flat, part.shape)) + [one.start for one in near]
    points: NDArray[np.float64] = labels.geometry.lps_from_index(kji[:, ::-1])
    return points


def _near(points: NDArray[np.float64], liver: NDArray[np.float64], reach_mm: float) -> NDArray[np.float64]:
    from scipy.spatial import cKDTree

    if not len(points):
        return points
    distance, _ = cKDTree(liver[:: max(1, len(liver) // 40_000)]).query(points, distance_upper_bound=reach_mm)
    near: NDArray[np.float64] = points[np.isfinite(distance)]
    return near


def _cava_axis(points: NDArray[np.float64], liver: NDArray[np.float64], middle_z: float) -> NDArray[np.float64] | None:
    """Line through the middle of the cava per level; veins that join it and leave its line are dropped."""
    points = _near(points, liver, _CAVA_NEAR_LIVER_MM)
    axis = None
    for _ in range(4):
        if not len(points):
            return None
        level = np.floor(points[:, 2] / _CAVA_LEVEL_MM)
        rows = np.array([[*np.median(points[level == n], axis=0)] for n in np.unique(level)])
        if len(rows) < _CAVA_LEAST_LEVELS:
            return None
        height = rows[:, 2] - middle_z
        slope = np.array([_median_slope(height, rows[:, axis_xy]) for axis_xy in (0, 1)])
        axis = np.array([np.median(rows[:, :2] - height[:, None] * slope, axis=0), slope])
        stray = np.linalg.norm(points[:, :2] - axis[0] - (points[:, 2:] - middle_z) * axis[1], axis=1)
        points = points[stray < _CAVA_STRAY_MM]
    return axis


def _median_slope(height: NDArray[np.float64], value: NDArray[np.float64]) -> float:
    """Theil-Sen slope, bounded: the retrohepatic cava is nearly upright."""
    a, b = np.triu_indices(len(height), 1)
    slope = np.median((value[b] - value[a]) / (height[b] - height[a]))
    return float(np.clip(slope, -_CAVA_STEEPEST, _CAVA_STEEPEST))


def _gallbladder_bed(points: NDArray[np.float64], liver: NDArray[np.float64]) -> NDArray[np.float64] | None:
    points = _near(points, liver, _GALLBLADDER_NEAR_MM)
    if len(points) < _GALLBLADDER_LEAST_POINTS:
        return None
    return np.asarray(np.median(points, axis=0), dtype=np.float64)


def _hilum_height(trees: VesselTrees, share: NDArray[np.float64], usual_mm: float) -> float | None:
    """Height where the portal vein parts into two branches that feed much of the liver each.

    It is drawn to the usual height by as much as tree and place are in doubt.
    """
    best: tuple[float, float, float] = (_MAIN_SHARE, 0.0, 0.0)
    by_parent: dict[int, list[int]] = {}
    for branch in trees.of_kind("portal"):
        by_parent.setdefault(branch.parent, []).append(branch.number)
    for parent, children in by_parent.items():
        if parent and len(children) > 1:
            trunk = trees.branches[parent - 1]
            best = max(best, (sorted(share[children])[-2], trunk.points_lps_mm[-1, 2], trunk.confidence))
    if best[2] <= 0:
        return None
    seen = best[2] / _HILUM_SEEN_MM**2 / (1.0 + ((best[1] - usual_mm) / _HILUM_STRAY_MM) ** 2) ** 2
    return float((seen * best[1] + usual_mm / _HILUM_USUAL_MM**2) / (seen + 1.0 / _HILUM_USUAL_MM**2))
