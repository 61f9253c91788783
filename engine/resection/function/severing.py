"""What a plan severs of a tree: which samples are gone, and which are still joined to a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES
from engine.resection.function import kernels
from engine.resection.function.centre_lines import CentreLines
from engine.resection.function.roots import near_labels
from engine.resection.function.value import KeptSide
from engine.resection.plan import ResectionPlan, TerritoryResection
from engine.resection.sides import Sides
from engine.volume import LabelVolume

REACH_MM: Final = 10.0
"""A plane has no end, but the hand cuts the liver: a centre line further from it than this is not severed. Nor is the
trunk between its source and the liver: whoever cuts that takes the whole liver out."""
ALONG_MM: Final = 3.0
"""Borders of territories run along the great veins, which are kept on the cut surface in an anatomical resection:
a territory takes a vessel only where all within its radius and this distance is the territory's, twice the step on
which borders are drawn. Judged by its centre line alone, the right hepatic vein would be lost in every right posterior
sectionectomy to the staircase of the border's voxels."""

_AROUND: Final = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeTable:
    """One tree and what is known of it beforehand.

    Attributes:
        lines: its samples and pieces.
        in_reach: (n,) whether a cut can sever the sample.
        unseen: (pieces,) whether a piece hangs on a link that was not seen.
        voxels: (pieces,) liver voxels of each piece.
        beyond: (n,) liver voxels of the pieces at and beyond each sample.
        around_lps_mm: (n, 6, 3) places beside the vessel, `ALONG_MM` from its wall.
        around_in_liver: (n, 6) which of them lie in the liver.
    """

    lines: CentreLines
    in_reach: NDArray[np.bool_]
    unseen: NDArray[np.bool_]
    voxels: NDArray[np.int64]
    beyond: NDArray[np.int64]
    around_lps_mm: NDArray[np.float64]
    around_in_liver: NDArray[np.bool_]

    @classmethod
    def build(cls, lines: CentreLines, labels: LabelVolume, voxels: NDArray[np.int64]) -> Self:
        """Collects what a plan does not change.

        Args:
            lines: the tree.
            labels: the label volume.
            voxels: (pieces,) liver voxels of each piece.
        """
        beside = (lines.radii_mm + ALONG_MM)[:, None, None] * _AROUND
        around = lines.points_lps_mm[:, None] + beside
        in_liver = near_labels(around.reshape(-1, 3), labels, LIVER_VALUES, 0.0)
        return cls(
            lines=lines,
            in_reach=near_labels(lines.points_lps_mm, labels, LIVER_VALUES, REACH_MM) & ~lines.trunk,
            unseen=lines.unseen[lines.middle],
            voxels=voxels,
            beyond=kernels.sum_beyond(lines.parent, lines.middle, voxels),
            around_lps_mm=around,
            around_in_liver=in_liver.reshape(-1, len(_AROUND)),
        )

    @property
    def size_bytes(self) -> int:
        """Memory of the arrays in bytes."""
        arrays = (self.in_reach, self.unseen, self.voxels, self.beyond, self.around_lps_mm, self.around_in_liver)
        return self.lines.size_bytes + sum(array.nbytes for array in arrays)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Severed:
    """One tree under a plan.

    Attributes:
        signed: (n,) the plan's function at the samples.
        blocked: (n,) whether a sample is gone from the kept side.
        reached: (n,) whether it hangs on a source.
        lost: (pieces,) kept voxels that lost each piece; filled by the tally.
    """

    signed: NDArray[np.float64]
    blocked: NDArray[np.bool_]
    reached: NDArray[np.bool_]
    lost: NDArray[np.int64]

    def branches(self, tree: TreeTable) -> tuple[int, ...]:
        """Numbers of the branches of which any part is gone, ascending."""
        return tuple(np.flatnonzero(np.bincount(tree.lines.branch[self.blocked])).tolist())


def sever(tree: TreeTable, sides: Sides, kept: KeptSide, rejoined: NDArray[np.bool_]) -> Severed:
    """Walks a tree under a plan.

    Args:
        tree: the tree.
        sides: the plan.
        kept: the side whose vessels are asked for.
        rejoined: (branches + 1,) branches whose stump is joined to the circulation again.
    """
    signed = sides.signed(tree.lines.points_lps_mm)
    taken = _taken(tree, sides, signed)
    blocked = taken & tree.in_reach if kept == "remnant" else ~taken
    return Severed(
        signed=signed,
        blocked=blocked,
        reached=kernels.walk(tree.lines.parent, tree.lines.branch, blocked, rejoined),
        lost=np.zeros(tree.lines.pieces, dtype=np.int64),
    )


def _taken(tree: TreeTable, sides: Sides, signed: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) whether a sample goes with the specimen: by its centre, and along territories by what lies around it."""
    taken = signed > 0.0
    others = tuple(one for one in sides.plan.resections if not isinstance(one, TerritoryResection))
    if len(others) == len(sides.plan.resections) or not taken.any():
        return taken
    at = np.flatnonzero(taken)
    around = sides.signed(tree.around_lps_mm[at].reshape(-1, 3)).reshape(len(at), -1) > 0.0
    taken[at] = (around | ~tree.around_in_liver[at]).all(axis=1)
    if others:
        elsewhere = Sides(ResectionPlan(resections=others), sides.geometry)
        taken |= elsewhere.signed(tree.lines.points_lps_mm) > 0.0
    return taken
