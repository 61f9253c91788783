import io
import tarfile
import zipfile

import numpy as np
import pytest

from engine.errors import HostileInputError, UnreadableFileError
from engine.imaging import archive, limits, write_dicom_series, write_nifti
from engine.imaging.archive import unpack_archive
from engine.imaging.scan_parser import parse_scan


def parse(path, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return parse_scan(path, series=None, scratch=scratch, report=lambda fraction, detail: None)


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz", ".tar.xz"])
def test_a_packed_dicom_folder_reads_like_the_folder(tmp_path, scan, suffix):
    write_dicom_series(tmp_path / "series" / "deep", scan)
    path = tmp_path / f"scan{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in (tmp_path / "series").rglob("*"):
                packed.write(file, file.relative_to(tmp_path))
    else:
        with tarfile.open(path, f"w:{suffix[5:]}") as packed:
            packed.add(tmp_path / "series", "series")
    assert np.array_equal(parse(path, tmp_path).scan.voxels_hu, scan.voxels_hu)


def test_a_packed_nifti_beside_a_readme_is_read(tmp_path, scan):
    write_nifti(tmp_path / "v.nii.gz", scan.voxels_hu, scan.geometry)
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as packed:
        packed.write(tmp_path / "v.nii.gz", "data/v.nii.gz")
        packed.writestr("readme.txt", "about")
    assert parse(tmp_path / "scan.zip", tmp_path).provenance.source_kind == "nifti"


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "a/..\\..\\evil"])
def test_a_name_that_leaves_the_folder_is_refused_and_nothing_is_written(tmp_path, name):
    path = tmp_path / "slip.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(zipfile.ZipInfo(name), "x")
    (tmp_path / "inner").mkdir()
    with pytest.raises(HostileInputError, match="leave its folder"):
        unpack_archive(path, tmp_path / "inner")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["inner", "slip.zip"]


def test_links_in_a_tar_are_not_followed(tmp_path):
    path = tmp_path / "links.tar"
    with tarfile.open(path, "w") as packed:
        link = tarfile.TarInfo("passwd")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(link)
        hard = tarfile.TarInfo("hard")
        hard.type, hard.linkname = tarfile.LNKTYPE, "/etc/passwd"
        packed.addfile(hard)
        plain = tarfile.TarInfo("plain")
        plain.size = 3
        packed.addfile(plain, io.BytesIO(b"abc"))
    (tmp_path / "inner").mkdir()
    files = unpack_archive(path, tmp_path / "inner")
    assert [file.read_bytes() for file in files] == [b"abc"]


def test_a_bomb_is_refused_by_the_size_it_declares(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", bytes(2_000_000))
    (tmp_path / "inner").mkdir()
    with pytest.raises(HostileInputError, match="unpacks to more"):
        unpack_archive(tmp_path / "bomb.zip", tmp_path / "inner")


def test_a_bomb_that_lies_about_its_size_is_refused_while_it_unfolds(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_500_000)
    lies = [("one", 10, io.BytesIO(bytes(1_000_000))), ("two", 10, io.BytesIO(bytes(1_000_000)))]
    monkeypatch.setattr(archive, "_members", lambda path: iter(lies))
    (tmp_path / "bomb.zip").write_bytes(b"PK")
    (tmp_path / "inner").mkdir()
    with pytest.raises(HostileInputError, match="unpacks to more"):
        unpack_archive(tmp_path / "bomb.zip", tmp_path / "inner")
    assert sum(file.stat().st_size for file in (tmp_path / "inner").iterdir()) <= 1_500_000


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FILES", 10)
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as packed:
        for number in range(11):
            packed.writestr(f"{number}", "x")
    (tmp_path / "inner").mkdir()
    with pytest.raises(HostileInputError):
        unpack_archive(tmp_path / "many.zip", tmp_path / "inner")


@pytest.mark.parametrize("kept", [0, 10, 0.5])
@pytest.mark.parametrize("suffix", [".zip", ".tar.gz", ".tar.xz"])
def test_a_truncated_archive_is_refused(tmp_path, scan, suffix, kept):
    write_nifti(tmp_path / "v.nii", scan.voxels_hu, scan.geometry)
    path = tmp_path / f"scan{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.write(tmp_path / "v.nii", "v.nii")
    else:
        with tarfile.open(path, f"w:{suffix[5:]}") as packed:
            packed.add(tmp_path / "v.nii", "v.nii")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept) if kept < 1 else kept])
    (tmp_path / "inner").mkdir()
    with pytest.raises(UnreadableFileError):
        unpack_archive(path, tmp_path / "inner")


def test_a_locked_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "locked.zip", "w") as packed:
        packed.writestr("a", "secret")
    data = bytearray((tmp_path / "locked.zip").read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    (tmp_path / "inner").mkdir()
    with pytest.raises(UnreadableFileError, match="password"):
        unpack_archive(tmp_path / "locked.zip", tmp_path / "inner")
