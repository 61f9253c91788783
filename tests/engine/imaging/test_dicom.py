import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - the name everybody knows it by
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from engine.errors import (
    EmptyScanError,
    SliceGeometryError,
    UnreadableFileError,
    UnsupportedScanError,
)
from engine.imaging import write_dicom_series

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def change_raw(path, keyword, value):
    """Writes bytes that pydicom would not let through."""
    dataset = pydicom.dcmread(path)
    tag = pydicom.tag.Tag(keyword)
    dataset._dict[tag] = pydicom.dataelem.RawDataElement(tag, "DS", len(value), value, 0, False, True)
    dataset.save_as(path)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    angles=st.tuples(*[st.floats(-180, 180)] * 3),
    spacing=st.tuples(*[st.floats(0.3, 5)] * 3),
    origin=st.tuples(*[st.floats(-900, 900)] * 3),
    left_handed=st.booleans(),
)
def test_every_voxel_reads_back_at_its_place_in_the_patient(
    read, tmp_path_factory, make_scan, *, angles, spacing, origin, left_handed
):
    direction = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * ([1, 1, -1] if left_handed else 1)
    scan = make_scan((17, 6, 5), spacing, origin, direction)
    folder = tmp_path_factory.mktemp("series")
    write_dicom_series(folder, scan)
    volume = read(folder)
    assert volume.geometry.is_right_handed
    expected = scan.voxels_hu[::-1] if left_handed else scan.voxels_hu
    assert np.array_equal(volume.voxels_hu, expected)
    first = scan.geometry.lps_from_index((0, 0, 16 if left_handed else 0))
    np.testing.assert_allclose(volume.geometry.origin_lps_mm, first, atol=1e-3)
    np.testing.assert_allclose(volume.geometry.spacing_ijk_mm, spacing, rtol=1e-5)
    np.testing.assert_allclose(volume.geometry.direction[:, :2], direction[:, :2], atol=1e-6)


def test_simpleitk_reads_the_same_voxels_at_the_same_place(read, folder, scan):
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    image = sitk.ReadImage(names)
    volume = read(folder)
    assert np.array_equal(sitk.GetArrayFromImage(image), volume.voxels_hu)
    last = [n - 1 for n in image.GetSize()]
    np.testing.assert_allclose(
        image.TransformIndexToPhysicalPoint(last), volume.geometry.lps_from_index(last), atol=1e-3
    )


def test_names_and_order_of_files_do_not_matter_and_junk_is_ignored(read, folder, scan):
    for number, path in enumerate(sorted(folder.glob("*.dcm"))):
        (folder / f"n{number % 3}").mkdir(exist_ok=True)
        path.rename(folder / f"n{number % 3}" / f"IMG{(number * 7) % 20:03d}")
    (folder / "readme.txt").write_text("hello")
    (folder / ".DS_Store").write_bytes(b"\0" * 600)
    (folder / "DICOMDIR").write_bytes(bytes(128) + b"DICM" + b"\2\0")
    volume = read(folder)
    assert np.array_equal(volume.voxels_hu, scan.voxels_hu)


def test_rescale_slope_intercept_and_padding_are_applied_per_slice(read, change, folder, scan):
    paths = sorted(folder.glob("*.dcm"))
    pixels = np.full((24, 28), 1060, np.uint16)
    pixels[:3] = 63536  # -2000 in sixteen unsigned bits
    for path in paths[:10]:
        change(
            path, PixelRepresentation=0, RescaleSlope="2", RescaleIntercept="-2048", PixelData=pixels.tobytes(),
        )  # fmt: skip
        dataset = pydicom.dcmread(path)
        dataset.add_new("PixelPaddingValue", "SS", -2000)
        dataset.save_as(path)
    volume = read(folder)
    assert set(np.unique(volume.voxels_hu[:10, 3:])) == {72}
    assert set(np.unique(volume.voxels_hu[:10, :3])) == {-1024}
    assert np.array_equal(volume.voxels_hu[10:], scan.voxels_hu[10:])


def test_bits_above_the_stored_ones_are_overlays_and_not_values(read, change_all, folder):
    pixels = np.full((24, 28), 40 | 0xF000, np.uint16)
    pixels[:3] = 0
    change_all(
        folder, PixelRepresentation=0, BitsStored=12, HighBit=11, RescaleIntercept="-1000", PixelData=pixels.tobytes()
    )
    assert set(np.unique(read(folder).voxels_hu)) == {-960, -1000}


def test_a_compressed_series_is_decoded(read, folder, scan, tmp_path):
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    for number, name in enumerate(names):
        image = sitk.ReadImage(name)
        writer = sitk.ImageFileWriter()
        writer.SetFileName(str(tmp_path / "j2k" / f"{number}.dcm"))
        (tmp_path / "j2k").mkdir(exist_ok=True)
        writer.KeepOriginalImageUIDOn()
        writer.SetUseCompression(True)
        writer.SetCompressor("JPEG2000")
        writer.Execute(image)
    first = pydicom.dcmread(tmp_path / "j2k" / "0.dcm", stop_before_pixels=True)
    assert first.file_meta.TransferSyntaxUID.is_compressed
    assert np.array_equal(read(tmp_path / "j2k").voxels_hu, scan.voxels_hu)


def test_a_missing_slice_is_refused_by_place_and_size(read, folder):
    sorted(folder.glob("*.dcm"))[7].unlink()
    with pytest.raises(SliceGeometryError, match=r"8\.0 mm between slices 7 and 8 \(1 missing\)"):
        read(folder)


def test_an_uneven_gap_is_refused(read, change, folder):
    path = sorted(folder.glob("*.dcm"))[-1]
    change(path, ImagePositionPatient=["-30", "40", "-422.5"])
    with pytest.raises(SliceGeometryError, match=r"5\.5 mm between slices 19 and 20 \(uneven\)"):
        read(folder)


def test_slices_at_one_position_are_refused(read, change, folder):
    paths = sorted(folder.glob("*.dcm"))
    change(paths[4], ImagePositionPatient=pydicom.dcmread(paths[5]).ImagePositionPatient)
    with pytest.raises(SliceGeometryError, match="same position"):
        read(folder)


def test_the_same_file_twice_is_read_once(read, folder, scan):
    path = sorted(folder.glob("*.dcm"))[4]
    (folder / "copy.dcm").write_bytes(path.read_bytes())
    assert np.array_equal(read(folder).voxels_hu, scan.voxels_hu)


def test_gantry_tilt_is_refused_in_degrees(read, change, folder):
    for k, path in enumerate(sorted(folder.glob("*.dcm"))):
        change(path, ImagePositionPatient=["-30", str(40 + 0.7 * k), str(-500 + 4 * k)])
    with pytest.raises(SliceGeometryError, match=r"9\.9 degrees of gantry tilt"):
        read(folder)


def test_an_empty_file_is_left_out_with_a_warning_where_the_rest_is_whole(read, folder, scan):
    (folder / "empty.dcm").touch()
    volume = read(folder)
    assert np.array_equal(volume.voxels_hu, scan.voxels_hu)
    assert any("0 bytes" in warning for warning in volume.warnings)


def test_an_empty_file_in_place_of_a_slice_is_refused_and_suspected(read, folder):
    path = sorted(folder.glob("*.dcm"))[7]
    path.write_bytes(b"")
    with pytest.raises(SliceGeometryError, match="empty or damaged"):
        read(folder)


def test_a_truncated_slice_is_refused_by_its_place(read, folder):
    path = sorted(folder.glob("*.dcm"))[7]
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UnreadableFileError, match="slice 8 of 20"):
        read(folder)


def test_only_empty_files_are_unreadable(read, tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.dcm").touch()
    with pytest.raises(UnreadableFileError, match="3 are empty"):
        read(tmp_path)


def test_no_dicom_at_all_is_an_empty_scan(read, tmp_path):
    (tmp_path / "notes.txt").write_text("no scan")
    with pytest.raises(EmptyScanError):
        read(tmp_path)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"}, "MR, not CT"),
        ({"SOPClassUID": SECONDARY_CAPTURE}, "Secondary Capture"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "localizer"),
        ({"SamplesPerPixel": 3}, "colour"),
        ({"NumberOfFrames": "20"}, "multi-frame"),
        ({"RescaleType": "MGML"}, "Hounsfield"),
        ({"ImageOrientationPatient": ["1", "0", "0", "0.5", "0.5", "0"]}, "perpendicular"),
        ({"PixelSpacing": ["20", "20"]}, "too coarse"),
    ],
)
def test_what_is_no_ct_volume_is_refused_by_name(read, change_all, folder, values, said):
    change_all(folder, **values)
    with pytest.raises(UnsupportedScanError, match=said):
        read(folder)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("PixelSpacing", b"abc\\2.0 "), ("ImagePositionPatient", b"nan\\0\\0 "), ("ImageOrientationPatient", b"1\\0 ")],
)
def test_a_series_whose_place_is_no_number_is_refused(read, folder, keyword, value):
    for path in folder.glob("*.dcm"):
        change_raw(path, keyword, value)
    with pytest.raises(UnsupportedScanError, match="lack their position"):
        read(folder)


def test_a_few_slices_are_no_volume(read, folder):
    for path in sorted(folder.glob("*.dcm"))[3:]:
        path.unlink()
    with pytest.raises(UnsupportedScanError, match="Only 3 CT slices"):
        read(folder)


def test_number_strings_that_break_the_standard_are_read(read, folder, scan):
    for path in folder.glob("*.dcm"):
        change_raw(path, "PixelSpacing", b"002.5000000000000000000\\+2.00000000000000000")
    np.testing.assert_allclose(read(folder).geometry.spacing_ijk_mm, scan.geometry.spacing_ijk_mm)


def test_an_absurd_size_is_refused(read, change_all, folder):
    change_all(folder, Rows=60000, Columns=60000)
    with pytest.raises((UnreadableFileError, UnsupportedScanError)):
        read(folder)
