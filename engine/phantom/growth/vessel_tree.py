"""A grown vessel tree: named branches of tapered capsules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VesselTree:
    """A vessel tree as nodes and named branches, in LPS mm.

    A branch is the vessel between two bifurcations; branch ids start at 1. Several roots are allowed: hepatic
    veins join in the vena cava.

    Attributes:
        name: "portal_vein" or "hepatic_veins".
        nodes_lps_mm: (n, 3) float64.
        radii_mm: (n,) float64.
        parents: (n,) int32 index of the parent node, -1 at a root.
        node_branches: (n,) int32 branch id of the piece that ends in this node (0 at roots).
        branch_parents: (b + 1,) int32 branch id of the parent branch, 0 at a root; row 0 unused.
        branch_names: (b + 1) names such as "right_anterior"; several branches share their main branch's name.
        branch_radii_mm: (b + 1,) Murray radius of each branch.
        branch_terminals: (b + 1,) int32 terminals downstream.
    """

    name: str
    nodes_lps_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    parents: NDArray[np.int32]
    node_branches: NDArray[np.int32]
    branch_parents: NDArray[np.int32]
    branch_names: tuple[str, ...]
    branch_radii_mm: NDArray[np.float64]
    branch_terminals: NDArray[np.int32]

    @property
    def branch_count(self) -> int:
        """Number of branches."""
        return len(self.branch_names) - 1

    def capsules(self) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """((m, 8) start x, y, z, radius, end x, y, z, radius; (m,) branch ids) of every piece."""
        pieces = np.flatnonzero(self.parents >= 0)
        start = self.parents[pieces]
        rows = np.hstack(
            [
                self.nodes_lps_mm[start],
                self.radii_mm[start][:, None],
                self.nodes_lps_mm[pieces],
                self.radii_mm[pieces][:, None],
            ]
        )
        return rows, self.node_branches[pieces]

    def length_mm(self) -> float:
        """Length of all branches together."""
        pieces, _ = self.capsules()
        return float(np.linalg.norm(pieces[:, 4:7] - pieces[:, :3], axis=1).sum())
