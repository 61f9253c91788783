"""Arrays of a case as files with the digest of their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.case import sha256_of_file
from engine.case_manifest import FieldRecord, FileRecord, GridRecord, LevelRecord
from engine.field import DistanceField
from engine.storage import storage_errors
from engine.surface import MeshLevel


class CaseFiles:
    """Writes into the folder of a case.

    Args:
        folder: the case's, with its sub-folders.
        suffix: behind every name, so that files of an earlier revision keep theirs.
    """

    def __init__(self, folder: Path, suffix: str = "") -> None:
        self._folder = folder
        self._suffix = suffix

    def path_of(self, stem: str, ending: str) -> Path:
        """Where a file of this name goes."""
        return self._folder / f"{stem}{self._suffix}{ending}"

    def save_array(self, stem: str, array: NDArray[Any]) -> FileRecord:
        """Writes one array as .npy.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        path = self.path_of(stem, ".npy")
        with storage_errors():
            with path.open("wb") as stream:
                contiguous = np.ascontiguousarray(array)
                np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(contiguous))
                # Not np.save: on a full disk it raises an OSError without an errno.
                stream.write(contiguous.data)
            return self._record(path)

    def save_arrays(self, stem: str, arrays: Mapping[str, NDArray[Any]]) -> FileRecord:
        """Writes several arrays as one compressed .npz.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        path = self.path_of(stem, ".npz")
        with storage_errors():
            np.savez_compressed(path, allow_pickle=False, **dict[str, Any](arrays))
            return self._record(path)

    def save_level(self, name: str, number: int, level: MeshLevel) -> LevelRecord:
        """Writes one level of a structure's surface.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        path = self.path_of(f"meshes/{name}", f".{number}.npz")
        vertices = np.asarray(level.vertices_lps_mm, dtype=np.float32)
        faces = np.asarray(level.faces, dtype=np.uint32)
        with storage_errors():
            np.savez(path, vertices_lps_mm=vertices, faces=faces)
            record = self._record(path)
        return LevelRecord(
            file=record.file,
            sha256=record.sha256,
            triangles=len(level.faces),
            vertices=len(level.vertices_lps_mm),
            error_mm=float(level.error_mm),
            volume_ml=float(level.volume_ml),
            max_error_mm=level.max_error_mm,
        )

    def save_field(self, name: str, field: DistanceField) -> FieldRecord:
        """Writes a distance field.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        record = self.save_array(f"fields/{name}", field.values)
        return FieldRecord(
            file=record.file,
            sha256=record.sha256,
            name=name,
            grid=GridRecord.of(field.geometry),
            mm_per_step=field.mm_per_step,
            zero_value=field.zero_value,
        )

    def _record(self, path: Path) -> FileRecord:
        return FileRecord(file=path.relative_to(self._folder).as_posix(), sha256=sha256_of_file(path))
