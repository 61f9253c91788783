"""What a plan may be, and what a person reads when it may not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.errors import PlanError
from engine.resection import PlaneResection, ResectionPlan, TerritoryResection, plan_from_json

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


POINTS = [[10.0 * c, 10.0 * r, 0.0] for r in range(4) for c in range(4)]
SURFACE = {"kind": "surface", "control_points_lps_mm": POINTS}
SPHEROID = {
    "kind": "wedge",
    "shape": "spheroid",
    "centre_lps_mm": [0, 0, 0],
    "axis_lps": [0, 0, 1],
    "radius_across_mm": 10,
    "radius_along_mm": 12,
}
CONE = {
    "kind": "wedge",
    "shape": "cone",
    "apex_lps_mm": [0, 0, 0],
    "axis_lps": [0, 0, 1],
    "half_angle_degrees": 30,
    "depth_mm": 50,
}
TERRITORY = {"kind": "territory", "segments": [3, 2]}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({**SURFACE, "control_points_lps_mm": POINTS[:15]}, "15 points"),
        ({**SURFACE, "control_points_lps_mm": "flat"}, "a string"),
        ({**SURFACE, "control_points_lps_mm": [*POINTS[:15], [1, 2]]}, "control_points_lps_mm[15] has 2 numbers"),
        ({**SURFACE, "control_points_lps_mm": [[1, 2, 3]] * 16}, "one point"),
        ({**SPHEROID, "shape": "cube"}, "'cube'"),
        ({k: v for k, v in SPHEROID.items() if k != "shape"}, "shape of a wedge is null"),
        ({**SPHEROID, "radius_across_mm": 0}, "radius_across_mm is not above 0"),
        ({**SPHEROID, "axis_lps": [0, 0, 0]}, "axis of a wedge is zero"),
        ({**SPHEROID, "depth_mm": 3}, "unknown fields: 'depth_mm'"),
        ({**SPHEROID, "margin_mm": -1}, "margin_mm is below zero"),
        ({**SPHEROID, "tumour": 7}, "tumour is a number"),
        ({**CONE, "half_angle_degrees": 90}, "half_angle_degrees"),
        ({**CONE, "half_angle_degrees": 0.5}, "needle"),
        ({**CONE, "apex_lps_mm": [0, 0, 1e9]}, "100 m"),
        ({**TERRITORY, "segments": [10]}, "no segment 10"),
        ({**TERRITORY, "segments": []}, "names no segment"),
        ({**TERRITORY, "segments": [2.5]}, "not only whole numbers"),
        ({**TERRITORY, "portal_branches": [0]}, "no portal branch 0"),
        ({"kind": "territory"}, "lacks 'segments'"),
    ],
)
def test_a_resection_of_any_kind_that_cannot_be_read_is_refused_by_name(document: object, named: str) -> None:
    with pytest.raises(PlanError) as refused:
        plan_from_json({"resections": [PLANE, document]})
    assert "Resection 2" in refused.value.what
    assert named in refused.value.what
    assert refused.value.cure


def test_territories_carry_their_brisbane_name() -> None:
    names = {
        (7, 6, 8, 9): "Right hemihepatectomy",
        (2, 3): "Left lateral sectionectomy",
        (5, 4, 3, 2, 1): "Left hemihepatectomy with segment I",
        (7,): "Segmentectomy VI",
        (3, 6): "Resection of segments III, V",
    }
    for segments, name in names.items():
        assert TerritoryResection(segments=segments).name == name
    assert TerritoryResection(portal_branches=(4,)).name == "Territory of portal branch 4"
    assert TerritoryResection(segments=(3, 2)) == TerritoryResection(segments=(2, 3, 3))
