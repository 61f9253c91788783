"""What a server costs over time: starting again after a kill, a slow person among others, twenty minutes of work."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
import urllib.request
from pathlib import Path

import numpy as np
from streaming_parts.people import Watcher, ct_slabs, delays_ms, drag, join, open_socket, plane
from streaming_parts.serving import Served, served

from streaming.protocol import CommitResection

RESTARTS = 7
ROUNDS = 7
PREVIEWS = 180
PEOPLE = 8
SLOW_BYTES_A_SECOND = 10_000


async def restart_part(cases: Path, case_id: str) -> dict[str, list[float] | float]:
    """Milliseconds from the start of the process to an answer over HTTP, and to the scene, each after a kill -9."""
    answers, scenes = [], []
    for _ in range(RESTARTS):
        started = time.perf_counter()
        with served(cases) as server:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/api/health") as answer:
                assert answer.status == 200
            answers.append(1e3 * (time.perf_counter() - started))
            person, _, _ = await join(server.port, case_id, "Ann")
            scenes.append(1e3 * (time.perf_counter() - started))
            os.kill(server.process_id, signal.SIGKILL)
            await person.close()
    return {"start to serving": answers, "start to the scene": scenes}


async def slow_part(cases: Path, case_id: str) -> dict[str, list[float] | float]:
    """Poses to the others without and with somebody who reads 10 kB a second; rounds alternate."""
    late: dict[str, list[float]] = {"without": [], "with": []}
    with served(cases) as server:
        ann, _, scene = await join(server.port, case_id, "Ann")
        others = [(await join(server.port, case_id, f"P{number}"))[0] for number in range(PEOPLE - 2)]
        watchers = [Watcher(one) for one in others]
        await drag(ann, 0, lambda step: step < 120)  # warm
        for number in range(2 * ROUNDS):
            kind = "with" if number % 2 else "without"
            slow = asyncio.create_task(_read_slowly(server, case_id, ct_slabs(scene))) if kind == "with" else None
            await asyncio.sleep(0.5)
            first = 1000 * (number + 1)
            sent = await drag(ann, first, lambda step: step < PREVIEWS)
            await asyncio.sleep(0.3)
            delays = [delay for watcher in watchers for delay in delays_ms(sent, watcher.poses)]
            late[kind].append(float(np.percentile(delays, 99)))
            if slow is not None:
                slow.cancel()
                await asyncio.gather(slow, return_exceptions=True)
        for watcher in watchers:
            await watcher.stop()
        for one in (ann, *others):
            await one.close()
    ratio = statistics.median(late["with"]) / statistics.median(late["without"])
    return {"p99 of rounds, without": late["without"], "p99 of rounds, with": late["with"], "with / without": ratio}


async def _read_slowly(server: Served, case_id: str, assets: list[str]) -> None:
    """Joins on a socket of small buffers and takes 10 kB a second of what comes, assets too."""
    from streaming.protocol import AssetCredit, AssetHello, AssetRequest

    control, welcome, _ = await join(server.port, case_id, "Slow")
    line = await open_socket(server.port, "/ws/assets")
    await line.send(AssetHello(asset_token=welcome.asset_token).model_dump_json())
    for number, asset in enumerate(assets, start=1):
        await line.send(AssetRequest(request_id=number, asset=asset).model_dump_json())
    for socket in (control, line):
        socket.transport.pause_reading()
    try:
        while True:
            await asyncio.sleep(1.0)
            for socket in (control, line):
                socket.transport.resume_reading()
            frame = await asyncio.wait_for(line.recv(), 5.0)
            await asyncio.sleep(len(frame) / SLOW_BYTES_A_SECOND)
            await line.send(AssetCredit(bytes=len(frame)).model_dump_json())
            for socket in (control, line):
                socket.transport.pause_reading()
    finally:
        await control.close()
        await line.close()


async def soak_part(cases: Path, case_id: str, minutes: float) -> dict[str, list[float] | float]:
    """Eight people who drag, commit, leave and come back: the server's memory each quarter of a minute."""
    memory: list[float] = []
    done = 0
    with served(cases) as server:
        ends = time.monotonic() + 60 * minutes
        rest = [(await join(server.port, case_id, f"P{number}"))[0] for number in range(PEOPLE - 1)]
        watchers = [Watcher(one) for one in rest]
        noted = 0.0
        while time.monotonic() < ends:
            ann, _, _ = await join(server.port, case_id, "Ann")
            await drag(ann, 1, lambda step: step < 120)
            for step in range(30):
                message = CommitResection(operation_id=f"soak-{done}", base_revision=1, resection=plane(60 + step))
                await ann.send(message.model_dump_json())
                done += 1
            await ann.close()
            if time.monotonic() - noted > 15:
                noted = time.monotonic()
                memory.append(server.resident_bytes() / 2**20)
        for watcher in watchers:
            await watcher.stop()
        for one in rest:
            await one.close()
    quarter = max(1, len(memory) // 4)
    growth = statistics.median(memory[-quarter:]) / statistics.median(memory[quarter : 2 * quarter] or memory)
    return {"memory, MiB": memory, "last quarter / second quarter": growth, "changes sent": float(done)}
