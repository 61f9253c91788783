"""People, lines and a server, and what befalls them: the same every time from the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from streaming.protocol import (
    SERVER_MESSAGE,
    CancelPreview,
    ClientMessage,
    Committed,
    LookAtPlan,
    MovePresence,
    PersonPose,
    PlanState,
    PoseState,
    PresentView,
    PreviewResection,
    RaiseHand,
    Role,
)
from streaming.session.operations import Plan
from streaming.simulation.edits import any_cut, any_edit, any_resection, cuts_of
from streaming.simulation.person import BrokenPromiseError, Person
from streaming.simulation.server import Line, Server

NAMES: Final = ("ann", "bob", "cyd", "dee", "eve")

_ROLES: Final[tuple[Role, ...]] = ("viewer", "editor", "editor", "owner", "owner")
_HEAD: Final = PersonPose(
    head=PoseState(position_lps_mm=(0.0, 0.0, 0.0), quaternion=(0.0, 0.0, 0.0, 1.0)),
    left=None,
    right=None,
    ray=None,
    model_scale=1.0,
)

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
        role: an owner makes somebody something else.
    """

    drop: float = 0.02
    duplicate: float = 0.05
    reorder: float = 0.10
    cut: float = 0.004
    crash: float = 0.0006
    disk: float = 0.002
    role: float = 0.002


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
        if fate < faults.crash + faults.disk + faults.role:
            self.server.change_role(name, chance.choice(_ROLES))
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
            self._change(person)

    def _change(self, person: Person) -> None:
        """Wishes for a change of the plan that the person looks at; it is said when it can be."""
        if (now := person.situation()) is not None:
            edit = any_edit(self._chance, now)
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
        kinds = ("say", "drag", "show", "again", "up", "write", "read")
        match self._chance.choices(kinds, (30, 4, 3, 1, 30, 20, 20))[0]:
            case "say":
                self._change(person)
                self._say_due(person, line)
            case "drag":
                self._drag(person, line)
            case "show":
                self._show(person, line)
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
        plan_id = person.looks_at if person.plans is None else person.plan.plan_id
        cut = any_cut(self._chance, plan_id)
        if self._chance.random() < 0.4:
            self._send(line, CancelPreview(resection_id=cut))
        else:
            person.sequence += 1
            moved = any_resection(self._chance, cut)
            self._send(line, PreviewResection(sequence=person.sequence, plan_id=plan_id, resection=moved))

    def _show(self, person: Person, line: Line) -> None:
        """Something that others see and no log keeps: where one looks and is, a raised hand, one's view for all."""
        is_on = self._chance.random() < 0.6
        match self._chance.randrange(5):
            case 0 | 1 if person.plans is not None:
                person.looks_at = self._chance.choice(person.plans.plans).plan_id
                self._send(line, LookAtPlan(plan_id=person.looks_at))
            case 2:
                self._send(line, RaiseHand(is_raised=is_on))
            case 3:
                self._send(line, PresentView(is_presenting=is_on))
            case _:
                self._send(line, MovePresence(pose=_HEAD if is_on else None))

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
            for plan in self.server.session.plan.named:
                for cut in cuts_of(plan.plan_id):
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
        everybody = self.people[NAMES[0]].people
        assert everybody is not None, "nobody sees anybody"
        assert {one.client_id: one.role for one in everybody.people} == self.server.roles, "roles are not what was said"
        assert sum(one.is_presenting for one in everybody.people) <= 1, "two present at a time"
        for person in self.people.values():
            assert not person.unanswered, f"{person.name} was never answered"
            self._check_sees_the_plans(person, session.plan)
            assert not person.previews, f"{person.name} sees a drag that is over"
            assert person.people == everybody, f"{person.name} sees other people"
            stored = {one: self.server.revisions.get(one) for one in person.acknowledged}
            assert stored == person.acknowledged, "something acknowledged is lost"
            both = [one for one in person.rejected if one in self.server.revisions]
            assert not both, f"rejected and stored: {both[:3]}"

    @staticmethod
    def _check_sees_the_plans(person: Person, plan: Plan) -> None:
        assert person.plans is not None, f"{person.name} has no plans"
        listed = [(one.plan_id, one.name, one.stage, one.signed, one.versions) for one in person.plans.plans]
        there = [(one.plan_id, one.name, one.stage, one.signed, one.versions) for one in plan.shown_plans]
        assert listed == there, f"{person.name} sees other plans"
        for plan_id, *_ in there:
            revision = plan.revision_of(plan_id)
            state = PlanState(
                revision=revision,
                plan_id=plan_id,
                resections=plan.resections_of(plan_id),
                body=plan.body,
                measurements=plan.measurements_of(plan_id),
                pins=plan.pins_of(plan_id),
            )
            assert person.states.get(plan_id) == state, f"{person.name} sees another {plan_id}"
            assert person.numbers[plan_id].revision == revision, f"{person.name} reads old numbers of {plan_id}"
            measured = person.measured.get(plan_id)
            values = () if measured is None else measured.values
            assert [one.measurement_id for one in values] == [
                one.measurement.measurement_id for one in state.measurements
            ], f"{person.name} reads other measurements of {plan_id}"
            assert not values or (measured is not None and measured.revision == revision), "old measurements"
