"""A wedge around a tumour as a resection: a spheroid or a cone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.resection.plan.fields import (
    Triple,
    finite_triple,
    json_number,
    json_triple,
    json_type,
    near_triple,
    object_with,
    positive,
)
from engine.resection.plan.plane import unit_vector

WEDGE_CURE: Final = (
    'Write {"kind": "wedge", "shape": "spheroid", "centre_lps_mm": [x, y, z], "axis_lps": [x, y, z], '
    '"radius_across_mm": r, "radius_along_mm": h} or {"kind": "wedge", "shape": "cone", "apex_lps_mm": [x, y, z], '
    '"axis_lps": [x, y, z], "half_angle_degrees": a, "depth_mm": d}; "tumour" and "margin_mm" may be added.'
)
_MADE_AROUND: Final = frozenset({"tumour", "margin_mm"})
_NARROWEST_DEG: Final = 1.0
_WIDEST_DEG: Final = 89.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spheroid:
    """An ellipsoid of revolution; inside is resected. A sphere if both lengths are equal.

    Its side is f = 1 - |q|, with q the point from the centre in units of the half axes.

    Attributes:
        centre_lps_mm: its centre.
        axis_lps: axis of revolution, any length but zero.
        radius_across_mm: half axis across.
        radius_along_mm: half axis along.

    Raises:
        PlanError: a length is not positive, the axis is zero, something is not finite.
    """

    centre_lps_mm: Triple
    axis_lps: Triple
    radius_across_mm: float
    radius_along_mm: float

    def __post_init__(self) -> None:
        """Refuses a spheroid without an inside."""
        object.__setattr__(self, "centre_lps_mm", near_triple(self.centre_lps_mm, "centre_lps_mm", "The centre"))
        object.__setattr__(self, "axis_lps", _axis(self.axis_lps))
        object.__setattr__(self, "radius_across_mm", positive(self.radius_across_mm, "radius_across_mm"))
        object.__setattr__(self, "radius_along_mm", positive(self.radius_along_mm, "radius_along_mm"))

    def as_json(self) -> dict[str, object]:
        """The fields of the shape."""
        return {
            "shape": "spheroid",
            "centre_lps_mm": list(self.centre_lps_mm),
            "axis_lps": list(self.axis_lps),
            "radius_across_mm": self.radius_across_mm,
            "radius_along_mm": self.radius_along_mm,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Cone:
    """A circular cone from its apex in the liver to a flat base outside it; inside is resected.

    With a the distance of a point from the apex along the axis and r that from the axis, its side is
    f = min(a sin t - r cos t, depth - a), t the half angle: mm to the nearest of mantle and base from inside.

    Attributes:
        apex_lps_mm: the deepest point of the cut.
        axis_lps: from the apex outwards, any length but zero.
        half_angle_degrees: between axis and mantle, 1 to 89.
        depth_mm: from the apex to the base along the axis.

    Raises:
        PlanError: a length or angle is out of range, the axis is zero, something is not finite.
    """

    apex_lps_mm: Triple
    axis_lps: Triple
    half_angle_degrees: float
    depth_mm: float

    def __post_init__(self) -> None:
        """Refuses a cone without an inside."""
        object.__setattr__(self, "apex_lps_mm", near_triple(self.apex_lps_mm, "apex_lps_mm", "The apex"))
        object.__setattr__(self, "axis_lps", _axis(self.axis_lps))
        object.__setattr__(
            self, "half_angle_degrees", positive(self.half_angle_degrees, "half_angle_degrees", most=_WIDEST_DEG)
        )
        if self.half_angle_degrees < _NARROWEST_DEG:
            raise PlanError("The cone is a needle.", cure=f"Give half_angle_degrees of at least {_NARROWEST_DEG:g}.")
        object.__setattr__(self, "depth_mm", positive(self.depth_mm, "depth_mm"))

    def as_json(self) -> dict[str, object]:
        """The fields of the shape."""
        return {
            "shape": "cone",
            "apex_lps_mm": list(self.apex_lps_mm),
            "axis_lps": list(self.axis_lps),
            "half_angle_degrees": self.half_angle_degrees,
            "depth_mm": self.depth_mm,
        }


WedgeShape: TypeAlias = Spheroid | Cone


@dataclass(frozen=True, slots=True, kw_only=True)
class WedgeResection:
    """A local resection: what lies inside the shape is resected.

    Attributes:
        shape: spheroid or cone.
        tumour: name of the tumour it was made around, e.g. "tumour_01"; None if drawn freely. For people: nothing is
            computed from it.
        margin_mm: the margin it was made for, likewise.
    """

    shape: WedgeShape
    tumour: str | None = None
    margin_mm: float | None = None

    def __post_init__(self) -> None:
        """Refuses a margin that is none."""
        if self.tumour is not None and (not isinstance(self.tumour, str) or not 0 < len(self.tumour) <= 40):
            raise PlanError("The tumour of a wedge is no name.", cure='Write "tumour" as "tumour_01", or leave it out.')
        if self.margin_mm is not None:
            margin_mm = json_number(self.margin_mm, "margin_mm")
            if margin_mm < 0.0:
                raise PlanError("margin_mm is below zero.", cure="Give the margin in mm, 0 or more.")
            object.__setattr__(self, "margin_mm", margin_mm)

    @property
    def axis_lps(self) -> NDArray[np.float64]:
        """(3,) unit axis."""
        return unit_vector(self.shape.axis_lps)

    def as_json(self) -> dict[str, object]:
        """The wedge as `plan_from_json` reads it."""
        document: dict[str, object] = {"kind": "wedge", **self.shape.as_json()}
        if self.tumour is not None:
            document["tumour"] = self.tumour
        if self.margin_mm is not None:
            document["margin_mm"] = self.margin_mm
        return document


def wedge_from_json(document: object, where: str) -> WedgeResection:
    """Reads a wedge.

    Raises:
        PlanError: a field is missing, unknown or wrong.
    """
    named = document.get("shape") if isinstance(document, dict) else None
    shape: WedgeShape
    match named:
        case "spheroid":
            names = {"kind", "shape", "centre_lps_mm", "axis_lps", "radius_across_mm", "radius_along_mm"}
            fields = object_with(document, names, where, WEDGE_CURE, optional=_MADE_AROUND)
            shape = Spheroid(
                centre_lps_mm=json_triple(fields["centre_lps_mm"], "centre_lps_mm"),
                axis_lps=json_triple(fields["axis_lps"], "axis_lps"),
                radius_across_mm=json_number(fields["radius_across_mm"], "radius_across_mm"),
                radius_along_mm=json_number(fields["radius_along_mm"], "radius_along_mm"),
            )
        case "cone":
            names = {"kind", "shape", "apex_lps_mm", "axis_lps", "half_angle_degrees", "depth_mm"}
            fields = object_with(document, names, where, WEDGE_CURE, optional=_MADE_AROUND)
            shape = Cone(
                apex_lps_mm=json_triple(fields["apex_lps_mm"], "apex_lps_mm"),
                axis_lps=json_triple(fields["axis_lps"], "axis_lps"),
                half_angle_degrees=json_number(fields["half_angle_degrees"], "half_angle_degrees"),
                depth_mm=json_number(fields["depth_mm"], "depth_mm"),
            )
        case _:
            shown = repr(named[:40]) if isinstance(named, str) else json_type(named)
            raise PlanError(f"The shape of a wedge is {shown}.", cure='Known shapes: "spheroid", "cone".')
    return _wedge(shape, fields.get("tumour"), fields.get("margin_mm"))


def _wedge(shape: WedgeShape, tumour: object, margin_mm: object) -> WedgeResection:
    if tumour is not None and not isinstance(tumour, str):
        raise PlanError(f"tumour is {json_type(tumour)}, not a name.", cure='Write "tumour" as "tumour_01".')
    return WedgeResection(
        shape=shape, tumour=tumour, margin_mm=None if margin_mm is None else json_number(margin_mm, "margin_mm")
    )


def _axis(values: Triple) -> Triple:
    axis = finite_triple(values, "axis_lps")
    if not any(axis):
        raise PlanError("The axis of a wedge is zero.", cure="Give its direction.")
    return axis
