"""The engine's answer on the wire: nothing is changed, and what a drag has no time for is null."""

from __future__ import annotations

import pytest

from engine.case import Case
from engine.clinical import BodyData, body_file_of, write_body
from engine.resection import PlaneResection, PlanEvaluator, ResectionPlan
from streaming.planning.numbers import evaluate_numbers, numbers_of
from streaming.planning.planning_case import LOG_FILE, open_planning_case
from streaming.protocol import BodyState, PlaneResectionState

PLANE = PlaneResectionState(resection_id="r", point_lps_mm=(-15.0, 8.0, -115.0), normal_lps=(-1.0, 0.2, 0.0))
PLAN = ResectionPlan(resections=(PlaneResection(point_lps_mm=PLANE.point_lps_mm, normal_lps=PLANE.normal_lps),))
BODY = BodyState(weight_kg=70.0, height_cm=175.0)


@pytest.fixture(scope="module")
def evaluator(_template) -> PlanEvaluator:
    case = Case.open(_template / "small")
    return PlanEvaluator(case.labels(), trees=case.vessel_trees(), liver_map=case.liver_map())


def test_the_functional_remnant_is_the_engines_with_its_names(evaluator) -> None:
    answer = evaluator.evaluate(PLAN)
    sent = numbers_of(answer).function
    assert sent.functional_flr_percent == answer.function.flr.percent
    assert (sent.numerator, sent.denominator) == (answer.function.flr.numerator, answer.function.flr.denominator)
    assert sent.congested_ml == answer.function.congested_ml
    assert sum(one.volume_ml for one in sent.congested_by_branch) == pytest.approx(sent.congested_ml)
    parts = (sent.functional_ml, sent.devascularised_ml, sent.congested_ml, -sent.both_ml, sent.not_assigned_ml)
    liver = next(one for one in numbers_of(answer).volumes if one.name == "liver")
    assert sum(parts) == pytest.approx(liver.remnant_ml)


def test_cut_branches_name_their_tree_and_what_they_cost(evaluator) -> None:
    cut = numbers_of(evaluator.evaluate(PLAN)).cut_branches
    assert {one.title for one in cut} >= {"Left portal vein", "Right hepatic vein"}
    assert all(one.calibre_mm > 0 for one in cut)


def test_a_drag_gets_what_it_has_time_for_and_nulls_for_the_rest(evaluator) -> None:
    full = evaluate_numbers(evaluator, (PLANE,), details=True, body=BODY)
    quick = evaluate_numbers(evaluator, (PLANE,), details=False, body=BODY)
    assert quick.flr_percent == full.flr_percent
    assert quick.function.functional_flr_percent == full.function.functional_flr_percent
    assert [one.minimum_mm for one in quick.margins] == [one.minimum_mm for one in full.margins]
    assert (quick.cut_branches, quick.vessels_crossed, quick.cut_area_mm2, quick.pieces) == (None, None, None, None)
    assert (quick.function.devascularised_by_branch, quick.function.congested_by_branch) == (None, None)
    assert [one.value for one in quick.body] == [one.value for one in full.body]
    assert {one.meaning for one in quick.body} == {None}
    assert len(quick.model_dump_json()) < 6000, "it goes to everybody at 60 Hz"


def test_without_vessel_trees_there_is_no_functional_remnant(_template) -> None:
    case = Case.open(_template / "small")
    numbers = evaluate_numbers(PlanEvaluator(case.labels()), (PLANE,), details=True)
    assert (numbers.function, numbers.cut_branches) == (None, None)
    assert numbers.flr_percent is not None


def test_body_data_kept_beside_the_plan_give_the_standardised_remnant(cases) -> None:
    case = Case.open(cases / "small")
    (case.path / "session").mkdir()
    body = BodyData(weight_kg=BODY.weight_kg, height_cm=BODY.height_cm)
    write_body(body_file_of(case.path / "session" / LOG_FILE), body)
    opened = open_planning_case(case, at="2026-01-02T03:04:05Z")
    opened.log.close()
    assert opened.start.plan.body == BODY
    numbers = opened.numbers((PLANE,), opened.start.plan.body, details=True)
    by_key = {one.key: one for one in numbers.body}
    telv_ml = -794.41 + 1267.28 * (175.0 * 70.0 / 3600.0) ** 0.5
    remnant_ml = numbers.flr_tumour_free_percent / 100.0 * _tumour_free_ml(numbers)
    assert by_key["sflr_vauthey_percent"].value == pytest.approx(100.0 * remnant_ml / telv_ml)
    assert "Vauthey" in by_key["sflr_vauthey_percent"].meaning


def _tumour_free_ml(numbers) -> float:
    return sum(
        one.total_ml if one.name == "liver" else -one.total_ml
        for one in numbers.volumes
        if one.name == "liver" or one.name.startswith("tumour")
    )


def test_damaged_body_data_are_left_out_and_the_case_opens(cases) -> None:
    case = Case.open(cases / "small")
    (case.path / "session").mkdir()
    body_file_of(case.path / "session" / LOG_FILE).write_text('{"weight_kg": 1.75}')
    opened = open_planning_case(case, at="2026-01-02T03:04:05Z")
    opened.log.close()
    assert opened.start.plan.body is None
    assert opened.numbers((PLANE,), opened.start.plan.body, details=False).body is None
