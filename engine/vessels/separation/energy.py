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

from engine.vessels.separation.courses import course_odds
from engine.vessels.separation.looks import Look, link_runs
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

_HEIGHT_NATS_PER_MM = 0.01
_WAY_NATS, _COURSE_NATS = 2.0, 0.5
_LED_WAY_NATS, _LED_COURSE_NATS = 0.5, 2.0
"""Nats for a way twice and a bit (e) narrower than the other, and for a course plainly seen over 10 mm; the second
pair where courses lead. All that lies beyond a neck shares the evidence of its way, each link has a course of its own:
one false join of wide vessels misleads the ways, thin and crooked vessels the courses."""

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


def separation_energy(skeleton: VesselSkeleton, lost: Side | None = None, *, courses_lead: bool = False) -> Energy:
    """The energy without anybody's corrections.

    Args:
        skeleton: of both trees.
        lost: a tree that came out all but empty before.
        courses_lead: trust where vessels seem to come from more than how wide the ways to either root are.
    """
    unary, starts, seeded = _unary(skeleton, lost)
    pairs, ties = _ties(skeleton)
    way_nats, course_nats = (_LED_WAY_NATS, _LED_COURSE_NATS) if courses_lead else (_WAY_NATS, _COURSE_NATS)
    unary += way_nats * _way_odds(skeleton, starts, pairs, ties)
    unary += course_nats * course_odds(skeleton, starts.hilum_lps_mm, starts.cava_lps_mm)
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
    """(pieces,) the logarithm of how much wider the way to the portal start is, counted once per 10 mm.

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
    odds = np.log(reach[0] / reach[1])
    lengths = skeleton.lengths_mm()
    weighted: NDArray[np.float64] = np.where(skeleton.bridge > 0, 0.0, np.clip(odds, -1.5, 1.5) * lengths / _NETWORK_MM)
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
    runs = link_runs(skeleton)
    pairs: list[tuple[int, int]] = []
    ties: list[float] = []
    for vertex, meeting in at.items():
        looks = [Look.along(skeleton, runs, piece, vertex, from_first=first) for piece, first in meeting]
        for one, other in combinations(range(len(meeting)), 2):
            if meeting[one][0] == meeting[other][0]:
                continue
            pairs.append((meeting[one][0], meeting[other][0]))
            straight = bool(skeleton.link[meeting[one][0]] == skeleton.link[meeting[other][0]])
            ties.append(_tie(looks[one], looks[other], straight=straight))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), np.array(ties)


def _tie(one: Look, other: Look, *, straight: bool) -> float:
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
