"""WebSockets as uvicorn serves them, but who stops reading, or splits messages into crumbs, is let go for good.

uvicorn closes a connection politely: what is buffered goes out first. To somebody who does not read it never does, so
that the connection, its buffers and the person in the session would stay until their computer is switched off.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from typing import Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from streaming.session.fast_lane import FAST_LANE, Taker

LINGER_SECONDS: Final = 5.0
"""How long the last words of a connection may take to go out."""

_RESET_AT_ONCE: Final = struct.pack("ii", 1, 0)

LAST_CHANCE_SECONDS: Final = 1.0

MAX_FRAGMENTS: Final = 64
"""A message of 64 KiB needs no more; empty fragments would otherwise gather without end."""


MAX_UNWRITTEN_BYTES: Final = 16 * 1024
"""What may wait in a control socket's own buffer: the rest waits in the outbox, where the newest wins."""


class PlanningWebSocket(WebSocketsSansIOProtocol):
    """One connection; offers the short way of `streaming.session.fast_lane`."""

    _taker: Taker | None = None

    def handle_connect(self, event: Request) -> None:
        """A handshake; the application starts after it."""
        super().handle_connect(event)
        if not self.close_sent:
            cast(dict[str, object], self.scope["extensions"])[FAST_LANE] = self

    def take_by(self, taker: Taker | None) -> None:
        """From now on what arrives is offered to this first."""
        self._taker = taker
        if taker is not None and not self.transport.is_closing():  # who left while the case opened has no line any more
            self.transport.set_write_buffer_limits(high=MAX_UNWRITTEN_BYTES)

    def write_now(self, frame: bytes) -> bool:
        """Writes a whole frame, unless too much waits to be written."""
        if self.close_sent or self.disconnected or not self.writable.is_set() or self.transport.is_closing():
            return False
        if self.transport.get_write_buffer_size() > MAX_UNWRITTEN_BYTES:
            return False
        self.transport.write(frame)
        return True

    def send_receive_event_to_app(self) -> None:
        """A whole message is there: for who takes it at once, or else for the application."""
        taker = self._taker
        if taker is not None and self.curr_msg_data_type == "text" and len(self.frames) == 1 and self.queue.empty():
            (message,) = self.frames
            if not self.close_sent and taker(message):
                self.frames = []
                return
        super().send_receive_event_to_app()

    def handle_cont(self, event: Frame) -> None:
        """Takes a fragment of a message."""
        if len(self.frames) >= MAX_FRAGMENTS:
            self.conn.fail(1009, "too many fragments")
            self.handle_parser_exception()
            return
        super().handle_cont(event)

    _is_last_chance = False

    def handle_pong(self, event: Frame) -> None:
        """The other side answered a ping."""
        self._is_last_chance = False
        super().handle_pong(event)

    def keepalive_timeout(self) -> None:
        """The other side did not answer a ping: it is gone, or does not read.

        Or the server itself was busy, and the answer waits to be read; so there is a last chance.
        """
        if not self._is_last_chance:
            self._is_last_chance = True
            self.pong_timer = self.loop.call_later(LAST_CHANCE_SECONDS, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self._abort()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application is done with the connection."""
        super().on_task_complete(task)
        if not self.disconnected:
            self.loop.call_later(LINGER_SECONDS, self._abort)

    def _abort(self) -> None:
        if self.disconnected:
            return
        if (opened := self.transport.get_extra_info("socket")) is not None:
            # Without it the kernel goes on trying to get rid of what it holds, for as long as the other side is there.
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(opened.fileno())) as same:
                same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
        self.transport.abort()
