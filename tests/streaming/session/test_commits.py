"""A change is acknowledged once it is stored; one that is stale or makes no sense leaves the plan as it was."""

from __future__ import annotations

import json

import pytest

from streaming.protocol import (
    CancelPreview,
    ClientMessage,
    CommitResection,
    ConeShape,
    PlaneResectionState,
    PlanState,
    PreviewResection,
    Rejected,
    RemoveResection,
    ReplacePlan,
    ResectionState,
    SurfaceResectionState,
    TerritoryResectionState,
    WedgeResectionState,
)
from streaming.session.changes import Operation
from streaming.session.effects import (
    Send,
)
from streaming.session.session import Session

CUT = PlaneResectionState(resection_id="resection-1", point_lps_mm=(1.0, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))


def test_a_commit_is_acknowledged_only_once_it_is_stored(world_of, plane) -> None:
    world = world_of("ann", "bob")
    message = CommitResection(operation_id="a1", base_revision=1, resection=plane("resection-1", 5.0))
    world.say("ann", message)
    for name in ("ann", "bob"):
        world.clients[name].read()
        assert world.clients[name].plan.revision == 1
    assert world.clients["ann"].acknowledged == {}
    world.store_one()
    world.clients["ann"].read()
    assert world.clients["ann"].acknowledged == {"a1": 2}


def test_what_was_rejected_and_is_said_again_is_rejected_again_though_it_would_do_now(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("bob", PreviewResection(sequence=1, resection=plane("resection-1", 9.0)))
    commit = CommitResection(operation_id="a1", base_revision=1, resection=plane("resection-1", 5.0))
    world.say("ann", commit)
    world.say("bob", CancelPreview(resection_id="resection-1"))
    world.say("ann", commit)  # doubled on the way
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["held", "held"]
    assert world.clients["ann"].plan.revision == 1


def test_the_last_of_two_writers_who_saw_each_other_wins(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=plane("resection-1", 5.0)))
    world.settle()
    world.say("bob", CommitResection(operation_id="b1", base_revision=2, resection=plane("resection-1", 7.0)))
    world.settle()
    assert world.session.plan.resections == (plane("resection-1", 7.0),)


def test_a_change_of_another_resection_makes_nobody_stale(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=plane("resection-2", 5.0)))
    world.say("bob", CommitResection(operation_id="b1", base_revision=1, resection=plane("resection-1", 7.0)))
    world.settle()
    assert world.clients["bob"].rejected == []
    assert world.session.plan.revision == 3


def test_a_stale_commit_is_judged_against_pending_changes_too(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=plane("resection-1", 5.0)))
    world.say("bob", CommitResection(operation_id="b1", base_revision=1, resection=plane("resection-1", 7.0)))
    world.settle()
    assert [one.code for one in world.clients["bob"].rejected] == ["stale"]
    assert world.session.plan.resections == (plane("resection-1", 5.0),)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (RemoveResection(operation_id="x", base_revision=1, resection_id="absent"), "unknown_resection"),
        (CommitResection(operation_id="x", base_revision=9, resection=CUT), "invalid"),
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
        (CommitResection(operation_id="first", base_revision=1, resection=CUT), "invalid"),
    ],
    ids=["unknown", "future revision", "zero normal", "used id"],
)
def test_a_senseless_change_is_rejected_and_the_plan_stays(world_of, plane, message: ClientMessage, code: str) -> None:
    world = world_of("ann")
    world.say("ann", message)
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == [code]
    assert world.session.plan.revision == 1


def test_a_plan_holds_sixteen_resections(world_of, plane) -> None:
    world = world_of("ann")
    for number in range(2, 18):
        resection = plane(f"resection-{number}", 1.0)
        world.say("ann", CommitResection(operation_id=f"a{number}", base_revision=1, resection=resection))
    world.settle()
    assert len(world.session.plan.resections) == 16
    assert [one.code for one in world.clients["ann"].rejected] == ["invalid"]


def test_a_full_disk_rejects_everything_that_waits_and_keeps_the_plan(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=plane("resection-1", 5.0)))
    world.say("ann", CommitResection(operation_id="a2", base_revision=2, resection=plane("resection-1", 6.0)))
    world.fail_to_store()
    world.settle()
    assert [(one.operation_id, one.code) for one in world.clients["ann"].rejected] == [
        ("a1", "not_saved"),
        ("a2", "not_saved"),
    ]
    assert world.clients["bob"].plan == PlanState(revision=1, resections=(plane("resection-1", 0.0),))


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
def test_a_resection_that_makes_no_sense_in_this_liver_is_neither_shown_nor_stored(
    world_of, resection: ResectionState
) -> None:
    world = world_of("ann", "bob")
    world.say("ann", PreviewResection(sequence=1, resection=resection))
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=resection))
    world.say("ann", ReplacePlan(operation_id="a2", base_revision=1, resections=(resection,)))
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["invalid"] * 3
    assert world.clients["bob"].previews == {}
    assert world.session.plan.revision == 1


def test_a_case_without_a_map_says_that_it_has_no_territories(first) -> None:
    session = Session((first,))
    session.join("ann", display_name="Ann", device="desktop")
    territory = TerritoryResectionState(resection_id="t", segments=(1,), portal_branches=())
    effects = session.receive("ann", PreviewResection(sequence=1, resection=territory), at=first.at)
    rejected = next(one.message for one in effects if isinstance(one, Send) and isinstance(one.message, Rejected))
    assert "no segments" in rejected.message


def test_the_log_reads_back_as_it_was_written(first) -> None:
    assert Operation.model_validate_json(first.model_dump_json()) == first
    assert json.loads(first.model_dump_json())["change"]["kind"] == "set"
