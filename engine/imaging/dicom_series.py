"""Which images belong together, which series are CT volumes, and which of them is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from engine.errors import AmbiguousSeriesError, EmptyScanError, ScanError, UnsupportedScanError
from engine.geometry import VolumeGeometry
from engine.imaging import limits
from engine.imaging.dicom_grid import grid_of_slices
from engine.imaging.dicom_headers import CT_IMAGE, ENHANCED_CT_IMAGE, SECONDARY_CAPTURE_PREFIX, SliceHeader

_ORIENTATION_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CtSeries:
    """A series of CT images, with its grid or with the reason why it has none.

    Attributes:
        number: what `--series` takes: 1 for the first in the list.
        slices: in order of the stack where there is a grid.
        geometry: the grid, or None.
        problem: why there is no grid, or None.
    """

    number: int
    slices: tuple[SliceHeader, ...]
    geometry: VolumeGeometry | None
    problem: ScanError | None

    def described(self) -> str:
        """One line a person can choose by; nothing in it identifies the patient."""
        first = self.slices[0]
        words = [word for word in (first.description, first.kernel and f"kernel {first.kernel}") if word]
        if first.contrast:
            words.append("with contrast")
        if self.geometry is None:
            size = f"{len(self.slices)} slices, not a regular volume"
        else:
            spacing = self.geometry.spacing_ijk_mm
            size = (
                f"{len(self.slices)} slices of {first.columns} x {first.rows}, {spacing[0]:.2f} x {spacing[2]:.2f} mm"
            )
        scanner_number = f"series {first.series_number} of the scanner" if first.series_number else "no scanner number"
        return f"{self.number}: {', '.join([scanner_number, *words, size])}"


def choose_series(images: Sequence[SliceHeader], wanted: str | None) -> tuple[CtSeries, tuple[CtSeries, ...]]:
    """Chooses the CT volume among images.

    Args:
        images: all images that were found.
        wanted: the number of a series in the list, or None to take the only one that fits.

    Returns:
        The series, and the other series of CT slices that were passed over.

    Raises:
        EmptyScanError: no images.
        UnsupportedScanError: no CT volume among them, or no series of that number.
        AmbiguousSeriesError: several fit and none was chosen; lists them.
        SliceGeometryError: the series has no regular grid.
    """
    candidates = list_series(images)
    if not candidates:
        raise _why_none(images)
    chosen = _choose(candidates, wanted)
    if chosen.problem is not None:
        raise chosen.problem
    return chosen, tuple(series for series in candidates if series is not chosen)


def list_series(images: Sequence[SliceHeader]) -> tuple[CtSeries, ...]:
    """All series of at least 16 CT slices, in the order of their scanner number."""
    groups: list[list[SliceHeader]] = []
    usable = [image for image in images if _is_ct_slice(image)]
    for _, same_series in groupby(sorted(usable, key=_series_key), key=_series_key):
        groups.extend(_by_orientation(list(same_series)))
    phases = [phase for group in groups for phase in _by_phase(_without_copies(group))]
    stacks = [stack for stack in phases if len(stack) >= limits.MIN_SLICES]
    return tuple(_series(number, stack) for number, stack in enumerate(stacks, start=1))


def _choose(candidates: tuple[CtSeries, ...], wanted: str | None) -> CtSeries:
    listing = "; ".join(series.described() for series in candidates)
    if wanted is not None:
        for series in candidates:
            if str(series.number) == wanted.strip():
                return series
        raise UnsupportedScanError(f"There is no series of that number. Found: {listing}.", cure="Choose --series N.")
    regular = [series for series in candidates if series.geometry is not None]
    if len(regular) > 1:
        raise AmbiguousSeriesError(
            f"{len(regular)} CT series fit: {listing}.", cure="Choose one with --series N (portal venous for a liver)."
        )
    return regular[0] if regular else max(candidates, key=lambda series: len(series.slices))


def _series(number: int, stack: list[SliceHeader]) -> CtSeries:
    try:
        slices, geometry = grid_of_slices(stack)
    except ScanError as problem:
        return CtSeries(number=number, slices=tuple(stack), geometry=None, problem=problem)
    return CtSeries(number=number, slices=tuple(slices), geometry=geometry, problem=None)


def _is_ct_slice(image: SliceHeader) -> bool:
    return (
        image.sop_class == CT_IMAGE
        and image.modality == "CT"
        and image.samples == 1
        and image.frames == 1
        and image.rescale_type in ("", "HU", "US")
        and "LOCALIZER" not in image.image_type
        and None not in (image.position_lps_mm, image.row_lps, image.spacing_ji_mm)
    )


def _series_key(image: SliceHeader) -> tuple[int, str, int, int]:
    return image.series_number, image.series_uid, image.rows, image.columns


def _by_orientation(images: list[SliceHeader]) -> list[list[SliceHeader]]:
    groups: list[list[SliceHeader]] = []
    for image in images:
        for group in groups:
            if _same_plane(group[0], image):
                group.append(image)
                break
        else:
            groups.append([image])
    return groups


def _same_plane(first: SliceHeader, second: SliceHeader) -> bool:
    vectors = [
        np.array([*(image.row_lps or ()), *(image.column_lps or ()), *(image.spacing_ji_mm or ())])
        for image in (first, second)
    ]
    return bool(np.abs(vectors[0] - vectors[1]).max() <= _ORIENTATION_TOLERANCE)


def _without_copies(images: list[SliceHeader]) -> list[SliceHeader]:
    """One image per instance UID: an export folder often holds the same file twice."""
    unique: dict[str, SliceHeader] = {}
    for index, image in enumerate(images):
        unique.setdefault(image.instance_uid or f"#{index}", image)
    return list(unique.values())


def _by_phase(images: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Splits several passes over the same positions by acquisition, where that resolves them."""
    places = [image.position_lps_mm for image in images]
    if len(set(places)) == len(places):
        return [images]
    passes: dict[str, list[SliceHeader]] = {}
    for image in images:
        passes.setdefault(image.acquisition, []).append(image)
    resolved = all(len({image.position_lps_mm for image in one}) == len(one) for one in passes.values())
    return list(passes.values()) if resolved and len(passes) > 1 else [images]


def _why_none(images: Sequence[SliceHeader]) -> ScanError:
    cure = "Give the folder of an axial CT series of the abdomen."
    if not images:
        return EmptyScanError("No DICOM images were found.", cure=cure)
    modalities = sorted({image.modality for image in images if image.modality.isalpha() and len(image.modality) == 2})
    slices = sum(_is_ct_slice(image) for image in images)
    if any(image.sop_class == ENHANCED_CT_IMAGE or image.frames > 1 for image in images):
        what = "The CT is stored as multi-frame images, which are not read yet."
        cure = "Export it as classic CT slices."
    elif all(image.sop_class.startswith(SECONDARY_CAPTURE_PREFIX) for image in images):
        what = "There are only Secondary Captures (screenshots), no CT slices."
    elif any(image.samples != 1 for image in images):
        what = "The images are in colour, not CT."
    elif "CT" not in modalities:
        what = f"The images are {', '.join(modalities) or 'of no modality'}, not CT."
    elif not slices:
        what = "The CT images are localizers, lack their position or orientation, or are not in Hounsfield units."
    else:
        what = f"Only {slices} CT slices were found, in no stack of {limits.MIN_SLICES} or more: no volume."
    return UnsupportedScanError(what, cure=cure)
