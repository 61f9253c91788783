"""Scores of a whole case: known spheres, blanks, invariance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.class_probability import ClassProbability
from engine.errors import GridMismatchError
from engine.evaluation.calibration import score_calibration
from engine.evaluation.score_case import CasePrediction, CaseReference, score_case
from engine.evaluation.segments import score_segments, segments_one_to_eight
from engine.geometry import VolumeGeometry
from engine.liver_map import SEGMENTS, LiverMap
from engine.volume import LabelVolume

ALL = frozenset({"liver", "portal_vein", "hepatic_veins", "tumours"})
GRID = VolumeGeometry.from_parts(shape_kji=(50, 64, 64), spacing_ijk_mm=(1.0, 1.0, 1.2))


def ball(centre_mm: tuple[float, float, float], radius_mm: float, geometry: VolumeGeometry) -> NDArray[np.bool_]:
    k, j, i = np.indices(geometry.shape_kji)
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    return np.linalg.norm(points - np.array(centre_mm), axis=-1) <= radius_mm


def volume(mask: NDArray[np.bool_], value: int = 1, geometry: VolumeGeometry = GRID) -> LabelVolume:
    return LabelVolume(labels=np.where(mask, value, 0).astype(np.uint8), geometry=geometry)


def scored(predicted: LabelVolume, reference: LabelVolume, declared: frozenset[str] = frozenset({"liver"})):
    return score_case(CasePrediction(labels=predicted), CaseReference(labels=reference, declared=declared))


def test_two_spheres_one_inside_the_other_have_the_numbers_of_their_radii() -> None:
    inner, outer = ball((32, 32, 30), 15.0, GRID), ball((32, 32, 30), 20.0, GRID)
    score = scored(volume(outer), volume(inner)).structures["liver"]
    assert score.dice == pytest.approx(2 * 15**3 / (15**3 + 20**3), abs=0.01)
    assert score.hausdorff_95_mm == pytest.approx(5.0, abs=0.8)  # under a voxel
    assert score.mean_surface_distance_mm == pytest.approx(5.0, abs=0.6)
    assert score.nsd_2mm == 0.0
    assert score.volume_error_ml == pytest.approx(4 / 3 * np.pi * (20**3 - 15**3) / 1000, rel=0.01)
    assert score.volume_error_percent == pytest.approx(100 * ((20 / 15) ** 3 - 1), abs=2.0)


def test_two_spheres_apart_by_a_shift_have_the_dice_of_their_lens() -> None:
    radius, shift = 15.0, 6.0
    score = scored(volume(ball((32, 32, 30), radius, GRID)), volume(ball((38, 32, 30), radius, GRID)))
    lens = np.pi * (4 * radius + shift) * (2 * radius - shift) ** 2 / 12
    liver = score.structures["liver"]
    assert liver.dice == pytest.approx(lens / (4 / 3 * np.pi * radius**3), abs=0.01)
    assert liver.volume_error_ml == pytest.approx(0.0, abs=1e-9)


def test_a_structure_the_reference_lacks_has_no_row_and_one_it_holds_empty_is_blank() -> None:
    both = np.zeros(GRID.shape_kji, dtype=np.uint8)
    both[10:20, 10:20, 10:20], both[30:34, 30:34, 30:34] = 1, 101
    predicted = LabelVolume(labels=both, geometry=GRID)
    reference = LabelVolume(labels=np.where(both == 1, 1, 0).astype(np.uint8), geometry=GRID)
    blank = scored(predicted, reference)
    assert set(blank.structures) == {"liver"}
    assert (blank.lesions, blank.vessels, blank.segments) == (None, None, None)
    known_none = scored(predicted, reference, frozenset({"liver", "tumours"}))
    assert known_none.structures["tumours"].absence == "absent in the reference"
    assert known_none.structures["tumours"].dice == 0.0
    assert known_none.structures["tumours"].hausdorff_95_mm is None
    assert known_none.lesions is not None and known_none.lesions.precision == 0.0
    neither = scored(reference, reference, frozenset({"liver", "tumours"}))
    assert neither.structures["tumours"].dice is None


def some_labels(seed: int, shape: tuple[int, int, int] = (12, 14, 16)) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    return random.choice([0, 1, 1, 2, 3, 101, 102], size=shape).astype(np.uint8)


def numbers_of(scores) -> dict[str, object]:
    document = scores.model_dump()
    (
        document["vessels"].pop("branches"),
        document["vessels"].pop("branch_recall"),
        document["vessels"].pop("false_joins"),
    )
    for region in ("both", "portal", "hepatic"):  # thinning goes by directions, so a flip moves a centre line a little
        document["vessels"][region] = document["vessels"][region]["dice"]
    for structure in document["structures"].values():
        for name in ("cldice", "centreline_precision", "centreline_sensitivity"):
            structure.pop(name)
    return document


def flattened(value: object, path: str = "") -> dict[str, object]:
    if isinstance(value, dict):
        return {k: v for key, part in value.items() for k, v in flattened(part, f"{path}.{key}").items()}
    if isinstance(value, tuple | list):
        return {k: v for n, part in enumerate(value) for k, v in flattened(part, f"{path}.{n}").items()}
    return {path: value}


def assert_same(first, second) -> None:
    ours, theirs = flattened(numbers_of(first)), flattened(numbers_of(second))
    assert ours.keys() == theirs.keys()
    for path, value in ours.items():
        expected = pytest.approx(value, rel=1e-6, abs=1e-6) if isinstance(value, float) else value
        assert theirs[path] == expected, path


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32 - 1), axis=st.integers(0, 2))
def test_storing_the_same_patient_the_other_way_round_changes_no_number(seed: int, axis: int) -> None:
    ours, theirs = some_labels(seed), some_labels(seed + 1)
    grid = VolumeGeometry.from_parts(shape_kji=ours.shape, spacing_ijk_mm=(0.7, 0.8, 2.0), origin_lps_mm=(5, -9, 3))
    matrix = np.array(grid.lps_from_ijk)
    steps = ours.shape[axis] - 1
    matrix[:3, 3] += matrix[:3, 2 - axis] * steps
    matrix[:3, 2 - axis] *= -1.0
    flipped = VolumeGeometry(shape_kji=ours.shape, lps_from_ijk=matrix)
    straight = scored(volume_of(ours, grid), volume_of(theirs, grid), ALL)
    turned = scored(volume_of(np.flip(ours, axis), flipped), volume_of(np.flip(theirs, axis), flipped), ALL)
    assert_same(straight, turned)


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32 - 1))
def test_turning_the_patient_in_space_changes_no_number_but_the_axial_diameters(seed: int) -> None:
    ours, theirs = some_labels(seed), some_labels(seed + 1)
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    grids = [
        VolumeGeometry.from_parts(shape_kji=ours.shape, spacing_ijk_mm=(0.7, 0.8, 2.0), direction=direction)
        for direction in (np.eye(3), axes)
    ]
    straight, turned = (scored(volume_of(ours, grid), volume_of(theirs, grid), ALL) for grid in grids)
    for name, score in straight.structures.items():
        for field, value in score.model_dump().items():
            expected = pytest.approx(value, rel=1e-6, abs=1e-6) if isinstance(value, float) else value
            assert getattr(turned.structures[name], field) == expected, (name, field)
    assert straight.vessels is not None and turned.vessels is not None
    assert straight.vessels.false_joins == turned.vessels.false_joins
    assert straight.vessels.branch_recall == turned.vessels.branch_recall
    assert straight.lesions is not None and turned.lesions is not None
    assert straight.lesions.recall == turned.lesions.recall


def volume_of(labels: NDArray[np.uint8], geometry: VolumeGeometry) -> LabelVolume:
    return LabelVolume(labels=np.ascontiguousarray(labels), geometry=geometry)


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32 - 1))
def test_dice_is_the_same_whichever_side_is_the_reference(seed: int) -> None:
    grid = VolumeGeometry.from_parts(shape_kji=(12, 14, 16), spacing_ijk_mm=(1, 1, 1))
    sides = [volume_of(some_labels(seed + n), grid) for n in range(2)]
    forward, backward = scored(*sides, ALL), scored(sides[1], sides[0], ALL)
    for name, score in forward.structures.items():
        other = backward.structures[name]
        assert score.dice == other.dice
        assert score.nsd_2mm == pytest.approx(other.nsd_2mm)
        assert score.hausdorff_95_mm == pytest.approx(other.hausdorff_95_mm)
        assert score.volume_error_ml == pytest.approx(-other.volume_error_ml)


def test_another_grid_is_refused() -> None:
    mask = np.ones(GRID.shape_kji, dtype=bool)
    moved = VolumeGeometry.from_parts(shape_kji=GRID.shape_kji, spacing_ijk_mm=(1, 1, 1.2), origin_lps_mm=(0, 0, 9))
    with pytest.raises(GridMismatchError):
        scored(volume(mask), volume(mask, geometry=moved))


def map_of(segment: NDArray[np.uint8], start: int = 0) -> LiverMap:
    zeros16, zeros8 = np.zeros(segment.shape, dtype=np.uint16), np.zeros(segment.shape, dtype=np.uint8)
    box = tuple(slice(start, start + size) for size in segment.shape)
    return LiverMap(box=box, portal_branch=zeros16, hepatic_branch=zeros16, segment=segment, uncertain=zeros8)


def test_segment_4a_and_4b_are_both_4_and_the_others_keep_their_numbers() -> None:
    values = np.array([0, *(segment.value for segment in SEGMENTS)], dtype=np.uint8).reshape(1, 1, 10)
    whole = segments_one_to_eight(map_of(values, start=2), (5, 5, 14))
    assert whole[2, 2, 2:12].tolist() == [0, 1, 2, 3, 4, 4, 5, 6, 7, 8]
    assert whole.sum() == 40


def test_segment_agreement_counts_what_both_name() -> None:
    reference = np.array([[[1, 1, 2, 2, 8, 8, 0, 0]]], dtype=np.uint8)
    predicted = np.array([[[1, 1, 2, 7, 0, 8, 5, 0]]], dtype=np.uint8)
    score = score_segments(predicted, reference)
    assert score is not None
    assert score.agreement == pytest.approx(4 / 5)
    assert score.covered == pytest.approx(5 / 6)
    assert score.dice["I"] == 1.0
    assert score.dice["II"] == pytest.approx(2 / 3)
    assert score.dice["VII"] is None  # not in the reference
    assert score_segments(predicted, np.zeros_like(reference)) is None


def probability_of(liver: float, tumour: float, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    values = np.zeros((3, *shape), dtype=np.uint8)
    values[1], values[2] = round(255 * liver), round(255 * tumour)
    values[0] = 255 - values[1] - values[2]
    return values


def test_probabilities_that_come_true_have_no_calibration_error_and_sure_wrong_ones_have_all() -> None:
    shape = (10, 10, 10)
    grid = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=(1, 1, 1))
    labels = np.full(shape, 1, dtype=np.uint8)
    labels[:2] = 101  # one voxel in five
    reference = volume_of(labels, grid)
    for said, error in ((0.2, 0.0), (0.6, 0.4), (1.0, 0.8)):
        probability = ClassProbability(
            classes=("other", "liver", "tumour"), values=probability_of(1 - said, said, shape), geometry=grid
        )
        scores = {one.name: one for one in score_calibration(probability, reference, frozenset({"liver", "tumours"}))}
        assert scores["tumour"].expected_error == pytest.approx(error, abs=0.002)  # 8 bits
        assert scores["liver as a whole"].expected_error == pytest.approx(0.0, abs=0.002)
        assert sum(one.voxels for one in scores["tumour"].bins) == 1000
    assert score_calibration(probability, reference, frozenset({"liver"}))[0].name == "liver as a whole"


def test_probabilities_on_a_grid_of_their_own_are_judged_where_they_lie() -> None:
    grid = VolumeGeometry.from_parts(shape_kji=(20, 20, 20), spacing_ijk_mm=(1, 1, 1))
    labels = np.zeros((20, 20, 20), dtype=np.uint8)
    labels[:, :, 10:] = 1  # the patient's left half
    flipped = VolumeGeometry.from_parts(
        shape_kji=(10, 10, 10), spacing_ijk_mm=(2, 2, 2), origin_lps_mm=(18.5, 0.5, 0.5), direction=np.diag([-1, 1, 1])
    )
    values = np.zeros((2, 10, 10, 10), dtype=np.uint8)
    values[1, :, :, :5] = 255  # stored from left to right
    values[0] = 255 - values[1]
    probability = ClassProbability(classes=("other", "liver"), values=values, geometry=flipped)
    (liver,) = score_calibration(probability, volume_of(labels, grid), frozenset({"liver"}))
    assert liver.expected_error == 0.0
    assert sum(one.voxels for one in liver.bins) == 500
