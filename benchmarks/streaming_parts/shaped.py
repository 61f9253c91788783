"""Poses while 48 MiB of assets flow over one link of 100 Mbit/s, which both sockets share.

The link is the kernel's own: a network namespace whose loopback lets 100 Mbit/s through, first in first out, from a
queue of a megabyte, in packets of 1500 bytes. Run in there by `in_namespace`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from streaming_parts.people import Watcher, ct_slabs, delays_ms, download, drag, join, open_socket
from streaming_parts.serving import served

NAIVE_BYTES = 48 * 1024 * 1024
NAIVE_HERTZ = 60.0
_LINK = "ip link set lo mtu 1500 up && tc qdisc add dev lo root tbf rate 100mbit burst 16kb limit 1mb"


def in_namespace(script: Path, arguments: list[str]) -> str | None:
    """What the script prints in the namespace of the shaped link; None where this system has none to give."""
    command = f'{_LINK} && exec "$@"'
    probe = subprocess.run(["unshare", "-rn", "bash", "-c", _LINK], capture_output=True, check=False)
    if probe.returncode != 0:
        return None
    done = subprocess.run(
        ["unshare", "-rn", "bash", "-c", command, "bash", sys.executable, str(script), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


async def shaped_part(cases: Path, case_id: str) -> dict[str, list[float] | float]:
    """Milliseconds of poses and numbers, alone and beside assets, and of poses behind them on one socket."""
    found: dict[str, list[float] | float] = {}
    with served(cases) as server:
        ann, _, _ = await join(server.port, case_id, "Ann")
        bob, welcome, scene = await join(server.port, case_id, "Bob")
        watcher = Watcher(bob)
        await drag(ann, 0, lambda step: step < 180)  # warm
        await asyncio.sleep(2.0)
        sent = await drag(ann, 1000, lambda step: step < 240)
        await asyncio.sleep(0.3)
        found["alone: poses"] = delays_ms(sent, watcher.poses)
        found["alone: numbers"] = delays_ms(sent, watcher.numbers)
        started = time.perf_counter()
        flowing = asyncio.create_task(download(server.port, welcome.asset_token, ct_slabs(scene)))
        sent = await drag(ann, 5000, lambda _: not flowing.done())
        seconds = time.perf_counter() - started
        await asyncio.sleep(0.3)
        found["beside assets: poses"] = delays_ms(sent, watcher.poses)
        found["beside assets: numbers"] = delays_ms(sent, watcher.numbers)
        found["asset Mbit/s"] = flowing.result() * 8e-6 / seconds
        found["asset MiB"] = flowing.result() / 2**20
        await watcher.stop()
        await ann.close()
        await bob.close()
    found["naive: poses"] = await _naive()
    return found


async def _naive() -> list[float]:
    """Poses on the one socket that sends the same bytes as whole messages of a megabyte, as a plain server does."""
    megabyte = bytes(2**20)
    queue: asyncio.Queue[str | bytes | None] = asyncio.Queue()

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while (item := await queue.get()) is not None:
                await (socket.send_bytes(item) if isinstance(item, bytes) else socket.send_text(item))
        except (WebSocketDisconnect, RuntimeError, asyncio.CancelledError):
            pass

    app = Starlette(routes=[WebSocketRoute("/", endpoint)])
    config = uvicorn.Config(
        app, port=0, ws="websockets-sansio", ws_per_message_deflate=False, log_level="critical", lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    socket = await open_socket(server.servers[0].sockets[0].getsockname()[1], "/")
    for _ in range(NAIVE_BYTES // 2**20):
        queue.put_nowait(megabyte)
    left, delays, sent_at = NAIVE_BYTES, [], 0.0

    async def read() -> None:
        nonlocal left
        async for frame in socket:
            if isinstance(frame, bytes):
                left -= len(frame)
            else:
                delays.append(1e3 * (time.perf_counter() - json.loads(frame)))

    reading = asyncio.create_task(read())
    count = 0
    while left > 0:
        if (now := time.perf_counter()) - sent_at >= 1 / NAIVE_HERTZ:
            sent_at = now
            count += 1
            queue.put_nowait(json.dumps(now))
        await asyncio.sleep(0.002)
    while len(delays) < count:
        await asyncio.sleep(0.01)
    reading.cancel()
    queue.put_nowait(None)
    await socket.close()
    server.should_exit = True
    await serving
    return delays
