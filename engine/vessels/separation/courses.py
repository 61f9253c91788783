"""Evidence for portal against hepatic from where a vessel comes from: away from the hilum, or towards the vena cava.

A vessel is widest towards its root and tapers away from it, and where it branches, both branches run on at an acute
angle to each other and are narrower than what they come from (Murray 1926, PNAS 12:207; Selle et al. 2002, IEEE Trans
Med Imaging 21:1344). So a link shows in which direction its root lies, whatever it touches elsewhere: links witness
apart from one another, and many of them outweigh a false join.
"""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine.vessels.separation.looks import Look, link_runs
from engine.vessels.skeleton.value import VesselSkeleton

_ANEW_MM: Final = 10.0
"""A direction counts once in so much. On a network's vessels one plainly seen was right for five of six millimetres."""

_TAPER_SHARE: Final = 1.5
_LEAST_TAPER_MM: Final = 6.0
_BRANCHING_SHARE: Final = 0.7
_LEAST_BRANCH_MM: Final = 4.0
_SHARPNESS: Final = 4.0


def course_odds(
    skeleton: VesselSkeleton, hilum_lps_mm: NDArray[np.float64], cava_lps_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(pieces,) -2 to 2 per 10 mm, above 0 for portal; about 0 where no direction is seen or both roots lie in it.

    Args:
        skeleton: of both trees.
        hilum_lps_mm: (3,) where the portal tree enters the liver.
        cava_lps_mm: (3,) where the hepatic veins leave it.
    """
    middle = skeleton.points_lps_mm[skeleton.ends()].mean(axis=1)
    differs = _unit(hilum_lps_mm - middle) - _unit(cava_lps_mm - middle)
    odds: NDArray[np.float64] = (roots_seen(skeleton) * differs).sum(axis=1)
    return odds * skeleton.lengths_mm() / _ANEW_MM


_KNOWN_ROOTS: WeakKeyDictionary[VesselSkeleton, NDArray[np.float64]] = WeakKeyDictionary()
"""A person's corrections come one after the other on the same skeleton, and its directions stay as they are."""


def roots_seen(skeleton: VesselSkeleton) -> NDArray[np.float64]:
    """(pieces, 3) patient LPS: in which direction along each piece its root lies, as long as that is certain (0 to 1).

    Bridges show none.
    """
    if skeleton not in _KNOWN_ROOTS:
        ends = skeleton.points_lps_mm[skeleton.ends()]
        votes = np.tanh(_taper_votes(skeleton) + _branching_votes(skeleton))
        seen = np.where(skeleton.bridge > 0, 0.0, votes[skeleton.link])
        _KNOWN_ROOTS[skeleton] = _unit(ends[:, 0] - ends[:, 1]) * seen[:, None]
    return _KNOWN_ROOTS[skeleton]


def _taper_votes(skeleton: VesselSkeleton) -> NDArray[np.float64]:
    """(links,) above 0 where the first end of a link is its wide one."""
    votes = np.zeros(int(skeleton.link.max()) + 1)
    for link, (first, last) in link_runs(skeleton).items():
        points = skeleton.path[skeleton.path_start[first] : skeleton.path_start[last + 1]]
        steps = np.linalg.norm(np.diff(skeleton.points_lps_mm[points], axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        if skeleton.bridge[first] > 0 or along[-1] < _LEAST_TAPER_MM:
            continue
        radii, away = skeleton.radii_mm[points], along - along.mean()
        gain_mm = along[-1] * float(away @ (radii - radii.mean())) / float(away @ away)
        votes[link] = np.clip(-_TAPER_SHARE * gain_mm / max(float(radii.mean()), 0.5), -1.0, 1.0)
    return votes


def _branching_votes(skeleton: VesselSkeleton) -> NDArray[np.float64]:
    """(links,) above 0 where the joints at a link's ends say that its root lies at the first."""
    votes = np.zeros(int(skeleton.link.max()) + 1)
    for looks, signs, links in _branchings(skeleton):
        stem = _stem_shares(looks)
        # The stem's root lies beyond its other end, a branch's at the joint.
        np.add.at(votes, links, _BRANCHING_SHARE * (1.0 - 2.0 * stem) * signs)
    return votes


def _branchings(skeleton: VesselSkeleton) -> list[tuple[list[Look], NDArray[np.float64], NDArray[np.intp]]]:
    """Joints of three links long enough to be looked at: a look along each, 1 or -1 by its end, and its number."""
    runs, ends, lengths = link_runs(skeleton), skeleton.ends(), skeleton.lengths_mm()
    at: dict[int, list[tuple[int, int, bool]]] = {}
    for link, (first, last) in runs.items():
        if skeleton.bridge[first] == 0:
            at.setdefault(int(ends[first, 0]), []).append((link, first, True))
            at.setdefault(int(ends[last, 1]), []).append((link, last, False))
    found = []
    for vertex, meeting in at.items():
        links = np.array([link for link, _, _ in meeting])
        spans = [lengths[runs[link][0] : runs[link][1] + 1].sum() for link in links.tolist()]
        if len(meeting) != 3 or min(spans) < _LEAST_BRANCH_MM:
            continue
        looks = [Look.along(skeleton, runs, piece, vertex, from_first=first) for _, piece, first in meeting]
        found.append((looks, np.array([1.0 if first else -1.0 for _, _, first in meeting]), links))
    return found


def _stem_shares(looks: list[Look]) -> NDArray[np.float64]:
    """(3,) how likely each of three vessels is the one that the others come from: wider, and opposite to both."""
    calibres = np.array([look.calibre_mm for look in looks])
    onward = np.array([looks[(one + 1) % 3].direction @ looks[(one + 2) % 3].direction for one in range(3)])
    scores = _SHARPNESS * (onward + np.log(calibres / calibres.mean()))
    shares: NDArray[np.float64] = np.exp(scores - scores.max())
    shares /= shares.sum()
    return shares


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-6)
