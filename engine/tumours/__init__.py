"""Tumours as instances: told apart, numbered by size, measured, summed up."""

from engine.tumours.burden import SizeCriterion, TumourBurden, tumour_burden
from engine.tumours.measures import TumourMeasure, length_uncertainty_mm, measure_tumours
from engine.tumours.numbering import SMALLEST_TUMOUR_ML, number_tumours

__all__ = [
    "SMALLEST_TUMOUR_ML",
    "SizeCriterion",
    "TumourBurden",
    "TumourMeasure",
    "length_uncertainty_mm",
    "measure_tumours",
    "number_tumours",
    "tumour_burden",
]
