"""Voice over the real server: signals between sockets, clean-up, headers, and nothing of it kept or written down."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
import pytest

from engine.errors import StorageError
from streaming.protocol import (
    Fault,
    IceServerState,
    JoinVoice,
    SignalVoice,
    VoiceDescription,
    VoiceJoined,
    VoiceRoom,
    VoiceSignalled,
)
from streaming.serving.ice import ice_servers

SECRET = "a=ice-pwd:neverwrittendown"


def test_signals_reach_the_other_and_stand_in_no_log_and_no_file(running, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    ann, _, _, _ = running.join("Ann")
    bob, _, _, _ = running.join("Bob")
    ann.say(JoinVoice())
    seat = ann.hear_a(VoiceJoined).seat
    bob.say(JoinVoice())
    other = bob.hear_a(VoiceJoined)
    assert other.ice_servers == (), "by default no other host is told of"
    ann.hear_a(VoiceRoom, lambda room: len(room.people) == 2)
    offer = VoiceDescription(kind="offer", sdp=f"v=0\r\n{SECRET}\r\n")
    ann.say(SignalVoice(to=other.seat, signal=offer))
    got = bob.hear_a(VoiceSignalled)
    assert (got.seat, got.signal) == (seat, offer)
    ann.socket.send('{"type":"voice.signal","to":1,"signal":{"kind":"offer","sdp":"' + SECRET + '"},"seat":9}')
    assert ann.hear_a(Fault).code == "malformed"
    bob.socket.close()
    ann.hear_a(VoiceRoom, lambda room: [one.seat for one in room.people] == [seat])
    assert SECRET not in caplog.text
    kept = [path for path in running.cases.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert kept == []


def test_who_connects_again_elsewhere_leaves_the_voice_of_the_first_window(running) -> None:
    ann, welcome, _, _ = running.join("Ann")
    bob, _, _, _ = running.join("Bob")
    ann.say(JoinVoice())
    bob.hear_a(VoiceRoom, lambda room: len(room.people) == 1)
    again, _, _, _ = running.join("Ann", client_id=welcome.client_id, resume_token=welcome.resume_token)
    bob.hear_a(VoiceRoom, lambda room: room.people == ())
    again.say(JoinVoice())
    assert again.hear_a(VoiceJoined).seat == 2


def test_the_relays_of_the_hospital_are_told_to_who_talks(cases: Path, start) -> None:
    relay = IceServerState(urls="stun:stun.example:3478", username="", credential="")
    server, stop = start(cases, ice_servers=(relay,))
    try:
        ann, _, _, _ = server.join("Ann")
        ann.say(JoinVoice())
        assert ann.hear_a(VoiceJoined).ice_servers == (relay,)
    finally:
        stop()


def test_pages_may_use_the_microphone_themselves_and_let_no_frame_do_so(shared) -> None:
    answer = httpx.get(shared.address.origin, trust_env=False)
    policy = answer.headers["Permissions-Policy"]
    assert "microphone=(self)" in policy
    assert "camera=()" in policy
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_addresses_of_relays_are_read_and_what_is_none_is_refused(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("pass word\n", encoding="utf-8")
    stun, turn = "stun:stun.example:3478", "turns:10.0.0.5:443?transport=tcp"
    assert ice_servers([stun, turn], "cantlie", password) == (
        IceServerState(urls=stun, username="", credential=""),
        IceServerState(urls=turn, username="cantlie", credential="pass word"),
    )
    assert ice_servers([], None, None) == ()
    for urls, user, file in (
        (["http://stun.example"], None, None),
        (["stun:"], None, None),
        (["stun:a b"], None, None),
        ([turn], None, None),
        ([turn], "cantlie", tmp_path / "absent"),
    ):
        with pytest.raises(StorageError):
            ice_servers(urls, user, file)
