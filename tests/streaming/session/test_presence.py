"""Where people are: one message a tick with the newest of everybody, hands raised, one presenter."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from streaming.protocol import (
    GatherPeople,
    MovePresence,
    PersonPose,
    PoseState,
    Presence,
    PresentView,
    RaiseHand,
    RecordPresence,
)
from streaming.session.effects import Topic
from streaming.session.outbox import Outbox
from streaming.session.presence import PresenceTicker


def pose(x_mm: float) -> PersonPose:
    head = PoseState(position_lps_mm=(x_mm, 0.0, 0.0), quaternion=(0.0, 0.0, 0.0, 1.0))
    return PersonPose(head=head, left=None, right=None, ray=None, model_scale=1.0)


def ticks(*rounds: list[tuple[str, PersonPose | None]]) -> list[dict[str, float]]:
    """What is told after each round of moves: x of everybody seen."""
    told: list[Presence] = []

    async def run() -> None:
        ticker = PresenceTicker(told.append)
        for moves in rounds:
            before = len(told)
            for client_id, where in moves:
                ticker.move(client_id, where)
            while len(told) == before and moves:
                await asyncio.sleep(0)
        ticker.close()

    asyncio.run(asyncio.wait_for(run(), 5.0))
    return [{one.client_id: one.pose.head.position_lps_mm[0] for one in message.people} for message in told]


def test_of_many_moves_between_two_ticks_everybody_gets_the_newest_of_each_person_once(in_own_thread: Any) -> None:
    moves = [("ann", pose(1.0)), ("bob", pose(2.0)), ("ann", pose(3.0)), ("bob", pose(4.0))]
    assert in_own_thread(ticks, moves) == [{"ann": 3.0, "bob": 4.0}]


def test_who_rests_stays_where_they_were_and_who_wants_no_eyes_is_not_seen(in_own_thread: Any) -> None:
    assert in_own_thread(ticks, [("ann", pose(1.0)), ("bob", pose(2.0))], [("bob", pose(5.0))], [("ann", None)]) == [
        {"ann": 1.0, "bob": 2.0},
        {"ann": 1.0, "bob": 5.0},
        {"bob": 5.0},
    ]


def test_a_slow_line_gets_fewer_moves_and_everything_else_before_them() -> None:
    outbox = Outbox()
    for x in range(100):
        outbox.put(json.dumps(x), Topic(kind="presence"))
    outbox.put('"drag"', Topic(kind="drag", key="a"))
    assert [outbox.pop(), outbox.pop(), outbox.pop()] == ['"drag"', "99", None]


def test_moves_are_of_who_sent_them_and_end_when_they_leave(world_of: Any) -> None:
    world = world_of("ann", "bob")
    world.say("ann", MovePresence(pose=pose(7.0)))
    assert world.seen == {"ann": pose(7.0)}
    world.leave("ann")
    assert world.seen == {"ann": None}


def people(world: Any) -> dict[str, tuple[bool, bool]]:
    """What Bob was told: who raised a hand, and who presents."""
    world.settle()
    return {one.client_id: (one.has_raised_hand, one.is_presenting) for one in world.clients["bob"].people.people}


def test_a_hand_is_raised_for_everybody_to_see_and_taken_down(world_of: Any) -> None:
    world = world_of("ann", "bob")
    world.say("ann", RaiseHand(is_raised=True))
    assert people(world) == {"ann": (True, False), "bob": (False, False)}
    world.say("ann", RaiseHand(is_raised=False))
    assert people(world) == {"ann": (False, False), "bob": (False, False)}


def test_one_person_presents_at_a_time_the_newest(world_of: Any) -> None:
    world = world_of("ann", "bob")
    world.say("ann", PresentView(is_presenting=True))
    world.say("bob", PresentView(is_presenting=True))
    assert people(world) == {"ann": (False, False), "bob": (False, True)}
    world.say("bob", PresentView(is_presenting=False))
    assert people(world) == {"ann": (False, False), "bob": (False, False)}


HERE = PoseState(position_lps_mm=(1.0, 2.0, 3.0), quaternion=(0.0, 0.0, 0.0, 1.0))
COME = GatherPeople(plan_id="plan-1", head=HERE)


def gathered(world: Any, name: str) -> list[tuple[str, str, PoseState]]:
    world.settle()
    return [(one.client_id, one.plan_id, one.head) for one in world.clients[name].gathered]


def test_an_owner_brings_everybody_else_to_their_view_and_plan(world_of: Any) -> None:
    world = world_of("ann", "bob", "eve")
    world.say("ann", COME)
    assert gathered(world, "bob") == gathered(world, "eve") == [("ann", "plan-1", HERE)]
    assert gathered(world, "ann") == []


def test_an_editor_brings_others_to_their_view_only_while_they_present(world_of: Any) -> None:
    world = world_of("ann")
    world.join("eve", role="editor")
    world.say("eve", COME)
    assert gathered(world, "ann") == []
    world.say("eve", PresentView(is_presenting=True))
    world.say("eve", COME)
    assert gathered(world, "ann") == [("eve", "plan-1", HERE)]


def test_nobody_is_brought_to_a_plan_that_is_gone(world_of: Any) -> None:
    world = world_of("ann", "bob")
    world.say("ann", GatherPeople(plan_id="plan-9", head=HERE))
    assert gathered(world, "bob") == []


def recording(world: Any) -> str | None:
    """Who has people recorded, as Bob was told."""
    world.settle()
    told = world.clients["bob"].people.recording
    return None if told is None else told.by_name


def test_everybody_is_told_that_they_are_recorded_and_by_whom(world_of: Any) -> None:
    world = world_of("ann", "bob")
    assert recording(world) is None
    world.say("ann", RecordPresence(is_recording=True))
    assert (recording(world), world.records) == ("ann", True)
    world.say("bob", RecordPresence(is_recording=False))
    assert (recording(world), world.records) == (None, False)


def test_who_comes_later_is_told_that_they_are_recorded(world_of: Any) -> None:
    world = world_of("ann")
    world.say("ann", RecordPresence(is_recording=True))
    world.join("bob")
    assert recording(world) == "ann"


def test_only_an_owner_has_people_recorded(world_of: Any) -> None:
    world = world_of("bob")
    world.join("eve", role="editor")
    world.say("eve", RecordPresence(is_recording=True))
    assert (recording(world), world.records) == (None, False)


def test_a_recording_ends_when_nobody_is_left(world_of: Any) -> None:
    world = world_of("ann")
    world.say("ann", RecordPresence(is_recording=True))
    world.leave("ann")
    assert world.records is False
    world.join("bob")
    assert recording(world) is None


def test_a_recording_that_cannot_be_kept_is_over_for_everybody(world_of: Any) -> None:
    world = world_of("ann", "bob")
    world.say("ann", RecordPresence(is_recording=True))
    world.do(world.session.recording_failed(what="The disk is full.", cure="Free some space."))
    assert (recording(world), world.records) == (None, False)
