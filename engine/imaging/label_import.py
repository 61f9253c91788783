"""From a segmentation of any format to one label map on the scan's grid. Runs in the parser process."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.errors import CantlieError, LabelError
from engine.geometry import VolumeGeometry
from engine.imaging.dicom_seg import is_dicom_seg, read_dicom_seg
from engine.imaging.label_names_file import label_table, table_beside
from engine.imaging.regrid import regrid
from engine.imaging.scan_parser import read_stored_volume, volume_kind
from engine.imaging.seg_nrrd import is_seg_nrrd, read_seg_nrrd
from engine.imaging.segment import Segment, StoredSegments
from engine.label_tables import LabelTable, is_other_anatomy
from engine.labelling import compose_labels
from engine.sentences import say
from engine.structure_names import LIVER_VESSELS, is_ignored, known_names, nearest_names, structure_name_of
from engine.volume import LabelVolume

_OWN_VALUES: Final = frozenset(
    {anatomy.BACKGROUND, *anatomy.TUMOUR_VALUES}
    | {value for structure in anatomy.FIXED_STRUCTURES for value in structure.label_values}
)
_MOST_QUOTED: Final = 12
_LOST_WORTH_A_WORD: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GivenLabels:
    """A segmentation that a person brought.

    Attributes:
        labels: on the scan's grid, or on its own where there is no scan.
        warnings: sentences for the person, without patient data.
    """

    labels: LabelVolume
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelOptions:
    """What a person may say about a segmentation.

    Attributes:
        table: a built-in label table, or the path of one, instead of what the file says about itself.
        resample: sample another lattice at the nearest voxel instead of refusing it.
    """

    table: str | None = None
    resample: bool = False


def import_labels(path: Path, geometry: VolumeGeometry | None, options: LabelOptions) -> GivenLabels:
    """Reads a label map, a DICOM SEG, a Slicer segmentation or a folder of masks.

    Args:
        path: what the person gave.
        geometry: the scan's grid, or None to stay on the segmentation's own (the first mask's of a folder).
        options: what the person said about it.

    Raises:
        LabelError: not a segmentation, or nothing in it has a name or value that is known.
        GridMismatchError: another grid than the scan's.
    """
    try:
        stored = _stored(path, options)
        if isinstance(stored, LabelVolume):
            return _own_values(stored, geometry or stored.geometry, options)
        return _named(stored, geometry, options)
    except LabelError:
        raise
    except CantlieError as error:
        raise LabelError(f"The segmentation cannot be read: {error.what}", cure=error.cure) from error


def _stored(path: Path, options: LabelOptions) -> list[StoredSegments] | LabelVolume:
    """The segments of all files, each with its own grid; or a label map that holds our own values already."""
    if path.is_dir():
        return _stored_in_folder(path)
    if path.is_file() and volume_kind(path) is not None:
        if volume_kind(path) == "nrrd" and is_seg_nrrd(path):
            return [read_seg_nrrd(path)]
        return _stored_map(path, options)
    if path.is_file() and is_dicom_seg(path):
        return [read_dicom_seg(path)]
    raise LabelError(
        "The segmentation is neither a NIfTI or NRRD file nor a DICOM segmentation nor a folder of them.",
        cure="Check the path of --labels.",
    )


def _stored_in_folder(folder: Path) -> list[StoredSegments]:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    masks = [path for path in files if volume_kind(path) is not None and not is_ignored(stem_of(path))]
    if not masks:
        objects = [path for path in files if is_dicom_seg(path)]
        if not objects:
            raise LabelError(
                "The folder holds no NIfTI or NRRD masks and no DICOM segmentation.",
                cure="Name masks liver.nii.gz and so on.",
            )
        return [read_dicom_seg(path) for path in objects]
    unknown = [str(n) for n, path in enumerate(masks, start=1) if structure_name_of(stem_of(path)) is None]
    others = sum(1 for path in masks if is_other_anatomy(stem_of(path)))
    if len(unknown) > others:
        # The files' own names may be patients' names, so they are counted and not quoted.
        raise LabelError(
            f"{len(unknown) - others} of the {len(masks)} masks have a name that is not known here "
            f"(in alphabetical order: {', '.join(unknown[:10])}).",
            cure=f"Rename them or move them away. Known names: {known_names()}.",
        )
    return [_mask_file(path) for path in masks if structure_name_of(stem_of(path)) is not None]


def _mask_file(path: Path) -> StoredSegments:
    values, geometry = read_label_values(path)
    mask = values != 0
    return StoredSegments(segments=(Segment(number=1, name=stem_of(path), mask=lambda: mask),), geometry=geometry)


def _stored_map(path: Path, options: LabelOptions) -> list[StoredSegments] | LabelVolume:
    values, geometry = read_label_values(path)
    table = label_table(options.table) if options.table is not None else table_beside(path, stem_of(path))
    present = np.flatnonzero(np.bincount(values.ravel())) if values.max(initial=0) < 1 << 20 else np.unique(values)
    if table is not None:
        return [StoredSegments(segments=tuple(_by_table(values, table, present.tolist())), geometry=geometry)]
    name = stem_of(path)
    if structure_name_of(name) is not None and set(present.tolist()) <= {0, 1, 255}:
        mask = values != 0
        return [StoredSegments(segments=(Segment(number=1, name=name, mask=lambda: mask),), geometry=geometry)]
    unknown = sorted(set(present.tolist()) - _OWN_VALUES)
    if unknown:
        raise LabelError(
            f"The label map has values without a meaning here: {', '.join(map(str, unknown[:10]))}.",
            cure="Name its table with --label-map (totalsegmentator, amos, ...), or put a JSON file of the same name "
            f'beside it that maps values to names, e.g. {{"1": "liver"}}. Known names: {known_names()}.',
        )
    return LabelVolume(labels=np.ascontiguousarray(values, dtype=np.uint8), geometry=geometry)


def _by_table(values: NDArray[Any], table: LabelTable, present: list[int]) -> Iterable[Segment]:
    """A segment for each named value; one without a name gets "" so that it is reported."""
    for value in sorted({*present, *table} - {0}):
        # Masks are made late, so that a map of 117 classes never lies 117 times in memory.
        yield Segment(number=value, name=table.get(value, ""), mask=_Mask(values, value))


class _Mask:
    """`values == value`, made when asked for."""

    def __init__(self, values: NDArray[Any], value: int) -> None:
        self._values, self._value = values, value

    def __call__(self) -> NDArray[np.bool_]:
        return np.asarray(self._values == self._value)


def _own_values(volume: LabelVolume, geometry: VolumeGeometry, options: LabelOptions) -> GivenLabels:
    moved = regrid(volume.labels, volume.geometry, geometry, resample=options.resample)
    labels = LabelVolume(labels=np.ascontiguousarray(moved.array), geometry=geometry)
    return GivenLabels(labels=labels, warnings=_grid_warnings(moved.lost, resampled=moved.resampled))


def _named(stored: list[StoredSegments], geometry: VolumeGeometry | None, options: LabelOptions) -> GivenLabels:
    segments = list(itertools.chain.from_iterable(one.segments for one in stored))
    warnings = [warning for one in stored for warning in one.warnings]
    warnings += _name_warnings(segments)
    target = geometry or stored[0].geometry
    masks: dict[str, NDArray[np.bool_]] = {}
    lost, resampled = 0.0, False
    for one in stored:
        united: dict[str, NDArray[np.bool_]] = {}
        for segment in one.segments:
            name = segment.structure()
            if name is not None:
                mask = segment.mask()
                united[name] = united[name] | mask if name in united else mask
        for name, mask in united.items():
            moved = regrid(mask, one.geometry, target, resample=options.resample)
            lost, resampled = max(lost, moved.lost), resampled or moved.resampled
            masks[name] = masks[name] | moved.array if name in masks else moved.array
    warnings += _grid_warnings(lost, resampled=resampled)
    warnings += _parted_vessels(masks)
    return GivenLabels(labels=compose_labels(masks, target), warnings=tuple(warnings))


def _parted_vessels(masks: dict[str, NDArray[np.bool_]]) -> list[str]:
    """Vessels of one class become hepatic veins, which gives way to the portal vein where both are given."""
    vessels = masks.pop(LIVER_VESSELS, None)
    if vessels is None or not vessels.any():
        return []
    masks["hepatic_veins"] = masks["hepatic_veins"] | vessels if "hepatic_veins" in masks else vessels
    return [
        "Portal and hepatic veins are one class in this segmentation; they are taken for hepatic veins until the "
        "vessel trees are told apart."
    ]


def _name_warnings(segments: list[Segment]) -> list[str]:
    """What is left out without being known.

    Raises:
        LabelError: nothing is known.
    """
    nameless = [one for one in segments if one.structure() is None and not is_ignored(one.name)]
    unknown = [one for one in nameless if not is_other_anatomy(one.name)]
    if not any(one.structure() is not None for one in segments):
        raise LabelError(
            f"None of the {len(segments)} segments has a name or code that is known here: {_listed(unknown)}.",
            cure=f"Rename them, or give a table with --label-map. Known names: {known_names()}.",
        )
    if not unknown:
        return []
    # A warning is kept in the case and a segment's name is free text, so only its number and its neighbours are told.
    hints = "; ".join(f"{one.number}{_hint(one)}" for one in unknown[:_MOST_QUOTED])
    return [f"{len(unknown)} segments have names that are not known here and were left out (numbers {hints})."]


def _listed(segments: list[Segment]) -> str:
    rest = f" and {len(segments) - _MOST_QUOTED} more" if len(segments) > _MOST_QUOTED else ""
    return ", ".join(f"“{_printable(one.name)}”{_hint(one)}" for one in segments[:_MOST_QUOTED]) + rest


def _hint(segment: Segment) -> str:
    nearest = nearest_names(segment.name)
    return f" (like {' or '.join(nearest)}?)" if nearest else ""


def _printable(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable())[:40]


def _grid_warnings(lost: float, *, resampled: bool) -> tuple[str, ...]:
    warnings = []
    if resampled:
        warnings.append(say("case.other_grid"))
    if lost > _LOST_WORTH_A_WORD:
        warnings.append(say("case.outside_scan", f"{100 * lost:.1f}"))
    return tuple(warnings)


def read_label_values(path: Path) -> tuple[NDArray[Any], VolumeGeometry]:
    """(k, j, i) whole values of a label file on its own grid.

    Raises:
        LabelError: unreadable, or values that are not whole numbers from 0.
    """
    try:
        volume = read_stored_volume(path)
    except CantlieError as error:
        raise LabelError(f"The segmentation cannot be read: {error.what}", cure=error.cure) from error
    # Whatever else a damaged file makes a parser raise means the same to the person.
    except Exception as error:
        raise LabelError("The segmentation cannot be read: it is damaged.", cure="Export it again.") from error
    return _whole_values(volume.stored, volume.slope, volume.intercept), volume.geometry


def _whole_values(stored: NDArray[Any], slope: float, intercept: float) -> NDArray[Any]:
    values: NDArray[Any]
    if stored.dtype.kind in "ui" and slope == 1 and intercept == 0:
        values = stored
    else:
        scaled = stored.astype(np.float64) * slope + intercept
        if not np.isfinite(scaled).all() or np.abs(scaled - np.rint(scaled)).max(initial=0) > 1e-3:
            raise LabelError(
                "The segmentation has values that are not whole numbers.", cure="Give a label map or binary masks."
            )
        values = np.rint(scaled).astype(np.int32)
    if values.min(initial=0) < 0:
        raise LabelError("The segmentation has negative values.", cure="Give a label map or binary masks.")
    return values


def stem_of(path: Path) -> str:
    """The name of a volume file without its format."""
    name = path.name
    for suffix in (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".nhdr"):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return path.stem
