"""The same task on viser: one of eight moves a slider at 60 Hz, and a number that follows it reaches all.

viser is given an easier task: its server copies the value into a text and computes nothing. Runs in the interpreter of
an environment that has viser, as server and as clients, and prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PEOPLE = 8
MOVES = 300
HERTZ = 60.0
CAMERA = {
    "type": "ViewerCameraMessage",
    "wxyz": (1.0, 0.0, 0.0, 0.0),
    "position": (0.0, 0.0, 3.0),
    "fov": 1.0,
    "near": 0.01,
    "far": 1000.0,
    "image_height": 600,
    "image_width": 800,
    "look_at": (0.0, 0.0, 0.0),
    "up_direction": (0.0, 0.0, 1.0),
}


def viser_part(python: str) -> dict[str, Any] | None:
    """Milliseconds from edit to text at all; None where there is no viser."""
    if subprocess.run([python, "-c", "import viser"], capture_output=True, check=False).returncode != 0:
        return None
    server = subprocess.Popen([python, __file__, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port, slider, text = next(line.split()[1:] for line in server.stdout if line.startswith("at "))
        clients = subprocess.run(
            [python, __file__, "clients", port, slider, text],
            stdout=subprocess.PIPE, text=True, check=True, timeout=120,
        )  # fmt: skip
    finally:
        server.kill()
    found: dict[str, Any] = json.loads(clients.stdout)
    return found


def _serve() -> None:
    import viser

    server = viser.ViserServer(host="127.0.0.1", port=0, verbose=False)
    slider = server.gui.add_slider("place", min=0, max=1_000_000, step=1, initial_value=0)
    text = server.gui.add_text("numbers", initial_value="-1")

    @slider.on_update
    def _(_event: object) -> None:
        text.value = str(slider.value)

    print(f"at {server.get_port()} {slider._impl.uuid} {text._impl.uuid}", flush=True)
    time.sleep(120)


async def _clients(port: int, slider: str, text: str) -> None:
    import msgspec
    import viser
    from streaming_parts.lean import open_lean

    seen: list[dict[int, float]] = [{} for _ in range(PEOPLE)]
    protocol = f"viser-v{viser.__version__}"
    sockets = [await open_lean(port, "/", _watcher(text, into), protocol) for into in seen]
    for one in sockets:  # it counts browsers with a camera alone
        one.say(msgspec.msgpack.encode(CAMERA))
    await asyncio.sleep(3.0)
    sent: dict[int, float] = {}
    started = time.perf_counter()
    for step in range(1, MOVES + 1):
        await asyncio.sleep(max(0.0, started + step / HERTZ - time.perf_counter()))
        sent[step] = time.perf_counter()
        message = {"type": "GuiUpdateMessage", "uuid": slider, "updates": {"value": step}}
        sockets[0].say(msgspec.msgpack.encode(message))
    await asyncio.sleep(2.0)
    late = [_delays_ms(sent, one) for one in seen[1:]]
    if any(len(one) != MOVES for one in late):
        raise RuntimeError("the last number did not reach everybody")
    at_all = [max(one) for one in zip(*late, strict=True)]
    print(json.dumps({"delays_ms": at_all, "version": viser.__version__}))


def _delays_ms(sent: dict[int, float], seen: dict[int, float]) -> list[float]:
    """Newest wins: one that was overtaken is as late as the one after it."""
    found, arrived = [], float("inf")
    for step in sorted(sent, reverse=True):
        arrived = min(arrived, seen.get(step, float("inf")))
        if arrived < float("inf"):
            found.append(1e3 * (arrived - sent[step]))
    return found


def _watcher(text: str, into: dict[int, float]) -> Callable[[bytes, float], None]:
    import msgspec
    import zstandard

    unpack = zstandard.ZstdDecompressor()

    def hear(frame: bytes, now: float) -> None:
        packed = int.from_bytes(frame[8:16], "little")
        for value in _values(msgspec.msgpack.decode(unpack.decompress(frame[16 : 16 + packed])), text):
            into.setdefault(int(value), now)

    return hear


def _values(message: object, uuid: str) -> list[str]:
    """Every value of the text in a window of messages, however deep it lies."""
    if isinstance(message, dict):
        if message.get("uuid") == uuid and "value" in message.get("updates", {}):
            return [message["updates"]["value"]]
        return [found for value in message.values() for found in _values(value, uuid)]
    if isinstance(message, list | tuple):
        return [found for value in message for found in _values(value, uuid)]
    return []


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    if sys.argv[1] == "serve":
        _serve()
    else:
        asyncio.run(_clients(int(sys.argv[2]), *sys.argv[3:5]))
