"""One of 32 people stops reading: what the others notice, and what it costs the server."""

from __future__ import annotations

import asyncio
import socket
import statistics
import struct
from pathlib import Path

import numpy as np

from streaming.protocol import PROTOCOL_VERSION, AssetCredit, AssetHello, AssetRequest, Hello
from streaming_parts.people import Watcher, ct_slabs, delays_ms, drag, join
from streaming_parts.serving import served

PEOPLE = 32
ROUNDS = 9
PREVIEWS = 180


class StalledClient:
    """Joins, asks for everything with all the credit it can lie about, and never reads again.

    Answers no ping either, so that the server lets it go after 15 s; a round is shorter.
    """

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.socket()
        self._socket.connect(("127.0.0.1", port))
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def say(self, text: str) -> None:
        """Sends a text frame."""
        payload = text.encode()
        head = struct.pack("!BB", 0x81, 0x80 | len(payload)) if len(payload) < 126 else b""
        self._socket.sendall((head or struct.pack("!BBH", 0x81, 0x80 | 126, len(payload))) + bytes(4) + payload)

    def close(self) -> None:
        """Goes away."""
        self._socket.close()


async def stalled_part(cases: Path, case_id: str) -> dict[str, list[float] | float]:
    """Milliseconds of poses to 30 people without and with a stalled one, in turns, and the bytes it cost the server.

    Rounds alternate; the ratio is that of the medians over rounds of each round's 99th percentile, because a single
    hiccup of the machine decides the 99th percentile of all.
    """
    found: dict[str, list[float]] = {"without": [], "with": []}
    late: dict[str, list[float]] = {"without": [], "with": []}
    grown: list[float] = []
    with served(cases) as server:
        ann, _, scene = await join(server.port, case_id, "Ann")
        others = [await join(server.port, case_id, f"P{number}") for number in range(PEOPLE - 2)]
        watchers = [Watcher(one) for one, _, _ in others]
        await drag(ann, 0, lambda step: step < 180)  # warm
        await asyncio.sleep(2.0)
        for number in range(2 * ROUNDS):
            kind = "with" if number % 2 else "without"
            before = server.resident_bytes()
            clients = _stall(server.port, case_id, others[0][1].asset_token, ct_slabs(scene)) if kind == "with" else []
            await asyncio.sleep(0.5)  # what joining costs is not what staying costs
            sent = await drag(ann, 1000 * (number + 1), lambda step: step < PREVIEWS)
            await asyncio.sleep(0.3)
            if clients:
                grown.append(float(server.resident_bytes() - before))
            delays = [delay for watcher in watchers for delay in delays_ms(sent, watcher.poses)]
            found[kind] += delays
            late[kind].append(float(np.percentile(delays, 99)))
            for client in clients:
                client.close()
            await asyncio.sleep(0.2)
        for watcher in watchers:
            await watcher.stop()
        for one in (ann, *(person for person, _, _ in others)):
            await one.close()
    ratio = statistics.median(late["with"]) / statistics.median(late["without"])
    return {**found, "p99 with / without": ratio, "bytes": statistics.median(grown)}


def _stall(port: int, case_id: str, asset_token: str, assets: list[str]) -> list[StalledClient]:
    control, line = StalledClient(port, "/ws/control"), StalledClient(port, "/ws/assets")
    control.say(Hello(protocol_version=PROTOCOL_VERSION, case_id=case_id, display_name="S").model_dump_json())
    line.say(AssetHello(asset_token=asset_token).model_dump_json())
    for number, asset in enumerate(assets, start=1):
        line.say(AssetRequest(request_id=number, asset=asset).model_dump_json())
    for _ in range(20):
        line.say(AssetCredit(bytes=16 * 1024 * 1024).model_dump_json())
    return [control, line]
