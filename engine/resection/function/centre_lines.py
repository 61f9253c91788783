"""The centre lines of one tree as samples and pieces: the graph along which a cut severs supply or drainage.

A branch is divided into pieces of about `PIECE_MM`, each into an even number of steps of at most `STEP_MM`. A sample
hangs on the one before it, the first of a branch on its parent's nearest sample, so that samples are the nodes of
the graph and a walk over them in their order is a walk from the root outwards.

A piece stands for the liver nearest to it and has the fate of its *middle* sample: cutting at any place of a piece
is then right to half a piece in either direction without bias, where counting a touched piece as lost would lose half
a piece with each branch cut. With territories a few square centimetres across, 4 mm of a branch are about a
millilitre, so that one cut branch is known to half a millilitre; shorter pieces cost memory and say nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.resection.function.roots import Roots
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees

PIECE_MM: Final = 4.0
STEP_MM: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CentreLines:
    """One tree, sampled. n samples, m pieces; a parent sample stands before its children.

    Attributes:
        kind: which tree.
        points_lps_mm: (n, 3) where the samples lie.
        radii_mm: (n,) radius of the vessel.
        parent: (n,) int32 sample nearer to the root, -1 at a source.
        branch: (n,) int32 branch number.
        unseen: (n,) bool, the way from here to a source goes over a link that the scan does not show.
        trunk: (n,) bool, on the way from a source to the liver along the root and what is called "main": never severed.
        middle: (m,) int32 the sample in the middle of each piece.
        piece_branch: (m,) int32 branch of each piece.
        first_piece: (branches + 2,) int32 pieces of branch b are first_piece[b] to first_piece[b + 1].
        piece_of: (n,) int32 piece in which a sample lies; the first of its branch on a link to it.
    """

    kind: VesselKind
    points_lps_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    parent: NDArray[np.int32]
    branch: NDArray[np.int32]
    unseen: NDArray[np.bool_]
    trunk: NDArray[np.bool_]
    middle: NDArray[np.int32]
    piece_branch: NDArray[np.int32]
    first_piece: NDArray[np.int32]
    piece_of: NDArray[np.int32]

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return len(self.middle)

    @property
    def size_bytes(self) -> int:
        """Memory of the arrays in bytes."""
        arrays = (self.points_lps_mm, self.radii_mm, self.parent, self.branch, self.unseen, self.trunk, self.middle)
        return sum(array.nbytes for array in (*arrays, self.piece_branch, self.first_piece, self.piece_of))


def sampled_tree(trees: VesselTrees, kind: VesselKind, roots: Roots) -> CentreLines:
    """Samples one of the trees.

    Args:
        trees: both trees.
        kind: which one.
        roots: which of its roots are sources, and how the others are thought to hang on.
    """
    growing = _Growing(branches=len(trees.branches))
    # What hangs on a link comes after all that it may hang on.
    branches = trees.of_kind(kind)
    loose = _loose_branches(branches, roots)
    for branch in (*(b for b in branches if b.number not in loose), *(b for b in branches if b.number in loose)):
        growing.add(branch, roots, unseen=branch.number in loose)
    return growing.finished(kind)


def _loose_branches(branches: tuple[VesselBranch, ...], roots: Roots) -> set[int]:
    """Numbers of all branches of the fragments."""
    loose: set[int] = set()
    for branch in branches:
        if branch.number in roots.fragments or branch.parent in loose:
            loose.add(branch.number)
    return loose


class _Growing:
    """Arrays of samples while branches are added."""

    def __init__(self, *, branches: int) -> None:
        self._points: list[NDArray[np.float64]] = []
        self._radii: list[NDArray[np.float64]] = []
        self._parent: list[NDArray[np.int32]] = []
        self._branch: list[NDArray[np.int32]] = []
        self._unseen: list[NDArray[np.bool_]] = []
        self._trunk: list[NDArray[np.bool_]] = []
        self._middle: dict[int, NDArray[np.int32]] = {}
        self._span: dict[int, tuple[int, int]] = {}
        self._outside: set[int] = set()
        self._count = 0
        self._branches = branches

    def add(self, branch: VesselBranch, roots: Roots, *, unseen: bool) -> None:
        points, radii, steps, pieces = _samples(branch)
        parent = -1
        if branch.parent:
            parent = self._nearest_of_branch(branch.parent, points[0])
        elif branch.number in roots.fragments:
            parent = self._linked(branch, points[0], radii[0])
        trunk = np.zeros(len(points), dtype=bool)
        if not unseen and (branch.parent == 0 or (branch.name == "main" and branch.parent in self._outside)):
            outside = roots.samples_outside(points)
            trunk[:outside] = True
            if outside == len(points):
                self._outside.add(branch.number)
        first = self._count
        per_piece = steps // pieces
        self._middle[branch.number] = (first + np.arange(pieces) * per_piece + per_piece // 2).astype(np.int32)
        self._span[branch.number] = (first, first + len(points))
        self._append(points, radii, parent, branch.number, unseen, trunk)

    def _append(
        self,
        points: NDArray[np.float64],
        radii: NDArray[np.float64],
        parent: int,
        number: int,
        unseen: bool,
        trunk: NDArray[np.bool_],
    ) -> None:
        count = len(points)
        self._points.append(points)
        self._radii.append(radii)
        self._parent.append(np.array([parent, *range(self._count, self._count + count - 1)], dtype=np.int32))
        self._branch.append(np.full(count, number, dtype=np.int32))
        self._unseen.append(np.full(count, unseen))
        self._trunk.append(trunk)
        self._count += count

    def _nearest_of_branch(self, number: int, point: NDArray[np.float64]) -> int:
        first, end = self._span[number]
        points = np.concatenate(self._points)[first:end]
        return first + int(np.argmin(((points - point) ** 2).sum(axis=1)))

    def _linked(self, branch: VesselBranch, point: NDArray[np.float64], radius: float) -> int:
        """Adds the straight way from the nearest sample of what is seen to be joined; returns its last sample."""
        seen = np.concatenate(self._points)
        near = int(np.argmin(((seen - point) ** 2).sum(axis=1)))
        steps = int(np.ceil(np.linalg.norm(point - seen[near]) / STEP_MM))
        if steps < 2:
            return near
        at = (np.arange(1, steps) / steps)[:, None]
        points = seen[near] + at * (point - seen[near])
        count = len(points)
        self._append(points, np.full(count, radius), near, branch.number, True, np.zeros(count, dtype=bool))
        return self._count - 1

    def finished(self, kind: VesselKind) -> CentreLines:
        first_piece = np.zeros(self._branches + 2, dtype=np.int32)
        for number, middle in self._middle.items():
            first_piece[number + 1] = len(middle)
        np.cumsum(first_piece, out=first_piece)
        ordered = sorted(self._middle)
        branch = np.concatenate([np.zeros(0, dtype=np.int32), *self._branch])
        middle = np.concatenate([np.zeros(0, dtype=np.int32), *(self._middle[n] for n in ordered)])
        piece_of = np.zeros(len(branch), dtype=np.int32)
        for number in ordered:
            samples, pieces = np.flatnonzero(branch == number), middle[first_piece[number] : first_piece[number + 1]]
            piece_of[samples] = first_piece[number] + np.abs(pieces - samples[:, None]).argmin(axis=1)
        return CentreLines(
            kind=kind,
            points_lps_mm=np.concatenate([np.zeros((0, 3)), *self._points]),
            radii_mm=np.concatenate([np.zeros(0), *self._radii]),
            parent=np.concatenate([np.zeros(0, dtype=np.int32), *self._parent]),
            branch=branch,
            unseen=np.concatenate([np.zeros(0, dtype=bool), *self._unseen]),
            trunk=np.concatenate([np.zeros(0, dtype=bool), *self._trunk]),
            middle=middle,
            piece_branch=np.repeat(np.array(ordered, dtype=np.int32), [len(self._middle[n]) for n in ordered]),
            first_piece=first_piece,
            piece_of=piece_of,
        )


def _samples(branch: VesselBranch) -> tuple[NDArray[np.float64], NDArray[np.float64], int, int]:
    """(points, radii, steps, pieces) of one branch: evenly spaced, both ends kept."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(branch.points_lps_mm, axis=0), axis=1))])
    length_mm = float(along[-1])
    pieces = max(1, round(length_mm / PIECE_MM))
    steps = pieces * 2 * max(1, int(np.ceil(length_mm / pieces / 2.0 / STEP_MM - 1e-9)))
    at = np.linspace(0.0, length_mm, steps + 1)
    points = np.stack([np.interp(at, along, branch.points_lps_mm[:, axis]) for axis in range(3)], axis=1)
    return points, np.interp(at, along, branch.radii_mm), steps, pieces
