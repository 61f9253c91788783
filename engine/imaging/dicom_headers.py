"""One DICOM file's header, reduced to what a volume needs.

Values are taken from the raw bytes: pydicom's own conversion refuses number strings that scanners write all the
same ("006.7578125000", more than 16 characters), and its warnings would print the offending value, which may
be a name.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from engine.imaging import deidentification

CT_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.2.1"
SECONDARY_CAPTURE_PREFIX: Final = "1.2.840.10008.5.1.4.1.1.7"

_TAGS: Final = (
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Modality", "ImageType", "SeriesNumber", "SeriesDescription",
    "AcquisitionNumber", "TemporalPositionIdentifier", "Rows", "Columns", "PixelSpacing", "ImageOrientationPatient",
    "ImagePositionPatient", "SamplesPerPixel", "NumberOfFrames", "BitsAllocated", "BitsStored", "PixelRepresentation",
    "PixelPaddingValue", "RescaleSlope", "RescaleIntercept", "RescaleType", "SliceThickness", "ConvolutionKernel",
    "Manufacturer", "ContrastBolusAgent", "KVP",
)  # fmt: skip


class FileKind(Enum):
    """What a file in the folder turned out to be."""

    IMAGE = "image"
    EMPTY = "empty"
    DAMAGED = "damaged"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceHeader:
    """One image. Vectors are None where the file lacks or garbles them.

    Attributes:
        path: its file; never shown to anybody.
        position_lps_mm: centre of the first pixel.
        row_lps: unit vector of increasing column index i.
        column_lps: unit vector of increasing row index j.
        spacing_ji_mm: distance between rows, between columns.
        padding: stored value outside the field of view, or None.
    """

    path: Path
    sop_class: str
    instance_uid: str
    series_uid: str
    modality: str
    image_type: tuple[str, ...]
    series_number: int
    acquisition: str
    rows: int
    columns: int
    samples: int
    frames: int
    bits_allocated: int
    bits_stored: int
    is_signed: bool
    padding: int | None
    slope: float
    intercept: float
    rescale_type: str
    transfer_syntax: str
    position_lps_mm: tuple[float, ...] | None
    row_lps: tuple[float, ...] | None
    column_lps: tuple[float, ...] | None
    spacing_ji_mm: tuple[float, ...] | None
    description: str
    kernel: str
    maker: str
    contrast: bool | None
    thickness_mm: float | None
    tube_voltage_kv: float | None


def read_slice_header(path: Path) -> tuple[FileKind, SliceHeader | None]:
    """Reads one file's header; anything that is no DICOM image gives no header, never an exception."""
    import pydicom

    if path.stat().st_size == 0:
        return FileKind.EMPTY, None
    with path.open("rb") as stream:
        has_preamble = stream.read(132)[128:] == b"DICM"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(_TAGS))
            header = _header_of(path, dataset)
    # A hostile or damaged file may raise anything in a parser; all of it means the same to the person.
    except Exception:
        return (FileKind.DAMAGED if has_preamble else FileKind.OTHER), None
    if header is None or header.rows < 1 or header.columns < 1:
        damaged = has_preamble and header is not None and header.sop_class in ("", CT_IMAGE)
        return (FileKind.DAMAGED if damaged else FileKind.OTHER), None
    return FileKind.IMAGE, header


def _header_of(path: Path, dataset: Any) -> SliceHeader | None:
    sop_class = _text(dataset, "SOPClassUID")
    if not sop_class and not _text(dataset, "Modality"):
        return None
    orientation = _numbers(dataset, "ImageOrientationPatient", 6)
    contrast = _text(dataset, "ContrastBolusAgent") if "ContrastBolusAgent" in dataset else None
    slope = _number(dataset, "RescaleSlope")
    return SliceHeader(
        path=path,
        sop_class=sop_class,
        instance_uid=_text(dataset, "SOPInstanceUID"),
        series_uid=_text(dataset, "SeriesInstanceUID"),
        modality=_text(dataset, "Modality").upper(),
        image_type=tuple(part.strip().upper() for part in _text(dataset, "ImageType").split("\\")),
        series_number=int(_number(dataset, "SeriesNumber") or 0),
        acquisition=f"{_text(dataset, 'AcquisitionNumber')}/{_text(dataset, 'TemporalPositionIdentifier')}",
        rows=_integer(dataset, "Rows", 0),
        columns=_integer(dataset, "Columns", 0),
        samples=_integer(dataset, "SamplesPerPixel", 1),
        frames=int(_number(dataset, "NumberOfFrames") or 1),
        bits_allocated=_integer(dataset, "BitsAllocated", 16),
        bits_stored=_integer(dataset, "BitsStored", _integer(dataset, "BitsAllocated", 16)),
        is_signed=_integer(dataset, "PixelRepresentation", 0) == 1,
        padding=_padding(dataset),
        slope=1.0 if slope is None or slope == 0 else slope,
        intercept=_number(dataset, "RescaleIntercept") or 0.0,
        rescale_type=_text(dataset, "RescaleType").upper(),
        transfer_syntax=str(getattr(dataset.file_meta, "TransferSyntaxUID", "1.2.840.10008.1.2")),
        position_lps_mm=_numbers(dataset, "ImagePositionPatient", 3),
        row_lps=orientation[:3] if orientation else None,
        column_lps=orientation[3:] if orientation else None,
        spacing_ji_mm=_numbers(dataset, "PixelSpacing", 2),
        description=deidentification.known_words(_text(dataset, "SeriesDescription")),
        kernel=deidentification.known_kernel(_text(dataset, "ConvolutionKernel")),
        maker=deidentification.known_maker(_text(dataset, "Manufacturer")),
        contrast=None if contrast is None else bool(contrast),
        thickness_mm=_number(dataset, "SliceThickness"),
        tube_voltage_kv=_number(dataset, "KVP"),
    )


def _text(dataset: Any, keyword: str) -> str:
    """The raw bytes of an element as text, "" where absent."""
    from pydicom.datadict import tag_for_keyword
    from pydicom.tag import Tag

    tag = Tag(tag_for_keyword(keyword) or 0)
    if tag not in dataset:
        return ""
    value = dataset.get_item(tag).value
    if isinstance(value, bytes):
        return value.decode("latin-1").strip(" \0")
    return "" if value is None else str(value).strip(" \0")


def _numbers(dataset: Any, keyword: str, count: int) -> tuple[float, ...] | None:
    try:
        values = tuple(float(part.strip(" \0")) for part in _text(dataset, keyword).split("\\"))
    except ValueError:
        return None
    return values if len(values) == count and all(map(math.isfinite, values)) else None


def _number(dataset: Any, keyword: str) -> float | None:
    first = _text(dataset, keyword).split("\\")[0]
    try:
        value = float(first)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _integer(dataset: Any, keyword: str, default: int) -> int:
    """A binary integer (VR US), converted by pydicom because it knows the byte order."""
    value = dataset.get(keyword)
    return default if value is None else int(value)


def _padding(dataset: Any) -> int | None:
    value = dataset.get("PixelPaddingValue")
    return int(value) if isinstance(value, int) else None
