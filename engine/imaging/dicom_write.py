"""Writes a CT volume as a DICOM series that any viewer opens; for phantoms and tests, never for patients."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from engine.imaging.dicom_headers import CT_IMAGE
from engine.volume import ScanVolume

_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_PATIENT = "PHANTOM^CANTLIE"


def write_dicom_series(
    folder: Path, scan: ScanVolume, *, seed: int = 0, description: str = "phantom portal venous"
) -> tuple[Path, ...]:
    """Writes one file a slice (`slice_0001.dcm` ...), deterministic for a seed.

    A left-handed volume is written as it lies in space: slices are ordered by position in DICOM, so it reads
    back right-handed with every voxel at its place.

    Args:
        folder: created if absent.
        scan: at right angles, int16 HU.
        seed: makes the UIDs, so that two phantoms do not share a series.
        description: the series description.

    Returns:
        The files in k order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k in range(scan.geometry.shape_kji[0]):
        path = folder / f"slice_{k + 1:04d}.dcm"
        _write_slice(path, scan, k, seed, description)
        paths.append(path)
    return tuple(paths)


def _write_slice(path: Path, scan: ScanVolume, k: int, seed: int, description: str) -> None:
    from pydicom.dataset import FileDataset, FileMetaDataset

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CT_IMAGE
    meta.MediaStorageSOPInstanceUID = _uid(seed, f"instance {k}")
    meta.TransferSyntaxUID = _EXPLICIT_LITTLE_ENDIAN
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID = CT_IMAGE
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = _uid(seed, "study")
    dataset.SeriesInstanceUID = _uid(seed, "series")
    dataset.FrameOfReferenceUID = _uid(seed, "frame")
    dataset.PatientName = _PATIENT
    dataset.PatientID = "PHANTOM"
    dataset.PatientBirthDate = dataset.PatientSex = dataset.StudyDate = dataset.StudyTime = ""
    dataset.AccessionNumber = dataset.StudyID = dataset.ReferringPhysicianName = ""
    dataset.Modality = "CT"
    dataset.Manufacturer = "Cantlie phantom"
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.SeriesNumber = 1
    dataset.SeriesDescription = description
    dataset.InstanceNumber = k + 1
    dataset.AcquisitionNumber = 1
    _add_grid(dataset, scan, k)
    _add_pixels(dataset, scan, k)
    dataset.save_as(path, enforce_file_format=True)


def _add_grid(dataset: object, scan: ScanVolume, k: int) -> None:
    geometry = scan.geometry
    place = {
        "ImagePositionPatient": [_decimal(v) for v in geometry.lps_from_index((0, 0, k))],
        "ImageOrientationPatient": [_decimal(v) for v in (*geometry.direction[:, 0], *geometry.direction[:, 1])],
        "PixelSpacing": [_decimal(geometry.spacing_ijk_mm[1]), _decimal(geometry.spacing_ijk_mm[0])],
        "SliceThickness": _decimal(geometry.spacing_ijk_mm[2]),
        "Rows": geometry.shape_kji[1],
        "Columns": geometry.shape_kji[2],
    }
    for keyword, value in place.items():
        setattr(dataset, keyword, value)


def _add_pixels(dataset: object, scan: ScanVolume, k: int) -> None:
    pixels = {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
        "RescaleSlope": "1",
        "RescaleIntercept": "0",
        "RescaleType": "HU",
        "WindowCenter": "60",
        "WindowWidth": "400",
        "PixelData": np.ascontiguousarray(scan.voxels_hu[k], dtype="<i2").tobytes(),
    }
    for keyword, value in pixels.items():
        setattr(dataset, keyword, value)


def _decimal(value: float) -> str:
    """A decimal string of at most 16 characters, as PS3.5 section 6.2 asks."""
    for digits in range(14, 4, -1):
        text = f"{float(value):.{digits}g}"
        if len(text) <= 16:
            return text
    raise ValueError("a coordinate that no DICOM decimal string holds")


def _uid(seed: int, what: str) -> str:
    """A UID under the UUID root 2.25 that depends on the seed alone."""
    digest = hashlib.sha256(f"cantlie phantom {seed} {what}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:15], 'big')}"
