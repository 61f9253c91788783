"""The search as a whole."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import OperationCancelledError, PlanError
from engine.proposals import Constraints, Problem, propose
from engine.proposals.anatomical import anatomical_plans
from engine.proposals.coarse import Samples
from engine.proposals.drafts import DraftBoard
from engine.proposals.front import overlap
from engine.proposals.scene import scene_of
from engine.proposals.wedges import WedgeChoice
from engine.resection.plan import ResectionPlan, TerritoryResection, WedgeResection, plan_from_json


class _Stopping:
    """Cancels half-way."""

    def __init__(self) -> None:
        self.fractions: list[float] = []

    def stage(self, name: str) -> None:
        assert name

    def advance(self, fraction: float, detail: str = "") -> None:
        self.fractions.append(fraction)
        if fraction > 0.3:
            raise OperationCancelledError("Stopped.", cure="")


def test_three_to_five_distinct_plans_of_several_kinds_are_found(mapped: Problem) -> None:
    found = propose(mapped)
    assert 3 <= len(found) <= 5
    assert len({one.kind for one in found}) >= 3
    scene_points = mapped.labels.geometry.lps_from_index(np.argwhere(mapped.labels.labels > 0)[::50, ::-1])
    taken = [mapped.evaluator.sides(one.plan).signed(scene_points) > 0 for one in found]
    for first in range(len(found)):
        for second in range(first):
            assert overlap(taken[first], taken[second]) < 0.95


def test_every_plan_keeps_the_margin_and_none_beats_another(mapped: Problem) -> None:
    found = propose(mapped)
    costs = np.array([one.score.as_costs(5.0) for one in found])
    for index, one in enumerate(found):
        assert min(m.minimum_mm for m in one.answer.margins if m.minimum_mm is not None) >= 5.0 - 1e-3
        assert all(m.status == "resected" for m in one.answer.margins)
        assert not any(np.all(c <= costs[index]) and np.any(c < costs[index]) for c in costs)


def test_the_weighed_numbers_are_those_of_the_answer(mapped: Problem) -> None:
    for one in propose(mapped):
        assert one.answer.function is not None
        assert one.answer.function.flr is not None
        assert one.score.remnant_percent == one.answer.function.flr.percent
        again = mapped.evaluator.evaluate(plan_from_json(one.plan.as_json()))
        assert again.flr == one.answer.flr


def test_the_segment_that_holds_the_tumour_and_the_sections_around_it_are_candidates(mapped: Problem) -> None:
    found = [plan.resections for plan in _anatomical(mapped)]
    assert (TerritoryResection(segments=(2,)),) in found
    assert (TerritoryResection(segments=(2, 3)),) in found  # left lateral sectionectomy
    assert (TerritoryResection(portal_branches=(2,)),) in found
    assert (TerritoryResection(portal_branches=(1,)),) not in found  # that is the whole liver


def test_a_tumour_that_a_named_resection_does_not_hold_gets_a_wedge_beside_it(mapped_both: Problem) -> None:
    beside = [plan for plan in _anatomical(mapped_both) if len(plan.resections) == 2]
    lateral = next(plan for plan in beside if plan.resections[0] == TerritoryResection(segments=(2, 3)))
    assert isinstance(lateral.resections[1], WedgeResection)
    assert lateral.resections[1].tumour == "tumour_02"


def _anatomical(problem: Problem) -> list[ResectionPlan]:
    scene = scene_of(problem.labels, problem.constraints)
    samples = Samples(scene, problem.labels, problem.trees, problem.liver_map, frozenset())
    choice = WedgeChoice(DraftBoard(samples, problem.constraints, lambda: None), scene, 5.0)
    assert problem.liver_map is not None
    assert problem.trees is not None
    return list(anatomical_plans(problem.labels, scene, problem.liver_map, problem.trees, choice))


def test_a_spared_branch_is_not_cut_and_nor_is_what_feeds_it(mapped: Problem) -> None:
    free = propose(mapped)
    assert any(2 in one.answer.function.severed_branches for one in free if one.answer.function is not None)
    spared = propose(replace(mapped, constraints=Constraints(margin_mm=0.0, spare_branches=(6,))))
    for one in spared:
        assert one.answer.function is not None
        assert not {4, 6} & set(one.answer.function.severed_branches)


def test_a_remnant_that_no_plan_leaves_is_refused_with_what_the_tumour_leaves_at_most(mapped: Problem) -> None:
    with pytest.raises(PlanError, match=r"Tumour 1 alone leaves \d\d\.\d % at most, of 99 % asked for") as refused:
        propose(replace(mapped, constraints=Constraints(margin_mm=5.0, minimum_flr_percent=99.0)))
    assert refused.value.cure == "Leave tumour 1 out, or ask for a smaller remnant."


def test_a_refusal_names_the_margin_at_which_the_tumour_could_be_taken(mapped: Problem) -> None:
    most = max(one.score.remnant_percent for one in propose(replace(mapped, constraints=Constraints(margin_mm=2.0))))
    asked = Constraints(margin_mm=20.0, minimum_flr_percent=most - 3.0)
    with pytest.raises(PlanError, match="Tumour 1 alone, taken with 20 mm of margin, leaves") as refused:
        propose(replace(mapped, constraints=asked))
    margin = re.search(r"or ask for (\d+\.\d) mm of margin: (\d+) % are left then", refused.value.cure)
    assert margin is not None
    helped = propose(replace(mapped, constraints=replace(asked, margin_mm=float(margin[1]))))
    assert max(one.score.remnant_percent for one in helped) >= float(margin[2]) - 1.0


def test_the_tumour_that_must_not_be_taken_without_a_spared_vessel_is_named(mapped: Problem) -> None:
    with pytest.raises(PlanError, match="takes tumour 1 with 5 mm of margin cuts a vessel that is to be spared"):
        propose(replace(mapped, constraints=Constraints(margin_mm=5.0, spare_branches=(2, 5))))


def test_a_plan_that_leaves_nothing_is_no_plan(mapped_hilum: Problem) -> None:
    with pytest.raises(PlanError, match=r"Tumour 1 alone.* leaves 0\.\d % at most, of 1 % asked for"):
        propose(replace(mapped_hilum, constraints=Constraints(margin_mm=30.0, minimum_flr_percent=0.0)))


def test_sparing_a_branch_that_the_case_lacks_is_refused(mapped: Problem, plain: Problem) -> None:
    with pytest.raises(PlanError, match="no vessel branch 77 to spare") as caught:
        propose(replace(mapped, constraints=Constraints(spare_branches=(2, 77))))
    assert "1 to 6" in caught.value.cure
    with pytest.raises(PlanError, match="no vessel branch 1 to spare") as caught:
        propose(replace(plain, constraints=Constraints(spare_branches=(1,))))
    assert "no vessel trees" in caught.value.cure


def test_without_hepatic_veins_what_remains_is_weighed_by_volume(mapped_portal_only: Problem) -> None:
    found = propose(mapped_portal_only)
    for one in found:
        assert one.answer.flr is not None
        assert one.score.remnant_percent == one.answer.flr.percent


def test_naming_no_tumour_at_all_is_refused(plain: Problem) -> None:
    with pytest.raises(PlanError, match="No tumour was named"):
        propose(replace(plain, constraints=Constraints(tumours=())))


def test_thousands_of_candidates_are_rated(mapped: Problem) -> None:
    told: list[str] = []

    class Listening:
        def stage(self, name: str) -> None:
            told.append(name)

        def advance(self, fraction: float, detail: str = "") -> None:
            told.append(detail)

    propose(mapped, Listening())
    assert int(told[-1].split()[0]) >= 2_000


def test_tumours_on_both_sides_are_taken_by_wedges(plain: Problem) -> None:
    found = propose(plain)
    best = max(found, key=lambda one: one.score.remnant_percent)
    assert best.kind == "wedge"
    assert len(best.plan.resections) == 2
    assert best.answer.function is None


def test_only_the_tumours_asked_for_are_taken(plain: Problem) -> None:
    found = propose(replace(plain, constraints=Constraints(margin_mm=5.0, tumours=("tumour_01",))))
    best = max(found, key=lambda one: one.score.remnant_percent)
    status = {margin.tumour: margin.status for margin in best.answer.margins}
    assert status == {"tumour_01": "resected", "tumour_02": "remnant"}


def test_a_tumour_the_case_lacks_is_named(plain: Problem) -> None:
    with pytest.raises(PlanError, match="tumour_07") as caught:
        propose(replace(plain, constraints=Constraints(tumours=("tumour_07",))))
    assert "tumour_01, tumour_02" in caught.value.cure


def test_the_search_can_be_stopped(plain: Problem) -> None:
    stopping = _Stopping()
    with pytest.raises(OperationCancelledError):
        propose(plain, stopping)
    assert stopping.fractions == sorted(stopping.fractions)


@pytest.mark.parametrize("margin_mm", [-1.0, float("nan"), 1000.0])
def test_a_margin_that_makes_no_sense_is_refused(margin_mm: float) -> None:
    with pytest.raises(PlanError, match="margin asked for makes no sense"):
        Constraints(margin_mm=margin_mm)


@pytest.mark.parametrize("percent", [-1.0, float("inf"), 100.0])
def test_a_remnant_that_makes_no_sense_is_refused(percent: float) -> None:
    with pytest.raises(PlanError, match="remnant asked for makes no sense"):
        Constraints(minimum_flr_percent=percent)
