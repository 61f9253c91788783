"""What the server makes for a person becomes that person's commit, once."""

from __future__ import annotations

from streaming.protocol import (
    ThroughLine,
)
from streaming.session.editing import MAX_CONSTRUCTIONS


def _wish(operation_id: str, x: float = 5.0, *, resection_id: str = "resection-2") -> ThroughLine:
    line = ((x, 0.0, 0.0), (x, 9.0, 0.0))
    return ThroughLine(operation_id=operation_id, base_revision=1, resection_id=resection_id, points_lps_mm=line)


def test_a_resection_that_the_server_made_is_the_commit_of_who_wished_for_it(world_of, plane, shaped) -> None:
    world = world_of("ann", "bob")
    world.say("ann", _wish("a1"))
    assert world.to_store == []
    world.make_one()
    world.settle()
    assert world.clients["ann"].acknowledged == {"a1": 2}
    assert world.clients["bob"].plan.resections == (plane("resection-1", 0.0), shaped("surface", "resection-2", 5.0))
    assert world.disk[-1].author == "ann"


def test_a_wish_said_again_after_a_drop_is_acknowledged_and_not_made_twice(world_of) -> None:
    world = world_of("ann")
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


def test_a_wish_that_cannot_come_true_is_rejected_with_a_cure(world_of) -> None:
    world = world_of("ann")
    world.say("ann", _wish("a1"))
    name, wish = world.wishes.pop()
    world.do(world.session.not_constructed(name, wish, what="The line is too short.", cure="Draw a longer one."))
    world.settle()
    (rejected,) = world.clients["ann"].rejected
    assert (rejected.operation_id, rejected.code, rejected.cure) == ("a1", "invalid", "Draw a longer one.")


def test_a_person_has_few_wishes_at_once_and_new_ones_when_those_are_over(world_of) -> None:
    world = world_of("ann", "bob")
    for number in range(MAX_CONSTRUCTIONS + 1):
        world.say("ann", _wish(f"a{number}", resection_id=f"r{number}"))
    world.say("bob", _wish("b1", resection_id="rb"))
    assert len(world.wishes) == MAX_CONSTRUCTIONS + 1, "one is ann's too many, one is bob's"
    world.settle()
    assert [one.code for one in world.clients["ann"].rejected] == ["busy"]
    world.say("ann", _wish("again", resection_id="r9"))
    assert len(world.wishes) == 1


def test_who_left_before_their_wish_came_true_finds_it_in_the_plan(world_of, shaped) -> None:
    world = world_of("ann", "bob")
    world.say("ann", _wish("a1"))
    world.leave("ann")
    world.settle()
    assert world.clients["bob"].plan.resections[-1] == shaped("surface", "resection-2", 5.0)
    world.join("ann")
    world.say("ann", _wish("a1"))
    world.settle()
    assert world.clients["ann"].acknowledged == {"a1": 2}
