"""Lesion matching against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.evaluation.lesions import longest_axial_diameter_mm, score_lesions
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume

SHAPE = (6, 30, 60)


def volume(*blocks: tuple[int, slice, slice], spacing: tuple[float, float, float] = (1, 1, 1)) -> LabelVolume:
    """Labels with blocks of (value, j, i) in slices 1 to 4."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for value, rows, columns in blocks:
        labels[1:5, rows, columns] = value
    return LabelVolume(labels=labels, geometry=VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=spacing))


def span(start: int, stop: int) -> slice:
    return slice(start, stop)


ROWS = span(5, 15)


def test_a_lesion_is_found_from_a_tenth_of_overlap_and_strictly_from_a_half() -> None:
    reference = volume((101, ROWS, span(0, 20)))
    for moved, iou in ((0, 1.0), (6, 14 / 26), (8, 12 / 28), (16, 4 / 36), (18, 2 / 38)):
        score = score_lesions(volume((101, ROWS, span(moved, 20 + moved))), reference)
        assert score.reference[0].iou == pytest.approx(iou)
        assert score.recall == score.precision == float(iou >= 0.1)
        assert score.recall_strict == score.precision_strict == float(iou >= 0.5)


def test_a_missed_and_an_invented_lesion_cost_recall_and_precision() -> None:
    reference = volume((101, ROWS, span(0, 10)), (102, ROWS, span(20, 25)))
    predicted = volume((101, ROWS, span(0, 10)), (102, ROWS, span(40, 43)), (103, ROWS, span(50, 53)))
    score = score_lesions(predicted, reference)
    assert score.recall == pytest.approx(1 / 2)
    assert score.precision == pytest.approx(1 / 3)
    assert [lesion.matched for lesion in score.reference] == [True, False]
    assert [lesion.matched for lesion in score.predicted] == [True, False, False]


def test_a_lesion_found_in_two_pieces_is_found_and_both_pieces_are_true() -> None:
    reference = volume((101, ROWS, span(0, 20)))
    predicted = volume((101, ROWS, span(0, 9)), (102, ROWS, span(11, 20)))
    score = score_lesions(predicted, reference)
    assert score.reference[0].iou == pytest.approx(18 / 20)
    assert score.recall_strict == score.precision_strict == 1.0


def test_two_lesions_predicted_as_one_are_both_found_and_the_one_is_true() -> None:
    reference = volume((101, ROWS, span(0, 12)), (102, ROWS, span(14, 22)))
    score = score_lesions(volume((101, ROWS, span(0, 22))), reference)
    assert [lesion.iou for lesion in score.reference] == pytest.approx([20 / 22, 20 / 22])
    assert score.recall_strict == score.precision_strict == 1.0


def test_a_lesion_grazed_by_the_prediction_of_its_neighbour_is_not_found() -> None:
    reference = volume((101, ROWS, span(0, 30)), (102, ROWS, span(30, 45)))
    score = score_lesions(volume((101, ROWS, span(0, 31))), reference)
    assert [lesion.matched for lesion in score.reference] == [True, False]


def test_a_prediction_all_over_the_liver_finds_nothing() -> None:
    reference = volume((101, span(5, 8), span(0, 3)))
    score = score_lesions(volume((101, span(0, 30), span(0, 60))), reference)
    assert score.recall == score.precision == 0.0


def test_lesions_are_counted_by_their_own_longest_diameter() -> None:
    reference = volume((101, ROWS, span(0, 8)), (102, span(20, 23), span(0, 3)), (103, span(16, 19), span(20, 52)))
    score = score_lesions(volume((101, ROWS, span(0, 8))), reference)
    rows = {row.size: (row.reference, row.found, row.predicted, row.true) for row in score.by_size}
    assert rows == {"under 10 mm": (1, 0, 0, 0), "10 to 20 mm": (1, 1, 1, 1), "over 20 mm": (1, 0, 0, 0)}
    assert score.recall_over_10mm == pytest.approx(1 / 2)


def test_without_lesions_recall_and_precision_are_blank_not_zero() -> None:
    nothing, one = volume(), volume((101, ROWS, span(0, 10)))
    assert score_lesions(nothing, nothing).recall is None
    assert score_lesions(one, nothing).recall is None
    assert score_lesions(one, nothing).precision == 0.0
    assert score_lesions(nothing, one).precision is None
    assert score_lesions(nothing, one).recall == 0.0


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_swapping_the_sides_swaps_recall_and_precision(seed: int) -> None:
    random = np.random.default_rng(seed)
    geometry = VolumeGeometry.from_parts(shape_kji=(4, 8, 8), spacing_ijk_mm=(1, 1, 1))
    sides = [
        LabelVolume(labels=random.choice([0, 101, 102, 103], size=(4, 8, 8)).astype(np.uint8), geometry=geometry)
        for _ in range(2)
    ]
    forward, backward = score_lesions(*sides), score_lesions(sides[1], sides[0])
    assert forward.recall == backward.precision
    assert forward.precision_strict == backward.recall_strict


@pytest.mark.parametrize("radius_mm", [4.0, 11.0])
def test_a_sphere_has_its_diameter_however_the_grid_lies(radius_mm: float) -> None:
    tilted = _slightly_tilted()
    for direction in (np.eye(3), np.diag([-1.0, -1.0, 1.0]), np.eye(3)[:, [2, 0, 1]], tilted):
        geometry = _around(radius_mm, direction)
        k, j, i = np.indices(geometry.shape_kji)
        points = geometry.lps_from_index(np.stack([i, j, k], axis=-1))
        mask: NDArray[np.bool_] = np.linalg.norm(points, axis=-1) <= radius_mm
        assert longest_axial_diameter_mm(mask, geometry) == pytest.approx(2 * radius_mm, abs=0.8)  # one voxel


def _slightly_tilted() -> NDArray[np.float64]:
    angle = 0.2
    return np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])


def _around(radius_mm: float, direction: NDArray[np.float64]) -> VolumeGeometry:
    spacing = np.array([0.7, 0.8, 0.75])
    half = np.ceil((radius_mm + 2) / spacing)
    origin = -(direction * spacing) @ half
    i, j, k = (2 * half + 1).astype(int).tolist()
    return VolumeGeometry.from_parts(
        shape_kji=(k, j, i), spacing_ijk_mm=spacing, origin_lps_mm=origin, direction=direction
    )


def test_the_diameter_is_measured_in_axial_slices_not_along_the_body() -> None:
    mask = np.zeros((40, 10, 10), dtype=bool)
    mask[:, 4:7, 4:7] = True
    geometry = VolumeGeometry.from_parts(shape_kji=(40, 10, 10), spacing_ijk_mm=(1, 1, 1))
    assert longest_axial_diameter_mm(mask, geometry) == pytest.approx(2 * np.sqrt(2) + 1)
    lying = VolumeGeometry.from_parts(  # the same array with its first axis across the body
        shape_kji=(40, 10, 10), spacing_ijk_mm=(1, 1, 1), direction=np.eye(3)[:, [2, 1, 0]]
    )
    assert longest_axial_diameter_mm(mask, lying) == pytest.approx(np.hypot(39, 2) + 1)
