"""Wishes about whole plans: what each comes to, or why it comes to nothing."""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

from engine.sentences import say
from streaming.protocol import (
    ConfirmPlan,
    CopyOfPlan,
    CopyOfVersion,
    CreatePlan,
    EmptyPlan,
    KeepVersion,
    PlanOrigin,
    PlanSource,
    PlanStage,
    PlanVersionState,
    ProposePlan,
    RemovePlan,
    RenamePlan,
    ResectionState,
    RestoreVersion,
    SignatureState,
    TakeProposal,
    WithdrawPlan,
)
from streaming.session.changes import Change, Operation, ReplaceResections
from streaming.session.headlines import headline_numbers
from streaming.session.ledger import Author
from streaming.session.operations import Plan
from streaming.session.plan_changes import (
    NamedPlan,
    PlanAdded,
    PlanNamed,
    PlanRemoved,
    PlanSigned,
    SignatureWithdrawn,
    VersionKept,
    copies,
)
from streaming.session.proposal_desk import ProposalDesk
from streaming.session.refusals import UNKNOWN_PLAN, Refusal
from streaming.session.room import Room

PlanWish: TypeAlias = (
    CreatePlan
    | TakeProposal
    | RenamePlan
    | RemovePlan
    | KeepVersion
    | RestoreVersion
    | ProposePlan
    | ConfirmPlan
    | WithdrawPlan
)

_MAX_NAME: Final = 60
_UNKNOWN_PROPOSAL: Final = Refusal(code="unknown_proposal", what=say("unknown_proposal"))
_UNKNOWN_VERSION: Final = Refusal(code="unknown_plan", what=say("unknown_version"))
_NAME_IN_USE: Final = Refusal(code="invalid", what=say("name_in_use"))
_NO_NUMBERS_YET: Final = Refusal(code="busy", what=say("numbers_pending"))
_SIGNED_ALREADY: Final = Refusal(code="invalid", what=say("signed_already"))
_NOT_PROPOSED: Final = Refusal(code="invalid", what=say("not_proposed"))
_NOT_SIGNED: Final = Refusal(code="invalid", what=say("not_signed"))
_OUT_OF_DATE: Final = Refusal(
    code="invalid",
    what=say("signature_outdated"),
)


class PlanDesk:
    """What becomes of the plans of a room.

    Args:
        room: whose plans.
        proposals: those that plans can be made of.
    """

    def __init__(self, room: Room, proposals: ProposalDesk) -> None:
        self._room = room
        self._proposals = proposals

    def change(self, client_id: str, wish: PlanWish, *, at: str) -> Change | Refusal:  # noqa: PLR0911 - one return a kind reads best
        """What the wish comes to in the plans as they are with what is pending."""
        head = self._room.ledger.head
        if isinstance(wish, CreatePlan):
            return self._created(wish.plan_id, wish.name, wish.source)
        if isinstance(wish, TakeProposal):
            return self._taken(wish)
        plan = head.plan(wish.plan_id)
        if plan is None:
            return UNKNOWN_PLAN
        match wish:
            case RenamePlan(name=name):
                is_used = any(one.name == name for one in head.shown_plans if one is not plan)
                return _NAME_IN_USE if is_used else PlanNamed(name=name)
            case RemovePlan():
                return PlanRemoved()
            case KeepVersion(name=name):
                version = self._version(plan, name, self._author(client_id), at)
                return version if isinstance(version, Refusal) else VersionKept(version=version)
            case RestoreVersion(version_id=version_id):
                kept = plan.version(version_id)
                return _UNKNOWN_VERSION if kept is None else replacement(head, plan.plan_id, kept.resections)
            case ProposePlan():
                return self._proposed(plan, self._author(client_id), at)
            case ConfirmPlan():
                return self._confirmed(plan, self._author(client_id), at)
            case WithdrawPlan():
                return _NOT_SIGNED if plan.stage == "draft" else SignatureWithdrawn()
            case _:
                assert_never(wish)

    def _author(self, client_id: str) -> Author:
        return Author(client_id=client_id, name=self._room.people.name_of(client_id))

    def _created(self, plan_id: str, name: str, source: PlanSource) -> PlanAdded | Refusal:
        head = self._room.ledger.head
        if any(one.name == name for one in head.shown_plans):
            return _NAME_IN_USE
        if isinstance(source, EmptyPlan):
            return PlanAdded(name=name, origin=None, resections=())
        original = head.plan(source.plan_id)
        if original is None:
            return UNKNOWN_PLAN
        if isinstance(source, CopyOfPlan):
            revision, resections, title = head.revision_of(original.plan_id), head.resections_of(original.plan_id), ""
        else:
            version = original.version(source.version_id)
            if version is None:
                return _UNKNOWN_VERSION
            revision, resections, title = version.revision, version.resections, version.name
        origin = PlanOrigin(
            kind=source.kind,
            name=f"{original.name}: {title}" if isinstance(source, CopyOfVersion) else original.name,
            plan_id=original.plan_id,
            revision=revision,
        )
        return PlanAdded(name=name, origin=origin, resections=copies(resections, plan_id))

    def _taken(self, wish: TakeProposal) -> PlanAdded | Refusal:
        proposal = self._proposals.proposal(wish.proposal_id)
        if proposal is None:
            return _UNKNOWN_PROPOSAL
        head = self._room.ledger.head
        origin = PlanOrigin(kind="proposal", name=proposal.title, plan_id=None, revision=head.revision)
        name = _free_name(proposal.title, {one.name for one in head.shown_plans})
        return PlanAdded(name=name, origin=origin, resections=copies(proposal.resections, wish.plan_id))

    def _version(self, plan: NamedPlan, name: str, author: Author, at: str) -> PlanVersionState | Refusal:
        """The plan as it is, with the numbers that everybody reads."""
        room, plan_id = self._room, plan.plan_id
        head = room.ledger.head
        revision = head.revision_of(plan_id)
        numbers = room.numbers.current(plan_id)
        if numbers is None or numbers.revision != revision:
            return _NO_NUMBERS_YET
        return PlanVersionState(
            version_id=f"version-{head.revision + 1}",
            name=name,
            revision=revision,
            by=author.client_id,
            by_name=author.name,
            at=at,
            segmentation=room.limits.segmentation,
            resections=head.resections_of(plan_id),
            body=head.body,
            numbers=headline_numbers(numbers.numbers) if numbers.type == "numbers" else None,
            signatures=(),
        )

    def _proposed(self, plan: NamedPlan, author: Author, at: str) -> PlanSigned | Refusal:
        if plan.stage != "draft" and not plan.is_stale(self._room.limits.segmentation):
            return _SIGNED_ALREADY
        taken = {one.name for one in plan.versions}
        version = self._version(plan, _free_name("Proposed", taken), author, at)
        return version if isinstance(version, Refusal) else _signed(version, "proposed", author, at)

    def _confirmed(self, plan: NamedPlan, author: Author, at: str) -> PlanSigned | Refusal:
        version = plan.signed_version
        if version is None:
            return _NOT_PROPOSED
        if plan.stage == "confirmed":
            return _SIGNED_ALREADY
        if plan.is_stale(self._room.limits.segmentation):
            return _OUT_OF_DATE
        return _signed(version, "confirmed", author, at)


def _signed(version: PlanVersionState, stage: PlanStage, author: Author, at: str) -> PlanSigned:
    signature = SignatureState(
        stage="confirmed" if stage == "confirmed" else "proposed", by=author.client_id, by_name=author.name, at=at
    )
    return PlanSigned(version=version.model_copy(update={"signatures": (*version.signatures, signature)}))


def replacement(plan: Plan, plan_id: str, resections: tuple[ResectionState, ...]) -> ReplaceResections:
    """These in place of all that the plan has."""
    kept = {one.resection_id for one in resections}
    present = (one.resection_id for one in plan.resections_of(plan_id))
    return ReplaceResections(resections=resections, dropped=tuple(one for one in present if one not in kept))


def is_same_wish(known: Operation, wish: PlanWish) -> bool:  # noqa: PLR0911 - one return a kind reads best
    """Whether the operation is what came of the same wish before."""
    change = known.change
    if known.plan_id != wish.plan_id:
        return False
    match wish:
        case CreatePlan() | TakeProposal():
            return isinstance(change, PlanAdded)
        case RenamePlan(name=name):
            return isinstance(change, PlanNamed) and change.name == name
        case RemovePlan():
            return isinstance(change, PlanRemoved)
        case KeepVersion(name=name):
            return isinstance(change, VersionKept) and change.version.name == name
        case RestoreVersion():
            return isinstance(change, ReplaceResections)
        case ProposePlan():
            return isinstance(change, PlanSigned) and change.version.signatures[-1].stage == "proposed"
        case ConfirmPlan():
            return isinstance(change, PlanSigned) and change.version.signatures[-1].stage == "confirmed"
        case WithdrawPlan():
            return isinstance(change, SignatureWithdrawn)
        case _:
            assert_never(wish)


def _free_name(wanted: str, taken: set[str]) -> str:
    """The name, with a number where it is taken."""
    name = " ".join(wanted.split())[:_MAX_NAME].strip() or "Plan"
    number = 2
    free = name
    while free in taken:
        free = f"{name[: _MAX_NAME - 4].strip()} {number}"
        number += 1
    return free
