"""Intervals of a plan's numbers on livers whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from engine.anatomy import FIRST_TUMOUR, PARENCHYMA
from engine.class_probability import ClassProbability
from engine.geometry import VolumeGeometry
from engine.interval import Interval
from engine.liver_map import LiverMap
from engine.resection import PlanAnswer, PlaneResection, PlanEvaluator, ResectionPlan
from engine.vessel_tree import VesselBranch, VesselTrees
from engine.volume import LabelVolume

RADIUS_MM = 25.0
SHAPE = (46, 42, 44)


def grid(spacing: tuple[float, float, float], shift_mm: NDArray[np.float64]) -> VolumeGeometry:
    axes, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))
    origin = shift_mm - (axes * spacing) @ ((np.array(SHAPE[::-1]) - 1) / 2.0)
    return VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=spacing, direction=axes, origin_lps_mm=origin)


def distances_mm(geometry: VolumeGeometry, centre: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> NDArray[np.float64]:
    k, j, i = np.indices(geometry.shape_kji)
    away: NDArray[np.float64] = np.linalg.norm(geometry.lps_from_index(np.stack([i, j, k], axis=-1)) - centre, axis=-1)
    return away


def ball(geometry: VolumeGeometry) -> LabelVolume:
    labels = (distances_mm(geometry) <= RADIUS_MM).astype(np.uint8) * PARENCHYMA
    labels[distances_mm(geometry, (12.0, 0.0, 0.0)) <= 6.0] = FIRST_TUMOUR
    return LabelVolume(labels=labels, geometry=geometry)


def halved(labels: LabelVolume, probability: ClassProbability | None = None) -> PlanAnswer:
    plane = PlaneResection(point_lps_mm=(2.0, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))
    return PlanEvaluator(labels, probability=probability).evaluate(ResectionPlan(resections=(plane,)))


def interval(answer: PlanAnswer, quantity: str, of: str = "liver") -> Interval:
    assert answer.intervals is not None
    found = next(entry for entry in answer.intervals.entries if (entry.quantity, entry.of) == (quantity, of))
    return found.interval


def doubt(geometry: VolumeGeometry, sigma_mm: float) -> ClassProbability:
    liver = np.rint(255.0 * ndtr((RADIUS_MM - distances_mm(geometry)) / sigma_mm)).astype(np.uint8)
    tumour = np.rint(liver * ndtr((6.0 - distances_mm(geometry, (12.0, 0.0, 0.0))) / sigma_mm)).astype(np.uint8)
    values = np.stack([255 - liver, liver - tumour, tumour])
    return ClassProbability(classes=("other", "liver", "tumour"), values=values, geometry=geometry)


def test_without_probability_intervals_know_of_the_voxels_only_and_say_so() -> None:
    answer = halved(ball(grid((1.3, 1.3, 1.3), np.zeros(3))))
    assert answer.intervals is not None
    assert {entry.sources for entry in answer.intervals.entries} == {("voxel_size",)}
    assert answer.intervals.level_percent == 95.0
    assert interval(answer, "total_ml").half_width < 0.5


def test_known_volumes_lie_in_their_intervals_19_times_in_20() -> None:
    rng = np.random.default_rng(5)
    cap_mm = RADIUS_MM - 2.0
    truth = {
        "total_ml": 4.0 / 3.0 * math.pi * RADIUS_MM**3 / 1000.0,
        "resected_ml": math.pi * cap_mm**2 * (3.0 * RADIUS_MM - cap_mm) / 3.0 / 1000.0,
    }
    truth["remnant_ml"] = truth["total_ml"] - truth["resected_ml"]
    truth["flr_percent"] = 100.0 * truth["remnant_ml"] / truth["total_ml"]
    hits = dict.fromkeys(truth, 0)
    for _ in range(40):
        answer = halved(ball(grid((1.3, 1.4, 1.5), rng.uniform(-0.7, 0.7, 3))))
        for quantity, value in truth.items():
            found = interval(answer, quantity)
            hits[quantity] += found.low <= value <= found.high
    assert min(hits.values()) >= 35


def test_doubt_of_the_network_widens_every_interval_that_hangs_on_it() -> None:
    geometry = grid((1.3, 1.3, 1.3), np.zeros(3))
    labels = ball(geometry)
    drawn, sure, unsure = halved(labels), halved(labels, doubt(geometry, 1.0)), halved(labels, doubt(geometry, 2.5))
    for quantity in ("total_ml", "resected_ml", "remnant_ml", "flr_percent", "flr_tumour_free_percent"):
        widths = [interval(answer, quantity).half_width for answer in (drawn, sure, unsure)]
        assert widths[0] < widths[1] < widths[2]
    assert sure.intervals is not None
    by_name = {(e.quantity, e.of): e.sources for e in sure.intervals.entries}
    assert by_name["total_ml", "liver"] == by_name["margin_mm", "tumour_01"] == ("voxel_size", "segmentation")
    # The outline of the tumour is known to 2.5 mm, and so is its margin: 1.96 of it to either side, and half a voxel.
    assert interval(unsure, "margin_mm", "tumour_01").high - 4.0 == pytest.approx(1.96 * 2.5, rel=0.35)


def test_every_number_lies_in_its_own_interval_and_none_is_negative() -> None:
    geometry = grid((1.3, 1.3, 1.3), np.zeros(3))
    answer = halved(ball(geometry), doubt(geometry, 3.0))
    assert answer.intervals is not None
    for structure in answer.structures:
        for quantity in ("total_ml", "resected_ml", "remnant_ml"):
            found = interval(answer, quantity, structure.name)
            assert 0.0 <= found.low <= getattr(structure, quantity) <= found.high
    assert answer.flr is not None
    assert interval(answer, "flr_percent").low < answer.flr.percent < interval(answer, "flr_percent").high <= 100.0
    assert answer.intervals.of("functional_ml", "liver") is None
    document = answer.as_json()["intervals"]
    assert isinstance(document, dict)
    assert document["entries"][0].keys() == {"quantity", "of", "interval", "sources"}


def with_vessels(geometry: VolumeGeometry) -> tuple[VesselTrees, LiverMap]:
    """A portal vein along x through the middle, and a hepatic vein that leaves on the far side."""
    trees = VesselTrees(
        branches=(
            VesselBranch(
                number=1,
                kind="portal",
                parent=0,
                points_lps_mm=np.array([[-40.0, 0.0, 0.0], [25.0, 0.0, 0.0]]),
                radii_mm=np.full(2, 3.0),
            ),
            VesselBranch(
                number=2,
                kind="hepatic",
                parent=0,
                points_lps_mm=np.array([[-40.0, 5.0, 0.0], [-10.0, 5.0, 0.0], [15.0, 5.0, 5.0], [-5.0, 5.0, 15.0]]),
                radii_mm=np.full(4, 3.0),
            ),
        )
    )
    ones = np.ones(geometry.shape_kji, dtype=np.uint16)
    k, j, i = (slice(0, n) for n in geometry.shape_kji)
    liver_map = LiverMap(
        box=(k, j, i),
        portal_branch=ones,
        hepatic_branch=2 * ones,
        segment=np.full(geometry.shape_kji, 2, dtype=np.uint8),
        uncertain=np.zeros(geometry.shape_kji, dtype=np.uint8),
    )
    return trees, liver_map


def test_functional_numbers_have_intervals_that_half_a_piece_widens() -> None:
    geometry = grid((1.3, 1.3, 1.3), np.zeros(3))
    trees, liver_map = with_vessels(geometry)
    plane = PlaneResection(point_lps_mm=(2.0, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))
    evaluator = PlanEvaluator(ball(geometry), trees=trees, liver_map=liver_map)
    answer = evaluator.evaluate(ResectionPlan(resections=(plane,)))
    function = answer.function
    assert function is not None and function.cut_branches is not None and function.flr is not None
    severed = [one.piece_ml for one in function.cut_branches if one.severs and one.tree == "hepatic"]
    assert len(severed) == 1
    # The vein turns back beyond the cut, so that what it drains on this side is lost.
    assert function.congested_ml is not None and function.congested_ml > 5.0
    assert interval(answer, "congested_ml").half_width >= 1.95 * severed[0] / math.sqrt(12.0)
    for quantity, value in (
        ("congested_ml", function.congested_ml),
        ("functional_ml", function.functional_ml),
        ("functional_flr_percent", function.flr.percent),
    ):
        assert value is not None
        assert interval(answer, quantity).low <= value <= interval(answer, quantity).high


def test_a_preview_has_no_intervals() -> None:
    labels = ball(grid((2.0, 2.0, 2.0), np.zeros(3)))
    plane = PlaneResection(point_lps_mm=(2.0, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))
    assert PlanEvaluator(labels).evaluate(ResectionPlan(resections=(plane,)), details=False).intervals is None
