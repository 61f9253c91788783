"""Measurements and pins from a plan's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.errors import PlanError
from engine.resection.measurements.kinds import (
    MAX_NOTES,
    Angle,
    CutArea,
    Diameter,
    Distance,
    Measurement,
    Pin,
    TumourDiameter,
    VesselLength,
)
from engine.resection.plan.fields import Triple, json_triple, json_type, object_with

_POINTS_CURE: Final = 'Write {"kind": "distance", "points_lps_mm": [[x, y, z], [x, y, z]]}.'
_PIN_CURE: Final = 'Write {"point_lps_mm": [x, y, z], "text": "keep this vein"}.'
_BETWEEN_TWO: Final[dict[str, type[Distance | Diameter | VesselLength]]] = {
    "distance": Distance,
    "diameter": Diameter,
    "vessel": VesselLength,
}
_KINDS: Final = ("distance", "angle", "diameter", "vessel", "tumour", "area")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNotes:
    """What stands beside the resections of a plan."""

    measurements: tuple[Measurement, ...] = ()
    pins: tuple[Pin, ...] = ()


def notes_from_json(document: object) -> PlanNotes:
    """Reads the measurements and pins of a plan; none where it has none.

    Args:
        document: `{"resections": [...], "measurements": [...], "pins": [...]}`, the last two optional.

    Raises:
        PlanError: one cannot be read, or there are too many.
    """
    lists = {}
    for name in ("measurements", "pins"):
        entries = document.get(name, []) if isinstance(document, Mapping) else []
        if not isinstance(entries, list):
            raise PlanError(f"'{name}' is {json_type(entries)}, not a list.", cure=f'Write "{name}": [...].')
        lists[name] = entries
    if sum(map(len, lists.values())) > MAX_NOTES:
        raise PlanError(
            f"The plan has more than {MAX_NOTES} measurements and pins.", cure="Delete those that are not needed."
        )
    return PlanNotes(
        measurements=tuple(
            measurement_from_json(one, f"Measurement {number}") for number, one in enumerate(lists["measurements"], 1)
        ),
        pins=tuple(pin_from_json(one, f"Pin {number}") for number, one in enumerate(lists["pins"], 1)),
    )


def measurement_from_json(document: object, where: str = "The measurement") -> Measurement:
    """Reads one measurement.

    Args:
        document: an object with its "kind".
        where: how messages call it.

    Raises:
        PlanError: it cannot be read or measures nothing.
    """
    if not isinstance(document, Mapping):
        raise PlanError(f"{where} is {json_type(document)}, not an object.", cure=_POINTS_CURE)
    kind = document.get("kind")
    if kind not in _KINDS:
        raise PlanError(f"{where} is of no known kind.", cure=f"Known kinds: {', '.join(_KINDS)}.")
    if kind == "tumour":
        return TumourDiameter(tumour=_text(object_with(document, {"kind", "tumour"}, where, _POINTS_CURE)["tumour"]))
    if kind == "area":
        number = object_with(document, {"kind", "resection"}, where, _POINTS_CURE)["resection"]
        if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
            raise PlanError(f"{where}: 'resection' is {json_type(number)}.", cure="Give its number from 1, or null.")
        return CutArea(resection=number)
    points = _points(object_with(document, {"kind", "points_lps_mm"}, where, _POINTS_CURE)["points_lps_mm"], where)
    if len(points) != (3 if kind == "angle" else 2):
        raise PlanError(f"{where} has {len(points)} points.", cure="An angle has three points, a length two.")
    if kind == "angle":
        return Angle(points_lps_mm=(points[0], points[1], points[2]))
    return _BETWEEN_TWO[str(kind)](points_lps_mm=(points[0], points[1]))


def pin_from_json(document: object, where: str = "The pin") -> Pin:
    """Reads one pin.

    Raises:
        PlanError: it cannot be read or says nothing.
    """
    fields = object_with(document, {"point_lps_mm", "text"}, where, _PIN_CURE)
    return Pin(point_lps_mm=json_triple(fields["point_lps_mm"], "point_lps_mm"), text=_text(fields["text"]))


def _points(value: object, where: str) -> list[Triple]:
    if not isinstance(value, list):
        raise PlanError(f"{where}: 'points_lps_mm' is {json_type(value)}, not a list.", cure=_POINTS_CURE)
    return [json_triple(point, "a point of points_lps_mm") for point in value[:4]]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise PlanError(f"A text is {json_type(value)}.", cure="Write it in quotation marks.")
    return value
