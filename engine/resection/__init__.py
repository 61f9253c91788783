"""Resection plans and their numbers: what is removed, what remains, how near the tumours the cut passes.

Light to import: the compiled kernels load with `PlanEvaluator`, `warm_up` or the distance fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.resection.answer import PlanAnswer
from engine.resection.plan import (
    Cone,
    PlaneResection,
    Resection,
    ResectionPlan,
    Spheroid,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
    plan_from_json,
    resection_from_json,
)

if TYPE_CHECKING:
    from engine.resection.evaluator import PlanEvaluator
    from engine.resection.rehearsal import warm_up

__all__ = [
    "Cone",
    "PlanAnswer",
    "PlanEvaluator",
    "PlaneResection",
    "Resection",
    "ResectionPlan",
    "Spheroid",
    "SurfaceResection",
    "TerritoryResection",
    "WedgeResection",
    "plan_from_json",
    "resection_from_json",
    "warm_up",
]


def __getattr__(name: str) -> object:
    if name == "PlanEvaluator":
        from engine.resection.evaluator import PlanEvaluator

        return PlanEvaluator
    if name == "warm_up":
        from engine.resection.rehearsal import warm_up

        return warm_up
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
