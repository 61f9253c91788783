"""Milliseconds from navigation to the first complete picture in a real Chromium, cold browser and warm server.

Complete: everything of the scene that is shown is in view, every structure at its coarsest level or finer, cut as the
committed plan says. That comes twice: as the *poster*, which the server has drawn and puts into the page (when it is on
screen the browser's own element timing says), and as the *live* scene, which can be turned: the graphics card has drawn
its first complete frame (a fence behind it is passed; `cantlie.firstPictureMs`). Cuts by territory are left out of the
live one until their volume is there, and so are cut faces and the CT.

Every round is a browser profile without cache. `loopback` is the plain connection; `20 Mbit/s` goes through a proxy in
this file that delays every byte by 20 ms each way, lets no more than 20 Mbit/s through in all and takes one round trip
to connect. It does not imitate slow start.

Also said: where the time goes, what had come over the line by then and in how many requests one after another, what a
re-join in the same profile downloads, and *floors* on loopback in the same run, which no client is quicker than here:
a blank page's first frame, a page of the poster alone, one triangle in plain WebGL, and the same coarsest triangles in
three.js without a server to ask, a shader of ours, or a cut.

    python benchmarks/first_picture.py [--rounds 7] [--case FOLDER] [--link loopback --link "20 Mbit/s"]

Without a graphics card Chromium draws in software, which is most of the time on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from first_picture_parts.floors import PAGES, serve_floors
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
]
VIEWPORT: Any = {"width": 760, "height": 460}
TARGETS_MS = {"loopback": 150, "20 Mbit/s": 1000}
BITS_PER_SECOND = 20e6
ROUND_TRIP_SECONDS = 0.040
MARKS = ("poster", "script", "scene", "first-picture-drawn", "first-picture")
POSTER_SECONDS = 60
PIECE_BYTES = 8192


@dataclass(frozen=True, kw_only=True)
class Round:
    """One visit: milliseconds since navigation at which things were there, and bytes."""

    marks_ms: dict[str, float]
    page_bytes: int
    socket_bytes: int
    bytes_before: int
    requests_before: int
    longest_chain: int


class Link:
    """A TCP proxy on a thread of its own that makes a link slow and long."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._free_at = {"down": 0.0, "up": 0.0}
        self._ready = threading.Event()
        self.port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        """Cuts every connection and waits until nothing is under way."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(self._listen())
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(ROUND_TRIP_SECONDS)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(self._carry(reader, far_writer, "up"), self._carry(far_reader, writer, "down"))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        """All connections share the rate; a piece arrives when its last bit is through, plus the way."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=32)
        delivering = asyncio.create_task(self._deliver(under_way, writer))
        try:
            while piece := await reader.read(PIECE_BYTES):
                start = max(self._loop.time(), self._free_at[way])
                self._free_at[way] = start + len(piece) * 8 / BITS_PER_SECOND
                await under_way.put((self._free_at[way] + ROUND_TRIP_SECONDS / 2, piece))
            await under_way.put((0.0, b""))
            await delivering
        finally:
            delivering.cancel()

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                at, piece = await under_way.get()
                if not piece:
                    break
                await asyncio.sleep(max(0.0, at - self._loop.time()))
                writer.write(piece)
                await writer.drain()
        writer.close()


def make_case(folder: Path) -> None:
    """The synthetic patient of the demo, from its true labels."""
    from engine.case_manifest import ScanSource, SegmentationSource
    from engine.phantom import PhantomRecipe, make_phantom
    from engine.pipeline import PreparedVolumes, PrepareOptions, prepare_from_volumes

    phantom = make_phantom(PhantomRecipe())
    volumes = PreparedVolumes(
        scan=phantom.scan,
        labels=phantom.labels,
        scan_source=ScanSource(source_kind="phantom", voxels_sha256="0" * 64, modality="CT"),
        segmentation_source=SegmentationSource(method="phantom"),
    )
    prepare_from_volumes(volumes, folder, PrepareOptions(title="Synthetic patient"))


@contextlib.contextmanager
def serving(cases: Path) -> Iterator[int]:
    """The server as a person starts it; yields its port."""
    command = [sys.executable, "-m", "streaming.cli", "serve", str(cases), "--port", "0"]
    environment = {**os.environ, "NUMBA_THREADING_LAYER": "omp"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.match(r"Open http://127\.0\.0\.1:(\d+)", line.strip()):
                    yield int(found.group(1))
                    return
            raise RuntimeError("the server ended before it said where it is")
        finally:
            process.terminate()


def wait_for(page: Page, condition: str) -> None:
    """The page's policy forbids Playwright's own waiting, which evaluates text."""
    page.evaluate(
        f"() => new Promise(done => {{ const ask = () => {condition} ? done() : setTimeout(ask, 25); ask(); }})"
    )


_BEFORE = """() => {
  const until = performance.getEntriesByName("cantlie:first-picture")[0].startTime;
  const came = performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
    .filter(one => one.responseEnd <= until).sort((a, b) => a.startTime - b.startTime);
  const depths = [];
  for (const [n, one] of came.entries()) {
    const before = came.slice(0, n).map((other, m) => other.responseStart <= one.startTime ? depths[m] : 0);
    depths.push(1 + Math.max(0, ...before));
  }
  return [came.reduce((sum, one) => sum + one.transferSize, 0), came.length, Math.max(...depths)];
}"""
"""Bytes and requests that were through when the picture was there, and how many of them followed one another."""


_MARKS = """() => new Promise(done => {
  const marks = Object.fromEntries(performance.getEntriesByType("mark").map(one => [one.name, one.startTime]));
  const tell = poster => done(poster ? { ...marks, "cantlie:poster": poster } : marks);
  new PerformanceObserver((list, watch) => {
    watch.disconnect();
    tell(list.getEntries().find(one => one.identifier === "poster")?.renderTime);
  }).observe({ type: "element", buffered: true });
  setTimeout(tell, 1000);
})"""
"""What the page marked, and when the browser had the poster on screen."""


def wait_for_poster(url: str) -> str:
    """Until the server has drawn it; the address of the picture in the page."""
    for _ in range(10 * POSTER_SECONDS):
        with urllib.request.urlopen(url) as answer:
            if found := re.search(r'<img class="poster"[^>]* src="([^"]+)"', answer.read().decode()):
                return found.group(1)
        time.sleep(0.1)
    raise RuntimeError("the server has drawn no poster")


def visit(context: BrowserContext, url: str, *, counted: bool = False) -> Round:
    """Opens the page, waits until everything is there and reads what the page measured.

    Counting what the socket brings hands every frame to this process, which costs the page time.
    """
    page = context.new_page()
    received = [0]

    def watch(socket: WebSocket) -> None:
        if socket.url.endswith("/ws/assets"):
            socket.on("framereceived", lambda frame: received.__setitem__(0, received[0] + len(frame)))

    if counted:
        page.on("websocket", watch)
    page.goto(url, wait_until="commit")
    wait_for(page, "window.cantlie && cantlie.firstPictureMs !== null")
    wait_for(page, "cantlie.settled")
    marks = page.evaluate(_MARKS)
    page_bytes = page.evaluate(
        "() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
        ".reduce((sum, one) => sum + one.transferSize, 0)"
    )
    bytes_before, requests_before, longest_chain = page.evaluate(_BEFORE)
    page_asset_bytes = page.evaluate("() => cantlie.assetBytes")
    page.close()
    return Round(
        marks_ms={name: marks[f"cantlie:{name}"] for name in MARKS if f"cantlie:{name}" in marks},
        page_bytes=page_bytes,
        socket_bytes=received[0] if counted else page_asset_bytes,
        bytes_before=bytes_before,
        requests_before=requests_before,
        longest_chain=longest_chain,
    )


def measure(browser: Browser, url: str, rounds: int) -> tuple[list[Round], Round]:
    """Cold visits, and one more in the last profile."""
    cold = []
    again = None
    for number in range(rounds):
        context = browser.new_context(viewport=VIEWPORT)
        cold.append(visit(context, url))
        if number == rounds - 1:
            again = visit(context, url, counted=True)
        context.close()
    assert again is not None
    return cold, again


def measure_floors(browser: Browser, port: int, rounds: int) -> dict[str, float]:
    """Median milliseconds from navigation for each floor, in cold profiles."""
    times: dict[str, list[float]] = {name: [] for name in PAGES}
    for _ in range(rounds):
        for name in PAGES:
            context = browser.new_context(viewport=VIEWPORT)
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{port}/{name}", wait_until="commit")
            wait_for(page, "performance.getEntriesByName('floor').length > 0")
            times[name].append(page.evaluate("() => performance.getEntriesByName('floor')[0].startTime"))
            context.close()
    return {name: statistics.median(measured) for name, measured in times.items()}


def report(link: str, cold: list[Round], again: Round, floors: dict[str, float]) -> None:
    """Medians, in the order in which things happen."""
    times = [one.marks_ms["first-picture"] for one in cold]
    pictures = [min(one.marks_ms.get("poster", live), live) for one, live in zip(cold, times, strict=True)]
    for name, measured in {"picture": pictures, "live scene": times}.items():
        print(
            f"{link}, {name}: {statistics.median(measured):.0f} ms (best {min(measured):.0f}, "
            f"worst {max(measured):.0f}; target {TARGETS_MS[link]})"
        )
    for name in MARKS:
        if found := [one.marks_ms[name] for one in cold if name in one.marks_ms]:
            print(f"    {name:>20} at {statistics.median(found):6.0f} ms")
    for kind, measured in {"picture": pictures, "live scene": times}.items():
        over = ", ".join(f"{name} {statistics.median(measured) - floor:+.0f}" for name, floor in floors.items())
        print(f"    {kind} beside the floors: {over} ms")
    last = cold[-1]
    print(
        f"    until the picture: {last.bytes_before / 1e3:.0f} kB in {last.requests_before} requests, "
        f"at most {last.longest_chain} one after another"
    )
    print(f"    page {cold[-1].page_bytes / 1e3:.0f} kB, assets in all {cold[-1].socket_bytes / 1e3:.0f} kB")
    print(f"    re-join: picture at {again.marks_ms['first-picture']:.0f} ms, {again.socket_bytes} asset bytes")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--case", type=Path, help="a prepared case instead of the synthetic patient")
    parser.add_argument("--link", action="append", choices=list(TARGETS_MS))
    arguments = parser.parse_args()
    chromium = os.environ.get("CANTLIE_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        cases = Path(temporary) / "cases"
        if arguments.case:
            shutil.copytree(arguments.case, cases / "case")
        else:
            make_case(cases / "case")
        port = stack.enter_context(serving(cases))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        case_id = re.search(r'"case_id":\s*"([^"]+)"', (cases / "case" / "manifest.json").read_text())
        assert case_id is not None
        slow = Link(port)
        ports = {"loopback": port, "20 Mbit/s": slow.port}
        warm = browser.new_context(viewport=VIEWPORT)
        visit(warm, f"http://127.0.0.1:{port}/cases/{case_id.group(1)}")
        warm.close()
        picture = wait_for_poster(f"http://127.0.0.1:{port}/cases/{case_id.group(1)}")
        floors = measure_floors(browser, serve_floors(cases / "case", picture), arguments.rounds)
        print("floors: " + ", ".join(f"{name} {floor:.0f} ms" for name, floor in floors.items()))
        for link in arguments.link or list(TARGETS_MS):
            url = f"http://127.0.0.1:{ports[link]}/cases/{case_id.group(1)}"
            report(link, *measure(browser, url, arguments.rounds), floors)
        browser.close()
        slow.close()


if __name__ == "__main__":
    main()
