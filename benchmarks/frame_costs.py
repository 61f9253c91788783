"""What our own scripts cost a frame while a hand drags a plane: milliseconds, and bytes taken from the heap.

On a screen and in an emulated headset (IWER), of a case that is served:

    cantlie serve CASES --port 8765 &
    python benchmarks/frame_costs.py http://127.0.0.1:8765/cases/ID [--frames 120]

Milliseconds are of all scripts of the page, libraries too, without what three.js does to draw; without a graphics card
Chromium draws in software on the same processors, so a busy machine makes them longer. Bytes are those of our own
functions by file. Needs a built client (`npm run build` keeps the maps that name functions).
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from first_picture import FLAGS
from frame_costs_parts.profiles import CLIENT, own_frame_ms, start_heap_sample, stop_heap_sample
from playwright.sync_api import sync_playwright

TARGET_MS = 2.0
SAMPLE_EVERY_US = 100
READY = "() => window.cantlie && cantlie.settled && cantlie.numbers && !cantlie.numbers.stale"
PATIENCE_MS = 300_000
WARM_FRAMES = 60
WEARER = Path(__file__).resolve().parents[1] / "tests" / "browser" / "wearer.js"
CARRY = """async (frames) => {
  const { position } = xrDevice.controllers.right;
  const { x, y, z } = position;
  for (let n = 0; n < frames; n++) {
    position.set(x + 0.05 * Math.sin(n / 9), y, z);
    await wearer.frames(1);
  }
  position.set(x, y, z);
}"""


def at_a_screen(page: Any) -> Callable[[int], None]:
    """Takes the plane by its arrow; what is returned drags it to and fro."""
    start = page.evaluate("cantlie.arrowOnScreen")
    page.mouse.move(start["x"], start["y"])
    page.mouse.down()

    def drag(frames: int) -> None:
        for n in range(frames):
            page.mouse.move(start["x"] + 40 * math.sin(n / 9), start["y"])

    return drag


def in_a_headset(page: Any) -> Callable[[int], None]:
    """The same with a controller."""
    page.get_by_role("button", name="Enter VR").dispatch_event("click")
    page.wait_for_function("() => cantlie.mode === 'vr' && cantlie.sheetInRoom", timeout=PATIENCE_MS)
    page.evaluate("wearer.frames(6)")
    page.evaluate("async () => { await wearer.take(cantlie.sheetInRoom) }")

    def drag(frames: int) -> None:
        page.evaluate(CARRY, frames)

    return drag


def report(name: str, page: Any, drag: Callable[[int], None], frames: int) -> None:
    """Prints both costs of dragging."""
    if not page.evaluate("cantlie.held"):
        raise SystemExit(f"{name}: nothing was taken")
    drag(WARM_FRAMES)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Profiler.enable")
    cdp.send("Profiler.setSamplingInterval", {"interval": SAMPLE_EVERY_US})
    cdp.send("Profiler.start")
    drag(frames)
    times = own_frame_ms(cdp.send("Profiler.stop")["profile"])
    if len(times) < 2:
        raise SystemExit(f"{name}: too few frames were drawn")
    late = statistics.quantiles(times, n=20)[-1]
    print(f"{name}: {statistics.median(times):.2f} ms a frame, 95 % within {late:.2f} ms (target {TARGET_MS} ms)")
    start_heap_sample(cdp)
    first = page.evaluate("cantlie.frame")
    drag(frames)
    sample = stop_heap_sample(cdp)
    drawn = page.evaluate("cantlie.frame") - first
    print(
        f"  {len(times)} and {drawn} frames; {sample.total_bytes / drawn / 1000:.1f} kB taken a frame in all, of which"
    )
    files: Counter[str] = Counter()
    for place, count in sample.by_place.items():
        files[place.source] += count
    for source, count in files.most_common(12):
        print(f"  {count / drawn / 1000:8.2f} kB  {source}")


def main() -> None:
    """Both ways, each in a page of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of a case, e.g. http://127.0.0.1:8765/cases/ID")
    parser.add_argument("--frames", type=int, default=120)
    arguments = parser.parse_args()
    iwer = CLIENT / "node_modules" / "iwer" / "build" / "iwer.min.js"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        for name, take in (("screen", at_a_screen), ("headset", in_a_headset)):
            context = browser.new_context(viewport={"width": 420, "height": 260} if take is in_a_headset else None)
            context.add_init_script("localStorage.setItem('cantlie-hint-seen', '1')")
            if take is in_a_headset:
                context.add_init_script(path=iwer)
                context.add_init_script(path=WEARER)
            page = context.new_page()
            page.goto(arguments.url)
            page.wait_for_function(READY, timeout=PATIENCE_MS)
            report(name, page, take(page), arguments.frames)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
