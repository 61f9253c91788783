"""A WebSocket that costs a benchmark next to nothing, so that what is measured is the server.

Eight people in one process are read one after the other: with a full client the last of them would be late by the work
of the seven others. Needs the standard library alone; the peer's clients use it in their own interpreter.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable

Hear = Callable[[bytes, float], None]
"""Called with a message and the time it was read, `time.perf_counter()`."""

_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10


class LeanSocket(asyncio.Protocol):
    """One connection; what is heard before the handshake ends is the handshake's.

    Args:
        hear: takes every message.
    """

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._read = bytearray()
        self._open = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self.heard_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        now = time.perf_counter()
        self.heard_bytes += len(data)
        self._read += data
        if not self._open.done():
            head, found, rest = bytes(self._read).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise RuntimeError(head.split(b"\r\n")[0].decode())
            self._read = bytearray(rest)
            self._open.set_result(None)
        while (frame := self._frame()) is not None:
            self._take(*frame, now)

    def _frame(self) -> tuple[int, bytes] | None:
        """First byte and payload of the next whole frame; a server's are not masked."""
        read = self._read
        if len(read) < 2:
            return None
        size, start = read[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(read) < start:
                return None
            size = int.from_bytes(read[2:start], "big")
        if len(read) < start + size:
            return None
        first, payload = read[0], bytes(read[start : start + size])
        del read[: start + size]
        return first, payload

    def _take(self, first: int, payload: bytes, now: float) -> None:
        kind = first & 0x0F
        if kind == _PING:
            self._write(_PONG, payload)
        elif kind < _CLOSE:
            self._parts.append(payload)
            if first & 0x80:
                whole, self._parts = b"".join(self._parts), []
                self._hear(whole, now)

    def say(self, message: str | bytes) -> None:
        """Sends a message, masked by zeros."""
        if isinstance(message, str):
            self._write(_TEXT, message.encode())
        else:
            self._write(_BINARY, message)

    def _write(self, kind: int, payload: bytes) -> None:
        assert self._transport is not None
        size = len(payload)
        head = struct.pack("!BB", 0x80 | kind, 0x80 | size) if size < 126 else b""
        if not head:
            head = struct.pack("!BBH", 0x80 | kind, 0x80 | 126, size)
        self._transport.write(head + bytes(4) + payload)

    def close(self) -> None:
        """Goes away."""
        if self._transport is not None:
            self._transport.abort()

    async def opened(self, port: int, path: str, subprotocol: str) -> None:
        """Shakes hands."""
        assert self._transport is not None
        wish = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
        self._transport.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{wish}\r\n".encode()
        )
        await self._open


async def open_lean(port: int, path: str, hear: Hear, subprotocol: str = "") -> LeanSocket:
    """A connection to this computer."""
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: LeanSocket(hear), "127.0.0.1", port)
    await socket.opened(port, path, subprotocol)
    return socket
