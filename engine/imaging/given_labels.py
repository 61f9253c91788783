"""Segmentations that a person brings, read in a process of their own: see `label_import` for what is understood."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from engine.errors import HostileInputError, LabelError, ScanError
from engine.geometry import VolumeGeometry
from engine.imaging import limits
from engine.imaging.label_import import GivenLabels, LabelOptions
from engine.imaging.parser_child import parsed
from engine.imaging.parser_process import VOXELS_FILE
from engine.progress import Progress, SilentProgress
from engine.volume import LabelVolume


def read_labels(
    path: Path,
    geometry: VolumeGeometry | None,
    options: LabelOptions | None = None,
    *,
    progress: Progress | None = None,
    timeout_s: float = limits.PARSER_TIMEOUT_S,
) -> GivenLabels:
    """Reads a segmentation onto the scan's grid, with what a person should know about it.

    A file is a DICOM SEG, a Slicer .seg.nrrd, or a NIfTI or NRRD label map that holds the values of `engine.anatomy`
    or has a table (`LabelOptions.table`, a file of the same stem, the NIfTI header's); or one binary mask named after
    its structure. A folder holds one binary mask a structure, or DICOM SEG objects.

    Args:
        path: what the person gave.
        geometry: the scan's grid, or None to stay on the segmentation's own. Flipped, reordered and cropped grids are
            put right exactly; another lattice is refused unless `options.resample`.
        options: what the person said about it.
        progress: may raise to stop, which kills the parser.
        timeout_s: after which the parser is killed.

    Raises:
        LabelError: not a segmentation, or nothing in it has a name, code or value that is known.
        GridMismatchError: another grid than the scan's.
    """
    request = {
        "task": "labels",
        "path": str(path.resolve()),
        "options": asdict(options or LabelOptions()),
        "grid": None
        if geometry is None
        else {"shape_kji": list(geometry.shape_kji), "lps_from_ijk": geometry.lps_from_ijk.tolist()},
    }
    try:
        with parsed(request, progress or SilentProgress(), timeout_s) as (reply, scratch):
            voxels = np.load(scratch / VOXELS_FILE, allow_pickle=False)
    except HostileInputError:
        raise
    except ScanError as error:
        raise LabelError(f"The segmentation cannot be read: {error.what}", cure=error.cure) from error
    k, j, i = voxels.shape
    own = geometry or VolumeGeometry(shape_kji=(k, j, i), lps_from_ijk=np.array(reply["lps_from_ijk"]))
    return GivenLabels(labels=LabelVolume(labels=voxels, geometry=own), warnings=tuple(reply["warnings"]))


def read_given_labels(path: Path, geometry: VolumeGeometry) -> LabelVolume:
    """The labels of `read_labels` on the scan's grid.

    Raises:
        LabelError: see `read_labels`.
    """
    return read_labels(path, geometry).labels


def read_labels_on_own_grid(path: Path) -> LabelVolume:
    """The labels of `read_labels` on the grid they were saved on: that of the first mask of a folder.

    Raises:
        LabelError: see `read_labels`.
    """
    return read_labels(path, None).labels
