# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only
"""Compiled kernels: minimum cut of a small undirected graph, and what it costs to flip a group of its nodes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

_NIL: Final = 1e-9
_FORCED: Final = 1e6


@compiled
def augment(
    first: NDArray[np.int64],
    head: NDArray[np.int64],
    twin: NDArray[np.int64],
    capacity: NDArray[np.float64],
    source: NDArray[np.float64],
    sink: NDArray[np.float64],
    enough: float,
) -> float:
    """Pushes flow along shortest augmenting paths (Edmonds and Karp 1972) until none is left or it is enough.

    Args:
        first: (nodes + 1,) where each node's arcs start.
        head: (arcs,) node an arc leads to.
        twin: (arcs,) the arc the other way.
        capacity: (arcs,) what is left of each arc, changed in place.
        source: (nodes,) what is left from the source, changed in place.
        sink: (nodes,) what is left to the sink, changed in place.
        enough: stop at this flow.

    Returns:
        The flow pushed.
    """
    nodes = len(source)
    came_by = np.empty(nodes, dtype=np.int64)
    queue = np.empty(nodes, dtype=np.int64)
    total = 0.0
    while total < enough:
        came_by[:] = -2
        tail = 0
        for node in range(nodes):
            if source[node] > _NIL:
                came_by[node] = -1
                queue[tail] = node
                tail += 1
        place = 0
        goal = -1
        while place < tail and goal < 0:
            node = queue[place]
            place += 1
            if sink[node] > _NIL:
                goal = node
                break
            for arc in range(first[node], first[node + 1]):
                if capacity[arc] > _NIL and came_by[head[arc]] == -2:
                    came_by[head[arc]] = arc
                    queue[tail] = head[arc]
                    tail += 1
        if goal < 0:
            break
        flow = sink[goal]
        node = goal
        while came_by[node] >= 0:
            flow = min(flow, capacity[came_by[node]])
            node = head[twin[came_by[node]]]
        flow = min(flow, source[node])
        source[node] -= flow
        sink[goal] -= flow
        node = goal
        while came_by[node] >= 0:
            arc = came_by[node]
            capacity[arc] -= flow
            capacity[twin[arc]] += flow
            node = head[twin[arc]]
        total += flow
    return total


@compiled
def source_side(
    first: NDArray[np.int64], head: NDArray[np.int64], capacity: NDArray[np.float64], source: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(nodes,) whether the source still reaches the node: its side of the minimum cut."""
    reached = source > _NIL
    queue = np.empty(len(source), dtype=np.int64)
    tail = 0
    for node in range(len(source)):
        if reached[node]:
            queue[tail] = node
            tail += 1
    place = 0
    while place < tail:
        node = queue[place]
        place += 1
        for arc in range(first[node], first[node + 1]):
            if capacity[arc] > _NIL and not reached[head[arc]]:
                reached[head[arc]] = True
                queue[tail] = head[arc]
                tail += 1
    return reached


@compiled
def flip_costs(
    first: NDArray[np.int64],
    head: NDArray[np.int64],
    twin: NDArray[np.int64],
    capacity: NDArray[np.float64],
    source: NDArray[np.float64],
    sink: NDArray[np.float64],
    side: NDArray[np.bool_],
    group: NDArray[np.int64],
    groups: int,
    enough: float,
) -> NDArray[np.float64]:
    """How much more energy the best cut has in which a whole group lies on the other side, at most `enough`.

    After the maximum flow, forcing nodes to the other terminal admits exactly that much more flow (min-marginals by
    Kohli and Torr 2008, Comput Vis Image Underst 112:30).

    Args:
        first: see `augment`.
        head: see `augment`.
        twin: see `augment`.
        capacity: what the maximum flow left, not changed.
        source: likewise.
        sink: likewise.
        side: (nodes,) true on the source's side.
        group: (nodes,) group of each node.
        groups: number of groups.
        enough: costs are not followed beyond.
    """
    costs = np.zeros(groups)
    for n in range(groups):
        left, from_source, to_sink = capacity.copy(), source.copy(), sink.copy()
        for node in range(len(group)):
            if group[node] == n:
                if side[node]:
                    to_sink[node] += _FORCED
                else:
                    from_source[node] += _FORCED
        costs[n] = augment(first, head, twin, left, from_source, to_sink, enough)
    return np.minimum(costs, enough)
