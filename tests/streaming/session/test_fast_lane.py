"""What comes at hand speed takes a short way, and never overtakes what was said before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from websockets.frames import Frame, Opcode

from streaming.session.admission import AT_THE_SERVER
from streaming.session.connection import Connection
from streaming.session.effects import Topic
from streaming.session.fast_lane import goes_at_once, is_hot, text_frame


class Lane:
    """A socket that can be stuck."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_stuck = False

    def write_now(self, frame: bytes) -> bool:
        if not self.is_stuck:
            self.written.append(frame)
        return not self.is_stuck

    def take_by(self, _taker: object) -> None:
        """Nothing arrives here."""


@pytest.mark.parametrize("length", [0, 125, 126, 65535, 65536])
def test_a_frame_is_what_the_library_would_send(length: int) -> None:
    text = "ü" + "x" * (length - 2) if length > 1 else ""
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False, extensions=[])


def test_only_what_comes_at_hand_speed_goes_the_short_way() -> None:
    assert is_hot(b'{"type":"resection.preview","sequence":1')
    assert not is_hot(b'{"type":"resection.commit","operation_id":"o"')
    assert goes_at_once(Topic(kind="numbers"))
    assert not goes_at_once(Topic(kind="plan"))
    assert not goes_at_once(None)


def test_a_frame_is_written_at_once_only_to_whom_nothing_waits_for(in_own_thread: Callable[..., None]) -> None:
    async def story() -> None:
        lane = Lane()
        connection = Connection("ann", AT_THE_SERVER, lane)
        assert not connection.send_now(b"early"), "its writer does not wait yet"
        connection.send("welcome")
        assert await connection.next_text() == "welcome"
        assert not connection.send_now(b"overtaking"), "the welcome may still be on its way out"
        waiting = asyncio.ensure_future(connection.next_text())
        await asyncio.sleep(0)
        assert connection.send_now(b"pose")
        lane.is_stuck = True
        assert not connection.send_now(b"pose"), "the line is full"
        lane.is_stuck = False
        connection.send("plan")
        assert not connection.send_now(b"drag"), "the plan goes first"
        assert await waiting == "plan"
        assert lane.written == [b"pose"]

    in_own_thread(asyncio.run, story())


def test_nothing_is_written_at_once_to_whom_no_lane_leads(in_own_thread: Callable[..., None]) -> None:
    async def story() -> None:
        connection = Connection("ann", AT_THE_SERVER)
        waiting = asyncio.ensure_future(connection.next_text())
        await asyncio.sleep(0)
        assert not connection.send_now(b"pose")
        waiting.cancel()

    in_own_thread(asyncio.run, story())
