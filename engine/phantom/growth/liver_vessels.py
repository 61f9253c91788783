"""Grows the portal and the hepatic venous trees of one liver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.phantom.growth import kernels
from engine.phantom.growth.forest import Forest
from engine.phantom.growth.main_branches import MainBranch, hepatic_branches, portal_branches
from engine.phantom.growth.organ_field import OrganField
from engine.phantom.growth.smoothing import smooth_tree
from engine.phantom.growth.vessel_tree import VesselTree
from engine.phantom.trunk import TrunkShape

PORTAL_TO_HEPATIC_GAP_MM = 2.2
"""Least wall-to-wall distance between the two trees: at least a voxel of parenchyma on a usual grid."""

_TRIES_PER_TERMINAL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthPlan:
    """How richly the trees branch.

    Attributes:
        portal_terminals: terminals offered to the portal tree; a few find no place.
        hepatic_terminals: the same for the hepatic veins.
        terminal_radius_mm: radius of the thinnest vessels. With 150 terminals the portal trunk is 5.4 times wider.
    """

    portal_terminals: int = 150
    hepatic_terminals: int = 130
    terminal_radius_mm: float = 1.15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MainCourses:
    """The main branches of both trees, before growth."""

    portal: list[MainBranch]
    hepatic: list[MainBranch]

    def points_lps_mm(self) -> NDArray[np.float64]:
        """(n, 3) all points of the main branches."""
        return np.vstack([branch.path_lps_mm for branch in (*self.portal, *self.hepatic)])


def plan_courses(trunk: TrunkShape, field: OrganField, random: np.random.Generator) -> MainCourses:
    """Lays the main branches of both trees."""
    portal = portal_branches(trunk, field, random)
    keep_from = np.vstack([branch.path_lps_mm for branch in portal])
    return MainCourses(portal=portal, hepatic=hepatic_branches(trunk, field, random, keep_from))


def grow_liver_vessels(
    courses: MainCourses,
    field: OrganField,
    tumours: NDArray[np.float64],
    plan: GrowthPlan,
    random: np.random.Generator,
) -> tuple[VesselTree, VesselTree]:
    """Grows both trees around the tumours so that they never touch each other.

    Args:
        courses: main branches.
        field: depth in the liver.
        tumours: (n, 4) centre x, y, z and reach in LPS mm that vessels keep out of.
        plan: how many terminals.
        random: the random stream.

    Returns:
        Portal tree, hepatic tree.
    """
    obstacles = np.hstack([tumours[:, :3], tumours[:, :3], tumours[:, 3:4]])
    places = field.points_deeper_than(plan.terminal_radius_mm + 3.5)
    hepatic = Forest.planted(courses.hepatic, plan.terminal_radius_mm)
    hepatic_mains = _as_obstacles(hepatic, room_for=plan.hepatic_terminals / 10.0)
    portal = Forest.planted(courses.portal, plan.terminal_radius_mm)
    portal.grow(
        _candidates(places, plan.portal_terminals, field.step_mm, random),
        field,
        np.vstack([obstacles, hepatic_mains]),
        PORTAL_TO_HEPATIC_GAP_MM,
    )
    hepatic.grow(
        _candidates(places, plan.hepatic_terminals, field.step_mm, random),
        field,
        np.vstack([obstacles, _as_obstacles(portal, room_for=0.0)]),
        PORTAL_TO_HEPATIC_GAP_MM,
    )
    return _disentangled(portal, hepatic, field, tumours)


def _candidates(
    places: NDArray[np.float64], terminals: int, step_mm: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """(terminals, tries, 3) random places in the liver."""
    chosen = places[random.integers(0, len(places), (terminals, _TRIES_PER_TERMINAL))]
    return chosen + random.uniform(-0.5 * step_mm, 0.5 * step_mm, chosen.shape)


def _as_obstacles(forest: Forest, *, room_for: float) -> NDArray[np.float64]:
    """(n, 7) capsules of a forest, thick enough for `room_for` more terminals on each segment."""
    radii = np.maximum(forest.radii_mm(), forest.terminal_radius_mm * np.cbrt(forest.flow + room_for))
    return np.hstack([forest.ends, radii[:, None]])


def _disentangled(
    portal: Forest, hepatic: Forest, field: OrganField, tumours: NDArray[np.float64]
) -> tuple[VesselTree, VesselTree]:
    """Smooths both trees, then drops the grown vessels that smoothing brought too close to something."""
    for _ in range(30):
        portal_tree, portal_owners = smooth_tree(portal, "portal_vein")
        hepatic_tree, hepatic_owners = smooth_tree(hepatic, "hepatic_veins")
        doomed_portal = _leaving(portal, portal_tree, portal_owners, field, tumours)
        doomed_hepatic = _leaving(hepatic, hepatic_tree, hepatic_owners, field, tumours)
        portal_rows, _ = portal_tree.capsules()
        hepatic_rows, _ = hepatic_tree.capsules()
        hits = kernels.clashes(portal_rows, hepatic_rows, PORTAL_TO_HEPATIC_GAP_MM)
        portal_pieces = np.flatnonzero(portal_tree.parents >= 0)
        hepatic_pieces = np.flatnonzero(hepatic_tree.parents >= 0)
        for row in np.flatnonzero(hits >= 0):
            ours = int(portal_owners[portal_pieces[row]])
            theirs = int(hepatic_owners[hepatic_pieces[hits[row]]])
            ours_is_free, theirs_is_free = not portal.fixed[ours], not hepatic.fixed[theirs]
            if theirs_is_free and (not ours_is_free or hepatic.flow[theirs] <= portal.flow[ours]):
                doomed_hepatic.add(theirs)
            elif ours_is_free:
                doomed_portal.add(ours)
        if not doomed_portal and not doomed_hepatic:
            break
        portal, hepatic = portal.pruned(doomed_portal), hepatic.pruned(doomed_hepatic)
    return portal_tree, hepatic_tree


def _leaving(
    forest: Forest, tree: VesselTree, owners: NDArray[np.int64], field: OrganField, tumours: NDArray[np.float64]
) -> set[int]:
    """Grown segments whose smooth course leaves the liver or touches a tumour."""
    doomed: set[int] = set()
    for n in np.flatnonzero(owners >= 0):
        segment = int(owners[n])
        if forest.fixed[segment] or segment in doomed:
            continue
        radius = float(tree.radii_mm[n])
        gaps = np.linalg.norm(tumours[:, :3] - tree.nodes_lps_mm[n], axis=1) - tumours[:, 3] - radius
        if field.depth_at(tree.nodes_lps_mm[n]) < radius + 0.8 or (len(gaps) and gaps.min() < 0.5):
            doomed.add(segment)
    return doomed
