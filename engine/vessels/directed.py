"""Directed trees of branches out of the separated pieces: cycles broken, roots found, centre lines smoothed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.vessels.separation.separate import HEPATIC, PORTAL, Separation
from engine.vessels.skeleton.value import VesselSkeleton

_CAVA = -1
_TRUNK_MM = 80.0
_SMOOTHING_MM = 2.0
_SHORTEST_TREE_MM = 8.0
_UNSEEDED_CONFIDENCE = 0.7
"""Without trunk or cava the kind of a whole tree rests on where trees usually lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Branch:
    pieces: list[int]
    points: list[int]
    parent: int


def directed_trees(skeleton: VesselSkeleton, separation: Separation) -> tuple[VesselTrees, NDArray[np.intp]]:
    """Portal branches from the trunk outwards, then hepatic veins from the vena cava outwards.

    Returns:
        The trees, and the pieces of the skeleton they are made of.
    """
    used: list[int] = []
    branches: list[VesselBranch] = []
    lengths_mm = np.maximum(skeleton.lengths_mm(), 1e-3)
    kinds: tuple[tuple[VesselKind, int], ...] = (("portal", PORTAL), ("hepatic", HEPATIC))
    for kind, side in kinds:
        offset = len(branches)
        for branch in _branches_of(skeleton, np.flatnonzero(separation.side == side), kind):
            used.extend(branch.pieces)
            confidence = _confidence(separation, branch, lengths_mm)
            parent = branch.parent + offset if branch.parent else 0
            branches.append(_vessel_branch(skeleton, branch, kind, (len(branches) + 1, parent), confidence))
    return VesselTrees(branches=tuple(branches)), np.array(used, dtype=np.intp)


def _confidence(separation: Separation, branch: _Branch, lengths_mm: NDArray[np.float64]) -> float:
    confidence = float(np.average(separation.confidence[branch.pieces], weights=lengths_mm[branch.pieces]))
    return confidence if separation.seeded else confidence * _UNSEEDED_CONFIDENCE


def _vessel_branch(
    skeleton: VesselSkeleton, branch: _Branch, kind: VesselKind, numbers: tuple[int, int], confidence: float
) -> VesselBranch:
    """The branch with its own and its parent's number."""
    points = smoothed(skeleton.points_lps_mm[branch.points])
    radii = skeleton.radii_mm[branch.points].copy()
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    if branch.parent:
        # Within the parent's lumen the distance to the wall is the parent's, not the branch's.
        inside = along < min(radii[0], 0.5 * along[-1])
        outside = radii[~inside]
        radii[inside] = np.minimum(radii[inside], outside[0])
    number, parent = numbers
    return VesselBranch(
        number=number,
        kind=kind,
        parent=parent,
        points_lps_mm=points,
        radii_mm=radii,
        confidence=confidence,
        bridged=bool((skeleton.bridge[branch.pieces] > 0).any()),
    )


def smoothed(points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smooths a curve of points about a voxel apart; its ends stay where they are.

    Averages with a Gaussian of `_SMOOTHING_MM` after reflecting the curve at its end points (through the point, not
    at a mirror), which keeps straight lines straight and ends in place where plain averaging pulls them in.
    """
    if len(points_mm) < 3:
        return points_mm.copy()
    step = max(float(np.linalg.norm(np.diff(points_mm, axis=0), axis=1).mean()), 1e-6)
    reach = min(int(np.ceil(3 * _SMOOTHING_MM / step)), len(points_mm) - 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / _SMOOTHING_MM) ** 2)
    kernel /= kernel.sum()
    before = 2 * points_mm[0] - points_mm[reach:0:-1]
    after = 2 * points_mm[-1] - points_mm[-2 : -2 - reach : -1]
    padded = np.concatenate([before, points_mm, after])
    curve = np.stack([np.convolve(padded[:, axis], kernel, mode="valid") for axis in range(3)], axis=1)
    curve[[0, -1]] = points_mm[[0, -1]]  # equal to rounding already; a child starts exactly where its parent ends
    return curve


def _branches_of(skeleton: VesselSkeleton, pieces: NDArray[np.intp], kind: VesselKind) -> list[_Branch]:
    """The branches of one kind, parents first, numbered from 1 in their order."""
    forest = _forest(skeleton, pieces, with_cava=kind == "hepatic")
    branches: list[_Branch] = []
    seen: set[int] = set()
    for root in _roots(skeleton, forest, kind):
        needed = _needed(skeleton, forest, root) if kind == "portal" else None
        branches.extend(_grown(skeleton, forest, root, needed, seen, offset=len(branches)))
    return branches


_Forest = dict[int, list[tuple[int, int]]]
"""Vertex -> (piece, vertex at its other end); the vena cava is one vertex of number _CAVA."""


def _forest(skeleton: VesselSkeleton, pieces: NDArray[np.intp], *, with_cava: bool) -> _Forest:
    """A spanning forest that keeps the widest way: each cycle is broken at its narrowest piece (Kruskal 1956).

    Bridges come last, so that nothing unseen replaces what was seen. Veins that enter the cava apart are one tree
    there, which breaks a touch between them and not one of their mouths.
    """
    pieces = _with_both_ends(skeleton, pieces, with_cava=with_cava)
    ends = skeleton.ends()[pieces]
    width = np.array([skeleton.radii_mm[skeleton.points_of(int(p))].min() for p in pieces])
    width = np.where(skeleton.bridge[pieces] > 0, 1e-3 * skeleton.bridge[pieces], width)
    parent: dict[int, int] = {}

    def find(vertex: int) -> int:
        while parent.setdefault(vertex, vertex) != vertex:
            parent[vertex] = parent[parent[vertex]]
            vertex = parent[vertex]
        return vertex

    forest: _Forest = {}
    if with_cava:
        for vertex in np.unique(ends[skeleton.at_cava[ends]]).tolist():
            parent[find(vertex)] = find(_CAVA)
            forest.setdefault(_CAVA, []).append((-1, vertex))
            forest.setdefault(vertex, [])
    for place in np.argsort(-width, kind="stable"):
        a, b = ends[place].tolist()
        if find(a) == find(b):
            continue
        parent[find(a)] = find(b)
        forest.setdefault(a, []).append((int(pieces[place]), b))
        forest.setdefault(b, []).append((int(pieces[place]), a))
    return forest


def _with_both_ends(skeleton: VesselSkeleton, pieces: NDArray[np.intp], *, with_cava: bool) -> NDArray[np.intp]:
    """The pieces without bridges that lead to nothing of the same kind."""
    ends = skeleton.ends()[pieces]
    seen = skeleton.bridge[pieces] == 0
    there = np.zeros(len(skeleton.points_lps_mm), dtype=bool)
    there[ends[seen]] = True
    if with_cava:
        there |= skeleton.at_cava
    kept: NDArray[np.intp] = pieces[seen | there[ends].all(axis=1)]
    return kept


def _components(forest: _Forest) -> list[list[int]]:
    seen: set[int] = set()
    found = []
    for start in forest:
        if start in seen:
            continue
        seen.add(start)
        part, queue = [], [start]
        while queue:
            vertex = queue.pop()
            part.append(vertex)
            for _, other in forest.get(vertex, ()):
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
        found.append(part)
    return found


def _roots(skeleton: VesselSkeleton, forest: _Forest, kind: VesselKind) -> list[int]:
    """Where each tree starts, the largest tree first; trees shorter than `_SHORTEST_TREE_MM` are left out."""
    lengths = skeleton.lengths_mm()
    roots = []
    for part in _components(forest):
        if _CAVA in part:
            total = sum(lengths[p] for v in part for p, _ in forest[v] if p >= 0 and v != _CAVA) / 2
            roots += [(total, vertex) for _, vertex in forest[_CAVA]]
            continue
        total = sum(lengths[p] for v in part for p, _ in forest[v]) / 2
        if total >= _SHORTEST_TREE_MM:
            roots.append((total, _root_of(skeleton, forest, part, kind)))
    return [vertex for _, vertex in sorted(roots, key=lambda root: -root[0])]


def _root_of(skeleton: VesselSkeleton, forest: _Forest, part: list[int], kind: VesselKind) -> int:
    """The end the blood of a tree enters or leaves by: in the trunk where there is one, else the widest end."""
    ends = [vertex for vertex in part if len(forest[vertex]) == 1]
    outside = skeleton.evidence.trunk if kind == "portal" else skeleton.evidence.hepatic_outside
    out = [vertex for vertex in ends if outside[forest[vertex][0][0]] > 0.5]

    def width(vertex: int) -> float:
        return float(np.median(_radii_from(skeleton, forest, vertex)))

    return max(out or ends, key=width)


def _radii_from(skeleton: VesselSkeleton, forest: _Forest, vertex: int, reach_mm: float = 15.0) -> NDArray[np.float64]:
    """Radii along the way inwards from an end, up to the first joint or so far."""
    radii: list[float] = []
    walked, before = 0.0, -2
    while walked < reach_mm:
        onward = [(piece, other) for piece, other in forest[vertex] if piece != before]
        if len(onward) != 1:
            break
        piece, vertex = onward[0]
        points = skeleton.points_of(piece)
        radii.extend(skeleton.radii_mm[points].tolist())
        walked += float(np.linalg.norm(np.diff(skeleton.points_lps_mm[points], axis=0), axis=1).sum())
        before = piece
    return np.array(radii or [0.0])


def _needed(skeleton: VesselSkeleton, forest: _Forest, root: int) -> set[int] | None:
    """Vertices of a portal tree on the way to the liver: splenic and other veins that join the trunk feed no liver.

    None where the tree has no part outside the liver.
    """
    order, came = _walk(forest, root)
    trunk = skeleton.evidence.trunk
    if not any(trunk[piece] > 0.5 for _, piece in came.values() if piece >= 0):
        return None
    needed: set[int] = set()
    for vertex in reversed(order):
        before, piece = came[vertex]
        if piece >= 0 and (trunk[piece] <= 0.5 or vertex in needed):
            needed.update((vertex, before))
    return needed


def _walk(forest: _Forest, root: int) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """Vertices from the root outwards, and for each (the vertex before, the piece between)."""
    order = [root]
    came = {root: (-2, -1)}
    queue = deque(order)
    while queue:
        vertex = queue.popleft()
        for piece, other in forest[vertex]:
            if other not in came and piece >= 0 and other != _CAVA:
                came[other] = (vertex, piece)
                order.append(other)
                queue.append(other)
    return order, came


def _grown(
    skeleton: VesselSkeleton, forest: _Forest, root: int, needed: set[int] | None, seen: set[int], *, offset: int
) -> list[_Branch]:
    """Branches of one tree from its root outwards; pieces between two joints become one branch."""
    order, came = _walk(forest, root)
    children: dict[int, list[int]] = {}
    for vertex in order[1:]:
        if needed is None or vertex in needed:
            children.setdefault(came[vertex][0], []).append(vertex)
    branches: list[_Branch] = []
    queue = deque((root, child, 0) for child in children.get(root, ()))
    seen.update(order)
    while queue:
        start, vertex, parent = queue.popleft()
        points, pieces = [start], []
        while True:
            piece = came[vertex][1]
            along = skeleton.points_of(piece).tolist()
            points += along[1:] if along[0] == points[-1] else along[-2::-1]
            pieces.append(piece)
            onward = children.get(vertex, ())
            if len(onward) != 1:
                break
            vertex = onward[0]
        branches.append(_Branch(pieces=pieces, points=points, parent=parent))
        number = offset + len(branches)
        queue.extend((vertex, child, number) for child in children.get(vertex, ()))
    return branches
