"""The sentence that says why a plan is shown."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.proposals.front import Score
from engine.proposals.reasons import Clause
from engine.proposals.reasons import reasons as told
from engine.proposals.titles import vessel_name
from engine.resection.function import CutBranch, FunctionalRemnant

THRIFTY = Score(margin_mm=10.0, remnant_percent=80.0, cut_area_mm2=9000.0, cut_calibre_mm=12.0)
WIDE = Score(margin_mm=18.0, remnant_percent=60.0, cut_area_mm2=5000.0, cut_calibre_mm=0.0)
BETWEEN = Score(margin_mm=12.0, remnant_percent=70.0, cut_area_mm2=7000.0, cut_calibre_mm=6.0)


def reasons(scores: Sequence[Score], functions: Sequence[FunctionalRemnant | None]) -> list[str]:
    return [one.sentence for one in told(scores, functions)]


def _cutting(*branches: CutBranch) -> FunctionalRemnant:
    return FunctionalRemnant(
        side="remnant",
        kept_ml=1.0,
        devascularised_ml=0.0,
        congested_ml=0.0,
        both_ml=0.0,
        functional_ml=1.0,
        not_assigned_ml=0.0,
        direct_ml=0.0,
        unsure_ml=0.0,
        unseen_ml=0.0,
        flr=None,
        flr_tumour_free=None,
        severed_branches=(),
        cut_branches=branches,
    )


def _branch(name: str, calibre_mm: float) -> CutBranch:
    return CutBranch(
        branch=1,
        tree="hepatic",
        name=name,
        position_lps_mm=(0.0, 0.0, 0.0),
        calibre_mm=calibre_mm,
        severs=True,
        territory_ml=1.0,
        remnant_lost_ml=0.0,
    )


def test_each_sentence_names_what_the_plan_leads_in_and_what_that_costs() -> None:
    thrifty, wide, between = reasons([THRIFTY, WIDE, BETWEEN], [None, None, None])
    assert thrifty == "Keeps the largest remnant (80 %)."
    assert wide == (
        "Has the widest margin (18 mm) and has the smallest cut surface (50 cm²); "
        "keeps 60 % remnant, 20 points less than the most."
    )
    assert between == (
        "Has 2 mm more margin, 20 cm² less cut surface and 6 mm less calibre cut than the plan that keeps most; "
        "keeps 70 % remnant, 10 points less than the most."
    )


def test_the_largest_vessel_cut_is_named() -> None:
    cutting = _cutting(_branch("right", 3.0), _branch("middle", 7.2))
    first, second = reasons([THRIFTY, WIDE], [cutting, _cutting()])
    assert first.endswith("; the largest vessel cut is a branch of the middle hepatic vein (7 mm).")
    assert "cuts the least vessel (0 mm of calibre in all)" not in second
    assert second.endswith("; cuts no vessel that was seen.")


def test_a_lead_too_small_to_matter_is_not_claimed() -> None:
    hardly = Score(margin_mm=10.2, remnant_percent=80.2, cut_area_mm2=8990.0, cut_calibre_mm=11.9)
    first = reasons([hardly, THRIFTY], [None, None])[0]
    assert first == "Keeps as much remnant as any (80 %)."


def test_one_point_is_not_called_points() -> None:
    less = Score(margin_mm=14.0, remnant_percent=79.0, cut_area_mm2=9000.0, cut_calibre_mm=12.0)
    assert reasons([less, THRIFTY], [None, None])[0].endswith("keeps 79 % remnant, 1 point less than the most.")


def test_a_single_plan_says_that_it_is_the_only_one() -> None:
    assert reasons([WIDE], [None])[0] == (
        "The only plan found within the limits: 60 % remnant, 18 mm margin, 50 cm² of cut."
    )


@pytest.mark.parametrize(
    ("tree", "name", "words"),
    [
        ("portal", "segment_5", "a portal branch to segment V"),
        ("portal", "posterior", "a branch of the right posterior portal vein"),
        ("hepatic", "left", "a branch of the left hepatic vein"),
        ("portal", "", "an unnamed branch of the portal veins"),
    ],
)
def test_vessels_are_named_in_words(tree: str, name: str, words: str) -> None:
    assert vessel_name(tree, name) == words  # type: ignore[arg-type]


def test_what_a_sentence_says_can_be_worded_in_another_language() -> None:
    cutting = _cutting(_branch("middle", 7.2))
    _, wide = told([THRIFTY, WIDE], [cutting, cutting])
    assert wide.clauses == (
        Clause(code="widest_margin", values=("18",)),
        Clause(code="smallest_cut", values=("50",)),
        Clause(code="less_functional", values=("60", "20")),
        Clause(code="vessel", values=("hepatic", "middle", "7")),
    )
