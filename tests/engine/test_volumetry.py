"""The formulas against the worked numbers of their sources."""

from __future__ import annotations

import math

import pytest

from engine.volumetry import (
    TelvFormula,
    body_surface_area_m2,
    estimated_liver_volume_ml,
    flr_percent,
    graft_to_recipient_weight_percent,
    kinetic_growth,
    remnant_to_body_weight_percent,
    standardised_flr_percent,
)


@pytest.mark.parametrize(
    ("height_cm", "weight_kg", "vauthey_ml", "urata_ml"),
    [(170, 70, 1510, 1286), (180, 85, 1818, 1458), (160, 55, 1187, 1107)],
)
def test_estimated_liver_volumes_match_the_worked_examples(
    height_cm: float, weight_kg: float, vauthey_ml: float, urata_ml: float
) -> None:
    body = {"height_cm": height_cm, "weight_kg": weight_kg}
    assert estimated_liver_volume_ml(**body, formula=TelvFormula.VAUTHEY) == pytest.approx(vauthey_ml, abs=0.5)
    assert estimated_liver_volume_ml(**body, formula=TelvFormula.URATA) == pytest.approx(urata_ml, abs=0.5)


def test_mosteller_body_surface_is_two_square_metres_for_180_cm_and_80_kg() -> None:
    assert body_surface_area_m2(height_cm=180.0, weight_kg=80.0) == pytest.approx(2.0)


def test_flr_and_sflr_have_different_denominators() -> None:
    assert flr_percent(remnant_ml=450.0, total_ml=1500.0) == pytest.approx(30.0)
    assert standardised_flr_percent(remnant_ml=450.0, estimated_total_ml=1800.0) == pytest.approx(25.0)


def test_sflr_may_exceed_the_estimated_liver() -> None:
    assert standardised_flr_percent(remnant_ml=1600.0, estimated_total_ml=1500.0) > 100.0


def test_remnant_and_graft_are_parts_of_body_weight() -> None:
    assert remnant_to_body_weight_percent(remnant_ml=385.0, weight_kg=70.0) == pytest.approx(0.55)
    assert graft_to_recipient_weight_percent(graft_ml=560.0, recipient_weight_kg=70.0) == pytest.approx(0.8)
    assert graft_to_recipient_weight_percent(
        graft_ml=560.0, recipient_weight_kg=70.0, density_g_per_ml=1.05
    ) == pytest.approx(0.84)


def test_kinetic_growth_names_its_interval() -> None:
    growth = kinetic_growth(sflr_before_percent=22.0, sflr_after_percent=31.0, interval_days=31.5)
    assert growth.percent_per_week == pytest.approx(2.0)
    assert growth.interval_weeks == pytest.approx(4.5)
    assert growth.degree_of_hypertrophy_percent == pytest.approx(9.0)


def test_a_shrinking_remnant_has_a_negative_rate() -> None:
    assert kinetic_growth(sflr_before_percent=30.0, sflr_after_percent=29.0, interval_days=7).percent_per_week < 0.0


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_bodies_and_totals_that_make_no_sense_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="weight_kg"):
        body_surface_area_m2(height_cm=170.0, weight_kg=bad)
    with pytest.raises(ValueError, match="height_cm"):
        estimated_liver_volume_ml(height_cm=bad, weight_kg=70.0, formula=TelvFormula.URATA)
    with pytest.raises(ValueError, match="total_ml"):
        flr_percent(remnant_ml=1.0, total_ml=bad)
    with pytest.raises(ValueError, match="interval_days"):
        kinetic_growth(sflr_before_percent=20.0, sflr_after_percent=30.0, interval_days=bad)


def test_a_remnant_larger_than_the_liver_is_refused() -> None:
    with pytest.raises(ValueError, match="remnant"):
        flr_percent(remnant_ml=1501.0, total_ml=1500.0)


def test_a_body_too_small_for_the_formula_is_refused() -> None:
    with pytest.raises(ValueError, match="vauthey"):
        estimated_liver_volume_ml(height_cm=60.0, weight_kg=5.0, formula=TelvFormula.VAUTHEY)
