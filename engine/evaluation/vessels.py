"""Vessels inside the liver: overlap, trees mixed up, branches found, trees joined that are apart.

All is measured inside the reference's liver, where a resection is planned: two people end the portal trunk and the
veins outside the liver at different heights, and most voxels of a tree lie out there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import (
    HEPATIC_VEINS,
    HEPATIC_VEINS_EXTRAHEPATIC,
    INFERIOR_VENA_CAVA,
    LIVER_VALUES,
    PORTAL_VEIN,
    PORTAL_VEIN_EXTRAHEPATIC,
)
from engine.evaluation.branches import Branch, branches_of, calibre_rows, count_false_joins
from engine.evaluation.centreline import centreline_agreement, thin
from engine.evaluation.scores import ConfusionScore, RegionScore, VesselScore
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume, box_of

PORTAL_VALUES: Final = (PORTAL_VEIN, PORTAL_VEIN_EXTRAHEPATIC)
HEPATIC_VALUES: Final = (HEPATIC_VEINS, HEPATIC_VEINS_EXTRAHEPATIC)
VENOUS_VALUES: Final = (*HEPATIC_VALUES, INFERIOR_VENA_CAVA)
"""What drains: at the confluence nobody can say where a hepatic vein ends and the vena cava begins."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """The vessels of one side in the liver's box; trees and centre lines only inside the reference's liver."""

    portal: Mask
    hepatic: Mask
    portal_curve: Mask
    hepatic_curve: Mask


def score_vessels(predicted: LabelVolume, reference: LabelVolume, declared: frozenset[str]) -> VesselScore | None:
    """Scores the trees that the reference has inside its liver; None without any or without a liver.

    Args:
        predicted: label volume.
        reference: label volume on the same grid.
        declared: names of the structures that the reference is known to hold, empty ones included.
    """
    has_portal, has_hepatic = "portal_vein" in declared, "hepatic_veins" in declared
    box = box_of(reference.mask_of(LIVER_VALUES)) if has_portal or has_hepatic else None
    if box is None:
        return None
    geometry = _cropped_geometry(reference.geometry, reference.labels[box].shape, box)
    ours = LabelVolume(labels=np.ascontiguousarray(predicted.labels[box]), geometry=geometry)
    theirs = LabelVolume(labels=np.ascontiguousarray(reference.labels[box]), geometry=geometry)
    liver = theirs.mask_of(LIVER_VALUES)
    us, them = _side(ours, liver), _side(theirs, liver)
    branches: list[Branch] = []
    any_vessel = ours.mask_of((*PORTAL_VALUES, *VENOUS_VALUES))
    if has_portal:
        branches += branches_of(theirs.mask_of(PORTAL_VALUES), them.portal_curve, any_vessel, geometry)
    if has_hepatic:
        branches += branches_of(theirs.mask_of(VENOUS_VALUES), them.hepatic_curve, any_vessel, geometry)
    both = has_portal and has_hepatic
    rows = calibre_rows(tuple(branches))
    return VesselScore(
        both=_region(us.portal | us.hepatic, them.portal | them.hepatic) if both else None,
        portal=_region(us.portal, them.portal, us.portal_curve, them.portal_curve) if has_portal else None,
        hepatic=_region(us.hepatic, them.hepatic, us.hepatic_curve, them.hepatic_curve) if has_hepatic else None,
        confusion=_confusion(ours, them) if both else None,
        branches=rows,
        branch_recall=sum(row.found for row in rows) / len(branches) if branches else None,
        false_joins=_false_joins(us, theirs, geometry) if both else None,
    )


def _side(labels: LabelVolume, liver: Mask) -> _Side:
    portal, hepatic = labels.mask_of(PORTAL_VALUES) & liver, labels.mask_of(HEPATIC_VALUES) & liver
    return _Side(portal=portal, hepatic=hepatic, portal_curve=thin(portal), hepatic_curve=thin(hepatic))


def _region(
    predicted: Mask, reference: Mask, predicted_curve: Mask | None = None, reference_curve: Mask | None = None
) -> RegionScore:
    """Overlap of two masks; without a reference there is none, without a prediction it is 0."""
    if not reference.any():
        return RegionScore(dice=None, cldice=None, centreline_precision=None, centreline_sensitivity=None)
    if not predicted.any():
        return RegionScore(dice=0.0, cldice=0.0, centreline_precision=None, centreline_sensitivity=0.0)
    common = int(np.count_nonzero(predicted & reference))
    along = centreline_agreement(
        predicted,
        reference,
        thin(predicted) if predicted_curve is None else predicted_curve,
        thin(reference) if reference_curve is None else reference_curve,
    )
    return RegionScore(
        dice=2.0 * common / (int(np.count_nonzero(predicted)) + int(np.count_nonzero(reference))),
        cldice=along.cldice,
        centreline_precision=along.precision,
        centreline_sensitivity=along.sensitivity,
    )


def _confusion(predicted: LabelVolume, reference: _Side) -> ConfusionScore:
    called_portal, called_venous = predicted.mask_of(PORTAL_VALUES), predicted.mask_of(VENOUS_VALUES)
    portal_right, portal_wrong = (int((reference.portal & m).sum()) for m in (called_portal, called_venous))
    hepatic_right, hepatic_wrong = (int((reference.hepatic & m).sum()) for m in (called_venous, called_portal))
    portal, hepatic = portal_right + portal_wrong, hepatic_right + hepatic_wrong
    return ConfusionScore(
        portal_found_voxels=portal,
        hepatic_found_voxels=hepatic,
        portal_called_hepatic=portal_wrong / portal if portal else None,
        hepatic_called_portal=hepatic_wrong / hepatic if hepatic else None,
        mixed_up=(portal_wrong + hepatic_wrong) / (portal + hepatic) if portal + hepatic else None,
    )


def _false_joins(predicted: _Side, reference: LabelVolume, geometry: VolumeGeometry) -> int:
    portal, venous = reference.mask_of(PORTAL_VALUES), reference.mask_of(VENOUS_VALUES)
    return count_false_joins(predicted.portal_curve, portal, venous, geometry) + count_false_joins(
        predicted.hepatic_curve, venous, portal, geometry
    )


def _cropped_geometry(
    geometry: VolumeGeometry, shape: tuple[int, ...], box: tuple[slice, slice, slice]
) -> VolumeGeometry:
    k, j, i = shape
    return geometry.cropped((box[0].start, box[1].start, box[2].start), (k, j, i))
