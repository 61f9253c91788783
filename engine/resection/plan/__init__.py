"""Resection plans: what the person wants to cut, as implicit sides.

A resection is a function of space whose sign says which side a point is on: above zero is resected.
Several resections in one plan are a union, so their order does not matter and overlaps count once.
"""

from engine.resection.plan.fields import FARTHEST_POINT_MM
from engine.resection.plan.plan import MAX_RESECTIONS, Resection, ResectionPlan, plan_from_json, resection_from_json
from engine.resection.plan.plane import PlaneResection
from engine.resection.plan.surface import SurfaceResection
from engine.resection.plan.territory import BRISBANE_NAMES, TerritoryResection
from engine.resection.plan.wedge import Cone, Spheroid, WedgeResection, WedgeShape

__all__ = [
    "BRISBANE_NAMES",
    "FARTHEST_POINT_MM",
    "MAX_RESECTIONS",
    "Cone",
    "PlaneResection",
    "Resection",
    "ResectionPlan",
    "Spheroid",
    "SurfaceResection",
    "TerritoryResection",
    "WedgeResection",
    "WedgeShape",
    "plan_from_json",
    "resection_from_json",
]
