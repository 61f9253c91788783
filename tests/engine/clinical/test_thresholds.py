import pytest

from engine.clinical import LiverCondition, Measure, Thresholds, chosen_thresholds, threshold_from_text
from engine.errors import ClinicalInputError
from engine.interval import Interval


def test_a_threshold_keeps_the_source_a_person_names():
    threshold = threshold_from_text("sflr=35:our board, 2026")
    assert (threshold.measure, threshold.value, threshold.source) == (Measure.SFLR, 35.0, "our board, 2026")


def test_a_threshold_without_a_source_is_called_entered():
    assert threshold_from_text("margin=5").source == "entered"


@pytest.mark.parametrize("text", ["", "sflr", "sflr=", "sflr=many", "sflr=-1", "sflr=inf", "sflr=nan", "age=40"])
def test_what_is_no_threshold_is_refused(text):
    with pytest.raises(ClinicalInputError) as caught:
        threshold_from_text(text)
    assert "sflr" in caught.value.cure


def test_what_a_person_enters_replaces_what_was_published():
    chosen = chosen_thresholds([threshold_from_text("rlv_bw=0.8")])
    assert chosen.of(Measure.RLV_BW).value == 0.8
    assert chosen.of(Measure.KGR).value == 2.0


@pytest.mark.parametrize(
    ("condition", "minimum"),
    [(LiverCondition.NORMAL, 20), (LiverCondition.CHEMOTHERAPY, 30), (LiverCondition.CIRRHOSIS, 40)],
)
def test_the_published_sflr_follows_what_the_person_says_of_the_liver(condition, minimum):
    assert chosen_thresholds(condition=condition).of(Measure.SFLR).value == minimum


def test_no_sflr_is_compared_with_before_the_person_says_what_the_liver_is_like():
    assert chosen_thresholds().of(Measure.SFLR) is None


def test_donors_have_limits_of_their_own():
    chosen = chosen_thresholds(donor=True)
    assert chosen.of(Measure.GRWR).value == 0.8
    assert chosen.of(Measure.MARGIN) is None


def test_one_measure_has_one_threshold():
    with pytest.raises(ClinicalInputError):
        chosen_thresholds([threshold_from_text("grwr=0.8"), threshold_from_text("grwr=0.7")])


@pytest.mark.parametrize(
    ("value", "interval", "side", "across"),
    [
        (29.9, Interval(low=28.0, high=31.0), "below", True),
        (29.9, Interval(low=28.0, high=29.95), "below", False),
        (30.0, Interval(low=30.0, high=31.0), "at_or_above", False),
        (31.0, None, "at_or_above", None),
    ],
)
def test_a_comparison_states_the_side_and_whether_the_interval_leaves_it_open(value, interval, side, across):
    thresholds = Thresholds(limits=(threshold_from_text("sflr=30"),))
    comparison = thresholds.compare(Measure.SFLR, value, interval)
    assert (comparison.side, comparison.interval_reaches_across) == (side, across)


def test_nothing_is_compared_where_there_is_no_limit_or_no_number():
    thresholds = Thresholds(limits=(threshold_from_text("sflr=30"),))
    assert thresholds.compare(Measure.FLR, 20.0, None) is None
    assert thresholds.compare(Measure.SFLR, None, None) is None
    assert thresholds.compare(None, 20.0, None) is None
