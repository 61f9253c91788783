"""Which series of a folder is read: the one that is a CT volume, or the one that is chosen."""

import numpy as np
import pydicom
import pytest

from engine.errors import AmbiguousSeriesError, UnsupportedScanError
from engine.imaging import write_dicom_series

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


@pytest.fixture
def two_series(change_all, tmp_path, make_scan):
    write_dicom_series(tmp_path / "a", make_scan(), seed=1, description="Portal Venous Smith")
    write_dicom_series(tmp_path / "b", make_scan((18, 24, 28)), seed=2, description="arterial DOE^JOHN 1970")
    change_all(tmp_path / "a", SeriesNumber=4)
    change_all(tmp_path / "b", SeriesNumber=3)
    return tmp_path


def test_a_secondary_capture_and_a_localizer_beside_the_series_do_not_disturb(read, change, folder, scan):
    paths = sorted(folder.glob("*.dcm"))
    for name, values in (
        ("capture.dcm", {"SOPClassUID": SECONDARY_CAPTURE}),
        ("scout.dcm", {"ImageOrientationPatient": ["1", "0", "0", "0", "0", "-1"], "SOPInstanceUID": "2.25.1"}),
    ):
        (folder / name).write_bytes(paths[3].read_bytes())
        change(folder / name, **values)
    assert np.array_equal(read(folder).voxels_hu, scan.voxels_hu)


def test_several_series_are_listed_without_names_and_one_can_be_chosen(read, two_series):
    with pytest.raises(AmbiguousSeriesError) as raised:
        read(two_series)
    text = str(raised.value)
    assert "1: series 3 of the scanner, arterial, 18 slices" in text
    assert "2: series 4 of the scanner, portal venous, 20 slices" in text
    assert "Smith" not in text and "DOE" not in text and "1970" not in text
    assert read(two_series, "1").voxels_hu.shape[0] == 18
    assert read(two_series, "2").voxels_hu.shape[0] == 20


def test_a_number_that_is_not_in_the_list_is_refused(read, two_series):
    with pytest.raises(UnsupportedScanError, match="no series of that number"):
        read(two_series, "7")


def test_a_broken_series_beside_a_whole_one_is_left_out_with_a_warning(read, two_series):
    sorted((two_series / "a").glob("*.dcm"))[5].unlink()
    volume = read(two_series)
    assert volume.voxels_hu.shape[0] == 18
    assert any("uneven or missing" in warning for warning in volume.warnings)


def test_two_passes_in_one_series_are_told_apart_by_acquisition(read, change_all, folder, tmp_path, make_scan):
    write_dicom_series(tmp_path / "late", make_scan(), seed=5)
    uid = pydicom.dcmread(next(folder.glob("*.dcm"))).SeriesInstanceUID
    change_all(tmp_path / "late", SeriesInstanceUID=uid, AcquisitionNumber=2)
    with pytest.raises(AmbiguousSeriesError, match="2 CT series"):
        read(tmp_path)
