"""Two scans of one patient: the plan carried from the earlier to the later one, and how the remnant grew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from engine.anatomy import LIVER_VALUES
from engine.carried_plan import CarriedCount, CarriedPlan, carried_cut_mm, carried_interval, count_carried
from engine.case import Case
from engine.clinical import BodyData, Quantity, RemnantAtScan, Thresholds, checked_days, growth_quantities
from engine.errors import LabelError
from engine.imaging.registration import RegistrationOptions, RegistrationQuality, register_livers
from engine.plan_quantities import tumour_free_remnant
from engine.plan_report import evaluator_of
from engine.progress import Progress, SilentProgress
from engine.resection import ResectionPlan
from engine.volume import LabelVolume

MOST_AT_EDGE: Final = 0.001
"""Share of the liver's voxels that may lie at the scan's edge: specks there are no missing part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialOptions:
    """What a person says about both scans.

    Attributes:
        days: between embolisation (or the earlier scan) and the later scan.
        thresholds: shown beside the numbers.
        body: for sFLR and KGR.
        plan_after: the plan drawn in the later scan as well; then nothing is registered.
        registration: how finely both scans are brought over each other.
    """

    days: float
    thresholds: Thresholds
    body: BodyData | None = None
    plan_after: ResectionPlan | None = None
    registration: RegistrationOptions = field(default_factory=RegistrationOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialVolumetry:
    """Growth between two scans.

    Attributes:
        days: between them.
        liver_before_ml: total liver volume of the earlier scan.
        liver_after_ml: of the later one.
        before: remnant without tumour at the earlier scan.
        after: at the later one.
        quality: of the registration; None where the plan was drawn in both scans.
        carried_mm: how far the carried cut may lie off, mm; 0 without registration.
        quantities: sFLR, hypertrophy, KGR and growth with their intervals.
    """

    days: float
    liver_before_ml: float
    liver_after_ml: float
    before: RemnantAtScan
    after: RemnantAtScan
    quality: RegistrationQuality | None
    carried_mm: float
    quantities: tuple[Quantity, ...]

    def as_json(self) -> dict[str, Any]:
        """What `cantlie serial --json` prints."""
        return {
            "days": self.days,
            "weeks": self.days / 7.0,
            "total_liver_volume_before_ml": self.liver_before_ml,
            "total_liver_volume_after_ml": self.liver_after_ml,
            "registration": None if self.quality is None else self.quality.as_json(),
            "carried_cut_uncertainty_mm": self.carried_mm,
            "quantities": [quantity.as_json() for quantity in self.quantities],
        }


def measure_growth(
    before: Case, after: Case, plan: ResectionPlan, options: SerialOptions, progress: Progress | None = None
) -> SerialVolumetry:
    """Measures the remnant of one plan in two scans.

    Args:
        before: the earlier scan, in which the plan was drawn.
        after: the later one.
        plan: what is to be resected.
        options: time, body, thresholds.
        progress: told stages; may raise to stop.

    Raises:
        ClinicalInputError: the time makes no rate.
        RegistrationError: the scans could not be brought over each other.
        LabelError: a scan has no liver, or not the whole of it.
        PlanError: the plan needs anatomy that the case lacks.
    """
    report, days = progress or SilentProgress(), checked_days(options.days)
    report.stage("Measuring the earlier scan")
    _check_whole(before.labels(), "earlier")
    _check_whole(after.labels(), "later")
    first = evaluator_of(before)
    remnant_before = tumour_free_remnant(first.evaluate(plan))
    report.advance(1.0)
    quality, carried_mm = None, 0.0
    if options.plan_after is not None:
        report.stage("Measuring the later scan")
        remnant_after = tumour_free_remnant(evaluator_of(after).evaluate(options.plan_after))
    else:
        report.stage("Registering both scans")
        registration = register_livers(after.labels(), before.labels(), options.registration, report)
        quality = registration.quality
        report.stage("Measuring the later scan")
        carried = CarriedPlan(first.sides(plan), before.liver_map(), registration.to_earlier)
        count = count_carried(after.labels(), carried, report)
        rest_ml = _liver_ml(before.labels()) - remnant_before.ml
        earlier = CarriedCount(remnant_ml=remnant_before.ml, rest_ml=rest_ml, cut_area_mm2=0.0)
        carried_mm = carried_cut_mm(quality.residual_mm, earlier, count, options.registration.knots_mm)
        remnant_after = carried_interval(remnant_before, count, carried_mm)
    report.advance(1.0)
    return SerialVolumetry(
        days=days,
        liver_before_ml=_liver_ml(before.labels()),
        liver_after_ml=_liver_ml(after.labels()),
        before=remnant_before,
        after=remnant_after,
        quality=quality,
        carried_mm=carried_mm,
        quantities=growth_quantities(
            remnant_before, remnant_after, days=days, body=options.body, thresholds=options.thresholds
        ),
    )


def _check_whole(labels: LabelVolume, which: str) -> None:
    """Refuses a liver that the scan's edge cuts off: what is missing would pass for growth or shrinkage."""
    liver = labels.mask_of(LIVER_VALUES)
    ends = [(axis, end) for axis, extent in enumerate(liver.shape) for end in (0, extent - 1)]
    at_edge = sum(int(np.count_nonzero(np.take(liver, end, axis=axis))) for axis, end in ends)
    if at_edge > MOST_AT_EDGE * np.count_nonzero(liver):
        raise LabelError(
            f"The liver reaches the edge of the {which} scan, so that a part of it is missing.",
            cure="Compare scans that show the whole liver.",
        )


def _liver_ml(labels: LabelVolume) -> float:
    return float(np.count_nonzero(labels.mask_of(LIVER_VALUES))) * labels.geometry.voxel_volume_ml
