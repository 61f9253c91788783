"""Measurements and pins that are kept in a plan: what is measured, and what it comes to in patient millimetres."""

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
    measurement_as_json,
)
from engine.resection.measurements.reading import PlanNotes, measurement_from_json, notes_from_json, pin_from_json
from engine.resection.measurements.surveyor import CaseAnatomy, Surveyor
from engine.resection.measurements.value import MeasuredValue
from engine.resection.measurements.vessel_way import ON_VESSEL_MM, VesselWay, vessel_way

__all__ = [
    "MAX_NOTES",
    "ON_VESSEL_MM",
    "Angle",
    "CaseAnatomy",
    "CutArea",
    "Diameter",
    "Distance",
    "MeasuredValue",
    "Measurement",
    "Pin",
    "PlanNotes",
    "Surveyor",
    "TumourDiameter",
    "VesselLength",
    "VesselWay",
    "measurement_as_json",
    "measurement_from_json",
    "notes_from_json",
    "pin_from_json",
    "vessel_way",
]
