"""Writes a case folder all or nothing."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.anatomy import Structure
from engine.case import MANIFEST_FILE, SESSION_FOLDER, Case, is_case
from engine.case_anatomy import PROBABILITY_STEM
from engine.case_files import CaseFiles
from engine.case_manifest import (
    AnatomyRecord,
    CaseManifest,
    FieldRecord,
    FileRecord,
    GridRecord,
    ProbabilityRecord,
    Provenance,
    StructureRecord,
)
from engine.case_records import StructureRecords, anatomy_record
from engine.class_probability import ClassProbability
from engine.errors import CaseError
from engine.field import DistanceField
from engine.liver_map import LiverMap
from engine.storage import put_in_place, storage_errors, temporary_sibling
from engine.surface import MeshLevel
from engine.tumours.measures import TumourMeasure
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume, ScanVolume


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
        self._files = CaseFiles(self._folder)
        self._labels: LabelVolume | None = None
        self._records: StructureRecords | None = None
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
        self._volumes["scan"] = self._files.save_array("volumes/scan", scan.voxels_hu)
        self._volumes["labels"] = self._files.save_array("volumes/labels", labels.labels)
        self._records = StructureRecords(self._files, labels)

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
            ValueError: the volumes were not added before.
            StorageError: the disk is full or may not be written.
        """
        if self._records is None:
            raise ValueError("a case needs its volumes before its structures")
        self._structures.append(self._records.add(structure, levels, size=size))

    def add_distance_field(self, name: str, field: DistanceField) -> None:
        """Writes a distance field.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        self._fields.append(self._files.save_field(name, field))

    def add_anatomy(self, trees: VesselTrees, liver_map: LiverMap, variants: Sequence[str] = ()) -> None:
        """Writes the vessel trees and what each voxel of the liver belongs to; segments are counted on the map.

        Raises:
            ValueError: the volumes were not added before.
            StorageError: the disk is full or may not be written.
        """
        if self._labels is None:
            raise ValueError("a case needs its volumes before its anatomy")
        voxel_ml = self._labels.geometry.voxel_volume_ml
        self._anatomy = anatomy_record(self._files, trees, liver_map, variants, voxel_ml)

    def add_probability(self, probability: ClassProbability) -> None:
        """Writes how sure the network was.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        record = self._files.save_arrays(PROBABILITY_STEM, {"values": probability.values})
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
