"""Any interleaving of three people, whatever they may do, ends with one set of plans and no lost change."""

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
    FIRST_PLAN_ID,
    BodyState,
    CancelPreview,
    CommitResection,
    ConfirmPlan,
    CopyOfPlan,
    CopyOfVersion,
    CreatePlan,
    DistanceState,
    EmptyPlan,
    KeepVersion,
    LookAtPlan,
    Measured,
    Numbers,
    PinState,
    PreviewResection,
    ProposePlan,
    RedoEdit,
    RemoveMeasurement,
    RemovePin,
    RemovePlan,
    RemoveResection,
    RenamePlan,
    ReplacePlan,
    ResectionState,
    RestoreVersion,
    Role,
    SetBody,
    SetMeasurement,
    SetPin,
    ThroughLine,
    UndoEdit,
    WithdrawPlan,
    may,
)
from streaming.session.effects import Send
from streaming.session.operations import fold
from streaming.session.plan_messages import plan_state, plans_message
from streaming.simulation.checks import LogCheck
from streaming.simulation.plain_numbers import plain_value

NAMES = ("ann", "bob", "cyd")
PLANS = (FIRST_PLAN_ID, "b", "c")
TITLES = ("Wide", "Narrow", "Plan 1")
"""Few of each, so that people get in each other's way."""

KINDS = ("plane", "surface", "spheroid", "cone", "territory")
OF_THE_LIST = (CreatePlan, RenamePlan)
"""Judged by what their author saw of the list of plans, not of one plan."""


def cut_of(plan_id: str, number: int) -> tuple[str, str]:
    """A plan, and one of its cuts: called as the copies in it are."""
    return plan_id, f"resection-{number}" if plan_id == FIRST_PLAN_ID else f"{plan_id}.{number}"


class AnyInterleaving(RuleBasedStateMachine):
    """Three people of any role do anything in any order; disk and evaluator fail and lag."""

    # A machine takes no fixtures: the test below hands them over.
    new_world: Callable[..., Any]
    shaped: Callable[..., ResectionState]
    place_of: Callable[[ResectionState], float]

    people = st.sampled_from(NAMES)
    plans = st.sampled_from((*PLANS, FIRST_PLAN_ID))
    titles = st.sampled_from(TITLES)
    # Now and then a cut of another plan, which is refused.
    cuts = st.builds(cut_of, plans, st.integers(1, 2)) | st.tuples(plans, st.just("resection-1"))
    places = st.integers(-50, 50).map(float)
    kinds = st.sampled_from(KINDS)

    @initialize()
    def begin(self) -> None:
        self.world = self.new_world()
        self.log = LogCheck()
        self.followed = 0
        self.sequence = 0
        self.operation_count = 0
        self.acknowledged: dict[str, int] = {}
        self.rejected: set[str] = set()
        self.asked: list[tuple[str, Any]] = []
        self.roles: dict[str, Role] = dict.fromkeys(NAMES, "owner")
        for name in NAMES:
            self.world.join(name)

    # ---- people ----

    @rule(name=people)
    def comes_or_goes(self, name: str) -> None:
        if name in self.world.clients:
            self._read(name)
            self.world.leave(name)
        else:
            self.world.join(name, role=self.roles[name])

    @rule(name=people, role=st.sampled_from(("viewer", "editor", "owner", "owner")))
    def becomes(self, name: str, role: Role) -> None:
        self.roles[name] = role
        self.world.do(self.world.session.change_role(name, role))

    @rule(name=people, plan_id=plans)
    def looks_at(self, name: str, plan_id: str) -> None:
        self._say(name, LookAtPlan(plan_id=plan_id))

    @rule(name=people)
    def says_what_nobody_may(self, name: str) -> None:
        self._say(name, Numbers.model_construct(type="plan.burn"))

    # ---- cuts ----

    @rule(name=people, cut=cuts, x=places, kind=kinds, again=st.integers(1, 3))
    def drag(self, name: str, cut: tuple[str, str], x: float, kind: str, again: int) -> None:
        for step in range(again):
            self.sequence += 1
            moved = self.shaped(kind, cut[1], x + step)
            self._say(name, PreviewResection(sequence=self.sequence, plan_id=cut[0], resection=moved))

    @rule(name=people, cut=cuts)
    def cancel(self, name: str, cut: tuple[str, str]) -> None:
        self._say(name, CancelPreview(resection_id=cut[1]))

    @rule(name=people, cut=cuts, x=places, kind=kinds)
    def commit(self, name: str, cut: tuple[str, str], x: float, kind: str) -> None:
        self._change(name, CommitResection, cut[0], resection=self.shaped(kind, cut[1], x))

    @rule(name=people, cut=cuts, x=places, kind=kinds, is_stored=st.booleans())
    def drag_and_commit(self, name: str, cut: tuple[str, str], x: float, kind: str, is_stored: bool) -> None:
        self.drag(name, cut, x, kind, 2)
        self.commit(name, cut, x, kind)
        if is_stored and self.world.to_store:
            self.world.store_one()

    @rule(name=people, plan_id=plans, x=places, kinds=st.lists(kinds, max_size=2))
    def replace(self, name: str, plan_id: str, x: float, kinds: list[str]) -> None:
        cuts = (self.shaped(kind, cut_of(plan_id, number)[1], x) for number, kind in enumerate(kinds, start=1))
        self._change(name, ReplacePlan, plan_id, resections=tuple(cuts))

    @rule(name=people, cut=cuts)
    def remove(self, name: str, cut: tuple[str, str]) -> None:
        self._change(name, RemoveResection, cut[0], resection_id=cut[1])

    @rule(name=people, cut=cuts, x=places)
    def wish(self, name: str, cut: tuple[str, str], x: float) -> None:
        line = ((x, 0.0, 0.0), (x, 9.0, 0.0))
        self._change(name, ThroughLine, cut[0], resection_id=cut[1], points_lps_mm=line)

    @precondition(lambda self: self.world.wishes)
    @rule(which=st.integers(0, 1000), is_possible=st.booleans())
    def server_makes(self, which: int, is_possible: bool) -> None:
        index = which % len(self.world.wishes)
        if is_possible:
            self.world.make_one(index)
        else:
            name, wish = self.world.wishes.pop(index)
            self.world.do(self.world.session.not_constructed(name, wish, what="No.", cure="Draw it again."))

    @rule(name=people, plan_id=plans, is_undo=st.booleans())
    def take_back(self, name: str, plan_id: str, is_undo: bool) -> None:
        self._change(name, UndoEdit if is_undo else RedoEdit, plan_id)

    # ---- notes ----

    @rule(name=people, plan_id=plans, x=places, kind=st.sampled_from(("distance", "pin", "body")), is_set=st.booleans())
    def note(self, name: str, plan_id: str, x: float, kind: str, is_set: bool) -> None:
        known = f"{plan_id}.{kind}"
        match kind, is_set:
            case "distance", True:
                ends = ((0.0, 0.0, 0.0), (x, 5.0, 0.0))
                said = DistanceState(measurement_id=known, points_lps_mm=ends)
                self._change(name, SetMeasurement, plan_id, measurement=said)
            case "distance", False:
                self._change(name, RemoveMeasurement, plan_id, measurement_id=known)
            case "pin", True:
                pin = PinState(pin_id=known, point_lps_mm=(x, 0.0, 0.0), text=f"at {x}")
                self._change(name, SetPin, plan_id, pin=pin)
            case "pin", False:
                self._change(name, RemovePin, plan_id, pin_id=known)
            case _:
                body = BodyState(height_cm=170.0, weight_kg=60.0 + abs(x)) if is_set else None
                self._change(name, SetBody, plan_id, body=body)

    # ---- plans ----

    @rule(name=people, plan_id=plans, title=titles, source=st.none() | plans, of_version=st.booleans())
    def make_plan(self, name: str, plan_id: str, title: str, source: str | None, of_version: bool) -> None:
        version = None if source is None or not of_version else self._version(source)
        made_of = EmptyPlan() if source is None else CopyOfPlan(plan_id=source)
        if source is not None and version is not None:
            made_of = CopyOfVersion(plan_id=source, version_id=version)
        self._change(name, CreatePlan, plan_id, name=title, source=made_of)

    @rule(name=people, plan_id=plans, title=titles)
    def rename_plan(self, name: str, plan_id: str, title: str) -> None:
        self._change(name, RenamePlan, plan_id, name=title)

    @rule(name=people, plan_id=plans)
    def remove_plan(self, name: str, plan_id: str) -> None:
        self._change(name, RemovePlan, plan_id)

    @rule(name=people, plan_id=plans, title=titles, is_kept=st.booleans())
    def version(self, name: str, plan_id: str, title: str, is_kept: bool) -> None:
        if is_kept:
            self._change(name, KeepVersion, plan_id, name=title)
        else:
            self._change(name, RestoreVersion, plan_id, version_id=self._version(plan_id) or "version-1")

    @rule(name=people, plan_id=plans, kind=st.sampled_from((ProposePlan, ConfirmPlan, WithdrawPlan)))
    def sign(self, name: str, plan_id: str, kind: type[Any]) -> None:
        self._change(name, kind, plan_id)

    def _version(self, plan_id: str) -> str | None:
        known = self.world.session.plan.plan(plan_id)
        return known.versions[-1].version_id if known is not None and known.versions else None

    # ---- lines, disk, evaluator ----

    def _change(self, name: str, kind: type[Any], plan_id: str, /, **said: Any) -> None:
        if (client := self.world.clients.get(name)) is None:
            return
        self.operation_count += 1
        known = client.listed if kind in OF_THE_LIST else client.plans.get(plan_id)
        base = 0 if known is None else known.revision
        message = kind(operation_id=f"op-{self.operation_count}", base_revision=base, plan_id=plan_id, **said)
        self.asked.append((name, message))
        self._say(name, message)

    def _say(self, name: str, message: Any) -> None:
        if name not in self.world.clients:
            return
        known = self.world.session.plan
        effects = self.world.say(name, message)
        if not may(self.roles[name], message):
            assert {getattr(one, "client_id", None) for one in effects if isinstance(one, Send)} <= {name}
            assert all(isinstance(one, Send) for one in effects), "a refusal is told to nobody else"
            assert self.world.session.plan is known

    @precondition(lambda self: self.asked)
    @rule(which=st.integers(0, 1000))
    def say_again(self, which: int) -> None:
        name, message = self.asked[which % len(self.asked)]
        # After a rejection a client asks with a new id; saying the very same again is for what was never answered.
        if message.operation_id not in self.rejected:
            self._say(name, message)

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

    @precondition(lambda self: self.world.to_measure)
    @rule(which=st.integers(0, 1000))
    def measurements_are_counted(self, which: int) -> None:
        asked = self.world.to_measure.pop(which % len(self.world.to_measure))
        values = tuple(plain_value(one.measurement_id, 1.0) for one in asked.measurements)
        measured = Measured(plan_id=asked.plan_id, revision=asked.revision, values=values)
        self.world.do(self.world.session.measured(measured))

    @rule()
    def all_is_done(self) -> None:
        """What plans need before a version is kept of them, which in disorder seldom comes together."""
        self.world.settle()
        for name in self.world.clients:
            self._read(name)

    @precondition(lambda self: self.operation_count % 5 == 4)
    @rule(part=st.floats(0, 1))
    def server_is_killed(self, part: float) -> None:
        for name in list(self.world.clients):
            self._read(name)
        names = list(self.world.clients)
        disk = tuple(self.world.disk)
        self.world = self.new_world(disk, snapshot_at=int(part * len(disk)))
        for name in names:
            self.world.join(name, role=self.roles[name])

    def _read(self, name: str) -> None:
        client = self.world.clients[name]
        client.read()
        self.acknowledged.update(client.acknowledged)
        self.rejected.update(one.operation_id for one in client.rejected if one.operation_id)

    # ---- what must hold ----

    @invariant()
    def the_plans_are_the_fold_of_what_is_on_disk_and_nobody_undid_others_work(self) -> None:
        for operation in self.world.disk[self.followed :]:
            self.log.stored(operation)
        self.followed = len(self.world.disk)
        assert self.world.session.fold == self.log.fold

    @invariant()
    def nothing_acknowledged_is_lost_or_doubled_and_nothing_rejected_is_kept(self) -> None:
        stored = {operation.operation_id: operation.revision for operation in self.world.disk}
        assert len(stored) == len(self.world.disk)
        assert {name: stored.get(name) for name in self.acknowledged} == self.acknowledged
        assert not self.rejected & stored.keys()

    @invariant()
    def a_person_holds_one_resection_at_most_and_is_here_and_may(self) -> None:
        holders = list(self.world.session.holders.values())
        assert len(holders) == len(set(holders))
        assert set(holders) <= set(self.world.clients)
        assert all(self.roles[one] != "viewer" for one in holders)

    @invariant()
    def plans_are_told_apart_by_name_and_one_is_always_there(self) -> None:
        names = [one.name for one in self.world.session.plan.shown_plans]
        assert names
        assert len(names) == len(set(names)), names

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.settle()
        while self.world.to_measure:
            self.measurements_are_counted(0)
        self.world.settle()
        session, disk = self.world.session, tuple(self.world.disk)
        again = self.new_world(disk, snapshot_at=len(disk) // 2).session
        assert again.fold == session.fold, "a new server shows other plans, or offers other steps"
        assert session.plan == fold(disk)
        for name, client in self.world.clients.items():
            self._check_sees_the_plans(name, client)
            self._check_sees_the_people(name, client)

    def _check_sees_the_plans(self, name: str, client: Any) -> None:
        session = self.world.session
        listed = plans_message(session.plan, self.world.limits.segmentation).plans
        assert client.listed.plans == listed, f"{name} sees other plans"
        for plan_id in (one.plan_id for one in listed):
            state = plan_state(session.plan, plan_id)
            assert client.plans[plan_id] == state, f"{name} sees another {plan_id}"
            numbers = [one for one in client.numbers if one.plan_id == plan_id][-1]
            assert numbers.revision == state.revision
            if not session.holders:
                seen = sum(self.place_of(one) for one in state.resections)
                assert numbers.numbers.flr_percent == seen, f"{name} reads numbers of another plan"
            measured = client.measured_of.get(plan_id)
            values = () if measured is None else tuple(one.measurement_id for one in measured.values)
            assert values == tuple(one.measurement.measurement_id for one in state.measurements)
            assert not values or measured.revision == state.revision, f"{name} reads old measurements"

    def _check_sees_the_people(self, name: str, client: Any) -> None:
        holders = self.world.session.holders
        assert client.people is not None
        assert {one.client_id: one.role for one in client.people.people} == {
            one: self.roles[one] for one in self.world.clients
        }
        assert {one.holding: one.client_id for one in client.people.people if one.holding} == holders
        others = {resection for resection, holder in holders.items() if holder != name}
        assert set(client.previews) - set(holders) == set(), f"{name} sees a drag that is over"
        assert others <= set(client.previews), f"{name} does not see a drag under way"


def test_any_interleaving_ends_with_one_set_of_plans_and_no_lost_change(new_world, shaped, place_of) -> None:
    class Machine(AnyInterleaving):
        pass

    Machine.new_world = staticmethod(new_world)
    Machine.shaped = staticmethod(shaped)
    Machine.place_of = staticmethod(place_of)
    run_state_machine_as_test(Machine, settings=settings(max_examples=80, stateful_step_count=60, deadline=None))
