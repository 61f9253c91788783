"""Turns straight segments into a smooth tree with named branches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.phantom.growth.forest import Forest
from engine.phantom.growth.vessel_tree import VesselTree

_PIECES = 4


def _heaviest_child(forest: Forest, segment: int) -> int:
    children = [int(c) for c in forest.links[segment, 1:] if c >= 0]
    return max(children, key=lambda c: float(forest.flow[c])) if children else -1


def _directions(forest: Forest) -> NDArray[np.float64]:
    """(n, 3) unit direction of each segment."""
    span = forest.ends[:, 3:] - forest.ends[:, :3]
    unit: NDArray[np.float64] = span / np.linalg.norm(span, axis=1, keepdims=True).clip(1e-6)
    return unit


def _tangents(forest: Forest) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tangents at the proximal and the distal end of each segment; a vessel runs on smoothly in its larger child."""
    unit = _directions(forest)
    distal = unit.copy()
    proximal = unit.copy()
    for n in range(len(unit)):
        child = _heaviest_child(forest, n)
        if child >= 0:
            distal[n] = unit[n] + unit[child]
            distal[n] /= max(float(np.linalg.norm(distal[n])), 1e-6)
    for n in range(len(unit)):
        parent = int(forest.links[n, 0])
        if parent < 0:
            continue
        if _heaviest_child(forest, parent) == n:
            proximal[n] = distal[parent]
        else:
            # A side branch leaves at an angle, yet a little in the direction of the stream.
            proximal[n] = unit[n] + 0.5 * distal[parent]
            proximal[n] /= max(float(np.linalg.norm(proximal[n])), 1e-6)
    return proximal, distal


def branch_ids(forest: Forest) -> NDArray[np.int32]:
    """(n,) branch id (from 1) of each segment: segments between two bifurcations or changes of name share one."""
    ids = np.zeros(len(forest.ends), dtype=np.int32)
    following = 0
    for n in _parents_first(forest):
        parent = int(forest.links[n, 0])
        alone = parent >= 0 and int((forest.links[parent, 1:] >= 0).sum()) == 1
        if alone and forest.names[parent] == forest.names[n]:
            ids[n] = ids[parent]
        else:
            following += 1
            ids[n] = following
    return ids


def _parents_first(forest: Forest) -> list[int]:
    order: list[int] = []
    stack = [int(n) for n in np.flatnonzero(forest.links[:, 0] < 0)][::-1]
    while stack:
        n = stack.pop()
        order.append(n)
        stack.extend(int(c) for c in forest.links[n, :0:-1] if c >= 0)
    return order


def smooth_tree(forest: Forest, name: str) -> tuple[VesselTree, NDArray[np.int64]]:
    """The smooth tree, and for each of its nodes the segment it comes from (-1 at roots)."""
    proximal, distal = _tangents(forest)
    radii = forest.radii_mm()
    ids = branch_ids(forest)
    nodes: list[NDArray[np.float64]] = []
    node_radii: list[float] = []
    parents: list[int] = []
    owners: list[int] = []
    end_node: dict[int, int] = {}
    roots: dict[tuple[float, ...], int] = {}
    for n in _parents_first(forest):
        a, b = forest.ends[n, :3], forest.ends[n, 3:]
        parent = int(forest.links[n, 0])
        if parent >= 0:
            at = end_node[parent]
        else:
            key = tuple(np.round(a, 6))
            if key not in roots:
                roots[key] = len(nodes)
                nodes.append(a)
                node_radii.append(float(radii[n]))
                parents.append(-1)
                owners.append(-1)
            at = roots[key]
        length = float(np.linalg.norm(b - a))
        start_radius = float(radii[n])
        if parent >= 0 and _heaviest_child(forest, parent) == n:
            start_radius = 0.5 * (float(radii[parent]) + start_radius)
        for step in range(1, _PIECES + 1):
            t = step / _PIECES
            point = (
                (2 * t**3 - 3 * t**2 + 1) * a
                + (t**3 - 2 * t**2 + t) * length * proximal[n]
                + (3 * t**2 - 2 * t**3) * b
                + (t**3 - t**2) * length * distal[n]
            )
            nodes.append(point)
            node_radii.append(start_radius + min(1.0, 2.0 * t) * (float(radii[n]) - start_radius))
            parents.append(at)
            owners.append(n)
            at = len(nodes) - 1
        end_node[n] = at
    owner_array = np.array(owners, dtype=np.int64)
    tree = _assembled(forest, name, ids, (nodes, node_radii, parents), owner_array)
    return tree, owner_array


def _assembled(
    forest: Forest,
    name: str,
    ids: NDArray[np.int32],
    nodes: tuple[list[NDArray[np.float64]], list[float], list[int]],
    owners: NDArray[np.int64],
) -> VesselTree:
    radii = forest.radii_mm()
    count = int(ids.max())
    names = [""] * (count + 1)
    branch_parents = np.zeros(count + 1, dtype=np.int32)
    branch_radii = np.zeros(count + 1)
    terminals = np.zeros(count + 1, dtype=np.int32)
    for n in range(len(ids)):
        own = int(ids[n])
        names[own] = forest.names[n]
        branch_radii[own] = max(branch_radii[own], float(radii[n]))
        terminals[own] = max(int(terminals[own]), int(forest.flow[n]))
        parent = int(forest.links[n, 0])
        if parent >= 0 and ids[parent] != own:
            branch_parents[own] = ids[parent]
    return VesselTree(
        name=name,
        nodes_lps_mm=np.array(nodes[0]),
        radii_mm=np.array(nodes[1]),
        parents=np.array(nodes[2], dtype=np.int32),
        node_branches=np.where(owners >= 0, ids[owners], 0).astype(np.int32),
        branch_parents=branch_parents,
        branch_names=tuple(names),
        branch_radii_mm=branch_radii,
        branch_terminals=terminals,
    )
