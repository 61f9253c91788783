"""Resections that the real server makes for people: territories, wedges, surfaces through a line."""

from __future__ import annotations

import numpy as np
import pytest

from streaming.protocol import (
    AroundTumour,
    Committed,
    Numbers,
    OfTerritory,
    PlanState,
    Rejected,
    ReplacePlan,
    TerritoryResectionState,
    ThroughLine,
)

CENTRE = (-15.0, 8.0, -115.0)
"""About the middle of the small liver, LPS mm."""


def test_a_named_territory_is_made_and_resects_its_segments(running) -> None:
    ann, _, scene, plan = running.join("Ann")
    choice = next(one for one in scene.manifest.territories if one.title == "Left lateral sectionectomy")
    wish = OfTerritory(
        operation_id="t1",
        base_revision=plan.revision,
        resection_id="lateral",
        name=choice.name,
        segments=(),
        portal_branches=(),
    )
    ann.say(wish)
    assert ann.hear_a(Committed).operation_id == "t1"
    made = ann.hear_a(PlanState, lambda one: one.revision == 2).resections[-1]
    assert made == TerritoryResectionState(resection_id="lateral", segments=(2, 3), portal_branches=())
    ann.say(ReplacePlan(operation_id="t2", base_revision=2, resections=(made,)))
    numbers = ann.hear_a(Numbers, lambda one: one.revision == 3).numbers
    liver = next(one for one in numbers.volumes if one.name == "liver")
    assert liver.resected_ml == pytest.approx(choice.volume_ml, abs=1e-6)


@pytest.mark.parametrize(("name", "segments"), [("no_such_operation", ()), (None, ()), (None, (77,))])
def test_a_territory_that_this_liver_has_not_is_refused_with_a_cure(shared, name, segments) -> None:
    ann, _, _, plan = shared.join("Ann")
    wish = OfTerritory(
        operation_id=f"t-{name}-{len(segments)}",
        base_revision=plan.revision,
        resection_id="part",
        name=name,
        segments=segments,
        portal_branches=(),
    )
    ann.say(wish)
    rejected = ann.hear_a(Rejected)
    assert (rejected.operation_id, rejected.code) == (wish.operation_id, "invalid")
    assert rejected.cure


@pytest.mark.parametrize("shape", ["spheroid", "cone"])
def test_a_wedge_around_a_tumour_keeps_its_margin(running, shape: str) -> None:
    ann, _, _, plan = running.join("Ann")
    ann.say(
        AroundTumour(
            operation_id="w1",
            base_revision=plan.revision,
            resection_id="wedge",
            tumour="tumour_01",
            margin_mm=6.0,
            shape=shape,
        )
    )
    ann.hear_a(Committed)
    wedge = ann.hear_a(PlanState, lambda one: one.revision == 2).resections[-1]
    assert (wedge.kind, wedge.geometry.shape, wedge.tumour, wedge.margin_mm) == ("wedge", shape, "tumour_01", 6.0)
    ann.say(ReplacePlan(operation_id="w2", base_revision=2, resections=(wedge,)))
    (margin,) = ann.hear_a(Numbers, lambda one: one.revision == 3).numbers.margins
    assert margin.status == "resected"
    assert margin.minimum_mm >= 6.0 - 1e-6


def test_a_line_drawn_on_the_liver_becomes_a_surface_through_it(running) -> None:
    ann, _, _, plan = running.join("Ann")
    line = tuple((CENTRE[0] + 0.1 * y, CENTRE[1] + y, CENTRE[2] + 20.0) for y in np.linspace(-18.0, 18.0, 15).tolist())
    ann.say(ThroughLine(operation_id="l1", base_revision=plan.revision, resection_id="drawn", points_lps_mm=line))
    ann.hear_a(Committed)
    drawn = ann.hear_a(PlanState, lambda one: one.revision == 2).resections[-1]
    assert (drawn.kind, drawn.resection_id) == ("surface", "drawn")
    numbers = ann.hear_a(Numbers, lambda one: one.revision == 2).numbers
    assert numbers.volumes


def test_a_line_of_one_place_is_refused_with_a_cure(shared) -> None:
    ann, _, _, plan = shared.join("Ann")
    ann.say(
        ThroughLine(operation_id="l2", base_revision=plan.revision, resection_id="d", points_lps_mm=(CENTRE, CENTRE))
    )
    rejected = ann.hear_a(Rejected)
    assert (rejected.operation_id, rejected.code) == ("l2", "invalid")
    assert rejected.cure
