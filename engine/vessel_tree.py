"""The vessels of the liver as trees of branches: what is named, cut, corrected and measured along.

A branch runs from one branching point to the next. Branches are directed away from the root: the extrahepatic
portal trunk for the portal tree, the confluence with the vena cava for each hepatic vein.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

VesselKind = Literal["portal", "hepatic"]

PORTAL_NAMES: Final = (
    "main", "left", "right", "anterior", "posterior",
    "segment_2", "segment_3", "segment_4", "segment_5", "segment_6", "segment_7", "segment_8", "caudate",
)  # fmt: skip
"""Names of portal branches; a peripheral branch carries the name of the segment it feeds."""

HEPATIC_NAMES: Final = ("right", "middle", "left", "common_trunk", "inferior_right", "caudate")
"""Names of hepatic veins; every tributary carries the name of the vein it drains into."""

UNNAMED: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VesselBranch:
    """One branch between two branching points, or from one to its end.

    Attributes:
        number: 1, 2, ... unique over both trees; a voxel's branch in `LiverMap` is this number.
        kind: which tree it belongs to.
        parent: the number of the branch it leaves nearer to the root, 0 for a root.
        points_lps_mm: (n, 3) float64 centre line from the root's side outwards, n >= 2, patient LPS millimetres;
            the first point is the branching point it leaves.
        radii_mm: (n,) float64 radius at each point, millimetres.
        name: one of `PORTAL_NAMES` or `HEPATIC_NAMES`, or UNNAMED.
        confidence: 0 to 1, how sure tree and name are.
        bridged: whether part of it was not seen in the scan but put across a break.
    """

    number: int
    kind: VesselKind
    parent: int
    points_lps_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    name: str = UNNAMED
    confidence: float = 1.0
    bridged: bool = False

    @property
    def length_mm(self) -> float:
        """Length along the centre line."""
        return float(np.linalg.norm(np.diff(self.points_lps_mm, axis=0), axis=1).sum())

    @property
    def calibre_mm(self) -> float:
        """Median diameter."""
        return float(2 * np.median(self.radii_mm))


@dataclass(frozen=True, slots=True, kw_only=True)
class VesselTrees:
    """Both trees of a liver.

    Attributes:
        branches: by number, so `branches[n - 1].number == n`; a parent always stands before its children.
    """

    branches: tuple[VesselBranch, ...]

    def __post_init__(self) -> None:
        for index, branch in enumerate(self.branches):
            if branch.number != index + 1:
                raise ValueError("branches must be numbered 1, 2, ... in their order")
            if not 0 <= branch.parent < branch.number:
                raise ValueError("a parent must stand before its children")
            if branch.parent and self.branches[branch.parent - 1].kind != branch.kind:
                raise ValueError("a branch and its parent belong to the same tree")

    def of_kind(self, kind: VesselKind) -> tuple[VesselBranch, ...]:
        """The branches of one tree, parents first."""
        return tuple(branch for branch in self.branches if branch.kind == kind)

    def parents(self) -> NDArray[np.int32]:
        """(branches + 1,) int32: the parent of each branch number; entry 0 is 0."""
        return np.array([0, *(branch.parent for branch in self.branches)], dtype=np.int32)
