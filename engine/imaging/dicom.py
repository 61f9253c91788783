"""DICOM folders: find the CT volume in them and read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import EmptyScanError, SliceGeometryError, UnreadableFileError
from engine.geometry import VolumeGeometry
from engine.imaging.deidentification import contrast_phase
from engine.imaging.dicom_headers import FileKind, SliceHeader, read_slice_header
from engine.imaging.dicom_pixels import read_slice_hu
from engine.imaging.dicom_series import CtSeries, choose_series
from engine.sentences import say

Report = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DicomVolume:
    """The chosen series.

    Attributes:
        voxels_hu: (k, j, i) int16.
        geometry: its grid.
        first: a header of the series, for provenance.
        phase: the contrast phase that the series names, or "".
        warnings: sentences for the person.
    """

    voxels_hu: NDArray[np.int16]
    geometry: VolumeGeometry
    first: SliceHeader
    phase: str
    warnings: tuple[str, ...]


def read_dicom(files: Sequence[Path], series: str | None, report: Report) -> DicomVolume:
    """Reads the CT volume among files of any kind.

    Args:
        files: all files of the folder.
        series: the number of a series in the list of those that fit, or None for the only one.
        report: told the fraction done and what is going on.

    Raises:
        ScanError: see `choose_series` and `read_slice_hu`; UnreadableFileError if nothing could be read.
    """
    images, kinds = _read_headers(files, report)
    if not images and kinds[FileKind.EMPTY] + kinds[FileKind.DAMAGED] > 0:
        raise UnreadableFileError(
            f"None of the {len(files)} files can be read: {kinds[FileKind.EMPTY]} are empty (0 bytes), "
            f"{kinds[FileKind.DAMAGED]} damaged.",
            cure="Copy the folder again.",
        )
    if not images:
        raise EmptyScanError("No DICOM images were found.", cure="Give the folder with the CT series.")
    try:
        chosen, others = choose_series(images, series)
    except SliceGeometryError as error:
        raise SliceGeometryError(f"{error.what}{_suspects(kinds)}", cure=error.cure) from error
    voxels = _read_voxels(chosen, report)
    assert chosen.geometry is not None
    first = chosen.slices[0]
    return DicomVolume(
        voxels_hu=voxels,
        geometry=chosen.geometry,
        first=first,
        phase=contrast_phase(first.description),
        warnings=_warnings(kinds, others),
    )


def _read_headers(files: Sequence[Path], report: Report) -> tuple[list[SliceHeader], Counter[FileKind]]:
    images: list[SliceHeader] = []
    kinds: Counter[FileKind] = Counter()
    for number, path in enumerate(files):
        kind, header = read_slice_header(path)
        kinds[kind] += 1
        if header is not None:
            images.append(header)
        if number % 20 == 0:
            report(0.3 * number / len(files), f"header {number + 1} of {len(files)}")
    return images, kinds


def _read_voxels(series: CtSeries, report: Report) -> NDArray[np.int16]:
    assert series.geometry is not None
    voxels = np.empty(series.geometry.shape_kji, dtype=np.int16)
    count = len(series.slices)
    for k, header in enumerate(series.slices):
        voxels[k] = read_slice_hu(header, k + 1, count)
        report(0.3 + 0.7 * (k + 1) / count, f"slice {k + 1} of {count}")
    return voxels


def _suspects(kinds: Counter[FileKind]) -> str:
    unread = kinds[FileKind.EMPTY] + kinds[FileKind.DAMAGED]
    if not unread:
        return ""
    return f" The folder also holds {unread} empty or damaged files, which may be slices that are missing."


def _warnings(kinds: Counter[FileKind], others: Sequence[CtSeries]) -> tuple[str, ...]:
    warnings = []
    for kind, word in ((FileKind.EMPTY, "empty (0 bytes)"), (FileKind.DAMAGED, "damaged")):
        if kinds[kind]:
            warnings.append(
                f"{kinds[kind]} files were {word} and left out. The slices read are evenly spaced, but one may be "
                "missing at an end of the stack."
            )
    broken = [series for series in others if series.problem is not None]
    if broken:
        warnings.append(say("case.other_series", len(broken)))
    return tuple(warnings)
