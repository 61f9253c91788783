"""How a liver's vessels differ from the usual: typed, with a sentence a person reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from engine.vessel_tree import VesselBranch, VesselTrees

VariantKind = Literal[
    "portal_trifurcation",
    "right_posterior_from_main",
    "right_anterior_from_left",
    "separate_left_and_middle_veins",
    "large_inferior_right_vein",
]

_SAME_PLACE_MM: Final = 8.0
"""Branches that leave the trunk within this length leave it together."""
_LARGE_INFERIOR_RIGHT_MM: Final = 5.0
"""Diameter from which an inferior right vein is worth keeping (Makuuchi 1983; usual limit 5 mm)."""
_LEAST_CONFIDENCE: Final = 0.5
_LEAST_LENGTH_MM: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant.

    Attributes:
        kind: which.
        branches: the branches it is seen at.
        sentence: what a person reads.
    """

    kind: VariantKind
    branches: tuple[int, ...]
    sentence: str


def find_variants(trees: VesselTrees) -> tuple[Variant, ...]:
    """The variants of named trees, portal ones first."""
    return (*_portal_variants(trees), *_hepatic_variants(trees))


def _entries(trees: VesselTrees, name: str, parent: str) -> list[VesselBranch]:
    """Branches of a name that leave a branch of another name, sure enough to speak of."""
    return [
        branch
        for branch in trees.branches
        if branch.name == name
        and branch.parent
        and trees.branches[branch.parent - 1].name == parent
        and branch.confidence >= _LEAST_CONFIDENCE
        and branch.length_mm >= _LEAST_LENGTH_MM
    ]


def _portal_variants(trees: VesselTrees) -> list[Variant]:
    found = []
    for branch in _entries(trees, "anterior", "left"):
        sentence = "The right anterior portal branch comes from the left portal vein."
        found.append(Variant(kind="right_anterior_from_left", branches=(branch.number,), sentence=sentence))
    posterior, left = _entries(trees, "posterior", "main"), _entries(trees, "left", "main")
    for branch in posterior:
        anterior = _entries(trees, "anterior", "main")
        together = [other for other in (*anterior[:1], *left[:1]) if _apart_mm(branch, other) <= _SAME_PLACE_MM]
        if anterior and len(together) == 2:
            found.append(
                Variant(
                    kind="portal_trifurcation",
                    branches=(left[0].number, anterior[0].number, branch.number),
                    sentence="The portal trunk parts into left, right anterior and right posterior branch at once.",
                )
            )
        else:
            sentence = "The right posterior portal branch leaves the trunk before the bifurcation."
            found.append(Variant(kind="right_posterior_from_main", branches=(branch.number,), sentence=sentence))
    return found


def _apart_mm(a: VesselBranch, b: VesselBranch) -> float:
    return float(np.linalg.norm(a.points_lps_mm[0] - b.points_lps_mm[0]))


def _hepatic_variants(trees: VesselTrees) -> list[Variant]:
    found = []
    roots = {branch.name: branch for branch in trees.of_kind("hepatic") if not branch.parent}
    if "left" in roots and "middle" in roots:
        pair = (roots["left"], roots["middle"])
        if min(branch.confidence for branch in pair) >= _LEAST_CONFIDENCE and _apart_mm(*pair) > _SAME_PLACE_MM:
            found.append(
                Variant(
                    kind="separate_left_and_middle_veins",
                    branches=(pair[0].number, pair[1].number),
                    sentence="The left and the middle hepatic vein enter the vena cava apart, without a common trunk.",
                )
            )
    low = roots.get("inferior_right")
    if low is not None and low.calibre_mm >= _LARGE_INFERIOR_RIGHT_MM:
        sentence = f"A large inferior right hepatic vein, {low.calibre_mm:.0f} mm wide, drains into the vena cava."
        found.append(Variant(kind="large_inferior_right_vein", branches=(low.number,), sentence=sentence))
    return found
