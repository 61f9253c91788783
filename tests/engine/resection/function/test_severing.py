"""Territories spare the veins along their borders; other cuts go by the centre line."""

from __future__ import annotations

import numpy as np
import pytest

from engine.resection.function import FunctionalRemnant
from engine.resection.plan import PlaneResection, Resection, ResectionPlan, TerritoryResection
from engine.resection.sides import Sides

from .conftest import ToyLiver, branch, toy_liver

SIXTH = TerritoryResection(segments=(7,), portal_branches=())


def liver_with_vein_at(y: float) -> ToyLiver:
    """60 x 40 x 20 mm; y below 20 is segment 2, the rest segment 6 (value 7); one vein runs along x at that y."""
    shape = (20, 40, 60)
    segment = np.full(shape, 2, dtype=np.uint8)
    segment[:, 20:] = 7
    return toy_liver(
        [
            branch(1, "portal", 0, (-20, 10, 10), (0, 10, 10), name="main"),
            branch(2, "portal", 1, (0, 10, 10), (60, 10, 10), name="left"),
            branch(3, "hepatic", 0, (-20, y, 10), (0, y, 10), radius=2.0),
            branch(4, "hepatic", 3, (0, y, 10), (60, y, 10), radius=2.0),
        ],
        np.full(shape, 2, dtype=np.uint16),
        np.full(shape, 4, dtype=np.uint16),
        segment=segment,
    )


def function_of(liver: ToyLiver, *resections: Resection) -> FunctionalRemnant:
    plan = ResectionPlan(resections=resections)
    sides = Sides(plan, liver.labels.geometry, liver_map=liver.liver_map, trees=liver.trees)
    evaluator = liver.evaluator()
    return evaluator.evaluate(sides, sides.rows(evaluator.window))


@pytest.mark.parametrize(("y", "congested"), [(18.0, False), (20.5, False), (23.0, False), (26.0, True), (30.0, True)])
def test_a_territory_takes_a_vein_only_where_it_lies_well_within(y: float, congested: bool) -> None:
    answer = function_of(liver_with_vein_at(y), SIXTH)
    assert answer.kept_ml == pytest.approx(24.0)
    # The first millimetres of the vein lie where the liver begins: beside it is no liver that is not the territory's.
    assert answer.congested_ml == pytest.approx(24.0 if congested else 0.0)


def test_a_plane_along_a_vein_goes_by_its_centre_line() -> None:
    liver = liver_with_vein_at(20.5)
    for y, congested in ((20.4, 24.0 + 1.2), (20.6, 0.0)):
        plane = PlaneResection(point_lps_mm=(0.0, y, 0.0), normal_lps=(0.0, 1.0, 0.0))
        answer = function_of(liver, plane)
        assert answer.congested_ml == pytest.approx(min(congested, answer.kept_ml))


def test_a_plane_beside_a_territory_keeps_its_own_rule() -> None:
    liver = liver_with_vein_at(20.5)
    plane = PlaneResection(point_lps_mm=(30.0, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))
    alone, together = function_of(liver, plane), function_of(liver, plane, SIXTH)
    # The vein is cut at x = 30 either way; the territory spares what lies before.
    assert alone.congested_ml == together.congested_ml == 0.0
    assert (together.functional_ml or 0.0) <= (alone.functional_ml or 0.0)
