"""The Pareto front and the choice of a few distinct plans."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.proposals.front import Score, alike, clearly_beats, distinct, nearness_to_best, overlap, pareto_front

COSTS = arrays(np.float64, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(0, 4).map(float))


@given(COSTS)
def test_nothing_on_the_front_is_beaten_and_everything_off_it_is(costs: np.ndarray) -> None:
    front = set(pareto_front(costs).tolist())
    for index, row in enumerate(costs):
        beaten = any(np.all(other <= row) and np.any(other < row) for other in costs)
        assert (index in front) == (not beaten)


def test_margin_beyond_twice_what_was_asked_buys_nothing() -> None:
    wide = Score(margin_mm=40.0, remnant_percent=50.0, cut_area_mm2=1.0, cut_calibre_mm=1.0)
    enough = Score(margin_mm=20.0, remnant_percent=50.0, cut_area_mm2=1.0, cut_calibre_mm=1.0)
    assert wide.as_costs(10.0) == enough.as_costs(10.0)


def test_the_plan_that_is_best_in_everything_is_nearest_to_the_best() -> None:
    costs = np.array([[1.0, 1.0], [0.0, 0.0], [0.5, 2.0]])
    assert int(np.argmin(nearness_to_best(costs))) == 1
    assert nearness_to_best(costs)[1] == 0.0


def test_a_column_without_a_spread_does_not_count() -> None:
    assert np.isfinite(nearness_to_best(np.array([[1.0, 7.0], [2.0, 7.0]]))).all()


def test_plans_that_take_almost_the_same_liver_are_shown_once() -> None:
    one = np.arange(100) < 50
    almost = np.arange(100) < 51
    other = np.arange(100) >= 50
    assert distinct([0, 1, 2], [one, almost, other], most=5) == [0, 2]
    assert distinct([0, 1, 2], [one, almost, other], most=1) == [0]


def test_overlap_is_the_jaccard_index() -> None:
    assert overlap(np.array([True, True, False]), np.array([False, True, True])) == 1 / 3
    assert overlap(np.zeros(3, dtype=bool), np.zeros(3, dtype=bool)) == 1.0


def test_a_plan_is_beaten_clearly_where_its_only_lead_is_too_small_to_matter() -> None:
    good = Score(margin_mm=10.2, remnant_percent=88.0, cut_area_mm2=8000.0, cut_calibre_mm=26.0)
    poor = Score(margin_mm=10.3, remnant_percent=54.0, cut_area_mm2=20600.0, cut_calibre_mm=27.0)
    wide = Score(margin_mm=15.0, remnant_percent=54.0, cut_area_mm2=20600.0, cut_calibre_mm=27.0)
    assert clearly_beats(good, poor)
    assert not clearly_beats(poor, good)
    assert not clearly_beats(good, wide)
    assert not clearly_beats(good, good)
    assert alike(good, Score(margin_mm=10.5, remnant_percent=87.8, cut_area_mm2=8100.0, cut_calibre_mm=25.5))
    assert not alike(poor, wide)
