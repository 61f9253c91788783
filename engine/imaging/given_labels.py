"""Segmentations that a person brings: one label file, or a folder of binary masks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.errors import CantlieError, LabelError
from engine.geometry import VolumeGeometry
from engine.imaging.label_names import is_ignored, known_names, structure_name_of
from engine.imaging.regrid import onto_grid
from engine.imaging.scan_parser import read_stored_volume, volume_kind
from engine.labelling import compose_labels
from engine.volume import LabelVolume

_OWN_VALUES = frozenset(
    {anatomy.BACKGROUND, *anatomy.TUMOUR_VALUES}
    | {value for structure in anatomy.FIXED_STRUCTURES for value in structure.label_values}
)


def read_given_labels(path: Path, geometry: VolumeGeometry) -> LabelVolume:
    """Reads a segmentation onto the scan's grid.

    A file holds the label values of `engine.anatomy`, or any values with a JSON file of the same stem beside it
    that maps them to names (`{"1": "liver", "2": "tumor"}`), or one binary mask named after its structure. A
    folder holds one binary mask a structure; names are those of `label_names`.

    Args:
        path: a .nii, .nii.gz or .nrrd file, or a folder of them.
        geometry: the scan's grid. Flipped or reordered axes are put right exactly; nothing is resampled.

    Raises:
        LabelError: not a segmentation, or a name or value that is not known.
        GridMismatchError: another grid than the scan's.
    """
    if path.is_dir():
        return compose_labels(read_mask_folder(path, geometry), geometry)
    if not path.is_file() or volume_kind(path) is None:
        raise LabelError(
            "The segmentation is neither a NIfTI or NRRD file nor a folder of them.", cure="Check the path of --labels."
        )
    values = _read_values(path, geometry)
    mapping_path = path.with_name(f"{_stem(path)}.json")
    if mapping_path.is_file():
        return compose_labels(_masks_of(values, _read_mapping(mapping_path)), geometry)
    name = structure_name_of(_stem(path))
    present = set(np.unique(values).tolist())
    if name is not None and present <= {0, 1, 255}:
        return compose_labels({name: values != 0}, geometry)
    unknown = sorted(present - _OWN_VALUES)
    if unknown:
        raise LabelError(
            f"The label map has values without a meaning here: {', '.join(map(str, unknown[:10]))}.",
            cure="Put a JSON file of the same name beside it that maps values to names, e.g. "
            f'{{"1": "liver"}}. Known names: {known_names()}.',
        )
    return LabelVolume(labels=np.ascontiguousarray(values, dtype=np.uint8), geometry=geometry)


def read_labels_on_own_grid(path: Path) -> LabelVolume:
    """Reads a segmentation on the grid it was saved on, without a scan: that of the first mask of a folder.

    Raises:
        LabelError: not a segmentation, or a name or value that is not known.
        GridMismatchError: the masks of a folder lie on different grids.
    """
    first = path
    if path.is_dir():
        files = _mask_files(path)
        if not files:
            raise LabelError("The folder holds no NIfTI or NRRD masks.", cure="Name them liver.nii.gz and so on.")
        first = files[0]
    if not first.is_file():
        raise LabelError("There is no segmentation at the path.", cure="Check the path.")
    return read_given_labels(path, read_label_values(first)[1])


def _mask_files(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and volume_kind(path) is not None)
    return [path for path in files if not is_ignored(_stem(path))]


def read_mask_folder(folder: Path, geometry: VolumeGeometry) -> dict[str, NDArray[np.bool_]]:
    """Structure name -> (k, j, i) mask on the scan's grid; masks of one structure (both lungs) are united.

    Raises:
        LabelError: no masks, a name that is not known, or a file that is no mask.
        GridMismatchError: a mask on another grid.
    """
    files = _mask_files(folder)
    unknown = [str(n) for n, path in enumerate(files, start=1) if structure_name_of(_stem(path)) is None]
    if unknown:
        # The files' own names may be patients' names, so they are counted and not quoted.
        raise LabelError(
            f"{len(unknown)} of the {len(files)} masks have a name that is not known here "
            f"(in alphabetical order: {', '.join(unknown[:10])}).",
            cure=f"Rename them or move them away. Known names: {known_names()}.",
        )
    if not files:
        raise LabelError("The folder holds no NIfTI or NRRD masks.", cure="Name them liver.nii.gz and so on.")
    masks: dict[str, NDArray[np.bool_]] = {}
    for path in files:
        name = structure_name_of(_stem(path))
        assert name is not None
        mask = _read_values(path, geometry) != 0
        masks[name] = masks[name] | mask if name in masks else mask
    return masks


def read_label_values(path: Path) -> tuple[NDArray[np.int64], VolumeGeometry]:
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


def _read_values(path: Path, geometry: VolumeGeometry) -> NDArray[np.int64]:
    values, own = read_label_values(path)
    return onto_grid(values, own, geometry)


def _whole_values(stored: NDArray[Any], slope: float, intercept: float) -> NDArray[Any]:
    """Values as integers; small dtypes stay small, a 512 x 512 x 600 map need not become 1.2 GB."""
    if stored.dtype.kind in "iu" and slope == 1 and intercept == 0:
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


def _read_mapping(path: Path) -> dict[int, str]:
    """Label value -> structure name; names that are ignored are left out."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        pairs = {int(value): str(name) for value, name in raw.items()}
    except (ValueError, AttributeError, UnicodeDecodeError) as error:
        raise LabelError(
            "The JSON file beside the label map is no map of values to names.", cure='Write e.g. {"1": "liver"}.'
        ) from error
    mapping = {value: structure_name_of(name) for value, name in pairs.items() if not is_ignored(name)}
    unknown = sorted(value for value, name in mapping.items() if name is None)
    if unknown:
        raise LabelError(
            f"The names of the values {', '.join(map(str, unknown))} are not known here.",
            cure=f"Known names: {known_names()}.",
        )
    return {value: name for value, name in mapping.items() if name is not None}


def _masks_of(values: NDArray[np.int64], mapping: dict[int, str]) -> dict[str, NDArray[np.bool_]]:
    masks: dict[str, NDArray[np.bool_]] = {}
    for value, name in mapping.items():
        mask = values == value
        masks[name] = masks[name] | mask if name in masks else mask
    return masks


def _stem(path: Path) -> str:
    name = path.name
    for suffix in (".nii.gz", ".nii", ".nrrd", ".nhdr"):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return path.stem
