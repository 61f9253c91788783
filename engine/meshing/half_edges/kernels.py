"""A closed triangle surface as half-edges: building, walking and packing it, compiled, without the GIL.

Half-edge 4 f + c runs from corner c of face f to its next corner; c = 3 is no half-edge, but dividing by four is free.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


class HalfEdgeMesh(NamedTuple):
    """A closed oriented surface while it is being simplified.

    Attributes:
        points: (n, 3) float64 mm, about the surface's own centre.
        tails: (4 m,) int32 the vertex each half-edge leaves; -1 in faces that are gone.
        twins: (4 m,) int32 the half-edge on the other side.
        leaving: (n,) int32 a half-edge that leaves each vertex; -1 for a vertex that is gone.
        quadrics: (n, 12) float64 sums of squared distances to planes, weighted by area: xx xy xz yy yz zz x y z 1; then
            the error that earlier collapses left and how far they took the surface away, mm².
        floors: (n,) float64 no edge this vertex owns can be collapsed for less; 0 where nobody has looked.
    """

    points: NDArray[np.float64]
    tails: NDArray[np.int32]
    twins: NDArray[np.int32]
    leaving: NDArray[np.int32]
    quadrics: NDArray[np.float64]
    floors: NDArray[np.float64]


@compiled
def following(half_edge: int) -> int:
    """The next half-edge of the same face."""
    return half_edge - 2 if half_edge & 3 == 2 else half_edge + 1


@compiled
def preceding(half_edge: int) -> int:
    """The previous half-edge of the same face."""
    return half_edge + 2 if half_edge & 3 == 0 else half_edge - 1


@compiled
def half_edges_of(faces: NDArray[np.int64], vertex_count: int) -> tuple[Any, Any, Any, bool]:
    """Tails, twins, a leaving half-edge of each vertex, and whether every edge has one face in each direction.

    Edges are looked up in the list of their lower vertex.
    """
    tails, twins = np.full(4 * faces.shape[0], -1, np.int32), np.full(4 * faces.shape[0], -1, np.int32)
    offsets, leaving = np.zeros(vertex_count + 1, np.int32), np.full(vertex_count, -1, np.int32)
    for f in range(faces.shape[0]):
        for c in range(3):
            tail, head = faces[f, c], faces[f, c + 1 if c < 2 else 0]
            tails[4 * f + c] = tail
            leaving[tail] = 4 * f + c
            offsets[min(tail, head) + 1] += 1
    for v in range(vertex_count):
        offsets[v + 1] += offsets[v]
    filled = offsets[:-1].copy()
    waiting = np.empty((3 * faces.shape[0], 2), np.int32)  # the higher vertex and the half-edge
    sound = True
    for f in range(faces.shape[0]):
        for h in range(4 * f, 4 * f + 3):
            tail, head = tails[h], tails[following(h)]
            low, high = min(tail, head), max(tail, head)
            for n in range(offsets[low], filled[low]):
                if waiting[n, 0] == high:
                    other = waiting[n, 1]
                    sound &= twins[h] < 0 and twins[other] < 0 and tails[other] != tail
                    twins[h], twins[other] = other, h
            sound &= tail != head
            waiting[filled[low], 0], waiting[filled[low], 1] = high, h
            filled[low] += 1
    for f in range(faces.shape[0]):
        sound &= twins[4 * f] >= 0 and twins[4 * f + 1] >= 0 and twins[4 * f + 2] >= 0
    return tails, twins, leaving, sound


@compiled
def ring_of(mesh: HalfEdgeMesh, vertex: int, ring: NDArray[np.int32]) -> int:
    """Writes the half-edges that leave a vertex, in order around it; returns how many, -1 for more than fit."""
    first = mesh.leaving[vertex]
    half_edge, count = first, 0
    while count < ring.shape[0]:
        ring[count] = half_edge
        count += 1
        half_edge = mesh.twins[preceding(half_edge)]
        if half_edge == first:
            return count
    return -1


@compiled
def compacted(mesh: HalfEdgeMesh) -> HalfEdgeMesh:
    """The same surface without what is gone, in the same order."""
    vertex_number = np.cumsum(mesh.leaving >= 0).astype(np.int32) - np.int32(1)
    vertices = vertex_number[-1] + 1
    alive = mesh.tails[::4] >= 0
    face_number = np.cumsum(alive).astype(np.int32) - np.int32(1)
    sides = 4 * (face_number[-1] + 1)
    new = HalfEdgeMesh(
        np.empty((vertices, 3), np.float64),
        np.empty(sides, np.int32),
        np.empty(sides, np.int32),
        np.empty(vertices, np.int32),
        np.empty((vertices, 12), np.float64),
        np.empty(vertices, np.float64),
    )
    for v in range(mesh.leaving.shape[0]):
        if mesh.leaving[v] >= 0:
            at = vertex_number[v]
            for n in range(3):
                new.points[at, n] = mesh.points[v, n]
            for n in range(12):
                new.quadrics[at, n] = mesh.quadrics[v, n]
            new.floors[at] = mesh.floors[v]
            half_edge = mesh.leaving[v]
            new.leaving[at] = 4 * face_number[half_edge >> 2] + (half_edge & 3)
    for f in range(alive.shape[0]):
        if alive[f]:
            for h in range(4 * f, 4 * f + 3):
                at = 4 * face_number[f] + h - 4 * f
                new.tails[at] = vertex_number[mesh.tails[h]]
                twin = mesh.twins[h]
                new.twins[at] = 4 * face_number[twin >> 2] + (twin & 3)
    return new


@compiled
def irregular_vertices(tails: NDArray[np.int32], twins: NDArray[np.int32], leaving: NDArray[np.int32]) -> int:
    """Counts vertices of a closed oriented surface whose faces are not one fan of three or more."""
    degrees = np.zeros(leaving.shape[0], np.int32)
    for h in range(tails.shape[0]):
        if tails[h] >= 0:
            degrees[tails[h]] += 1
    found = 0
    for v in range(leaving.shape[0]):
        if leaving[v] < 0:
            continue
        around, half_edge = 0, leaving[v]
        while around <= degrees[v]:
            half_edge = twins[preceding(half_edge)]
            around += 1
            if half_edge == leaving[v]:
                break
        found += around != degrees[v] or around < 3
    return found
