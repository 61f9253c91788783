"""Reads the fields of a plan from parsed JSON; every refusal names the field."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from engine.errors import PlanError

FARTHEST_POINT_MM: Final = 100_000.0
"""A point beyond 100 m is a unit mistake, and far points cost the distances their digits."""

Triple = tuple[float, float, float]


def object_with(
    document: object, names: set[str], where: str, cure: str, *, optional: frozenset[str] = frozenset()
) -> Mapping[str, object]:
    """The document, if it is an object with these fields and no others.

    Raises:
        PlanError: it is not; the message names what is missing or unknown.
    """
    if not isinstance(document, Mapping):
        raise PlanError(f"{where} is {json_type(document)}, not an object.", cure=cure)
    if missing := sorted(names - set(document)):
        raise PlanError(f"{where} lacks {', '.join(repr(name) for name in missing)}.", cure=cure)
    if unknown := sorted(str(name)[:40] for name in set(document) - names - optional):
        raise PlanError(f"{where} has unknown fields: {', '.join(repr(name) for name in unknown[:5])}.", cure=cure)
    return document


def json_triple(value: object, name: str) -> Triple:
    """Three finite numbers.

    Raises:
        PlanError: the value is anything else.
    """
    cure = f"Write {name} as [x, y, z]."
    if not isinstance(value, list):
        raise PlanError(f"{name} is {json_type(value)}, not a list of three numbers.", cure=cure)
    if len(value) != 3:
        raise PlanError(f"{name} has {len(value)} numbers, not three.", cure=cure)
    if wrong := [entry for entry in value if isinstance(entry, bool) or not isinstance(entry, int | float)]:
        raise PlanError(f"{name} holds {json_type(wrong[0])}, not only numbers.", cure=cure)
    return finite_triple(value, name)


def json_number(value: object, name: str) -> float:
    """One finite number.

    Raises:
        PlanError: the value is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PlanError(f"{name} is {json_type(value)}, not a number.", cure=f"Write {name} as a number.")
    return finite_number(value, name)


def json_whole_numbers(value: object, name: str) -> tuple[int, ...]:
    """A list of whole numbers.

    Raises:
        PlanError: the value is anything else.
    """
    cure = f"Write {name} as a list of whole numbers."
    if not isinstance(value, list):
        raise PlanError(f"{name} is {json_type(value)}, not a list.", cure=cure)
    if wrong := [entry for entry in value if isinstance(entry, bool) or not isinstance(entry, int)]:
        raise PlanError(f"{name} holds {json_type(wrong[0])}, not only whole numbers.", cure=cure)
    return tuple(value)


def finite_triple(values: Sequence[float], name: str) -> Triple:
    """Three finite floats.

    Raises:
        PlanError: they are not three, not numbers or not finite.
    """
    try:
        x, y, z = (float(value) for value in values)
    except OverflowError:
        x = y = z = math.inf
    except (TypeError, ValueError):
        raise PlanError(f"{name} is not three numbers.", cure=f"Give {name} as x, y, z.") from None
    if not all(math.isfinite(value) for value in (x, y, z)):
        raise PlanError(f"{name} is not finite.", cure=f"Give {name} as three finite numbers.")
    return (x, y, z)


def finite_number(value: float, name: str) -> float:
    """One finite float.

    Raises:
        PlanError: it is no number or not finite.
    """
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    except (TypeError, ValueError):
        raise PlanError(f"{name} is not a number.", cure=f"Give {name} as a number.") from None
    if not math.isfinite(number):
        raise PlanError(f"{name} is not finite.", cure=f"Give {name} as a finite number.")
    return number


def near_triple(values: Sequence[float], name: str, owner: str) -> Triple:
    """A finite point within `FARTHEST_POINT_MM` of the origin.

    Args:
        values: LPS mm.
        name: the field's name.
        owner: what the point belongs to, e.g. "The point of a plane".

    Raises:
        PlanError: it is not finite or absurdly far away.
    """
    point = finite_triple(values, name)
    if max(abs(component) for component in point) > FARTHEST_POINT_MM:
        raise PlanError(
            f"{owner} lies more than 100 m from the origin of the scan.", cure=f"Give {name} in patient millimetres."
        )
    return point


def positive(value: float, name: str, *, most: float = FARTHEST_POINT_MM) -> float:
    """A finite number above zero.

    Raises:
        PlanError: it is not.
    """
    number = finite_number(value, name)
    if not 0.0 < number <= most:
        raise PlanError(f"{name} is not above 0 and at most {most:g}.", cure=f"Give {name} in this range.")
    return number


def json_type(value: object) -> str:
    """What JSON calls the value."""
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
