"""viser as a peer: the same number of bytes beside moves of a frame at 60 Hz, over its one socket.

viser is not among the dependencies. Give the interpreter of an environment that has it (`pip install viser`) by
`--viser PYTHON`: this file, which needs nothing else, runs there as server and as client and prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

BYTES = 48 * 1024 * 1024
MOVES = 240
HERTZ = 60.0
CONNECT_SECONDS = 5.0


def viser_part(python: str) -> dict[str, Any] | None:
    """Milliseconds of moves, MiB received and the version of viser; None where there is no viser."""
    if subprocess.run([python, "-c", "import viser"], capture_output=True, check=False).returncode != 0:
        return None
    server = subprocess.Popen([python, __file__, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        # It greets on the same stream.
        port = next(line.split()[1] for line in server.stdout if line.startswith("port "))
        client = subprocess.run(
            [python, __file__, "client", port], stdout=subprocess.PIPE, text=True, check=True, timeout=90
        )
    finally:
        server.kill()
    found: dict[str, Any] = json.loads(client.stdout)
    return found


def _serve() -> None:
    import numpy as np
    import viser

    server = viser.ViserServer(host="127.0.0.1", port=0, verbose=False)
    frame = server.scene.add_frame("/pose")
    print(f"port {server.get_port()}", flush=True)
    points = np.random.default_rng(0).random((BYTES // 15, 3)).astype(np.float32)
    colours = np.random.default_rng(1).integers(0, 255, (len(points), 3), dtype=np.uint8)
    time.sleep(CONNECT_SECONDS)  # it counts browsers with a camera alone, which our client is not
    for part in range(16):
        rows = slice(part * len(points) // 16, (part + 1) * len(points) // 16)
        server.scene.add_point_cloud(f"/assets/{part}", points[rows], colours[rows], precision="float32")
    started = time.perf_counter()
    for step in range(MOVES):
        time.sleep(max(0.0, started + step / HERTZ - time.perf_counter()))
        frame.position = (time.perf_counter(), float(step), 0.0)
    time.sleep(90)


async def _client(port: int) -> None:
    import msgspec
    import viser
    import zstandard
    from websockets.asyncio.client import Subprotocol, connect

    unpack = zstandard.ZstdDecompressor()
    delays: list[float] = []
    received = 0
    async with connect(
        f"ws://127.0.0.1:{port}/",
        proxy=None,
        max_size=None,
        max_queue=None,
        subprotocols=[Subprotocol(f"viser-v{viser.__version__}")],
    ) as socket:
        # Newest wins: a move that was replaced is as late as the one in its place; they left at an even pace.
        next_step = 0
        while next_step < MOVES:
            frame = await socket.recv()
            now = time.perf_counter()
            received += len(frame)
            packed = int.from_bytes(frame[8:16], "little")
            message = msgspec.msgpack.decode(unpack.decompress(frame[16 : 16 + packed]))
            for sent, step, _ in _positions(message):
                while next_step <= step:
                    delays.append(1e3 * (now - sent + (step - next_step) / HERTZ))
                    next_step += 1
    print(json.dumps({"delays_ms": delays, "MiB": received / 2**20, "version": viser.__version__}))


def _positions(message: object) -> list[tuple[float, float, float]]:
    """Every position of the frame in a window of messages, however deep it lies."""
    if isinstance(message, dict):
        if message.get("name") == "/pose" and "position" in message and message.get("type") == "SetPositionMessage":
            return [tuple(message["position"])]
        return [found for value in message.values() for found in _positions(value)]
    if isinstance(message, list | tuple):
        return [found for value in message for found in _positions(value)]
    return []


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve()
    else:
        asyncio.run(_client(int(sys.argv[2])))
