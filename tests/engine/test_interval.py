import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.interval import Interval

ENDS = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(("low", "high"), [(2.0, 1.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_what_is_no_interval_is_refused(low, high):
    with pytest.raises(ValueError, match="finite ends"):
        Interval(low=low, high=high)


@given(ENDS, ENDS, st.floats(-100, 100), st.floats(0, 1))
def test_a_point_of_an_interval_stays_in_it_when_both_are_scaled(first, second, factor, share):
    interval = Interval(low=min(first, second), high=max(first, second))
    point = interval.low + share * (interval.high - interval.low)
    scaled = interval.scaled(factor)
    assert scaled.low - 1e-6 <= point * factor <= scaled.high + 1e-6


def test_widening_moves_both_ends_and_a_volume_stays_above_nothing():
    interval = Interval(low=1.0, high=3.0).widened(2.0)
    assert interval.as_json() == [-1.0, 5.0]
    assert interval.at_least(0.0).as_json() == [0.0, 5.0]
    assert interval.half_width == 3.0
