"""The main branches a liver's vessel trees start from, before anything grows.

Rows are (x, y, z, least depth under the liver's surface) in the standard frame. Portal rows count from the
hilum, hepatic rows from the standard origin. Courses after Couinaud 1957 and Brisbane 2000: the hepatic veins
run between the sections that the portal branches feed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.phantom.growth.organ_field import OrganField
from engine.phantom.trunk import TrunkShape, hilum_standard_mm
from engine.phantom.tube import smooth_path

_OUTSIDE: Final = -99.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MainBranch:
    """One named branch.

    Attributes:
        name: e.g. "right_anterior".
        parent: name of the branch whose end it starts from, "" at a root.
        path_lps_mm: (n, 3) its course, the first point being where the parent ends.
        open_for_branches: whether grown vessels may leave it.
        radius_mm: its radius where it does not follow from Murray's law, else 0.
    """

    name: str
    parent: str
    path_lps_mm: NDArray[np.float64]
    open_for_branches: bool
    radius_mm: float = 0.0


_PORTAL: Final[tuple[tuple[str, str, tuple[tuple[float, float, float, float], ...]], ...]] = (
    ("portal_left", "portal_trunk", ((12, -5, 7, -5), (26, -12, 12, 0), (33, -26, 14, 4))),
    ("left_umbilical", "portal_left", ((36, -38, 14, 6),)),
    ("left_lateral_superior", "portal_left", ((46, -28, 26, 7), (60, -26, 34, 7))),
    ("left_lateral_inferior", "left_umbilical", ((48, -50, 20, 7), (62, -54, 24, 6))),
    ("left_medial", "left_umbilical", ((28, -50, 20, 7), (14, -60, 16, 9))),
    ("portal_right", "portal_trunk", ((-10, 0, 8, -2), (-20, 1, 12, 6))),
    ("right_anterior", "portal_right", ((-32, -10, 22, 12), (-40, -16, 32, 12))),
    ("right_anterior_superior", "right_anterior", ((-46, -18, 46, 14), (-50, -16, 62, 14))),
    ("right_anterior_inferior", "right_anterior", ((-50, -32, 18, 14), (-58, -48, -4, 11))),
    ("right_posterior", "portal_right", ((-34, 18, 12, 10), (-50, 30, 8, 12))),
    ("right_posterior_superior", "right_posterior", ((-60, 38, 24, 11), (-68, 40, 42, 12))),
    ("right_posterior_inferior", "right_posterior", ((-66, 34, -12, 11), (-74, 28, -36, 9))),
)

_HEPATIC: Final[tuple[tuple[str, str, tuple[tuple[float, float, float, float], ...]], ...]] = (
    ("right_hepatic_vein", "", ((-26, 10, 74, _OUTSIDE), (-46, 12, 70, 9), (-66, 12, 55, 16), (-84, 8, 34, 16),
                                (-96, 2, 8, 14), (-102, -4, -18, 9))),
    ("middle_hepatic_vein", "left_common_trunk", ((-34, -22, 62, 14), (-40, -36, 48, 16), (-45, -50, 26, 13),
                                                  (-48, -58, 4, 9))),
    ("left_hepatic_vein", "left_common_trunk", ((-6, -14, 64, 8), (12, -26, 56, 9), (30, -38, 48, 8),
                                                (44, -46, 42, 6))),
)  # fmt: skip


def _bent(
    start: NDArray[np.float64], rows: NDArray[np.float64], field: OrganField, random: np.random.Generator
) -> NDArray[np.float64]:
    """(n, 3) from `start` through rows that were jittered and pushed to their depth."""
    points = [start]
    for x, y, z, least in rows:
        point = np.array([x, y, z]) + (random.normal(0.0, 2.0, 3) if least > _OUTSIDE else 0.0)
        points.append(field.pushed_inside(point, least) if least > _OUTSIDE else point)
    return smooth_path(np.array(points), step_mm=7.0)


def portal_branches(trunk: TrunkShape, field: OrganField, random: np.random.Generator) -> list[MainBranch]:
    """Portal trunk from the confluence, splenic and mesenteric veins, left and right branches and their sections."""
    scale = trunk.scale
    hilum = hilum_standard_mm(trunk)
    confluence = np.array([-6.0, -9.0, -22.0]) + random.normal(0.0, 1.5, 3)
    fork = hilum + np.array([-3.0, 0.0, 2.0])
    bend = 0.5 * (confluence + fork) + np.array([1.0, 4.0, -1.0])
    outside = {
        "portal_trunk": [confluence, bend, fork],
        "splenic_vein": [confluence, [14, -4, -14], [38, 6, -6], [64, 24, 0], [90, 32, 6]],
        "superior_mesenteric_vein": [confluence, [-8, -14, -50], [-6, -22, -90], [-8, -26, -140]],
    }
    branches = []
    ends: dict[str, NDArray[np.float64]] = {}
    for name, course in outside.items():
        path = smooth_path(np.array(course, dtype=np.float64) * scale, step_mm=7.0)
        radius = {"splenic_vein": 4.4, "superior_mesenteric_vein": 5.2}.get(name, 0.0)
        branches.append(MainBranch(name=name, parent="", path_lps_mm=path, open_for_branches=False, radius_mm=radius))
        ends[name] = path[-1]
    for name, parent, offsets in _PORTAL:
        rows = np.array(offsets, dtype=np.float64)
        rows[:, :3] = (rows[:, :3] + hilum) * scale
        path = _bent(ends[parent], rows, field, random)
        branches.append(MainBranch(name=name, parent=parent, path_lps_mm=path, open_for_branches=True))
        ends[name] = path[-1]
    return branches


def hepatic_branches(
    trunk: TrunkShape, field: OrganField, random: np.random.Generator, keep_from: NDArray[np.float64]
) -> list[MainBranch]:
    """Right, middle and left hepatic veins; the middle and the left share a short trunk.

    Args:
        trunk: the patient.
        field: depth in the liver.
        random: the random stream.
        keep_from: (n, 3) points of the portal main branches; the veins bend away from them.
    """
    scale = trunk.scale.copy()
    lift = (trunk.right_dome_z - 98.0) * 0.7
    common = np.array([[-26.0, 9.0, 74.0 + lift], [-27.0, -2.0, 71.0 + lift], [-29.0, -10.0, 68.0 + lift]]) * scale
    common[2] = field.pushed_inside(common[2], 8.0)
    branches = [
        MainBranch(
            name="left_common_trunk",
            parent="",
            path_lps_mm=smooth_path(common, step_mm=5.0),
            open_for_branches=False,
        )
    ]
    for name, parent, offsets in _HEPATIC:
        rows = np.array(offsets, dtype=np.float64)
        rows[:, 2] += lift * np.clip(rows[:, 2] / 74.0, 0.0, 1.0)
        rows[:, :3] *= scale
        start = branches[0].path_lps_mm[-1] if parent else rows[0, :3]
        path = _bent(start, rows if parent else rows[1:], field, random)
        path = _kept_from(path, keep_from, field)
        branches.append(MainBranch(name=name, parent=parent, path_lps_mm=path, open_for_branches=True))
    return branches


def _kept_from(
    path: NDArray[np.float64], points: NDArray[np.float64], field: OrganField, *, gap_mm: float = 13.0
) -> NDArray[np.float64]:
    """The path with its points moved away from others until they are `gap_mm` apart, still inside and smooth."""
    moved = path.copy()
    for _ in range(12):
        for n in range(2, len(moved)):
            away = moved[n] - points
            distance = np.linalg.norm(away, axis=1)
            nearest = int(np.argmin(distance))
            if distance[nearest] < gap_mm:
                moved[n] += away[nearest] / (distance[nearest] + 1e-9) * (gap_mm - distance[nearest]) * 0.6
                moved[n] = field.pushed_inside(moved[n], 5.0)
        moved[2:-1] = 0.5 * moved[2:-1] + 0.25 * (moved[1:-2] + moved[3:])
    return moved
