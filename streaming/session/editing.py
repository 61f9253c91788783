"""Changes of the plan: judged, stored, acknowledged once they are durable, and never applied twice."""

from __future__ import annotations

from collections import Counter
from typing import Final, TypeAlias, assert_never

from engine.sentences import say
from streaming.protocol import (
    CommitResection,
    Committed,
    MeasurementState,
    NoteAuthor,
    PinState,
    RedoEdit,
    RemoveMeasurement,
    RemovePin,
    RemoveResection,
    ReplacePlan,
    ResectionState,
    SetBody,
    SetMeasurement,
    SetPin,
    UndoEdit,
    may,
)
from streaming.session.changes import (
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
from streaming.session.effects import Broadcast, Construct, Construction, Effect, Send, Store, plan_topic
from streaming.session.history import Direction
from streaming.session.ledger import Author
from streaming.session.notes import kept_note
from streaming.session.operations import Plan, is_same_change, targets_of
from streaming.session.people import Drag
from streaming.session.plan_changes import PlanRemoved
from streaming.session.plan_desk import PlanDesk, PlanWish, is_same_wish, replacement
from streaming.session.proposal_desk import ProposalDesk
from streaming.session.refusals import Refusal, refusal_of_change, refusal_of_role
from streaming.session.room import PLANS_TOPIC, Room, void_numbers
from streaming.session.undo_desk import UndoDesk

MAX_CONSTRUCTIONS: Final = 4
"""Resections that the server makes for one person at once."""

NoteEdit: TypeAlias = SetMeasurement | RemoveMeasurement | SetPin | RemovePin
"""Changes beside the resections."""

Edit: TypeAlias = CommitResection | RemoveResection | ReplacePlan | SetBody | NoteEdit | UndoEdit | RedoEdit

_BUSY: Final = Refusal(code="busy", what=say("still_making"))
_USED_ID: Final = Refusal(code="invalid", what=say("operation_used"))


class Editing:
    """How the plans of a room change.

    Args:
        room: whose plans.
        proposals: those that can be taken.
    """

    def __init__(self, room: Room, proposals: ProposalDesk) -> None:
        self._room = room
        self._plans = PlanDesk(room, proposals)
        self._undo = UndoDesk(room.ledger, room.looks_at)
        self._under_construction: Counter[str] = Counter()

    def edit(self, client_id: str, message: Edit, *, at: str) -> list[Effect]:
        """Somebody changes the plan."""
        if (again := self._refused_before(client_id, message.operation_id)) is not None:
            return again
        match message:
            case CommitResection(resection=resection):
                change: Change = SetResection(resection=resection)
            case RemoveResection(resection_id=resection_id):
                change = DropResection(resection_id=resection_id)
            case ReplacePlan(resections=resections):
                change = replacement(self._room.ledger.head, message.plan_id, resections)
            case SetBody(body=body):
                change = ChangeBody(body=body)
            case SetMeasurement() | RemoveMeasurement() | SetPin() | RemovePin():
                change = self._note_change(client_id, message)
            case UndoEdit() | RedoEdit():
                return self._take_back(client_id, message, at=at)
            case _:
                assert_never(message)
        return self._apply(client_id, message, change, at=at)

    def edit_plans(self, client_id: str, wish: PlanWish, *, at: str) -> list[Effect]:
        """Somebody changes which plans there are, or what is said of one."""
        if (again := self._refused_before(client_id, wish.operation_id)) is not None:
            return again
        if (known := self._room.ledger.find(wish.operation_id)) is not None:
            return self._repeated(client_id, known, is_same=is_same_wish(known, wish))
        change = self._plans.change(client_id, wish, at=at)
        if isinstance(change, Refusal):
            return self._room.reject(client_id, change, wish.operation_id)
        return self._apply(client_id, wish, change, at=at)

    def looked(self, client_id: str) -> list[Effect]:
        """What somebody who looks at another plan can undo and redo there."""
        return self._undo.news([client_id])

    def joined(self, client_id: str) -> list[Effect]:
        """What somebody who comes, or comes back, can undo and redo."""
        return self._undo.joined(client_id)

    def left(self, client_id: str) -> None:
        """Somebody is gone."""
        self._undo.left(client_id)

    def construct(self, client_id: str, wish: Construction) -> list[Effect]:
        """Somebody wants a resection that the server has to make."""
        room = self._room
        if (known := room.ledger.find(wish.operation_id)) is not None:
            is_same = isinstance(known.change, SetResection) and targets_of(known.change) == (wish.resection_id,)
            return self._repeated(client_id, known, is_same=is_same)
        if (again := self._refused_before(client_id, wish.operation_id)) is not None:
            return again
        if held := room.drags.held_by_other(wish.resection_id, client_id):
            return room.reject(client_id, room.held(held), wish.operation_id)
        if self._under_construction[client_id] >= MAX_CONSTRUCTIONS:
            return room.reject(client_id, _BUSY, wish.operation_id)
        self._under_construction[client_id] += 1
        return [Construct(client_id=client_id, wish=wish)]

    def constructed(self, client_id: str, wish: Construction, made: ResectionState, *, at: str) -> list[Effect]:
        """It is made, and is their commit; unless they were refused meanwhile, or may change nothing any more."""
        self._construction_over(client_id)
        people = self._room.people
        if self._refused_before(client_id, wish.operation_id) is not None:
            return []
        if client_id in people and not may(role := people[client_id].role, wish):
            return self._room.reject(client_id, refusal_of_role(role), wish.operation_id)
        return self._apply(client_id, wish, SetResection(resection=made), at=at)

    def not_constructed(self, client_id: str, wish: Construction, *, what: str, cure: str) -> list[Effect]:
        """It cannot be made."""
        self._construction_over(client_id)
        return self._room.reject(client_id, Refusal(code="invalid", what=what, cure=cure), wish.operation_id)

    def stored(self, operation: Operation) -> list[Effect]:
        """The oldest pending operation is durable."""
        room = self._room
        before = room.ledger.durable
        room.ledger.confirm(operation)
        changed = _changed_plans(before, room.ledger.durable)
        effects: list[Effect] = []
        if operation.author in room.people:
            committed = Committed(operation_id=operation.operation_id, revision=operation.revision)
            effects.append(Send(client_id=operation.author, message=committed))
        if before.named is not room.ledger.durable.named:
            effects.append(Broadcast(message=room.plans(), topic=PLANS_TOPIC))
        effects += [Broadcast(message=room.plan_state(one), topic=plan_topic(one)) for one in changed]
        effects += room.drags_over(operation.author, targets_of(operation.change))
        effects += [*room.measures.of_plans(changed), *room.numbers.of_plans(changed), *room.numbers.of_drags()]
        return [*effects, *self._undo.news(room.people.client_ids)]

    def not_stored(self, operation: Operation, *, what: str, cure: str) -> list[Effect]:
        """A pending operation could not be made durable: it and all after it are rejected, the plan stays."""
        room = self._room
        fallen = room.ledger.strike(operation)
        if not fallen:
            return []
        effects: list[Effect] = []
        for lost in fallen:
            effects += room.reject(lost.author, Refusal(code="not_saved", what=what, cure=cure), lost.operation_id)
            effects += room.drags_over(lost.author, targets_of(lost.change))
        for plan_id in dict.fromkeys(lost.plan_id for lost in fallen):
            effects += room.numbers.repeat(plan_id)
        return effects

    def _apply(
        self, client_id: str, message: Edit | Construction | PlanWish, change: Change, *, at: str, plan_id: str = ""
    ) -> list[Effect]:
        """Judges the change of the message's plan, or of `plan_id` where undo finds it in another one."""
        room, plan_id = self._room, plan_id or message.plan_id
        if (known := room.ledger.find(message.operation_id)) is not None:
            is_same = known.plan_id == plan_id and is_same_change(known.change, change)
            return self._repeated(client_id, known, is_same=is_same)
        targets = targets_of(change)
        if held := self._hindering(client_id, change, plan_id):
            return room.reject(client_id, room.held(held), message.operation_id)
        refusal = refusal_of_change(
            room.ledger.head, change, author=client_id, base_revision=message.base_revision, plan_id=plan_id
        )
        if refusal := refusal or room.limits.refusal_of(change):
            return [*room.reject(client_id, refusal, message.operation_id), *room.cancel_drag(client_id, targets)]
        effects: list[Effect] = []
        drag = room.drags.of_person(client_id)
        if drag is not None and drag.plan_id == plan_id and _removes(change):
            effects += [*room.end_drag(client_id), room.people_changed()]
        elif drag is not None and drag.resection.resection_id in targets:
            room.drags.release(client_id)
            effects += [void_numbers(drag), room.people_changed()]
        operation = room.ledger.add(
            change,
            operation_id=message.operation_id,
            author=Author(client_id=client_id, name=room.people.name_of(client_id)),
            at=at,
            base_revision=message.base_revision,
            plan_id=plan_id,
        )
        return [*effects, Store(operation=operation)]

    def _note_change(self, client_id: str, message: NoteEdit) -> SetNote | DropNote:
        match message:
            case SetMeasurement(measurement=said):
                return self._set_note(client_id, said, said.measurement_id)
            case SetPin(pin=pin):
                pin = pin.model_copy(update={"text": pin.text.strip() or pin.text})
                return self._set_note(client_id, pin, pin.pin_id)
            case RemoveMeasurement(measurement_id=dropped) | RemovePin(pin_id=dropped):
                return DropNote(note_id=dropped)
            case _:
                assert_never(message)

    def _set_note(self, client_id: str, said: MeasurementState | PinState, wanted: str) -> SetNote:
        person = self._room.people[client_id]
        by = NoteAuthor(client_id=client_id, display_name=person.display_name, colour=person.colour)
        return SetNote(note=kept_note(said, by, self._room.ledger.head.note(wanted)))

    def _hindering(self, client_id: str, change: Change, plan_id: str) -> Drag | None:
        """A drag of somebody else that the change would take out of their hand."""
        drags = self._room.drags
        # Who replaces the whole plan takes everything out of everybody's hands.
        if isinstance(change, ReplaceResections) or _removes(change):
            return drags.in_plan_of_others(client_id, plan_id)
        return drags.hindering(client_id, targets_of(change))

    def _take_back(self, client_id: str, message: UndoEdit | RedoEdit, *, at: str) -> list[Effect]:
        """Undo or redo of the person's own."""
        room = self._room
        direction: Direction = "undo" if isinstance(message, UndoEdit) else "redo"
        if (known := room.ledger.find(message.operation_id)) is not None:
            is_same = isinstance(known.change, RestoreEarlier) and known.change.direction == direction
            return self._repeated(client_id, known, is_same=is_same)
        found = self._undo.change(client_id, direction, message.plan_id)
        if isinstance(found, Refusal):
            return [*room.reject(client_id, found, message.operation_id), *self._undo.news([client_id])]
        plan_id, change = found
        return self._apply(client_id, message, change, at=at, plan_id=plan_id)

    def _repeated(self, client_id: str, known: Operation, *, is_same: bool) -> list[Effect]:
        """The same operation again, after a drop: acknowledged again, never applied twice."""
        room = self._room
        if not is_same:
            return room.reject(client_id, _USED_ID, known.operation_id)
        effects = room.cancel_drag(client_id, targets_of(known.change))
        if room.ledger.is_durable(known):
            committed = Committed(operation_id=known.operation_id, revision=known.revision)
            effects.append(Send(client_id=client_id, message=committed))
        return effects

    def said_before(self, client_id: str, operation_id: str) -> list[Effect] | None:
        """The answer to an operation of the person's own that is known; None if it is not, or somebody else's."""
        known = self._room.ledger.find(operation_id)
        if known is None or known.author != client_id:
            return None
        if not self._room.ledger.is_durable(known):
            return []  # answered once it is
        return [Send(client_id=client_id, message=Committed(operation_id=known.operation_id, revision=known.revision))]

    def _refused_before(self, client_id: str, operation_id: str) -> list[Effect] | None:
        """The answer to an operation that was rejected and is said again; None if it was not."""
        refusal = self._room.refused(client_id, operation_id)
        if refusal is None or self._room.ledger.find(operation_id) is not None:
            return None
        return self._room.reject(client_id, refusal, operation_id)

    def _construction_over(self, client_id: str) -> None:
        self._under_construction[client_id] -= 1
        if self._under_construction[client_id] <= 0:
            del self._under_construction[client_id]


def _removes(change: Change) -> bool:
    """Whether the plan is not there any more after it."""
    if isinstance(change, RestoreEarlier):
        return any(one.is_removed for one in change.plans)
    return isinstance(change, PlanRemoved)


def _changed_plans(before: Plan, after: Plan) -> list[str]:
    """Those that say something else than before, or came back."""
    return [
        one.plan_id
        for one in after.shown_plans
        if before.plan(one.plan_id) is None or before.revision_of(one.plan_id) != after.revision_of(one.plan_id)
    ]
