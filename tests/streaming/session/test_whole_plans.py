"""A whole plan is replaced in one operation; the patient's body is part of it."""

from __future__ import annotations

from streaming.protocol import (
    BodyState,
    CancelPreview,
    CommitResection,
    PreviewResection,
    ReplacePlan,
    SetBody,
)
from streaming.session.operations import fold


def test_a_whole_plan_is_replaced_in_one_operation(world_of, shaped) -> None:
    world = world_of("ann", "bob")
    new = (shaped("cone", "resection-8", 3.0), shaped("territory", "resection-9", 2.0))
    world.say("ann", ReplacePlan(operation_id="a1", base_revision=1, resections=new))
    world.settle()
    assert world.session.plan.revision == 2
    assert world.clients["bob"].plan.resections == new
    world.say("ann", ReplacePlan(operation_id="a1", base_revision=1, resections=new))
    world.settle()
    assert world.clients["ann"].acknowledged == {"a1": 2}
    assert world.session.plan.revision == 2


def test_a_plan_is_not_replaced_under_the_hand_of_another(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("bob", PreviewResection(sequence=1, resection=plane("resection-7", 1.0)))
    world.say("ann", ReplacePlan(operation_id="a1", base_revision=1, resections=()))
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["held"]
    world.say("bob", CancelPreview(resection_id="resection-7"))
    world.say("ann", ReplacePlan(operation_id="a2", base_revision=1, resections=()))
    world.settle()
    assert world.clients["bob"].plan.resections == ()


def test_a_plan_that_another_changed_is_not_replaced_unseen(world_of, plane) -> None:
    world = world_of("ann", "bob")
    world.say("bob", CommitResection(operation_id="b1", base_revision=1, resection=plane("resection-2", 7.0)))
    world.say("ann", ReplacePlan(operation_id="a1", base_revision=1, resections=()))
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["stale"]
    assert len(world.session.plan.resections) == 2


def test_two_resections_of_one_id_make_no_plan(world_of, plane, shaped) -> None:
    world = world_of("ann")
    twice = (plane("resection-1", 1.0), shaped("cone", "resection-1", 2.0))
    world.say("ann", ReplacePlan(operation_id="a1", base_revision=1, resections=twice))
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["invalid"]


def test_height_and_weight_are_part_of_the_plan_and_of_every_question(world_of, plane) -> None:
    world = world_of("ann", "bob")
    body = BodyState(height_cm=175.0, weight_kg=70.0)
    world.say("ann", SetBody(operation_id="a1", base_revision=1, body=body))
    world.store_one()
    assert world.questions[-1].body == body
    world.settle()
    assert world.clients["bob"].plan.body == body
    world.say("bob", SetBody(operation_id="b1", base_revision=1, body=None))
    world.say("bob", CommitResection(operation_id="b2", base_revision=1, resection=plane("resection-1", 7.0)))
    world.settle()
    assert [(one.operation_id, one.code) for one in world.clients["bob"].rejected] == [("b1", "stale")]
    assert world.session.plan.body == body
    assert fold(world.disk) == world.session.plan
