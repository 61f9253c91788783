"""From thinned voxels to a graph: links between joints and ends, spurs pruned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

SHORTEST_TIP_MM = 2.0
"""A tip that stands out less than this from its joint's lumen is noise of the outline at CT resolution."""

_SHIFTS = np.array(
    [(k, j, i) for k in (-1, 0, 1) for j in (-1, 0, 1) for i in (-1, 0, 1) if (k, j, i) > (0, 0, 0)], dtype=np.int64
)


@dataclass(slots=True)
class Link:
    """A curve between two vertices.

    Attributes:
        ends: the vertices it joins; equal for a loop.
        path: point numbers from the first end to the second, both vertices' points included.
    """

    ends: tuple[int, int]
    path: list[int]

    def reversed_from(self, vertex: int) -> list[int]:
        """The path as walked from one of its ends."""
        return self.path if self.ends[0] == vertex else self.path[::-1]


@dataclass(slots=True)
class CurveGraph:
    """Links over numbered points; vertices are points too, so a vertex's number is its point's.

    Attributes:
        points_mm: (n, 3) position of each point, millimetres in any frame.
        radii_mm: (n,) radius there.
        fixed: (n,) ends that are never pruned: they touch the vena cava.
        links: by number.
        at: the numbers of the links at each vertex; a loop stands twice.
    """

    points_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    fixed: NDArray[np.bool_]
    links: dict[int, Link] = field(default_factory=dict)
    at: dict[int, list[int]] = field(default_factory=dict)
    next_number: int = 0

    def add(self, path: list[int]) -> int:
        """Adds a link along the points of `path`."""
        number = self.next_number
        self.next_number += 1
        link = Link(ends=(path[0], path[-1]), path=path)
        self.links[number] = link
        for end in link.ends:
            self.at.setdefault(end, []).append(number)
        return number

    def remove(self, number: int) -> None:
        """Removes a link, and joins the two that are left over where it ended."""
        link = self.links.pop(number)
        for end in link.ends:
            self.at[end].remove(number)
        for end in set(link.ends):
            self._join(end)

    def _join(self, vertex: int) -> None:
        """Makes one link of two that meet at a vertex nothing else ends at."""
        numbers = self.at[vertex]
        if len(numbers) != 2 or numbers[0] == numbers[1] or self.fixed[vertex]:
            return
        one, other = (self.links.pop(number) for number in tuple(numbers))
        first, second = one.reversed_from(vertex)[::-1], other.reversed_from(vertex)
        for number, link in zip(tuple(numbers), (one, other), strict=True):
            for end in link.ends:
                self.at[end].remove(number)
        self.add(first + second[1:])

    def length_mm(self, number: int) -> float:
        """Length of a link along its points."""
        steps = np.diff(self.points_mm[self.links[number].path], axis=0)
        return float(np.linalg.norm(steps, axis=1).sum())


def trace_graph(
    voxels_kji: NDArray[np.int64],
    points_mm: NDArray[np.float64],
    radii_mm: NDArray[np.float64],
    fixed: NDArray[np.bool_],
) -> CurveGraph:
    """Follows the curves of a thinned mask.

    Voxels with three neighbours or more that touch each other are one joint, at the voxel of the largest radius.

    Args:
        voxels_kji: (n, 3) indices of the thinned voxels.
        points_mm: (n, 3) their positions.
        radii_mm: (n,) their radii.
        fixed: (n,) whether an end there stays.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = CurveGraph(points_mm=points_mm, radii_mm=radii_mm, fixed=fixed)
    pairs = _neighbour_pairs(voxels_kji)
    n = len(voxels_kji)
    degree = np.bincount(pairs.ravel(), minlength=n)
    joint = degree >= 3
    inner = pairs[joint[pairs].all(axis=1)]
    _, cluster = connected_components(coo_matrix((np.ones(len(inner)), inner.T), shape=(n, n)), directed=False)
    vertex = np.full(n, -1, dtype=np.int64)
    vertex[degree <= 1] = np.flatnonzero(degree <= 1)
    joints = np.flatnonzero(joint)
    order = joints[np.argsort(radii_mm[joints], kind="stable")]
    middle = dict(zip(cluster[order].tolist(), order.tolist(), strict=True))  # the largest radius comes last
    vertex[joints] = [middle[c] for c in cluster[joints].tolist()]
    fixed[[middle[c] for c in cluster[joints[fixed[joints]]].tolist()]] = True
    neighbours: list[list[int]] = [[] for _ in range(n)]
    for a, b in pairs.tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    graph.at = {int(v): [] for v in np.flatnonzero(degree == 0)}
    _trace(graph, vertex.tolist(), neighbours)
    return graph


def _trace(graph: CurveGraph, vertex: list[int], neighbours: list[list[int]]) -> None:
    """Adds every curve between vertices, then every closed curve without one."""
    seen = [v >= 0 for v in vertex]
    done: set[tuple[int, int]] = set()
    for start in range(len(vertex)):
        if vertex[start] < 0:
            continue
        for first in neighbours[start]:
            path = [start, *_walk(start, first, vertex, neighbours, seen)]
            last = path[-1]
            if vertex[last] < 0 or (len(path) == 2 and vertex[last] == vertex[start]):
                continue
            if (last, start) in done and len(path) == 2:
                continue
            done.add((start, last))
            inner = path[1:-1]
            graph.add([vertex[start], *inner, vertex[last]])
    for start in range(len(vertex)):
        if not seen[start]:
            seen[start] = True
            path = [start, *_walk(start, neighbours[start][0], vertex, neighbours, seen)]
            graph.add([*path, start])


def _walk(before: int, here: int, vertex: list[int], neighbours: list[list[int]], seen: list[bool]) -> list[int]:
    """Points from `here` on until a vertex or the end of what was not walked; empty path if walked already."""
    path: list[int] = []
    while True:
        if vertex[here] >= 0:
            return [*path, here]
        if seen[here]:
            return path or [before]
        seen[here] = True
        path.append(here)
        onward = [p for p in neighbours[here] if p != before and (vertex[p] >= 0 or not seen[p])]
        if not onward:
            return path
        before, here = here, onward[0]


def _neighbour_pairs(voxels_kji: NDArray[np.int64]) -> NDArray[np.int64]:
    """(m, 2) pairs of voxels that touch by face, edge or corner, without shortcuts across a face."""
    low = voxels_kji.min(axis=0) - 1
    extent = voxels_kji.max(axis=0) - low + 2
    strides = np.array([extent[1] * extent[2], extent[2], 1])
    keys = (voxels_kji - low) @ strides
    order = np.argsort(keys)
    ranked = keys[order]
    pairs = []
    for shift in _SHIFTS:
        wanted = keys + shift @ strides
        place = np.minimum(np.searchsorted(ranked, wanted), len(ranked) - 1)
        found = np.flatnonzero(ranked[place] == wanted)
        pairs.append(np.stack([found, order[place[found]]], axis=1))
    return np.concatenate(pairs)


def prune_spurs(graph: CurveGraph) -> int:
    """Removes spurs, the shortest first; returns how many.

    A spur is an end that stands out of its joint's lumen by less than its own radius or `SHORTEST_TIP_MM`: a bump
    of the wall, as no branch is wider than long. Lengths relative to the local radius are what Palagyi et al. 2006
    (Comput Biol Med 36:974) prune airway trees by; an absolute length would eat small branches of small vessels.
    """
    removed = 0
    while True:
        spurs = [(reach, number) for number in graph.links if (reach := spur_reach_mm(graph, number)) is not None]
        if not spurs:
            return removed
        # Ends at one joint go in different rounds: without one prong a fork is a through way.
        touched: set[int] = set()
        for _, number in sorted(spurs):
            link = graph.links.get(number)
            if link is None or touched.intersection(link.ends):
                continue
            touched.update(link.ends)
            graph.remove(number)
            removed += 1


def spur_reach_mm(graph: CurveGraph, number: int) -> float | None:
    """How far a spur stands out of its joint's lumen, or None where the link is no spur."""
    link = graph.links[number]
    free = [len(graph.at[end]) == 1 and not graph.fixed[end] for end in link.ends]
    if free[0] == free[1] or link.ends[0] == link.ends[1]:
        return None
    joint = link.ends[1] if free[0] else link.ends[0]
    if len(graph.at[joint]) < 3:
        return None
    reach = graph.length_mm(number) - float(graph.radii_mm[joint])
    tip = float(
        np.median(graph.radii_mm[link.path[: len(link.path) // 2 + 1] if free[0] else link.path[len(link.path) // 2 :]])
    )
    return reach if reach < max(SHORTEST_TIP_MM, tip) else None
