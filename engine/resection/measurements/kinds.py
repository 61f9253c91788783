"""What can be measured, and pins. Each kind refuses what has no length or angle."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from engine.errors import PlanError
from engine.resection.plan.fields import Triple, near_triple
from engine.sentences import say

MAX_NOTES: Final = 100
"""Measurements and pins of one plan: more than anybody reads, few enough to draw."""

MAX_PIN_LETTERS: Final = 200

_SAME_PLACE_MM: Final = 0.05
_OWNER: Final = "A point of a measurement"


@dataclass(frozen=True, slots=True, kw_only=True)
class _BetweenTwoPoints:
    """Two points apart from each other.

    Attributes:
        points_lps_mm: both, patient LPS millimetres.

    Raises:
        PlanError: they are one place, not finite or absurdly far away.
    """

    points_lps_mm: tuple[Triple, Triple]

    def __post_init__(self) -> None:
        """Refuses one place said twice."""
        object.__setattr__(self, "points_lps_mm", _apart(self.points_lps_mm, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance(_BetweenTwoPoints):
    """The straight line between two points."""

    kind: Literal["distance"] = "distance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diameter(_BetweenTwoPoints):
    """Across something, from one side to the other."""

    kind: Literal["diameter"] = "diameter"


@dataclass(frozen=True, slots=True, kw_only=True)
class VesselLength(_BetweenTwoPoints):
    """Along the centre lines of one vessel tree between two points on them."""

    kind: Literal["vessel"] = "vessel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Angle:
    """The angle at the second of three points.

    Attributes:
        points_lps_mm: one arm's end, the corner, the other arm's end.

    Raises:
        PlanError: an arm has no length, or a point is not finite or absurdly far away.
    """

    points_lps_mm: tuple[Triple, Triple, Triple]
    kind: Literal["angle"] = "angle"

    def __post_init__(self) -> None:
        """Refuses an arm without a length."""
        object.__setattr__(self, "points_lps_mm", _apart(self.points_lps_mm, 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class TumourDiameter:
    """The longest diameter of a tumour in an axial plane, as RECIST 1.1 measures it.

    Attributes:
        tumour: its name, e.g. "tumour_01".
    """

    tumour: str
    kind: Literal["tumour"] = "tumour"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutArea:
    """The area of a cut in the liver.

    Attributes:
        resection: the place of the resection in the plan, from 1; None for all of the plan together.
    """

    resection: int | None
    kind: Literal["area"] = "area"


Measurement: TypeAlias = Distance | Angle | Diameter | TumourDiameter | VesselLength | CutArea
"""Any kind of measurement; every `match` on it ends with `assert_never`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A place with a word on it.

    Attributes:
        point_lps_mm: where.
        text: what it says; one line, white space at its ends cut off.

    Raises:
        PlanError: it says nothing, or more than fits, or holds letters that cannot be shown.
    """

    point_lps_mm: Triple
    text: str

    def __post_init__(self) -> None:
        """Refuses what cannot be read."""
        object.__setattr__(self, "point_lps_mm", near_triple(self.point_lps_mm, "point_lps_mm", "A pin"))
        text = self.text.strip()
        # Format characters turn the direction of what stands beside them; joiners inside emoji are lost with them.
        if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in text):
            raise PlanError(say("pin_letters"))
        if not text:
            raise PlanError(say("pin_without_text"))
        if len(text) > MAX_PIN_LETTERS:
            raise PlanError(say("pin_too_long", len(text), MAX_PIN_LETTERS))
        object.__setattr__(self, "text", text)

    def as_json(self) -> dict[str, object]:
        """The pin as `pin_from_json` reads it."""
        return {"point_lps_mm": list(self.point_lps_mm), "text": self.text}


def measurement_as_json(measurement: Measurement) -> dict[str, object]:
    """The measurement as `measurement_from_json` reads it."""
    match measurement:
        case TumourDiameter(tumour=tumour):
            return {"kind": "tumour", "tumour": tumour}
        case CutArea(resection=resection):
            return {"kind": "area", "resection": resection}
        case Distance() | Diameter() | VesselLength() | Angle():
            return {"kind": measurement.kind, "points_lps_mm": [list(point) for point in measurement.points_lps_mm]}


def _apart(points: Sequence[Sequence[float]], count: int) -> tuple[Triple, ...]:
    """The points, each apart from the one before it.

    Raises:
        PlanError: they are not.
    """
    if len(points) != count:
        raise PlanError(f"A measurement has {len(points)} points, not {count}.", cure=f"Give it {count} points.")
    near = tuple(near_triple(point, "points_lps_mm", _OWNER) for point in points)
    steps = np.diff(np.asarray(near), axis=0)
    if (np.linalg.norm(steps, axis=1) < _SAME_PLACE_MM).any():
        arm = say("arm_without_length") if count == 3 else say("ends_same")
        raise PlanError(arm)
    return near
