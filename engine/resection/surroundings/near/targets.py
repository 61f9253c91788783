"""What a surgeon keeps clear of: neighbouring organs, the portal bifurcation, the stems of the great vessels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import FIXED_STRUCTURES
from engine.resection.surroundings.near import kernels
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.volume import LabelVolume, VoxelBox

ORGANS: Final = (
    "inferior_vena_cava", "gallbladder", "right_kidney", "left_kidney", "stomach", "duodenum", "pancreas", "spleen",
    "aorta",
)  # fmt: skip
STEM_MM: Final = 60.0
"""A hepatic vein is followed this far from the vena cava, always along the wider tributary."""
BIFURCATION: Final = "portal_bifurcation"
STEMS: Final[tuple[tuple[VesselKind, str, str], ...]] = (
    ("portal", "main", "Portal vein, main stem"),
    ("portal", "left", "Left portal vein"),
    ("portal", "right", "Right portal vein"),
    ("portal", "anterior", "Right anterior portal vein"),
    ("portal", "posterior", "Right posterior portal vein"),
    ("hepatic", "right", "Right hepatic vein"),
    ("hepatic", "middle", "Middle hepatic vein"),
    ("hepatic", "left", "Left hepatic vein"),
    ("hepatic", "common_trunk", "Common trunk of hepatic veins"),
    ("hepatic", "inferior_right", "Inferior right hepatic vein"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """Something the cut may come near to.

    Attributes:
        name: see `Nearness`.
        title: what a person reads.
        kind: organ, vessel or landmark.
        points_lps_mm: (n, 3) its outer voxels, or its centre line.
        radii_mm: (n,) of the vessel there, else 0.
    """

    name: str
    title: str
    kind: Literal["organ", "vessel", "landmark"]
    points_lps_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]


def find_targets(labels: LabelVolume, box: VoxelBox, trees: VesselTrees | None) -> tuple[Target, ...]:
    """All there are.

    Args:
        labels: the label volume.
        box: the part of the grid in which organs are looked for.
        trees: for stems and the bifurcation; None leaves them out.
    """
    found = _organs(labels, box)
    if trees is not None:
        bifurcation = portal_bifurcation_lps_mm(trees)
        if bifurcation is not None:
            found.append(
                Target(
                    name=BIFURCATION,
                    title="Portal bifurcation",
                    kind="landmark",
                    points_lps_mm=bifurcation[None],
                    radii_mm=np.zeros(1),
                )
            )
        found += [target for stem in STEMS if (target := _stem(trees, *stem)) is not None]
    return tuple(found)


def portal_bifurcation_lps_mm(trees: VesselTrees) -> NDArray[np.float64] | None:
    """(3,) where the main portal stem ends in its branches; None where no branch is called main or none leaves it."""
    parents = {branch.parent for branch in trees.branches}
    stems = [b for b in trees.of_kind("portal") if b.name == "main" and b.number in parents]
    return np.array(stems[-1].points_lps_mm[-1]) if stems else None


def _organs(labels: LabelVolume, box: VoxelBox) -> list[Target]:
    """Organs by the voxels that have a face to something else."""
    organs = [structure for structure in FIXED_STRUCTURES if structure.name in ORGANS]
    organ_of_value = np.zeros(256, dtype=np.uint8)
    for number, structure in enumerate(organs, start=1):
        organ_of_value[list(structure.label_values)] = number
    part = np.ascontiguousarray(labels.labels[box])
    voxels = np.empty((1 << 18, 4), dtype=np.int32)
    count = kernels.outer_voxels(part, organ_of_value, voxels)
    if count > len(voxels):
        voxels = np.empty((count, 4), dtype=np.int32)
        count = kernels.outer_voxels(part, organ_of_value, voxels)
    voxels = voxels[:count]
    start = np.array([side.start for side in box])
    found = []
    for number, structure in enumerate(organs, start=1):
        here = voxels[voxels[:, 0] == number, 1:] + start
        if len(here):
            found.append(
                Target(
                    name=structure.name,
                    title=structure.title,
                    kind="organ",
                    points_lps_mm=labels.geometry.lps_from_index(here[:, ::-1]),
                    radii_mm=np.zeros(len(here)),
                )
            )
    return found


def _stem(trees: VesselTrees, kind: VesselKind, name: str, title: str) -> Target | None:
    branches = [branch for branch in trees.of_kind(kind) if branch.name == name]
    if not branches:
        return None
    if kind == "hepatic":
        branches = _along_the_wider(branches)
    return Target(
        name=f"{kind}_{name}",
        title=title,
        kind="vessel",
        points_lps_mm=np.concatenate([branch.points_lps_mm for branch in branches]),
        radii_mm=np.concatenate([branch.radii_mm for branch in branches]),
    )


def _along_the_wider(branches: list[VesselBranch]) -> list[VesselBranch]:
    """From every mouth of a vein along its wider tributaries: tributaries bear the vein's name as well."""
    numbers = {branch.number for branch in branches}
    stems = [branch for branch in branches if branch.parent not in numbers]
    found = []
    for stem in stems:
        here: VesselBranch | None = stem
        walked_mm = 0.0
        while here is not None and walked_mm < STEM_MM:
            found.append(here)
            walked_mm += here.length_mm
            onward = [branch for branch in branches if branch.parent == here.number]
            here = max(onward, key=lambda branch: branch.calibre_mm, default=None)
    return found
