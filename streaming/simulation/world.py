"""People, lines and a server, and what befalls them: the same every time from the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from streaming.protocol import SERVER_MESSAGE, CancelPreview, ClientMessage, Committed, PreviewResection
from streaming.simulation.edits import CUTS, any_edit, any_resection
from streaming.simulation.person import BrokenPromiseError, Person
from streaming.simulation.server import Line, Server

NAMES: Final = ("ann", "bob", "cyd", "dee", "eve")

MAX_ROUNDS: Final = 2000
"""In which everything must arrive once nothing goes wrong any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How often things go wrong, as a part of all steps or messages.

    Attributes:
        drop: a message to the server is lost.
        duplicate: a message to the server arrives twice.
        reorder: a message to the server is overtaken.
        cut: a line breaks.
        crash: the server is killed.
        disk: the disk is full.
    """

    drop: float = 0.02
    duplicate: float = 0.05
    reorder: float = 0.10
    cut: float = 0.004
    crash: float = 0.0006
    disk: float = 0.002


class Divergence(AssertionError):  # noqa: N818 - what it is
    """Something that must hold does not; the message names the seed and the step."""


class World:
    """One simulated session.

    Args:
        seed: everything follows from it.
        faults: how often things go wrong.
    """

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.seed = seed
        self._faults = faults or Faults()
        self._chance = random.Random(seed)
        self.server = Server(self._chance)
        self.people = {name: Person(name) for name in NAMES}
        self._lines: dict[str, Line] = {}
        self._unmissed: list[Line] = []
        self._steps = 0

    @property
    def operations(self) -> int:
        """Made durable so far."""
        return len(self.server.disk)

    def run(self, operations: int) -> None:
        """Until so many operations are durable; then everything calms down, and everybody must see the same.

        Raises:
            Divergence: an invariant broke.
        """
        try:
            while self.operations < operations:
                self._step()
            self._calm_down()
            self._check_all_agree()
        except (AssertionError, KeyError, ValueError) as error:
            raise Divergence(f"seed {self.seed}, step {self._steps}, revision {self.operations}: {error}") from error

    # ---- one thing after the other ----

    def _step(self) -> None:
        self._steps += 1
        chance, faults = self._chance, self._faults
        fate = chance.random()
        if fate < faults.crash:
            self.server.crash()
            return
        if fate < faults.crash + faults.disk:
            self.server.fail_to_flush()
            return
        name = chance.choice(NAMES)
        line = self._lines.get(name)
        if line is None or line.is_cut:
            self._without_line(name)
        elif chance.random() < faults.cut:
            self._cut(line)
        else:
            self._with_line(self.people[name], line)
        if chance.random() < 0.25:
            self.server.flush()
        if chance.random() < 0.1:
            self.server.answer()
        if self._unmissed and chance.random() < 0.1:
            self.server.disconnect(self._unmissed.pop())

    def _without_line(self, name: str) -> None:
        """Edits are queued; now and then the line comes back."""
        person = self.people[name]
        if self._chance.random() < 0.3:
            self._join(person)
        elif self._chance.random() < 0.2:
            edit = any_edit(self._chance, operation_id=person.next_operation_id(), base_revision=person.plan.revision)
            person.unanswered[edit.operation_id] = edit

    def _join(self, person: Person) -> None:
        person.connected()
        line = self._lines[person.name] = self.server.connect(person.name)
        self._say_due(person, line)

    def _say_due(self, person: Person, line: Line) -> None:
        for edit in person.due():
            self._send(line, edit)

    def _cut(self, line: Line) -> None:
        line.is_cut = True
        if self._chance.random() < 0.5:
            self.server.disconnect(line)
        else:
            self._unmissed.append(line)

    def _with_line(self, person: Person, line: Line) -> None:
        match self._chance.choices(("say", "drag", "again", "up", "write", "read"), (30, 4, 1, 30, 20, 20))[0]:
            case "say":
                edit = any_edit(
                    self._chance, operation_id=person.next_operation_id(), base_revision=person.plan.revision
                )
                person.unanswered[edit.operation_id] = edit
                self._say_due(person, line)
            case "drag":
                self._drag(person, line)
            case "again":
                person.say_again()
                self._say_due(person, line)
            case "up":
                self._deliver(line)
            case "write":
                for _ in range(self._chance.randrange(4)):
                    if (text := line.outbox.pop()) is not None:
                        line.down.append(text)
            case _:
                for _ in range(self._chance.randrange(4)):
                    self._read(person, line)

    def _drag(self, person: Person, line: Line) -> None:
        cut = self._chance.choice(CUTS)
        if self._chance.random() < 0.4:
            self._send(line, CancelPreview(resection_id=cut))
        else:
            person.sequence += 1
            self._send(line, PreviewResection(sequence=person.sequence, resection=any_resection(self._chance, cut)))

    def _send(self, line: Line, message: ClientMessage) -> None:
        fate = self._chance.random()
        if fate < self._faults.drop:
            return
        text = message.model_dump_json()
        line.up.append(text)
        if fate < self._faults.drop + self._faults.duplicate:
            line.up.append(text)

    def _deliver(self, line: Line) -> None:
        if line.up:
            is_overtaken = self._chance.random() < self._faults.reorder
            self.server.receive(line, line.up.pop(self._chance.randrange(len(line.up)) if is_overtaken else 0))

    def _read(self, person: Person, line: Line) -> None:
        if not line.down:
            return
        message = SERVER_MESSAGE.validate_json(line.down.pop(0))
        if isinstance(message, Committed) and self.server.revisions.get(message.operation_id) != message.revision:
            raise BrokenPromiseError(f"{message.operation_id} was acknowledged and is not durable")
        person.hear(message)
        self._say_due(person, line)

    # ---- the end ----

    def _calm_down(self) -> None:
        """Broken lines come back, all lines hold, hands let go, and everything arrives."""
        for line in self._unmissed:
            self.server.disconnect(line)
        self._faults = Faults(drop=0.0, duplicate=0.0, reorder=0.0)
        for person in self.people.values():
            self._come_back(person)
            for cut in CUTS:
                self._send(self._lines[person.name], CancelPreview(resection_id=cut))
        rounds = 0
        while not self._is_calm:
            rounds += 1
            assert rounds < MAX_ROUNDS, "somebody is never answered"
            for name, person in self.people.items():
                line = self._come_back(person)
                while line.up:
                    self.server.receive(line, line.up.pop(0))
                self.server.flush()
                self.server.answer()
                while (text := line.outbox.pop()) is not None:
                    line.down.append(text)
                while line.down:
                    self._read(self.people[name], line)

    @property
    def _is_calm(self) -> bool:
        lines = self._lines.values()
        are_quiet = not any(one.is_cut or one.up or one.down or len(one.outbox) for one in lines)
        return are_quiet and self.server.is_idle and not any(one.unanswered for one in self.people.values())

    def _come_back(self, person: Person) -> Line:
        """The person's line, a new one if it broke; what may have been lost on it is said again."""
        line = self._lines.get(person.name)
        if line is None or line.is_cut:
            self._join(person)
        elif not line.up and not line.down:
            person.say_again()
            self._say_due(person, line)
        return self._lines[person.name]

    def _check_all_agree(self) -> None:
        session = self.server.session
        assert not session.holders, "somebody who left holds something"
        assert session.fold == self.server.check.fold, "the plan is not what the log comes to"
        for person in self.people.values():
            assert not person.unanswered, f"{person.name} was never answered"
            seen = (person.plan.revision, person.plan.resections, person.plan.body)
            assert seen == (session.plan.revision, session.plan.resections, session.plan.body), f"{person.name} differs"
            assert not person.previews, f"{person.name} sees a drag that is over"
            assert person.numbers is not None, f"{person.name} has no numbers"
            assert person.numbers.revision == session.plan.revision, f"{person.name} reads old numbers"
            stored = {one: self.server.revisions.get(one) for one in person.acknowledged}
            assert stored == person.acknowledged, "something acknowledged is lost"
            both = [one for one in person.rejected if one in self.server.revisions]
            assert not both, f"rejected and stored: {both[:3]}"
