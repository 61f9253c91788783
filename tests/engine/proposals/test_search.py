"""The search as a whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import OperationCancelledError, PlanError
from engine.proposals import Constraints, Problem, propose
from engine.proposals.anatomical import territories
from engine.proposals.front import overlap
from engine.proposals.scene import scene_of
from engine.resection.plan import TerritoryResection, plan_from_json


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
    scene = scene_of(mapped.labels, mapped.constraints)
    assert mapped.liver_map is not None
    assert mapped.trees is not None
    found = list(territories(mapped.labels, scene, mapped.liver_map, mapped.trees))
    assert TerritoryResection(segments=(2,)) in found
    assert TerritoryResection(segments=(2, 3)) in found  # left lateral sectionectomy
    assert TerritoryResection(portal_branches=(2,)) in found
    assert TerritoryResection(portal_branches=(1,)) not in found  # that is the whole liver


def test_a_spared_branch_is_not_cut_and_nor_is_what_feeds_it(mapped: Problem) -> None:
    free = propose(mapped)
    assert any(2 in one.answer.function.severed_branches for one in free if one.answer.function is not None)
    spared = propose(replace(mapped, constraints=Constraints(margin_mm=0.0, spare_branches=(6,))))
    for one in spared:
        assert one.answer.function is not None
        assert not {4, 6} & set(one.answer.function.severed_branches)


def test_a_remnant_that_no_plan_leaves_is_refused_with_the_best_one(mapped: Problem) -> None:
    with pytest.raises(PlanError, match=r"leaves 99 % with 5 mm of margin; the most that one left is \d\d %"):
        propose(replace(mapped, constraints=Constraints(margin_mm=5.0, minimum_flr_percent=99.0)))


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
