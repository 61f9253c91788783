import os
from pathlib import Path

import numpy as np
import pydicom
import pytest

from engine import errors
from engine.errors import (
    EmptyScanError,
    HostileInputError,
    OperationCancelledError,
    SliceGeometryError,
    UnreadableFileError,
    UnsupportedScanError,
)
from engine.imaging import limits, parser_child, read_scan, write_dicom_series, write_nifti, write_nrrd
from engine.imaging.scan_parser import parse_scan

DATA = Path(__file__).parents[4] / "shared" / "data"
PLANTED = ("DOE^JANE", "Jane Doe", "19700131", "ID-4711-X", "2.25.424242", "St Elsewhere", "Kowalski")


class Recorder:
    def __init__(self, stop_at=2.0):
        self.fractions = []
        self.stop_at = stop_at

    def stage(self, name):
        pass

    def advance(self, fraction, detail=""):
        self.fractions.append(fraction)
        if fraction >= self.stop_at:
            raise OperationCancelledError("stopped")


def parse(path, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return parse_scan(path, series=None, scratch=scratch, report=lambda fraction, detail: None)


def test_every_format_gives_the_same_scan_and_digest(tmp_path, scan):
    write_dicom_series(tmp_path / "series", scan)
    write_nifti(tmp_path / "v.nii.gz", scan.voxels_hu, scan.geometry)
    write_nrrd(tmp_path / "v.nrrd", scan.voxels_hu, scan.geometry)
    reads = [parse(tmp_path / name, tmp_path) for name in ("series", "v.nii.gz", "v.nrrd")]
    assert [read.provenance.source_kind for read in reads] == ["dicom", "nifti", "nrrd"]
    assert len({read.provenance.voxels_sha256 for read in reads}) == 1
    for read in reads:
        assert np.array_equal(read.scan.voxels_hu, scan.voxels_hu)
        assert read.scan.geometry.matches(scan.geometry)


def test_the_scan_arrives_from_the_parser_process_with_progress(tmp_path, scan):
    write_dicom_series(tmp_path / "series", scan)
    recorder = Recorder()
    read = read_scan(tmp_path / "series", progress=recorder)
    assert np.array_equal(read.scan.voxels_hu, scan.voxels_hu)
    assert read.provenance.modality == "CT"
    assert recorder.fractions[-1] == 1.0
    assert recorder.fractions == sorted(recorder.fractions)


def test_an_error_of_the_parser_process_arrives_as_itself(tmp_path, scan):
    write_dicom_series(tmp_path / "series", scan)[7].unlink()
    with pytest.raises(SliceGeometryError, match="1 missing") as raised:
        read_scan(tmp_path / "series")
    assert raised.value.cure


def test_stopping_kills_the_parser_and_leaves_no_scratch_folder(tmp_path, scan, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(parser_child.tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    started = []
    start = parser_child._start
    monkeypatch.setattr(parser_child, "_start", lambda *a: started.append(start(*a)) or started[-1])
    write_dicom_series(tmp_path / "series", scan)
    with pytest.raises(OperationCancelledError):
        read_scan(tmp_path / "series", progress=Recorder(stop_at=0.4))
    assert started[0].returncode is not None
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_parser_that_takes_too_long_is_killed(tmp_path, scan):
    write_dicom_series(tmp_path / "series", scan)
    with pytest.raises(HostileInputError, match="longer than"):
        read_scan(tmp_path / "series", timeout_s=0.0)


def test_a_parser_that_dies_is_an_unreadable_scan(tmp_path, scan, monkeypatch):
    monkeypatch.setattr(parser_child.sys, "executable", "/bin/true")
    with pytest.raises(UnreadableFileError, match="crashed"):
        read_scan(tmp_path)


def test_no_scan_kills_the_reader_by_memory(tmp_path, scan, monkeypatch):
    write_nifti(tmp_path / "v.nii", scan.voxels_hu, scan.geometry)
    code = (
        "import engine.imaging.limits as l; l.PARSER_MEMORY_BYTES = 512 * 1024**2\n"
        "import engine.imaging.scan_parser as p\n"
        "def hungry(*a, **k): return bytearray(2**31)\n"
        "p.parse_scan = hungry\n"
        "from engine.imaging.parser_process import main; main()\n"
    )
    popen = parser_child.subprocess.Popen
    monkeypatch.setattr(
        parser_child.subprocess, "Popen", lambda command, **options: popen([command[0], "-c", code], **options)
    )
    with pytest.raises(HostileInputError, match="memory"):
        read_scan(tmp_path / "v.nii")


def test_every_leaf_of_the_error_tree_can_cross_the_process():
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.CantlieError):
            rebuilt = parser_child._error_of({"type": name, "what": "w", "cure": "c"})
            assert type(rebuilt) is kind
            assert (rebuilt.what, rebuilt.cure) == ("w", "c")
    assert type(parser_child._error_of({"type": "SystemExit", "what": "w", "cure": ""})) is UnreadableFileError


def test_nothing_that_identifies_the_patient_is_read(tmp_path, scan):
    for path in write_dicom_series(tmp_path / "series", scan, description="Jane Doe portal venous Kowalski"):
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = "DOE^JANE", "ID-4711-X", "19700131"
        dataset.InstitutionName, dataset.Manufacturer = "St Elsewhere", "SIEMENS Kowalski"
        dataset.StudyInstanceUID = "2.25.424242"
        dataset.ConvolutionKernel, dataset.ContrastBolusAgent = "Kowalski", "Jane Doe"
        dataset.save_as(path)
    read = read_scan(tmp_path / "series")
    text = repr(read.provenance) + repr(read.warnings)
    assert not [planted for planted in PLANTED if planted.lower() in text.lower()]
    assert read.provenance.maker == "Siemens"
    assert read.provenance.phase == "portal venous"
    assert read.provenance.contrast is True
    assert read.provenance.kernel == ""


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda path: path.mkdir(), EmptyScanError),
        (lambda path: None, EmptyScanError),
        (lambda path: path.touch(), UnreadableFileError),
        (lambda path: path.write_bytes(b"hello"), EmptyScanError),
        (lambda path: (path.mkdir(), os.mkfifo(path / "pipe")), EmptyScanError),
    ],
)
def test_a_path_without_a_scan_is_refused(tmp_path, make, error):
    make(tmp_path / "scan")
    with pytest.raises(error):
        parse(tmp_path / "scan", tmp_path)


def nifti(path, scan, voxels):
    write_nifti(path, voxels, scan.geometry)
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda v: np.where(v == v.max(), np.nan, v).astype(np.float32), "no number"),
        (lambda v: np.where(v == v.max(), np.inf, v).astype(np.float32), "no number"),
        (lambda v: (v + 1024).astype(np.int16), "no Hounsfield"),
        (lambda v: np.clip(v, 0, 255).astype(np.uint8), "8-bit"),
        (lambda v: np.full_like(v, -1000), "soft tissue"),
        (np.zeros_like, "no Hounsfield"),
    ],
)
def test_values_that_are_no_ct_are_refused(tmp_path, scan, change, said):
    with pytest.raises(UnsupportedScanError, match=said):
        parse(nifti(tmp_path / "v.nii", scan, change(scan.voxels_hu)), tmp_path)


@pytest.mark.parametrize("shape", [(1, 24, 28), (8, 24, 28), (20, 1, 28)])
def test_an_image_that_is_no_volume_is_refused(tmp_path, make_scan, shape):
    scan = make_scan(shape)
    with pytest.raises(UnsupportedScanError, match="no 3D volume"):
        parse(nifti(tmp_path / "v.nii", scan, scan.voxels_hu), tmp_path)


def test_values_below_air_become_air(tmp_path, scan):
    voxels = scan.voxels_hu.copy()
    voxels[0] = -3024
    assert parse(nifti(tmp_path / "v.nii", scan, voxels), tmp_path).scan.voxels_hu.min() == -1024


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}").write_text("x")
    with pytest.raises(HostileInputError):
        parse(tmp_path, tmp_path)


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.exists(), reason="the shared scans are not here")
def test_the_hard_tcga_folder_is_refused_with_its_gaps():
    with pytest.raises(SliceGeometryError) as raised:
        read_scan(DATA / "tcga_bc_a10x" / "dicom.tar.xz")
    for said in ("34 slices", "6.0 mm", "8.0 mm", "16.0 mm", "1 missing"):
        assert said in str(raised.value)


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.exists(), reason="the shared scans are not here")
def test_the_clean_series_and_volumes_are_read_on_their_grids():
    crlm1006 = read_scan(DATA / "crlm1006" / "dicom.tar.xz")
    assert crlm1006.scan.geometry.shape_kji == (51, 512, 512)
    np.testing.assert_allclose(crlm1006.scan.geometry.spacing_ijk_mm, (0.804688, 0.804688, 5.0))
    assert crlm1006.provenance.maker == "GE"
    crlm1100 = read_scan(DATA / "crlm1100" / "ct.nii.gz")
    assert crlm1100.scan.geometry.shape_kji == (119, 167, 200)
