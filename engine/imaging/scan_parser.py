"""From a path to a CT volume: finds out what the path is and asks the right reader.

Runs in the parser process (`parser_process`); everything it touches is taken for hostile.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import EmptyScanError, HostileInputError, UnsupportedScanError
from engine.geometry import VolumeGeometry
from engine.imaging import limits
from engine.imaging.archive import is_archive, unpack_archive
from engine.imaging.dicom import DicomVolume, Report, read_dicom
from engine.imaging.hounsfield import check_hounsfield, to_hounsfield
from engine.imaging.nifti import read_nifti
from engine.imaging.nrrd import read_nrrd
from engine.imaging.scan_read import ScanProvenance, ScanRead, SourceKind
from engine.imaging.stored_volume import StoredVolume
from engine.volume import ScanVolume


def parse_scan(path: Path, *, series: str | None, scratch: Path, report: Report) -> ScanRead:
    """Reads the scan at a path: DICOM folder or file, archive, NIfTI or NRRD.

    Args:
        path: what the person gave.
        series: the number of a DICOM series, or None.
        scratch: an empty folder for unpacked archives; the caller removes it.
        report: told the fraction done and what is going on.

    Raises:
        ScanError: whatever is wrong with it.
    """
    if not path.exists():
        raise EmptyScanError("There is nothing at the path of the scan.", cure="Check the path.")
    if path.is_dir():
        return _parse_files(_files_in(path), series, report)
    if is_archive(path):
        report(0.0, "unpacking")
        return _parse_files(unpack_archive(path, scratch), series, report)
    return _parse_files((path,), series, report)


def _parse_files(files: Sequence[Path], series: str | None, report: Report) -> ScanRead:
    if not files:
        raise EmptyScanError("The folder or archive holds no files.", cure="Give the folder with the CT series.")
    volumes = [path for path in files if volume_kind(path) is not None]
    if len(volumes) == 1 and len(files) == 1:
        return _parse_volume(volumes[0], report)
    try:
        return _dicom_read(read_dicom(files, series, report))
    except EmptyScanError:
        # A folder or archive may hold a single volume file beside a readme.
        if len(volumes) == 1:
            return _parse_volume(volumes[0], report)
        if len(volumes) > 1:
            raise UnsupportedScanError(
                f"There are {len(volumes)} volume files and no DICOM.", cure="Give one of them itself."
            ) from None
        raise


def volume_kind(path: Path) -> SourceKind | None:
    """The format of a single-file volume by its name, or None."""
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return "nifti"
    return "nrrd" if name.endswith((".nrrd", ".nhdr")) else None


def read_stored_volume(path: Path) -> StoredVolume:
    """Reads a NIfTI or NRRD file by its name.

    Raises:
        UnsupportedScanError: another format.
        ScanError: see `read_nifti` and `read_nrrd`.
    """
    match volume_kind(path):
        case "nifti":
            return read_nifti(path)
        case "nrrd":
            return read_nrrd(path)
        case _:
            raise UnsupportedScanError("The file is neither NIfTI nor NRRD.", cure="Use .nii, .nii.gz or .nrrd.")


def _parse_volume(path: Path, report: Report) -> ScanRead:
    report(0.0, "reading")
    stored = read_stored_volume(path)
    check_is_volume(stored.geometry)
    if stored.stored.dtype.itemsize == 1 and stored.slope == 1 and stored.intercept == 0:
        raise UnsupportedScanError(
            "The voxels are 8-bit grey values, not Hounsfield units.", cure="Export the scan with its full range."
        )
    report(0.6, "Hounsfield units")
    voxels = to_hounsfield(stored)
    kind = volume_kind(path)
    assert kind is not None
    return ScanRead(
        scan=ScanVolume(voxels_hu=voxels, geometry=stored.geometry),
        provenance=ScanProvenance(source_kind=kind, voxels_sha256=digest_of(voxels)),
        warnings=stored.warnings,
    )


def check_is_volume(geometry: VolumeGeometry) -> None:
    """Refuses 2D images and slabs.

    Raises:
        UnsupportedScanError: fewer than 16 voxels along an axis.
    """
    if min(geometry.shape_kji) < limits.MIN_SLICES:
        raise UnsupportedScanError(
            f"The image has {' x '.join(str(n) for n in geometry.shape_kji[::-1])} voxels: no 3D volume of a body "
            f"(at least {limits.MIN_SLICES} along each axis).",
            cure="Give the whole CT series, not a single image.",
        )


def _dicom_read(volume: DicomVolume) -> ScanRead:
    check_is_volume(volume.geometry)
    check_hounsfield(volume.voxels_hu)
    first = volume.first
    return ScanRead(
        scan=ScanVolume(voxels_hu=volume.voxels_hu, geometry=volume.geometry),
        provenance=ScanProvenance(
            source_kind="dicom",
            voxels_sha256=digest_of(volume.voxels_hu),
            modality="CT",
            maker=first.maker,
            kernel=first.kernel,
            phase=volume.phase,
            contrast=first.contrast,
            slice_thickness_mm=first.thickness_mm,
            tube_voltage_kv=first.tube_voltage_kv,
        ),
        warnings=volume.warnings,
    )


def digest_of(voxels: NDArray[np.int16]) -> str:
    """SHA-256 of int16 voxels in (k, j, i) order, hexadecimal."""
    return hashlib.sha256(np.ascontiguousarray(voxels).data).hexdigest()


def _files_in(folder: Path) -> tuple[Path, ...]:
    """Regular files below a folder, sorted; links and devices are not followed."""
    files: list[Path] = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            if stat.S_ISREG(path.lstat().st_mode):
                files.append(path)
        if len(files) > limits.MAX_FILES:
            raise HostileInputError(
                f"The folder holds more than {limits.MAX_FILES} files.", cure="Give the folder of one CT study."
            )
    return tuple(files)
