"""The session core, without sockets: any interleaving of three people ends with one plan and no lost change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streaming.case_limits import CaseLimits
from streaming.editing import MAX_CONSTRUCTIONS, Edit
from streaming.effects import (
    Broadcast,
    Construct,
    Construction,
    Effect,
    Evaluate,
    Forget,
    Question,
    Send,
    Store,
)
from streaming.operations import Operation, SetResection, fold
from streaming.outbox import Outbox
from streaming.protocol import (
    SERVER_MESSAGE,
    BodyState,
    CancelPreview,
    ClientMessage,
    CommitResection,
    Committed,
    ConeShape,
    Numbers,
    NumbersFailed,
    People,
    PlaneResectionState,
    PlanNumbers,
    PlanState,
    PreviewCancelled,
    PreviewResection,
    RedoEdit,
    Rejected,
    RemoveResection,
    ReplacePlan,
    ResectionPreviewed,
    ResectionState,
    ServerMessage,
    SetBody,
    SpheroidShape,
    SurfaceResectionState,
    TerritoryResectionState,
    ThroughLine,
    UndoEdit,
    WedgeResectionState,
)
from streaming.session import Session

AT = "2026-01-02T03:04:05.000+00:00"
NAMES = ("ann", "bob", "cyd")
RESECTIONS = ("resection-1", "resection-2")
KINDS = ("plane", "surface", "spheroid", "cone", "territory")
LIMITS = CaseLimits(segments=frozenset(range(1, 10)), portal_branches=frozenset({3}))


def _plane(resection_id: str, x: float) -> PlaneResectionState:
    return PlaneResectionState(resection_id=resection_id, point_lps_mm=(x, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))


def _shaped(kind: str, resection_id: str, x: float) -> ResectionState:
    """A resection of the kind; x says where, or which one."""
    axis = (0.0, 0.0, 1.0)
    match kind:
        case "plane":
            return _plane(resection_id, x)
        case "surface":
            points = tuple((x + 10.0 * column, 10.0 * row, 0.0) for row in range(4) for column in range(4))
            return SurfaceResectionState(resection_id=resection_id, control_points_lps_mm=points)
        case "spheroid":
            ball = SpheroidShape(centre_lps_mm=(x, 0.0, 0.0), axis_lps=axis, radius_along_mm=9.0, radius_across_mm=8.0)
            return WedgeResectionState(resection_id=resection_id, geometry=ball, tumour="tumour_01", margin_mm=5.0)
        case "cone":
            cone = ConeShape(apex_lps_mm=(x, 0.0, 0.0), axis_lps=axis, half_angle_degrees=30.0, depth_mm=50.0)
            return WedgeResectionState(resection_id=resection_id, geometry=cone, tumour=None, margin_mm=None)
        case _:
            segments = (1 + int(x) % 9,)
            return TerritoryResectionState(resection_id=resection_id, segments=segments, portal_branches=(3,))


def _place(resection: ResectionState) -> float:
    """What tells the resection from others of its kind."""
    match resection:
        case PlaneResectionState():
            return resection.point_lps_mm[0]
        case SurfaceResectionState():
            return resection.control_points_lps_mm[0][0] + 1000.0
        case WedgeResectionState(geometry=SpheroidShape(centre_lps_mm=centre)):
            return centre[0] + 2000.0
        case WedgeResectionState(geometry=ConeShape(apex_lps_mm=apex)):
            return apex[0] + 3000.0
        case TerritoryResectionState():
            return resection.segments[0] + 4000.0
    raise AssertionError(resection)


def _numbers(question: Question) -> PlanNumbers:
    """Recognisable numbers: FLR is the sum of all places."""
    return PlanNumbers(
        volumes=(),
        flr_percent=sum(_place(one) for one in question.resections),
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


FIRST = Operation(
    revision=1,
    operation_id="first",
    author="cantlie",
    at=AT,
    base_revision=0,
    change=SetResection(resection=_plane("resection-1", 0.0)),
)


FIRST_PLANE = _plane("resection-1", 0.0)


class Client:
    """What one person knows, from messages alone."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.plan = PlanState(revision=0, resections=())
        self.people: People | None = None
        self.previews: dict[str, ResectionPreviewed] = {}
        self.numbers: list[Numbers] = []
        self.acknowledged: dict[str, int] = {}
        self.rejected: list[Rejected] = []
        self.failures: list[NumbersFailed] = []

    def read(self) -> None:
        while (text := self.outbox.pop()) is not None:
            self.hear(SERVER_MESSAGE.validate_json(text))

    def hear(self, message: ServerMessage) -> None:
        match message:
            case PlanState():
                assert message.revision >= self.plan.revision, "the plan never goes back"
                self.plan = message
            case People():
                self.people = message
            case ResectionPreviewed():
                self.previews[message.resection.resection_id] = message
            case PreviewCancelled():
                self.previews.pop(message.resection_id, None)
            case Numbers():
                self.numbers.append(message)
            case NumbersFailed():
                self.failures.append(message)
            case Committed():
                self.acknowledged[message.operation_id] = message.revision
            case Rejected():
                self.rejected.append(message)


class World:
    """A session with a disk that may fail, an evaluator that may lag, and lines that may be slow."""

    def __init__(self, durable: tuple[Operation, ...] = (FIRST,)) -> None:
        self.disk = list(durable)
        self.session = Session(durable, LIMITS)
        self.clients: dict[str, Client] = {}
        self.to_store: list[Operation] = []
        self.questions: list[Question] = []
        self.wishes: list[tuple[str, Construction]] = []
        self.do(self.session.start())

    def do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(client_id=client_id, message=message, topic=topic):
                    self.clients[client_id].outbox.put(message.model_dump_json(), topic)
                case Broadcast(message=message, topic=topic, except_client=left_out):
                    for client_id, client in self.clients.items():
                        if client_id != left_out:
                            client.outbox.put(message.model_dump_json(), topic)
                case Forget(topic=topic):
                    for client in self.clients.values():
                        client.outbox.forget(topic)
                case Store(operation=operation):
                    self.to_store.append(operation)
                case Evaluate(question=question):
                    self.questions.append(question)
                case Construct(client_id=client_id, wish=wish):
                    self.wishes.append((client_id, wish))
                case _:
                    raise AssertionError(effect)

    def join(self, name: str) -> Client:
        self.clients[name] = Client()
        self.do(self.session.join(name, display_name=name, device="desktop"))
        return self.clients[name]

    def leave(self, name: str) -> None:
        del self.clients[name]
        self.do(self.session.leave(name))

    def say(self, name: str, message: ClientMessage) -> None:
        self.do(self.session.receive(name, message, at=AT))

    def store_one(self) -> None:
        operation = self.to_store.pop(0)
        self.disk.append(operation)
        self.do(self.session.stored(operation))

    def fail_to_store(self) -> None:
        operation = self.to_store[0]
        self.to_store.clear()
        self.do(self.session.not_stored(operation, what="The disk is full.", cure="Free some space."))

    def answer_one(self, index: int = 0) -> None:
        question = self.questions.pop(index)
        self.do(self.session.answered(question, _numbers(question)))

    def make_one(self, index: int = 0) -> None:
        """Makes a wish true: the surface lies where the line begins."""
        name, wish = self.wishes.pop(index)
        assert isinstance(wish, ThroughLine)
        made = _shaped("surface", wish.resection_id, wish.points_lps_mm[0][0])
        self.do(self.session.constructed(name, wish, made, at=AT))

    def settle(self) -> None:
        while self.wishes:
            self.make_one()
        while self.to_store:
            self.store_one()
        while self.questions:
            self.answer_one()
        for client in self.clients.values():
            client.read()


def _world(*names: str) -> World:
    world = World()
    for name in names:
        world.join(name)
    world.settle()
    return world


class AnyInterleaving(RuleBasedStateMachine):
    """Three people do anything in any order; disk and evaluator fail and lag."""

    people = st.sampled_from(NAMES)
    resection_ids = st.sampled_from(RESECTIONS)
    places = st.integers(-50, 50).map(float)
    kinds = st.sampled_from(KINDS)

    @initialize()
    def begin(self) -> None:
        self.world = World()
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
                resection = _shaped(kind, resection_id, x + step)
                self.world.say(name, PreviewResection(sequence=self.sequence, resection=resection))

    @rule(name=people, resection_id=resection_ids)
    def cancel(self, name: str, resection_id: str) -> None:
        if name in self.world.clients:
            self.world.say(name, CancelPreview(resection_id=resection_id))

    @rule(name=people, resection_id=resection_ids, x=places, kind=kinds)
    def commit(self, name: str, resection_id: str, x: float, kind: str) -> None:
        if name in self.world.clients:
            self._edit(name, CommitResection(resection=_shaped(kind, resection_id, x), **self._head(name)))

    @rule(name=people, x=places, kinds=st.lists(kinds, max_size=len(RESECTIONS)))
    def replace(self, name: str, x: float, kinds: list[str]) -> None:
        if name in self.world.clients:
            resections = tuple(_shaped(kind, one, x) for kind, one in zip(kinds, RESECTIONS, strict=False))
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
        self.world = World(tuple(self.world.disk))
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
        assert Session(tuple(self.world.disk), LIMITS).history == session.history, "a new server offers other steps"
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
                seen = sum(_place(one) for one in client.plan.resections)
                assert client.numbers[-1].numbers.flr_percent == seen, f"{name} reads numbers of another plan"


AnyInterleaving.TestCase.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
TestAnyInterleaving = AnyInterleaving.TestCase


def test_a_commit_is_acknowledged_only_once_it_is_stored() -> None:
    world = _world("ann", "bob")
    message = CommitResection(operation_id="a1", base_revision=1, resection=_plane("resection-1", 5.0))
    world.say("ann", message)
    for name in ("ann", "bob"):
        world.clients[name].read()
        assert world.clients[name].plan.revision == 1
    assert world.clients["ann"].acknowledged == {}
    world.store_one()
    world.clients["ann"].read()
    assert world.clients["ann"].acknowledged == {"a1": 2}


def test_the_last_of_two_writers_who_saw_each_other_wins() -> None:
    world = _world("ann", "bob")
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=_plane("resection-1", 5.0)))
    world.settle()
    world.say("bob", CommitResection(operation_id="b1", base_revision=2, resection=_plane("resection-1", 7.0)))
    world.settle()
    assert world.session.plan.resections == (_plane("resection-1", 7.0),)


def test_a_change_of_another_resection_makes_nobody_stale() -> None:
    world = _world("ann", "bob")
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=_plane("resection-2", 5.0)))
    world.say("bob", CommitResection(operation_id="b1", base_revision=1, resection=_plane("resection-1", 7.0)))
    world.settle()
    assert world.clients["bob"].rejected == []
    assert world.session.plan.revision == 3


def test_a_stale_commit_is_judged_against_pending_changes_too() -> None:
    world = _world("ann", "bob")
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=_plane("resection-1", 5.0)))
    world.say("bob", CommitResection(operation_id="b1", base_revision=1, resection=_plane("resection-1", 7.0)))
    world.settle()
    assert [one.code for one in world.clients["bob"].rejected] == ["stale"]
    assert world.session.plan.resections == (_plane("resection-1", 5.0),)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (RemoveResection(operation_id="x", base_revision=1, resection_id="absent"), "unknown_resection"),
        (CommitResection(operation_id="x", base_revision=9, resection=_plane("resection-1", 1.0)), "invalid"),
        (
            CommitResection(
                operation_id="x",
                base_revision=1,
                resection=PlaneResectionState(
                    resection_id="resection-1", point_lps_mm=(0.0, 0.0, 0.0), normal_lps=(0.0, 0.0, 0.0)
                ),
            ),
            "invalid",
        ),
        (CommitResection(operation_id="first", base_revision=1, resection=_plane("resection-1", 1.0)), "invalid"),
    ],
    ids=["unknown", "future revision", "zero normal", "used id"],
)
def test_a_senseless_change_is_rejected_and_the_plan_stays(message: ClientMessage, code: str) -> None:
    world = _world("ann")
    world.say("ann", message)
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == [code]
    assert world.session.plan.revision == 1


def test_a_plan_holds_sixteen_resections() -> None:
    world = _world("ann")
    for number in range(2, 18):
        resection = _plane(f"resection-{number}", 1.0)
        world.say("ann", CommitResection(operation_id=f"a{number}", base_revision=1, resection=resection))
    world.settle()
    assert len(world.session.plan.resections) == 16
    assert [one.code for one in world.clients["ann"].rejected] == ["invalid"]


def test_being_told_held_once_a_hold_is_enough() -> None:
    world = _world("ann", "bob")
    world.say("ann", PreviewResection(sequence=1, resection=_plane("resection-1", 1.0)))
    for sequence in range(5):
        world.say("bob", PreviewResection(sequence=sequence, resection=_plane("resection-1", 2.0)))
    world.settle()
    assert [one.code for one in world.clients["bob"].rejected] == ["held"]
    assert world.session.holders == {"resection-1": "ann"}
    world.say("ann", CancelPreview(resection_id="resection-1"))
    world.say("bob", PreviewResection(sequence=9, resection=_plane("resection-1", 2.0)))
    assert world.session.holders == {"resection-1": "bob"}


def test_a_late_or_doubled_preview_is_ignored() -> None:
    world = _world("ann", "bob")
    for sequence, x in ((5, 5.0), (4, 4.0), (5, 6.0)):
        world.say("ann", PreviewResection(sequence=sequence, resection=_plane("resection-1", x)))
    world.settle()
    assert world.clients["bob"].previews["resection-1"].resection == _plane("resection-1", 5.0)


def test_numbers_of_a_drag_that_is_over_are_not_shown() -> None:
    world = _world("ann")
    world.say("ann", PreviewResection(sequence=1, resection=_plane("resection-1", 33.0)))
    late = world.questions.pop()
    world.say("ann", CancelPreview(resection_id="resection-1"))
    world.settle()
    world.do(world.session.answered(late, _numbers(late)))
    world.settle()
    assert world.clients["ann"].numbers[-1].numbers.flr_percent == 0.0


def test_numbers_of_a_drag_that_wait_unsent_when_it_ends_are_never_sent() -> None:
    world = _world("ann", "bob")
    world.say("ann", PreviewResection(sequence=1, resection=_plane("resection-1", 33.0)))
    world.answer_one()
    world.say("ann", CancelPreview(resection_id="resection-1"))
    world.clients["bob"].read()
    assert [one.numbers.flr_percent for one in world.clients["bob"].numbers] == [0.0, 0.0]
    assert world.clients["bob"].previews == {}


def test_numbers_of_a_drag_are_those_of_everything_that_moves() -> None:
    world = _world("ann", "bob")
    world.say("ann", PreviewResection(sequence=1, resection=_plane("resection-1", 10.0)))
    world.say("bob", PreviewResection(sequence=1, resection=_plane("resection-2", 5.0)))
    world.settle()
    assert world.clients["ann"].numbers[-1].numbers.flr_percent == 15.0


def test_an_end_of_a_drag_that_waits_unsent_outlives_the_readers_own_drag() -> None:
    world = _world("ann", "bob")
    world.say("bob", PreviewResection(sequence=1, resection=_plane("resection-1", 3.0)))
    world.clients["ann"].read()
    world.leave("bob")
    world.say("ann", PreviewResection(sequence=1, resection=_plane("resection-1", 4.0)))
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=_plane("resection-1", 5.0)))
    world.fail_to_store()
    world.settle()
    assert world.clients["ann"].previews == {}


@pytest.mark.parametrize("is_stored", [True, False], ids=["stored", "not stored"])
def test_who_takes_a_resection_whose_commit_waits_no_longer_sees_the_drag_before(*, is_stored: bool) -> None:
    world = _world("ann", "bob", "cyd")
    world.say("bob", PreviewResection(sequence=1, resection=_plane("resection-1", 3.0)))
    world.clients["ann"].read()
    world.say("bob", CommitResection(operation_id="b1", base_revision=1, resection=_plane("resection-1", 3.0)))
    world.say("ann", PreviewResection(sequence=1, resection=_plane("resection-1", 4.0)))
    if is_stored:
        world.store_one()
    else:
        world.fail_to_store()
    world.say("ann", CancelPreview(resection_id="resection-1"))
    world.settle()
    assert [client.previews for client in world.clients.values()] == [{}, {}, {}]


def test_a_full_disk_rejects_everything_that_waits_and_keeps_the_plan() -> None:
    world = _world("ann", "bob")
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=_plane("resection-1", 5.0)))
    world.say("ann", CommitResection(operation_id="a2", base_revision=2, resection=_plane("resection-1", 6.0)))
    world.fail_to_store()
    world.settle()
    assert [(one.operation_id, one.code) for one in world.clients["ann"].rejected] == [
        ("a1", "not_saved"),
        ("a2", "not_saved"),
    ]
    assert world.clients["bob"].plan == PlanState(revision=1, resections=(_plane("resection-1", 0.0),))


def test_names_are_shown_without_control_characters_and_nobody_is_nameless() -> None:
    world = World()
    world.clients["x"] = Client()
    world.do(world.session.join("x", display_name="\x1b\u202eAnn\n ", device="desktop"))
    world.join("y")
    world.clients["z"] = Client()
    world.do(world.session.join("z", display_name=" ", device="desktop"))
    world.settle()
    people = world.clients["x"].people
    assert people is not None
    assert [one.display_name for one in people.people] == ["Ann", "y", "Guest 3"]
    assert len({one.colour for one in people.people}) == 3


def _wish(operation_id: str, x: float = 5.0, *, resection_id: str = "resection-2") -> ThroughLine:
    line = ((x, 0.0, 0.0), (x, 9.0, 0.0))
    return ThroughLine(operation_id=operation_id, base_revision=1, resection_id=resection_id, points_lps_mm=line)


def test_a_resection_that_the_server_made_is_the_commit_of_who_wished_for_it() -> None:
    world = _world("ann", "bob")
    world.say("ann", _wish("a1"))
    assert world.to_store == []
    world.make_one()
    world.settle()
    assert world.clients["ann"].acknowledged == {"a1": 2}
    assert world.clients["bob"].plan.resections == (FIRST_PLANE, _shaped("surface", "resection-2", 5.0))
    assert world.disk[-1].author == "ann"


def test_a_wish_said_again_after_a_drop_is_acknowledged_and_not_made_twice() -> None:
    world = _world("ann")
    world.say("ann", _wish("a1"))
    world.say("ann", _wish("a1"))
    world.settle()
    world.say("ann", _wish("a1"))
    assert world.wishes == []
    world.say("ann", _wish("a1", resection_id="resection-9"))
    world.settle()
    assert world.clients["ann"].acknowledged == {"a1": 2}
    assert world.session.plan.revision == 2
    assert [one.code for one in world.clients["ann"].rejected] == ["invalid"]


def test_a_wish_that_cannot_come_true_is_rejected_with_a_cure() -> None:
    world = _world("ann")
    world.say("ann", _wish("a1"))
    name, wish = world.wishes.pop()
    world.do(world.session.not_constructed(name, wish, what="The line is too short.", cure="Draw a longer one."))
    world.settle()
    (rejected,) = world.clients["ann"].rejected
    assert (rejected.operation_id, rejected.code, rejected.cure) == ("a1", "invalid", "Draw a longer one.")


def test_a_person_has_few_wishes_at_once_and_new_ones_when_those_are_over() -> None:
    world = _world("ann", "bob")
    for number in range(MAX_CONSTRUCTIONS + 1):
        world.say("ann", _wish(f"a{number}", resection_id=f"r{number}"))
    world.say("bob", _wish("b1", resection_id="rb"))
    assert len(world.wishes) == MAX_CONSTRUCTIONS + 1, "one is ann's too many, one is bob's"
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["busy"]
    world.say("ann", _wish("again", resection_id="r9"))
    assert len(world.wishes) == 1


def test_who_left_before_their_wish_came_true_finds_it_in_the_plan() -> None:
    world = _world("ann", "bob")
    world.say("ann", _wish("a1"))
    world.leave("ann")
    world.settle()
    assert world.clients["bob"].plan.resections[-1] == _shaped("surface", "resection-2", 5.0)
    world.join("ann")
    world.say("ann", _wish("a1"))
    world.settle()
    assert world.clients["ann"].acknowledged == {"a1": 2}


def test_a_whole_plan_is_replaced_in_one_operation() -> None:
    world = _world("ann", "bob")
    new = (_shaped("cone", "resection-8", 3.0), _shaped("territory", "resection-9", 2.0))
    world.say("ann", ReplacePlan(operation_id="a1", base_revision=1, resections=new))
    world.settle()
    assert world.session.plan.revision == 2
    assert world.clients["bob"].plan.resections == new
    world.say("ann", ReplacePlan(operation_id="a1", base_revision=1, resections=new))
    world.settle()
    assert world.clients["ann"].acknowledged == {"a1": 2}
    assert world.session.plan.revision == 2


def test_a_plan_is_not_replaced_under_the_hand_of_another() -> None:
    world = _world("ann", "bob")
    world.say("bob", PreviewResection(sequence=1, resection=_plane("resection-7", 1.0)))
    world.say("ann", ReplacePlan(operation_id="a1", base_revision=1, resections=()))
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["held"]
    world.say("bob", CancelPreview(resection_id="resection-7"))
    world.say("ann", ReplacePlan(operation_id="a2", base_revision=1, resections=()))
    world.settle()
    assert world.clients["bob"].plan.resections == ()


def test_a_plan_that_another_changed_is_not_replaced_unseen() -> None:
    world = _world("ann", "bob")
    world.say("bob", CommitResection(operation_id="b1", base_revision=1, resection=_plane("resection-2", 7.0)))
    world.say("ann", ReplacePlan(operation_id="a1", base_revision=1, resections=()))
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["stale"]
    assert len(world.session.plan.resections) == 2


def test_height_and_weight_are_part_of_the_plan_and_of_every_question() -> None:
    world = _world("ann", "bob")
    body = BodyState(height_cm=175.0, weight_kg=70.0)
    world.say("ann", SetBody(operation_id="a1", base_revision=1, body=body))
    world.store_one()
    assert world.questions[-1].body == body
    world.settle()
    assert world.clients["bob"].plan.body == body
    world.say("bob", SetBody(operation_id="b1", base_revision=1, body=None))
    world.say("bob", CommitResection(operation_id="b2", base_revision=1, resection=_plane("resection-1", 7.0)))
    world.settle()
    assert [(one.operation_id, one.code) for one in world.clients["bob"].rejected] == [("b1", "stale")]
    assert world.session.plan.body == body
    assert fold(world.disk) == world.session.plan


def test_two_resections_of_one_id_make_no_plan() -> None:
    world = _world("ann")
    twice = (_plane("resection-1", 1.0), _shaped("cone", "resection-1", 2.0))
    world.say("ann", ReplacePlan(operation_id="a1", base_revision=1, resections=twice))
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["invalid"]


@pytest.mark.parametrize(
    "resection",
    [
        TerritoryResectionState(resection_id="t", segments=(), portal_branches=(4,)),
        TerritoryResectionState(resection_id="t", segments=(), portal_branches=()),
        TerritoryResectionState(resection_id="t", segments=(12,), portal_branches=()),
        SurfaceResectionState(resection_id="s", control_points_lps_mm=((0.0, 0.0, 0.0),) * 16),
        WedgeResectionState(
            resection_id="w",
            geometry=ConeShape(apex_lps_mm=(0.0,) * 3, axis_lps=(0.0,) * 3, half_angle_degrees=30.0, depth_mm=9.0),
            tumour=None,
            margin_mm=None,
        ),
    ],
    ids=["no such branch", "of nothing", "no such segment", "folded surface", "no axis"],
)
def test_a_resection_that_makes_no_sense_in_this_liver_is_neither_shown_nor_stored(resection: ResectionState) -> None:
    world = _world("ann", "bob")
    world.say("ann", PreviewResection(sequence=1, resection=resection))
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=resection))
    world.say("ann", ReplacePlan(operation_id="a2", base_revision=1, resections=(resection,)))
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["invalid"] * 3
    assert world.clients["bob"].previews == {}
    assert world.session.plan.revision == 1


def test_a_case_without_a_map_says_that_it_has_no_territories() -> None:
    session = Session((FIRST,))
    session.join("ann", display_name="Ann", device="desktop")
    territory = TerritoryResectionState(resection_id="t", segments=(1,), portal_branches=())
    effects = session.receive("ann", PreviewResection(sequence=1, resection=territory), at=AT)
    rejected = next(one.message for one in effects if isinstance(one, Send) and isinstance(one.message, Rejected))
    assert "no segments" in rejected.message


def test_a_plan_without_numbers_says_why_and_the_next_one_has_them() -> None:
    world = _world("ann")
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=_plane("resection-1", 5.0)))
    world.store_one()
    question = world.questions.pop()
    world.do(world.session.not_answered(question, what="The surface folds.", cure="Move it back."))
    world.settle()
    late = world.join("bob")
    late.read()
    for client in world.clients.values():
        assert client.failures[-1] == NumbersFailed(
            revision=2, preview_by=None, sequence=None, message="The surface folds.", cure="Move it back."
        )
    world.say("ann", CommitResection(operation_id="a2", base_revision=2, resection=_plane("resection-1", 6.0)))
    world.settle()
    assert world.clients["bob"].numbers[-1].numbers.flr_percent == 6.0


def test_details_of_where_a_hand_rested_do_not_come_after_where_it_is_now() -> None:
    world = _world("ann")
    world.say("ann", PreviewResection(sequence=1, resection=_plane("resection-1", 10.0)))
    rested = world.questions[-1]
    world.say("ann", PreviewResection(sequence=2, resection=_plane("resection-1", 20.0)))
    world.settle()
    world.do(world.session.answered(rested, _numbers(rested)))
    world.settle()
    assert world.clients["ann"].numbers[-1].numbers.flr_percent == 20.0


def test_a_drag_that_is_over_does_not_fail_either() -> None:
    world = _world("ann")
    world.say("ann", PreviewResection(sequence=1, resection=_plane("resection-1", 33.0)))
    late = world.questions.pop()
    world.say("ann", CancelPreview(resection_id="resection-1"))
    world.do(world.session.not_answered(late, what="No.", cure="."))
    world.settle()
    assert world.clients["ann"].failures == []


def test_the_log_reads_back_as_it_was_written() -> None:
    assert Operation.model_validate_json(FIRST.model_dump_json()) == FIRST
    assert json.loads(FIRST.model_dump_json())["change"]["kind"] == "set"
