"""The plan as a fold over logged operations.

An operation says who changed what, when, and which revision they saw. The plan at revision n is the fold of the
first n operations: whoever replays the log gets the same plan. Within one resection the last writer wins, but only
a writer who has seen the others' last change; anyone else is told so (`refusal`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from streaming.protocol import (
    FIRST_PLAN_ID,
    BodyState,
    KeptMeasurement,
    KeptPin,
    ResectionState,
)
from streaming.session.changes import (
    BODY_KEY,
    Change,
    ChangeBody,
    DropNote,
    DropResection,
    Operation,
    ReplaceResections,
    RestoreEarlier,
    SetNote,
    SetResection,
)
from streaming.session.notes import Note, is_same_note, note_id, note_key, with_notes
from streaming.session.plan_changes import (
    FIRST_PLAN,
    Act,
    NamedPlan,
    PlanAdded,
    PlanNamed,
    PlanRemoved,
    PlanSigned,
    SignatureWithdrawn,
    VersionKept,
    with_change,
    with_restored,
    without_signature,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All plans of the case at a revision.

    Attributes:
        revision: how many operations made it.
        resections: of all plans, in the order they were created; `resections_of` tells those of one.
        body: height and weight of the patient, where they were entered.
        notes: measurements and pins, in the order they were made.
        changes: per resection and note (deleted ones too; the body's under a key of its own) and author, the revision
            of their last change.
        named: the plans, removed ones too, in the order they were made.
        homes: the plan of everything with an id that does not belong to the first: for ever, so that no undo finds
            it elsewhere.
        touched: by plan, the revision at which what it says last changed.
    """

    revision: int = 0
    resections: tuple[ResectionState, ...] = ()
    body: BodyState | None = None
    notes: tuple[Note, ...] = ()
    changes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    named: tuple[NamedPlan, ...] = (FIRST_PLAN,)
    homes: Mapping[str, str] = field(default_factory=dict)
    touched: Mapping[str, int] = field(default_factory=dict)

    def home(self, key: str) -> str:
        """The plan that something with an id belongs to."""
        return self.homes.get(key, FIRST_PLAN_ID)

    def resections_of(self, plan_id: str) -> tuple[ResectionState, ...]:
        """Those of one plan."""
        return tuple(one for one in self.resections if self.home(one.resection_id) == plan_id)

    def plan(self, plan_id: str) -> NamedPlan | None:
        """What is known of a plan that was not removed."""
        return next((one for one in self.shown_plans if one.plan_id == plan_id), None)

    @property
    def shown_plans(self) -> tuple[NamedPlan, ...]:
        """The plans that were not removed; always one at least."""
        return tuple(one for one in self.named if not one.is_removed)

    def revision_of(self, plan_id: str) -> int:
        """At which what the plan says last changed."""
        return self.touched.get(plan_id, 0)

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

    def notes_of(self, plan_id: str) -> tuple[Note, ...]:
        """Measurements and pins of one plan."""
        return tuple(one for one in self.notes if self.home(note_key(note_id(one))) == plan_id)

    def measurements_of(self, plan_id: str) -> tuple[KeptMeasurement, ...]:
        """The notes of one plan that measure."""
        return tuple(one for one in self.notes_of(plan_id) if isinstance(one, KeptMeasurement))

    def pins_of(self, plan_id: str) -> tuple[KeptPin, ...]:
        """The notes of one plan that say something."""
        return tuple(one for one in self.notes_of(plan_id) if isinstance(one, KeptPin))

    def resections_moved(self, plan_id: str, moved: Iterable[ResectionState]) -> tuple[ResectionState, ...]:
        """Those of one plan with those of `moved` in place of, or after, the committed ones."""
        found = {one.resection_id: one for one in self.resections_of(plan_id)}
        found.update({one.resection_id: one for one in moved})
        return tuple(found.values())

    def with_resections(self, moved: Iterable[ResectionState]) -> tuple[ResectionState, ...]:
        """The plan's resections with those of `moved` in place of, or after, the committed ones."""
        found = {one.resection_id: one for one in self.resections}
        found.update({one.resection_id: one for one in moved})
        return tuple(found.values())

    def last_change_by_others(self, key: str, author: str) -> int:
        """Revision at which somebody else last changed the resection (or the body); 0 if nobody did."""
        by_author = self.changes.get(key, {})
        return max((revision for who, revision in by_author.items() if who != author), default=0)


def targets_of(change: Change) -> tuple[str, ...]:
    """Ids of the resections that the change is about."""
    match change:
        case SetResection(resection=resection):
            return (resection.resection_id,)
        case DropResection(resection_id=resection_id):
            return (resection_id,)
        case PlanAdded(resections=resections):
            return tuple(one.resection_id for one in resections)
        case (
            ReplaceResections(resections=resections, dropped=dropped)
            | RestoreEarlier(resections=resections, dropped=dropped)
        ):
            return (*dropped, *(one.resection_id for one in resections))
        case (
            ChangeBody() | SetNote() | DropNote() | PlanNamed() | PlanRemoved() | VersionKept() | PlanSigned()
        ) | SignatureWithdrawn():
            return ()
        case _:
            assert_never(change)


def elements_of(change: Change) -> tuple[str, ...]:
    """All that the change is about and that belongs to one plan: resections by their ids, notes by their keys."""
    match change:
        case SetNote(note=note):
            return (note_key(note_id(note)),)
        case DropNote(note_id=dropped):
            return (note_key(dropped),)
        case RestoreEarlier():
            noted = (*change.dropped_notes, *map(note_id, change.notes))
            return (*targets_of(change), *map(note_key, noted))
        case _:
            return targets_of(change)


def resections_of(change: Change) -> tuple[ResectionState, ...]:
    """The resections that the change puts into the plan."""
    match change:
        case SetResection(resection=resection):
            return (resection,)
        case (
            ReplaceResections(resections=resections)
            | RestoreEarlier(resections=resections)
            | PlanAdded(resections=resections)
        ):
            return resections
        case (DropResection() | ChangeBody() | SetNote() | DropNote() | PlanNamed() | PlanRemoved() | VersionKept()) | (
            PlanSigned() | SignatureWithdrawn()
        ):
            return ()
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
    body, notes, named = plan.body, plan.notes, plan.named
    resections = plan.resections
    match operation.change:
        case SetResection(resection=resection):
            resections = plan.with_resections([resection])
        case DropResection(resection_id=resection_id):
            resections = tuple(one for one in plan.resections if one.resection_id != resection_id)
        case ReplaceResections(resections=new):
            resections = (*_of_other_plans(plan, operation.plan_id), *new)
        case ChangeBody(body=body):
            pass
        case SetNote(note=note):
            notes = with_notes(notes, [note])
        case DropNote(note_id=dropped):
            notes = with_notes(notes, dropped=[dropped])
        case RestoreEarlier() as restore:
            resections = (*_of_other_plans(plan, operation.plan_id), *_restored(plan, restore, operation.plan_id))
            body = restore.body.body if restore.body else plan.body
            notes = with_notes(notes, restore.notes, restore.dropped_notes)
            named = with_restored(named, restore.plans)
        case PlanAdded(resections=new) as added:
            resections = (*resections, *new)
            named = with_change(named, added, _act(operation))
        case PlanNamed() | PlanRemoved() | VersionKept() | PlanSigned() | SignatureWithdrawn() as change:
            named = with_change(named, change, _act(operation))
        case _:
            assert_never(operation.change)
    return _settled(plan, operation, replace(plan, resections=resections, body=body, notes=notes, named=named))


def _settled(plan: Plan, operation: Operation, after: Plan) -> Plan:
    """With what follows from the change: who changed what, what belongs where, and which signature is void."""
    change, plan_id = operation.change, operation.plan_id
    changes = dict(plan.changes)
    for key in _keys_of(change, plan_id):
        changes[key] = {**changes.get(key, {}), operation.author: operation.revision}
    new = () if plan_id == FIRST_PLAN_ID else (key for key in elements_of(change) if key not in plan.homes)
    homes = {**plan.homes, **dict.fromkeys(new, plan_id)} if plan_id != FIRST_PLAN_ID else plan.homes
    after = replace(after, revision=operation.revision, changes=changes, homes=homes)
    if changes_body(change):
        touched = dict.fromkeys((one.plan_id for one in after.named), operation.revision)
    else:
        touched = {**plan.touched, plan_id: operation.revision} if changes_content(change) else dict(plan.touched)
    named = after.named
    if after.resections_of(plan_id) != plan.resections_of(plan_id):
        named = without_signature(named, plan_id)
    return replace(after, touched=touched, named=named)


def _act(operation: Operation) -> Act:
    return Act(plan_id=operation.plan_id, author=operation.author, author_name=operation.author_name, at=operation.at)


def _of_other_plans(plan: Plan, plan_id: str) -> tuple[ResectionState, ...]:
    return tuple(one for one in plan.resections if plan.home(one.resection_id) != plan_id)


def _restored(plan: Plan, restore: RestoreEarlier, plan_id: str) -> tuple[ResectionState, ...]:
    found = {one.resection_id: one for one in plan.resections_of(plan_id)}
    found.update({one.resection_id: one for one in restore.resections})
    for gone in restore.dropped:
        found.pop(gone, None)
    return tuple(found[resection_id] for resection_id in restore.order)


def changes_body(change: Change) -> bool:
    """Whether height and weight are other ones after it."""
    return isinstance(change, ChangeBody) or (isinstance(change, RestoreEarlier) and change.body is not None)


def changes_content(change: Change) -> bool:
    """Whether it is about what a plan says, and not only about the plan's name, versions and signatures."""
    if isinstance(change, PlanNamed | PlanRemoved | VersionKept | PlanSigned | SignatureWithdrawn):
        return False
    is_of_plans_alone = isinstance(change, RestoreEarlier) and change.plans and not elements_of(change)
    return not is_of_plans_alone


def plan_key(plan_id: str) -> str:
    """Under which `Plan.changes` tells who changed anything a plan says."""
    return f"~plan.{plan_id}"


def name_key(plan_id: str) -> str:
    """Under which `Plan.changes` tells who named a plan."""
    return f"~name.{plan_id}"


def _keys_of(change: Change, plan_id: str) -> tuple[str, ...]:
    """What the change is about, as `Plan.changes` calls it."""
    keys = elements_of(change)
    if changes_body(change):
        keys = (*keys, BODY_KEY)
    elif changes_content(change):
        keys = (*keys, plan_key(plan_id))
    return (*keys, name_key(plan_id)) if isinstance(change, PlanNamed) else keys


def judged_keys_of(change: Change, plan_id: str) -> tuple[str, ...]:
    """Of what a person has to have seen others' last change before they may make this one."""
    match change:
        case RestoreEarlier():  # judged by who changed it last, whatever its author saw of that
            return ()
        case PlanRemoved() | VersionKept() | PlanSigned():
            return (plan_key(plan_id),)
        case PlanNamed():
            return (name_key(plan_id),)
        case SetNote() | DropNote():
            return elements_of(change)
        case ChangeBody():
            return (BODY_KEY,)
        case _:
            return targets_of(change)


def fold(operations: Iterable[Operation], start: Plan | None = None) -> Plan:
    """The plan that the operations make, one after the other."""
    plan = start or Plan()
    for operation in operations:
        plan = apply(plan, operation)
    return plan
