"""People of a planning session, as a benchmark plays them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable

from websockets.asyncio.client import ClientConnection, connect

from streaming.protocol import (
    ASSET_CHUNK_BYTES,
    ASSET_CHUNK_HEADER,
    SERVER_MESSAGE,
    AssetCredit,
    AssetHello,
    AssetRequest,
    CommitResection,
    Committed,
    Hello,
    PlaneResectionState,
    PreviewResection,
    Scene,
    Welcome,
)
from streaming.protocol import PROTOCOL_VERSION as VERSION

HERTZ = 60.0
_POSE, _NUMBERS = '{"type":"resection.previewed"', '{"type":"numbers"'
_SEQUENCE = re.compile(r'"sequence":(\d+)')


async def open_socket(port: int, path: str) -> ClientConnection:
    """A socket that takes what comes."""
    return await connect(f"ws://127.0.0.1:{port}{path}", proxy=None, compression=None, max_size=None, max_queue=None)


async def join(port: int, case_id: str, name: str) -> tuple[ClientConnection, Welcome, Scene]:
    """A person, with welcome and scene."""
    socket = await open_socket(port, "/ws/control")
    await socket.send(Hello(protocol_version=VERSION, case_id=case_id, display_name=name).model_dump_json())
    welcome: Welcome | None = None
    while True:
        message = SERVER_MESSAGE.validate_json(await socket.recv())
        if isinstance(message, Welcome):
            welcome = message
        if isinstance(message, Scene) and welcome is not None:
            return socket, welcome, message


def plane(x: float) -> PlaneResectionState:
    """A moved resection."""
    return PlaneResectionState(resection_id="resection-1", point_lps_mm=(x, 0.0, 0.0), normal_lps=(-1.0, 0.1, 0.0))


class Watcher:
    """Notes when previews and their numbers reach a person."""

    def __init__(self, socket: ClientConnection) -> None:
        self.poses: dict[int, float] = {}
        self.numbers: dict[int, float] = {}
        self._task = asyncio.create_task(self._watch(socket))

    async def _watch(self, socket: ClientConnection) -> None:
        async for text in socket:
            now = time.perf_counter()
            # By its beginning alone: 30 people in one process must not be slower than the server.
            head = str(text)[:200]
            found = _SEQUENCE.search(head)
            if found is None:
                continue
            if head.startswith(_POSE):
                self.poses[int(found[1])] = now
            elif head.startswith(_NUMBERS):
                self.numbers.setdefault(int(found[1]), now)

    async def stop(self) -> None:
        """Listens no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def drag(ann: ClientConnection, first: int, goes_on: Callable[[int], bool]) -> dict[int, float]:
    """Drags at 60 Hz as long as it shall go on; when each preview was sent."""
    listening = Watcher(ann)
    sent: dict[int, float] = {}
    started = time.perf_counter()
    step = 0
    while goes_on(step):
        await asyncio.sleep(max(0.0, started + step / HERTZ - time.perf_counter()))
        sent[first + step] = time.perf_counter()
        message = PreviewResection(sequence=first + step, resection=plane(60 + (step % 400) / 4))
        await ann.send(message.model_dump_json())
        step += 1
    await listening.stop()
    return sent


def delays_ms(sent: dict[int, float], seen: dict[int, float]) -> list[float]:
    """Milliseconds from sending to seeing. Newest wins: one that was overtaken is as late as the one after it."""
    found: list[float] = []
    arrived = float("inf")
    for sequence in sorted(sent, reverse=True):
        arrived = min(arrived, seen.get(sequence, float("inf")))
        if arrived < float("inf"):
            found.append(1e3 * (arrived - sent[sequence]))
    return found


async def download(port: int, token: str, assets: Iterable[str]) -> int:
    """Takes all the assets as the client does: all asked for at once, in order; returns the payload bytes."""
    socket = await open_socket(port, "/ws/assets")
    wanted = list(assets)
    await socket.send(AssetHello(asset_token=token).model_dump_json())
    for number, asset in enumerate(wanted, start=1):
        await socket.send(AssetRequest(request_id=number, asset=asset, priority=float(number)).model_dump_json())
    left, received, owed = len(wanted), 0, 0
    while left:
        frame = await socket.recv()
        _, offset, total, _ = ASSET_CHUNK_HEADER.unpack_from(frame)
        payload = len(frame) - ASSET_CHUNK_HEADER.size
        received += payload
        owed += payload
        left -= offset + payload == total
        if owed >= ASSET_CHUNK_BYTES // 4 or not left:  # as often as the client does
            await socket.send(AssetCredit(bytes=owed).model_dump_json())
            owed = 0
    await socket.close()
    return received


async def commits_ms(ann: ClientConnection, count: int = 100) -> list[float]:
    """Milliseconds from commit to the acknowledgement of a durable change."""
    delays = []
    for step in range(count):
        started = time.perf_counter()
        message = CommitResection(operation_id=f"bench-{step}", base_revision=1, resection=plane(80 + step / 10))
        await ann.send(message.model_dump_json())
        while not isinstance(SERVER_MESSAGE.validate_json(await ann.recv()), Committed):
            pass
        delays.append(1e3 * (time.perf_counter() - started))
    return delays


def ct_slabs(scene: Scene) -> list[str]:
    """The assets of the CT in full."""
    found = next(one for one in scene.manifest.volumes if one.name == "ct" and one.detail == "full")
    return [slab.asset for slab in found.slabs]
