"""How far a collapse takes the surface away from where it was, compiled, without the GIL."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled
from engine.meshing.half_edges.kernels import HalfEdgeMesh, following, preceding
from engine.meshing.nearest.kernels import squared_distance

Place = tuple[float, float, float]

NEAR = 0.05
"""What is below this part of the allowed squared distance need not be known any better."""


@compiled
def _to_fan(
    mesh: HalfEdgeMesh, ring: NDArray[np.int32], other: int, tip: Place, place: Place, known: tuple[float, float]
) -> float:
    """Squared distance from a place to the faces of a ring as if its vertex were at `tip`.

    Faces with the vertex `other` do not count. `known` is a bound of the distance, and how little is enough.
    """
    points = mesh.points
    least, enough = known
    x, y, z = tip
    px, py, pz = place[0] - x, place[1] - y, place[2] - z
    for half_edge in ring:
        if least <= enough:
            break
        b, c = mesh.tails[following(half_edge)], mesh.tails[preceding(half_edge)]
        if other in (b, c):
            continue
        square = squared_distance(
            (px, py, pz),
            (points[b, 0] - x, points[b, 1] - y, points[b, 2] - z),
            (points[c, 0] - x, points[c, 1] - y, points[c, 2] - z),
        )
        least = min(least, square)
    return least


@compiled
def excursion(
    mesh: HalfEdgeMesh, ring_u: NDArray[np.int32], ring_v: NDArray[np.int32], to: Place, allowed: float
) -> float:
    """How far the collapse of an edge takes the surface away, both ways, squared (mm²).

    From where both ends were to the faces that come, and from the new place to the faces that go, each on top of what
    earlier collapses took away there. Planes alone do not see a thin tip go: its faces all look sideways. Beyond
    `allowed` it is a lower bound.
    """
    u, v = mesh.tails[ring_u[0]], mesh.tails[ring_v[0]]
    debt_u, debt_v = mesh.quadrics[u, 11], mesh.quadrics[v, 11]
    worst = NEAR * allowed
    for end, mine, theirs in ((u, ring_u, ring_v), (v, ring_v, ring_u)):
        at, debt = (mesh.points[end, 0], mesh.points[end, 1], mesh.points[end, 2]), mesh.quadrics[end, 11]
        other = v if end == u else u
        square = _to_fan(mesh, mine, other, to, at, (np.inf, worst - debt))
        square = _to_fan(mesh, theirs, end, to, at, (square, worst - debt))
        worst = max(worst, square + debt)
        if worst > allowed:
            return float(worst)
    before_u = (mesh.points[u, 0], mesh.points[u, 1], mesh.points[u, 2])
    before_v = (mesh.points[v, 0], mesh.points[v, 1], mesh.points[v, 2])
    debt = max(debt_u, debt_v)
    square = _to_fan(mesh, ring_u, -1, before_u, to, (np.inf, worst - debt))
    square = _to_fan(mesh, ring_v, -1, before_v, to, (square, worst - debt))
    return float(max(worst, square + debt))
