"""What people put beside the resections of a plan: measurements and pins.

A measurement says what is measured, never how long it is: the number is the server's (`Measured`), counted anew when
the plan or the case changes. Lengths are patient millimetres.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from streaming.protocol.base import Identifier, PointLps, WireModel

PinText = TypeAliasType("PinText", Annotated[str, Field(min_length=1, max_length=200)])


class DistanceState(WireModel):
    """The straight line between two points."""

    measurement_id: Identifier
    kind: Literal["distance"] = "distance"
    points_lps_mm: tuple[PointLps, PointLps]


class AngleState(WireModel):
    """The angle at the second of three points."""

    measurement_id: Identifier
    kind: Literal["angle"] = "angle"
    points_lps_mm: tuple[PointLps, PointLps, PointLps]


class DiameterState(WireModel):
    """Across something, from one side to the other."""

    measurement_id: Identifier
    kind: Literal["diameter"] = "diameter"
    points_lps_mm: tuple[PointLps, PointLps]


class TumourDiameterState(WireModel):
    """The longest diameter of a tumour in an axial plane (RECIST 1.1)."""

    measurement_id: Identifier
    kind: Literal["tumour"] = "tumour"
    tumour: Identifier


class VesselLengthState(WireModel):
    """Along the centre lines of one vessel tree between two points on them."""

    measurement_id: Identifier
    kind: Literal["vessel"] = "vessel"
    points_lps_mm: tuple[PointLps, PointLps]


class CutAreaState(WireModel):
    """Area in the liver of one resection's cut, or of all of the plan together where it names none."""

    measurement_id: Identifier
    kind: Literal["area"] = "area"
    resection_id: Identifier | None


MeasurementState = TypeAliasType(
    "MeasurementState",
    Annotated[
        DistanceState | AngleState | DiameterState | TumourDiameterState | VesselLengthState | CutAreaState,
        Field(discriminator="kind"),
    ],
)


class PinState(WireModel):
    """A place with a word on it. No names, dates or numbers of patients belong there."""

    pin_id: Identifier
    point_lps_mm: PointLps
    text: PinText


class NoteAuthor(WireModel):
    """Who set it, as they were called and coloured then."""

    client_id: Identifier
    display_name: Annotated[str, Field(max_length=40)]
    colour: Annotated[str, Field(max_length=16)]


class KeptMeasurement(WireModel):
    """A measurement of the plan."""

    measurement: MeasurementState
    by: NoteAuthor


class KeptPin(WireModel):
    """A pin of the plan."""

    pin: PinState
    by: NoteAuthor


class MeasuredValue(WireModel):
    """What a measurement comes to; `value` is null where it cannot be measured, and `message` says why.

    `line_lps_mm` is where it runs: the points, the tumour's ends, the centre line walked. The calibres are diameters of
    the vessel along that line, null for everything else.
    """

    measurement_id: Identifier
    value: float | None
    unit: Literal["mm", "degrees", "cm2"]
    line_lps_mm: tuple[PointLps, ...]
    mean_calibre_mm: float | None
    least_calibre_mm: float | None
    message: str
    cure: str
