"""Which voxels a territory takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.liver_map import LiverMap
from engine.resection.plan import TerritoryResection
from engine.vessel_tree import VesselTrees


def territory_mask(
    territory: TerritoryResection, liver_map: LiverMap | None, trees: VesselTrees | None
) -> NDArray[np.bool_]:
    """(k, j, i) of the map's box: the voxels of the segments and of the branches with all that leaves them.

    Raises:
        PlanError: there is no map, no trees, or a number is no portal branch.
    """
    if liver_map is None:
        raise PlanError(
            "The case has no map of segments and territories.", cure="Prepare it anew with its vessels, or cut a plane."
        )
    wanted = np.zeros(256, dtype=np.bool_)
    wanted[list(territory.segments)] = True
    mask: NDArray[np.bool_] = wanted[liver_map.segment]
    if territory.portal_branches:
        supplied = branches_from(territory.portal_branches, trees)
        highest = int(liver_map.portal_branch.max(initial=0))
        table = np.zeros(max(highest + 1, len(supplied)), dtype=np.bool_)
        table[: len(supplied)] = supplied
        mask |= table[liver_map.portal_branch]
    return mask


def branches_from(numbers: tuple[int, ...], trees: VesselTrees | None) -> NDArray[np.bool_]:
    """(branches + 1,) which branches are named or leave one that is.

    Raises:
        PlanError: there are no trees, or a number is no portal branch.
    """
    if trees is None:
        raise PlanError("The case has no vessel trees.", cure="Prepare it anew with its vessels, or name segments.")
    found = np.zeros(len(trees.branches) + 1, dtype=np.bool_)
    for number in numbers:
        if number > len(trees.branches) or trees.branches[number - 1].kind != "portal":
            raise PlanError(f"There is no portal branch {number}.", cure="Name one of the case's portal branches.")
        found[number] = True
    for branch in trees.branches:  # a parent stands before its children
        found[branch.number] |= found[branch.parent]
    return found
