"""Numbers beside a patient: body data, thresholds with their sources, growth, donors, plans compared.

Takes plain values (millilitres, intervals) and knows nothing of how they were measured; `engine.plan_report`,
`engine.serial_volumetry`, `engine.donor_report` and `engine.self_check` bring both together.
"""

from engine.clinical.body import BodyData, body_file_of, body_from_json, read_body, write_body
from engine.clinical.comparison import ComparedRow, ComparisonTable, PlanNumbers, compare_plans
from engine.clinical.growth import RemnantAtScan, checked_days, days_between, growth_quantities
from engine.clinical.quantity import Quantity
from engine.clinical.remnant import NamedVolume, body_quantities, remnant_quantities, telv_ml
from engine.clinical.thresholds import (
    Comparison,
    LiverCondition,
    Measure,
    Threshold,
    Thresholds,
    chosen_thresholds,
    threshold_from_text,
    thresholds_from_texts,
)

__all__ = [
    "BodyData",
    "ComparedRow",
    "Comparison",
    "ComparisonTable",
    "LiverCondition",
    "Measure",
    "NamedVolume",
    "PlanNumbers",
    "Quantity",
    "RemnantAtScan",
    "Threshold",
    "Thresholds",
    "body_file_of",
    "body_from_json",
    "body_quantities",
    "checked_days",
    "chosen_thresholds",
    "compare_plans",
    "days_between",
    "growth_quantities",
    "read_body",
    "remnant_quantities",
    "telv_ml",
    "threshold_from_text",
    "thresholds_from_texts",
    "write_body",
]
