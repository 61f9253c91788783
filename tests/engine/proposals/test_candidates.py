"""Every candidate keeps the margin it was made for, by the evaluator's own measure."""

from __future__ import annotations

import numpy as np
import pytest

from engine.proposals import forms
from engine.proposals.clusters import groupings
from engine.proposals.coarse import Samples
from engine.proposals.constraints import Constraints
from engine.proposals.curved import Bend, clearing_bowls
from engine.proposals.drafts import DraftBoard
from engine.proposals.planes import around, clearing_planes, directions
from engine.proposals.scene import Scene, scene_of
from engine.proposals.ways_out import ways_out
from engine.proposals.wedges import WedgeChoice, grown, wedge_drafts
from engine.resection import PlanEvaluator
from engine.resection.plan import ResectionPlan
from engine.volume import LabelVolume

MARGIN_MM = 8.0
CONSTRAINTS = Constraints(margin_mm=MARGIN_MM)
BENDS = [
    Bend(normal=(0.9, 0.3, float(np.sqrt(0.1))), turn_degrees=turn, rises_mm=rises)
    for turn in (0.0, 45.0)
    for rises in ((25.0, 0.0), (0.0, 80.0), (50.0, 25.0), (80.0, 80.0))
]


def _board(scene: Scene, labels: LabelVolume) -> DraftBoard:
    return DraftBoard(Samples(scene, labels, None, None, frozenset()), CONSTRAINTS, lambda: None)


def test_directions_are_unit_vectors_that_leave_no_gap() -> None:
    unit = directions(1_500)
    assert np.allclose(np.linalg.norm(unit, axis=1), 1.0)
    probes = np.random.default_rng(3).normal(size=(400, 3))
    probes /= np.linalg.norm(probes, axis=1)[:, None]
    assert np.degrees(np.arccos((probes @ unit.T).max(axis=1).clip(-1, 1))).max() < 5.0


def test_vectors_around_a_direction_keep_their_angle() -> None:
    turned = around(np.array([0.0, 0.6, 0.8]), 3.0)
    assert np.allclose(np.degrees(np.arccos(turned @ [0.0, 0.6, 0.8])), 3.0)


def test_planes_clear_the_tumour_by_the_margin_and_hardly_more(one_tumour: LabelVolume) -> None:
    scene = scene_of(one_tumour, CONSTRAINTS)
    evaluator = PlanEvaluator(one_tumour)
    for plane in clearing_planes(scene, directions(40), MARGIN_MM):
        (margin,) = evaluator.evaluate(plane.plan(), details=False).margins
        assert margin.status == "resected"
        assert margin.minimum_mm is not None
        assert MARGIN_MM <= margin.minimum_mm <= MARGIN_MM + 0.1


def test_bowls_clear_the_tumour_hardly_more_than_asked_and_leave_more_than_their_plane(one_tumour: LabelVolume) -> None:
    scene = scene_of(one_tumour, CONSTRAINTS)
    evaluator = PlanEvaluator(one_tumour)
    (plane,) = clearing_planes(scene, np.array([BENDS[0].normal]), MARGIN_MM)
    flat = evaluator.evaluate(plane.plan(), details=False)
    answers = [evaluator.evaluate(bowl.plan(), details=False) for bowl in clearing_bowls(scene, BENDS, MARGIN_MM)]
    for answer in answers:
        assert answer.margins[0].status == "resected"
        assert answer.margins[0].minimum_mm is not None
        assert MARGIN_MM - 1e-3 <= answer.margins[0].minimum_mm <= MARGIN_MM + 0.3
    assert flat.flr is not None
    assert max(answer.flr.percent for answer in answers if answer.flr) > flat.flr.percent


def test_the_form_of_every_shape_takes_what_its_plan_takes(two_sides: LabelVolume) -> None:
    scene = scene_of(two_sides, CONSTRAINTS)
    samples = Samples(scene, two_sides, None, None, frozenset())
    evaluator = PlanEvaluator(two_sides)
    choice = WedgeChoice(_board(scene, two_sides), scene, MARGIN_MM)
    wedges = [one for target in scene.targets for one in choice.of([target])[0]]
    shapes = [
        *((one.form, one.plan()) for one in clearing_planes(scene, directions(7), MARGIN_MM)),
        *((one.form, one.plan()) for one in clearing_bowls(scene, BENDS, MARGIN_MM)),
        *((forms.wedge(one), ResectionPlan(resections=(one,))) for one in wedges),
    ]
    taken = samples.taken_by(np.stack([form for form, _ in shapes]))
    for row, (_, plan) in zip(taken, shapes, strict=True):
        signed = evaluator.sides(plan).signed(samples.points_lps_mm)
        clear = np.abs(signed) > 1e-6
        assert np.array_equal(row[clear] > 0, signed[clear] > 0.0)


def test_wedges_of_every_shape_clear_their_tumours(two_sides: LabelVolume) -> None:
    scene = scene_of(two_sides, CONSTRAINTS)
    evaluator, board = PlanEvaluator(two_sides), _board(scene, two_sides)
    drafts = wedge_drafts(board, scene, [WedgeChoice(board, scene, MARGIN_MM)])
    assert {len(one.shape.wedges) for one in drafts} == {1, 2}
    assert {type(wedge.shape).__name__ for one in drafts for wedge in one.shape.wedges} == {"Cone", "Spheroid"}
    for draft in drafts[::5]:
        for margin in evaluator.evaluate(draft.shape.plan(), details=False).margins:
            assert margin.status == "resected"
            assert margin.minimum_mm is not None
            # Where two surfaces meet, margins are measured up to 0.3 mm too small.
            assert margin.minimum_mm >= MARGIN_MM - (1e-3 if len(draft.shape.wedges) == 1 else 0.3)


def test_grown_wedges_clear_by_as_much_more(one_tumour: LabelVolume) -> None:
    scene = scene_of(one_tumour, CONSTRAINTS)
    evaluator, board = PlanEvaluator(one_tumour), _board(scene, one_tumour)
    for wedge in WedgeChoice(board, scene, MARGIN_MM).of(scene.targets)[0]:
        plan = ResectionPlan(resections=(wedge,))
        (before,), (after,) = (evaluator.evaluate(one, details=False).margins for one in (plan, grown(plan, 2.0)))
        assert before.minimum_mm is not None
        assert after.minimum_mm is not None
        assert 1.9 <= after.minimum_mm - before.minimum_mm <= 3.0


def test_wedges_open_at_the_surface_of_the_liver(one_tumour: LabelVolume) -> None:
    scene = scene_of(one_tumour, CONSTRAINTS)
    evaluator, board = PlanEvaluator(one_tumour), _board(scene, one_tumour)
    for wedge in WedgeChoice(board, scene, MARGIN_MM).of(scene.targets)[0]:
        signed = evaluator.sides(ResectionPlan(resections=(wedge,))).signed(scene.rim_lps_mm)
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


@pytest.mark.parametrize("margin_mm", [0.0, 30.0])
def test_a_bowl_clears_by_any_margin(one_tumour: LabelVolume, margin_mm: float) -> None:
    scene = scene_of(one_tumour, Constraints(margin_mm=margin_mm))
    evaluator = PlanEvaluator(one_tumour)
    for bowl in clearing_bowls(scene, BENDS, margin_mm):
        (margin,) = evaluator.evaluate(bowl.plan(), details=False).margins
        assert margin.minimum_mm is not None
        assert margin.minimum_mm >= margin_mm - 1e-3
