import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - the name everybody knows it by
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from engine.errors import HostileInputError, UnreadableFileError, UnsupportedScanError
from engine.geometry import VolumeGeometry
from engine.imaging.nrrd import read_nrrd, write_nrrd

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(5, 6, 7), spacing_ijk_mm=(0.7, 0.8, 2.5), origin_lps_mm=(-10, 20, 300))


@st.composite
def geometries(draw):
    angles = draw(st.tuples(*[st.floats(-180, 180)] * 3))
    direction = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    if draw(st.booleans()):
        direction = direction * [1, -1, 1]
    return VolumeGeometry.from_parts(
        shape_kji=draw(st.tuples(*[st.integers(1, 6)] * 3)),
        spacing_ijk_mm=draw(st.tuples(*[st.floats(0.3, 9)] * 3)),
        origin_lps_mm=draw(st.tuples(*[st.floats(-900, 900)] * 3)),
        direction=direction,
    )


def counted(shape):
    return np.arange(np.prod(shape), dtype=np.int16).reshape(shape)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(geometry=geometries())
def test_a_written_volume_reads_back_here_and_in_simpleitk_at_the_same_place(tmp_path, geometry):
    path = tmp_path / "v.nrrd"
    voxels = counted(geometry.shape_kji)
    write_nrrd(path, voxels, geometry)
    read = read_nrrd(path)
    assert np.array_equal(read.stored, voxels)
    assert read.geometry.matches(geometry, tolerance_mm=1e-6)
    image = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(image), voxels)
    last = [n - 1 for n in image.GetSize()]
    np.testing.assert_allclose(image.TransformIndexToPhysicalPoint(last), geometry.lps_from_index(last), atol=1e-5)


@pytest.mark.parametrize("name", ["v.nrrd", "v.nhdr"])
@pytest.mark.parametrize("compressed", [True, False])
def test_what_simpleitk_writes_is_read(tmp_path, name, compressed):
    image = sitk.GetImageFromArray(counted((4, 5, 6)))
    image.SetSpacing((0.7, 0.8, 2.0))
    image.SetOrigin((1, 2, 3))
    sitk.WriteImage(image, str(tmp_path / name), useCompression=compressed)
    read = read_nrrd(tmp_path / name)
    assert np.array_equal(read.stored, counted((4, 5, 6)))
    np.testing.assert_allclose(read.geometry.spacing_ijk_mm, (0.7, 0.8, 2.0))
    np.testing.assert_allclose(read.geometry.origin_lps_mm, (1, 2, 3))


def header_replaced(tmp_path, old, new):
    path = tmp_path / "v.nrrd"
    write_nrrd(path, counted(GEOMETRY.shape_kji), GEOMETRY)
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    return path


def test_ras_space_is_turned_into_lps(tmp_path):
    read = read_nrrd(header_replaced(tmp_path, b"left-posterior-superior", b"right-anterior-superior"))
    np.testing.assert_allclose(read.geometry.origin_lps_mm, (10, -20, 300))


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (b"space: left-posterior-superior\n", b"", UnsupportedScanError),
        (b"sizes: 7 6 5", b"sizes: 7 6", UnsupportedScanError),
        (b"sizes: 7 6 5", b"sizes: 3 7 6 5", UnsupportedScanError),
        (b"sizes: 7 6 5", b"sizes: 70000 60000 50000", HostileInputError),
        (b"sizes: 7 6 5", b"sizes: 700 600 500", HostileInputError),
        (b"sizes: 7 6 5", b"sizes: 7 6 50", UnreadableFileError),
        (b"sizes: 7 6 5", b"sizes: 7 six 5", UnreadableFileError),
        (b"type: int16", b"type: block", UnsupportedScanError),
        (b"encoding: gzip", b"encoding: hex", UnsupportedScanError),
        (b"encoding: gzip\n", b"encoding: gzip\ndata file: ../../secret\n", HostileInputError),
        (b"encoding: gzip\n", b"encoding: gzip\ndata file: absent.raw\n", UnreadableFileError),
        (b"NRRD0004", b"NOTHING!", UnreadableFileError),
        (b"space directions: (0.7", b"space directions: (nan", UnsupportedScanError),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path, old, new, error):
    with pytest.raises(error):
        read_nrrd(header_replaced(tmp_path, old, new))


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "v.nrrd"
    write_nrrd(path, np.random.default_rng(0).integers(0, 9999, GEOMETRY.shape_kji).astype(np.int16), GEOMETRY)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UnreadableFileError):
        read_nrrd(path)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "v.nrrd").touch()
    with pytest.raises(UnreadableFileError):
        read_nrrd(tmp_path / "v.nrrd")
