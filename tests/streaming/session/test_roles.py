"""Every message of the protocol against every role: what the table does not allow, the session does not do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streaming.protocol import (
    ASSET_MESSAGE,
    CLIENT_MESSAGE,
    LEAST_ROLE,
    ClientMessage,
    CommitResection,
    Numbers,
    People,
    Ping,
    PreviewCancelled,
    Role,
    ThroughLine,
    may,
)
from streaming.session.effects import Effect, Send
from streaming.session.session import Session

CONTRACT = Path(__file__).parents[2] / "contract" / "valid"
ROLES: tuple[Role, ...] = ("viewer", "editor", "owner")
AT = "2026-01-02T03:04:05.000+00:00"


def _messages() -> dict[str, ClientMessage]:
    """One valid message of every type that a client can send."""
    fixtures = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(CONTRACT.glob("client-*.json")))
    read = (CLIENT_MESSAGE.validate_json(json.dumps(one["message"])) for one in fixtures)
    return {message.type: message for message in read}


def _tags(adapter) -> set[str]:
    return set(adapter.json_schema()["discriminator"]["mapping"])


def _refused(effects: list[Effect]) -> bool:
    return any(isinstance(one, Send) and getattr(one.message, "code", "") == "not_allowed" for one in effects)


def test_the_table_names_every_message_and_nothing_else() -> None:
    assert set(LEAST_ROLE) == _tags(CLIENT_MESSAGE) | _tags(ASSET_MESSAGE), "enter new messages in protocol/roles.py"
    assert set(_messages()) == _tags(CLIENT_MESSAGE)


def test_what_is_not_in_the_table_nobody_may() -> None:
    assert not any(may(role, Numbers.model_construct(type="numbers.of_tomorrow")) for role in ROLES)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("tag", sorted(_tags(CLIENT_MESSAGE)))
def test_a_message_is_taken_from_who_may_send_it_and_refused_to_all_others(tag: str, role: Role) -> None:
    session = Session()
    session.start()
    session.join("ann", display_name="Ann", device="desktop", role=role)
    effects = session.receive("ann", _messages()[tag], at=AT)
    allowed = ROLES.index(role) >= ROLES.index(LEAST_ROLE[tag])
    assert _refused(effects) is not allowed
    if not allowed:
        assert all(isinstance(one, Send) and one.client_id == "ann" for one in effects), "nobody else notices"
        assert session.plan.revision == 0


@pytest.mark.parametrize("tag", sorted(_tags(CLIENT_MESSAGE)))
def test_a_viewer_puts_nothing_into_the_plan_and_nothing_on_others_screens(tag: str, world_of) -> None:
    world = world_of("ann")
    world.session.join("eve", display_name="Eve", device="desktop", role="viewer")
    before = world.session.plan
    effects = world.session.receive("eve", _messages()[tag], at=AT)
    told = {type(one).__name__ for one in effects}
    if tag.startswith(("presence.", "voice.")):
        assert told <= {"ShowPresence", "Broadcast", "Send"}, "a viewer is seen, and may speak"
    else:
        assert told <= {"Send", "Compare", "Flatten", "TakeApart"}
    assert all(getattr(one, "client_id", "eve") == "eve" for one in effects)
    assert world.session.plan == before


def test_refused_previews_are_answered_once_and_again_after_the_role_changed(plane, world_of) -> None:
    world = world_of("ann")
    session = world.session
    session.join("eve", display_name="Eve", device="desktop", role="viewer")
    preview = _messages()["resection.preview"].model_copy(update={"resection": plane("resection-1", 3.0)})

    def moved(sequence: int) -> list[Effect]:
        return session.receive("eve", preview.model_copy(update={"sequence": sequence}), at=AT)

    assert [_refused(moved(number)) for number in (1, 2, 3)] == [True, False, False]
    session.change_role("eve", "editor")
    assert not _refused(moved(4))
    assert session.holders == {"resection-1": "eve"}


def test_who_becomes_a_viewer_lets_go_and_everybody_is_told(plane, world_of) -> None:
    world = world_of("ann", "bob")
    preview = _messages()["resection.preview"]
    world.say("ann", preview.model_copy(update={"resection": plane("resection-1", 3.0)}))
    world.settle()
    effects = world.session.change_role("ann", "viewer")
    assert world.session.holders == {}
    assert _refused(effects)
    told = [one.message for one in effects if hasattr(one, "message")]
    assert any(isinstance(one, PreviewCancelled) for one in told)
    (people,) = (one for one in told if isinstance(one, People))
    assert {one.client_id: (one.role, one.holding) for one in people.people} == {
        "ann": ("viewer", None),
        "bob": ("owner", None),
    }
    assert world.session.change_role("ann", "viewer") == [], "said once"
    assert not _refused(world.session.receive("ann", Ping(sent_ms=1.0), at=AT))


def test_who_may_change_nothing_any_more_is_still_told_what_became_of_a_change_they_made(world_of, plane) -> None:
    world = world_of("ann", "bob")
    change = CommitResection(operation_id="op-1", base_revision=1, resection=plane("resection-1", 5.0))
    world.say("ann", change)
    world.do(world.session.change_role("ann", "viewer"))
    world.say("ann", change)  # after a drop, before the disk has it
    world.store_one()
    world.say("ann", change)
    world.say("bob", CommitResection(operation_id="op-2", base_revision=2, resection=plane("resection-1", 6.0)))
    world.do(world.session.change_role("bob", "viewer"))
    world.say("bob", change)
    world.settle()
    ann, bob = world.clients["ann"], world.clients["bob"]
    ann.read()
    bob.read()
    assert ann.acknowledged == {"op-1": 2}
    assert not [one for one in ann.rejected if one.operation_id == "op-1"]
    assert [one.code for one in bob.rejected] == ["not_allowed"], "what somebody else said is not theirs to say again"


def test_a_resection_that_is_made_for_somebody_who_may_change_nothing_any_more_is_not_put_into_the_plan(
    world_of,
) -> None:
    world = world_of("ann")
    line = ((5.0, 0.0, 0.0), (5.0, 9.0, 0.0))
    wish = ThroughLine(operation_id="w", base_revision=1, resection_id="new", points_lps_mm=line)
    world.say("ann", wish)
    world.do(world.session.change_role("ann", "viewer"))
    world.say("ann", wish)  # refused by now, so that it must not come into the plan afterwards
    world.settle()
    assert world.session.plan.resection("new") is None
    assert [one.code for one in world.clients["ann"].rejected] == ["not_allowed"]
