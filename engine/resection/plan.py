"""Resection plans: what the person wants to cut, as implicit sides.

A resection is a function of space whose sign says which side a point is on: above zero is resected.
Several resections in one plan are a union, so their order does not matter and overlaps count once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError

MAX_RESECTIONS: Final = 16
FARTHEST_POINT_MM: Final = 100_000.0
"""A plane point beyond 100 m is a unit mistake, and far points cost the distances their digits."""

_PLANE_CURE: Final = 'Write {"kind": "plane", "point_lps_mm": [x, y, z], "normal_lps": [x, y, z]}.'
_PLAN_CURE: Final = 'Write {"resections": [{"kind": "plane", "point_lps_mm": [x, y, z], "normal_lps": [x, y, z]}]}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneResection:
    """A plane; the side its normal points to is resected.

    Attributes:
        point_lps_mm: a point on the plane, patient LPS mm.
        normal_lps: points to the resected side; any length but zero.

    Raises:
        PlanError: a component is not finite, the normal is zero or the point absurdly far away.
    """

    point_lps_mm: tuple[float, float, float]
    normal_lps: tuple[float, float, float]

    def __post_init__(self) -> None:
        """Refuses a plane that has no sides."""
        object.__setattr__(self, "point_lps_mm", _finite_triple(self.point_lps_mm, "point_lps_mm"))
        object.__setattr__(self, "normal_lps", _finite_triple(self.normal_lps, "normal_lps"))
        if not any(self.normal_lps):
            raise PlanError("The normal of a plane is zero.", cure="Give the direction of the side to resect.")
        if max(abs(component) for component in self.point_lps_mm) > FARTHEST_POINT_MM:
            raise PlanError(
                "The point of a plane lies more than 100 m from the origin of the scan.",
                cure="Give point_lps_mm in patient millimetres.",
            )

    @property
    def unit_normal_lps(self) -> NDArray[np.float64]:
        """(3,) normal of length one."""
        normal = np.array(self.normal_lps)
        normal = normal / np.abs(normal).max()  # first, so that 1e-200 and 1e200 do not under- or overflow
        unit: NDArray[np.float64] = normal / np.linalg.norm(normal)
        return unit

    def as_json(self) -> dict[str, object]:
        """The plane as `plan_from_json` reads it."""
        return {
            "kind": "plane",
            "point_lps_mm": list(self.point_lps_mm),
            "normal_lps": list(self.normal_lps),
        }


Resection: TypeAlias = PlaneResection
"""Any kind of resection. Curved ones join this union; every `match` on it ends with `assert_never`."""


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
            raise PlanError("The plan has no resections.", cure="Add at least one plane to 'resections'.")
        if len(self.resections) > MAX_RESECTIONS:
            raise PlanError(
                f"The plan has {len(self.resections)} resections.", cure=f"Use at most {MAX_RESECTIONS} in one plan."
            )

    def as_json(self) -> dict[str, object]:
        """The plan as `plan_from_json` reads it."""
        return {"resections": [resection.as_json() for resection in self.resections]}


def plan_from_json(document: object) -> ResectionPlan:
    """Reads a plan from parsed JSON.

    Args:
        document: `{"resections": [{"kind": "plane", "point_lps_mm": [x, y, z], "normal_lps": [x, y, z]}, ...]}`.

    Raises:
        PlanError: a field is missing, unknown or of the wrong type, or the plan makes no sense; the message names it.
    """
    plan = _object_with(document, {"resections"}, "The plan", _PLAN_CURE)
    resections = plan["resections"]
    if not isinstance(resections, list):
        raise PlanError(f"'resections' is {_json_type(resections)}, not a list.", cure=_PLAN_CURE)
    return ResectionPlan(
        resections=tuple(_resection_from_json(entry, number) for number, entry in enumerate(resections, start=1))
    )


def _resection_from_json(document: object, number: int) -> Resection:
    where = f"Resection {number}"
    if not isinstance(document, Mapping):
        raise PlanError(f"{where} is {_json_type(document)}, not an object.", cure=_PLANE_CURE)
    kind = document.get("kind")
    if kind is None:
        raise PlanError(f"{where} has no 'kind'.", cure=_PLANE_CURE)
    if kind != "plane":
        shown = repr(kind[:40]) if isinstance(kind, str) else _json_type(kind)
        raise PlanError(f"{where} is of unknown kind {shown}.", cure='Known kinds: "plane".')
    fields = _object_with(document, {"kind", "point_lps_mm", "normal_lps"}, where, _PLANE_CURE)
    try:
        return PlaneResection(
            point_lps_mm=_json_triple(fields["point_lps_mm"], "point_lps_mm"),
            normal_lps=_json_triple(fields["normal_lps"], "normal_lps"),
        )
    except PlanError as error:
        raise PlanError(f"{where}: {error.what}", cure=error.cure) from error


def _object_with(document: object, names: set[str], where: str, cure: str) -> Mapping[str, object]:
    if not isinstance(document, Mapping):
        raise PlanError(f"{where} is {_json_type(document)}, not an object.", cure=cure)
    if missing := sorted(names - set(document)):
        raise PlanError(f"{where} lacks {', '.join(repr(name) for name in missing)}.", cure=cure)
    if unknown := sorted(str(name)[:40] for name in set(document) - names):
        raise PlanError(f"{where} has unknown fields: {', '.join(repr(name) for name in unknown[:5])}.", cure=cure)
    return document


def _json_triple(value: object, name: str) -> tuple[float, float, float]:
    cure = f"Write {name} as [x, y, z]."
    if not isinstance(value, list):
        raise PlanError(f"{name} is {_json_type(value)}, not a list of three numbers.", cure=cure)
    if len(value) != 3:
        raise PlanError(f"{name} has {len(value)} numbers, not three.", cure=cure)
    if wrong := [entry for entry in value if isinstance(entry, bool) or not isinstance(entry, int | float)]:
        raise PlanError(f"{name} holds {_json_type(wrong[0])}, not only numbers.", cure=cure)
    return _finite_triple(value, name)


def _finite_triple(values: Sequence[float], name: str) -> tuple[float, float, float]:
    try:
        x, y, z = (float(value) for value in values)
    except OverflowError:
        x = y = z = math.inf
    except (TypeError, ValueError):
        raise PlanError(f"{name} is not three numbers.", cure=f"Give {name} as x, y, z.") from None
    if not all(math.isfinite(value) for value in (x, y, z)):
        raise PlanError(f"{name} is not finite.", cure=f"Give {name} as three finite numbers.")
    return (x, y, z)


def _json_type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"
