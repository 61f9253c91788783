"""Gathers the minutes of a session from its log, its audit log and the engine. Blocks; may take seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.case import SESSION_FOLDER, Case
from engine.clinical import BodyData, PlanNumbers, Quantity, compare_plans
from engine.errors import CaseCorruptError, PlanError
from engine.resection.measurements import Measurement, PlanNotes
from engine.resection.plan import ResectionPlan
from streaming.minutes.content import Attendee, Deed, Minutes, Picture, PlanMinutes
from streaming.planning.engine_measurement import engine_measurement
from streaming.planning.engine_resection import engine_resection
from streaming.protocol import FIRST_PLAN_ID, BodyState, ResectionState
from streaming.replay.past import Past
from streaming.replay.recordings import RECORDING_FILE, Recordings
from streaming.replay.timeline import people_of, told, visits_in
from streaming.session.operations import Plan
from streaming.session.plan_changes import NamedPlan, PlanAdded, PlanSigned, SignatureWithdrawn, VersionKept

if TYPE_CHECKING:
    from engine.plan_report import PlanReporter

_KINDS: Final = {"plane": "plane", "surface": "curved surface", "wedge": "wedge", "territory": "anatomical resection"}
_MEASURES: Final = {
    "distance": "Distance",
    "angle": "Angle",
    "diameter": "Diameter",
    "tumour": "Longest axial diameter",
    "vessel": "Length along a vessel",
    "area": "Area of the cut",
}
_UNITS: Final = {"degrees": "°", "cm2": "cm²"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the minutes are made with.

    Attributes:
        made_at: ISO 8601 in UTC.
        pictures: of plans, by their ids.
    """

    made_at: str
    pictures: Mapping[str, tuple[Picture, ...]]


def minutes_of(case: Case, past: Past, wanted: Wanted) -> Minutes:
    """The minutes of a case's session.

    Args:
        case: the case as it is now.
        past: of its log.
        wanted: time and pictures.

    Raises:
        CaseError: a file of the case is damaged.
    """
    from engine.plan_report import PlanReporter, ReportOptions

    plan = past.at(past.revision)
    body = None if plan.body is None else BodyData(height_cm=plan.body.height_cm, weight_kg=plan.body.weight_kg)
    reporter = PlanReporter(case, ReportOptions(body=body))
    segmentation = case.manifest.labels.sha256
    plans = tuple(_plan_minutes(plan, one, reporter, segmentation, wanted) for one in plan.shown_plans)
    known = [PlanNumbers(name=one.name, quantities=one.quantities) for one in plans if one.quantities]
    names = {one.client_id: one.display_name or "Guest" for one in people_of(past, visits_in(case.path))}
    return Minutes(
        case_id=case.manifest.case_id,
        made_at=wanted.made_at,
        began_at=past.operations[0].at if past.operations else "",
        ended_at=past.operations[-1].at if past.operations else "",
        revision=past.revision,
        segmentation=segmentation,
        method=case.manifest.provenance.segmentation.method,
        body="" if plan.body is None else _body(plan.body),
        attendees=_attendees(case, past, names),
        plans=plans,
        comparison=compare_plans(known) if len(known) > 1 else None,
        deeds=_deeds(past, names),
        is_recorded=_is_recorded(case),
    )


def _attendees(case: Case, past: Past, names: Mapping[str, str]) -> tuple[Attendee, ...]:
    """By name: who came back under another id is one person to a reader."""
    visits = visits_in(case.path)
    found: dict[str, Attendee] = {}
    for visit in visits:
        name = names[visit.client_id]
        known = found.get(name)
        before = known.visits if known else ()
        found[name] = Attendee(
            name=name, role=visit.role, device=visit.device, visits=(*before, (visit.joined_at, visit.left_at))
        )
    for operation in past.operations:
        name = names[operation.author]
        if operation.author_name and name not in found:
            found[name] = Attendee(name=name, role="", device="", visits=())
    return tuple(found.values())


def _deeds(past: Past, names: Mapping[str, str]) -> tuple[Deed, ...]:
    deeds = []
    for operation, _, after, deed in told(past):
        named = next((one.name for one in after.named if one.plan_id == operation.plan_id), "")
        change = operation.change
        decides = isinstance(change, PlanSigned | SignatureWithdrawn | VersionKept) or (
            isinstance(change, PlanAdded) and change.origin is not None and change.origin.kind == "proposal"
        )
        words = deed.told(after)
        if isinstance(change, PlanAdded) and change.origin is not None:
            words += f", from the {change.origin.kind} {change.origin.name}"
        deeds.append(Deed(at=operation.at, who=names[operation.author], plan=named, words=words, is_decision=decides))
    return tuple(deeds)


def _plan_minutes(plan: Plan, one: NamedPlan, reporter: PlanReporter, segmentation: str, wanted: Wanted) -> PlanMinutes:
    resections = plan.resections_of(one.plan_id)
    quantities, problem, measured = _numbers(plan, one.plan_id, reporter)
    signed = one.signed_version
    pins = tuple((note.pin.text, note.by.display_name) for note in plan.pins_of(one.plan_id))
    return PlanMinutes(
        plan_id=one.plan_id,
        name=one.name,
        stage=one.stage,
        signatures=tuple(
            f"{signature.stage.capitalize()} by {signature.by_name or 'Guest'}, {said_time(signature.at)}"
            for signature in (signed.signatures if signed is not None else ())
        ),
        is_stale=one.is_stale(segmentation),
        origin=_origin(one),
        cuts=tuple(f"Cut {number}: {_cut(cut)}" for number, cut in enumerate(resections, start=1)),
        quantities=quantities,
        problem=problem,
        measurements=measured,
        pins=pins,
        versions=one.versions,
        pictures=wanted.pictures.get(one.plan_id, ()),
    )


def _numbers(
    plan: Plan, plan_id: str, reporter: PlanReporter
) -> tuple[tuple[Quantity, ...], str, tuple[tuple[str, str], ...]]:
    resections = plan.resections_of(plan_id)
    ids = [one.resection_id for one in resections]
    measured: list[tuple[str, str]] = []
    asked: list[tuple[str, Measurement]] = []
    for kept in plan.measurements_of(plan_id):
        try:
            asked.append((_MEASURES[kept.measurement.kind], engine_measurement(kept.measurement, ids)))
        except PlanError as error:  # of a cut that is gone
            measured.append((_MEASURES[kept.measurement.kind], error.what))
    try:
        cut = ResectionPlan(resections=tuple(engine_resection(one) for one in resections))
        report = reporter.report(cut, PlanNotes(measurements=tuple(one for _, one in asked)))
    except PlanError as error:
        return (), error.what, tuple(measured)
    for (title, _), one in zip(asked, report.measurements, strict=True):
        found = one.value
        said = one.problem if found is None else f"{found.value:.1f} {_UNITS.get(found.unit, found.unit)}"
        measured.append((title, said))
    return report.quantities, "", tuple(measured)


def _origin(plan: NamedPlan) -> str:
    made = f"made by {plan.created_by_name or 'Guest'}, {said_time(plan.created_at)}" if plan.created_at else ""
    if plan.origin is not None:
        source = f"from the {plan.origin.kind} {plan.origin.name}"
        return f"{made}, {source}" if made else source
    return made or ("the plan that every case begins with" if plan.plan_id == FIRST_PLAN_ID else "")


def _cut(resection: ResectionState) -> str:
    kind = _KINDS[resection.kind]
    if resection.kind == "wedge" and resection.tumour is not None:
        margin = "" if resection.margin_mm is None else f", margin {resection.margin_mm:g} mm"
        return f"{kind} around {resection.tumour.replace('_', ' ')}{margin}"
    return kind


def _body(body: BodyState) -> str:
    height = "" if body.height_cm is None else f"{body.height_cm:g} cm, "
    return f"{height}{body.weight_kg:g} kg"


def _is_recorded(case: Case) -> bool:
    try:
        return bool(Recordings(case.path / SESSION_FOLDER / RECORDING_FILE).stretches())
    except CaseCorruptError:
        return False


def said_time(at: str) -> str:
    """An instant as people read it, in UTC: "2026-01-02 03:04"."""
    return at.replace("T", " ")[:16]
