"""Intervals of a cut's own numbers: area, calibres, distances."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.anatomy import PARENCHYMA
from engine.geometry import VolumeGeometry
from engine.phantom import known_liver as known
from engine.resection import PlaneResection, PlanEvaluator, ResectionPlan
from engine.resection.confidence.of_the_cut import CutErrors
from engine.volume import LabelVolume


def grid(spacing: tuple[float, float, float], shape: tuple[int, int, int] = (4, 4, 4)) -> VolumeGeometry:
    return VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=spacing)


BALL_ML = 4.0 / 3.0 * math.pi * 50.0**3 / 1000.0
BALL_MM2 = 4.0 * math.pi * 50.0**2
DISC_MM2 = math.pi * 50.0**2


def test_the_area_of_a_cut_through_a_ball_is_open_by_little_where_only_voxels_count():
    interval = CutErrors(grid((1.0, 1.0, 1.0)), BALL_ML, BALL_MM2, 0.0).area_mm2(DISC_MM2, stepped=False)
    assert interval.low < DISC_MM2 < interval.high
    assert interval.half_width < 0.01 * DISC_MM2


def test_an_outline_that_may_be_off_opens_the_area_as_it_opens_a_disc():
    shift_mm = 2.0
    doubtful = CutErrors(grid((1.0, 1.0, 1.0)), BALL_ML, BALL_MM2, BALL_MM2 * shift_mm / 1000.0)
    half = doubtful.area_mm2(DISC_MM2, stepped=False).half_width
    # All of the outline off at once would move the rim of the disc by as much.
    assert 0.2 < half / (1.96 * 2.0 * math.pi * 50.0 * shift_mm) < 1.0


def test_the_border_of_a_territory_is_known_to_three_per_cent_and_less_on_thick_slices():
    for spacing, percent in (((1.0, 1.0, 1.0), 3.0), ((1.0, 1.0, 5.0), 5.0)):
        interval = CutErrors(grid(spacing), BALL_ML, BALL_MM2, 0.0).area_mm2(DISC_MM2, stepped=True)
        assert interval.half_width == pytest.approx(percent / 100.0 * DISC_MM2, rel=0.2)


@pytest.mark.parametrize("spacing", [(0.7, 0.7, 1.0), (0.8, 0.8, 5.0)])
def test_a_calibre_reaches_farther_up_than_down_and_never_below_nothing(spacing: tuple[float, float, float]):
    errors = CutErrors(grid(spacing), BALL_ML, BALL_MM2, 0.0)
    wide, thin = errors.calibre_mm(8.0), errors.calibre_mm(0.4)
    assert 0.0 < 8.0 - wide.low < wide.high - 8.0
    assert thin.low == 0.0
    assert wide.high - 8.0 > spacing[2] * 0.3


def test_thicker_slices_leave_calibre_and_distance_more_open():
    fine, coarse = (CutErrors(grid((0.8, 0.8, side)), BALL_ML, BALL_MM2, 0.0) for side in (0.8, 4.0))
    assert fine.calibre_mm(6.0).half_width < coarse.calibre_mm(6.0).half_width
    assert fine.distance_mm(9.0, to_wall=False).half_width < coarse.distance_mm(9.0, to_wall=False).half_width
    assert fine.distance_mm(9.0, to_wall=False).half_width < fine.distance_mm(9.0, to_wall=True).half_width


def test_every_number_of_an_answer_has_its_interval():
    liver = known.known_liver(np.array((1.5, 1.5, 2.0)), grid((1.0, 1.0, 1.0)).direction, 5)
    evaluator = PlanEvaluator(liver.labels, trees=liver.trees, liver_map=liver.liver_map)
    plane = PlaneResection(point_lps_mm=liver.cut_point_lps_mm, normal_lps=liver.cut_normal_lps)
    answer = evaluator.evaluate(ResectionPlan(resections=(plane,)))
    assert answer.intervals is not None
    assert answer.function is not None
    assert answer.function.cut_branches
    assert answer.pieces
    told = {(one.quantity, one.of): one.interval for one in answer.intervals.entries}
    for number, branch in enumerate(answer.function.cut_branches, start=1):
        assert told["calibre_mm", f"cut_branch_{number}"].low <= branch.calibre_mm
    for number, piece in enumerate(answer.pieces, start=1):
        interval = told["piece_ml", f"piece_{number}"]
        assert interval.low <= piece.volume_ml <= interval.high
    for volume in answer.function.devascularised_by_branch or ():
        interval = told["devascularised_ml", f"branch_{volume.branch}"]
        assert interval.low <= volume.ml <= interval.high
    for near in answer.surroundings or ():
        interval = told["distance_mm", near.name]
        assert interval.low <= near.distance_mm <= interval.high
    truth = math.pi * (known.RADIUS_MM**2 - known.CUT_MM**2)
    assert told["cut_area_mm2", "liver"].low <= truth <= told["cut_area_mm2", "liver"].high
    free = answer.function.flr_tumour_free
    assert free is not None
    interval = told["functional_flr_tumour_free_percent", "liver"]
    assert interval.low <= free.percent <= interval.high


def test_a_liver_without_tumour_has_intervals_of_its_function_too():
    liver = known.known_liver(np.array((2.0, 2.0, 2.0)), grid((1.0, 1.0, 1.0)).direction, 6)
    labels = np.where(liver.labels.labels > 0, PARENCHYMA, 0).astype(np.uint8)
    volume = LabelVolume(labels=labels, geometry=liver.labels.geometry)
    plane = PlaneResection(point_lps_mm=liver.cut_point_lps_mm, normal_lps=liver.cut_normal_lps)
    evaluator = PlanEvaluator(volume, trees=liver.trees, liver_map=liver.liver_map)
    answer = evaluator.evaluate(ResectionPlan(resections=(plane,)))
    assert answer.intervals is not None
    for quantity in ("functional_flr_percent", "functional_flr_tumour_free_percent", "flr_tumour_free_percent"):
        assert answer.intervals.of(quantity, "liver") is not None
