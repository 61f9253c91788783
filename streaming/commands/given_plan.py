"""A plan that a command is given: a file, or the name of a plan or version that people made in the case's session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.commands.plan_input import read_plan_and_notes

if TYPE_CHECKING:
    from engine.case import Case
    from engine.clinical import BodyData
    from engine.resection import ResectionPlan
    from engine.resection.measurements import PlanNotes
    from streaming.protocol import PlanVersionState
    from streaming.session.operations import Plan
    from streaming.session.plan_changes import NamedPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPlan:
    """A plan with what is known of it.

    Attributes:
        name: of the file, or as people call it.
        path: beside which body data may lie.
        plan: its resections.
        notes: its measurements and pins.
        body: height and weight entered in the session; None for a file.
        remarks: how far it is signed, and whether the segmentation changed since; empty for a file.
    """

    name: str
    path: Path
    plan: ResectionPlan
    notes: PlanNotes
    body: BodyData | None = None
    remarks: tuple[str, ...] = ()


def given_plan(case: Case, said: str) -> GivenPlan:
    """The plan of a file, or the plan of the case's session with that name ("NAME", or "NAME: VERSION").

    Raises:
        PlanError: it is neither, or cannot be read.
    """
    path = Path(said)
    if path.suffix == ".json" or path.is_file():
        plan, notes = read_plan_and_notes(path)
        return GivenPlan(name=path.stem, path=path, plan=plan, notes=notes)
    return _plan_of_session(case, said)


def _plan_of_session(case: Case, said: str) -> GivenPlan:
    from engine.case import SESSION_FOLDER
    from engine.clinical import BodyData
    from engine.errors import PlanError
    from engine.resection import ResectionPlan
    from engine.resection.measurements import PlanNotes
    from streaming.planning.engine_resection import engine_resection
    from streaming.planning.planning_case import LOG_FILE

    path = case.path / SESSION_FOLDER / LOG_FILE
    folded = _folded(path)
    known, version = _find(folded, said)
    if known is None:
        names = ", ".join(f'"{one.name}"' for one in folded.shown_plans)
        raise PlanError(f'The case has no plan called "{said}".', cure=f"Name a file that exists, or one of {names}.")
    resections = folded.resections_of(known.plan_id) if version is None else version.resections
    body = folded.body if version is None else version.body
    return GivenPlan(
        name=said,
        path=path,
        plan=ResectionPlan(resections=tuple(engine_resection(one) for one in resections)),
        notes=PlanNotes(),
        body=None if body is None else BodyData(height_cm=body.height_cm, weight_kg=body.weight_kg),
        remarks=_remarks(known, version, case.manifest.labels.sha256),
    )


def _folded(path: Path) -> Plan:
    from engine.errors import PlanError
    from streaming.session.operation_log import OperationLog
    from streaming.session.operations import fold

    if not path.is_file():
        raise PlanError("Nobody made a plan in this case yet.", cure="Give a file, or plan with: cantlie serve CASES.")
    log = OperationLog.open(path)
    try:
        return fold(log.read())
    finally:
        log.close()


def _find(folded: Plan, said: str) -> tuple[NamedPlan | None, PlanVersionState | None]:
    for plan in folded.shown_plans:
        if plan.name == said:
            return plan, None
        for version in plan.versions:
            if f"{plan.name}: {version.name}" == said:
                return plan, version
    return None, None


def _remarks(plan: NamedPlan, version: PlanVersionState | None, segmentation: str) -> tuple[str, ...]:
    """What a person has to know before they believe the numbers."""
    signed = plan.signed_version if version is None else version
    lines = []
    if signed is not None and signed.signatures:
        last = signed.signatures[-1]
        lines.append(f"{last.stage.capitalize()} by {last.by_name or last.by} at {last.at}.")
    elif version is None:
        lines.append("Draft: nobody signed it as it is.")
    if signed is not None and signed.segmentation != segmentation:
        lines.append("OUT OF DATE: the segmentation was corrected after it was signed or kept.")
    return tuple(lines)
