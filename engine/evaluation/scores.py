"""What `suite.json` holds about one case: frozen records, numbers in millimetres, millilitres and parts of one.

A number that cannot be had is null, never zero: the reference lacks the structure, or one side is empty.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Absence = Literal["absent in both", "absent in the prediction", "absent in the reference"]
SizeName = Literal["under 10 mm", "10 to 20 mm", "over 20 mm"]
CalibreName = Literal["under 3 mm", "3 to 6 mm", "over 6 mm"]


class Record(BaseModel):
    """A frozen record of the report; unknown fields, NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StructureScore(Record):
    """One structure. Volumes are voxel counts; the volume error is prediction minus reference."""

    dice: float | None
    nsd_2mm: float | None
    hausdorff_95_mm: float | None
    mean_surface_distance_mm: float | None
    volume_predicted_ml: float
    volume_reference_ml: float
    volume_error_ml: float
    volume_error_percent: float | None
    cldice: float | None = None
    centreline_precision: float | None = None
    centreline_sensitivity: float | None = None
    absence: Absence | None = None


class Lesion(Record):
    """One lesion of either side. `iou` is that of the best group it belongs to, see `engine.evaluation.lesions`."""

    number: int
    diameter_mm: float
    volume_ml: float
    iou: float
    matched: bool
    matched_strictly: bool


class SizeRow(Record):
    """Lesions of one size: reference lesions by their own diameter, predicted ones by theirs."""

    size: SizeName
    reference: int
    found: int
    predicted: int
    true: int


class LesionScore(Record):
    """Lesions found and lesions invented; strict means an overlap of a half."""

    reference: tuple[Lesion, ...]
    predicted: tuple[Lesion, ...]
    by_size: tuple[SizeRow, ...]
    recall: float | None
    precision: float | None
    recall_over_10mm: float | None
    recall_strict: float | None
    precision_strict: float | None


class RegionScore(Record):
    """Vessels inside the reference's liver."""

    dice: float | None
    cldice: float | None
    centreline_precision: float | None
    centreline_sensitivity: float | None


class CalibreRow(Record):
    """Branches of the reference's trees by their median diameter."""

    calibre: CalibreName
    branches: int
    found: int
    length_mm: float
    length_found_mm: float


class ConfusionScore(Record):
    """Names of the vessel voxels that both sides have, inside the reference's liver.

    `portal_called_hepatic` is the part of the true portal voxels found that carry the other name.
    """

    portal_found_voxels: int
    hepatic_found_voxels: int
    portal_called_hepatic: float | None
    hepatic_called_portal: float | None
    mixed_up: float | None


class VesselScore(Record):
    """Vessels inside the liver; null where the reference lacks one of the trees. Recall counts branches of any size."""

    both: RegionScore | None
    portal: RegionScore | None
    hepatic: RegionScore | None
    confusion: ConfusionScore | None
    branches: tuple[CalibreRow, ...]
    branch_recall: float | None
    false_joins: int | None


class SegmentScore(Record):
    """Couinaud segments: `agreement` over the voxels that both sides name, `covered` the part of the reference's."""

    agreement: float
    covered: float
    dice: dict[str, float | None]


class ReliabilityBin(Record):
    """Voxels of like probability: what was said and what was true."""

    mean_probability: float
    observed: float
    voxels: int


class ClassCalibration(Record):
    """Expected calibration error of one class."""

    name: str
    expected_error: float
    bins: tuple[ReliabilityBin, ...]


class CaseScores(Record):
    """All numbers of a case; parts are null where the reference cannot answer."""

    structures: dict[str, StructureScore]
    lesions: LesionScore | None = None
    vessels: VesselScore | None = None
    segments: SegmentScore | None = None
    calibration: tuple[ClassCalibration, ...] = ()
