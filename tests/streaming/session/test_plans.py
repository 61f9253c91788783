"""Several plans of one case: branches, versions and signatures in one log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streaming.protocol import (
    CommitResection,
    ConfirmPlan,
    CopyOfPlan,
    CopyOfVersion,
    CreatePlan,
    EmptyPlan,
    KeepVersion,
    LookAtPlan,
    Plans,
    PreviewResection,
    ProposePlan,
    RedoEdit,
    RemovePlan,
    RenamePlan,
    ReplacePlan,
    RestoreVersion,
    UndoEdit,
    WithdrawPlan,
)
from streaming.session.operations import fold
from streaming.session.session import Session


class Board:
    """People who plan; each step is stored and answered before the next."""

    def __init__(self, world) -> None:
        self.world = world
        self.count = 0

    def do(self, who: str, kind, plan_id: str = "plan-1", **fields) -> None:
        self.count += 1
        session = self.world.session
        head = {"operation_id": f"op-{self.count}", "base_revision": session.plan.revision, "plan_id": plan_id}
        self.world.say(who, kind(**head, **fields))
        self.world.settle()

    def branch(self, name: str, plan_id: str, title: str, source=None) -> None:
        self.do(name, CreatePlan, plan_id, name=title, source=source or CopyOfPlan(plan_id="plan-1"))

    def codes(self, name: str) -> list[str]:
        return [one.code for one in self.world.clients[name].rejected]

    def names(self) -> list[str]:
        return [one.name for one in self.world.session.plan.shown_plans]

    def plan(self, plan_id: str = "plan-1"):
        return self.world.session.plan.plan(plan_id)

    def ids(self, plan_id: str = "plan-1") -> list[str]:
        return [one.resection_id for one in self.world.session.plan.resections_of(plan_id)]

    def plans_told(self, client_id: str) -> Plans:
        (told,) = (
            one.message
            for one in self.world.session.join(client_id, display_name="x", device="desktop", role="owner")
            if isinstance(getattr(one, "message", None), Plans)
        )
        self.world.session.leave(client_id)
        return told


@pytest.fixture
def board(world_of) -> Board:
    return Board(world_of("ann", "bob"))


def test_a_log_without_plans_is_one_plan(board) -> None:
    assert board.names() == ["Plan 1"]
    assert board.ids() == ["resection-1"]


def test_a_branch_is_a_copy_that_goes_its_own_way(board, plane) -> None:
    board.branch("ann", "b", "Wide")
    assert board.ids("b") == ["b.1"]
    board.do("ann", CommitResection, "b", resection=plane("b.1", 9.0))
    board.do("bob", CommitResection, resection=plane("resection-1", -4.0))
    plan = board.world.session.plan
    assert [one.point_lps_mm[0] for one in plan.resections_of("b")] == [9.0]
    assert [one.point_lps_mm[0] for one in plan.resections_of("plan-1")] == [-4.0]
    assert plan.plan("b").origin.name == "Plan 1"
    assert fold(board.world.disk) == plan
    assert {one.plan_id for one in board.world.clients["bob"].numbers} == {"plan-1", "b"}


def test_numbers_are_those_of_their_own_plan_and_a_change_asks_for_no_others(board, plane) -> None:
    board.branch("ann", "b", "Wide")
    world = board.world
    operation = CommitResection(operation_id="x", base_revision=9, plan_id="b", resection=plane("b.1", 9.0))
    world.say("ann", operation.model_copy(update={"base_revision": world.session.plan.revision}))
    world.store_one()
    assert [(one.plan_id, [place.resection_id for place in one.resections]) for one in world.questions] == [
        ("b", ["b.1"])
    ]
    world.settle()
    last = {one.plan_id: one.numbers.flr_percent for one in world.clients["bob"].numbers}
    assert last == {"plan-1": 0.0, "b": 9.0}


def test_a_resection_belongs_to_one_plan_for_ever(board, plane) -> None:
    board.branch("ann", "b", "Empty", EmptyPlan())
    board.do("ann", CommitResection, "b", resection=plane("resection-1", 3.0))
    board.do("ann", ReplacePlan, resections=())
    board.do("ann", ReplacePlan, "b", resections=(plane("resection-1", 3.0),))
    assert board.codes("ann") == ["invalid", "invalid"]
    assert board.ids("b") == []


def test_a_plan_that_is_not_there_takes_nothing(board, plane) -> None:
    board.do("ann", CommitResection, "nowhere", resection=plane("r", 3.0))
    board.do("ann", RenamePlan, "nowhere", name="A")
    board.do("ann", CreatePlan, "c", name="C", source=CopyOfVersion(plan_id="plan-1", version_id="version-9"))
    board.world.say("ann", PreviewResection(sequence=1, plan_id="nowhere", resection=plane("r", 3.0)))
    board.world.settle()
    assert board.codes("ann") == ["unknown_plan"] * 4


def test_plans_are_told_apart_by_name_and_the_last_one_stays(board) -> None:
    board.do("ann", RemovePlan)
    board.branch("ann", "b", "Plan 1")
    board.branch("ann", "b", "Wide")
    board.do("bob", RenamePlan, name="Wide")
    board.branch("bob", "b", "Another")
    assert board.codes("ann") == ["invalid", "invalid"]
    assert board.codes("bob") == ["invalid", "invalid"]
    assert board.names() == ["Plan 1", "Wide"]


def test_a_removed_plan_comes_back_with_all_it_had(board, plane) -> None:
    board.branch("ann", "b", "Wide")
    board.do("bob", CommitResection, "b", resection=plane("b.1", 9.0))
    board.do("bob", KeepVersion, "b", name="Before")
    before = board.plan("b")
    board.do("ann", RemovePlan, "b")
    assert board.names() == ["Plan 1"]
    board.do("ann", UndoEdit)  # looking at the first plan
    assert board.plan("b") == before
    assert board.ids("b") == ["b.1"]
    board.do("ann", RedoEdit)
    assert board.names() == ["Plan 1"]


def test_a_name_that_another_plan_has_by_now_does_not_come_back_by_undo(board) -> None:
    board.do("ann", RenamePlan, name="Wide")
    board.branch("bob", "b", "Plan 1")
    board.do("ann", UndoEdit)
    assert board.codes("ann") == ["overtaken"]
    assert board.names() == ["Wide", "Plan 1"]
    board.do("bob", RemovePlan, "b")
    board.do("ann", UndoEdit)
    assert board.names() == ["Plan 1"]
    board.do("bob", UndoEdit)
    assert board.codes("bob") == ["overtaken"], "the removed plan is called as another one is again"


def test_undo_changes_only_the_plan_that_is_looked_at(board, plane) -> None:
    board.do("ann", CommitResection, resection=plane("resection-1", 5.0))
    board.branch("bob", "b", "Wide")
    board.do("ann", CommitResection, "b", resection=plane("b.1", 9.0))
    board.do("ann", UndoEdit)
    plan = board.world.session.plan
    assert plan.resection("resection-1").point_lps_mm[0] == 0.0
    assert plan.resection("b.1").point_lps_mm[0] == 9.0
    board.do("ann", UndoEdit, "b")
    assert board.world.session.plan.resection("b.1").point_lps_mm[0] == 5.0


def test_making_a_plan_is_not_undone_where_others_worked_in_it(board, plane) -> None:
    board.branch("ann", "b", "Wide", EmptyPlan())
    board.do("bob", CommitResection, "b", resection=plane("new", 3.0))
    board.do("ann", UndoEdit, "b")
    assert board.codes("ann") == ["overtaken"]
    assert board.names() == ["Plan 1", "Wide"]


def test_making_a_plan_is_not_undone_where_others_gave_it_a_name(board) -> None:
    board.branch("ann", "b", "Wide", EmptyPlan())
    board.do("bob", RenamePlan, "b", name="Narrow")
    board.do("ann", UndoEdit, "b")
    assert board.codes("ann") == ["overtaken"]
    assert board.names() == ["Plan 1", "Narrow"]


def test_a_plan_in_somebodys_hand_is_not_removed(board, plane) -> None:
    board.branch("ann", "b", "Wide")
    board.world.say("bob", PreviewResection(sequence=1, plan_id="b", resection=plane("b.1", 3.0)))
    board.do("ann", RemovePlan, "b")
    assert board.codes("ann") == ["held"]
    board.do("ann", ReplacePlan, resections=())  # another plan: nobody holds anything in it
    assert board.codes("ann") == ["held"]


def test_a_plan_that_another_changed_is_not_removed_unseen(board, plane) -> None:
    board.branch("ann", "b", "Wide")
    seen = board.world.session.plan.revision
    board.do("bob", CommitResection, "b", resection=plane("b.1", 3.0))
    board.world.say("ann", RemovePlan(operation_id="r", base_revision=seen, plan_id="b"))
    board.world.settle()
    assert board.codes("ann") == ["stale"]


def test_a_version_keeps_what_was_and_can_be_had_again(board, plane) -> None:
    board.do("ann", KeepVersion, name="First")
    board.do("bob", CommitResection, resection=plane("resection-1", 7.0))
    board.do("bob", CommitResection, resection=plane("more", 8.0))
    (version,) = board.plan().versions
    assert (version.name, version.by, version.numbers.flr_percent) == ("First", "ann", 0.0)
    board.do("ann", RestoreVersion, version_id=version.version_id)
    assert board.world.session.plan.resections_of("plan-1") == version.resections
    board.do(
        "bob", CreatePlan, "c", name="Again", source=CopyOfVersion(plan_id="plan-1", version_id=version.version_id)
    )
    assert board.plan("c").origin.name == "Plan 1: First"
    assert board.plan().versions == (version,)


def test_a_version_waits_for_its_numbers(board, plane) -> None:
    world = board.world
    world.say("ann", CommitResection(operation_id="a", base_revision=1, resection=plane("resection-1", 7.0)))
    world.say("ann", KeepVersion(operation_id="k", base_revision=1, plan_id="plan-1", name="Too soon"))
    world.settle()
    assert board.codes("ann") == ["busy"]
    board.do("ann", KeepVersion, name="Now")
    assert board.plan().versions[0].numbers.flr_percent == 7.0


def test_a_plan_is_proposed_confirmed_and_a_draft_again_once_it_changes(board, plane) -> None:
    board.do("ann", ConfirmPlan)
    assert board.codes("ann") == ["invalid"]
    board.do("ann", ProposePlan)
    assert board.plan().stage == "proposed"
    board.do("bob", ConfirmPlan)
    assert board.plan().stage == "confirmed"
    (version,) = board.plan().versions
    assert [(one.stage, one.by, one.by_name) for one in version.signatures] == [
        ("proposed", "ann", "ann"),
        ("confirmed", "bob", "bob"),
    ]
    board.do("bob", CommitResection, resection=plane("resection-1", 7.0))
    assert board.plan().stage == "draft"
    assert board.plan().versions == (version,), "what was signed stays"
    board.do("ann", ProposePlan)
    board.do("ann", WithdrawPlan)
    assert board.plan().stage == "draft"
    assert len(board.plan().versions) == 2
    assert fold(board.world.disk) == board.world.session.plan


def test_saying_again_what_is_so_keeps_the_signature(board, plane) -> None:
    board.do("ann", ProposePlan)
    board.do("ann", CommitResection, resection=plane("resection-1", 0.0))
    assert board.plan().stage == "proposed"


def test_a_correction_of_the_segmentation_makes_a_signature_stale(board) -> None:
    board.do("ann", ProposePlan)
    assert not board.plans_told("x").plans[0].is_stale
    world = board.world
    effects = world.session.case_changed(replace(world.limits, segmentation="f" * 64))
    (told,) = (one.message for one in effects if isinstance(getattr(one, "message", None), Plans))
    assert told.plans[0].is_stale
    world.do(effects)
    world.settle()
    board.do("ann", ConfirmPlan)
    assert board.codes("ann") == ["invalid"], "nobody confirms what was counted on other labels"
    board.do("ann", ProposePlan)
    assert not board.plans_told("x").plans[0].is_stale
    assert board.plan().signed_version.segmentation == "f" * 64


def test_a_plan_operation_said_again_is_acknowledged_and_not_done_twice(board) -> None:
    message = CreatePlan(operation_id="c", base_revision=1, plan_id="b", name="B", source=EmptyPlan())
    for _ in range(2):
        board.world.say("ann", message)
        board.world.settle()
    assert board.names() == ["Plan 1", "B"]
    assert board.codes("ann") == []


def test_everybody_sees_who_looks_at_which_plan_and_nothing_is_logged(board) -> None:
    board.branch("ann", "b", "Wide")
    logged = len(board.world.disk)
    board.world.say("bob", LookAtPlan(plan_id="b"))
    board.world.say("ann", LookAtPlan(plan_id="nowhere"))
    board.world.settle()
    people = board.world.clients["ann"].people.people
    assert {one.client_id: one.plan_id for one in people} == {"ann": "plan-1", "bob": "b"}
    assert len(board.world.disk) == logged


def test_a_new_server_reads_the_same_plans_from_the_log(board, plane) -> None:
    board.branch("ann", "b", "Wide")
    board.do("bob", CommitResection, "b", resection=plane("b.1", 9.0))
    board.do("bob", ProposePlan, "b")
    board.do("ann", RemovePlan, "plan-1")
    again = Session(tuple(board.world.disk), board.world.limits)
    assert again.plan == board.world.session.plan
    assert again.history == board.world.session.history
