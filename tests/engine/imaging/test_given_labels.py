import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import GridMismatchError, LabelError
from engine.geometry import VolumeGeometry
from engine.imaging import read_given_labels, read_labels_on_own_grid, write_nifti, write_nrrd
from engine.imaging.regrid import onto_grid
from engine.structure_names import structure_name_of

GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=(5, 6, 7),
    spacing_ijk_mm=(0.7, 0.8, 2.5),
    origin_lps_mm=(-10, 20, 300),
    direction=[[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]],
)
DATA = Path(__file__).parents[4] / "shared" / "data"


def mask(*boxes):
    array = np.zeros(GEOMETRY.shape_kji, dtype=np.uint8)
    for box in boxes:
        array[box] = 1
    return array


LIVER = mask(np.s_[1:4, 1:5, 1:6])
TUMOUR = mask(np.s_[2:3, 2:4, 2:4])


@settings(max_examples=60, deadline=None)
@given(order=st.permutations([0, 1, 2]), flips=st.tuples(*[st.booleans()] * 3))
def test_reordered_and_flipped_axes_are_put_right_exactly(order, flips):
    values = np.arange(5 * 6 * 7).reshape(GEOMETRY.shape_kji)
    stored = values.transpose(order)[tuple(slice(None, None, -1 if flip else 1) for flip in flips)]
    matrix = np.eye(4)
    first_ijk = np.zeros(3)
    for axis, (source, flip) in enumerate(zip(order, flips, strict=True)):
        matrix[:3, 2 - axis] = GEOMETRY.lps_from_ijk[:3, 2 - source] * (-1 if flip else 1)
        first_ijk[2 - source] = GEOMETRY.shape_kji[source] - 1 if flip else 0
    matrix[:3, 3] = GEOMETRY.lps_from_index(first_ijk)
    own = VolumeGeometry(shape_kji=stored.shape, lps_from_ijk=matrix)
    assert np.array_equal(onto_grid(stored, own, GEOMETRY), values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"origin_lps_mm": (-10, 21, 300)}, "origin"),
        ({"spacing_ijk_mm": (0.7, 0.8, 2.4)}, "2.400"),
        ({"direction": np.eye(3)}, "LPS"),
    ],
)
def test_another_grid_is_refused_with_numbers(tmp_path, change, said):
    parts = {
        "shape_kji": GEOMETRY.shape_kji,
        "spacing_ijk_mm": GEOMETRY.spacing_ijk_mm,
        "origin_lps_mm": GEOMETRY.origin_lps_mm,
        "direction": GEOMETRY.direction,
    } | change
    other = VolumeGeometry.from_parts(**parts)
    write_nifti(tmp_path / "liver.nii.gz", np.ones(other.shape_kji, np.uint8), other)
    with pytest.raises(GridMismatchError, match=said):
        read_given_labels(tmp_path / "liver.nii.gz", GEOMETRY)


def test_a_label_file_in_our_values_is_taken_as_it_is(tmp_path):
    values = LIVER + TUMOUR * 100
    write_nifti(tmp_path / "seg.nii.gz", values, GEOMETRY)
    assert np.array_equal(read_given_labels(tmp_path / "seg.nii.gz", GEOMETRY).labels, values)
    assert np.array_equal(read_labels_on_own_grid(tmp_path / "seg.nii.gz").labels, values)


def test_a_json_file_beside_a_label_file_names_its_values(tmp_path):
    write_nrrd(tmp_path / "seg.nrrd", LIVER * 5 + TUMOUR * 2, GEOMETRY)
    (tmp_path / "seg.json").write_text(json.dumps({"5": "Liver", "7": "liver_tumor", "0": "background"}))
    labels = read_given_labels(tmp_path / "seg.nrrd", GEOMETRY).labels
    assert np.array_equal(labels == 101, TUMOUR == 1)
    assert np.array_equal(labels > 0, LIVER == 1)


@pytest.mark.parametrize("text", ["[]", "{", '{"one": "liver"}', '{"1": "lever"}'])
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path, text):
    write_nifti(tmp_path / "seg.nii.gz", LIVER, GEOMETRY)
    (tmp_path / "seg.json").write_text(text)
    with pytest.raises(LabelError):
        read_given_labels(tmp_path / "seg.nii.gz", GEOMETRY)


def test_a_folder_of_masks_becomes_one_label_map(tmp_path):
    write_nifti(tmp_path / "liver.nii.gz", LIVER, GEOMETRY)
    write_nifti(tmp_path / "LiverTumor02.nii", TUMOUR * 255, GEOMETRY)
    write_nifti(tmp_path / "leftlung.nii.gz", mask(np.s_[0, 0, 0]), GEOMETRY)
    write_nrrd(tmp_path / "rightlung.nrrd", mask(np.s_[0, 0, 6]), GEOMETRY)
    write_nifti(tmp_path / "couinaud.nii.gz", LIVER * 7, GEOMETRY)
    labels = read_given_labels(tmp_path, GEOMETRY).labels
    assert np.array_equal(labels == 102, TUMOUR == 1)
    assert np.array_equal(labels == 1, (LIVER == 1) & (TUMOUR == 0))
    assert (labels == 15).sum() == 2


def test_a_single_mask_is_what_its_name_says(tmp_path):
    write_nifti(tmp_path / "spleen.nii.gz", LIVER, GEOMETRY)
    assert set(np.unique(read_given_labels(tmp_path / "spleen.nii.gz", GEOMETRY).labels)) == {0, 6}


def test_an_unknown_name_is_refused_by_place_in_the_list_and_not_quoted(tmp_path):
    write_nifti(tmp_path / "liver.nii.gz", LIVER, GEOMETRY)
    write_nifti(tmp_path / "doe_john.nii.gz", LIVER, GEOMETRY)
    with pytest.raises(LabelError, match=r"1 of the 2 masks .* \(in alphabetical order: 1\)") as raised:
        read_given_labels(tmp_path, GEOMETRY)
    assert "doe" not in str(raised.value)
    assert "portal_vein" in raised.value.cure


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (LIVER * 77, "77"),
        (LIVER * 0.5, "whole"),
        (np.where(LIVER, np.nan, 0), "whole"),
        (LIVER.astype(np.int16) * -3, "negative"),
        (LIVER.astype(np.int32) * 1000, "1000"),
    ],
)
def test_values_that_are_no_labels_are_refused(tmp_path, array, said):
    array = array.astype(np.float32) if array.dtype.kind == "f" else array
    write_nifti(tmp_path / "seg.nii.gz", array, GEOMETRY)
    with pytest.raises(LabelError, match=said):
        read_given_labels(tmp_path / "seg.nii.gz", GEOMETRY)


def test_an_empty_folder_a_text_file_and_a_damaged_file_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "seg.txt").write_text("x")
    (tmp_path / "seg.nii.gz").write_bytes(b"\x1f\x8bgarbage")
    for name in ("empty", "seg.txt", "seg.nii.gz", "absent"):
        with pytest.raises(LabelError):
            read_given_labels(tmp_path / name, GEOMETRY)


@pytest.mark.parametrize(
    ("given_name", "structure"),
    [
        ("Liver", "liver"),
        ("portalvein", "portal_vein"),
        ("Portal-Vein", "portal_vein"),
        ("venoussystem", "venous_system"),
        ("IVC", "inferior_vena_cava"),
        ("liverkyst", "liver_cyst"),
        ("livertumor07", "tumour_07"),
        ("Tumour_12", "tumour_12"),
        ("tumor", "tumours"),
        ("kidney_left", "left_kidney"),
        ("artery", "aorta"),
        ("skin", "body"),
        ("tumour_00", None),
        ("tumour_100", None),
        ("adrenal", None),
    ],
)
def test_common_names_are_understood(given_name, structure):
    assert structure_name_of(given_name) == structure


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.exists(), reason="the shared scans are not here")
def test_the_radiologists_masks_of_crlm1100_keep_their_volumes():
    labels = read_labels_on_own_grid(DATA / "crlm1100" / "reference")
    voxels = np.bincount(labels.labels.ravel(), minlength=256)
    assert voxels[101:].sum() * labels.geometry.voxel_volume_ml == pytest.approx(45.3, abs=0.1)
    assert voxels[1] * labels.geometry.voxel_volume_ml == pytest.approx(3317, abs=1)
