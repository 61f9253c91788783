"""While a hand moves a resection everybody sees where it is now, and nothing of a drag that is over."""

from __future__ import annotations

import pytest

from streaming.protocol import (
    CancelPreview,
    CommitResection,
    NumbersFailed,
    PreviewResection,
)


def test_being_told_held_once_a_hold_is_enough(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("ann", PreviewResection(sequence=1, resection=plane("resection-1", 1.0)))
    for sequence in range(5):
        world.say("bob", PreviewResection(sequence=sequence, resection=plane("resection-1", 2.0)))
    world.settle()
    assert [one.code for one in world.clients["bob"].rejected] == ["held"]
    assert world.session.holders == {"resection-1": "ann"}
    world.say("ann", CancelPreview(resection_id="resection-1"))
    world.say("bob", PreviewResection(sequence=9, resection=plane("resection-1", 2.0)))
    assert world.session.holders == {"resection-1": "bob"}


def test_a_late_or_doubled_preview_is_ignored(world_of, plane) -> None:
    world = world_of("ann", "bob")
    for sequence, x in ((5, 5.0), (4, 4.0), (5, 6.0)):
        world.say("ann", PreviewResection(sequence=sequence, resection=plane("resection-1", x)))
    world.settle()
    assert world.clients["bob"].previews["resection-1"].resection == plane("resection-1", 5.0)


def test_numbers_of_a_drag_that_is_over_are_not_shown(world_of, plane) -> None:
    world = world_of("ann")
    world.say("ann", PreviewResection(sequence=1, resection=plane("resection-1", 33.0)))
    late = world.questions.pop()
    world.say("ann", CancelPreview(resection_id="resection-1"))
    world.settle()
    world.answer(late)
    world.settle()
    assert world.clients["ann"].numbers[-1].numbers.flr_percent == 0.0


def test_numbers_of_a_drag_that_wait_unsent_when_it_ends_are_never_sent(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("ann", PreviewResection(sequence=1, resection=plane("resection-1", 33.0)))
    world.answer_one()
    world.say("ann", CancelPreview(resection_id="resection-1"))
    world.clients["bob"].read()
    assert [one.numbers.flr_percent for one in world.clients["bob"].numbers] == [0.0, 0.0]
    assert world.clients["bob"].previews == {}


def test_numbers_of_a_drag_are_those_of_everything_that_moves(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("ann", PreviewResection(sequence=1, resection=plane("resection-1", 10.0)))
    world.say("bob", PreviewResection(sequence=1, resection=plane("resection-2", 5.0)))
    world.settle()
    assert world.clients["ann"].numbers[-1].numbers.flr_percent == 15.0


def test_details_of_where_a_hand_rested_do_not_come_after_where_it_is_now(world_of, plane) -> None:
    world = world_of("ann")
    world.say("ann", PreviewResection(sequence=1, resection=plane("resection-1", 10.0)))
    rested = world.questions[-1]
    world.say("ann", PreviewResection(sequence=2, resection=plane("resection-1", 20.0)))
    world.settle()
    world.answer(rested)
    world.settle()
    assert world.clients["ann"].numbers[-1].numbers.flr_percent == 20.0


def test_a_drag_that_is_over_does_not_fail_either(world_of, plane) -> None:
    world = world_of("ann")
    world.say("ann", PreviewResection(sequence=1, resection=plane("resection-1", 33.0)))
    late = world.questions.pop()
    world.say("ann", CancelPreview(resection_id="resection-1"))
    world.do(world.session.not_answered(late, what="No.", cure="."))
    world.settle()
    assert world.clients["ann"].failures == []


def test_an_end_of_a_drag_that_waits_unsent_outlives_the_readers_own_drag(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("bob", PreviewResection(sequence=1, resection=plane("resection-1", 3.0)))
    world.clients["ann"].read()
    world.leave("bob")
    world.say("ann", PreviewResection(sequence=1, resection=plane("resection-1", 4.0)))
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=plane("resection-1", 5.0)))
    world.fail_to_store()
    world.settle()
    assert world.clients["ann"].previews == {}


@pytest.mark.parametrize("is_stored", [True, False], ids=["stored", "not stored"])
def test_who_takes_a_resection_whose_commit_waits_no_longer_sees_the_drag_before(
    world_of, plane, *, is_stored: bool
) -> None:
    world = world_of("ann", "bob", "cyd")
    world.say("bob", PreviewResection(sequence=1, resection=plane("resection-1", 3.0)))
    world.clients["ann"].read()
    world.say("bob", CommitResection(operation_id="b1", base_revision=1, resection=plane("resection-1", 3.0)))
    world.say("ann", PreviewResection(sequence=1, resection=plane("resection-1", 4.0)))
    if is_stored:
        world.store_one()
    else:
        world.fail_to_store()
    world.say("ann", CancelPreview(resection_id="resection-1"))
    world.settle()
    assert [client.previews for client in world.clients.values()] == [{}, {}, {}]


def test_a_plan_without_numbers_says_why_and_the_next_one_has_them(world_of, plane) -> None:
    world = world_of("ann")
    world.say("ann", CommitResection(operation_id="a1", base_revision=1, resection=plane("resection-1", 5.0)))
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
    world.say("ann", CommitResection(operation_id="a2", base_revision=2, resection=plane("resection-1", 6.0)))
    world.settle()
    assert world.clients["bob"].numbers[-1].numbers.flr_percent == 6.0
