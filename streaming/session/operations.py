"""The plan as a fold over logged operations.

An operation says who changed what, when, and which revision they saw. The plan at revision n is the fold of the
first n operations: whoever replays the log gets the same plan. Within one resection the last writer wins, but only
a writer who has seen the others' last change; anyone else is told so (`refusal`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, assert_never

from pydantic import Field, TypeAdapter

from engine.errors import PlanError
from engine.resection.plan import MAX_RESECTIONS
from streaming.planning.engine_resection import engine_resection
from streaming.protocol import (
    BodyState,
    Identifier,
    KeptMeasurement,
    KeptPin,
    Rejected,
    RejectionCode,
    ResectionState,
    Revision,
    WireModel,
)
from streaming.session.notes import Note, is_same_note, note_id, note_key, problem_with_notes, with_notes

BODY_KEY: Final = "~body"
"""No resection has this id: identifiers hold no such sign."""

SYSTEM_AUTHOR: Final = "cantlie"
"""Author of the resection that every case starts with."""


class SetResection(WireModel):
    """Creates the resection or puts it where it says."""

    kind: Literal["set"] = "set"
    resection: ResectionState


class DropResection(WireModel):
    """Deletes the resection."""

    kind: Literal["drop"] = "drop"
    resection_id: Identifier


class ReplaceResections(WireModel):
    """Puts these resections in place of all there are; `dropped` are those that are gone."""

    kind: Literal["replace"] = "replace"
    resections: tuple[ResectionState, ...]
    dropped: tuple[Identifier, ...]


class ChangeBody(WireModel):
    """Enters the patient's height and weight, or takes them out."""

    kind: Literal["body"] = "body"
    body: BodyState | None


class SetNote(WireModel):
    """Adds a measurement or a pin, or changes it."""

    kind: Literal["note"] = "note"
    note: Note


class DropNote(WireModel):
    """Deletes a measurement or a pin."""

    kind: Literal["drop_note"] = "drop_note"
    note_id: Identifier


class RestoredBody(WireModel):
    """Height and weight as they were, or that there were none."""

    body: BodyState | None


class RestoreEarlier(WireModel):
    """Takes back what an earlier operation of the same author changed (undo), or changes it again (redo).

    It says what comes of it, so that folding the log needs no history: `resections` are put, `dropped` are gone,
    `order` is that of all resections there are then, and `body` is null where it was not changed; measurements and
    pins are put by `notes` and gone by `dropped_notes`. `of_revision` is the operation that is undone or redone.
    """

    kind: Literal["restore"] = "restore"
    direction: Literal["undo", "redo"]
    of_revision: Revision
    resections: tuple[ResectionState, ...]
    dropped: tuple[Identifier, ...]
    order: tuple[Identifier, ...]
    body: RestoredBody | None
    notes: tuple[Note, ...] = ()
    dropped_notes: tuple[Identifier, ...] = ()


Change = Annotated[
    SetResection | DropResection | ReplaceResections | ChangeBody | SetNote | DropNote | RestoreEarlier,
    Field(discriminator="kind"),
]


class Operation(WireModel):
    """One line of the log; `revision` is the plan's revision once it is applied, `at` is ISO 8601 in UTC.

    `author_name` is what the author was called then; empty in logs before version 3.
    """

    revision: Revision
    operation_id: Identifier
    author: Identifier
    author_name: str = ""
    at: str
    base_revision: Revision
    change: Change


OPERATION: Final[TypeAdapter[Operation]] = TypeAdapter(Operation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan at a revision.

    Attributes:
        revision: how many operations made it.
        resections: in the order they were created.
        body: height and weight of the patient, where they were entered.
        notes: measurements and pins, in the order they were made.
        changes: per resection and note (deleted ones too; the body's under a key of its own) and author, the revision
            of their last change.
    """

    revision: int = 0
    resections: tuple[ResectionState, ...] = ()
    body: BodyState | None = None
    notes: tuple[Note, ...] = ()
    changes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def resection(self, resection_id: str) -> ResectionState | None:
        """The resection with this id, if it is there."""
        return next((one for one in self.resections if one.resection_id == resection_id), None)

    @property
    def measurements(self) -> tuple[KeptMeasurement, ...]:
        """The notes that measure."""
        return tuple(one for one in self.notes if isinstance(one, KeptMeasurement))

    @property
    def pins(self) -> tuple[KeptPin, ...]:
        """The notes that say something."""
        return tuple(one for one in self.notes if isinstance(one, KeptPin))

    def note(self, wanted: str) -> Note | None:
        """The measurement or pin with this id, if it is there."""
        return next((one for one in self.notes if note_id(one) == wanted), None)

    def with_resections(self, moved: Iterable[ResectionState]) -> tuple[ResectionState, ...]:
        """The plan's resections with those of `moved` in place of, or after, the committed ones."""
        found = {one.resection_id: one for one in self.resections}
        found.update({one.resection_id: one for one in moved})
        return tuple(found.values())

    def last_change_by_others(self, key: str, author: str) -> int:
        """Revision at which somebody else last changed the resection (or the body); 0 if nobody did."""
        by_author = self.changes.get(key, {})
        return max((revision for who, revision in by_author.items() if who != author), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an operation or preview cannot be taken."""

    code: RejectionCode
    what: str
    cure: str

    def as_message(self, operation_id: str | None) -> Rejected:
        """The refusal as the person's client reads it."""
        return Rejected(operation_id=operation_id, code=self.code, message=self.what, cure=self.cure)


_UNKNOWN_NOTE: Final = Refusal(
    code="unknown_note", what="This measurement or pin does not exist.", cure="It may have been deleted."
)
_TOO_MANY: Final = Refusal(
    code="invalid", what=f"A plan has at most {MAX_RESECTIONS} resections.", cure="Delete one first."
)


def targets_of(change: Change) -> tuple[str, ...]:
    """Ids of the resections that the change is about."""
    match change:
        case SetResection(resection=resection):
            return (resection.resection_id,)
        case DropResection(resection_id=resection_id):
            return (resection_id,)
        case (
            ReplaceResections(resections=resections, dropped=dropped)
            | RestoreEarlier(resections=resections, dropped=dropped)
        ):
            return (*dropped, *(one.resection_id for one in resections))
        case ChangeBody() | SetNote() | DropNote():
            return ()
        case _:
            assert_never(change)


def resections_of(change: Change) -> tuple[ResectionState, ...]:
    """The resections that the change puts into the plan."""
    match change:
        case SetResection(resection=resection):
            return (resection,)
        case DropResection() | ChangeBody() | SetNote() | DropNote():
            return ()
        case ReplaceResections(resections=resections) | RestoreEarlier(resections=resections):
            return resections
        case _:
            assert_never(change)


def is_same_change(known: Change, again: Change) -> bool:
    """Whether a change said again is the one that is known; what it dropped depends on when it was said."""
    if isinstance(known, ReplaceResections) and isinstance(again, ReplaceResections):
        return known.resections == again.resections
    if isinstance(known, RestoreEarlier) and isinstance(again, RestoreEarlier):
        return known.direction == again.direction
    if isinstance(known, SetNote) and isinstance(again, SetNote):
        return is_same_note(known.note, again.note)
    return known == again


def apply(plan: Plan, operation: Operation) -> Plan:
    """The plan after the operation.

    Raises:
        ValueError: the operation does not follow the plan's revision; a log was read out of order.
    """
    if operation.revision != plan.revision + 1:
        raise ValueError(f"operation {operation.revision} does not follow revision {plan.revision}")
    body, notes = plan.body, plan.notes
    resections = plan.resections
    match operation.change:
        case SetResection(resection=resection):
            resections = plan.with_resections([resection])
        case DropResection(resection_id=resection_id):
            resections = tuple(one for one in plan.resections if one.resection_id != resection_id)
        case ReplaceResections(resections=resections):
            pass
        case ChangeBody(body=body):
            pass
        case SetNote(note=note):
            notes = with_notes(notes, [note])
        case DropNote(note_id=dropped):
            notes = with_notes(notes, dropped=[dropped])
        case RestoreEarlier() as restore:
            resections = _restored(plan, restore)
            body = restore.body.body if restore.body else plan.body
            notes = with_notes(notes, restore.notes, restore.dropped_notes)
        case _:
            assert_never(operation.change)
    changes = dict(plan.changes)
    for key in _keys_of(operation.change):
        changes[key] = {**changes.get(key, {}), operation.author: operation.revision}
    return Plan(revision=operation.revision, resections=resections, body=body, notes=notes, changes=changes)


def _restored(plan: Plan, restore: RestoreEarlier) -> tuple[ResectionState, ...]:
    found = {one.resection_id: one for one in plan.with_resections(restore.resections)}
    for gone in restore.dropped:
        found.pop(gone, None)
    return tuple(found[resection_id] for resection_id in restore.order)


def _keys_of(change: Change) -> tuple[str, ...]:
    """What the change is about, as `Plan.changes` calls it."""
    match change:
        case ChangeBody():
            return (BODY_KEY,)
        case SetNote(note=note):
            return (note_key(note_id(note)),)
        case DropNote(note_id=dropped):
            return (note_key(dropped),)
        case RestoreEarlier():
            noted = (*change.dropped_notes, *map(note_id, change.notes))
            body = (BODY_KEY,) if change.body is not None else ()
            return (*targets_of(change), *map(note_key, noted), *body)
        case _:
            return targets_of(change)


def fold(operations: Iterable[Operation], start: Plan | None = None) -> Plan:
    """The plan that the operations make, one after the other."""
    plan = start or Plan()
    for operation in operations:
        plan = apply(plan, operation)
    return plan


def refusal_of_change(plan: Plan, change: Change, *, author: str, base_revision: int) -> Refusal | None:
    """Why `author`, having seen `base_revision`, may not make the change; None if they may."""
    if base_revision > plan.revision:
        return Refusal(code="invalid", what="The change names a revision that does not exist.", cure="Reload the page.")
    # What is restored was judged by who changed it last, whatever its author saw of that.
    is_judged = isinstance(change, RestoreEarlier)
    if not is_judged and any(base_revision < plan.last_change_by_others(key, author) for key in _keys_of(change)):
        return Refusal(
            code="stale",
            what="Somebody else changed this in the meantime.",
            cure="Look at the plan as it is now and make the change again.",
        )
    return _refusal_of_content(plan, change)


def _refusal_of_content(  # noqa: PLR0911 - one return a kind reads best
    plan: Plan, change: Change
) -> Refusal | None:
    match change:
        case SetResection(resection=resection):
            return refusal_of_resection(plan, resection)
        case DropResection(resection_id=resection_id):
            if plan.resection(resection_id) is None:
                return Refusal(
                    code="unknown_resection", what="This resection does not exist.", cure="It may have been deleted."
                )
            return None
        case ReplaceResections(resections=resections):
            return refusal_of_set(resections)
        case RestoreEarlier(order=order):
            return _TOO_MANY if len(order) > MAX_RESECTIONS else None
        case ChangeBody():
            return None
        case SetNote(note=note):
            problem = problem_with_notes(with_notes(plan.notes, [note]), note)
            return None if problem is None else Refusal(code="invalid", what=problem.what, cure=problem.cure)
        case DropNote(note_id=dropped):
            return None if plan.note(dropped) else _UNKNOWN_NOTE
        case _:
            assert_never(change)


def refusal_of_resection(plan: Plan, resection: ResectionState) -> Refusal | None:
    """Why the resection makes no sense in this plan; None if it does."""
    if plan.resection(resection.resection_id) is None and len(plan.resections) >= MAX_RESECTIONS:
        return _TOO_MANY
    return _refusal_of_shape(resection)


def refusal_of_set(resections: tuple[ResectionState, ...]) -> Refusal | None:
    """Why these resections cannot be a plan together; None if they can."""
    if len({one.resection_id for one in resections}) < len(resections):
        return Refusal(code="invalid", what="Two resections have the same id.", cure="Give each its own.")
    refusals = (_refusal_of_shape(one) for one in resections)
    return next((refusal for refusal in refusals if refusal is not None), None)


def _refusal_of_shape(resection: ResectionState) -> Refusal | None:
    try:
        engine_resection(resection)
    except PlanError as error:
        return Refusal(code="invalid", what=error.what, cure=error.cure)
    return None
