"""The simulated server: the real session and outboxes, a disk that lags and fails, and crashes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from streaming.planning.case_limits import CaseLimits
from streaming.protocol import CLIENT_MESSAGE, Measured, PersonPose, Role, may
from streaming.session.changes import OPERATION, Operation
from streaming.session.effects import (
    Broadcast,
    Effect,
    Evaluate,
    Forget,
    Measure,
    Question,
    Send,
    ShowPresence,
    Store,
    Topic,
)
from streaming.session.fold import Fold
from streaming.session.outbox import Outbox, OutboxFullError
from streaming.session.session import Session
from streaming.session.snapshot import decoded, encoded
from streaming.simulation.checks import LogCheck
from streaming.simulation.plain_numbers import plain_numbers, plain_value

AT: Final = "2026-01-02T03:04:05.000+00:00"
SNAPSHOT_EVERY: Final = 97

_LIMITS: Final = CaseLimits(segments=frozenset(range(1, 10)), segmentation="a" * 64)
_NUMBERS: Final = plain_numbers(flr_percent=40.0)


@dataclass(slots=True, kw_only=True, eq=False)
class Line:
    """A connection: what is on its way in both directions, as text.

    Attributes:
        name: whose.
        outbox: what the server has not sent yet.
        up: to the server.
        down: to the client, in order.
        is_cut: neither side gets anything through any more; the server may not have noticed.
    """

    name: str
    outbox: Outbox = field(default_factory=Outbox)
    up: list[str] = field(default_factory=list)
    down: list[str] = field(default_factory=list)
    is_cut: bool = False


class Server:
    """A server that is restarted whenever it crashes.

    Args:
        chance: decides what is lost.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.disk: list[str] = []
        self.revisions: dict[str, int] = {}
        self.check = LogCheck()
        self.roles: dict[str, Role] = {}
        self._snapshot: tuple[int, str] | None = None
        self._start()

    def _start(self) -> None:
        self._to_store: list[Operation] = []
        self._questions: dict[str, Question] = {}
        self._measures: dict[str, Measure] = {}
        self.poses: dict[str, PersonPose] = {}
        self.lines: dict[str, Line] = {}
        revision, start = (0, Fold()) if self._snapshot is None else (self._snapshot[0], decoded(self._snapshot[1]))
        tail = tuple(OPERATION.validate_json(line) for line in self.disk[revision:])
        self.session = Session(tail, _LIMITS, start=start, earlier=self._find)
        self._do(self.session.start())

    def _find(self, operation_id: str) -> Operation | None:
        revision = self.revisions.get(operation_id)
        return None if revision is None else OPERATION.validate_json(self.disk[revision - 1])

    # ---- what happens to it ----

    def connect(self, name: str) -> Line:
        """Somebody comes, or comes back before their old line was missed."""
        if name in self.lines:
            self.disconnect(self.lines[name])
        role = self.roles.setdefault(name, "owner")
        joined = self.session.join(name, display_name=name, device="desktop", role=role)
        line = self.lines[name] = Line(name=name)
        self._do(joined)
        return line

    def disconnect(self, line: Line) -> None:
        """The server notices that a line is dead; nothing if it was replaced."""
        line.is_cut = True
        if self.lines.get(line.name) is line:
            del self.lines[line.name]
            self._do(self.session.leave(line.name))
            if line.name in self.poses:
                raise AssertionError(f"{line.name} left and is still seen")

    def change_role(self, name: str, role: Role) -> None:
        """An owner makes somebody something else; whoever is not here finds out when they come."""
        self.roles[name] = role
        if name in self.lines:
            self._do(self.session.change_role(name, role))

    def receive(self, line: Line, text: str) -> None:
        """A message arrived; on a line that was replaced it is dropped."""
        if self.lines.get(line.name) is not line:
            return
        message = CLIENT_MESSAGE.validate_json(text)
        effects = self.session.receive(line.name, message, at=AT)
        if any(isinstance(one, Store) for one in effects) and not may(self.roles[line.name], message):
            raise AssertionError(f"a {self.roles[line.name]} changed the plan by {message.type}")
        self._do(effects)

    def flush(self) -> None:
        """The disk made a batch durable: what gathered, or the first part of it."""
        batch, self._to_store = self._split(self._to_store)
        self._write(batch)
        for operation in batch:
            self._do(self.session.stored(operation))
        if self._snapshot is None or len(self.disk) >= self._snapshot[0] + SNAPSHOT_EVERY:
            self._snapshot = (self.session.plan.revision, encoded(self.session.fold))

    def fail_to_flush(self) -> None:
        """The disk is full: what waited is rejected."""
        if self._to_store:
            lost = self._to_store[0]
            self._to_store = []
            self._do(self.session.not_stored(lost, what="The disk is full.", cure="Free some space."))

    def answer(self) -> None:
        """The evaluator answers one of the newest questions."""
        if self._questions:
            asked_by = self._chance.choice(list(self._questions))
            self._do(self.session.answered(self._questions.pop(asked_by), _NUMBERS))
        if self._measures:
            self._do(self.session.measured(_measured(self._measures.pop(self._chance.choice(list(self._measures))))))

    def crash(self) -> None:
        """Killed and started again: lines are gone, of what was not durable the disk may have caught a first part."""
        caught, _ = self._split(self._to_store)
        if self._chance.random() < 0.5:
            self._write(caught)
        for line in self.lines.values():
            line.is_cut = True
        before = self.check.fold
        self._start()
        if self.session.fold != before:
            raise AssertionError("snapshot and rest of the log are not what the whole log comes to")

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits for disk or evaluator."""
        return not self._to_store and not self._questions and not self._measures

    # ---- carrying out ----

    def _split(self, batch: list[Operation]) -> tuple[list[Operation], list[Operation]]:
        part = self._chance.randint(1, len(batch)) if batch else 0
        return batch[:part], batch[part:]

    def _write(self, batch: Iterable[Operation]) -> None:
        for operation in batch:
            if operation.operation_id in self.revisions:
                raise AssertionError(f"{operation.operation_id} was stored twice")
            self.disk.append(operation.model_dump_json())
            self.revisions[operation.operation_id] = operation.revision
            self.check.stored(operation)

    def _do(self, effects: list[Effect]) -> None:  # noqa: PLR0912 - one branch a kind of effect
        for effect in effects:
            match effect:
                case Send(client_id=name, message=message, topic=topic):
                    if name in self.lines:
                        self._put(self.lines[name], message.model_dump_json(), topic)
                case Broadcast(message=message, topic=topic, except_client=left_out):
                    if lines := list(self._all_but(left_out)):
                        text = message.model_dump_json()
                        for line in lines:
                            self._put(line, text, topic)
                case Forget(topic=topic):
                    for line in self.lines.values():
                        line.outbox.forget(topic)
                case Store(operation=operation):
                    self._to_store.append(operation)
                case Evaluate(question=question):
                    self._questions[question.preview_by or f"~{question.plan_id}"] = question
                case Measure(plan_id=plan_id):
                    self._measures[plan_id] = effect
                case ShowPresence(client_id=name, pose=None):
                    self.poses.pop(name, None)
                case ShowPresence(client_id=name, pose=PersonPose() as pose):
                    self.poses[name] = pose
                case _:
                    raise AssertionError(f"the simulation does not know {effect}")

    @staticmethod
    def _put(line: Line, text: str, topic: Topic | None) -> None:
        try:
            line.outbox.put(text, topic)
        except OutboxFullError:  # too slow: the server ends the connection
            line.is_cut = True

    def _all_but(self, name: str | None) -> Iterator[Line]:
        return itertools.filterfalse(lambda line: line.name == name, self.lines.values())


def _measured(asked: Measure) -> Measured:
    """One value for each, whatever it is."""
    values = tuple(plain_value(one.measurement_id, 1.0) for one in asked.measurements)
    return Measured(plan_id=asked.plan_id, revision=asked.revision, values=values)
