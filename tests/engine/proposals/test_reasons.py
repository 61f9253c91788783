"""The sentence that says why a plan is shown."""

from __future__ import annotations

from engine.proposals.front import Score
from engine.proposals.reasons import reasons

THRIFTY = Score(margin_mm=10.0, remnant_percent=80.0, cut_area_mm2=9000.0, cut_calibre_mm=12.0)
WIDE = Score(margin_mm=18.0, remnant_percent=60.0, cut_area_mm2=5000.0, cut_calibre_mm=0.0)
BETWEEN = Score(margin_mm=12.0, remnant_percent=70.0, cut_area_mm2=7000.0, cut_calibre_mm=6.0)


def test_each_sentence_names_what_the_plan_leads_in() -> None:
    thrifty, wide, between = reasons([THRIFTY, WIDE, BETWEEN], functional=True)
    assert thrifty == "Of the plans shown it leaves the largest functional remnant (80 %)."
    assert "widest margin (18 mm)" in wide
    assert "smallest cut surface (50 cm²)" in wide
    assert "cuts no vessel that was seen" in wide
    assert between == "Lies between the others: 70 % functional remnant, 12 mm margin, 70 cm² of cut."


def test_a_lead_too_small_to_matter_is_not_claimed() -> None:
    hardly = Score(margin_mm=10.2, remnant_percent=80.2, cut_area_mm2=8990.0, cut_calibre_mm=11.9)
    assert reasons([hardly, THRIFTY], functional=False)[0].startswith("Lies between the others: 80 % remnant")


def test_a_single_plan_says_that_it_is_the_only_one() -> None:
    assert reasons([WIDE], functional=False)[0].startswith("The only plan found within the limits: 60 % remnant")
