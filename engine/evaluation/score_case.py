"""All scores of one case: a prediction against what its reference holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from engine.anatomy import TUMOUR_VALUES, structure_named
from engine.class_probability import ClassProbability
from engine.errors import GridMismatchError
from engine.evaluation.calibration import score_calibration
from engine.evaluation.evaluate import ALL_TUMOURS, compare_structure
from engine.evaluation.lesions import score_lesions
from engine.evaluation.report import StructureAgreement
from engine.evaluation.scores import CaseScores, ClassCalibration, StructureScore
from engine.evaluation.segments import score_segments, segments_one_to_eight
from engine.evaluation.vessels import score_vessels
from engine.liver_map import LiverMap
from engine.volume import LabelVolume, VoxelBox


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CasePrediction:
    """What was computed.

    Attributes:
        labels: on the scan's grid.
        liver_map: Couinaud segments, if there are any.
        probability: of the classes in the liver's box, if kept.
    """

    labels: LabelVolume
    liver_map: LiverMap | None = None
    probability: ClassProbability | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseReference:
    """What it is measured by.

    Attributes:
        labels: on the scan's grid.
        declared: structures that the reference is known to hold, by name and `tumours` for all of them together;
            one that it holds but that has no voxel is known to be absent in the patient.
        couinaud: (k, j, i) segments 1 to 8, 0 elsewhere.
    """

    labels: LabelVolume
    declared: frozenset[str]
    couinaud: NDArray[np.uint8] | None = None


def score_case(prediction: CasePrediction, reference: CaseReference) -> CaseScores:
    """Compares the structures that the reference holds; whatever else was predicted is left alone.

    Raises:
        GridMismatchError: the two lie on different grids.
    """
    ours, theirs = prediction.labels, reference.labels
    if not ours.geometry.matches(theirs.geometry, tolerance_mm=0.1):
        raise GridMismatchError(
            "The prediction lies on another grid than the reference.", cure="Compare segmentations of the same scan."
        )
    segments = None
    if prediction.liver_map is not None and reference.couinaud is not None:
        named = segments_one_to_eight(prediction.liver_map, theirs.geometry.shape_kji)
        segments = score_segments(named, reference.couinaud)
    calibration: tuple[ClassCalibration, ...] = ()
    if prediction.probability is not None:
        calibration = score_calibration(prediction.probability, theirs, reference.declared)
    return CaseScores(
        structures=_score_structures(ours, theirs, reference.declared),
        lesions=score_lesions(ours, theirs) if ALL_TUMOURS in reference.declared else None,
        vessels=score_vessels(ours, theirs, reference.declared),
        segments=segments,
        calibration=calibration,
    )


def _score_structures(ours: LabelVolume, theirs: LabelVolume, declared: frozenset[str]) -> dict[str, StructureScore]:
    boxes = [ndimage.find_objects(side.labels, max_label=TUMOUR_VALUES[-1]) for side in (ours, theirs)]
    scores = {}
    for name in sorted(declared):
        values = TUMOUR_VALUES if name == ALL_TUMOURS else structure_named(name).label_values
        found = [side[value - 1] for side in boxes for value in values if side[value - 1] is not None]
        box = _joint_box(found)
        k, j, i = (part.stop - part.start for part in box)
        geometry = theirs.geometry.cropped((box[0].start, box[1].start, box[2].start), (k, j, i))
        masks = [
            LabelVolume(labels=side.labels[box], geometry=geometry).mask_of(tuple(values)) for side in (ours, theirs)
        ]
        scores[name] = _flat(compare_structure(name, masks[0], masks[1], geometry))
    return scores


def _joint_box(boxes: list[VoxelBox]) -> VoxelBox:
    """The box around all boxes; the first voxel where there are none."""
    if not boxes:
        return slice(0, 1), slice(0, 1), slice(0, 1)
    k, j, i = (slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes)) for axis in range(3))
    return k, j, i


def _flat(agreement: StructureAgreement) -> StructureScore:
    surface, centreline = agreement.surface, agreement.centreline
    return StructureScore(
        dice=agreement.dice,
        nsd_2mm=None if surface is None else surface.within_tolerance,
        hausdorff_95_mm=None if surface is None else surface.hausdorff_95_mm,
        mean_surface_distance_mm=None if surface is None else surface.mean_mm,
        volume_predicted_ml=agreement.predicted_ml,
        volume_reference_ml=agreement.reference_ml,
        volume_error_ml=agreement.difference_ml,
        volume_error_percent=agreement.difference_percent,
        cldice=None if centreline is None else centreline.cldice,
        centreline_precision=None if centreline is None else centreline.precision,
        centreline_sensitivity=None if centreline is None else centreline.sensitivity,
        absence=agreement.absence,
    )
