"""Undo and redo per person: back exactly where nothing came in between, never at the cost of somebody else's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.sentence_catalogue import SENTENCES
from streaming.protocol import (
    BodyState,
    ClientMessage,
    CommitResection,
    Committed,
    PlaneResectionState,
    PreviewResection,
    RedoEdit,
    Rejected,
    RemoveResection,
    ReplacePlan,
    SetBody,
    SurfaceResectionState,
    TerritoryResectionState,
    Undoable,
    UndoEdit,
)
from streaming.session.changes import OPERATION, Operation, RestoreEarlier, SetResection
from streaming.session.effects import Send, Store
from streaming.session.history import DEPTH, content_of
from streaming.session.operations import Plan, fold
from streaming.session.session import Session

AT = "2026-01-02T03:04:05.000+00:00"
NAMES = ("ann", "bob", "cyd")
CUTS = ("r1", "r2", "r3")


def _plane(resection_id: str, x: float, normal: tuple[float, float, float] = (1.0, 0.0, 0.0)) -> PlaneResectionState:
    return PlaneResectionState(resection_id=resection_id, point_lps_mm=(x, 0.0, 0.0), normal_lps=normal)


def _surface(resection_id: str, x: float, height: float = 0.0) -> SurfaceResectionState:
    grid = [(x + 10.0 * column, 10.0 * row, 0.0) for row in range(4) for column in range(4)]
    grid[5] = (grid[5][0], grid[5][1], height)
    return SurfaceResectionState(resection_id=resection_id, control_points_lps_mm=tuple(grid))


FIRST = Operation(
    revision=1,
    operation_id="first",
    author="cantlie",
    at=AT,
    base_revision=0,
    change=SetResection(resection=_plane("r1", 0.0)),
)


class Room:
    """A session whose disk writes at once, and what each person heard last."""

    def __init__(self, disk: tuple[Operation, ...] = (FIRST,), start: BodyState | None = None) -> None:
        self.start = Plan(body=start)
        self.disk = list(disk)
        self.session = Session(disk, None, start)
        self.offers: dict[str, Undoable] = {}
        self.answers: dict[str, Committed | Rejected] = {}
        self._count = len(disk)
        for name in NAMES:
            self.join(name)

    @property
    def plan(self) -> Plan:
        return self.session.plan

    def join(self, name: str) -> None:
        self._do(self.session.join(name, display_name=name.capitalize(), device="desktop"))

    def say(self, name: str, message: ClientMessage) -> Committed | Rejected | None:
        self.answers.pop(name, None)
        self._do(self.session.receive(name, message, at=AT))
        return self.answers.get(name)

    def head(self) -> dict[str, Any]:
        self._count += 1
        return {"operation_id": f"op-{self._count}", "base_revision": self.plan.revision}

    def set(self, name: str, resection: Any) -> Committed | Rejected | None:
        return self.say(name, CommitResection(resection=resection, **self.head()))

    def undo(self, name: str) -> Committed | Rejected | None:
        return self.say(name, UndoEdit(**self.head()))

    def redo(self, name: str) -> Committed | Rejected | None:
        return self.say(name, RedoEdit(**self.head()))

    def offered(self, name: str) -> tuple[str | None, str | None]:
        """What the person could undo and redo; the codes that clients word say the same."""
        offer = self.offers[name]
        for words, said in ((offer.undo, offer.undo_said), (offer.redo, offer.redo_said)):
            assert (words is None) is (said is None)
            if said is not None:
                thing, *values = said.values
                assert SENTENCES[said.code][0].format(SENTENCES[thing][0].format(*values)) == words
        return offer.undo, offer.redo

    def restarted(self) -> Room:
        lines = [operation.model_dump_json() for operation in self.disk]
        again = Room(tuple(OPERATION.validate_json(line) for line in lines), self.start.body)
        again._count = self._count
        return again

    def _do(self, effects: list[Any]) -> None:
        for effect in effects:
            match effect:
                case Store(operation=operation):
                    self.disk.append(operation)
                    self._do(self.session.stored(operation))
                case Send(client_id=name, message=Undoable() as offer):
                    self.offers[name] = offer
                case Send(client_id=name, message=(Committed() | Rejected()) as answer):
                    self.answers[name] = answer
                case _:
                    pass


def _values(plan: Plan) -> dict[str, Any]:
    """By property: everything that a plan says but the order of its resections."""
    return {**{one.resection_id: one for one in plan.resections}, "body": plan.body}


@dataclass
class Done:
    """What the model knows of an operation: it is in force until it is undone."""

    author: str
    gave: dict[str, Any]
    is_in_force: bool = True


class Undoing(RuleBasedStateMachine):
    """Three people edit, undo and redo; the model keeps for each property who gave it a value, the newest in force."""

    people = st.sampled_from(NAMES)
    cuts = st.sampled_from(CUTS)
    places = st.integers(-9, 9).map(float)

    @initialize()
    def begin(self) -> None:
        self.room = Room()
        self.begun = _values(self.room.plan)
        self.done: dict[int, Done] = {}

    def _edit(self, name: str, message: ClientMessage) -> None:
        before = _values(self.room.plan)
        answer = self.room.say(name, message)
        if isinstance(answer, Committed):
            after = _values(self.room.plan)
            keys = {key for key in {*before, *after} if before.get(key) != after.get(key)}
            self.done[answer.revision] = Done(author=name, gave={key: after.get(key) for key in keys})

    @rule(name=people, cut=cuts, x=places, is_curved=st.booleans())
    def set(self, name: str, cut: str, x: float, is_curved: bool) -> None:
        resection = _surface(cut, x) if is_curved else _plane(cut, x)
        self._edit(name, CommitResection(resection=resection, **self.room.head()))

    @rule(name=people, cut=cuts)
    def remove(self, name: str, cut: str) -> None:
        self._edit(name, RemoveResection(resection_id=cut, **self.room.head()))

    @rule(name=people, cuts=st.permutations(CUTS), count=st.integers(0, 3), x=places, is_kept=st.booleans())
    def replace(self, name: str, cuts: list[str], count: int, x: float, is_kept: bool) -> None:
        kept = {one.resection_id: one for one in self.room.plan.resections} if is_kept else {}
        resections = tuple(kept.get(cut, _plane(cut, x)) for cut in cuts[:count])
        self._edit(name, ReplacePlan(resections=resections, **self.room.head()))

    @rule(name=people, weight=st.one_of(st.none(), st.integers(40, 44).map(float)))
    def weigh(self, name: str, weight: float | None) -> None:
        body = None if weight is None else BodyState(height_cm=170.0, weight_kg=weight)
        self._edit(name, SetBody(body=body, **self.room.head()))

    @rule(name=people, is_undo=st.booleans())
    def take_back(self, name: str, is_undo: bool) -> None:
        before, log = self.room.plan, len(self.room.disk)
        answer = self.room.undo(name) if is_undo else self.room.redo(name)
        if isinstance(answer, Rejected):
            nothing = "nothing_to_undo" if is_undo else "nothing_to_redo"
            assert answer.code in {nothing, "overtaken"}
            assert (self.room.plan, len(self.room.disk)) == (before, log), "refused, so nothing changed"
            return
        change = self.room.disk[-1].change
        assert isinstance(change, RestoreEarlier)
        done = self.done[change.of_revision]
        assert done.author == name, "nobody undoes what is somebody else's"
        assert done.is_in_force is is_undo
        if is_undo:
            given_by = {key: self._giver(key) for key in done.gave}
            assert set(given_by.values()) <= {change.of_revision}, "somebody's newer work was undone"
        done.is_in_force = not is_undo

    @precondition(lambda self: self.room.plan.revision % 4 == 3)
    @rule()
    def everybody_comes_back_to_a_new_server(self) -> None:
        before = self.room.session.history
        self.room = self.room.restarted()
        assert self.room.session.history == before

    @rule(name=people, cut=cuts, x=places)
    def there_and_back_and_there_again(self, name: str, cut: str, x: float) -> None:
        before = content_of(self.room.plan)
        answer = self.room.set(name, _plane(cut, x, (0.0, 1.0, 0.0)))
        between = content_of(self.room.plan)
        assert isinstance(answer, Committed)
        if between == before:
            return
        assert isinstance(self.room.undo(name), Committed)
        assert content_of(self.room.plan) == before
        assert isinstance(self.room.redo(name), Committed)
        assert content_of(self.room.plan) == between
        self.room.undo(name)
        self.done[answer.revision] = Done(author=name, gave={cut: _values_of(between).get(cut)}, is_in_force=False)

    def _giver(self, key: str) -> int | None:
        return max(
            (revision for revision, one in self.done.items() if one.is_in_force and key in one.gave), default=None
        )

    @invariant()
    def every_property_is_what_the_newest_operation_in_force_gave_it(self) -> None:
        values = _values(self.room.plan)
        for key in {*CUTS, "body"}:
            giver = self._giver(key)
            expected = self.begun.get(key) if giver is None else self.done[giver].gave[key]
            assert values.get(key) == expected, key

    @invariant()
    def the_log_read_again_gives_the_same_plan(self) -> None:
        assert fold(self.room.disk) == self.room.plan


def _values_of(content: Any) -> dict[str, Any]:
    return {one.resection_id: one for one in content.resections}


Undoing.TestCase.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
TestUndoing = Undoing.TestCase


@st.composite
def _edits(draw: st.DrawFn) -> ClientMessage:
    kind, cut, x = draw(st.sampled_from("spradw")), draw(st.sampled_from(CUTS)), draw(st.integers(-9, 9).map(float))
    head = {"operation_id": "set later", "base_revision": 0}
    match kind:
        case "s":
            return CommitResection.model_construct(resection=_surface(cut, x), **head)
        case "r":
            cuts = draw(st.permutations(CUTS))[: draw(st.integers(0, 3))]
            return ReplacePlan.model_construct(resections=tuple(_plane(one, x) for one in cuts), **head)
        case "d":
            return RemoveResection.model_construct(resection_id=cut, **head)
        case "w":
            return SetBody.model_construct(body=BodyState(height_cm=150.0, weight_kg=50.0 + x), **head)
        case _:
            return CommitResection.model_construct(resection=_plane(cut, x), **head)


@given(edits=st.lists(_edits(), max_size=25))
@settings(max_examples=60, deadline=None)
def test_undone_one_by_one_the_plan_is_what_it_was_each_time_and_redone_again(edits: list[ClientMessage]) -> None:
    room = Room(start=BodyState(height_cm=180.0, weight_kg=80.0))
    contents = [content_of(room.plan)]
    for edit in edits:
        room.say("ann", edit.model_copy(update=room.head()))
        if content_of(room.plan) != contents[-1]:
            contents.append(content_of(room.plan))
    for content in reversed(contents[:-1]):
        assert isinstance(room.undo("ann"), Committed)
        assert content_of(room.plan) == content
    assert _code(room.undo("ann")) == "nothing_to_undo"
    for content in contents[1:]:
        assert isinstance(room.redo("ann"), Committed)
        assert content_of(room.plan) == content
    assert _code(room.redo("ann")) == "nothing_to_redo"
    assert fold(room.disk, room.start) == room.plan


def _code(answer: Committed | Rejected | None) -> str | None:
    return answer.code if isinstance(answer, Rejected) else None


def test_who_would_undo_the_work_of_another_is_told_whose_and_what_and_nothing_changes() -> None:
    room = Room()
    room.set("ann", _plane("r1", 5.0))
    room.set("bob", _plane("r1", 5.0, (-1.0, 0.0, 0.0)))
    before = room.plan
    refused = room.undo("ann")
    assert isinstance(refused, Rejected)
    assert refused.code == "overtaken"
    assert refused.message == 'Bob flipped cut 1 after you. To undo "move cut 1" would undo their work.'
    assert "Bob" in refused.cure
    assert room.plan == before


def test_what_another_did_and_took_back_themselves_is_in_nobodys_way() -> None:
    room = Room()
    room.set("ann", _plane("r1", 5.0))
    room.set("bob", _plane("r1", 7.0))
    assert _code(room.undo("ann")) == "overtaken"
    assert room.offered("ann") == (None, None)
    room.undo("bob")
    assert room.offered("ann") == ("move cut 1", None)
    room.undo("ann")
    assert room.plan.resections == (_plane("r1", 0.0),)


def test_a_change_back_by_hand_is_anothers_work_all_the_same() -> None:
    room = Room()
    room.set("ann", _plane("r1", 5.0))
    room.set("bob", _plane("r1", 7.0))
    room.set("bob", _plane("r1", 5.0))
    assert _code(room.undo("ann")) == "overtaken"


def test_after_a_refusal_undo_goes_on_with_what_the_person_did_before() -> None:
    room = Room()
    room.set("ann", _plane("r2", 1.0))
    room.set("ann", _plane("r1", 5.0))
    room.set("bob", _plane("r1", 7.0))
    assert _code(room.undo("ann")) == "overtaken"
    assert room.offered("ann")[0] == "add cut 2"
    room.undo("ann")
    assert room.plan.resections == (_plane("r1", 7.0),)
    assert _code(room.undo("ann")) == "overtaken", "with nothing else left the reason is said again"


def test_a_redo_over_what_another_made_meanwhile_is_refused() -> None:
    room = Room()
    room.set("ann", _plane("r1", 5.0))
    room.undo("ann")
    room.set("bob", _surface("r1", 2.0))
    refused = room.redo("ann")
    assert isinstance(refused, Rejected)
    assert refused.message.startswith("Bob bent cut 1 after you.")


def test_a_redo_of_what_stood_on_anothers_change_that_is_gone_is_refused() -> None:
    room = Room()
    room.set("bob", _plane("r1", 2.0))
    room.set("ann", _plane("r1", 5.0))
    room.undo("ann")
    room.undo("bob")
    refused = room.redo("ann")
    assert isinstance(refused, Rejected)
    assert refused.message.startswith("Bob undid a change of cut 1 after you.")


def test_a_new_edit_ends_what_can_be_redone() -> None:
    room = Room()
    room.set("ann", _plane("r1", 5.0))
    room.undo("ann")
    room.set("ann", _plane("r1", 6.0))
    assert _code(room.redo("ann")) == "nothing_to_redo"


def test_what_others_made_elsewhere_stays_when_a_whole_plan_is_taken_back() -> None:
    room = Room()
    room.say("ann", ReplacePlan(resections=(_plane("r8", 1.0), _plane("r9", 2.0)), **room.head()))
    room.set("bob", _plane("r5", 3.0))
    room.undo("ann")
    assert [one.resection_id for one in room.plan.resections] == ["r1", "r5"]
    room.redo("ann")
    assert [one.resection_id for one in room.plan.resections] == ["r8", "r9", "r5"]


def test_the_last_two_hundred_operations_of_a_person_can_be_undone() -> None:
    room = Room()
    for number in range(DEPTH + 5):
        room.set("ann", _plane("r1", 1.0 + number))
        room.set("bob", _plane("r2", 1.0 + number))
    for _ in range(DEPTH):
        assert isinstance(room.undo("ann"), Committed)
    assert _code(room.undo("ann")) == "nothing_to_undo"
    assert room.plan.resection("r1") == _plane("r1", 5.0)
    assert room.plan.resection("r2") == _plane("r2", DEPTH + 5.0)


def test_who_comes_back_to_a_restarted_server_goes_on_where_they_were() -> None:
    room = Room()
    room.set("ann", _plane("r1", 5.0))
    room.set("ann", _plane("r1", 6.0))
    room.undo("ann")
    again = room.restarted()
    assert again.offered("ann") == ("move cut 1", "move cut 1")
    assert again.offered("bob") == (None, None)
    again.redo("ann")
    assert again.plan.resections == (_plane("r1", 6.0),)


def test_an_undo_said_again_after_a_drop_is_acknowledged_and_not_done_twice() -> None:
    room = Room()
    room.set("ann", _plane("r1", 5.0))
    room.set("ann", _plane("r1", 6.0))
    message = UndoEdit(**room.head())
    room.say("ann", message)
    assert room.say("ann", message) == Committed(operation_id=message.operation_id, revision=4)
    assert room.plan.resections == (_plane("r1", 5.0),)
    assert _code(room.say("ann", RedoEdit(operation_id=message.operation_id, base_revision=4))) == "invalid"


def test_nothing_is_undone_under_the_hand_of_another() -> None:
    room = Room()
    room.set("ann", _plane("r1", 5.0))
    room.say("bob", PreviewResection(sequence=1, resection=_plane("r1", 9.0)))
    assert _code(room.undo("ann")) == "held"


def test_a_removal_that_would_make_too_many_resections_again_is_not_undone() -> None:
    room = Room()
    room.say("ann", RemoveResection(resection_id="r1", **room.head()))
    for number in range(16):
        room.set("bob", _plane(f"b{number}", 1.0))
    assert _code(room.undo("ann")) == "invalid"
    assert len(room.plan.resections) == 16


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ([_plane("r1", 1.0, (0.0, 1.0, 0.0))], "move cut 1"),
        ([_plane("r1", 0.0, (0.0, 1.0, 0.0))], "turn cut 1"),
        ([_plane("r1", 0.0, (-1.0, 0.0, 0.0))], "flip cut 1"),
        ([_plane("r2", 0.0)], "add cut 2"),
        ([_surface("r1", 0.0)], "bend cut 1"),
        ([_surface("r1", 0.0), _surface("r1", 4.0)], "move cut 1"),
        ([_surface("r1", 0.0), _surface("r1", 0.0, height=3.0)], "reshape cut 1"),
        ([BodyState(height_cm=170.0, weight_kg=70.0)], "enter height and weight"),
        ([BodyState(height_cm=170.0, weight_kg=70.0), None], "take out height and weight"),
        ([()], "replace the plan"),
        (["r1"], "remove cut 1"),
    ],
)
def test_what_would_be_undone_is_said_in_words(changes: list[Any], title: str) -> None:
    room = Room()
    for change in changes:
        match change:
            case PlaneResectionState() | SurfaceResectionState() | TerritoryResectionState():
                room.set("ann", change)
            case BodyState() | None:
                room.say("ann", SetBody(body=change, **room.head()))
            case str():
                room.say("ann", RemoveResection(resection_id=change, **room.head()))
            case _:
                room.say("ann", ReplacePlan(resections=change, **room.head()))
    assert room.offered("ann")[0] == title


def test_the_number_of_a_cut_is_the_one_that_it_has_now() -> None:
    room = Room()
    room.set("ann", _plane("r2", 1.0))
    room.say("bob", RemoveResection(resection_id="r1", **room.head()))
    assert room.offered("ann")[0] == "add cut 1"
