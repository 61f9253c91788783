"""Measurements and pins of the wire as the engine knows them, and what they come to back on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from engine.errors import PlanError
from engine.resection.measurements import (
    Angle,
    CutArea,
    Diameter,
    Distance,
    Measurement,
    Pin,
    TumourDiameter,
    VesselLength,
)
from engine.resection.measurements import MeasuredValue as EngineValue
from streaming.protocol import (
    AngleState,
    CutAreaState,
    DiameterState,
    DistanceState,
    MeasuredValue,
    MeasurementState,
    PinState,
    TumourDiameterState,
    VesselLengthState,
)

GONE: Final = 0
"""Place of a resection that the plan does not have."""


def engine_measurement(state: MeasurementState, resection_ids: Sequence[str]) -> Measurement:
    """The measurement as the engine counts it.

    Args:
        state: of the wire.
        resection_ids: of the plan in its order; one that is not among them becomes `GONE`.

    Raises:
        PlanError: it measures nothing.
    """
    match state:
        case DistanceState(points_lps_mm=points):
            return Distance(points_lps_mm=points)
        case DiameterState(points_lps_mm=points):
            return Diameter(points_lps_mm=points)
        case VesselLengthState(points_lps_mm=points):
            return VesselLength(points_lps_mm=points)
        case AngleState(points_lps_mm=corners):
            return Angle(points_lps_mm=corners)
        case TumourDiameterState(tumour=tumour):
            return TumourDiameter(tumour=tumour)
        case CutAreaState(resection_id=resection_id):
            return CutArea(resection=None if resection_id is None else _place(resection_id, resection_ids))
        case _:
            assert_never(state)


def engine_pin(state: PinState) -> Pin:
    """The pin as the engine keeps it.

    Raises:
        PlanError: its text cannot be shown.
    """
    return Pin(point_lps_mm=state.point_lps_mm, text=state.text)


def engine_note(state: MeasurementState | PinState, resection_ids: Sequence[str]) -> Measurement | Pin:
    """Either of both.

    Raises:
        PlanError: it measures or says nothing.
    """
    return engine_pin(state) if isinstance(state, PinState) else engine_measurement(state, resection_ids)


def measured_value(measurement_id: str, found: EngineValue) -> MeasuredValue:
    """A number on the wire."""
    return MeasuredValue(
        measurement_id=measurement_id,
        value=found.value,
        unit=found.unit,
        line_lps_mm=tuple((float(x), float(y), float(z)) for x, y, z in found.line_lps_mm),
        mean_calibre_mm=found.mean_calibre_mm,
        least_calibre_mm=found.least_calibre_mm,
        message="",
        cure="",
    )


def not_measured(state: MeasurementState, error: PlanError) -> MeasuredValue:
    """Why there is no number."""
    units: dict[str, str] = {"angle": "degrees", "area": "cm2"}
    return MeasuredValue.model_validate(
        {
            "measurement_id": state.measurement_id,
            "value": None,
            "unit": units.get(state.kind, "mm"),
            "line_lps_mm": (),
            "mean_calibre_mm": None,
            "least_calibre_mm": None,
            "message": error.what,
            "cure": error.cure,
        }
    )


def _place(resection_id: str, resection_ids: Sequence[str]) -> int:
    return resection_ids.index(resection_id) + 1 if resection_id in resection_ids else GONE
