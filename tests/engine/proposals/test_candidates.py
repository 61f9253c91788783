"""Every candidate keeps the margin it was made for, by the evaluator's own measure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.proposals.clusters import groupings
from engine.proposals.constraints import Constraints
from engine.proposals.curved import bowls
from engine.proposals.planes import around, clearing_planes, directions, resected_share
from engine.proposals.scene import scene_of
from engine.proposals.ways_out import ways_out
from engine.proposals.wedges import BestWedges, wedge_plans
from engine.resection import PlanEvaluator
from engine.resection.plan import ResectionPlan
from engine.volume import LabelVolume

MARGIN_MM = 8.0


def _remnant(evaluator: PlanEvaluator) -> Callable[[ResectionPlan], float]:
    return lambda plan: evaluator.evaluate(plan, details=False).flr.percent  # type: ignore[union-attr]


def test_directions_are_unit_vectors_that_leave_no_gap() -> None:
    unit = directions()
    assert np.allclose(np.linalg.norm(unit, axis=1), 1.0)
    probes = np.random.default_rng(3).normal(size=(400, 3))
    probes /= np.linalg.norm(probes, axis=1)[:, None]
    assert np.degrees(np.arccos((probes @ unit.T).max(axis=1).clip(-1, 1))).max() < 5.0


def test_vectors_around_a_direction_keep_their_angle() -> None:
    turned = around(np.array([0.0, 0.6, 0.8]), 3.0)
    assert np.allclose(np.degrees(np.arccos(turned @ [0.0, 0.6, 0.8])), 3.0)


def test_planes_clear_the_tumour_by_the_margin_and_hardly_more(one_tumour: LabelVolume) -> None:
    scene = scene_of(one_tumour, Constraints(margin_mm=MARGIN_MM))
    evaluator = PlanEvaluator(one_tumour)
    for plane in clearing_planes(scene, directions(40), MARGIN_MM):
        (margin,) = evaluator.evaluate(ResectionPlan(resections=(plane,)), details=False).margins
        assert margin.status == "resected"
        assert margin.minimum_mm is not None
        assert MARGIN_MM <= margin.minimum_mm <= MARGIN_MM + 0.1


def test_the_share_by_samples_is_near_the_counted_one(one_tumour: LabelVolume) -> None:
    scene = scene_of(one_tumour, Constraints(margin_mm=MARGIN_MM))
    normals = directions(12)
    shares = resected_share(scene, normals, MARGIN_MM)
    for share, plane in zip(shares, clearing_planes(scene, normals, MARGIN_MM), strict=True):
        answer = PlanEvaluator(one_tumour).evaluate(ResectionPlan(resections=(plane,)), details=False)
        assert answer.flr is not None
        assert 100.0 * (1.0 - share) == pytest.approx(answer.flr.percent, abs=2.5)


def test_bowls_clear_the_tumour_and_leave_more_than_their_plane(one_tumour: LabelVolume) -> None:
    scene = scene_of(one_tumour, Constraints(margin_mm=MARGIN_MM))
    evaluator = PlanEvaluator(one_tumour)
    normal = np.array([0.9, 0.3, 0.316])
    normal /= np.linalg.norm(normal)
    (plane,) = clearing_planes(scene, normal[None], MARGIN_MM)
    flat = evaluator.evaluate(ResectionPlan(resections=(plane,)), details=False)
    answers = [
        evaluator.evaluate(ResectionPlan(resections=(bowl,)), details=False) for bowl in bowls(scene, normal, MARGIN_MM)
    ]
    assert len(answers) >= 15
    for answer in answers:
        assert answer.margins[0].status == "resected"
        assert answer.margins[0].minimum_mm is not None
        assert answer.margins[0].minimum_mm >= MARGIN_MM - 1e-3
    assert flat.flr is not None
    assert max(answer.flr.percent for answer in answers if answer.flr) > flat.flr.percent


def test_wedges_of_every_shape_clear_their_tumours(two_sides: LabelVolume) -> None:
    scene = scene_of(two_sides, Constraints(margin_mm=MARGIN_MM))
    evaluator = PlanEvaluator(two_sides)
    plans = list(wedge_plans(scene, BestWedges(scene, MARGIN_MM, _remnant(evaluator))))
    assert {len(plan.resections) for plan in plans} == {1, 2}
    for plan in plans:
        for margin in evaluator.evaluate(plan, details=False).margins:
            assert margin.status == "resected"
            assert margin.minimum_mm is not None
            assert margin.minimum_mm >= MARGIN_MM - 1e-3


def test_wedges_open_at_the_surface_of_the_liver(one_tumour: LabelVolume) -> None:
    scene = scene_of(one_tumour, Constraints(margin_mm=MARGIN_MM))
    evaluator = PlanEvaluator(one_tumour)
    for plan in wedge_plans(scene, BestWedges(scene, MARGIN_MM, _remnant(evaluator))):
        signed = evaluator.sides(plan).signed(scene.rim_lps_mm)
        assert (signed > 0).any()


def test_ways_out_are_the_nearest_and_lie_apart(one_tumour: LabelVolume) -> None:
    scene = scene_of(one_tumour, Constraints())
    start = scene.targets[0].centre_lps_mm
    found = ways_out(start, scene.rim_lps_mm)
    distances = np.linalg.norm(found - start, axis=1)
    assert distances[0] == np.linalg.norm(scene.rim_lps_mm - start, axis=1).min()
    unit = (found - start) / distances[:, None]
    assert (np.degrees(np.arccos((unit @ unit.T)[np.triu_indices(len(unit), 1)])) >= 40.0 - 1e-6).all()


def test_tumours_are_grouped_by_nearness(two_sides: LabelVolume) -> None:
    targets = scene_of(two_sides, Constraints()).targets
    assert [len(groups) for groups in groupings(targets, 6)] == [2, 1]
