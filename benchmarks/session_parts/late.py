"""Somebody comes late, over a line of 100 Mbit/s with a round trip of 5 ms, while seven others work."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from streaming_parts.lean import open_lean
from streaming_parts.lean_people import LeanPerson, lean_drag
from streaming_parts.serving import served

from streaming.protocol import PROTOCOL_VERSION, Hello

PEOPLE = 7
JOINS = 12
BITS_PER_SECOND = 100e6
ROUND_TRIP_SECONDS = 0.005
_WANTED = ("welcome", "scene", "plans", "plan", "people", "numbers")


class Line:
    """A proxy that lets 100 Mbit/s through each way and every byte late; it does not imitate slow start.

    Args:
        port: of the server behind it.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._free_at = {"up": 0.0, "down": 0.0}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        """Its own port."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(ROUND_TRIP_SECONDS)  # of connecting
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        for way, source, sink in (("up", reader, far_writer), ("down", far_reader, writer)):
            task = asyncio.create_task(self._carry(way, source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, way: str, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while data := await source.read(1 << 16):
            self._free_at[way] = max(loop.time(), self._free_at[way]) + 8 * len(data) / BITS_PER_SECOND
            loop.call_at(self._free_at[way] + ROUND_TRIP_SECONDS / 2, sink.write, data)
        loop.call_at(max(loop.time(), self._free_at[way]) + ROUND_TRIP_SECONDS, sink.close)


async def late_part(cases: Path, case_id: str) -> dict[str, list[float] | float]:
    """Milliseconds from connecting to scene, plan, people and numbers, to what the first picture needs, and to both."""
    found: dict[str, list[float]] = {"scene, plan, people, numbers": [], "scene with surfaces": [], "late join": []}
    with served(cases) as server:
        people = [LeanPerson() for _ in range(PEOPLE)]
        for number, one in enumerate(people):
            await one.join(server.port, case_id, f"P{number}")
        await asyncio.sleep(2.0)
        working = asyncio.create_task(_work(people[0]))
        port = await Line(server.port).open()
        for _ in range(JOINS):
            said, drawn = await asyncio.gather(_told(port, case_id), _opening(port, case_id))
            found["scene, plan, people, numbers"].append(said)
            found["scene with surfaces"].append(drawn)
            found["late join"].append(max(said, drawn))
            await asyncio.sleep(0.2)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        for one in people:
            one.leave()
    return {**found}


async def _work(ann: LeanPerson) -> None:
    first = 0
    while True:
        await lean_drag(ann, first, 600)
        first += 600


async def _told(port: int, case_id: str) -> float:
    missing = set(_WANTED)
    everything = asyncio.get_running_loop().create_future()
    started = time.perf_counter()

    def hear(message: bytes, now: float) -> None:
        missing.discard(message[9:40].split(b'"')[0].decode())  # behind {"type":"
        if not missing and not everything.done():
            everything.set_result(now)

    socket = await open_lean(port, "/ws/control", hear)
    socket.say(Hello(protocol_version=PROTOCOL_VERSION, case_id=case_id, display_name="Late").model_dump_json())
    late = 1e3 * (await asyncio.wait_for(everything, 20.0) - started)
    socket.close()
    return late


async def _opening(port: int, case_id: str) -> float:
    """Scene, plan and the coarsest surfaces, as the page asks for them: one request."""
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /api/cases/{case_id}/opening HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    answer = await asyncio.wait_for(reader.read(), 20.0)
    if b" 200 " not in answer[:20]:
        raise RuntimeError("no opening")
    writer.close()
    return 1e3 * (time.perf_counter() - started)
