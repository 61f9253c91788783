"""How late a hand's preview reaches another person, alone and while assets flow.

Two people on loopback; one drags at 60 Hz, the other also downloads incompressible assets. Rounds alternate in one run:

- `idle`: no download.
- `assets`: as served, two sockets and a credit window; the reader consumes at a limited rate, like a decoder.
- `one queue`: the same bytes put in front of the previews on the control path, as a naive server does.

Run: python benchmarks/streaming.py
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

# ruff: noqa: E402
# This file has the name of the package it measures: its own folder must not come first.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect

from engine import anatomy
from engine.case_manifest import Provenance, ScanSource, SegmentationSource
from engine.case_writer import CaseWriter
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume, ScanVolume
from streaming.protocol import (
    ASSET_CHUNK_HEADER,
    SERVER_MESSAGE,
    AssetCredit,
    AssetHello,
    AssetRequest,
    CommitResection,
    Committed,
    Hello,
    Numbers,
    PlaneResectionState,
    PreviewResection,
    ResectionPreviewed,
    Scene,
    Welcome,
)
from streaming.server import ServerAddress, make_server

PREVIEWS = 240
HERTZ = 60.0
READER_BYTES_PER_SECOND = 100e6 / 8
"""What a 100 Mbit/s link or a headset's decoder takes."""


def write_case(path: Path) -> str:
    """A liver block in noise, so that the CT asset does not compress; returns the case id."""
    shape = (120, 200, 220)
    geometry = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=(1.0, 1.0, 1.5))
    labels = np.zeros(shape, np.uint8)
    labels[20:100, 40:160, 40:180] = anatomy.PARENCHYMA
    labels[50:60, 60:140, 100:110] = anatomy.PORTAL_VEIN
    labels[60:75, 90:110, 60:80] = anatomy.FIRST_TUMOUR
    noise = np.random.default_rng(0).integers(-160, 240, shape).astype(np.int16)
    provenance = Provenance(
        scan=ScanSource(source_kind="phantom", voxels_sha256="0" * 64),
        segmentation=SegmentationSource(method="phantom"),
    )
    with CaseWriter(path) as writer:
        writer.add_volumes(
            ScanVolume(voxels_hu=noise, geometry=geometry), LabelVolume(labels=labels, geometry=geometry)
        )
        for structure in anatomy.structures_present(set(np.unique(labels).tolist())):
            writer.add_structure(structure, [])
        return writer.finish(provenance=provenance, created_at="2026-01-01T00:00:00Z").manifest.case_id


def serve_in_thread(cases: Path) -> ServerAddress:
    """The real server."""
    addresses: list[ServerAddress] = []
    ready = threading.Event()

    def on_ready(address: ServerAddress) -> None:
        addresses.append(address)
        ready.set()

    server, listener = make_server(
        cases, host="127.0.0.1", port=0, public_host=None, behind_proxy=False, on_ready=on_ready
    )
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    ready.wait(60)
    return addresses[0]


async def join(port: int, case_id: str, name: str):
    """A person, with the socket, welcome and scene."""
    socket = await connect(f"ws://127.0.0.1:{port}/ws/control", proxy=None, compression=None, max_queue=None)
    await socket.send(Hello(protocol_version=3, case_id=case_id, display_name=name).model_dump_json())
    welcome = scene = None
    while scene is None:
        message = SERVER_MESSAGE.validate_json(await socket.recv())
        welcome = message if isinstance(message, Welcome) else welcome
        scene = message if isinstance(message, Scene) else None
    return socket, welcome, scene


def plane(x: float) -> PlaneResectionState:
    """A moved resection."""
    return PlaneResectionState(resection_id="resection-1", point_lps_mm=(x, 0.0, 0.0), normal_lps=(-1.0, 0.1, 0.0))


async def drag(ann, bob, first: int) -> tuple[list[float], list[float]]:
    """Ann drags at 60 Hz. Milliseconds until Bob sees each preview, and until he reads the numbers of it."""
    sent: dict[int, float] = {}
    poses: dict[int, float] = {}
    numbers: dict[int, float] = {}

    async def watch() -> None:
        async for text in bob:
            message = SERVER_MESSAGE.validate_json(text)
            now = time.perf_counter()
            if isinstance(message, ResectionPreviewed):
                poses[message.sequence] = now
            elif isinstance(message, Numbers) and message.sequence is not None:
                numbers.setdefault(message.sequence, now)

    async def ignore() -> None:
        async for _ in ann:
            pass

    watching = [asyncio.create_task(watch()), asyncio.create_task(ignore())]
    started = time.perf_counter()
    for step in range(PREVIEWS):
        await asyncio.sleep(max(0.0, started + step / HERTZ - time.perf_counter()))
        sequence = first + step
        sent[sequence] = time.perf_counter()
        await ann.send(PreviewResection(sequence=sequence, resection=plane(60 + step / 4)).model_dump_json())
    await asyncio.sleep(0.5)
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    return (
        [1e3 * (at - sent[one]) for one, at in poses.items() if one in sent],
        [1e3 * (at - sent[one]) for one, at in numbers.items() if one in sent],
    )


async def download(port: int, token: str, asset: str, counted: list[int]) -> None:
    """Downloads the asset again and again at a limited rate, granting credit as it is consumed."""
    async with connect(f"ws://127.0.0.1:{port}/ws/assets", proxy=None, compression=None, max_queue=4) as socket:
        await socket.send(AssetHello(asset_token=token).model_dump_json())
        request, pace = 0, Pace()
        while True:
            request += 1
            await socket.send(AssetRequest(request_id=request, asset=asset).model_dump_json())
            received, total = 0, 1
            while received < total:
                frame = await socket.recv()
                _, _, total, _ = ASSET_CHUNK_HEADER.unpack_from(frame)
                payload = len(frame) - ASSET_CHUNK_HEADER.size
                received += payload
                counted[0] += payload
                await pace.take(payload)
                await socket.send(AssetCredit(bytes=payload).model_dump_json())


class Pace:
    """Takes bytes at a fixed rate on average; a late wake-up is made up for."""

    def __init__(self) -> None:
        self._free_at = time.perf_counter()

    async def take(self, count: int) -> None:
        """Waits as long as the bytes take."""
        self._free_at = max(self._free_at, time.perf_counter() - 0.05) + count / READER_BYTES_PER_SECOND
        await asyncio.sleep(max(0.0, self._free_at - time.perf_counter()))


async def read_slowly(reader: asyncio.StreamReader, delays: list[float]) -> None:
    """Reads frames by hand, so that bytes are really taken at the link's rate; notes how old each preview is."""
    pace = Pace()
    while True:
        length = (await reader.readexactly(2))[1]
        if length == 126:
            length = int.from_bytes(await reader.readexactly(2))
        elif length == 127:
            length = int.from_bytes(await reader.readexactly(8))
        data, left = b"", length
        while left:
            part = await reader.read(min(left, 64 * 1024))
            left -= len(part)
            data = part if length > 1_000 else data + part
            await pace.take(len(part))
        if length < 1_000:
            delays.append(1e3 * (time.perf_counter() - json.loads(data)))


async def naive_round() -> list[float]:
    """Previews behind two 10 MB messages on one socket to a reader of the same rate; milliseconds until seen."""
    blob = os.urandom(10_000_000)
    queue: asyncio.Queue[str | bytes] = asyncio.Queue()

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                item = await queue.get()
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
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=64 * 1024)
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    writer.write(
        f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    delays: list[float] = []
    reading = asyncio.create_task(read_slowly(reader, delays))
    started = time.perf_counter()
    for step in range(PREVIEWS):
        await asyncio.sleep(max(0.0, started + step / HERTZ - time.perf_counter()))
        if step in (0, PREVIEWS // 2):
            queue.put_nowait(blob)
        queue.put_nowait(json.dumps(time.perf_counter()))
    async with asyncio.timeout(60):
        while len(delays) < PREVIEWS:
            await asyncio.sleep(0.05)
    reading.cancel()
    serving.cancel()
    writer.close()
    return delays


async def commit_round(ann, count: int = 100) -> list[float]:
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


def report(name: str, milliseconds: list[float]) -> None:
    """One row: median, p95, p99, worst."""
    p95, p99 = np.percentile(milliseconds, [95, 99])
    median = statistics.median(milliseconds)
    worst = max(milliseconds)
    print(f"{name:<44} {median:9.2f} {p95:9.2f} {p99:9.2f} {worst:9.2f}  n={len(milliseconds)}")


async def main() -> None:
    """All rounds."""
    with tempfile.TemporaryDirectory() as folder:
        case_id = write_case(Path(folder) / "case")
        port = serve_in_thread(Path(folder)).port
        for name in ("first opening: assets are made", "second opening: nobody was here before"):
            started = time.perf_counter()
            ann, _, _ = await join(port, case_id, "Ann")
            print(f"{name:<44} {1e3 * (time.perf_counter() - started):9.2f} ms to the scene")
            await ann.close()
        ann, _, _ = await join(port, case_id, "Ann")
        bob, welcome, scene = await join(port, case_id, "Bob")
        print(f"\n{'milliseconds':<44} {'p50':>9} {'p95':>9} {'p99':>9} {'worst':>9}")
        await drag(ann, bob, 0)  # warm
        for number, name in enumerate(("idle", "idle again"), start=1):
            poses, numbers = await drag(ann, bob, number * 1000)
            report(f"{name}: preview at the other", poses)
            report(f"{name}: numbers at the other", numbers)
        ct = next(one for one in scene.manifest.volumes if one.name == "ct").slabs[0]
        counted = [0]
        flowing = asyncio.create_task(download(port, welcome.asset_token, ct.asset, counted))
        poses, numbers = await drag(ann, bob, 5000)
        flowing.cancel()
        report(f"assets ({counted[0] / 1e6:.0f} MB beside): preview at the other", poses)
        report("assets: numbers at the other", numbers)
        report("one queue (20 MB in front): preview", await naive_round())
        report("commit to durable acknowledgement", await commit_round(ann))
        await ann.close()
        await bob.close()


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)  # the server thread is a daemon and has nothing left to save
