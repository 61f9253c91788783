import pytest

from engine.clinical import BodyData, NamedVolume, body_quantities, chosen_thresholds, remnant_quantities
from engine.clinical.thresholds import LiverCondition
from engine.interval import Interval

BODY = BodyData(height_cm=170, weight_kg=70)
REMNANT = NamedVolume(key="", title="remnant without tumour", ml=450.0, interval=Interval(low=430.0, high=470.0))


def by_key(quantities):
    return {quantity.key: quantity for quantity in quantities}


def test_sflr_is_given_by_both_formulas_and_each_is_named():
    numbers = by_key(remnant_quantities(REMNANT, BODY, chosen_thresholds(condition=LiverCondition.NORMAL)))
    vauthey, urata = numbers["sflr_vauthey_percent"], numbers["sflr_urata_percent"]
    assert vauthey.value == pytest.approx(100 * 450 / 1510, abs=0.02)
    assert urata.value == pytest.approx(100 * 450 / 1286, abs=0.02)
    assert "Vauthey" in vauthey.title and "Urata" in urata.title
    assert vauthey.interval.low == pytest.approx(vauthey.value * 430 / 450)
    assert vauthey.comparison.side == "at_or_above"


def test_remnant_to_body_weight_is_a_percentage_by_weight():
    number = by_key(remnant_quantities(REMNANT, BODY, chosen_thresholds()))["rlv_bw_percent"]
    assert number.value == pytest.approx(100 * 450 / 70_000)
    assert number.interval.high == pytest.approx(100 * 470 / 70_000)
    assert number.comparison.threshold.value == 0.55


def test_without_a_height_only_body_weight_is_compared_with():
    body = BodyData(weight_kg=70)
    assert [q.key for q in remnant_quantities(REMNANT, body, chosen_thresholds())] == ["rlv_bw_percent"]
    assert body_quantities(body) == ()


def test_a_formula_that_does_not_hold_for_a_small_child_gives_no_number():
    child = BodyData(height_cm=60, weight_kg=5)
    numbers = by_key(body_quantities(child))
    assert numbers["telv_vauthey_ml"].value is None
    assert numbers["telv_urata_ml"].value > 0
    assert by_key(remnant_quantities(REMNANT, child, chosen_thresholds()))["sflr_vauthey_percent"].value is None


def test_the_estimated_volumes_are_the_worked_ones():
    numbers = by_key(body_quantities(BODY))
    assert numbers["telv_vauthey_ml"].value == pytest.approx(1510, abs=0.5)
    assert numbers["telv_urata_ml"].value == pytest.approx(1286, abs=0.5)
