"""What a plan may be, and what a person reads when it may not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.errors import PlanError
from engine.resection import PlaneResection, ResectionPlan, plan_from_json

PLANE = {"kind": "plane", "point_lps_mm": [1.0, 2, 3.5], "normal_lps": [0, 0, 2]}


def test_a_plan_survives_the_round_trip_through_json() -> None:
    plan = plan_from_json({"resections": [PLANE, {**PLANE, "normal_lps": [1, -1, 0.5]}]})
    assert plan_from_json(json.loads(json.dumps(plan.as_json()))) == plan
    assert plan.resections[0] == PlaneResection(point_lps_mm=(1.0, 2.0, 3.5), normal_lps=(0.0, 0.0, 2.0))


@pytest.mark.parametrize("length", [1e-300, 1e-12, 3.0, 1e200])
def test_normals_of_any_length_mean_the_same(length: float) -> None:
    plane = PlaneResection(point_lps_mm=(0, 0, 0), normal_lps=(0.6 * length, 0.0, -0.8 * length))
    np.testing.assert_allclose(plane.unit_normal_lps, [0.6, 0.0, -0.8], rtol=1e-12)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (None, "null"),
        ([], "list"),
        ({}, "resections"),
        ({"resections": []}, "no resections"),
        ({"resections": "plane"}, "resections"),
        ({"resections": [PLANE], "margin": 5}, "margin"),
        ({"resections": [7]}, "Resection 1"),
        ({"resections": [PLANE, {"point_lps_mm": [0, 0, 0]}]}, "Resection 2 has no 'kind'"),
        ({"resections": [{**PLANE, "kind": "sphere"}]}, "sphere"),
        ({"resections": [{**PLANE, "kind": ["plane"]}]}, "kind"),
        ({"resections": [{**PLANE, "width": 1}]}, "width"),
        ({"resections": [{"kind": "plane", "point_lps_mm": [0, 0, 0]}]}, "normal_lps"),
        ({"resections": [{**PLANE, "normal_lps": [0, 0, 0]}]}, "zero"),
        ({"resections": [{**PLANE, "normal_lps": [0, 0.0, -0.0]}]}, "zero"),
        ({"resections": [{**PLANE, "normal_lps": [0, 1]}]}, "normal_lps has 2 numbers"),
        ({"resections": [{**PLANE, "normal_lps": "up"}]}, "normal_lps is a string"),
        ({"resections": [{**PLANE, "normal_lps": [True, 0, 0]}]}, "boolean"),
        ({"resections": [{**PLANE, "normal_lps": [None, 0, 0]}]}, "null"),
        ({"resections": [{**PLANE, "normal_lps": [float("nan"), 0, 1]}]}, "normal_lps is not finite"),
        ({"resections": [{**PLANE, "point_lps_mm": [float("inf"), 0, 1]}]}, "point_lps_mm is not finite"),
        ({"resections": [{**PLANE, "point_lps_mm": [10**400, 0, 1]}]}, "point_lps_mm is not finite"),
        ({"resections": [{**PLANE, "point_lps_mm": [0, 0, 1e9]}]}, "100 m"),
        ({"resections": [PLANE] * 17}, "17"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused_by_name(document: object, named: str) -> None:
    with pytest.raises(PlanError) as refused:
        plan_from_json(document)
    assert named in refused.value.what
    assert refused.value.cure


def test_the_constructor_refuses_what_json_refuses() -> None:
    with pytest.raises(PlanError):
        PlaneResection(point_lps_mm=(0, 0, 0), normal_lps=(0, 0, float("nan")))
    with pytest.raises(PlanError):
        PlaneResection(point_lps_mm=(0, 0), normal_lps=(0, 0, 1))  # type: ignore[arg-type]
    with pytest.raises(PlanError):
        ResectionPlan(resections=())
