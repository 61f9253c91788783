"""A planning session without I/O: what arrives goes in, effects come out.

No clock, socket or disk: the shell passes time and ids in and carries the effects out in order. That is why any
interleaving of people can be tested in microseconds.

Rules:
- A commit is acknowledged once it is durable. Until then it is *pending*: later edits are judged against it, but
  nobody sees it as the plan. If it cannot be stored, it and everything after it is rejected.
- Who sends the first preview of a resection holds it until commit, cancel or disconnect; others are told "held".
- Numbers of a drag are those of what everybody sees: the committed plan with all live drags in it.
"""

from __future__ import annotations

from collections import deque
from typing import Final, assert_never

from streaming.effects import Broadcast, Effect, Evaluate, Forget, Question, Send, Store, Topic
from streaming.operations import (
    Change,
    DropResection,
    Operation,
    Plan,
    Refusal,
    SetResection,
    apply,
    fold,
    refusal_of_change,
    refusal_of_resection,
    target_of,
)
from streaming.people import Attendance, Drag, Drags
from streaming.protocol import (
    CancelPreview,
    ClientMessage,
    CommitResection,
    Committed,
    Device,
    Fault,
    Hello,
    Numbers,
    Ping,
    PlanNumbers,
    PlanState,
    Pong,
    PreviewCancelled,
    PreviewResection,
    RemoveResection,
    ResectionPreviewed,
)

_PLAN: Final = Topic(kind="plan")
_PEOPLE: Final = Topic(kind="people")
_ALREADY_JOINED: Final = Fault(
    code="already_joined", message="This connection said hello before.", cure="Send it once.", fatal=False
)


class Session:
    """The state of one case being planned.

    Args:
        operations: the durable log from its first operation.
    """

    def __init__(self, operations: tuple[Operation, ...] = ()) -> None:
        self._durable: Plan = fold(operations)
        self._known: dict[str, Operation] = {operation.operation_id: operation for operation in operations}
        self._pending: deque[Operation] = deque()
        self._head: Plan = self._durable
        self._people = Attendance()
        self._drags = Drags()
        self._numbers: Numbers | None = None

    # ---- what the shell and the tests may look at ----

    @property
    def plan(self) -> Plan:
        """The durable plan, which is what everybody sees."""
        return self._durable

    @property
    def holders(self) -> dict[str, str]:
        """Who holds which resection."""
        return {drag.resection.resection_id: drag.client_id for drag in self._drags}

    @property
    def client_ids(self) -> frozenset[str]:
        """Everybody in the session."""
        return self._people.client_ids

    def colour_of(self, client_id: str) -> str:
        """The colour by which others know this person."""
        return self._people[client_id].colour

    # ---- what happens ----

    def start(self) -> list[Effect]:
        """To be called once, before anybody joins."""
        return [self._question_of_plan()]

    def join(self, client_id: str, *, display_name: str, device: Device) -> list[Effect]:
        """Somebody came, or came back under the same id; they get everything they need to see what others see."""
        self._people.enter(client_id, display_name=display_name, device=device)
        effects: list[Effect] = [Send(client_id=client_id, message=self._plan_state(), topic=_PLAN)]
        effects += [
            Send(client_id=client_id, message=_previewed(drag), topic=_drag_topic(drag.resection.resection_id))
            for drag in self._drags
        ]
        if self._numbers is not None and self._numbers.revision == self._durable.revision:
            effects.append(Send(client_id=client_id, message=self._numbers, topic=_numbers_topic(None)))
        return [*effects, self._people_changed()]

    def leave(self, client_id: str) -> list[Effect]:
        """The connection is gone: what they held is free, what they committed stays."""
        if not self._people.leave(client_id):
            return []
        return [*self._end_drag(client_id), self._people_changed()]

    def receive(self, client_id: str, message: ClientMessage, *, at: str) -> list[Effect]:
        """A message of somebody who joined; `at` is the time now, ISO 8601 in UTC."""
        match message:
            case PreviewResection():
                effects = self._preview(client_id, message)
            case CancelPreview(resection_id=resection_id):
                effects = self._cancel(client_id, resection_id)
            case CommitResection(resection=resection):
                effects = self._edit(client_id, message, SetResection(resection=resection), at=at)
            case RemoveResection(resection_id=resection_id):
                effects = self._edit(client_id, message, DropResection(resection_id=resection_id), at=at)
            case Ping(sent_ms=sent_ms):
                effects = [Send(client_id=client_id, message=Pong(sent_ms=sent_ms))]
            case Hello():
                effects = [Send(client_id=client_id, message=_ALREADY_JOINED)]
            case _:
                assert_never(message)
        return effects

    def stored(self, operation: Operation) -> list[Effect]:
        """The oldest pending operation is durable."""
        if not self._pending or self._pending[0] is not operation:
            raise ValueError(f"operation {operation.revision} is not the oldest pending one")
        self._pending.popleft()
        self._durable = apply(self._durable, operation)
        self._known[operation.operation_id] = operation
        effects: list[Effect] = []
        if operation.author in self._people:
            committed = Committed(operation_id=operation.operation_id, revision=operation.revision)
            effects.append(Send(client_id=operation.author, message=committed))
        effects.append(Broadcast(message=self._plan_state(), topic=_PLAN))
        effects += self._drag_over(operation.author, target_of(operation.change))
        return [*effects, self._question_of_plan(), *self._questions_of_drags()]

    def not_stored(self, operation: Operation, *, what: str, cure: str) -> list[Effect]:
        """A pending operation could not be made durable: it and all after it are rejected, the plan stays."""
        if operation not in self._pending:
            return []  # fell with an earlier one
        effects: list[Effect] = []
        fallen = list(self._pending)[self._pending.index(operation) :]
        for lost in fallen:
            self._pending.pop()
            effects += self._reject(lost.author, Refusal(code="not_saved", what=what, cure=cure), lost.operation_id)
            effects += self._drag_over(lost.author, target_of(lost.change))
        self._head = fold(self._pending, self._durable)
        return [*effects, *self._repeat_numbers()]

    def answered(self, question: Question, numbers: PlanNumbers) -> list[Effect]:
        """Numbers are ready; they go out only if what they answer is still what people see."""
        if question.revision != self._durable.revision:
            return []
        message = Numbers(
            revision=question.revision,
            preview_by=question.preview_by,
            sequence=question.sequence,
            numbers=numbers,
        )
        if question.preview_by is None:
            self._numbers = message
        elif not any(drag.number == question.drag for drag in self._drags):
            return []
        return [Broadcast(message=message, topic=_numbers_topic(question.preview_by))]

    # ---- drags ----

    def _preview(self, client_id: str, message: PreviewResection) -> list[Effect]:
        if not self._people.is_newer(client_id, message.sequence):
            return []  # late or doubled: something newer is already known
        resection_id = message.resection.resection_id
        if held := self._drags.held_by_other(resection_id, client_id):
            is_first = self._drags.is_first_refusal(client_id, resection_id)
            return self._reject(client_id, self._held(held), None) if is_first else []
        if refusal := refusal_of_resection(self._head, message.resection):
            return self._reject(client_id, refusal, None)
        is_new = self._drags.of_resection(resection_id) is None
        # Nobody drags two at once: taking another one lets go of the first.
        effects: list[Effect] = (
            [*self._end_drag(client_id), *self._take_over(client_id, resection_id)] if is_new else []
        )
        drag = self._drags.move(client_id, message.sequence, message.resection)
        if is_new:
            effects.append(self._people_changed())
        effects.append(Broadcast(message=_previewed(drag), topic=_drag_topic(resection_id), except_client=client_id))
        return [*effects, self._question_of_drag(drag)]

    def _take_over(self, client_id: str, resection_id: str) -> list[Effect]:
        """Ends for the new holder the committed drag before theirs.

        The others are told by the new holder's previews, and nobody is told once the commit is stored, because the
        resection is held again by then. The new holder hears neither.
        """
        waiting = (one.author for one in reversed(self._pending) if target_of(one.change) == resection_id)
        author = next((author for author in waiting if author != client_id), None)
        if author is None:
            return []
        message = PreviewCancelled(client_id=author, resection_id=resection_id)
        return [Send(client_id=client_id, message=message, topic=_drag_topic(resection_id))]

    def _cancel(self, client_id: str, resection_id: str) -> list[Effect]:
        drag = self._drags.of_resection(resection_id)
        if drag is None or drag.client_id != client_id:
            return []
        return [*self._end_drag(client_id), self._people_changed()]

    def _held(self, drag: Drag) -> Refusal:
        holder = self._people[drag.client_id].display_name
        return Refusal(code="held", what=f"{holder} is moving this resection.", cure="Wait until they let go.")

    def _end_drag(self, client_id: str) -> list[Effect]:
        """The person lets go without a change; nothing if they hold nothing."""
        drag = self._drags.release(client_id)
        if drag is None:
            return []
        return [
            _void_numbers(drag),
            *self._drag_over(client_id, drag.resection.resection_id),
            *self._repeat_numbers(),
            *self._questions_of_drags(),
        ]

    def _drag_over(self, author: str, resection_id: str) -> list[Effect]:
        """Tells others that a drag is over, unless somebody holds the resection again."""
        if self._drags.of_resection(resection_id) is not None:
            return []
        message = PreviewCancelled(client_id=author, resection_id=resection_id)
        return [Broadcast(message=message, topic=_drag_topic(resection_id), except_client=author)]

    # ---- edits ----

    def _edit(
        self, client_id: str, message: CommitResection | RemoveResection, change: Change, *, at: str
    ) -> list[Effect]:
        if (known := self._known_operation(message.operation_id)) is not None:
            return self._repeated(client_id, known, change)
        target = target_of(change)
        if held := self._drags.held_by_other(target, client_id):
            return self._reject(client_id, self._held(held), message.operation_id)
        refusal = refusal_of_change(self._head, change, author=client_id, base_revision=message.base_revision)
        if refusal is not None:
            return [*self._reject(client_id, refusal, message.operation_id), *self._cancel(client_id, target)]
        effects: list[Effect] = []
        if self._drags.of_resection(target) is not None and (drag := self._drags.release(client_id)):
            effects += [_void_numbers(drag), self._people_changed()]
        operation = Operation(
            revision=self._head.revision + 1,
            operation_id=message.operation_id,
            author=client_id,
            at=at,
            base_revision=message.base_revision,
            change=change,
        )
        self._pending.append(operation)
        self._head = apply(self._head, operation)
        return [*effects, Store(operation=operation)]

    def _known_operation(self, operation_id: str) -> Operation | None:
        pending = (operation for operation in self._pending if operation.operation_id == operation_id)
        return self._known.get(operation_id) or next(pending, None)

    def _repeated(self, client_id: str, known: Operation, change: Change) -> list[Effect]:
        """The same operation again, after a drop: acknowledged again, never applied twice."""
        if known.change != change:
            refusal = Refusal(
                code="invalid", what="This operation id was used for another change.", cure="Use a new id."
            )
            return self._reject(client_id, refusal, known.operation_id)
        effects = self._cancel(client_id, target_of(change))
        if known.operation_id in self._known:
            committed = Committed(operation_id=known.operation_id, revision=known.revision)
            effects.append(Send(client_id=client_id, message=committed))
        return effects

    def _reject(self, client_id: str, refusal: Refusal, operation_id: str | None) -> list[Effect]:
        if client_id not in self._people:
            return []
        return [
            Send(client_id=client_id, message=refusal.as_message(operation_id)),
            Send(client_id=client_id, message=self._plan_state(), topic=_PLAN),
        ]

    # ---- messages ----

    def _plan_state(self) -> PlanState:
        return PlanState(revision=self._durable.revision, resections=self._durable.resections)

    def _people_changed(self) -> Broadcast:
        return Broadcast(message=self._people.as_message(self._drags), topic=_PEOPLE)

    def _repeat_numbers(self) -> list[Effect]:
        """After a drag without a change people look at the committed plan again."""
        if self._numbers is None or self._numbers.revision != self._durable.revision:
            return []
        return [Broadcast(message=self._numbers, topic=_numbers_topic(None))]

    # ---- questions ----

    def _question_of_plan(self) -> Evaluate:
        return Evaluate(question=Question(revision=self._durable.revision, resections=self._durable.resections))

    def _question_of_drag(self, drag: Drag) -> Evaluate:
        seen = self._durable.with_resections(other.resection for other in self._drags)
        question = Question(
            revision=self._durable.revision,
            resections=seen,
            preview_by=drag.client_id,
            sequence=drag.sequence,
            drag=drag.number,
        )
        return Evaluate(question=question)

    def _questions_of_drags(self) -> list[Effect]:
        return [self._question_of_drag(drag) for drag in self._drags]


def _previewed(drag: Drag) -> ResectionPreviewed:
    return ResectionPreviewed(client_id=drag.client_id, sequence=drag.sequence, resection=drag.resection)


def _void_numbers(drag: Drag) -> Forget:
    """Numbers of a drag that is over and wait unsent are no longer true.

    What waits under the drag's own topic stays: its end replaces it, and for somebody it may be the end of an earlier
    drag that they still see.
    """
    return Forget(topic=_numbers_topic(drag.client_id))


def _drag_topic(resection_id: str) -> Topic:
    return Topic(kind="drag", key=resection_id)


def _numbers_topic(preview_by: str | None) -> Topic:
    return Topic(kind="numbers", key=preview_by or "")
