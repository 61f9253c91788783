"""A plan: one or several resections, whose union is resected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.errors import PlanError
from engine.resection.plan.fields import json_type, object_with
from engine.resection.plan.plane import PLANE_CURE, PlaneResection, plane_from_json
from engine.resection.plan.surface import SurfaceResection, surface_from_json
from engine.resection.plan.territory import TerritoryResection, territory_from_json
from engine.resection.plan.wedge import WedgeResection, wedge_from_json
from engine.sentences import say

MAX_RESECTIONS: Final = 16

BESIDE_RESECTIONS: Final = frozenset({"measurements", "pins"})
"""Fields of a plan's JSON that do not change what is cut."""

_PLAN_CURE: Final = 'Write {"resections": [{"kind": "plane", "point_lps_mm": [x, y, z], "normal_lps": [x, y, z]}]}.'

Resection: TypeAlias = PlaneResection | SurfaceResection | WedgeResection | TerritoryResection
"""Any kind of resection; every `match` on it ends with `assert_never`."""

_READERS: Final[dict[str, Callable[[object, str], Resection]]] = {
    "plane": plane_from_json,
    "surface": surface_from_json,
    "wedge": wedge_from_json,
    "territory": territory_from_json,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResectionPlan:
    """One or several resections; resected is their union.

    Raises:
        PlanError: the plan is empty or has more than `MAX_RESECTIONS`.
    """

    resections: tuple[Resection, ...]

    def __post_init__(self) -> None:
        """Refuses an empty or absurdly long plan."""
        object.__setattr__(self, "resections", tuple(self.resections))
        if not self.resections:
            raise PlanError(say("plan_without_cuts"))
        if len(self.resections) > MAX_RESECTIONS:
            raise PlanError(
                f"The plan has {len(self.resections)} resections.", cure=f"Use at most {MAX_RESECTIONS} in one plan."
            )

    @property
    def planes(self) -> tuple[PlaneResection, ...] | None:
        """The resections if all are planes, so that what remains is convex; else None."""
        planes = tuple(one for one in self.resections if isinstance(one, PlaneResection))
        return planes if len(planes) == len(self.resections) else None

    def as_json(self) -> dict[str, object]:
        """The plan as `plan_from_json` reads it."""
        return {"resections": [resection.as_json() for resection in self.resections]}


def plan_from_json(document: object) -> ResectionPlan:
    """Reads a plan from parsed JSON.

    Args:
        document: `{"resections": [...]}`; each with its "kind": "plane", "surface", "wedge" or "territory". What stands
            beside them (`BESIDE_RESECTIONS`) is read by `engine.resection.measurements`.

    Raises:
        PlanError: a field is missing, unknown or of the wrong type, or the plan makes no sense; the message names it.
    """
    plan = object_with(document, {"resections"}, "The plan", _PLAN_CURE, optional=BESIDE_RESECTIONS)
    resections = plan["resections"]
    if not isinstance(resections, list):
        raise PlanError(f"'resections' is {json_type(resections)}, not a list.", cure=_PLAN_CURE)
    return ResectionPlan(
        resections=tuple(
            resection_from_json(entry, f"Resection {number}") for number, entry in enumerate(resections, 1)
        )
    )


def resection_from_json(document: object, where: str = "The resection") -> Resection:
    """Reads one resection.

    Args:
        document: an object with its "kind".
        where: how messages call it.

    Raises:
        PlanError: it cannot be read.
    """
    if not isinstance(document, Mapping):
        raise PlanError(f"{where} is {json_type(document)}, not an object.", cure=PLANE_CURE)
    kind = document.get("kind")
    if kind is None:
        raise PlanError(f"{where} has no 'kind'.", cure=PLANE_CURE)
    if not isinstance(kind, str) or kind not in _READERS:
        shown = repr(kind[:40]) if isinstance(kind, str) else json_type(kind)
        known = ", ".join(f'"{name}"' for name in _READERS)
        raise PlanError(f"{where} is of unknown kind {shown}.", cure=f"Known kinds: {known}.")
    try:
        return _READERS[kind](document, where)
    except PlanError as error:
        if error.what.startswith(where):
            raise
        raise PlanError(f"{where}: {error.what}", cure=error.cure) from error
