"""All numbers of a plan as one report: the engine's answer, put beside the body, the tumours and their thresholds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.case import Case
from engine.clinical import BodyData, Quantity, Thresholds, body_quantities, chosen_thresholds
from engine.errors import PlanError
from engine.plan_quantities import liver_volume_beside_body, quantities_of
from engine.resection import PlanAnswer, PlanEvaluator, ResectionPlan
from engine.resection.measurements import (
    MeasuredValue,
    Measurement,
    PlanNotes,
    Surveyor,
    measurement_as_json,
)
from engine.self_check_record import SelfCheckRecord, read_self_check
from engine.tumours import TumourBurden, TumourMeasure, length_uncertainty_mm, measure_tumours, tumour_burden


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What a person adds to a plan.

    Attributes:
        body: height and weight; None leaves sFLR and RLV/BW out.
        thresholds: shown beside the numbers.
    """

    body: BodyData | None = None
    thresholds: Thresholds = field(default_factory=chosen_thresholds)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportedMeasurement:
    """A measurement of the plan and what it comes to.

    Attributes:
        measurement: what was measured.
        value: its number; None where the case or the plan has nothing of the kind.
        problem: why there is none.
    """

    measurement: Measurement
    value: MeasuredValue | None
    problem: str = ""

    def as_json(self) -> dict[str, object]:
        """What was measured, the number, and where it runs."""
        found = {"value": None, "problem": self.problem} if self.value is None else self.value.as_json()
        return {**measurement_as_json(self.measurement), **found}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanReport:
    """Everything about one plan.

    Attributes:
        case_id: of the case.
        answer: of the engine.
        quantities: the answer's numbers and those beside the body, with intervals and thresholds.
        body: as given.
        tumours: their sizes.
        burden: of all of them.
        measurements: of the plan, in its order.
        notes: the plan's measurements and pins as they stand in it.
        self_check: measured errors of this Cantlie on the case's voxels; None where it was never run.
    """

    case_id: str
    answer: PlanAnswer
    quantities: tuple[Quantity, ...]
    body: BodyData | None
    tumours: tuple[TumourMeasure, ...]
    burden: TumourBurden
    self_check: SelfCheckRecord | None
    measurements: tuple[ReportedMeasurement, ...] = ()
    notes: PlanNotes = field(default_factory=PlanNotes)

    def as_json(self) -> dict[str, Any]:
        """What `cantlie measure --json` prints."""
        return {
            "case_id": self.case_id,
            **self.answer.as_json(),
            "body": None if self.body is None else self.body.as_json(),
            "quantities": [quantity.as_json() for quantity in self.quantities],
            "tumours": [tumour.as_json() for tumour in self.tumours],
            "tumour_burden": self.burden.as_json(),
            "measurements": [one.as_json() for one in self.measurements],
            "pins": [pin.as_json() for pin in self.notes.pins],
            "self_check": None if self.self_check is None else self.self_check.model_dump(mode="json"),
        }


class PlanReporter:
    """Reports on any number of plans of one case; opens what they need once.

    Args:
        case: the case.
        options: what a person adds.

    Raises:
        CaseCorruptError: a file of the case is damaged.
    """

    def __init__(self, case: Case, options: ReportOptions) -> None:
        self._case = case
        self._options = options
        self._evaluator = evaluator_of(case)
        self._tumours = measure_tumours(case.labels())
        self._length_uncertainty_mm = length_uncertainty_mm(case.manifest.grid.geometry())
        self._self_check = read_self_check(case)

    def report(self, plan: ResectionPlan, notes: PlanNotes | None = None) -> PlanReport:
        """The report of one plan.

        Args:
            plan: what to cut.
            notes: what is measured and pinned beside it.

        Raises:
            PlanError: the plan needs anatomy that the case lacks.
        """
        answer = self._evaluator.evaluate(plan)
        body, thresholds = self._options.body, self._options.thresholds
        quantities = quantities_of(answer, thresholds)
        if body is not None:
            quantities = (*quantities, *body_quantities(body), *liver_volume_beside_body(answer, body, thresholds))
        return PlanReport(
            case_id=self._case.manifest.case_id,
            answer=answer,
            quantities=quantities,
            body=body,
            tumours=self._tumours,
            burden=tumour_burden(self._tumours, length_uncertainty_mm=self._length_uncertainty_mm),
            self_check=self._self_check,
            measurements=self._measured(plan, notes or PlanNotes()),
            notes=notes or PlanNotes(),
        )

    def _measured(self, plan: ResectionPlan, notes: PlanNotes) -> tuple[ReportedMeasurement, ...]:
        surveyor = Surveyor(
            self._case.vessel_trees(),
            lambda: self._tumours,
            lambda cut: self._evaluator.evaluate(cut).cut_area_mm2,
        )
        reported = []
        for one in notes.measurements:
            try:
                found = ReportedMeasurement(measurement=one, value=surveyor.measure(one, plan.resections))
            except PlanError as error:
                found = ReportedMeasurement(measurement=one, value=None, problem=error.what)
            reported.append(found)
        return tuple(reported)


def evaluator_of(case: Case) -> PlanEvaluator:
    """The evaluator of a case with all the anatomy it holds.

    Raises:
        CaseCorruptError: a file of the case is damaged.
        LabelError: the scan is too large for the tables.
    """
    return PlanEvaluator(
        case.labels(), trees=case.vessel_trees(), liver_map=case.liver_map(), probability=case.probability()
    )
