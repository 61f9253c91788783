"""How the surface runs through a cube of eight samples, for each of the 256 ways they can lie inside or outside.

Marching cubes (Lorensen and Cline 1987) with two rules that make every surface manifold, whatever the samples:

1. On a side with two inside corners across from each other, the inside joins. The rule looks at that side alone, so
   both cubes at it draw the same segments and nothing stays open; and a thin vessel that steps across a diagonal
   stays in one piece.
2. No triangle edge inside a cube joins two vertices of one side. Otherwise both cubes at that side could draw the
   same edge, which then had four triangles (what the usual tables do). Every loop has such a triangulation.

A vertex lies on a grid edge and each of the four cubes at that edge has it in exactly one loop: one fan of triangles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MOST_TRIANGLES = 5

# Corner c lies at (i, j, k) = (c & 1, c >> 1 & 1, c >> 2). Edges 0-3 run along i, 4-7 along j, 8-11 along k.
CORNERS = np.array([[c & 1, c >> 1 & 1, c >> 2] for c in range(8)])
EDGES = np.array(
    [[c, c | 1] for c in (0, 2, 4, 6)] + [[c, c | 2] for c in (0, 1, 4, 5)] + [[c, c | 4] for c in (0, 1, 2, 3)]
)
# Corners of the six sides, counter-clockwise seen from outside the cube.
SIDES = ((0, 4, 6, 2), (1, 3, 7, 5), (0, 1, 5, 4), (2, 6, 7, 3), (0, 2, 3, 1), (4, 5, 7, 6))
_MIDDLES = CORNERS[EDGES].mean(axis=1)
_DOUBLED_AREAS = np.linalg.norm(
    np.cross((_MIDDLES[None, :] - _MIDDLES[:, None])[:, :, None], (_MIDDLES[None, :] - _MIDDLES[:, None])[:, None]),
    axis=-1,
)
_EDGE_OF = {frozenset(map(int, edge)): number for number, edge in enumerate(EDGES)}
_SIDES_OF = [{s for s, side in enumerate(SIDES) if set(map(int, edge)) <= set(side)} for edge in EDGES]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseTable:
    """What kernels look up by the case, whose bit c says that corner c is inside.

    Attributes:
        triangles: (256, MOST_TRIANGLES, 3) uint8 edges of each triangle's corners, counter-clockwise seen from outside
            the structure where (i, j, k) are right-handed axes.
        triangle_counts: (256,) uint8.
        crossed_edges: (256,) uint16, bit e for an edge from inside to outside.
        missing_shares: (256,) float32: what a cube with an eighth for each inside corner has more than the surface
            through the edges' middles encloses there, as a part of the cube for each crossed edge.
    """

    triangles: NDArray[np.uint8]
    triangle_counts: NDArray[np.uint8]
    crossed_edges: NDArray[np.uint16]
    missing_shares: NDArray[np.float32]


@lru_cache(maxsize=1)
def case_table() -> CaseTable:
    """The table, built once."""
    triangles = np.zeros((256, MOST_TRIANGLES, 3), dtype=np.uint8)
    counts = np.zeros(256, dtype=np.uint8)
    crossed = np.zeros(256, dtype=np.uint16)
    missing = np.zeros(256, dtype=np.float32)
    for case in range(256):
        found = [triangle for loop in loops_of(case) for triangle in _triangulated(loop)]
        counts[case] = len(found)
        if found:
            triangles[case, : len(found)] = found
            edges = {edge for triangle in found for edge in triangle}
            crossed[case] = sum(1 << edge for edge in edges)
            missing[case] = (case.bit_count() / 8 - _enclosed(case, found)) / len(edges)
    return CaseTable(triangles=triangles, triangle_counts=counts, crossed_edges=crossed, missing_shares=missing)


def _enclosed(case: int, triangles: list[tuple[int, int, int]]) -> float:
    """Part of the cube inside, by the divergence theorem about corner 0: the sides at that corner add nothing."""
    volume = sum(float(np.linalg.det(_MIDDLES[list(triangle)])) / 6.0 for triangle in triangles)
    for side in SIDES[1::2]:
        inside = [case >> corner & 1 for corner in side]
        across = inside[0] == inside[2] != inside[1] == inside[3]
        volume += (0.75 if across else (0.0, 0.125, 0.5, 0.875, 1.0)[sum(inside)]) / 3.0
    return volume


def loops_of(case: int) -> list[tuple[int, ...]]:
    """The closed loops of edges that the surface crosses on the cube's sides."""
    following: dict[int, int] = {}
    for side in SIDES:
        following.update(_segments(case, side))
    loops = []
    while following:
        start, edge = following.popitem()
        loop = [start]
        while edge != start:
            loop.append(edge)
            edge = following.pop(edge)
        loops.append(tuple(loop))
    return loops


def _segments(case: int, side: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Directed segments on one side, each from where going round leaves the inside to where it next enters.

    Round the outside run next to it, that is; so outside corners are cut off one by one and the inside joins.
    """
    crossed = []
    for here, there in pairwise((*side, side[0])):
        inside, next_inside = case >> here & 1, case >> there & 1
        if inside != next_inside:
            crossed.append((_EDGE_OF[frozenset((here, there))], inside == 1))
    for (edge, leaves), (other, _) in zip(crossed, crossed[1:] + crossed[:1], strict=True):
        if leaves:
            yield edge, other


def _triangulated(loop: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """The allowed triangulation whose smallest triangle is the largest."""
    rim = {frozenset(pair) for pair in pairwise((*loop, loop[0]))}
    best: tuple[float, list[tuple[int, int, int]]] = (0.0, [])
    for triangles in _triangulations(loop):
        sides = {frozenset(pair) for a, b, c in triangles for pair in ((a, b), (b, c), (c, a))}
        if not any(_SIDES_OF[min(pair)] & _SIDES_OF[max(pair)] for pair in sides - rim):
            best = max(best, (min(_DOUBLED_AREAS[a, b, c] for a, b, c in triangles), triangles))
    assert best[1], "every loop has an allowed triangulation"
    return best[1]


def _triangulations(loop: tuple[int, ...]) -> Iterator[list[tuple[int, int, int]]]:
    """All triangulations of a polygon, by the triangle at its closing edge."""
    if len(loop) < 3:
        yield []
        return
    for apex in range(1, len(loop) - 1):
        for left in _triangulations(loop[: apex + 1]):
            for right in _triangulations(loop[apex:]):
                yield [(loop[0], loop[-1], loop[apex]), *left, *right]
