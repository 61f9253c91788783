"""Ways across breaks: from the end of one centre line to another, or to the vena cava, where a vessel may run on.

These are candidates. The separation weighs them, and a tree uses one only where nothing that was seen leads there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.class_probability import ClassProbability
from engine.vessels.skeleton.graph import CurveGraph

FARTHEST_MM = 14.0
"""Longest gap, wall to wall. Breaks come from thick slices (5 to 8 mm) and from tumours pressing on a vessel."""

_SHARPEST_DEGREES = 70.0
_GAP_MM, _TURN_DEGREES = 7.0, 45.0
_WIDEN = 1.6
_TANGENT_MM = 8.0
_LEAST_FOUNDED = 0.05
_MOST_PER_END = 3
_POSSIBLE = 0.3
_STEP_MM = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bridge:
    """A candidate.

    Attributes:
        start: point number of the end it leaves.
        target: point number it reaches, or None for the vena cava.
        points_mm: (n, 3) points in between, evenly spaced; the last lies on the cava where `target` is None.
        radii_mm: (n,) radius at each.
        founded: 0 to 1: how well gap, direction, calibre and network agree with it.
    """

    start: int
    target: int | None
    points_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    founded: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _End:
    point: int
    part: int
    outwards: NDArray[np.float64]
    radius_mm: float


def find_bridges(graph: CurveGraph, cava_mm: NDArray[np.float64], probability: ClassProbability | None) -> list[Bridge]:
    """Candidates from every free end of the graph.

    Args:
        graph: with points in LPS mm.
        cava_mm: (c, 3) LPS points of the vena cava.
        probability: of the network, whose vessel probability along the way is asked where there is one.
    """
    from scipy.spatial import cKDTree

    part_of = _parts(graph)
    points = np.flatnonzero(part_of >= 0)
    if not len(points):
        return []
    tree = cKDTree(graph.points_mm[points])
    cava = cKDTree(cava_mm) if len(cava_mm) else None
    bridges: list[Bridge] = []
    for end in _free_ends(graph, part_of):
        place = graph.points_mm[end.point]
        near = points[tree.query_ball_point(place, FARTHEST_MM + 12.0)]
        near = near[part_of[near] != end.part]
        found = _towards(graph, end, near, part_of)
        if cava is not None:
            away, nearest = cava.query(place, distance_upper_bound=FARTHEST_MM)
            if np.isfinite(away):
                found += _to_cava(graph, end, cava_mm[nearest])
        for bridge in found:
            founded = bridge.founded * _share_seen(bridge, probability)
            if founded >= _LEAST_FOUNDED:
                bridges.append(_with(bridge, founded))
    return bridges


def _parts(graph: CurveGraph) -> NDArray[np.int64]:
    """(n,) number of the connected part each point lies in, -1 for points of no link."""
    part_of = np.full(len(graph.points_mm), -1, dtype=np.int64)
    part = 0
    for start, numbers in graph.at.items():
        if part_of[start] >= 0 or not numbers:
            continue
        queue = [start]
        walked: set[int] = set()
        while queue:
            for number in graph.at[queue.pop()]:
                if number not in walked:
                    walked.add(number)
                    part_of[graph.links[number].path] = part
                    queue.extend(graph.links[number].ends)
        part += 1
    return part_of


def _free_ends(graph: CurveGraph, part_of: NDArray[np.int64]) -> list[_End]:
    ends = []
    for vertex, numbers in graph.at.items():
        if len(numbers) != 1 or graph.fixed[vertex]:
            continue
        path = graph.links[numbers[0]].reversed_from(vertex)
        place = graph.points_mm[path]
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(place, axis=0), axis=1))])
        inner = int(np.searchsorted(along, min(_TANGENT_MM, along[-1]), side="left"))
        way = place[0] - place[inner]
        ends.append(
            _End(
                point=vertex,
                part=int(part_of[vertex]),
                outwards=way / max(float(np.linalg.norm(way)), 1e-6),
                radius_mm=float(np.median(graph.radii_mm[path[: inner + 1]])),
            )
        )
    return ends


def _agreement(
    gap_mm: NDArray[np.float64], turn_degrees: NDArray[np.float64], calibre: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How well a bridge is founded: short, straight on, at a like calibre; 0 beyond the limits."""
    founded = np.exp(-gap_mm / _GAP_MM - (turn_degrees / _TURN_DEGREES) ** 2) * np.sqrt(calibre)
    return np.where((gap_mm <= FARTHEST_MM) & (turn_degrees <= _SHARPEST_DEGREES), founded, 0.0)


def _towards(graph: CurveGraph, end: _End, near: NDArray[np.intp], part_of: NDArray[np.int64]) -> list[Bridge]:
    """The best candidates from an end to points of other parts, one for each part."""
    if not len(near):
        return []
    way = graph.points_mm[near] - graph.points_mm[end.point]
    distance = np.maximum(np.linalg.norm(way, axis=1), 1e-6)
    turn = np.degrees(np.arccos(np.clip(way @ end.outwards / distance, -1.0, 1.0)))
    # A thinned line ends about a radius before the tip of its vessel.
    gap = np.maximum(0.0, distance - graph.radii_mm[near] - end.radius_mm)
    # A vessel may join a wider one, but does not run on as one much narrower or end upon it.
    calibre = np.minimum(1.0, _WIDEN * graph.radii_mm[near] / end.radius_mm)
    founded = _agreement(gap, turn, calibre)
    bridges: list[Bridge] = []
    used: set[int] = set()
    for place in np.argsort(-founded, kind="stable"):
        if founded[place] < _LEAST_FOUNDED or len(bridges) == _MOST_PER_END:
            break
        if int(part_of[near[place]]) in used:
            continue
        used.add(int(part_of[near[place]]))
        target = int(near[place])
        radius = min(end.radius_mm, float(graph.radii_mm[target]))
        bridges.append(
            _straight(graph, end, graph.points_mm[target], radius, target=target, founded=float(founded[place]))
        )
    return bridges


def _to_cava(graph: CurveGraph, end: _End, place_mm: NDArray[np.float64]) -> list[Bridge]:
    way = place_mm - graph.points_mm[end.point]
    distance = max(float(np.linalg.norm(way)), 1e-6)
    turn = np.degrees(np.arccos(np.clip(way @ end.outwards / distance, -1.0, 1.0)))
    founded = float(_agreement(np.array(distance - end.radius_mm).clip(0.0), np.array(turn), np.array(1.0)))
    if founded < _LEAST_FOUNDED:
        return []
    return [_straight(graph, end, place_mm, end.radius_mm, target=None, founded=founded)]


def _straight(
    graph: CurveGraph, end: _End, place_mm: NDArray[np.float64], radius_mm: float, *, target: int | None, founded: float
) -> Bridge:
    start = graph.points_mm[end.point]
    count = max(2, int(np.ceil(np.linalg.norm(place_mm - start) / _STEP_MM)) + 1)
    share = np.linspace(0.0, 1.0, count)[:, None]
    points = start + share * (place_mm - start)
    radii = end.radius_mm + share[:, 0] * (radius_mm - end.radius_mm)
    inner = slice(1, None) if target is None else slice(1, -1)
    return Bridge(
        start=end.point, target=target, points_mm=points[inner], radii_mm=radii[inner], founded=min(1.0, founded)
    )


def _with(bridge: Bridge, founded: float) -> Bridge:
    return Bridge(
        start=bridge.start,
        target=bridge.target,
        points_mm=bridge.points_mm,
        radii_mm=bridge.radii_mm,
        founded=founded,
    )


def _share_seen(bridge: Bridge, probability: ClassProbability | None) -> float:
    """0.2 to 1: whether the network thought a vessel possible along the way; 1 where nobody can tell."""
    if probability is None or not len(bridge.points_mm):
        return 1.0
    names = [name for name in ("portal_vein", "hepatic_veins", "vessel") if name in probability.classes]
    place = np.rint(probability.geometry.index_from_lps(bridge.points_mm)).astype(int)
    inside = ((place >= 0) & (place < probability.geometry.shape_kji[::-1])).all(axis=1)
    if not names or not inside.any():
        return 1.0
    k, j, i = place[inside, 2], place[inside, 1], place[inside, 0]
    vessel = sum(probability.of(name)[k, j, i].astype(np.float64) for name in names) / 255.0
    return float(np.clip(np.mean(vessel) / _POSSIBLE, 0.2, 1.0))
