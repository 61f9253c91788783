"""Takes the pictures of `docs/guide.md` from the running program.

    make demo &                                    # or: cantlie serve CASES
    python benchmarks/pictures.py URL_OF_A_CASE [--out docs/images] [--only beside replay ...]

The address is that of a planning page. Take a case made for it, never a real one, whose pictures may not be published.
What a headset shows needs IWER (`npm ci` in headset_client).
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from first_picture import FLAGS
from PIL import Image

HERE = Path(__file__).resolve().parents[1] / "tests" / "browser"
IWER = HERE.parents[1] / "headset_client" / "node_modules" / "iwer" / "build" / "iwer.min.js"
MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
VIEWPORT: Any = {"width": 1440, "height": 900}
ROOM_VIEWPORT: Any = {"width": 1200, "height": 760}
SETTLED = "() => window.cantlie && cantlie.settled && cantlie.numbers && !cantlie.numbers.stale"
PATIENCE_MS = 300_000


def settle(page: Any) -> None:
    """Until everything is streamed in and drawn."""
    page.wait_for_function(SETTLED, timeout=PATIENCE_MS)
    page.wait_for_timeout(700)


def press(page: Any, *keys: str) -> None:
    """One key after the other, each given the time it takes to draw."""
    for key in keys:
        page.keyboard.press(key)
        settle(page)


def desktop(page: Any) -> None:
    """As a case opens."""


def slice_(page: Any) -> None:
    """An axial CT slice through the liver, then put away by the next picture's key."""
    press(page, "q")


def flat_cut(page: Any) -> None:
    """The cut laid flat beside the scene."""
    press(page, "q", "u")
    page.locator("canvas").nth(1).wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(2500)


def apart(page: Any) -> None:
    """The liver taken apart along the plan."""
    press(page, "u", "k")
    page.locator(".apart-bar input[type=range]").wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(2500)


def plans(page: Any) -> None:
    """The plans of a case."""
    press(page, "k", "j")


def find(page: Any) -> None:
    """Finding a structure by typing."""
    press(page, "j")
    page.keyboard.press("Control+p")
    page.keyboard.type("vein")
    page.wait_for_timeout(500)


def beside(page: Any) -> None:
    """The plan and a copy of it that was moved, side by side."""
    page.keyboard.press("Escape")
    settle(page)
    press(page, "j")
    page.get_by_role("region", name="Plans").get_by_role("button", name="Copy").first.click()
    page.wait_for_function("() => cantlie.plans.length > 1 && !cantlie.plans[0].lookedAt", timeout=PATIENCE_MS)
    press(page, "j", "w", *3 * ["Shift+ArrowUp"], "=")
    page.wait_for_timeout(2500)
    settle(page)


def replay(page: Any) -> None:
    """What happened, on a line of time."""
    press(page, "Escape", "8")
    page.locator(".replay-bar:not(.loading)").wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(2000)


def voice(page: Any) -> None:
    """Talking with one another."""
    press(page, "Escape")
    page.get_by_role("button", name="Talk with the others").click()
    page.get_by_role("button", name="Join").click()
    page.wait_for_function("() => cantlie.voice.phase === 'in'", timeout=PATIENCE_MS)
    page.wait_for_timeout(1500)


PICTURES: dict[str, Callable[[Any], None]] = {
    "desktop": desktop,
    "slice": slice_,
    "flat-cut": flat_cut,
    "apart": apart,
    "plans": plans,
    "find": find,
    "beside": beside,
    "replay": replay,
    "voice": voice,
}
"""In their order on one page; before the voice somebody else comes in."""

TABLE = (0.02, 0.74, -1.0)
"""A place of the table in `tests/browser/room.js`, metres."""


def on_a_table(browser: Any, url: str) -> Any:
    """The model in passthrough, put on a table."""
    context = browser.new_context(viewport=ROOM_VIEWPORT, locale="en-GB", color_scheme="dark")
    for script in (IWER, HERE / "wearer.js", HERE / "room.js"):
        context.add_init_script(path=script)
    page = context.new_page()
    page.goto(url)
    settle(page)
    page.evaluate("() => { xrDevice.fovy = 1.15; xrDevice.quaternion.set(-0.17, 0, 0, 0.985); }")
    page.get_by_role("button", name="Enter AR").dispatch_event("click")
    page.wait_for_function("() => cantlie.mode === 'ar' && cantlie.buttonInRoom('leave-here')", timeout=PATIENCE_MS)
    page.evaluate("async (place) => { await wearer.aimAt(place, [0.15, 1.3, -0.3]); await wearer.pull(); }", TABLE)
    page.wait_for_function("() => cantlie.buttonInRoom('to-model')", timeout=PATIENCE_MS)
    page.evaluate("async () => { await wearer.restHands(); await wearer.frames(6); }")
    return page


def main() -> None:
    """Takes them all, in the order above, on one page."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of a case, e.g. http://127.0.0.1:8765/cases/ID")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--only", nargs="+", choices=[*PICTURES, "table"], default=[*PICTURES, "table"])
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, *MICROPHONE])
        context = browser.new_context(viewport=VIEWPORT, locale="en-GB", color_scheme="dark")
        context.add_init_script("localStorage.setItem('cantlie-hint-seen', '1')")
        page = context.new_page()
        page.goto(arguments.url)
        settle(page)
        for name, show in PICTURES.items():
            if name not in arguments.only:
                continue
            if name == "voice":
                guest = browser.new_context(viewport={"width": 320, "height": 240})
                guest.new_page().goto(arguments.url)
                page.wait_for_function("() => cantlie.people.length > 1", timeout=PATIENCE_MS)
            show(page)
            keep(page, arguments.out / f"{name}.png")
        context.close()
        if "table" in arguments.only:
            keep(on_a_table(browser, arguments.url), arguments.out / "table.png")
        browser.close()


def keep(page: Any, path: Path) -> None:
    """Its picture in 256 colours, which are enough for a page of documentation, at a third of the bytes."""
    taken = Image.open(io.BytesIO(page.screenshot()))
    taken.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    print(path, flush=True)


if __name__ == "__main__":
    main()
