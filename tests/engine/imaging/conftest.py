"""A small scan with the Hounsfield values of a body, on a grid that nothing is symmetric on."""

import numpy as np
import pydicom
import pytest

from engine.geometry import VolumeGeometry
from engine.imaging import write_dicom_series
from engine.imaging.dicom import read_dicom
from engine.volume import ScanVolume


def body_scan(shape_kji=(20, 24, 28), spacing_ijk_mm=(2.0, 2.5, 4.0), origin=(-30.0, 40.0, -500.0), direction=None):
    geometry = VolumeGeometry.from_parts(
        shape_kji=shape_kji, spacing_ijk_mm=spacing_ijk_mm, origin_lps_mm=origin, direction=direction
    )
    random = np.random.default_rng(7)
    voxels = random.integers(-60, 120, shape_kji).astype(np.int16)
    voxels[:, :3] = -1000
    voxels[0, 0, 0] = -1024
    return ScanVolume(voxels_hu=voxels, geometry=geometry)


def _read(folder, series=None):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return read_dicom(files, series, lambda fraction, detail: None)


def _change(path, **values):
    dataset = pydicom.dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)


def _change_all(folder, **values):
    for path in folder.glob("*.dcm"):
        _change(path, **values)


@pytest.fixture
def scan():
    return body_scan()


@pytest.fixture
def make_scan():
    return body_scan


@pytest.fixture
def folder(tmp_path, scan):
    """The scan as a series, one file a slice."""
    write_dicom_series(tmp_path / "series", scan)
    return tmp_path / "series"


@pytest.fixture(scope="session")
def read():
    """Reads the DICOM files of a folder, of one series where that is chosen."""
    return _read


@pytest.fixture(scope="session")
def change():
    """Changes values in a DICOM file."""
    return _change


@pytest.fixture(scope="session")
def change_all():
    """Changes values in every DICOM file of a folder."""
    return _change_all
