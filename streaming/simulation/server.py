"""The simulated server: the real session and outboxes, a disk that lags and fails, and crashes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from streaming.planning.case_limits import CaseLimits
from streaming.protocol import CLIENT_MESSAGE, PlanNumbers
from streaming.session.changes import OPERATION, Operation
from streaming.session.effects import Broadcast, Effect, Evaluate, Forget, Question, Send, ShowPresence, Store, Topic
from streaming.session.fold import Fold
from streaming.session.outbox import Outbox, OutboxFullError
from streaming.session.session import Session
from streaming.session.snapshot import decoded, encoded
from streaming.simulation.checks import LogCheck

AT: Final = "2026-01-02T03:04:05.000+00:00"
SNAPSHOT_EVERY: Final = 97

_LIMITS: Final = CaseLimits(segments=frozenset(range(1, 10)))
_NUMBERS: Final = PlanNumbers(
    volumes=(),
    flr_percent=40.0,
    flr_denominator="total_liver_volume",
    flr_tumour_free_percent=None,
    margins=(),
    margin_uncertainty_mm=0.0,
    function=None,
    cut_branches=None,
    vessels_crossed=None,
    cut_area_mm2=None,
    pieces=None,
    surroundings=None,
    intervals=None,
    body=None,
)


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
        self._snapshot: tuple[int, str] | None = None
        self._start()

    def _start(self) -> None:
        self._to_store: list[Operation] = []
        self._questions: dict[str | None, Question] = {}
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
        joined = self.session.join(name, display_name=name, device="desktop")
        line = self.lines[name] = Line(name=name)
        self._do(joined)
        return line

    def disconnect(self, line: Line) -> None:
        """The server notices that a line is dead; nothing if it was replaced."""
        line.is_cut = True
        if self.lines.get(line.name) is line:
            del self.lines[line.name]
            self._do(self.session.leave(line.name))

    def receive(self, line: Line, text: str) -> None:
        """A message arrived; on a line that was replaced it is dropped."""
        if self.lines.get(line.name) is line:
            self._do(self.session.receive(line.name, CLIENT_MESSAGE.validate_json(text), at=AT))

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
        return not self._to_store and not self._questions

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

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(client_id=name, message=message, topic=topic):
                    if name in self.lines:
                        self._put(self.lines[name], message.model_dump_json(), topic)
                case Broadcast(message=message, topic=topic, except_client=left_out):
                    text = message.model_dump_json()
                    for line in self._all_but(left_out):
                        self._put(line, text, topic)
                case Forget(topic=topic):
                    for line in self.lines.values():
                        line.outbox.forget(topic)
                case Store(operation=operation):
                    self._to_store.append(operation)
                case Evaluate(question=question):
                    self._questions[question.preview_by] = question
                case ShowPresence():  # nobody in here is seen
                    pass
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
