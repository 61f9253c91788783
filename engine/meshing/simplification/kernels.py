"""Edge collapses on a closed half-edge mesh, in place, compiled, without the GIL."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled
from engine.meshing.excursion.kernels import excursion
from engine.meshing.half_edges.kernels import HalfEdgeMesh, following, preceding, ring_of
from engine.meshing.quadrics.kernels import Limits, collapse_cost

MOST_NEIGHBOURS = 40
SMALLEST_DOUBLE_AREA_MM2 = 1e-5
LEAST_GRADIENT = 0.1
"""Squared part of the faces' area that must look one way for their volume to count."""
VOLUME_COUNTS_FROM, VOLUME_COUNTS_TO = 0.02, 0.15
"""How far a place is moved for the volume, as parts of the faces' width: half of the way at the first, never beyond the
second. On an organ that is next to nothing and the planes know better; a thin vessel would lose a tenth of its own."""
SLIVER = 0.01
"""Squared shape below which a face counts as one."""


@compiled
def keeps_topology(mesh: HalfEdgeMesh, ring_u: NDArray[np.int32], ring_v: NDArray[np.int32]) -> bool:
    """Link condition (Dey et al. 1999) of the edge between two vertices with these rings.

    On a closed surface: exactly two common neighbours, and each of them has another neighbour besides.
    """
    common = 0
    for a in ring_u:
        head = mesh.tails[following(a)]
        for b in ring_v:
            if mesh.tails[following(b)] == head:
                common += 1
                # Three around: the second half-edge onward from the first leads back.
                second = mesh.twins[preceding(mesh.twins[a])]
                third = mesh.twins[preceding(second)]
                if mesh.twins[preceding(third)] == mesh.twins[a]:
                    return False
    return common == 2


@compiled
def with_volume_kept(
    mesh: HalfEdgeMesh, ring_u: NDArray[np.int32], ring_v: NDArray[np.int32], to: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Moves the place where two vertices become one so that what is enclosed stays the same.

    The volume under the new faces is linear in the place (Lindstrom and Turk 1998); the shortest way is along its
    gradient. Where the faces close around the edge the gradient says little, and the place stays.
    """
    points = mesh.points
    u, v = mesh.tails[ring_u[0]], mesh.tails[ring_v[0]]
    ox, oy, oz = points[u, 0], points[u, 1], points[u, 2]
    vx, vy, vz = points[v, 0] - ox, points[v, 1] - oy, points[v, 2] - oz
    gx, gy, gz, size, volume = 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(ring_u.shape[0] + ring_v.shape[0]):
        half_edge = ring_u[n] if n < ring_u.shape[0] else ring_v[n - ring_u.shape[0]]
        b, c = mesh.tails[following(half_edge)], mesh.tails[preceding(half_edge)]
        if b in (u, v) or c in (u, v):
            continue
        bx, by, bz = points[b, 0] - ox, points[b, 1] - oy, points[b, 2] - oz
        cx, cy, cz = points[c, 0] - ox, points[c, 1] - oy, points[c, 2] - oz
        x, y, z = by * cz - bz * cy, bz * cx - bx * cz, bx * cy - by * cx
        gx, gy, gz = gx + x, gy + y, gz + z
        size += np.sqrt(x * x + y * y + z * z)
        # Faces at u have no volume as seen from u.
        if n >= ring_u.shape[0]:
            volume += x * vx + y * vy + z * vz
    square = gx * gx + gy * gy + gz * gz
    if square <= LEAST_GRADIENT * size * size:
        return to
    step = (volume - gx * (to[0] - ox) - gy * (to[1] - oy) - gz * (to[2] - oz)) / square
    part = abs(step) * np.sqrt(square / max(size, 1e-12))
    step *= part / (part + VOLUME_COUNTS_FROM) * min(1.0, VOLUME_COUNTS_TO / max(part, 1e-12))
    return to[0] + step * gx, to[1] + step * gy, to[2] + step * gz


@compiled
def survey(mesh: HalfEdgeMesh, ring: NDArray[np.int32]) -> tuple[float, float, float, float]:
    """Sum of the normals of the faces around a vertex, each as long as twice its area, and their worst squared shape.

    A face's shape is 2 sqrt(3) |double area| / sum of squared sides: 1 if equilateral, 0 if a line.
    """
    points = mesh.points
    x, y, z, worst = 0.0, 0.0, 0.0, 1.0
    a = mesh.tails[ring[0]]
    for half_edge in ring:
        b, c = mesh.tails[following(half_edge)], mesh.tails[preceding(half_edge)]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        wx, wy, wz = vx - ux, vy - uy, vz - uz
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        x, y, z = x + nx, y + ny, z + nz
        sides = ux * ux + uy * uy + uz * uz + vx * vx + vy * vy + vz * vz + wx * wx + wy * wy + wz * wz
        worst = min(worst, 12.0 * (nx * nx + ny * ny + nz * nz) / (sides * sides) if sides > 0.0 else 0.0)
    return x, y, z, worst


@compiled
def keeps_faces(
    mesh: HalfEdgeMesh,
    ring: NDArray[np.int32],
    other: int,
    to: tuple[float, float, float],
    limits: Limits,
    outward: tuple[float, float, float],
) -> bool:
    """Whether faces around a vertex turn and thin no more than the limits when it moves; those with `other` vanish.

    A sliver's own normal says little: where `outward` is not zero, what becomes of a sliver has to face along that.
    """
    points = mesh.points
    vertex = mesh.tails[ring[0]]
    for half_edge in ring:
        b, c = mesh.tails[following(half_edge)], mesh.tails[preceding(half_edge)]
        if other in (b, c):
            continue
        ex, ey, ez = points[c, 0] - points[b, 0], points[c, 1] - points[b, 1], points[c, 2] - points[b, 2]
        ox, oy, oz = (
            points[vertex, 0] - points[b, 0],
            points[vertex, 1] - points[b, 1],
            points[vertex, 2] - points[b, 2],
        )
        nx, ny, nz = to[0] - points[b, 0], to[1] - points[b, 1], to[2] - points[b, 2]
        ax, ay, az = ey * oz - ez * oy, ez * ox - ex * oz, ex * oy - ey * ox
        bx, by, bz = ey * nz - ez * ny, ez * nx - ex * nz, ex * ny - ey * nx
        before, after = ax * ax + ay * ay + az * az, bx * bx + by * by + bz * bz
        edge = ex * ex + ey * ey + ez * ez
        fx, fy, fz = nx - ex, ny - ey, nz - ez
        sides = edge + nx * nx + ny * ny + nz * nz + fx * fx + fy * fy + fz * fz
        if 12.0 * after < limits.least_shape * sides * sides or after < SMALLEST_DOUBLE_AREA_MM2**2:
            return False
        dot = ax * bx + ay * by + az * bz
        if dot > 0.0 and dot * dot >= limits.least_turn * before * after:
            continue
        gx, gy, gz = ox - ex, oy - ey, oz - ez
        were = edge + ox * ox + oy * oy + oz * oz + gx * gx + gy * gy + gz * gz
        if 12.0 * before > SLIVER * were * were or outward[0] * bx + outward[1] * by + outward[2] * bz >= 0.0:
            return False
    return True


@compiled
def may_collapse(
    mesh: HalfEdgeMesh,
    ring_u: NDArray[np.int32],
    ring_v: NDArray[np.int32],
    to: tuple[float, float, float],
    limits: Limits,
) -> bool:
    """Whether the faces around both ends bear it; among slivers it is enough that none gets worse than the worst."""
    u, v = mesh.tails[ring_u[0]], mesh.tails[ring_v[0]]
    unknown = (0.0, 0.0, 0.0)
    if keeps_faces(mesh, ring_u, v, to, limits, unknown) and keeps_faces(mesh, ring_v, u, to, limits, unknown):
        return True
    first, second = survey(mesh, ring_u), survey(mesh, ring_v)
    worst = min(first[3], second[3])
    if worst >= SLIVER:
        return False
    lenient = Limits(
        limits.least_turn, min(limits.least_shape, worst), limits.stiffness, limits.shortness, limits.debt, limits.reach
    )
    outward = (-first[0] - second[0], -first[1] - second[1], -first[2] - second[2])
    return keeps_faces(mesh, ring_u, v, to, lenient, outward) and keeps_faces(mesh, ring_v, u, to, lenient, outward)


@compiled
def collapse(
    mesh: HalfEdgeMesh, h: int, ring_v: NDArray[np.int32], to: tuple[float, float, float], errors: tuple[float, float]
) -> None:
    """Moves the tail of `h` to a place and lets its head, with this ring, become the same vertex."""
    tails, twins = mesh.tails, mesh.twins
    t = twins[h]
    u, v = tails[h], tails[t]
    a, b = twins[following(h)], twins[preceding(h)]
    c, d = twins[following(t)], twins[preceding(t)]
    for half_edge in ring_v:
        tails[half_edge] = u
    twins[a], twins[b], twins[c], twins[d] = b, a, d, c
    mesh.leaving[u], mesh.leaving[v] = b, -1
    mesh.leaving[tails[a]], mesh.leaving[tails[c]] = a, c
    for gone in (h - (h & 3), t - (t & 3)):
        tails[gone], tails[gone + 1], tails[gone + 2] = -1, -1, -1
    mesh.points[u, 0], mesh.points[u, 1], mesh.points[u, 2] = to
    for n in range(10):
        mesh.quadrics[u, n] += mesh.quadrics[v, n]
    mesh.quadrics[u, 10], mesh.quadrics[u, 11] = errors


@compiled
def mark_changed(mesh: HalfEdgeMesh, vertex: int) -> None:
    """After a collapse into `vertex`, lets everybody look again whose owned edges or faces have changed."""
    mesh.floors[vertex] = 0.0
    first = mesh.leaving[vertex]
    half_edge = first
    while True:
        head = mesh.tails[following(half_edge)]
        if head < vertex or mesh.floors[head] == np.inf:
            mesh.floors[head] = 0.0
        half_edge = mesh.twins[preceding(half_edge)]
        if half_edge == first:
            return


@compiled
def _all_within(mesh: HalfEdgeMesh, ring: NDArray[np.int32], count: int, span: tuple[int, int]) -> bool:
    for n in range(count):
        head = mesh.tails[following(ring[n])]
        if head < span[0] or head >= span[1]:
            return False
    return True


@compiled
def _owned_costs(
    mesh: HalfEdgeMesh, vertex: int, ring: NDArray[np.int32], count: int, limits: Limits, costs: NDArray[np.float64]
) -> int:
    """Costs of a ring's edges, and which is the least; infinite for those of the other end: the lower vertex owns."""
    best = 0
    for n in range(count):
        head = mesh.tails[following(ring[n])]
        costs[n] = np.inf
        if head > vertex:
            costs[n] = collapse_cost(mesh.points, mesh.quadrics, vertex, head, limits)[0]
            if costs[n] < costs[best]:
                best = n
    return best


@compiled
def sweep(mesh: HalfEdgeMesh, limits: Limits, span: tuple[int, int], most_cost: float, quota: int) -> int:
    """Collapses each vertex's cheapest owned edge if it costs no more than `most_cost`, in the order of vertices.

    Only faces with all corners in the span of vertices are changed, so that spans apart can be swept at the same time.

    Returns:
        How many edges were collapsed, at most `quota`.
    """
    ring_buffer, other_buffer = np.empty(MOST_NEIGHBOURS, np.int32), np.empty(MOST_NEIGHBOURS, np.int32)
    cost_buffer = np.empty(MOST_NEIGHBOURS, np.float64)
    done = 0
    for u in range(span[0], span[1]):
        if done >= quota:
            break
        if mesh.leaving[u] < 0 or mesh.floors[u] > most_cost:
            continue
        count = ring_of(mesh, u, ring_buffer)
        if count < 0 or not _all_within(mesh, ring_buffer, count, span):
            continue
        best = int(_owned_costs(mesh, u, ring_buffer, count, limits, cost_buffer))
        mesh.floors[u] = cost_buffer[best]
        if cost_buffer[best] > most_cost:
            continue
        ring, costs = ring_buffer[:count], cost_buffer[:count]
        waiting = np.inf
        while True:
            best = int(np.argmin(costs))
            mesh.floors[u] = min(waiting, costs[best])
            if costs[best] > most_cost or costs[best] == np.inf:
                break
            v = mesh.tails[following(ring[best])]
            other_count = ring_of(mesh, v, other_buffer)
            other = other_buffer[:other_count]
            if other_count > 0 and not _all_within(mesh, other, other_count, span):
                waiting = min(waiting, costs[best])
            elif 0 < other_count <= MOST_NEIGHBOURS + 3 - count and keeps_topology(mesh, ring, other):
                cost, x, y, z = collapse_cost(mesh.points, mesh.quadrics, u, v, limits)
                to = with_volume_kept(mesh, ring, other, (x, y, z))
                if may_collapse(mesh, ring, other, to, limits):
                    away = excursion(mesh, ring, other, to, most_cost / limits.reach)
                    if limits.reach * away <= most_cost:
                        collapse(mesh, ring[best], other, to, (cost, away))
                        mark_changed(mesh, u)
                        done += 1
                        break
                    waiting = min(waiting, limits.reach * away)
            costs[best] = np.inf
    return done


@compiled
def sampled_costs(mesh: HalfEdgeMesh, limits: Limits, stride: int) -> Any:
    """The least owned cost of every `stride`-th vertex that is left; infinite where it owns no edge."""
    found = np.empty(mesh.leaving.shape[0] // stride + 1, np.float64)
    ring_buffer, cost_buffer = np.empty(MOST_NEIGHBOURS, np.int32), np.empty(MOST_NEIGHBOURS, np.float64)
    size = 0
    for u in range(0, mesh.leaving.shape[0], stride):
        if mesh.leaving[u] < 0:
            continue
        count = ring_of(mesh, u, ring_buffer)
        if count < 0:
            continue
        found[size] = cost_buffer[_owned_costs(mesh, u, ring_buffer, count, limits, cost_buffer)]
        size += 1
    return found[:size]
