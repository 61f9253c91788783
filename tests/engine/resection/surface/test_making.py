"""Surfaces made: flat over the liver, through a drawn line, and moved by their handles."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.resection import PlaneResection, PlanEvaluator, ResectionPlan, SurfaceResection
from engine.resection.surface.handles import Handle, HandleKind, move_handle, weights_of
from engine.volume import LabelVolume

RADIUS_MM = 50.0


@pytest.fixture(scope="module")
def evaluator() -> PlanEvaluator:
    """A ball of liver around the origin."""
    geometry = VolumeGeometry.from_parts(
        shape_kji=(57, 57, 57), spacing_ijk_mm=(2.0, 2.0, 2.0), origin_lps_mm=(-56.0, -56.0, -56.0)
    )
    k, j, i = np.indices(geometry.shape_kji)
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    labels = (np.linalg.norm(points, axis=-1) <= RADIUS_MM).astype(np.uint8)
    return PlanEvaluator(LabelVolume(labels=labels, geometry=geometry))


def drawn(bend_mm: float, *, offset_mm: float = 12.0, reach: float = 0.8) -> NDArray[np.float64]:
    """A line over the front (-y) of the ball from left to right at about z = offset, waving by `bend_mm`."""
    turn = np.linspace(-reach, reach, 60)
    z = offset_mm + bend_mm * np.sin(3.0 * turn)
    radius = np.sqrt(RADIUS_MM**2 - z * z)
    return np.stack([radius * np.sin(turn), -radius * np.cos(turn), z], axis=1)


@pytest.mark.parametrize("bend_mm", [0.0, 4.0, 9.0])
def test_the_surface_passes_through_a_smooth_line(evaluator: PlanEvaluator, bend_mm: float) -> None:
    """Within a quarter of its waves, which are as short as a patch over the whole liver can follow."""
    line = drawn(bend_mm)
    surface = evaluator.surface_through_line(line)
    away = evaluator.sides(ResectionPlan(resections=(surface,))).signed(line)
    assert np.abs(away).max() < 0.1 + bend_mm / 4.0


def test_a_level_line_cuts_the_cap_above_it(evaluator: PlanEvaluator) -> None:
    surface = evaluator.surface_through_line(drawn(0.0, offset_mm=13.0))
    answer = evaluator.evaluate(ResectionPlan(resections=(surface,)), details=False)
    height = RADIUS_MM - 13.0  # half-way between two layers of voxels
    cap_ml = np.pi * height**2 * (3 * RADIUS_MM - height) / 3.0 / 1000.0
    assert answer.structure("liver").resected_ml == pytest.approx(cap_ml, rel=0.02)


def test_a_line_that_is_all_but_straight_cuts_towards_the_middle(evaluator: PlanEvaluator) -> None:
    short = drawn(0.0, offset_mm=0.0, reach=0.15)
    surface = evaluator.surface_through_line(short)
    answer = evaluator.evaluate(ResectionPlan(resections=(surface,)), details=False)
    assert answer.flr is not None
    assert answer.flr.percent == pytest.approx(50.0, abs=2.0)


def test_the_smaller_side_goes_unless_a_point_says_otherwise(evaluator: PlanEvaluator) -> None:
    line = drawn(3.0)
    smaller = evaluator.surface_through_line(line)
    below = evaluator.surface_through_line(line, resected_towards_lps_mm=(0.0, 0.0, -40.0))
    taken = [
        evaluator.evaluate(ResectionPlan(resections=(one,)), details=False).structure("liver").resected_ml
        for one in (smaller, below, evaluator.surface_through_line(line[::-1]))
    ]
    total = evaluator.evaluate(ResectionPlan(resections=(smaller,)), details=False).structure("liver").total_ml
    assert taken[0] < total / 2 < taken[1]
    assert taken[0] + taken[1] == pytest.approx(total, rel=1e-3)
    assert taken[2] == pytest.approx(taken[0], rel=0.01)  # drawn the other way round


@pytest.mark.parametrize(
    "line",
    [np.zeros((2, 3)), np.zeros((20, 3)), np.full((5, 3), np.nan), np.array([[0.0, 0, -50], [0, 0, -25], [0, 0, 0]])],
)
def test_a_line_that_tells_no_surface_is_refused_with_a_cure(
    evaluator: PlanEvaluator, line: NDArray[np.float64]
) -> None:
    with pytest.raises(PlanError) as refused:
        evaluator.surface_through_line(line)
    assert refused.value.cure


def test_a_flat_surface_takes_what_its_plane_takes(evaluator: PlanEvaluator) -> None:
    plane = PlaneResection(point_lps_mm=(3.1, -7.3, 11.7), normal_lps=(0.31, -0.8, 0.53))
    flat = evaluator.flat_surface(plane)
    np.testing.assert_allclose(flat.frame.normal_lps, plane.unit_normal_lps, atol=1e-12)
    for first, second in ((plane, flat), (plane.flipped, flat.flipped)):
        a = evaluator.evaluate(ResectionPlan(resections=(first,)))
        b = evaluator.evaluate(ResectionPlan(resections=(second,)))
        assert a.structures == b.structures
        assert a.cut_area_mm2 == pytest.approx(b.cut_area_mm2, rel=1e-6)


def test_handles_move_what_they_hold_and_nothing_else(evaluator: PlanEvaluator) -> None:
    flat = evaluator.flat_surface(PlaneResection(point_lps_mm=(0.0, 0, 0), normal_lps=(0.0, 0, 1.0)))
    whole = {
        HandleKind.CONTROL: (Handle(kind=HandleKind.CONTROL, row=1, column=2), {(1, 2)}),
        HandleKind.ROW: (Handle(kind=HandleKind.ROW, row=2), {(2, c) for c in range(4)}),
        HandleKind.COLUMN: (Handle(kind=HandleKind.COLUMN, column=0), {(r, 0) for r in range(4)}),
        HandleKind.INTERIOR: (Handle(kind=HandleKind.INTERIOR), {(r, c) for r in (1, 2) for c in (1, 2)}),
        HandleKind.WHOLE: (Handle(kind=HandleKind.WHOLE), {(r, c) for r in range(4) for c in range(4)}),
    }
    for handle, points in whole.values():
        moved = move_handle(flat, handle, (0.0, 1.0, 5.0)).control_net_lps_mm - flat.control_net_lps_mm
        for row in range(4):
            for column in range(4):
                expected = (0.0, 1.0, 5.0) if (row, column) in points else (0.0, 0.0, 0.0)
                np.testing.assert_allclose(moved[row, column], expected, atol=1e-12)


def test_corners_and_edges_draw_their_neighbours_along() -> None:
    corner = weights_of(Handle(kind=HandleKind.CORNER, row=3, column=0))
    np.testing.assert_allclose(corner[3], [1.0, 2 / 3, 0.0, 0.0])
    np.testing.assert_allclose(corner[:, 0], [0.0, 0.0, 2 / 3, 1.0])
    edge = weights_of(Handle(kind=HandleKind.EDGE, column=3))
    np.testing.assert_allclose(edge, np.tile([0.0, 0.0, 0.5, 1.0], (4, 1)))
    near = weights_of(Handle(kind=HandleKind.EDGE, row=0))
    np.testing.assert_allclose(near[:, 1], [1.0, 0.5, 0.0, 0.0])


@pytest.mark.parametrize(
    "handle",
    [
        Handle(kind=HandleKind.CONTROL, row=1),
        Handle(kind=HandleKind.CORNER, row=0, column=4),
        Handle(kind=HandleKind.EDGE, row=1),
        Handle(kind=HandleKind.EDGE, row=0, column=0),
        Handle(kind=HandleKind.ROW),
    ],
)
def test_a_handle_that_holds_nothing_is_refused_with_a_cure(handle: Handle) -> None:
    with pytest.raises(PlanError) as refused:
        weights_of(handle)
    assert refused.value.cure


def test_a_handle_cannot_fold_the_surface(evaluator: PlanEvaluator) -> None:
    flat = evaluator.flat_surface(PlaneResection(point_lps_mm=(0.0, 0, 0), normal_lps=(0.0, 0, 1.0)))
    along = flat.control_net_lps_mm[0, 2] - flat.control_net_lps_mm[0, 0]
    with pytest.raises(PlanError, match="turns back"):
        move_handle(flat, Handle(kind=HandleKind.COLUMN, column=1), tuple(along))
    assert isinstance(move_handle(flat, Handle(kind=HandleKind.WHOLE), tuple(along)), SurfaceResection)
