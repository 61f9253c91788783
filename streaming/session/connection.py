"""One person's line: what waits for them, and when it has to end."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from engine.sentences import say
from streaming.protocol import Fault, fault_of
from streaming.session.admission import Admission
from streaming.session.effects import Topic
from streaming.session.fast_lane import FastLane
from streaming.session.outbox import Outbox, OutboxFullError

_TOO_SLOW: Final = fault_of(
    code="too_slow",
    message=say("too_slow"),
    fatal=True,
)


class Connection:
    """One person's line.

    Args:
        client_id: whose.
        admission: what they were let in with.
        lane: the short way of their socket; None where it has none.
    """

    def __init__(self, client_id: str, admission: Admission, lane: FastLane | None = None) -> None:
        self.client_id = client_id
        self.admission = admission
        self.asset_token = secrets.token_urlsafe(24)
        self.outbox = Outbox()
        self.last_word: Fault | None = None
        self.ended = asyncio.Event()  # for the asset socket, which ends with this connection
        self._lane = lane
        self._wake = asyncio.Event()
        self._is_waiting = False

    def send(self, text: str, topic: Topic | None = None) -> None:
        """Queues an encoded message; a person who does not read is cut off."""
        if self.last_word is not None:
            return
        try:
            self.outbox.put(text, topic)
        except OutboxFullError:
            self.end(_TOO_SLOW)
        self._wake.set()

    def send_now(self, frame: bytes) -> bool:
        """Writes a frame, if everything before it is written; otherwise it has to be queued."""
        if self._lane is None or not self._is_waiting or self._wake.is_set():
            return False
        return self._lane.write_now(frame)

    def end(self, fault: Fault) -> None:
        """Ends the connection with this as the last message."""
        self.last_word = self.last_word or fault
        self.ended.set()
        self._wake.set()

    async def next_text(self) -> str | None:
        """Waits for the next message; None once the connection has to end."""
        while self.last_word is None:
            if (text := self.outbox.pop()) is not None:
                return text
            self._wake.clear()
            self._is_waiting = True
            try:
                await self._wake.wait()
            finally:
                self._is_waiting = False
        return None
