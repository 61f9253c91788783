"""A vessel forest under construction: straight segments that grow, are pruned and become a smooth tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.phantom.growth import kernels
from engine.phantom.growth.main_branches import MainBranch
from engine.phantom.growth.organ_field import OrganField

Scalar = TypeVar("Scalar", bound=np.generic)

_MAIN_BRANCH_FLOW = 4.0
"""A main branch ends in a vessel this many terminals strong, so that no section starves while others grow."""


@dataclass(slots=True, kw_only=True, eq=False)
class Forest:
    """Straight segments, see `growth.kernels` for `ends`, `links` and `flow`.

    Attributes:
        ends: (n, 6) float64.
        links: (n, 3) int64.
        flow: (n,) float64 terminals downstream.
        fixed: (n,) bool, main branches, never pruned.
        open_for_branches: (n,) bool.
        names: (n,) name of the main branch each belongs to.
        given_radius_mm: (n,) radius that does not follow from the flow, else 0.
        terminal_radius_mm: radius of a vessel with one terminal.
    """

    ends: NDArray[np.float64]
    links: NDArray[np.int64]
    flow: NDArray[np.float64]
    fixed: NDArray[np.bool_]
    open_for_branches: NDArray[np.bool_]
    names: list[str]
    given_radius_mm: NDArray[np.float64]
    terminal_radius_mm: float

    @classmethod
    def planted(cls, branches: list[MainBranch], terminal_radius_mm: float) -> Self:
        """The forest of the main branches alone."""
        ends, parents, names, open_, given = [], [], [], [], []
        last_of: dict[str, int] = {}
        for branch in branches:
            parent = last_of.get(branch.parent, -1)
            for start, end in zip(branch.path_lps_mm[:-1], branch.path_lps_mm[1:], strict=True):
                ends.append(np.concatenate([start, end]))
                parents.append(parent)
                names.append(branch.name)
                open_.append(branch.open_for_branches)
                given.append(branch.radius_mm)
                parent = len(ends) - 1
            last_of[branch.name] = parent
        forest = cls(
            ends=np.array(ends),
            links=_links_from_parents(np.array(parents, dtype=np.int64)),
            flow=np.zeros(len(ends)),
            fixed=np.ones(len(ends), dtype=bool),
            open_for_branches=np.array(open_),
            names=names,
            given_radius_mm=np.array(given),
            terminal_radius_mm=terminal_radius_mm,
        )
        forest.count_flow()
        return forest

    def count_flow(self) -> None:
        """Sets the flow of every segment to the number of terminals downstream."""
        self.flow[:] = 0.0
        for leaf in np.flatnonzero((self.links[:, 1] < 0) & (self.links[:, 2] < 0)):
            at = int(leaf)
            weight = _MAIN_BRANCH_FLOW if self.fixed[at] else 1.0
            while at >= 0:
                self.flow[at] += weight
                at = int(self.links[at, 0])

    def radii_mm(self) -> NDArray[np.float64]:
        """(n,) radius of every segment by Murray's law, or as given."""
        murray = self.terminal_radius_mm * np.cbrt(self.flow)
        return np.where(self.given_radius_mm > 0, self.given_radius_mm, murray)

    def grow(
        self, candidates: NDArray[np.float64], field: OrganField, obstacles: NDArray[np.float64], margin_mm: float
    ) -> None:
        """Adds terminals; arguments as in `kernels.grow`."""
        count, room = len(self.ends), len(self.ends) + 2 * len(candidates)

        def enlarged(array: NDArray[Scalar]) -> NDArray[Scalar]:
            larger = np.zeros((room, *array.shape[1:]), dtype=array.dtype)
            larger[:count] = array
            return larger

        ends, links, flow = enlarged(self.ends), enlarged(self.links), enlarged(self.flow)
        fixed, open_ = enlarged(self.fixed), enlarged(self.open_for_branches)
        numbers = np.array([self.terminal_radius_mm, margin_mm, field.step_mm])
        used, origin_of = kernels.grow(
            ends, links, flow, fixed, open_, count, candidates, numbers, field.depth_mm, field.origin_lps_mm, obstacles
        )
        for n in range(count, used):
            self.names.append(self.names[int(origin_of[n])])
        given = np.zeros(used)
        given[:count] = self.given_radius_mm
        self.ends, self.links, self.flow = ends[:used], links[:used], flow[:used]
        self.fixed, self.open_for_branches = fixed[:used], open_[:used]
        self.given_radius_mm = given

    def pruned(self, doomed: set[int]) -> Forest:
        """The forest without some grown segments and all that hangs on them."""
        keep = np.ones(len(self.ends), dtype=bool)
        for n in range(len(self.ends)):
            at = n
            while at >= 0:
                if at in doomed:
                    keep[n] = False
                    break
                at = int(self.links[at, 0])
        kept = np.flatnonzero(keep)
        renumbered = np.full(len(self.ends) + 1, -1, dtype=np.int64)
        renumbered[kept] = np.arange(len(kept))
        forest = Forest(
            ends=self.ends[kept],
            links=_links_from_parents(renumbered[self.links[kept, 0]]),
            flow=np.zeros(len(kept)),
            fixed=self.fixed[kept],
            open_for_branches=self.open_for_branches[kept],
            names=[self.names[int(n)] for n in kept],
            given_radius_mm=self.given_radius_mm[kept],
            terminal_radius_mm=self.terminal_radius_mm,
        )
        forest.count_flow()
        return forest


def _links_from_parents(parents: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, 3) parent and up to two children of every segment."""
    links = np.full((len(parents), 3), -1, dtype=np.int64)
    links[:, 0] = parents
    for n, parent in enumerate(parents):
        if parent >= 0:
            side = 1 if links[parent, 1] < 0 else 2
            assert links[parent, side] < 0, "a vessel divides into two"
            links[parent, side] = n
    return links
