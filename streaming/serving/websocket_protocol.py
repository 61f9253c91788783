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
from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

LINGER_SECONDS: Final = 5.0
"""How long the last words of a connection may take to go out."""

_RESET_AT_ONCE: Final = struct.pack("ii", 1, 0)

LAST_CHANCE_SECONDS: Final = 1.0

MAX_FRAGMENTS: Final = 64
"""A message of 64 KiB needs no more; empty fragments would otherwise gather without end."""


class PlanningWebSocket(WebSocketsSansIOProtocol):
    """One connection."""

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
