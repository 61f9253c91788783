"""Which operations cannot be taken, and why: judged against the plan as it is by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from engine.errors import PlanError
from engine.resection.plan import MAX_RESECTIONS
from engine.sentences import cure_of, say
from streaming.planning.engine_resection import engine_resection
from streaming.protocol import (
    FIRST_PLAN_ID,
    Rejected,
    RejectionCode,
    ResectionState,
    Role,
    sentence,
)
from streaming.session.changes import (
    Change,
    ChangeBody,
    DropNote,
    DropResection,
    ReplaceResections,
    RestoreEarlier,
    SetNote,
    SetResection,
)
from streaming.session.notes import problem_with_notes, with_notes
from streaming.session.operations import Plan, elements_of, judged_keys_of
from streaming.session.plan_changes import (
    MAX_PLANS,
    MAX_VERSIONS,
    PlanAdded,
    PlanNamed,
    PlanRemoved,
    PlanSigned,
    RestoredPlan,
    SignatureWithdrawn,
    VersionKept,
    with_restored,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an operation or preview cannot be taken; what is said by its code brings its cure."""

    code: RejectionCode
    what: str
    cure: str = ""

    def as_message(self, operation_id: str | None) -> Rejected:
        """The refusal as the person's client reads it."""
        cure = self.cure or cure_of(self.what)
        return Rejected(
            operation_id=operation_id, code=self.code, message=self.what, cure=cure, said=sentence(self.what)
        )


_UNKNOWN_NOTE: Final = Refusal(code="unknown_note", what=say("unknown_note"))
_TOO_MANY: Final = Refusal(code="invalid", what=say("too_many_resections", MAX_RESECTIONS))


UNKNOWN_PLAN: Final = Refusal(code="unknown_plan", what=say("unknown_plan"))
_LAST_PLAN: Final = Refusal(code="invalid", what=say("last_plan"))
_TOO_MANY_PLANS: Final = Refusal(code="invalid", what=say("too_many_plans", MAX_PLANS))
_TOO_MANY_VERSIONS: Final = Refusal(code="invalid", what=say("too_many_versions", MAX_VERSIONS))


def refusal_of_change(
    plan: Plan, change: Change, *, author: str, base_revision: int, plan_id: str = FIRST_PLAN_ID
) -> Refusal | None:
    """Why `author`, having seen `base_revision`, may not make the change of the plan; None if they may."""
    if base_revision > plan.revision:
        return Refusal(code="invalid", what=say("future_revision"))
    if any(base_revision < plan.last_change_by_others(key, author) for key in judged_keys_of(change, plan_id)):
        return Refusal(
            code="stale",
            what=say("stale"),
        )
    if isinstance(change, PlanAdded):
        return refusal_of_new_plan(plan, change, plan_id)
    if plan.plan(plan_id) is None and not isinstance(change, RestoreEarlier | ChangeBody):
        return UNKNOWN_PLAN
    return _refusal_of_content(plan, change, plan_id)


def refusal_of_new_plan(plan: Plan, change: PlanAdded, plan_id: str) -> Refusal | None:
    """Why there cannot be this plan too; None if there can."""
    if any(one.plan_id == plan_id for one in plan.named):
        return Refusal(code="invalid", what=say("plan_id_used"))
    if len(plan.shown_plans) >= MAX_PLANS:
        return _TOO_MANY_PLANS
    return _refusal_of_homes(plan, change, plan_id) or refusal_of_set(change.resections)


def _refusal_of_homes(plan: Plan, change: Change, plan_id: str) -> Refusal | None:
    """An id that was used in one plan is not used in another one, even once it is gone."""
    if any(key in plan.changes and plan.home(key) != plan_id for key in elements_of(change)):
        return Refusal(code="invalid", what=say("other_plan"))
    return None


def _refusal_of_content(  # noqa: PLR0911 - one return a kind reads best
    plan: Plan, change: Change, plan_id: str
) -> Refusal | None:
    refusal = _refusal_of_homes(plan, change, plan_id)
    match change:
        case SetResection(resection=resection):
            return refusal or refusal_of_resection(plan, resection, plan_id)
        case DropResection(resection_id=resection_id):
            if plan.resection(resection_id) is None:
                return Refusal(code="unknown_resection", what=say("unknown_resection"))
            return refusal
        case ReplaceResections(resections=resections):
            return refusal or refusal_of_set(resections)
        case RestoreEarlier(order=order, plans=restored):
            return _refusal_of_restored(plan, restored) or (_TOO_MANY if len(order) > MAX_RESECTIONS else None)
        case PlanRemoved():
            return _LAST_PLAN if len(plan.shown_plans) == 1 else None
        case VersionKept(version=version) | PlanSigned(version=version):
            versions = () if (known := plan.plan(plan_id)) is None else known.versions
            is_new = version.version_id not in {one.version_id for one in versions}
            return _TOO_MANY_VERSIONS if is_new and len(versions) >= MAX_VERSIONS else None
        case ChangeBody() | PlanAdded() | PlanNamed() | SignatureWithdrawn():
            return None
        case SetNote(note=note):
            problem = problem_with_notes(with_notes(plan.notes_of(plan_id), [note]), note)
            return refusal if problem is None else Refusal(code="invalid", what=problem.what, cure=problem.cure)
        case DropNote(note_id=dropped):
            return refusal if plan.note(dropped) else _UNKNOWN_NOTE
        case _:
            assert_never(change)


def _refusal_of_restored(plan: Plan, restored: tuple[RestoredPlan, ...]) -> Refusal | None:
    shown = [one for one in with_restored(plan.named, restored) if not one.is_removed]
    if not shown:
        return _LAST_PLAN
    return _TOO_MANY_PLANS if len(shown) > max(MAX_PLANS, len(plan.shown_plans)) else None


def refusal_of_resection(plan: Plan, resection: ResectionState, plan_id: str = FIRST_PLAN_ID) -> Refusal | None:
    """Why the resection makes no sense in this plan; None if it does."""
    if plan.plan(plan_id) is None:
        return UNKNOWN_PLAN
    if refusal := _refusal_of_homes(plan, SetResection(resection=resection), plan_id):
        return refusal
    if plan.resection(resection.resection_id) is None and len(plan.resections_of(plan_id)) >= MAX_RESECTIONS:
        return _TOO_MANY
    return _refusal_of_shape(resection)


def refusal_of_set(resections: tuple[ResectionState, ...]) -> Refusal | None:
    """Why these resections cannot be a plan together; None if they can."""
    if len({one.resection_id for one in resections}) < len(resections):
        return Refusal(code="invalid", what=say("same_ids"))
    refusals = (_refusal_of_shape(one) for one in resections)
    return next((refusal for refusal in refusals if refusal is not None), None)


def _refusal_of_shape(resection: ResectionState) -> Refusal | None:
    try:
        engine_resection(resection)
    except PlanError as error:
        return Refusal(code="invalid", what=error.what, cure=error.cure)
    return None


def refusal_of_role(role: Role) -> Refusal:
    """Why somebody of this role may not do what they tried."""
    if role == "viewer":
        return Refusal(
            code="not_allowed",
            what=say("viewers_change_nothing"),
        )
    return Refusal(code="not_allowed", what=say("owners_only"))
