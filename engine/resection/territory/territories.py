"""The territories of a case: sides, rows and borders, kept for the plan that asks again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.plan import TerritoryResection
from engine.resection.rows import CutRows, RowWindow
from engine.resection.territory.border import Border, border_of
from engine.resection.territory.mask import TerritoryTables, mask_rows, tables_of
from engine.vessel_tree import VesselTrees

Value = TypeVar("Value")

KEPT: Final = 8
"""Rows and borders kept: a plan under the hand asks for the same territories again and again."""


class Territories:
    """Answers about territories on a grid.

    Args:
        geometry: the grid.
        liver_map: of the case, None if it has none.
        trees: likewise.
    """

    def __init__(self, geometry: VolumeGeometry, liver_map: LiverMap | None, trees: VesselTrees | None) -> None:
        self._geometry = geometry
        self._liver_map = liver_map
        self._trees = trees
        self._kept: OrderedDict[object, object] = OrderedDict()
        self._lock = Lock()

    def tables(self, territory: TerritoryResection) -> TerritoryTables:
        """Which segments and branches it takes.

        Raises:
            PlanError: the case has no map or trees, or no such branch.
        """
        return tables_of(territory, self._liver_map, self._trees)

    def signed(self, territory: TerritoryResection, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) +1 or -1 at (n, 3) points: that of the voxel they lie in."""
        assert self._liver_map is not None
        tables = self.tables(territory)
        at = np.rint(self._geometry.index_from_lps(points_lps_mm)).astype(np.int64)
        at -= [part.start for part in reversed(self._liver_map.box)]
        inside = ((at >= 0) & (at < self._liver_map.segment.shape[::-1])).all(axis=1)
        i, j, k = at[inside].T
        taken = tables.segments[self._liver_map.segment[k, j, i]]
        taken |= tables.branches[self._liver_map.portal_branch[k, j, i]]
        signed = np.full(len(at), -1.0)
        signed[inside] = np.where(taken, 1.0, -1.0)
        return signed

    def rows(self, territory: TerritoryResection, window: RowWindow, span: tuple[int, int]) -> CutRows:
        """What it takes of a window's rows within a span of i."""

        def make() -> CutRows:
            assert self._liver_map is not None
            mask = self.tables(territory).mask(self._liver_map)
            return mask_rows(mask, self._liver_map.box, self._geometry, window, span)

        return self._keep(("rows", territory, window, span), make)

    def border(self, territory: TerritoryResection) -> Border:
        """Between it and the rest of the liver."""

        def make() -> Border:
            assert self._liver_map is not None
            mask = self.tables(territory).mask(self._liver_map)
            return border_of(mask, self._liver_map.segment > 0, self._liver_map.box, self._geometry)

        return self._keep(("border", territory), make)

    def _keep(self, key: object, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]  # type: ignore[return-value] # every key has one kind of value
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made
