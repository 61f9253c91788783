"""Any interleaving of three people ends with one plan and no lost change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from streaming.protocol import (
    CancelPreview,
    CommitResection,
    PreviewResection,
    RedoEdit,
    RemoveResection,
    ReplacePlan,
    ResectionState,
    ThroughLine,
    UndoEdit,
)
from streaming.session.editing import Edit
from streaming.session.operations import fold
from streaming.session.session import Session

NAMES = ("ann", "bob", "cyd")
RESECTIONS = ("resection-1", "resection-2")
KINDS = ("plane", "surface", "spheroid", "cone", "territory")


class AnyInterleaving(RuleBasedStateMachine):
    """Three people do anything in any order; disk and evaluator fail and lag."""

    # A machine takes no fixtures: the test below hands them over.
    new_world: Callable[..., Any]
    shaped: Callable[..., ResectionState]
    place_of: Callable[[ResectionState], float]

    people = st.sampled_from(NAMES)
    resection_ids = st.sampled_from(RESECTIONS)
    places = st.integers(-50, 50).map(float)
    kinds = st.sampled_from(KINDS)

    @initialize()
    def begin(self) -> None:
        self.world = self.new_world()
        self.sequence = 0
        self.operation_count = 0
        self.acknowledged: dict[str, int] = {}
        self.rejected: set[str] = set()
        self.asked: list[tuple[str, Edit | ThroughLine]] = []
        for name in NAMES:
            self.world.join(name)

    @rule(name=people)
    def comes_or_goes(self, name: str) -> None:
        if name in self.world.clients:
            self._read(name)
            self.world.leave(name)
        else:
            self.world.join(name)

    @rule(name=people, resection_id=resection_ids, x=places, kind=kinds, again=st.integers(1, 3))
    def drag(self, name: str, resection_id: str, x: float, kind: str, again: int) -> None:
        if name in self.world.clients:
            for step in range(again):
                self.sequence += 1
                resection = self.shaped(kind, resection_id, x + step)
                self.world.say(name, PreviewResection(sequence=self.sequence, resection=resection))

    @rule(name=people, resection_id=resection_ids)
    def cancel(self, name: str, resection_id: str) -> None:
        if name in self.world.clients:
            self.world.say(name, CancelPreview(resection_id=resection_id))

    @rule(name=people, resection_id=resection_ids, x=places, kind=kinds)
    def commit(self, name: str, resection_id: str, x: float, kind: str) -> None:
        if name in self.world.clients:
            self._edit(name, CommitResection(resection=self.shaped(kind, resection_id, x), **self._head(name)))

    @rule(name=people, x=places, kinds=st.lists(kinds, max_size=len(RESECTIONS)))
    def replace(self, name: str, x: float, kinds: list[str]) -> None:
        if name in self.world.clients:
            resections = tuple(self.shaped(kind, one, x) for kind, one in zip(kinds, RESECTIONS, strict=False))
            self._edit(name, ReplacePlan(resections=resections, **self._head(name)))

    @rule(name=people, resection_id=resection_ids, x=places)
    def wish(self, name: str, resection_id: str, x: float) -> None:
        if name in self.world.clients:
            line = ((x, 0.0, 0.0), (x, 9.0, 0.0))
            self._edit(name, ThroughLine(resection_id=resection_id, points_lps_mm=line, **self._head(name)))

    @precondition(lambda self: self.world.wishes)
    @rule(which=st.integers(0, 1000), is_possible=st.booleans())
    def server_makes(self, which: int, is_possible: bool) -> None:
        index = which % len(self.world.wishes)
        if is_possible:
            self.world.make_one(index)
        else:
            name, wish = self.world.wishes.pop(index)
            self.world.do(self.world.session.not_constructed(name, wish, what="No.", cure="Draw it again."))

    @rule(name=people, resection_id=resection_ids, x=places, kind=kinds, is_stored=st.booleans())
    def drag_and_commit(self, name: str, resection_id: str, x: float, kind: str, is_stored: bool) -> None:
        self.drag(name, resection_id, x, kind, 2)
        self.commit(name, resection_id, x, kind)
        if is_stored and self.world.to_store:
            self.world.store_one()

    @rule(name=people, resection_id=resection_ids)
    def remove(self, name: str, resection_id: str) -> None:
        if name in self.world.clients:
            self._edit(name, RemoveResection(resection_id=resection_id, **self._head(name)))

    @rule(name=people, is_undo=st.booleans())
    def take_back(self, name: str, is_undo: bool) -> None:
        if name in self.world.clients:
            kind = UndoEdit if is_undo else RedoEdit
            self._edit(name, kind(**self._head(name)))

    def _head(self, name: str) -> dict[str, Any]:
        self.operation_count += 1
        return {
            "operation_id": f"op-{self.operation_count}",
            "base_revision": self.world.clients[name].plan.revision,
        }

    def _edit(self, name: str, message: Edit | ThroughLine) -> None:
        self.asked.append((name, message))
        self.world.say(name, message)

    @precondition(lambda self: self.asked)
    @rule(which=st.integers(0, 1000))
    def say_again(self, which: int) -> None:
        name, message = self.asked[which % len(self.asked)]
        # After a rejection a client asks with a new id; saying the very same again is for what was never answered.
        if name in self.world.clients and message.operation_id not in self.rejected:
            self.world.say(name, message)

    @rule(names=st.sets(people, min_size=1))
    def read(self, names: set[str]) -> None:
        for name in names & set(self.world.clients):
            self._read(name)

    @precondition(lambda self: self.world.to_store)
    @rule()
    def disk_writes(self) -> None:
        self.world.store_one()

    @precondition(lambda self: self.world.to_store)
    @rule()
    def disk_is_full(self) -> None:
        self.world.fail_to_store()

    @precondition(lambda self: self.world.questions)
    @rule(which=st.integers(0, 1000))
    def evaluator_answers(self, which: int) -> None:
        self.world.answer_one(which % len(self.world.questions))

    @precondition(lambda self: self.operation_count % 5 == 4)
    @rule()
    def server_is_killed(self) -> None:
        for name in list(self.world.clients):
            self._read(name)
        names = list(self.world.clients)
        self.world = self.new_world(tuple(self.world.disk))
        for name in names:
            self.world.join(name)

    def _read(self, name: str) -> None:
        client = self.world.clients[name]
        client.read()
        self.acknowledged.update(client.acknowledged)
        self.rejected.update(one.operation_id for one in client.rejected if one.operation_id)

    @invariant()
    def the_plan_is_the_fold_of_what_is_on_disk(self) -> None:
        assert self.world.session.plan == fold(self.world.disk)

    @invariant()
    def nothing_acknowledged_is_lost_or_doubled(self) -> None:
        stored = [operation.operation_id for operation in self.world.disk]
        assert len(stored) == len(set(stored))
        by_id = {operation.operation_id: operation.revision for operation in self.world.disk}
        assert {name: by_id.get(name) for name in self.acknowledged} == self.acknowledged

    @invariant()
    def a_person_holds_one_resection_at_most_and_is_here(self) -> None:
        holders = list(self.world.session.holders.values())
        assert len(holders) == len(set(holders))
        assert set(holders) <= set(self.world.clients)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.settle()
        session = self.world.session
        assert Session(tuple(self.world.disk), self.world.limits).history == session.history, (
            "a new server offers other steps"
        )
        for name, client in self.world.clients.items():
            assert client.plan.resections == session.plan.resections, f"{name} sees another plan"
            assert client.plan.revision == session.plan.revision
            assert client.people is not None
            assert {one.holding: one.client_id for one in client.people.people if one.holding} == session.holders
            others = {resection for resection, holder in session.holders.items() if holder != name}
            assert set(client.previews) - set(session.holders) == set(), f"{name} sees a drag that is over"
            assert others <= set(client.previews), f"{name} does not see a drag under way"
            assert client.numbers[-1].revision == session.plan.revision
            if not session.holders:
                seen = sum(self.place_of(one) for one in client.plan.resections)
                assert client.numbers[-1].numbers.flr_percent == seen, f"{name} reads numbers of another plan"


def test_any_interleaving_ends_with_one_plan_and_no_lost_change(new_world, shaped, place_of) -> None:
    class Machine(AnyInterleaving):
        pass

    Machine.new_world = staticmethod(new_world)
    Machine.shaped = staticmethod(shaped)
    Machine.place_of = staticmethod(place_of)
    run_state_machine_as_test(Machine, settings=settings(max_examples=40, stateful_step_count=50, deadline=None))
