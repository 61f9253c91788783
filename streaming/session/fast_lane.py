"""The short way of what comes at hand speed: a moved cut, a pose, a ping in; moved cuts, numbers and poses out.

Through the application's queues and tasks such a message costs several times what is done with it. The socket offers a
lane: what arrives is handed over as it is read, what is told to everybody is framed once and written at once to whoever
is not behind. Whoever is behind gets it the usual way, where the newest wins; so the order of messages stays the same.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, Protocol

from streaming.session.effects import Topic

AT_ONCE: Final = frozenset({"drag", "numbers", "presence"})
"""Kinds of topics that are written at once."""

FAST_LANE: Final = "cantlie.fast_lane"
"""The lane's name among the extensions of an ASGI connection scope."""

Taker = Callable[[bytes], bool]
"""Called with a whole text message before the application gets it; True if it is dealt with."""

_TEXT: Final = 0x81
_STARTS: Final = (b'{"type":"presence.move"', b'{"type":"resection.preview"', b'{"type":"ping"')


class FastLane(Protocol):
    """What a socket offers."""

    def write_now(self, frame: bytes) -> bool:
        """Writes a whole frame, unless something waits to be written; False if it did not."""
        ...

    def take_by(self, taker: Taker | None) -> None:
        """From now on what arrives is offered to this first, as long as nothing older waits."""
        ...


def is_hot(message: bytes) -> bool:
    """Whether a client's message is of a kind for the lane, by its beginning as our client writes it."""
    return message.startswith(_STARTS)


def goes_at_once(topic: Topic | None) -> bool:
    """Whether a broadcast under the topic is written at once where it can be."""
    return topic is not None and topic.kind in AT_ONCE


def text_frame(text: str) -> bytes:
    """A message as a server's WebSocket frame, RFC 6455 5.2: the same bytes for everybody."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", _TEXT, size) + payload
    if size < 65536:
        return struct.pack("!BBH", _TEXT, 126, size) + payload
    return struct.pack("!BBQ", _TEXT, 127, size) + payload
