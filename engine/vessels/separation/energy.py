"""The energy whose minimum says which piece of the skeleton is portal and which hepatic, in nats.

Unary terms are log odds of portal against hepatic. Pairwise (Potts) terms are what it costs to call one of two
pieces that meet portal and the other hepatic: much where a vessel runs straight on at the same calibre, little where
it narrows to a neck or turns sharply, which is what two vessels that touch look like. Angle and calibre at
branchings are what Selle et al. 2002 (IEEE Trans Med Imaging 21:1344) separate liver vessels by; the minimum cut
finds the cheapest places for the whole skeleton at once (Boykov and Kolmogorov 2004, PAMI 26:1124).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine.vessels.separation.starts import Side, Starts, find_starts, piece_radii
from engine.vessels.separation.widest import widest_ways
from engine.vessels.skeleton.value import VesselSkeleton

_TIE_PER_MM = 2.0
"""Cost of a cut per millimetre of radius at its neck."""

_TURN_DEGREES = 50.0
_LEAST_TIE = 0.15
_LABEL_NATS, _LABEL_MM = 3.0, 5.0
"""A given label counts as 95 % sure (3 nats) anew every 5 mm."""

_NETWORK_NATS, _NETWORK_MM = 3.0, 10.0
"""A network's error runs on along a vessel: its log odds count once per 10 mm and at most 3 nats."""

_BRIDGE_TIE = 0.4
_HEIGHT_NATS_PER_MM = 0.01
_LOOK_MM = 6.0
_WAY_NATS = 2.0
"""Nats for a way twice and a bit (e) narrower than the other."""

_GATE = 3.0
"""Millimetres of width per millimetre of tie at a joint; chosen with the ties on phantoms with breaks and touches."""

_NARROWEST_MM = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Energy:
    """Unary and pairwise terms over the pieces.

    Attributes:
        unary: (pieces,) log odds of portal against hepatic.
        pairs: (m, 2) pieces that meet.
        ties: (m,) cost of telling them apart.
        seeded: whether labels, network, or trunk and vena cava both, tell the trees apart.
    """

    unary: NDArray[np.float64]
    pairs: NDArray[np.int64]
    ties: NDArray[np.float64]
    seeded: bool


def separation_energy(skeleton: VesselSkeleton, lost: Side | None = None) -> Energy:
    """The energy without anybody's corrections; `lost` is a tree that came out all but empty before."""
    unary, starts, seeded = _unary(skeleton, lost)
    pairs, ties = _ties(skeleton)
    unary += _way_odds(skeleton, starts, pairs, ties)
    return Energy(unary=unary, pairs=pairs, ties=ties, seeded=seeded)


def _unary(skeleton: VesselSkeleton, lost: Side | None) -> tuple[NDArray[np.float64], Starts, bool]:
    lengths = np.maximum(skeleton.lengths_mm(), 1.0)
    evidence = skeleton.evidence
    unary = np.zeros(skeleton.pieces)
    asked = bool(np.abs(evidence.network_logit).max(initial=0.0) > 0)
    if asked:
        unary += np.clip(evidence.network_logit, -_NETWORK_NATS, _NETWORK_NATS) * lengths / _NETWORK_MM
    elif skeleton.informative:
        unary += _LABEL_NATS * (2 * evidence.label_portal - 1) * lengths / _LABEL_MM
    place = _place(skeleton)
    # Portal branches fill the lower part and hepatic veins the upper: hardly anything, but better than a coin.
    unary += _HEIGHT_NATS_PER_MM * lengths * (0.55 - place[:, 2])
    told = asked or skeleton.informative
    starts = find_starts(skeleton, place, guess=not told, lost=lost)
    unary = np.where(skeleton.evidence.trunk > 0.5, 0.0, unary) + starts.nats
    return unary, starts, told or starts.seen


def _way_odds(
    skeleton: VesselSkeleton, starts: Starts, pairs: NDArray[np.int64], ties: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(pieces,) log odds from the ways to either start.

    Vessels taper away from their root (Murray 1926), so the way to a piece's own root is nowhere narrower than the
    piece, while the way through a touch narrows to the neck and widens again.
    """
    radii = piece_radii(skeleton)
    own = np.where(skeleton.bridge > 0, radii * np.sqrt(skeleton.bridge), radii)
    gates = ties / _TIE_PER_MM
    # A joint that is hardly a branching is as good as a neck.
    gates = np.minimum(np.minimum(own[pairs[:, 0]], own[pairs[:, 1]]), _GATE * gates)
    if not (starts.portal.any() and starts.hepatic.any()):
        return np.zeros(skeleton.pieces)
    reach = []
    for start in (starts.portal, starts.hepatic):
        widest = widest_ways(np.where(start, np.inf, 0.0), pairs, gates, own)
        reach.append(np.maximum(np.minimum(widest, radii), _NARROWEST_MM))
    odds = _WAY_NATS * np.log(reach[0] / reach[1])
    lengths = skeleton.lengths_mm()
    weighted: NDArray[np.float64] = np.where(skeleton.bridge > 0, 0.0, np.clip(odds, -3, 3) * lengths / _NETWORK_MM)
    return weighted


def _place(skeleton: VesselSkeleton) -> NDArray[np.float64]:
    """(pieces, 3) middle of each piece as a share of the liver's box: from right to left, front to back, upwards."""
    ends = skeleton.points_lps_mm[skeleton.ends()].mean(axis=1)
    low, high = skeleton.liver_box_lps_mm
    share: NDArray[np.float64] = (ends - low) / np.maximum(high - low, 1.0)
    return share


_KNOWN_TIES: WeakKeyDictionary[VesselSkeleton, tuple[NDArray[np.int64], NDArray[np.float64]]] = WeakKeyDictionary()
"""A person's corrections come one after the other on the same skeleton, and its ties stay as they are."""


def _ties(skeleton: VesselSkeleton) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of pieces that meet, and the cost of a cut between them."""
    if skeleton not in _KNOWN_TIES:
        _KNOWN_TIES[skeleton] = _measured_ties(skeleton)
    return _KNOWN_TIES[skeleton]


def _measured_ties(skeleton: VesselSkeleton) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    ends = skeleton.ends()
    at: dict[int, list[tuple[int, bool]]] = {}
    for piece, (first, last) in enumerate(ends.tolist()):
        at.setdefault(first, []).append((piece, True))
        at.setdefault(last, []).append((piece, False))
    runs = _link_runs(skeleton)
    pairs: list[tuple[int, int]] = []
    ties: list[float] = []
    for vertex, meeting in at.items():
        looks = [_Look.along(skeleton, runs, piece, vertex, from_first=first) for piece, first in meeting]
        for one, other in combinations(range(len(meeting)), 2):
            if meeting[one][0] == meeting[other][0]:
                continue
            pairs.append((meeting[one][0], meeting[other][0]))
            straight = bool(skeleton.link[meeting[one][0]] == skeleton.link[meeting[other][0]])
            ties.append(_tie(looks[one], looks[other], straight=straight))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), np.array(ties)


def _link_runs(skeleton: VesselSkeleton) -> dict[int, tuple[int, int]]:
    """First and last piece of each link; the pieces of a link stand one after the other."""
    starts = np.flatnonzero(np.diff(skeleton.link, prepend=-1))
    stops = np.append(starts[1:], skeleton.pieces) - 1
    return {int(skeleton.link[a]): (int(a), int(b)) for a, b in zip(starts, stops, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Look:
    """What a vessel looks like from one of its joints outwards: direction, neck, calibre, and whether it was seen."""

    direction: NDArray[np.float64]
    neck_mm: float
    calibre_mm: float
    founded: float

    @classmethod
    def along(
        cls, skeleton: VesselSkeleton, runs: dict[int, tuple[int, int]], piece: int, vertex: int, *, from_first: bool
    ) -> _Look:
        """Looks from `vertex` along the link of `piece`, beyond the joint's lumen."""
        first, last = runs[int(skeleton.link[piece])]
        if from_first:
            points = skeleton.path[skeleton.path_start[piece] : skeleton.path_start[last + 1]]
        else:
            points = skeleton.path[skeleton.path_start[first] : skeleton.path_start[piece + 1]][::-1]
        place, radii = skeleton.points_lps_mm[points], skeleton.radii_mm[points]
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(place, axis=0), axis=1))])
        lumen = float(skeleton.radii_mm[vertex])
        near = (along >= min(0.7 * lumen, 0.5 * along[-1])) & (along <= lumen + _LOOK_MM)
        shown = np.flatnonzero(near) if near.any() else np.array([len(points) - 1])
        way = place[shown[-1]] - place[shown[0]] if len(shown) > 1 else place[-1] - place[0]
        return cls(
            direction=way / max(float(np.linalg.norm(way)), 1e-6),
            neck_mm=float(radii[shown].min()),
            calibre_mm=float(np.median(radii[shown])),
            founded=_BRIDGE_TIE * float(skeleton.bridge[piece]) or 1.0,
        )


def _tie(one: _Look, other: _Look, *, straight: bool) -> float:
    neck = min(one.neck_mm, other.neck_mm)
    founded = min(one.founded, other.founded)
    if straight:
        # Within a link nothing branches; only a neck speaks for a touch.
        typical = min(one.calibre_mm, other.calibre_mm)
        return _TIE_PER_MM * neck * (0.4 + 1.6 * (neck / max(typical, 1e-6)) ** 2) * founded
    turn = np.degrees(np.arccos(np.clip(-one.direction @ other.direction, -1.0, 1.0)))
    calibre = min(one.calibre_mm, other.calibre_mm) / max(one.calibre_mm, other.calibre_mm)
    onward = float(np.exp(-((turn / _TURN_DEGREES) ** 2))) * float(calibre**0.5)
    return _TIE_PER_MM * neck * founded * (_LEAST_TIE + onward)
