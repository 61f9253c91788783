"""Cuts the skeleton into portal and hepatic pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine.vessels.corrections import EdgeCorrection, corrected_pieces
from engine.vessels.separation import kernels
from engine.vessels.separation.brightness import brightness_odds
from engine.vessels.separation.energy import Energy, separation_energy
from engine.vessels.separation.starts import Side
from engine.vessels.skeleton.value import VesselSkeleton

PORTAL, HEPATIC, NO_VESSEL = 1, 2, 0

_HARD = 1e4
_ENOUGH_NATS = 8.0
_LEAST_TREE = 0.25
_FAIR_TREE = 1.0 / 3.0
"""Share of the vessels that the smaller tree has in most people; where it comes out smaller, something may have leaked
into the other. Found on phantoms and a network's vessels: wrong answers lay below, right ones above."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Separation:
    """Which tree each piece belongs to.

    Attributes:
        side: (pieces,) uint8 `PORTAL`, `HEPATIC` or `NO_VESSEL`.
        confidence: (pieces,) 0.5 to 1: the logistic of the energy it would cost to call its link the other kind
            (the min-marginal), so the odds of the best answer with it against the best without.
        seeded: whether there was more to go by than where vessels usually lie.
    """

    side: NDArray[np.uint8]
    confidence: NDArray[np.float64]
    seeded: bool


def separate(skeleton: VesselSkeleton, corrections: Sequence[EdgeCorrection] = ()) -> Separation:
    """Finds the minimum of the energy under a person's corrections; the last word on a branch holds.

    Where the scan is known and no labels tell the trees apart, the sure part of the answer says how bright each
    tree is, and that helps to decide the rest.
    """
    energy = _energy(skeleton)
    hard = np.zeros(skeleton.pieces)
    removed = np.zeros(skeleton.pieces, dtype=bool)
    for correction in corrections:
        pieces = corrected_pieces(skeleton, correction)
        removed[pieces] = correction.kind == "not_a_vessel"
        hard[pieces] = {"portal": _HARD, "hepatic": -_HARD, "not_a_vessel": 0.0}[correction.kind]
    found = _minimum(skeleton, energy, hard, removed)
    if not skeleton.informative and np.isfinite(skeleton.evidence.hu).any():
        odds = brightness_odds(skeleton, found.side == PORTAL, found.confidence)
        if odds.any():
            found = _minimum(skeleton, replace(energy, unary=energy.unary + odds), hard, removed)
    return found


_KNOWN_ENERGIES: WeakKeyDictionary[VesselSkeleton, Energy] = WeakKeyDictionary()
"""Chosen without anybody's corrections, so that a word on one branch never turns the others round."""


def _energy(skeleton: VesselSkeleton) -> Energy:
    """The energy whose minimum leaves neither tree too small, and where none does, the one that trusts ways."""
    if skeleton not in _KNOWN_ENERGIES:
        by_ways, share = _energy_and_share(skeleton, courses_lead=False)
        chosen = by_ways
        if share < _FAIR_TREE and not (skeleton.informative or skeleton.evidence.network_logit.any()):
            by_courses, other_share = _energy_and_share(skeleton, courses_lead=True)
            chosen = by_courses if other_share > share else by_ways
        _KNOWN_ENERGIES[skeleton] = chosen
    return _KNOWN_ENERGIES[skeleton]


def _energy_and_share(skeleton: VesselSkeleton, *, courses_lead: bool) -> tuple[Energy, float]:
    """An energy, and the smaller tree's share of the vessels at its minimum.

    Where one tree comes out all but empty and only its start spoke for it, the start is looked for further in as well.
    """
    energy = separation_energy(skeleton, courses_lead=courses_lead)
    smaller, share = _smaller_tree(skeleton, energy)
    if share < _LEAST_TREE:
        energy = separation_energy(skeleton, smaller, courses_lead=courses_lead)
        _, share = _smaller_tree(skeleton, energy)
    return energy, share


def _smaller_tree(skeleton: VesselSkeleton, energy: Energy) -> tuple[Side, float]:
    """The tree that holds fewer vessels in the liver, and their share."""
    in_portal, _, _, _ = _cut(energy, energy.unary, np.zeros(skeleton.pieces, dtype=bool))
    lengths = np.where((skeleton.bridge > 0) | (skeleton.evidence.trunk > 0.5), 0.0, skeleton.lengths_mm())
    portal, hepatic = float(lengths[in_portal].sum()), float(lengths[~in_portal].sum())
    share = min(portal, hepatic) / max(portal + hepatic, 1e-6)
    return ("portal" if portal < hepatic else "hepatic"), share


def _minimum(
    skeleton: VesselSkeleton, energy: Energy, hard: NDArray[np.float64], removed: NDArray[np.bool_]
) -> Separation:
    portal, arcs, source, sink = _cut(energy, np.where(hard != 0.0, hard, energy.unary), removed)
    # A link may be cut in the middle: its two parts are judged apart.
    _, group = np.unique(2 * skeleton.link.astype(np.int64) + portal, return_inverse=True)
    group = group.astype(np.int64)
    costs = kernels.flip_costs(*arcs, source, sink, portal, group, int(group.max()) + 1, _ENOUGH_NATS)
    side = np.where(removed, NO_VESSEL, np.where(portal, PORTAL, HEPATIC)).astype(np.uint8)
    return Separation(side=side, confidence=1.0 / (1.0 + np.exp(-costs[group])), seeded=energy.seeded)


_Arcs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def _cut(
    energy: Energy, unary: NDArray[np.float64], removed: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], _Arcs, NDArray[np.float64], NDArray[np.float64]]:
    """(pieces,) which are portal at the minimum under these unary terms; what is left of arcs, source and sink."""
    arcs = _arcs(energy, ~removed)
    source, sink = np.maximum(unary, 0.0), np.maximum(-unary, 0.0)
    source[removed] = sink[removed] = 0.0
    kernels.augment(*arcs, source, sink, np.inf)
    portal: NDArray[np.bool_] = kernels.source_side(arcs[0], arcs[1], arcs[3], source)
    undecided = ~portal & ~_reaches_sink(arcs, sink)
    portal[undecided] = energy.unary[undecided] > 0
    return portal, arcs, source, sink


def _arcs(energy: Energy, kept: NDArray[np.bool_]) -> _Arcs:
    """(first, head, twin, capacity) of both directions of every tie between pieces that are kept."""
    good = kept[energy.pairs].all(axis=1)
    pairs, ties = energy.pairs[good], energy.ties[good]
    tail = np.concatenate([pairs[:, 0], pairs[:, 1]])
    head = np.concatenate([pairs[:, 1], pairs[:, 0]])
    order = np.argsort(tail, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    twin = place[np.concatenate([np.arange(len(pairs)) + len(pairs), np.arange(len(pairs))])][order]
    first = np.searchsorted(tail[order], np.arange(len(energy.unary) + 1)).astype(np.int64)
    return first, head[order].astype(np.int64), twin.astype(np.int64), np.concatenate([ties, ties])[order]


def _reaches_sink(arcs: _Arcs, sink: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(pieces,) whether a piece still reaches the sink: the residual graph walked backwards."""
    first, head, twin, capacity = arcs
    reached: NDArray[np.bool_] = kernels.source_side(first, head, capacity[twin], sink)
    return reached
