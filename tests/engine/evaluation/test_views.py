"""Views lie in the patient, not in the array; pictures show the same patient the same way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.evaluation.case_picture import PictureInput, draw_case
from engine.evaluation.score_case import CasePrediction, CaseReference, score_case
from engine.evaluation.suite_document import SuiteCase
from engine.evaluation.views import place_of_interest, views_of
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume, ScanVolume

SPACING_MM = np.array([2.0, 2.0, 4.0])


def stored(axes: tuple[int, int, int], signs: tuple[int, int, int]) -> VolumeGeometry:
    """A grid over the same 80 mm cube whose voxel axes run along the given patient axes."""
    direction = np.zeros((3, 3))
    for voxel_axis, (axis, sign) in enumerate(zip(axes, signs, strict=True)):
        direction[axis, voxel_axis] = sign
    counts = (80 / SPACING_MM).astype(int)
    origin = np.zeros(3)
    for voxel_axis, (axis, sign) in enumerate(zip(axes, signs, strict=True)):
        half = SPACING_MM[voxel_axis] / 2
        origin[axis] = half if sign > 0 else 80 - half
    i, j, k = counts.tolist()
    return VolumeGeometry.from_parts(
        shape_kji=(k, j, i), spacing_ijk_mm=SPACING_MM, origin_lps_mm=origin, direction=direction
    )


def patient(geometry: VolumeGeometry) -> LabelVolume:
    """A liver on the patient's right, in front, in the upper half, with a tumour on its left side."""
    k, j, i = np.indices(geometry.shape_kji)
    x, y, z = np.moveaxis(geometry.lps_from_index(np.stack([i, j, k], axis=-1)), -1, 0)
    labels = np.zeros(geometry.shape_kji, dtype=np.uint8)
    labels[(x > 8) & (x < 48) & (y > 8) & (y < 40) & (z > 32) & (z < 64)] = 1
    labels[(x > 32) & (x < 44) & (y > 12) & (y < 24) & (z > 40) & (z < 52)] = 101
    return LabelVolume(labels=labels, geometry=geometry)


GRIDS = [
    stored((0, 1, 2), (1, 1, 1)),
    stored((0, 1, 2), (-1, 1, -1)),
    stored((1, 0, 2), (1, -1, 1)),
    stored((2, 0, 1), (-1, 1, 1)),
]


def sampled(labels: LabelVolume, name: str) -> NDArray[np.uint8]:
    interest = place_of_interest(labels, labels)
    view = next(view for view in views_of(labels, labels, interest) if view.name == name)
    return np.asarray(view.sample(labels.labels, labels.geometry, smooth=False), dtype=np.uint8)


@pytest.mark.parametrize("geometry", GRIDS)
def test_the_place_of_interest_is_the_middle_of_the_largest_tumour(geometry: VolumeGeometry) -> None:
    interest = place_of_interest(patient(geometry), patient(geometry))
    assert interest.what == "the largest tumour"
    np.testing.assert_allclose(interest.point_lps_mm, [38, 18, 46], atol=2.0)  # half a voxel


@pytest.mark.parametrize("geometry", GRIDS)
@pytest.mark.parametrize("name", ["axial", "coronal"])
def test_right_is_left_front_is_up_and_head_is_up_whatever_way_it_is_stored(
    geometry: VolumeGeometry, name: str
) -> None:
    image = sampled(patient(geometry), name)
    rows, columns = np.nonzero(image == 101)
    liver_rows, liver_columns = np.nonzero(image > 0)
    # The tumour lies to the patient's left within the liver (right in the picture), in front and low.
    assert columns.mean() > liver_columns.mean()
    assert (rows.mean() < liver_rows.mean()) == (name == "axial")


@pytest.mark.parametrize("name", ["axial", "coronal"])
def test_every_way_of_storing_gives_the_same_view(name: str) -> None:
    first = sampled(patient(GRIDS[0]), name)
    for geometry in GRIDS[1:]:
        other = sampled(patient(geometry), name)
        shared = tuple(slice(0, min(a, b)) for a, b in zip(first.shape, other.shape, strict=True))
        agreement = (first[shared] == other[shared]).mean()
        assert agreement > 0.9  # voxels of 2 x 2 x 4 mm lie differently


def test_the_letters_name_the_sides_of_the_patient() -> None:
    labels = patient(GRIDS[0])
    axial, coronal = views_of(labels, labels, place_of_interest(labels, labels))
    assert axial.sides == ("R", "L", "A", "P")
    assert coronal.sides == ("R", "L", "H", "F")


def test_without_tumour_and_vessels_the_middle_of_the_liver_is_shown() -> None:
    labels = patient(GRIDS[1])
    plain = LabelVolume(labels=np.minimum(labels.labels, 1), geometry=labels.geometry)
    interest = place_of_interest(plain, plain)
    assert interest.what == "the middle of the liver"
    np.testing.assert_allclose(interest.point_lps_mm, [28, 24, 48], atol=2.0)


def test_a_portal_vein_is_shown_where_it_enters_the_liver() -> None:
    geometry = GRIDS[0]
    labels = np.minimum(patient(geometry).labels, 1)
    labels[10, 10, 10:20], labels[10, 10, 20:30] = 2, 16
    volume = LabelVolume(labels=labels, geometry=geometry)
    interest = place_of_interest(volume, volume)
    assert interest.what == "the hilum"
    np.testing.assert_allclose(interest.point_lps_mm, geometry.lps_from_index([18.5, 10, 10]), atol=2.1)


@pytest.mark.parametrize(
    "declared", [frozenset({"liver", "tumours"}), frozenset({"liver", "portal_vein"}), frozenset()]
)
def test_a_picture_is_drawn_for_any_reference_even_where_nothing_was_predicted(
    tmp_path: Path, declared: frozenset[str]
) -> None:
    reference = patient(GRIDS[2])
    empty = LabelVolume(labels=np.zeros_like(reference.labels), geometry=reference.geometry)
    hu = np.where(reference.labels > 0, 110, 40).astype(np.int16)
    for number, predicted in enumerate((reference, empty)):
        prediction, truth = CasePrediction(labels=predicted), CaseReference(labels=reference, declared=declared)
        case = SuiteCase(name="one", scores=score_case(prediction, truth))
        scan = ScanVolume(voxels_hu=hu, geometry=reference.geometry)
        path = tmp_path / f"{number}.png"
        draw_case(PictureInput(case=case, scan=scan, prediction=prediction, reference=truth), path)
        assert path.read_bytes()[:4] == b"\x89PNG"
    if declared & {"liver"}:
        assert (tmp_path / "0.png").read_bytes() != (tmp_path / "1.png").read_bytes()
