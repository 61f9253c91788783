"""Writes a case folder all or nothing."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import Structure
from engine.case import MANIFEST_FILE, SESSION_FOLDER, Case, is_case, sha256_of_file
from engine.case_anatomy import (
    LIVER_MAP_FILE,
    PROBABILITY_FILE,
    TREES_FILE,
    arrays_of_liver_map,
    arrays_of_trees,
    record_of_box,
)
from engine.case_manifest import (
    AnatomyRecord,
    CaseManifest,
    FieldRecord,
    FileRecord,
    GridRecord,
    LevelRecord,
    Point,
    ProbabilityRecord,
    Provenance,
    SegmentRecord,
    StructureRecord,
)
from engine.class_probability import ClassProbability
from engine.errors import CaseError
from engine.field import DistanceField
from engine.liver_map import SEGMENTS, LiverMap
from engine.storage import put_in_place, storage_errors, temporary_sibling
from engine.surface import MeshLevel
from engine.tumours.diameters import Diameter
from engine.tumours.measures import TumourMeasure
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume, ScanVolume, box_of


class CaseWriter:
    """Collects a case in a temporary sibling folder and renames it when it is whole.

    Use as a context manager: call `add_volumes`, then `add_structure` and `add_distance_field` as often as
    needed, then `finish`. Leaving without `finish` (an error, Ctrl-C) removes everything written.
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        """Remembers where the case goes; nothing is written before `with`."""
        self._path = path
        self._overwrite = overwrite
        self._folder = temporary_sibling(path)
        self._volumes: dict[str, FileRecord] = {}
        self._grid: GridRecord | None = None
        self._labels: LabelVolume | None = None
        self._volume_ml_of_value: NDArray[np.float64] = np.zeros(256)
        self._structures: list[StructureRecord] = []
        self._fields: list[FieldRecord] = []
        self._anatomy: AnatomyRecord | None = None
        self._probability: ProbabilityRecord | None = None

    def __enter__(self) -> Self:
        """Makes the temporary folder.

        Raises:
            CaseError: something is at the path and may not be replaced.
            StorageError: the place cannot be written.
        """
        check_target(self._path, overwrite=self._overwrite)
        with storage_errors():
            for name in ("volumes", "fields", "meshes"):
                (self._folder / name).mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Removes what was not finished."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def labels_file(self) -> Path:
        """Where the label map lies until the case is finished."""
        return self._folder / "volumes" / "labels.npy"

    def add_volumes(self, scan: ScanVolume, labels: LabelVolume) -> None:
        """Writes the CT and its label map.

        Raises:
            ValueError: they lie on different grids.
            StorageError: the disk is full or may not be written.
        """
        if not scan.geometry.matches(labels.geometry):
            raise ValueError("scan and labels lie on different grids")
        self._grid = GridRecord.of(scan.geometry)
        self._labels = labels
        self._volumes["scan"] = self._save("volumes/scan.npy", scan.voxels_hu)
        self._volumes["labels"] = self._save("volumes/labels.npy", labels.labels)
        counts = np.bincount(labels.labels.ravel(), minlength=256).astype(np.float64)
        self._volume_ml_of_value = counts * labels.geometry.voxel_volume_ml

    def add_structure(
        self, structure: Structure, levels: Sequence[MeshLevel], *, size: TumourMeasure | None = None
    ) -> None:
        """Writes a structure's surfaces, finest first (none if none could be made).

        Its volume is counted on the label map.

        Args:
            structure: what it is.
            levels: its surfaces.
            size: of a tumour, how large it is.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        bounds = levels[0].bounds_lps_mm if levels else self._voxel_bounds(structure)
        self._structures.append(
            StructureRecord(
                name=structure.name,
                title=structure.title,
                label_values=structure.label_values,
                snomed=structure.snomed,
                colour=structure.colour,
                volume_ml=float(self._volume_ml_of_value[list(structure.label_values)].sum()),
                bounds_lps_mm=(_point(bounds[0]), _point(bounds[1])),
                levels=tuple(self._save_level(structure.name, n, level) for n, level in enumerate(levels)),
                longest_axial_mm=size.longest_axial.length_mm if size else None,
                longest_axial_ends_lps_mm=_ends(size.longest_axial) if size else None,
            )
        )

    def add_distance_field(self, name: str, field: DistanceField) -> None:
        """Writes a distance field.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        record = self._save(f"fields/{name}.npy", field.values)
        self._fields.append(
            FieldRecord(
                file=record.file,
                sha256=record.sha256,
                name=name,
                grid=GridRecord.of(field.geometry),
                mm_per_step=field.mm_per_step,
                zero_value=field.zero_value,
            )
        )

    def add_anatomy(self, trees: VesselTrees, liver_map: LiverMap, variants: Sequence[str] = ()) -> None:
        """Writes the vessel trees and what each voxel of the liver belongs to; segments are counted on the map.

        Raises:
            ValueError: the volumes were not added before.
            StorageError: the disk is full or may not be written.
        """
        if self._labels is None:
            raise ValueError("a case needs its volumes before its anatomy")
        voxel_ml = self._labels.geometry.voxel_volume_ml
        voxels = np.bincount(liver_map.segment.ravel(), minlength=256)
        unsure = np.bincount(liver_map.segment[liver_map.uncertain > 0], minlength=256)
        self._anatomy = AnatomyRecord(
            trees=self._save_arrays(TREES_FILE, arrays_of_trees(trees)),
            liver_map=self._save_arrays(LIVER_MAP_FILE, arrays_of_liver_map(liver_map)),
            box_kji=record_of_box(liver_map.box),
            segments=tuple(
                SegmentRecord(
                    **asdict(segment),
                    volume_ml=float(voxels[segment.value]) * voxel_ml,
                    uncertain_ml=float(unsure[segment.value]) * voxel_ml,
                )
                for segment in SEGMENTS
            ),
            variants=tuple(variants),
        )

    def add_probability(self, probability: ClassProbability) -> None:
        """Writes how sure the network was.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        record = self._save_arrays(PROBABILITY_FILE, {"values": probability.values})
        self._probability = ProbabilityRecord(
            file=record.file,
            sha256=record.sha256,
            grid=GridRecord.of(probability.geometry),
            classes=probability.classes,
        )

    def finish(self, *, provenance: Provenance, created_at: str, title: str | None = None) -> Case:
        """Writes the manifest, puts the folder in its place and opens it.

        Args:
            provenance: how the case came to be.
            created_at: ISO 8601, passed in so that the writer needs no clock.
            title: what a person reads; by default a neutral name made from the scan's digest.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        if self._grid is None:
            raise ValueError("a case needs its volumes before it is finished")
        digest = provenance.scan.voxels_sha256 + self._volumes["labels"].sha256
        manifest = CaseManifest(
            case_id=hashlib.sha256(digest.encode()).hexdigest()[:16],
            title=title or f"CT {provenance.scan.voxels_sha256[:6]}",
            created_at=created_at,
            grid=self._grid,
            scan=self._volumes["scan"],
            labels=self._volumes["labels"],
            structures=tuple(self._structures),
            fields=tuple(self._fields),
            anatomy=self._anatomy,
            probability=self._probability,
            provenance=provenance,
        )
        with storage_errors():
            text = manifest.model_dump_json(indent=1)
            (self._folder / MANIFEST_FILE).write_text(text, encoding="utf-8")
            self._keep_plans(provenance)
            put_in_place(self._folder, self._path)
        return Case(path=self._path, manifest=manifest)

    def _keep_plans(self, provenance: Provenance) -> None:
        """Takes over the plans of the case that is replaced: they lie in the patient, so they fit the same scan."""
        plans = self._path / SESSION_FOLDER
        if not plans.is_dir():
            return
        with suppress(CaseError):
            if Case.open(self._path).manifest.provenance.scan.voxels_sha256 == provenance.scan.voxels_sha256:
                shutil.copytree(plans, self._folder / SESSION_FOLDER)

    def _voxel_bounds(self, structure: Structure) -> NDArray[np.float32]:
        """(2, 3) box around a structure's voxel centres, LPS mm."""
        if self._labels is None:
            raise ValueError("a case needs its volumes before its structures")
        box = box_of(self._labels.mask_of(structure.label_values))
        if box is None:
            raise ValueError(f"the labels have no voxel of {structure.name}")
        ends = [(part.start, part.stop - 1) for part in reversed(box)]
        corners = [[i, j, k] for i in ends[0] for j in ends[1] for k in ends[2]]
        points = self._labels.geometry.lps_from_index(corners).astype(np.float32)
        return np.stack([points.min(axis=0), points.max(axis=0)])

    def _save(self, file: str, array: NDArray[Any]) -> FileRecord:
        path = self._folder / file
        with storage_errors():
            with path.open("wb") as stream:
                contiguous = np.ascontiguousarray(array)
                np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(contiguous))
                # Not np.save: on a full disk it raises an OSError without an errno.
                stream.write(contiguous.data)
            return FileRecord(file=file, sha256=sha256_of_file(path))

    def _save_arrays(self, file: str, arrays: Mapping[str, NDArray[Any]]) -> FileRecord:
        with storage_errors():
            np.savez_compressed(self._folder / file, allow_pickle=False, **dict[str, Any](arrays))
            return FileRecord(file=file, sha256=sha256_of_file(self._folder / file))

    def _save_level(self, name: str, number: int, level: MeshLevel) -> LevelRecord:
        file = f"meshes/{name}.{number}.npz"
        vertices = np.asarray(level.vertices_lps_mm, dtype=np.float32)
        faces = np.asarray(level.faces, dtype=np.uint32)
        with storage_errors():
            np.savez(self._folder / file, vertices_lps_mm=vertices, faces=faces)
            digest = sha256_of_file(self._folder / file)
        return LevelRecord(
            file=file,
            sha256=digest,
            triangles=len(level.faces),
            vertices=len(level.vertices_lps_mm),
            error_mm=float(level.error_mm),
            volume_ml=float(level.volume_ml),
        )


def check_target(path: Path, *, overwrite: bool) -> None:
    """Refuses to replace anything but an older case, and that only when asked; call it before long work.

    Raises:
        CaseError: something is there.
    """
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not is_case(path):
        raise CaseError("There is something else at the path of the case.", cure="Choose a new folder for --out.")
    if not overwrite:
        raise CaseError("There is already a case at this path.", cure="Choose a new folder, or add --overwrite.")


def _ends(diameter: Diameter) -> tuple[Point, Point]:
    return _point(diameter.ends_lps_mm[0]), _point(diameter.ends_lps_mm[1])


def _point(values: NDArray[np.floating[Any]]) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
