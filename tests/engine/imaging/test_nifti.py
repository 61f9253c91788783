import gzip
import struct

import nibabel
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from engine.errors import (
    HostileInputError,
    SliceGeometryError,
    UnreadableFileError,
    UnsupportedScanError,
)
from engine.geometry import LPS_FROM_RAS, VolumeGeometry
from engine.imaging.nifti import read_nifti, write_nifti

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(5, 6, 7), spacing_ijk_mm=(0.7, 0.8, 2.5), origin_lps_mm=(-10, 20, 300))


@st.composite
def geometries(draw):
    angles = draw(st.tuples(*[st.floats(-180, 180)] * 3))
    direction = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    if draw(st.booleans()):
        direction = direction * [1, 1, -1]
    return VolumeGeometry.from_parts(
        shape_kji=draw(st.tuples(*[st.integers(1, 6)] * 3)),
        spacing_ijk_mm=draw(st.tuples(*[st.floats(0.3, 9)] * 3)),
        origin_lps_mm=draw(st.tuples(*[st.floats(-900, 900)] * 3)),
        direction=direction,
    )


def counted(shape):
    return np.arange(np.prod(shape), dtype=np.int16).reshape(shape)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(geometry=geometries())
def test_a_written_volume_reads_back_with_its_voxels_where_they_were(tmp_path, geometry):
    path = tmp_path / "v.nii"
    voxels = counted(geometry.shape_kji)
    write_nifti(path, voxels, geometry)
    read = read_nifti(path)
    assert np.array_equal(read.stored, voxels)
    assert read.geometry.matches(geometry, tolerance_mm=0.001)
    assert read.geometry.is_right_handed == geometry.is_right_handed


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(geometry=geometries())
def test_nibabel_sees_the_same_voxel_at_the_same_place_by_qform_and_by_sform(tmp_path, geometry):
    path = tmp_path / "v.nii"
    voxels = counted(geometry.shape_kji)
    write_nifti(path, voxels, geometry)
    image = nibabel.load(path)
    assert np.array_equal(np.asarray(image.dataobj).T, voxels)
    ras_from_ijk = LPS_FROM_RAS @ geometry.lps_from_ijk
    np.testing.assert_allclose(image.get_sform(), ras_from_ijk, atol=2e-4)
    # Near half turns 32-bit quaternions leave 6e-4 radians, and nibabel rounds the last 6e-4 of a quaternion away.
    np.testing.assert_allclose(image.get_qform(), ras_from_ijk, atol=2.5e-3 * geometry.spacing_ijk_mm.max() + 2e-4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(geometry=geometries(), only=st.sampled_from(["qform", "sform", "both"]), version=st.sampled_from([1, 2]))
def test_what_nibabel_writes_is_read_at_the_same_place(tmp_path, geometry, only, version):
    path = tmp_path / "v.nii.gz"
    affine = LPS_FROM_RAS @ geometry.lps_from_ijk
    voxels = counted(geometry.shape_kji)
    image = (nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image)(voxels.T, affine)
    image.set_qform(affine, 0 if only == "sform" else 1)
    image.set_sform(affine, 0 if only == "qform" else 1)
    nibabel.save(image, path)
    read = read_nifti(path)
    assert np.array_equal(read.stored, voxels)
    assert read.geometry.matches(geometry, tolerance_mm=0.01)


def saved(tmp_path, name="v.nii.gz", dtype=np.int16):
    path = tmp_path / name
    write_nifti(path, np.zeros(GEOMETRY.shape_kji, dtype=dtype), GEOMETRY)
    return path


def patched(path, offset, fmt, *values):
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "rb") as stream:
        data = bytearray(stream.read())
    struct.pack_into(fmt, data, offset, *values)
    with opener(path, "wb") as stream:
        stream.write(data)
    return path


def test_integer_scaling_is_kept_beside_the_stored_numbers(tmp_path):
    read = read_nifti(patched(saved(tmp_path), 112, "<2f", 7.8, -500.0))
    assert (read.slope, read.intercept) == (pytest.approx(7.8), pytest.approx(-500))


@pytest.mark.parametrize(("code", "mm"), [(1, 1000.0), (2, 1.0), (3, 0.001), (0, 1.0)])
def test_metres_and_microns_become_millimetres(tmp_path, code, mm):
    path = tmp_path / "v.nii"
    affine = np.diag([-2.0 / mm, -2.0 / mm, 3.0 / mm, 1.0])
    image = nibabel.Nifti1Image(counted((4, 5, 6)), affine)
    image.set_qform(affine, 1)
    image.header["xyzt_units"] = code
    nibabel.save(image, path)
    np.testing.assert_allclose(read_nifti(path).geometry.spacing_ijk_mm, (2, 2, 3), rtol=1e-5)


def test_a_size_in_metres_that_claims_millimetres_is_refused_with_a_word_on_units(tmp_path):
    path = tmp_path / "v.nii"
    nibabel.save(nibabel.Nifti1Image(counted((4, 5, 6)), np.diag([0.0007, 0.0007, 0.005, 1])), path)
    with pytest.raises(UnsupportedScanError, match="units"):
        read_nifti(path)


def test_qform_and_sform_that_disagree_are_refused(tmp_path):
    path = tmp_path / "v.nii"
    image = nibabel.Nifti1Image(counted((40, 50, 60)), np.diag([-1.0, -1.0, 2.0, 1.0]))
    image.set_qform(np.diag([1.0, -1.0, 2.0, 1.0]), 1)
    image.set_sform(np.diag([-1.0, -1.0, 2.0, 1.0]), 1)
    nibabel.save(image, path)
    with pytest.raises(SliceGeometryError, match="78"):
        read_nifti(path)


def test_a_file_without_orientation_is_refused_because_left_and_right_are_unknown(tmp_path):
    with pytest.raises(UnsupportedScanError, match="left and right"):
        read_nifti(patched(saved(tmp_path), 252, "<2h", 0, 0))


def test_a_sheared_volume_is_refused(tmp_path):
    path = tmp_path / "v.nii"
    affine = np.array([[-1, 0, 0.2, 0], [0, -1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]], dtype=float)
    image = nibabel.Nifti1Image(counted((4, 5, 6)), None)
    image.set_sform(affine, 1)
    nibabel.save(image, path)
    with pytest.raises(SliceGeometryError, match=r"skewed by 5\.[67]"):
        read_nifti(path)


@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz"])
@pytest.mark.parametrize("kept", [2, 100, 0.5])
def test_a_truncated_file_is_refused(tmp_path, name, kept):
    path = saved(tmp_path, name)
    data = path.read_bytes()
    path.write_bytes(data[: kept if kept > 1 else int(len(data) * kept)])
    with pytest.raises(UnreadableFileError):
        read_nifti(path)


def test_a_damaged_checksum_is_noticed(tmp_path):
    path = saved(tmp_path)
    data = bytearray(path.read_bytes())
    data[-6] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError):
        read_nifti(path)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "v.nii.gz").touch()
    with pytest.raises(UnreadableFileError, match="0 bytes"):
        read_nifti(tmp_path / "v.nii.gz")


def test_an_absurd_size_is_refused_before_memory_is_asked_for(tmp_path):
    with pytest.raises(HostileInputError):
        read_nifti(patched(saved(tmp_path), 40, "<4h", 3, 32000, 32000, 32000))


def test_a_size_that_the_compressed_file_cannot_hold_is_refused(tmp_path):
    with pytest.raises(HostileInputError):
        read_nifti(patched(saved(tmp_path), 40, "<4h", 3, 512, 512, 400))


def test_a_size_that_the_plain_file_does_not_hold_is_truncation(tmp_path):
    with pytest.raises(UnreadableFileError):
        read_nifti(patched(saved(tmp_path, "v.nii"), 40, "<4h", 3, 512, 512, 400))


@pytest.mark.parametrize("sizes", [(3, 7, 0, 5), (3, 7, -6, 5)])
def test_an_axis_without_voxels_is_refused(tmp_path, sizes):
    with pytest.raises(UnsupportedScanError):
        read_nifti(patched(saved(tmp_path), 40, "<4h", *sizes))


def test_several_volumes_in_one_file_are_refused(tmp_path):
    with pytest.raises(UnsupportedScanError, match="3 volumes"):
        read_nifti(patched(saved(tmp_path), 40, "<5h", 4, 7, 6, 5, 3))


def test_one_volume_in_four_dimensions_is_read(tmp_path):
    assert read_nifti(patched(saved(tmp_path), 40, "<5h", 4, 7, 6, 5, 1)).geometry.shape_kji == (5, 6, 7)


def test_colour_is_refused(tmp_path):
    with pytest.raises(UnsupportedScanError, match="colour"):
        read_nifti(patched(saved(tmp_path), 70, "<h", 128))


def test_numbers_that_are_not_finite_in_the_placement_are_refused(tmp_path):
    path = patched(patched(saved(tmp_path), 252, "<h", 0), 280, "<f", float("nan"))
    with pytest.raises(UnsupportedScanError):
        read_nifti(path)


def test_the_compressed_file_names_nobody(tmp_path):
    path = saved(tmp_path, "doe^john.nii.gz")
    assert b"doe" not in path.read_bytes()
