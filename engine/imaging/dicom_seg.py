"""DICOM Segmentation objects (SEG): binary, fractional and label map; read by place in the patient.

Read here with pydicom alone. highdicom would add a library and its JPEG codecs for what is one functional group
macro and bit unpacking, and it insists on the source images that a person often does not have at hand.
Standard: PS3.3 section A.51 and C.8.20; the bits of binary frames follow each other without padding (PS3.5 8.1.1).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import HostileInputError, SliceGeometryError, UnreadableFileError, UnsupportedScanError
from engine.geometry import VolumeGeometry
from engine.imaging import limits
from engine.imaging.segment import Segment, StoredSegments
from engine.imaging.stored_volume import check_size, checked_geometry

SEGMENTATION_STORAGE: Final = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_STORAGE: Final = "1.2.840.10008.5.1.4.1.1.66.7"
_CURE: Final = "Export the segmentation again."
_MOST_SEGMENTS: Final = 1024
_PLACE_MM: Final = 0.05
"""Positions nearer than this are one plane: decimal strings are rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """One stored plane: its index in the file, its plane k, and the segment it is of (None in a label map)."""

    index: int
    k: int
    segment: int | None


def is_dicom_seg(path: Path) -> bool:
    """Whether a file is a DICOM segmentation object; never raises for a file that is no DICOM."""
    import pydicom

    try:
        with path.open("rb") as stream:
            if stream.read(132)[128:] != b"DICM":
                return False
        dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID"])
        return str(dataset.get("SOPClassUID", "")) in (SEGMENTATION_STORAGE, LABEL_MAP_STORAGE)
    # A hostile or damaged file may raise anything in a parser; all of it means the same here.
    except Exception:
        return False


def read_dicom_seg(path: Path) -> StoredSegments:
    """Reads a segmentation object onto the regular grid that its frames lie on (planes left out are empty).

    A fractional segment counts where at least half of a voxel (or half of the probability) is in it.

    Raises:
        UnreadableFileError: damaged, or its header does not fit its pixels.
        UnsupportedScanError: not a segmentation of a volume.
        SliceGeometryError: the frames do not lie on one regular grid.
        HostileInputError: absurd sizes.
    """
    import pydicom

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path)
            return _segments(dataset)
    except (UnreadableFileError, UnsupportedScanError, SliceGeometryError, HostileInputError):
        raise
    # What else a damaged file makes pydicom raise may quote the file.
    except Exception as error:
        raise UnreadableFileError("The DICOM segmentation is damaged.", cure=_CURE) from error


def _segments(dataset: Any) -> StoredSegments:
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    frames = int(dataset.get("NumberOfFrames", 1))
    check_size((columns, rows, 1), 1)
    # A frame a segment and plane: many more than the planes of a volume, but the file cannot hold less than a bit each.
    if frames < 1 or rows * columns * frames * int(dataset.BitsAllocated) > 8 * limits.MAX_STORED_BYTES:
        raise HostileInputError("The segmentation asks for more frames than any CT has.", cure=_CURE)
    if len(dataset.SegmentSequence) > _MOST_SEGMENTS:
        raise HostileInputError(f"The segmentation has {len(dataset.SegmentSequence)} segments.", cure=_CURE)
    if len(dataset.PerFrameFunctionalGroupsSequence) != frames:
        raise UnreadableFileError("The frames of the segmentation are not all described.", cure=_CURE)
    geometry, planes = _grid(dataset, rows, columns)
    is_label_map = str(dataset.get("SegmentationType", "")) == "LABELMAP"
    described = [
        _Frame(index=n, k=planes[n], segment=None if is_label_map else _segment_number(dataset, group))
        for n, group in enumerate(dataset.PerFrameFunctionalGroupsSequence)
    ]
    planes_of = _plane_reader(dataset, rows, columns, frames)
    segments = [_segment(one, described, planes_of, geometry, dataset) for one in dataset.SegmentSequence]
    return StoredSegments(segments=tuple(segments), geometry=geometry)


def _segment(
    item: Any,
    frames: Sequence[_Frame],
    plane_of: Callable[[int], NDArray[Any]],
    geometry: VolumeGeometry,
    dataset: Any,
) -> Segment:
    number = int(item.SegmentNumber)
    half = (int(dataset.get("MaximumFractionalValue", 1)) + 1) // 2 if dataset.SegmentationType == "FRACTIONAL" else 1

    def mask() -> NDArray[np.bool_]:
        out = np.zeros(geometry.shape_kji, dtype=bool)
        for frame in frames:
            if frame.segment is None:
                out[frame.k] |= plane_of(frame.index) == number
            elif frame.segment == number:
                out[frame.k] |= plane_of(frame.index) >= half
        return out

    kind, modifiers = _code(item, "SegmentedPropertyTypeCodeSequence"), _modifiers(item)
    return Segment(
        number=number,
        name=str(item.get("SegmentLabel", "")),
        mask=mask,
        kind=kind,
        modifiers=modifiers,
        region=_code(item, "AnatomicRegionSequence"),
    )


def _code(item: Any, keyword: str) -> str:
    sequence = item.get(keyword)
    return str(sequence[0].get("CodeValue", "")) if sequence else ""


def _modifiers(item: Any) -> tuple[str, ...]:
    """Laterality stands below the type or below the region, as the writer likes."""
    found = []
    for parent, child in (
        ("SegmentedPropertyTypeCodeSequence", "SegmentedPropertyTypeModifierCodeSequence"),
        ("AnatomicRegionSequence", "AnatomicRegionModifierSequence"),
    ):
        if item.get(parent) and item.get(parent)[0].get(child):
            found += [str(one.get("CodeValue", "")) for one in item.get(parent)[0].get(child)]
    return tuple(found)


def _segment_number(dataset: Any, group: Any) -> int:
    for place in (group, *dataset.get("SharedFunctionalGroupsSequence", ())):
        if place.get("SegmentIdentificationSequence"):
            return int(place.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
    raise UnreadableFileError("A frame does not say which segment it is of.", cure=_CURE)


def _group(dataset: Any, group: Any, keyword: str) -> Any:
    """A functional group of a frame, or the shared one."""
    for place in (group, *dataset.get("SharedFunctionalGroupsSequence", ())):
        if place.get(keyword):
            return place.get(keyword)[0]
    raise UnsupportedScanError(
        "The segmentation does not say where its planes lie in the patient.",
        cure="Export it from software that writes volumes (3D Slicer, OHIF, highdicom).",
    )


def _grid(dataset: Any, rows: int, columns: int) -> tuple[VolumeGeometry, list[int]]:
    """(grid, plane k of each frame)."""
    groups = dataset.PerFrameFunctionalGroupsSequence
    positions = np.array(
        [_group(dataset, g, "PlanePositionSequence").ImagePositionPatient for g in groups], dtype=float
    )
    orientations = np.array(
        [_group(dataset, g, "PlaneOrientationSequence").ImageOrientationPatient for g in groups], dtype=float
    )
    measures = _group(dataset, groups[0], "PixelMeasuresSequence")
    if not np.isfinite(positions).all() or np.abs(orientations - orientations[0]).max() > 1e-3:
        raise SliceGeometryError("The planes of the segmentation are not parallel.", cure=_CURE)
    row, column = orientations[0][:3], orientations[0][3:]
    normal = np.cross(row, column)
    along = (positions - positions[0]) @ normal
    step = _step_mm(along, measures)
    k = np.rint((along - along.min()) / step).astype(int)
    first = positions[int(np.argmin(along))]
    if np.abs(positions - (first + np.outer(k * step, normal))).max() > 0.02 * step + _PLACE_MM:
        raise SliceGeometryError("The planes of the segmentation are not evenly spaced.", cure=_CURE)
    row_mm, column_mm = (float(v) for v in measures.PixelSpacing)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = row * column_mm, column * row_mm, normal * step, first
    count = int(k.max()) + 1
    check_size((columns, rows, count), 1)
    return checked_geometry((count, rows, columns), matrix), [int(n) for n in k]


def _step_mm(along_mm: NDArray[np.float64], measures: Any) -> float:
    """Distance between planes: as stated where that fits the positions, else the smallest gap.

    SliceThickness is no distance between planes, so it serves only for a single plane.
    """
    stated = float(measures.get("SpacingBetweenSlices") or 0)
    places = np.unique(np.round(along_mm / _PLACE_MM)) * _PLACE_MM
    if len(places) < 2:
        step = stated or float(measures.get("SliceThickness") or 0)
    else:
        gaps = np.diff(np.sort(along_mm))
        smallest = float(gaps[gaps > _PLACE_MM].min())
        ratio = smallest / stated if stated > 0 else 0
        step = stated if ratio >= 1 and abs(ratio - round(ratio)) < 0.02 else smallest
    if not np.isfinite(step) or step <= 0:
        raise SliceGeometryError("The segmentation does not say how far apart its planes are.", cure=_CURE)
    return step


def _plane_reader(dataset: Any, rows: int, columns: int, frames: int) -> Callable[[int], NDArray[Any]]:
    """Gives the (j, i) stored numbers of a frame; binary frames are unpacked one at a time."""
    pixels = rows * columns
    if int(dataset.BitsAllocated) == 1 and not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        packed = np.frombuffer(dataset.PixelData, dtype=np.uint8)
        if packed.size * 8 < pixels * frames:
            raise UnreadableFileError("The segmentation is truncated.", cure=_CURE)

        def unpacked(index: int) -> NDArray[Any]:
            start = index * pixels
            part = np.unpackbits(packed[start // 8 : (start + pixels + 7) // 8], bitorder="little")
            return part[start % 8 :][:pixels].reshape(rows, columns)

        return unpacked
    stored = _decoded(dataset)
    if stored.shape != (frames, rows, columns):
        raise UnreadableFileError("The pixels of the segmentation do not fit its header.", cure=_CURE)
    return lambda index: np.asarray(stored[index])


def _decoded(dataset: Any) -> NDArray[Any]:
    from pydicom.pixels import iter_pixels

    def frames() -> Iterator[NDArray[Any]]:
        yield from iter_pixels(dataset, raw=True)

    return np.stack(list(frames()))
