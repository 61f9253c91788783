"""Which voxels a territory takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.plan import TerritoryResection
from engine.resection.rows import CutRows, RowWindow
from engine.vessel_tree import VesselTrees
from engine.volume import VoxelBox


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TerritoryTables:
    """What of a liver map a territory takes.

    Attributes:
        segments: (256,) which segment values.
        branches: (65536,) which portal branches.
    """

    segments: NDArray[np.bool_]
    branches: NDArray[np.bool_]

    def mask(self, liver_map: LiverMap) -> NDArray[np.bool_]:
        """(k, j, i) of the map's box: the voxels taken."""
        mask: NDArray[np.bool_] = self.segments[liver_map.segment]
        if self.branches.any():
            mask |= self.branches[liver_map.portal_branch]
        return mask


def tables_of(territory: TerritoryResection, liver_map: LiverMap | None, trees: VesselTrees | None) -> TerritoryTables:
    """The segments of a territory, and its branches with all that leaves them.

    Raises:
        PlanError: there is no map, no trees or a number is no portal branch.
    """
    if liver_map is None:
        raise PlanError(
            "The case has no map of segments and territories.", cure="Prepare it anew with its vessels, or cut a plane."
        )
    segments = np.zeros(256, dtype=np.bool_)
    segments[list(territory.segments)] = True
    branches = np.zeros(1 << 16, dtype=np.bool_)
    if territory.portal_branches:
        supplied = branches_from(territory.portal_branches, trees)
        branches[: len(supplied)] = supplied
    return TerritoryTables(segments=segments, branches=branches)


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


def mask_rows(
    mask: NDArray[np.bool_], box: VoxelBox, geometry: VolumeGeometry, window: RowWindow, span: tuple[int, int]
) -> CutRows:
    """What a mask takes of a window's rows within a span of i.

    Args:
        mask: (k, j, i) of the box.
        box: where it lies in the grid.
        geometry: the grid.
        window: its rows.
        span: first i and i after the last.
    """
    k_first, k_end, j_first, j_end = window
    k, j, i = (
        slice(max(part.start, low), max(part.start, low, min(part.stop, high)))
        for part, (low, high) in zip(box, ((k_first, k_end), (j_first, j_end), span), strict=True)
    )
    part = mask[tuple(slice(s.start - b.start, s.stop - b.start) for s, b in zip((k, j, i), box, strict=True))]
    inner = CutRows.of_mask(part, RowWindow(k.start, k.stop, j.start, j.stop))
    counts = np.zeros((k_end - k_first, j_end - j_first), dtype=np.int32)
    counts[k.start - k_first : k.stop - k_first, j.start - j_first : j.stop - j_first] = np.diff(
        inner.pointers
    ).reshape(part.shape[:2])
    pointers = np.zeros(window.rows + 1, dtype=np.int32)
    np.cumsum(counts.ravel(), out=pointers[1:])
    first = np.int16(i.start)
    return CutRows(
        window=window,
        columns=geometry.shape_kji[2],
        span=span,
        pointers=pointers,
        starts=inner.starts + first,
        ends=inner.ends + first,
    )
