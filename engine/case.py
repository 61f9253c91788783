"""A case on disk: opened lazily, found in folders, checked before it is believed.

    CASE/manifest.json            what there is, see `engine.case_manifest`
    CASE/volumes/scan.npy         (k, j, i) int16 HU
    CASE/volumes/labels.npy       (k, j, i) uint8, values of `engine.anatomy`
    CASE/volumes/*.npz            vessel trees, liver map, probabilities, see `engine.case_anatomy`
    CASE/fields/NAME.npy          (k, j, i) uint8 distance fields: "liver", "tumour"
    CASE/meshes/STRUCTURE.N.npz   surface, level N, 0 the finest

`engine.case_writer` writes it.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from engine.case_anatomy import (
    liver_map_from_arrays,
    probability_from_arrays,
    read_arrays,
    trees_from_arrays,
)
from engine.case_manifest import FORMAT_VERSION, CaseManifest, FieldRecord, FileRecord, LevelRecord
from engine.class_probability import ClassProbability
from engine.errors import CaseCorruptError, CaseError, CaseVersionError
from engine.field import DistanceField
from engine.liver_map import LiverMap
from engine.surface import MeshLevel
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume, ScanVolume

MANIFEST_FILE = "manifest.json"
SESSION_FOLDER = "session"
"""Where the server keeps the plan; it outlives a new segmentation of the same scan."""
_CURE = "Prepare the case again from its scan."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """An opened case.

    Attributes:
        path: its folder.
        manifest: what it holds.
    """

    path: Path
    manifest: CaseManifest

    @classmethod
    def open(cls, path: Path) -> Self:
        """Reads the manifest and checks that every file it names is there; volumes are read when asked for.

        Raises:
            CaseError: no case at the path.
            CaseVersionError: written by a newer version.
            CaseCorruptError: the manifest is damaged or files are missing.
        """
        manifest = _read_manifest(path)
        missing = [record.file for record in files_of(manifest) if not (path / record.file).is_file()]
        if missing:
            raise CaseCorruptError(f"The case lacks {len(missing)} of its files ({missing[0]}).", cure=_CURE)
        return cls(path=path, manifest=manifest)

    def scan(self) -> ScanVolume:
        """The CT, mapped from disk, read-only.

        Raises:
            CaseCorruptError: the file is damaged.
        """
        voxels = self._volume(self.manifest.scan, np.dtype(np.int16))
        return ScanVolume(voxels_hu=voxels, geometry=self.manifest.grid.geometry())

    def labels(self) -> LabelVolume:
        """The label map, mapped from disk, read-only.

        Raises:
            CaseCorruptError: the file is damaged.
        """
        labels = self._volume(self.manifest.labels, np.dtype(np.uint8))
        return LabelVolume(labels=labels, geometry=self.manifest.grid.geometry())

    def mesh(self, structure_name: str, level: int) -> MeshLevel:
        """A surface of a structure, level 0 the finest.

        Raises:
            KeyError: the case has no such structure.
            IndexError: it has no such level.
            CaseCorruptError: the file is damaged.
        """
        record = self.manifest.structure(structure_name).levels[level]
        with _corrupt(record):
            with np.load(self.path / record.file, allow_pickle=False) as arrays:
                vertices, faces = arrays["vertices_lps_mm"], arrays["faces"]
            _expect(vertices.dtype == np.float32 and vertices.shape == (record.vertices, 3))
            _expect(faces.dtype == np.uint32 and faces.shape == (record.triangles, 3))
            _expect(bool(np.isfinite(vertices).all()) and int(faces.max(initial=0)) < max(1, len(vertices)))
        return MeshLevel(
            vertices_lps_mm=vertices,
            faces=faces,
            error_mm=record.error_mm,
            volume_ml=record.volume_ml,
            max_error_mm=record.max_error_mm,
        )

    def distance_field(self, name: str) -> DistanceField:
        """The field "liver" or "tumour".

        Raises:
            KeyError: the case has no such field.
            CaseCorruptError: the file is damaged.
        """
        record = next((field for field in self.manifest.fields if field.name == name), None)
        if record is None:
            raise KeyError(name)
        return self._field(record)

    def vessel_trees(self) -> VesselTrees | None:
        """The vessels as trees; None where the case was made without them.

        Raises:
            CaseCorruptError: the file is damaged.
        """
        anatomy = self.manifest.anatomy
        if anatomy is None:
            return None
        with _corrupt(anatomy.trees):
            return trees_from_arrays(read_arrays(self.path / anatomy.trees.file))

    def liver_map(self) -> LiverMap | None:
        """What each voxel of the liver belongs to; None where the case was made without it.

        Raises:
            CaseCorruptError: the file is damaged.
        """
        anatomy = self.manifest.anatomy
        if anatomy is None:
            return None
        with _corrupt(anatomy.liver_map):
            return liver_map_from_arrays(read_arrays(self.path / anatomy.liver_map.file), anatomy)

    def probability(self) -> ClassProbability | None:
        """How sure the network was; None where a person's labels were taken.

        Raises:
            CaseCorruptError: the file is damaged.
        """
        record = self.manifest.probability
        if record is None:
            return None
        with _corrupt(record):
            return probability_from_arrays(read_arrays(self.path / record.file), record)

    def verify(self) -> None:
        """Compares every file with its digest.

        Raises:
            CaseCorruptError: a file was changed or damaged.
        """
        for record in files_of(self.manifest):
            with _corrupt(record):
                _expect(sha256_of_file(self.path / record.file) == record.sha256)

    def _volume(self, record: FileRecord, dtype: np.dtype[Any]) -> NDArray[Any]:
        with _corrupt(record):
            voxels: NDArray[Any] = np.load(self.path / record.file, mmap_mode="r", allow_pickle=False)
            _expect(voxels.dtype == dtype and voxels.shape == self.manifest.grid.shape_kji)
        return voxels

    def _field(self, record: FieldRecord) -> DistanceField:
        with _corrupt(record):
            values = np.load(self.path / record.file, mmap_mode="r", allow_pickle=False)
            _expect(values.dtype == np.uint8 and values.shape == record.grid.shape_kji)
            geometry = record.grid.geometry()
        return DistanceField(
            values=values, geometry=geometry, mm_per_step=record.mm_per_step, zero_value=record.zero_value
        )


def is_case(path: Path) -> bool:
    """Whether a folder holds a manifest (which may still be damaged)."""
    return (path / MANIFEST_FILE).is_file()


def find_cases(folder: Path) -> tuple[Path, ...]:
    """The case folders directly in a folder, or the folder itself where it is a case; unfinished ones are left out."""
    if is_case(folder):
        return (folder,)
    if not folder.is_dir():
        return ()
    return tuple(sorted(path for path in folder.iterdir() if not path.name.startswith(".") and is_case(path)))


def sha256_of_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_manifest(path: Path) -> CaseManifest:
    if not is_case(path):
        raise CaseError("There is no case at this path.", cure="Make one with `cantlie prepare SCAN --out CASE`.")
    try:
        raw = json.loads((path / MANIFEST_FILE).read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise CaseCorruptError("The manifest of the case cannot be read.", cure=_CURE) from error
    version = raw.get("format_version") if isinstance(raw, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise CaseVersionError(
            f"The case was written by a newer Cantlie (format {version}; this one reads {FORMAT_VERSION}).",
            cure="Update Cantlie, or prepare the case again with this version.",
        )
    try:
        manifest = CaseManifest.model_validate(raw)
        manifest.grid.geometry()
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"][:3])
        raise CaseCorruptError(
            f"The manifest of the case is damaged (at {place or 'its root'}).", cure=_CURE
        ) from error
    except ValueError as error:
        raise CaseCorruptError("The manifest of the case is damaged (at grid).", cure=_CURE) from error
    return manifest


def files_of(manifest: CaseManifest) -> list[FileRecord]:
    """Every file that the manifest names."""
    levels: list[LevelRecord] = [level for structure in manifest.structures for level in structure.levels]
    anatomy = [] if manifest.anatomy is None else [manifest.anatomy.trees, manifest.anatomy.liver_map]
    probability = [] if manifest.probability is None else [manifest.probability]
    return [manifest.scan, manifest.labels, *levels, *manifest.fields, *anatomy, *probability]


def _expect(holds: bool) -> None:
    if not holds:
        raise ValueError("the file does not hold what the manifest says")


@contextmanager
def _corrupt(record: FileRecord) -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise CaseCorruptError(f"A file of the case is damaged ({record.file}).", cure=_CURE) from error
