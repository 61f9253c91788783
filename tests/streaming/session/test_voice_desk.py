"""The voice room: six places, signals only between people who have one, mutes that nobody else can lift."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streaming.protocol import (
    CLIENT_MESSAGE,
    VOICE_PLACES,
    Fault,
    IceServerState,
    JoinVoice,
    LeaveVoice,
    MuteVoice,
    PresentView,
    Rejected,
    Role,
    SignalVoice,
    VoiceCandidate,
    VoiceDescription,
    VoiceJoined,
    VoiceRoom,
    VoiceSignalled,
)
from streaming.session.effects import Broadcast, Effect, Send, Store
from streaming.session.session import Session

AT = "2026-01-02T03:04:05.000+00:00"
OFFER = VoiceDescription(kind="offer", sdp="v=0\r\n")
CANDIDATE = VoiceCandidate(candidate="candidate:1", sdp_mid="0", sdp_m_line_index=0)
RELAY = IceServerState(urls="turn:turn.example:3478", username="u", credential="p")


class Table:
    """A session and what voice said in it: the room as everybody was told of it last, and what each person was sent."""

    def __init__(self, *names: str, role: Role = "editor", ice_servers: tuple[IceServerState, ...] = ()) -> None:
        self.session = Session(ice_servers=ice_servers)
        self.session.start()
        self.room = VoiceRoom(people=(), waiting=())
        self.sent: dict[str, list[Any]] = {}
        for name in names:
            self.come(name, role)

    def come(self, name: str, role: Role = "editor") -> None:
        self.do(self.session.join(name, display_name=name.title(), device="desktop", role=role))

    def say(self, name: str, message: Any) -> None:
        self.do(self.session.receive(name, message, at=AT))

    def go(self, name: str) -> None:
        self.do(self.session.leave(name))

    def do(self, effects: list[Effect]) -> None:
        for effect in effects:
            assert not isinstance(effect, Store), "voice is never logged"
            if isinstance(effect, Broadcast) and isinstance(effect.message, VoiceRoom):
                self.room = effect.message
            if isinstance(effect, Send):
                self.sent.setdefault(effect.client_id, []).append(effect.message)

    def heard(self, name: str, kind: type) -> list[Any]:
        return [one for one in self.sent.get(name, []) if isinstance(one, kind)]

    def seat(self, name: str) -> int:
        return next(one.seat for one in self.room.people if one.client_id == name)

    @property
    def muted(self) -> dict[str, tuple[bool, str | None]]:
        return {one.client_id: (one.is_muted, one.muted_by) for one in self.room.people}


def talking(*names: str, role: Role = "editor") -> Table:
    table = Table(*names, role=role)
    for name in names:
        table.say(name, JoinVoice())
    return table


def test_who_joins_is_seen_by_all_and_told_their_seat_and_the_relays_of_the_hospital() -> None:
    table = Table("ann", "bob", ice_servers=(RELAY,))
    table.say("ann", JoinVoice(is_muted=True))
    assert table.muted == {"ann": (True, None)}
    (joined,) = table.heard("ann", VoiceJoined)
    assert (joined.seat, joined.ice_servers) == (table.seat("ann"), (RELAY,))
    assert table.heard("bob", VoiceJoined) == [], "relays are nobody's business who does not talk"


def test_signals_go_to_who_sits_there_alone_and_name_the_true_sender() -> None:
    table = talking("ann", "bob", "cid")
    table.say("ann", SignalVoice(to=table.seat("bob"), signal=OFFER))
    table.say("ann", SignalVoice(to=table.seat("bob"), signal=CANDIDATE))
    got = [(one.seat, one.signal) for one in table.heard("bob", VoiceSignalled)]
    assert got == [(table.seat("ann"), OFFER), (table.seat("ann"), CANDIDATE)]
    assert table.heard("cid", VoiceSignalled) == table.heard("ann", VoiceSignalled) == []


def test_who_has_no_place_signals_to_nobody_and_hears_nothing() -> None:
    table = talking("ann", "bob")
    table.come("eve")
    table.say("eve", SignalVoice(to=table.seat("ann"), signal=OFFER))
    assert [one.code for one in table.heard("eve", Fault)] == ["not_in_voice"]
    assert table.heard("ann", VoiceSignalled) == []
    table.say("ann", SignalVoice(to=table.seat("bob") + 7, signal=OFFER))
    table.say("ann", SignalVoice(to=table.seat("ann"), signal=OFFER))
    assert [table.heard(one, VoiceSignalled) for one in ("ann", "bob", "eve")] == [[], [], []]


def test_what_was_meant_for_an_earlier_stay_reaches_nobody() -> None:
    table = talking("ann", "bob")
    before = table.seat("bob")
    table.go("bob")
    assert list(table.muted) == ["ann"]
    table.come("bob")
    table.say("bob", JoinVoice())
    assert table.seat("bob") > before
    table.say("ann", SignalVoice(to=before, signal=CANDIDATE))
    assert table.heard("bob", VoiceSignalled) == []


def test_joining_again_gives_a_new_seat_so_that_others_begin_anew() -> None:
    table = talking("ann", "bob")
    before = table.seat("ann")
    table.say("ann", JoinVoice())
    assert table.seat("ann") > before
    assert len(table.room.people) == 2


def test_the_seventh_waits_and_comes_in_when_somebody_goes() -> None:
    names = [f"p{number}" for number in range(VOICE_PLACES + 2)]
    table = talking(*names)
    assert [one.client_id for one in table.room.people] == names[:VOICE_PLACES]
    assert table.room.waiting == tuple(names[VOICE_PLACES:])
    table.say(names[-1], SignalVoice(to=table.seat("p0"), signal=OFFER))
    assert table.heard("p0", VoiceSignalled) == []
    table.say("p2", LeaveVoice())
    assert table.room.waiting == (names[-1],)
    assert len(table.heard(names[-2], VoiceJoined)) == 1
    table.go(names[-1])
    assert table.room.waiting == ()


def test_one_mutes_oneself_and_speaks_again() -> None:
    table = talking("ann", "bob", role="viewer")
    table.say("ann", MuteVoice(client_id="ann", is_muted=True))
    assert table.muted == {"ann": (True, None), "bob": (False, None)}
    table.say("ann", MuteVoice(client_id="ann", is_muted=False))
    assert table.muted["ann"] == (False, None)


@pytest.mark.parametrize("why", ["owner", "presenter"])
def test_an_owner_or_who_presents_mutes_another_who_sees_by_whom_and_alone_can_lift_it(why: str) -> None:
    table = talking("bob")
    table.come("ann", "owner" if why == "owner" else "editor")
    if why == "presenter":
        table.say("ann", PresentView(is_presenting=True))
    table.say("ann", MuteVoice(client_id="bob", is_muted=True))
    assert table.muted == {"bob": (True, "Ann")}
    table.say("ann", MuteVoice(client_id="bob", is_muted=False))
    assert table.muted == {"bob": (True, "Ann")}, "nobody opens the microphone of another"
    assert [one.code for one in table.heard("ann", Rejected)] == ["not_allowed"]
    table.say("bob", MuteVoice(client_id="bob", is_muted=False))
    assert table.muted == {"bob": (False, None)}


def test_nobody_else_mutes_others() -> None:
    table = talking("ann", "bob")
    table.say("ann", MuteVoice(client_id="bob", is_muted=True))
    assert table.muted["bob"] == (False, None)
    assert [one.code for one in table.heard("ann", Rejected)] == ["not_allowed"]
    table.say("ann", MuteVoice(client_id="nobody", is_muted=True))
    assert len(table.heard("ann", Rejected)) == 1


def test_who_was_muted_stays_so_when_their_page_begins_anew_in_the_room() -> None:
    table = talking("bob")
    table.come("ann", "owner")
    table.say("ann", MuteVoice(client_id="bob", is_muted=True))
    table.say("bob", JoinVoice())
    assert table.muted == {"bob": (True, "Ann")}


def test_who_comes_later_is_told_who_talks() -> None:
    table = talking("ann")
    table.come("bob")
    assert table.heard("bob", VoiceRoom) == [table.room]


def test_no_fixture_of_the_contract_by_who_is_not_in_voice_reaches_another() -> None:
    contract = Path(__file__).parents[2] / "contract" / "valid"
    table = talking("ann", "bob")
    table.come("eve")
    for path in sorted(contract.glob("client-voice-*.json")):
        message = CLIENT_MESSAGE.validate_json(json.dumps(json.loads(path.read_text(encoding="utf-8"))["message"]))
        if not isinstance(message, JoinVoice):
            table.say("eve", message)
    assert table.heard("ann", VoiceSignalled) == table.heard("bob", VoiceSignalled) == []
    assert table.muted == {"ann": (False, None), "bob": (False, None)}


NAMES = tuple("abcdefghi")


class AnyComingAndGoing(RuleBasedStateMachine):
    """Whatever people do: at most six have a place, nobody waits beside a free one, seats grow and are one's own."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()
        self.here: set[str] = set()
        self.wants: set[str] = set()
        self.newest = 0

    @rule(name=st.sampled_from(NAMES))
    def come_or_go(self, name: str) -> None:
        if name in self.here:
            self.here.remove(name)
            self.wants.discard(name)
            self.table.go(name)
        else:
            self.here.add(name)
            self.table.come(name)

    @rule(name=st.sampled_from(NAMES), muted=st.booleans())
    def join(self, name: str, muted: bool) -> None:
        if name in self.here:
            self.wants.add(name)
            self.table.say(name, JoinVoice(is_muted=muted))

    @rule(name=st.sampled_from(NAMES))
    def stop(self, name: str) -> None:
        if name in self.here:
            self.wants.discard(name)
            self.table.say(name, LeaveVoice())

    @rule(name=st.sampled_from(NAMES), to=st.integers(min_value=1, max_value=40))
    def signal(self, name: str, to: int) -> None:
        if name not in self.here:
            return
        before = {one: len(self.table.heard(one, VoiceSignalled)) for one in NAMES}
        self.table.say(name, SignalVoice(to=to, signal=OFFER))
        seats = {one.client_id: one.seat for one in self.table.room.people}
        reached = {one for one in NAMES if len(self.table.heard(one, VoiceSignalled)) > before[one]}
        meant = {one for one, seat in seats.items() if seat == to and one != name}
        assert reached == (meant if name in seats else set())

    @invariant()
    def places(self) -> None:
        room = self.table.room
        seated = {one.client_id for one in room.people}
        assert seated | set(room.waiting) == self.wants
        assert len(seated) == min(VOICE_PLACES, len(self.wants))
        seats = sorted(one.seat for one in room.people)
        assert len(set(seats)) == len(seats)


AnyComingAndGoing.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAnyComingAndGoing = AnyComingAndGoing.TestCase
