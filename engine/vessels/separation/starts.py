"""Where each tree starts: the portal vein at its trunk, the hepatic veins at the vena cava, as seen or as guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.vessels.skeleton.value import VesselSkeleton

SURE = 60.0
"""Nats that nothing but a person outweighs."""

_CAVA_NATS = 30.0
"""More than many touches together cost."""

_GUESS_NATS = 15.0
"""For all guessed starts of a connected part together: less than it costs to cut a trunk in two where it is sound."""

_LEAST_PART_MM, _LEAST_SCORE = 60.0, 0.25

_HARDLY_TRUNK = 0.1
"""What is trunk beyond this share is no place where the tree goes on in the liver."""

_HILUM = (0.53, 0.50, 0.48)
_CONFLUENCE = (0.55, 0.60, 0.86)
_PLACE_SPREAD = 0.14
_LIKELY_SHARE = 0.4
"""Where hilum and confluence lie in the liver's box, from its right, front and lower faces."""

_LEAST_REACHED = 0.15
"""A tree holds about half the vessels: a start that leads to fewer of them lies beyond a break."""

_GAP_MM, _FARTHEST_MM = 12.0, 45.0
"""How far from trunk or cava the tree beyond a break goes on."""

_LEAST_TRUNK = 0.3
"""A patient has one portal trunk: parts of it apart from the likeliest count from this share of its likelihood on."""

_MIDDLE, _MIDDLE_SPREAD = 0.65, 0.05
"""Where along the liver's height the vena cava's contacts begin to be mouths: the veins enter it below the dome, while
the portal bifurcation and its caudate branches lie against it half-way up."""

_MOUTH_RADIUS_MM = 3.0


Side = Literal["portal", "hepatic"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Starts:
    """The pieces at which the trees start.

    Attributes:
        nats: (pieces,) log odds of portal against hepatic.
        portal: (pieces,) bool.
        hepatic: (pieces,) bool.
        seen: whether both are led to by what was seen, and neither was guessed.
        hilum_lps_mm: (3,) about where the portal tree enters the liver.
        cava_lps_mm: (3,) about where the hepatic veins leave it.
    """

    nats: NDArray[np.float64]
    portal: NDArray[np.bool_]
    hepatic: NDArray[np.bool_]
    seen: bool
    hilum_lps_mm: NDArray[np.float64]
    cava_lps_mm: NDArray[np.float64]


def find_starts(
    skeleton: VesselSkeleton, place: NDArray[np.float64], *, guess: bool, lost: Side | None = None
) -> Starts:
    """The starts that trunk and cava give, and guesses where they lead to hardly any vessel.

    A network may leave a gap of centimetres at the hilum or below the diaphragm. Then the widest vessels nearest to
    the trunk, and the widest ends nearest to the upper cava, are likely to be where the trees go on; without trunk or
    cava, those nearest to where hilum and confluence usually lie.

    Args:
        skeleton: of the vessels.
        place: (pieces, 3) of each piece in the liver's box, 0 to 1 from right, front and below.
        guess: whether to guess; labels or a network that tell the trees apart know better.
        lost: a tree that came out all but empty although its start leads on: the way from it must be narrower than
            it should be, and the start is guessed too.
    """
    trunk, outside = _trunk(skeleton, place), skeleton.evidence.hepatic_outside > 0.5
    cava = _cava_contacts(skeleton, place)
    mouths = (cava >= 1.0) | outside
    nats = -cava
    nats[outside] -= SURE / 2
    nats[trunk] = SURE
    calibre = piece_radii(skeleton) * (skeleton.bridge == 0) * (skeleton.evidence.trunk < _HARDLY_TRUNK)
    high = _high(place)
    portal, hepatic = trunk, mouths & ~trunk
    reached = _reached(skeleton)
    if guess and (lost == "portal" or not _leads_on(skeleton, portal, reached)):
        nearness = _near(skeleton, trunk) * _usual(place, _HILUM, 2.0) if trunk.any() else _usual(place, _HILUM)
        guessed = _guessed(skeleton, calibre * nearness, reached)
        nats += guessed
        likely = guessed > 0
        portal = portal | likely
    faint = not outside.any() and cava.max(initial=0.0) < _GUESS_NATS
    if guess and (lost == "hepatic" or faint or not _leads_on(skeleton, hepatic, reached)):
        away = _cava_away(skeleton)
        nearness = _within(away) * high if (away < _FARTHEST_MM).any() else _usual(place, _CONFLUENCE)
        guessed = _guessed(skeleton, calibre * nearness * _free_tips(skeleton) * ~portal, reached)
        nats -= guessed
        likely = guessed > 0
        hepatic = hepatic | likely
    seen = bool(trunk.any() and mouths.any())
    hilum, mouth = _roots(skeleton, place, trunk, cava)
    return Starts(nats=nats, portal=portal, hepatic=hepatic, seen=seen, hilum_lps_mm=hilum, cava_lps_mm=mouth)


def _roots(
    skeleton: VesselSkeleton, place: NDArray[np.float64], trunk: NDArray[np.bool_], cava: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3,) and (3,) points that portal and hepatic vessels lead to, each where it usually lies if nothing shows it."""
    low, high = skeleton.liver_box_lps_mm
    middle = skeleton.points_lps_mm[skeleton.ends()].mean(axis=1)
    hilum, mouth = (low + np.array(usual) * (high - low) for usual in (_HILUM, _CONFLUENCE))
    near = trunk * skeleton.lengths_mm() * _usual(place, _HILUM)
    if near.sum() > 0:
        hilum = np.average(middle, axis=0, weights=near)
    if cava.max(initial=0.0) >= 1.0:
        mouth = np.average(middle, axis=0, weights=cava**2)
    return hilum, mouth


def piece_radii(skeleton: VesselSkeleton) -> NDArray[np.float64]:
    """(pieces,) mean radius."""
    total = np.add.reduceat(skeleton.radii_mm[skeleton.path], skeleton.path_start[:-1])
    mean: NDArray[np.float64] = total / np.diff(skeleton.path_start)
    return mean


def _trunk(skeleton: VesselSkeleton, place: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(pieces,) the portal trunk, without vessels elsewhere that a network took for it.

    Bits of it that a break of `_GAP_MM` at most parts are one. A part is likely the trunk by its volume and by how
    near the usual hilum it lies: collaterals at the spleen or under the dome are called portal, too.
    """
    trunk = skeleton.evidence.trunk > 0.5
    if not trunk.any():
        return trunk
    part = _parts_within(skeleton, trunk, _GAP_MM)
    volume = skeleton.lengths_mm() * piece_radii(skeleton) ** 2 * _usual(place, _HILUM, 2.0)
    likelihood = np.bincount(part, weights=volume[trunk])
    believed = trunk.copy()
    believed[trunk] = (likelihood >= _LEAST_TRUNK * likelihood.max())[part]
    return believed


def _parts_within(skeleton: VesselSkeleton, chosen: NDArray[np.bool_], gap_mm: float) -> NDArray[np.intp]:
    """(chosen pieces,) number of the part each lies in; parts are farther than the gap from one another."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    points = [skeleton.points_of(int(piece)) for piece in np.flatnonzero(chosen)]
    piece = np.repeat(np.arange(len(points)), [len(one) for one in points])
    near = cKDTree(skeleton.points_lps_mm[np.concatenate(points)]).query_pairs(gap_mm, output_type="ndarray")
    joined = coo_matrix((np.ones(len(near)), piece[near].T), shape=(len(points), len(points)))
    part: NDArray[np.intp] = connected_components(joined, directed=False)[1]
    return part


def _cava_contacts(skeleton: VesselSkeleton, place: NDArray[np.float64]) -> NDArray[np.float64]:
    """(pieces,) nats for hepatic where a piece ends at the vena cava.

    Hepatic veins enter it wide and in the upper half of the liver; the portal vein may lie against it further down.
    """
    touches = skeleton.at_cava[skeleton.ends()].any(axis=1)
    wide = np.minimum(1.0, piece_radii(skeleton) / _MOUTH_RADIUS_MM)
    founded = np.where(skeleton.bridge > 0, skeleton.bridge, 1.0)
    nats: NDArray[np.float64] = np.where(touches, _CAVA_NATS * _high(place) * wide * founded, 0.0)
    return nats


def _high(place: NDArray[np.float64]) -> NDArray[np.float64]:
    high: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-(place[:, 2] - _MIDDLE) / _MIDDLE_SPREAD))
    return high


def _reached(skeleton: VesselSkeleton) -> NDArray[np.intp]:
    """(pieces,) number of the connected part each piece lies in; bridges join nothing."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends, count = skeleton.ends(), len(skeleton.points_lps_mm)
    seen = skeleton.bridge == 0
    joined = coo_matrix((np.ones(int(seen.sum())), ends[seen].T), shape=(count, count))
    part: NDArray[np.intp] = connected_components(joined, directed=False)[1][ends[:, 0]]
    return part


def _leads_on(skeleton: VesselSkeleton, starts: NDArray[np.bool_], part: NDArray[np.intp]) -> bool:
    """Whether the parts with a start hold a fair share of the vessels in the liver."""
    lengths = np.where((skeleton.bridge > 0) | (skeleton.evidence.trunk > 0.5), 0.0, skeleton.lengths_mm())
    led = np.isin(part, part[starts & (skeleton.bridge == 0)])
    return bool(starts.any() and lengths[led].sum() >= _LEAST_REACHED * lengths.sum())


def _near(skeleton: VesselSkeleton, trunk: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(pieces,) 0 to 1, how near a piece is to the trunk."""
    from scipy.spatial import cKDTree

    points = np.concatenate([skeleton.points_of(int(piece)) for piece in np.flatnonzero(trunk)])
    away, _ = cKDTree(skeleton.points_lps_mm[points]).query(skeleton.points_lps_mm[skeleton.ends()])
    return _within(away.min(axis=1))


def _cava_away(skeleton: VesselSkeleton) -> NDArray[np.float64]:
    """(pieces,) millimetres from the nearer end to the cava."""
    away: NDArray[np.float64] = skeleton.cava_away_mm[skeleton.ends()].min(axis=1)
    return away


def _within(away_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    nearness: NDArray[np.float64] = np.where(away_mm < _FARTHEST_MM, np.exp(-0.5 * (away_mm / _GAP_MM) ** 2), 0.0)
    return nearness


def _usual(place: NDArray[np.float64], expected: tuple[float, float, float], widen: float = 1.0) -> NDArray[np.float64]:
    spread = widen * _PLACE_SPREAD
    nearness: NDArray[np.float64] = np.exp(-0.5 * (((place - expected) / spread) ** 2).sum(axis=1))
    return nearness


def _free_tips(skeleton: VesselSkeleton) -> NDArray[np.bool_]:
    """(pieces,) whether a piece that was seen ends where no other begins."""
    ends = skeleton.ends()
    count = np.bincount(ends[skeleton.bridge == 0].ravel(), minlength=len(skeleton.points_lps_mm))
    tips: NDArray[np.bool_] = (count[ends] == 1).any(axis=1)
    return tips


def _guessed(skeleton: VesselSkeleton, score: NDArray[np.float64], part: NDArray[np.intp]) -> NDArray[np.float64]:
    """(pieces,) nats for the likeliest starts of each connected part: every vein has a mouth of its own.

    A part's guess counts as much as its best place is likely beside the best of all; what is too short to be more than
    a side branch has none.
    """
    count = int(part.max(initial=0)) + 1
    long = np.bincount(part, weights=skeleton.lengths_mm(), minlength=count) >= _LEAST_PART_MM
    score = np.where(long[part], score, 0.0)
    best = np.zeros(count)
    np.maximum.at(best, part, score)
    likely = (score > 0) & (score >= np.maximum(_LIKELY_SHARE * best[part], _LEAST_SCORE * best.max()))
    shared = np.bincount(part[likely], minlength=count)
    nats = _GUESS_NATS * best / max(float(best.max()), 1e-12) / np.maximum(shared, 1)
    guessed: NDArray[np.float64] = np.where(likely, nats[part], 0.0)
    return guessed
