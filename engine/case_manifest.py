"""`manifest.json`: what a case folder holds and where it came from. Never who the patient is.

Everything a case says about itself is checked here on the way in: unknown fields, numbers that are not finite,
and file names that leave the folder are refused.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from engine.geometry import VolumeGeometry

FORMAT_VERSION: Final = 3
"""Raised whenever an older Cantlie could not read the folder any more."""

RelativeFile = Annotated[str, Field(pattern=r"^(volumes|fields|meshes)/[a-z0-9_]+(\.[0-9]+)?\.(npy|npz)$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
StructureName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Point = tuple[float, float, float]
Row = tuple[float, float, float, float]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class GridRecord(_Record):
    """Where voxels lie."""

    shape_kji: tuple[int, int, int]
    lps_from_ijk: tuple[Row, Row, Row, Row]

    @classmethod
    def of(cls, geometry: VolumeGeometry) -> GridRecord:
        """The record of a geometry."""
        rows = [(float(row[0]), float(row[1]), float(row[2]), float(row[3])) for row in geometry.lps_from_ijk]
        return cls(shape_kji=geometry.shape_kji, lps_from_ijk=(rows[0], rows[1], rows[2], rows[3]))

    def geometry(self) -> VolumeGeometry:
        """The geometry of the record.

        Raises:
            ValueError: the matrix is singular.
        """
        return VolumeGeometry(shape_kji=self.shape_kji, lps_from_ijk=np.array(self.lps_from_ijk, dtype=np.float64))


class FileRecord(_Record):
    """A file of the case and the digest of its bytes."""

    file: RelativeFile
    sha256: Sha256


class LevelRecord(FileRecord):
    """One level of detail of a surface."""

    triangles: int
    vertices: int
    error_mm: float
    volume_ml: float
    max_error_mm: float | None = None


class StructureRecord(_Record):
    """A structure of the case; `levels` run from the finest to the coarsest.

    `volume_ml` counts voxels of the label map; a level's own volume is what its surface encloses. Of a tumour,
    `longest_axial_mm` is its longest diameter in an axial plane and `longest_axial_ends_lps_mm` where it ends.
    """

    name: StructureName
    title: str
    label_values: tuple[int, ...]
    snomed: str
    colour: Colour
    volume_ml: float
    bounds_lps_mm: tuple[Point, Point]
    levels: tuple[LevelRecord, ...]
    longest_axial_mm: float | None = None
    longest_axial_ends_lps_mm: tuple[Point, Point] | None = None


class FieldRecord(FileRecord):
    """A signed distance field in 8 bits, see `engine.field`."""

    name: StructureName
    grid: GridRecord
    mm_per_step: float
    zero_value: int


class ProbabilityRecord(FileRecord):
    """How sure the network was, see `engine.class_probability`."""

    grid: GridRecord
    classes: tuple[str, ...]


class SegmentRecord(_Record):
    """A Couinaud segment; `uncertain_ml` of its volume is a guess."""

    value: Annotated[int, Field(ge=1, le=255)]
    name: StructureName
    title: str
    snomed: str
    colour: Colour
    volume_ml: float
    uncertain_ml: float


class AnatomyRecord(_Record):
    """Vessel trees and what each voxel of the liver belongs to, see `engine.vessel_tree` and `engine.liver_map`.

    `box_kji` is (first, end) along k, j and i, where the arrays of the liver map lie in the scan's grid.
    """

    trees: FileRecord
    liver_map: FileRecord
    box_kji: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
    segments: tuple[SegmentRecord, ...]
    variants: tuple[str, ...] = ()


class ScanSource(_Record):
    """Where the scan came from, without identity. Empty or null where the file does not say."""

    source_kind: Literal["dicom", "nifti", "nrrd", "phantom"]
    voxels_sha256: Sha256
    modality: str = ""
    maker: str = ""
    kernel: str = ""
    phase: str = ""
    contrast: bool | None = None
    slice_thickness_mm: float | None = None
    tube_voltage_kv: float | None = None


class SegmentationSource(_Record):
    """Who drew the structures: a network, a person's file, or the phantom's truth."""

    method: Literal["network", "given", "phantom"]
    network: str = ""
    device: str = ""


class Provenance(_Record):
    """How the case came to be."""

    scan: ScanSource
    segmentation: SegmentationSource
    software: dict[str, str] = {}
    stage_seconds: dict[str, float] = {}
    warnings: tuple[str, ...] = ()


class BranchWord(_Record):
    """What a person said about the vessel branch at a place: which tree it is of, and if they like its name.

    Places hold where numbers do not: branches are numbered anew whenever the vessels change.
    """

    point_lps_mm: Point
    kind: Literal["portal", "hepatic", "not_a_vessel"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,32}$")] = ""


class CorrectionRecord(_Record):
    """What a person put right in the labels, and which structures have other voxels since."""

    revision: Annotated[int, Field(ge=1)]
    corrected_at: str
    given: tuple[StructureName, ...] = ()
    removed: tuple[StructureName, ...] = ()
    renamed: tuple[tuple[StructureName, StructureName], ...] = ()
    branches: tuple[BranchWord, ...] = ()
    changed: tuple[StructureName, ...]


class CaseManifest(_Record):
    """The whole manifest. `revision` grows with every correction; the case keeps its id."""

    format_version: Literal[1, 2, 3] = FORMAT_VERSION
    case_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    created_at: str
    grid: GridRecord
    scan: FileRecord
    labels: FileRecord
    structures: tuple[StructureRecord, ...]
    fields: tuple[FieldRecord, ...]
    anatomy: AnatomyRecord | None = None
    probability: ProbabilityRecord | None = None
    provenance: Provenance
    revision: Annotated[int, Field(ge=0)] = 0
    corrections: tuple[CorrectionRecord, ...] = ()

    def structure(self, name: str) -> StructureRecord:
        """The record of a structure.

        Raises:
            KeyError: the case has no such structure.
        """
        for record in self.structures:
            if record.name == name:
                return record
        raise KeyError(name)
