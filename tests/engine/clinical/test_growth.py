import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clinical import (
    BodyData,
    RemnantAtScan,
    checked_days,
    chosen_thresholds,
    days_between,
    growth_quantities,
)
from engine.clinical.growth import difference_interval
from engine.errors import ClinicalInputError
from engine.interval import Interval

BODY = BodyData(height_cm=170, weight_kg=70)
TELV = 1510.2


def grown(before, after, days=28.0, body=BODY):
    quantities = growth_quantities(before, after, days=days, body=body, thresholds=chosen_thresholds())
    return {quantity.key: quantity for quantity in quantities}


def test_the_growth_rate_is_percentage_points_of_sflr_per_week():
    numbers = grown(RemnantAtScan(ml=300.0), RemnantAtScan(ml=450.0))
    assert numbers["hypertrophy_vauthey_percent"].value == pytest.approx(100 * 150 / TELV, abs=0.01)
    assert numbers["kgr_vauthey_percent_per_week"].value == pytest.approx(100 * 150 / TELV / 4, abs=0.01)
    assert numbers["growth_of_remnant_percent"].value == pytest.approx(50.0)


def test_both_formulas_are_named_beside_the_rate_and_the_weeks_are_printed():
    numbers = grown(RemnantAtScan(ml=300.0), RemnantAtScan(ml=450.0))
    assert numbers["kgr_urata_percent_per_week"].title == "KGR over 4.0 weeks (Urata)"
    assert numbers["kgr_vauthey_percent_per_week"].comparison.threshold.value == 2.0


def test_the_interval_of_a_difference_is_the_root_of_both_squared():
    before = RemnantAtScan(ml=300.0, interval=Interval(low=297.0, high=303.0))
    after = RemnantAtScan(ml=400.0, interval=Interval(low=396.0, high=404.0))
    interval = difference_interval(before, after)
    assert (interval.low, interval.high) == (pytest.approx(95.0), pytest.approx(105.0))
    rate = grown(before, after)["kgr_vauthey_percent_per_week"]
    assert rate.interval.high - rate.interval.low == pytest.approx(100 * 10 / TELV / 4, abs=0.001)


def test_a_remnant_that_shrank_has_a_negative_rate():
    assert grown(RemnantAtScan(ml=400.0), RemnantAtScan(ml=380.0))["kgr_vauthey_percent_per_week"].value < 0


def test_without_a_body_growth_is_given_in_millilitres_alone():
    numbers = grown(RemnantAtScan(ml=300.0), RemnantAtScan(ml=450.0), body=None)
    assert numbers["growth_ml"].value == 150.0
    assert not [key for key in numbers if key.startswith("kgr")]


@given(
    st.floats(1, 3000), st.floats(1, 3000), st.floats(0, 100), st.floats(0, 100), st.floats(0, 100), st.floats(0, 100)
)
def test_the_difference_lies_in_its_interval(before, after, a, b, c, d):
    interval = difference_interval(
        RemnantAtScan(ml=before, interval=Interval(low=before - a, high=before + b)),
        RemnantAtScan(ml=after, interval=Interval(low=after - c, high=after + d)),
    )
    assert interval.low <= after - before <= interval.high
    assert interval.half_width <= (a + b + c + d) / 2 + 1e-9


def test_days_are_counted_between_two_dates():
    assert days_between("2026-01-31", "2026-02-28") == 28.0


@pytest.mark.parametrize(("before", "after"), [("2026-02-28", "2026-01-31"), ("2026-01-01", "2026-01-01"), ("x", "y")])
def test_dates_the_wrong_way_round_or_none_are_refused(before, after):
    with pytest.raises(ClinicalInputError):
        days_between(before, after)


@pytest.mark.parametrize("days", [0.0, -1.0, float("nan"), float("inf"), 5000.0])
def test_a_time_that_makes_no_rate_is_refused(days):
    with pytest.raises(ClinicalInputError):
        checked_days(days)
