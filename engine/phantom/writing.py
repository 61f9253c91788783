"""Writes a phantom as a folder that other software reads."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.errors import StorageError
from engine.geometry import VolumeGeometry
from engine.phantom.phantom import Phantom
from engine.progress import Progress, SilentProgress
from engine.volume import ScanVolume


class NiftiWriter(Protocol):
    """`engine.imaging`'s `write_nifti`."""

    def __call__(self, path: Path, array: NDArray[Any], geometry: VolumeGeometry) -> object:
        """Writes one volume."""
        ...


class DicomWriter(Protocol):
    """`engine.imaging`'s `write_dicom_series`."""

    def __call__(self, folder: Path, scan: ScanVolume, *, seed: int) -> object:
        """Writes one series."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomWriters:
    """The file formats, handed in because stages of the engine do not import each other."""

    nifti: NiftiWriter
    dicom_series: DicomWriter


def write_phantom(out: Path, phantom: Phantom, *, writers: PhantomWriters, progress: Progress | None = None) -> Path:
    """Writes dicom/, scan.nii.gz, labels.nii.gz, the two branch maps, masks/ and truth.json into `out`.

    Everything is written to a temporary sibling first and then renamed, so `out` is whole or absent.

    Args:
        out: must not exist, or be an empty folder.
        phantom: what to write.
        writers: the file formats.
        progress: told about the files.

    Raises:
        StorageError: `out` has something in it, or cannot be written.
        OperationCancelledError: `progress` said so.
    """
    report = progress or SilentProgress()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StorageError("The folder for the phantom is not empty.", cure="Name a new folder.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise StorageError("The folder for the phantom cannot be made.", cure="Choose another place.") from error
    try:
        temporary.chmod(0o755)
        _write_into(temporary, phantom, writers, report)
        if out.exists():
            out.rmdir()
        temporary.replace(out)
    except OSError as error:
        raise StorageError(
            "The phantom could not be written.", cure="Make room on the disk or choose another place."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return out


def _write_into(folder: Path, phantom: Phantom, writers: PhantomWriters, report: Progress) -> None:
    geometry = phantom.labels.geometry
    report.stage("Writing the phantom")
    writers.dicom_series(folder / "dicom", phantom.scan, seed=phantom.truth.recipe.seed)
    report.advance(0.4, "NIfTI")
    volumes: dict[str, NDArray[Any]] = {
        "scan": phantom.scan.voxels_hu,
        "labels": phantom.labels.labels,
        "portal_branches": phantom.portal_branches,
        "hepatic_branches": phantom.hepatic_branches,
    }
    for name, array in volumes.items():
        writers.nifti(folder / f"{name}.nii.gz", array, geometry)
    report.advance(0.7, "masks")
    present = {int(value) for value in np.unique(phantom.labels.labels)}
    structures = anatomy.structures_present(present)
    (folder / "masks").mkdir()
    for number, structure in enumerate(structures):
        mask = phantom.labels.mask_of(structure.label_values).astype(np.uint8)
        writers.nifti(folder / "masks" / f"{structure.name}.nii.gz", mask, geometry)
        report.advance(0.7 + 0.3 * (number + 1) / len(structures), structure.title)
    text = json.dumps(phantom.truth.as_json(), indent=1, allow_nan=False)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
