"""How much liver each branch supplies or drains, alone and with all that leaves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.liver_map import LiverMap
from engine.vessel_tree import VesselTrees


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryVolume:
    """The liver that belongs to a branch.

    Attributes:
        branch: its number.
        own_ml: voxels nearest to this branch itself.
        with_tributaries_ml: voxels of this branch and of all branches beyond it: what is lost when it is cut.
        uncertain_ml: of these, the part that is a guess.
    """

    branch: int
    own_ml: float
    with_tributaries_ml: float
    uncertain_ml: float


def territory_volumes(trees: VesselTrees, liver_map: LiverMap, voxel_volume_ml: float) -> tuple[TerritoryVolume, ...]:
    """Counts voxels of every branch, in the order of their numbers.

    The territories of the roots of one tree add up to the liver, less what no branch of that tree reaches.

    Args:
        trees: portal and hepatic branches.
        liver_map: made with these trees.
        voxel_volume_ml: of the scan's grid.
    """
    unsure = liver_map.uncertain > 0
    counts = np.zeros((3, len(trees.branches) + 1), dtype=np.int64)
    for array in (liver_map.portal_branch, liver_map.hepatic_branch):
        counts[0] += np.bincount(array.ravel(), minlength=counts.shape[1])
        counts[2] += np.bincount(array[unsure], minlength=counts.shape[1])
    counts[1] = counts[0]
    for branch in reversed(trees.branches):  # children come after their parent
        if branch.parent:
            counts[1:, branch.parent] += counts[1:, branch.number]
    return tuple(
        TerritoryVolume(
            branch=branch.number,
            own_ml=float(counts[0, branch.number]) * voxel_volume_ml,
            with_tributaries_ml=float(counts[1, branch.number]) * voxel_volume_ml,
            uncertain_ml=float(counts[2, branch.number]) * voxel_volume_ml,
        )
        for branch in trees.branches
    )
