"""A territory of the liver as a resection: Couinaud segments, what a portal branch supplies, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.errors import PlanError
from engine.liver_map import SEGMENTS
from engine.resection.plan.fields import json_type, json_whole_numbers, object_with

TERRITORY_CURE: Final = (
    'Write {"kind": "territory", "segments": [1 to 9, ...], "portal_branches": [branch numbers]}; one may be left out. '
    "Segments are numbered 1 I, 2 II, 3 III, 4 IVa, 5 IVb, 6 V, 7 VI, 8 VII, 9 VIII."
)

_MOST_BRANCH: Final = 65_535

BRISBANE_NAMES: Final[dict[frozenset[int], str]] = {
    frozenset({1}): "Caudate lobectomy (segmentectomy I)",
    frozenset({2, 3}): "Left lateral sectionectomy",
    frozenset({4, 5}): "Left medial sectionectomy",
    frozenset({6, 9}): "Right anterior sectionectomy",
    frozenset({7, 8}): "Right posterior sectionectomy",
    frozenset({2, 3, 4, 5}): "Left hemihepatectomy",
    frozenset({6, 7, 8, 9}): "Right hemihepatectomy",
    frozenset({4, 5, 6, 7, 8, 9}): "Right trisectionectomy",
    frozenset({2, 3, 4, 5, 6, 9}): "Left trisectionectomy",
    frozenset({4, 5, 6, 9}): "Central hepatectomy (left medial and right anterior sectionectomy)",
}
"""Terminology Committee of the IHPBA, Brisbane 2000 (HPB 2:333); central hepatectomy is common use beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryResection:
    """All liver voxels, tumours and vessels in them included, of a set of segments and of portal branches' territories.

    Its side is +1 in the set and -1 outside; the cut surface is the set's boundary inside the liver.

    Attributes:
        segments: values of `LiverMap.segment`, 1 to 9, in ascending order.
        portal_branches: numbers of portal branches, each with everything that leaves it, in ascending order.

    Raises:
        PlanError: nothing is named, or a number cannot be one.
    """

    segments: tuple[int, ...] = ()
    portal_branches: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Puts the numbers in order, so that equal territories are equal."""
        object.__setattr__(self, "segments", tuple(sorted({int(value) for value in self.segments})))
        object.__setattr__(self, "portal_branches", tuple(sorted({int(value) for value in self.portal_branches})))
        if not self.segments and not self.portal_branches:
            raise PlanError("The territory names no segment and no portal branch.", cure=TERRITORY_CURE)
        if wrong := [value for value in self.segments if not 1 <= value <= len(SEGMENTS)]:
            raise PlanError(f"There is no segment {wrong[0]}.", cure=TERRITORY_CURE)
        if wrong := [value for value in self.portal_branches if not 1 <= value <= _MOST_BRANCH]:
            raise PlanError(f"There is no portal branch {wrong[0]}.", cure="Portal branches are numbered from 1.")

    @property
    def name(self) -> str:
        """The operation's name by Brisbane 2000 where the segments have one, else what is taken."""
        if self.portal_branches:
            numbers = ", ".join(str(number) for number in self.portal_branches)
            supplied = f"territory of portal branch {numbers}"
            return f"Segments {self._titles} and {supplied}" if self.segments else supplied.capitalize()
        taken = frozenset(self.segments)
        if taken in BRISBANE_NAMES:
            return BRISBANE_NAMES[taken]
        if taken - {1} in BRISBANE_NAMES and 1 in taken:
            return f"{BRISBANE_NAMES[taken - {1}]} with segment I"
        if len(taken) == 1:
            return f"Segmentectomy {self._titles}"
        return f"Resection of segments {self._titles}"

    @property
    def _titles(self) -> str:
        return ", ".join(SEGMENTS[value - 1].title for value in self.segments)

    def as_json(self) -> dict[str, object]:
        """The territory as `plan_from_json` reads it."""
        return {"kind": "territory", "segments": list(self.segments), "portal_branches": list(self.portal_branches)}


def territory_from_json(document: object, where: str) -> TerritoryResection:
    """Reads a territory.

    Raises:
        PlanError: a field is missing, unknown or wrong.
    """
    optional = frozenset({"segments", "portal_branches"})
    fields = object_with(document, {"kind"}, where, TERRITORY_CURE, optional=optional)
    if not optional & set(fields):
        raise PlanError(f"{where} lacks 'segments' or 'portal_branches' ({json_type(document)}).", cure=TERRITORY_CURE)
    return TerritoryResection(
        segments=json_whole_numbers(fields.get("segments", []), "segments"),
        portal_branches=json_whole_numbers(fields.get("portal_branches", []), "portal_branches"),
    )
