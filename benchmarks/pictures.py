"""Takes the pictures of `docs/guide.md` from the running program.

    make demo &                                    # or: cantlie serve CASES
    python benchmarks/pictures.py URL_OF_A_CASE [--out docs/images]

The address is that of a planning page. Take a case made for it, never a real one, whose pictures may not be published.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from first_picture import FLAGS
from PIL import Image

VIEWPORT = {"width": 1440, "height": 900}
SETTLED = "() => window.cantlie && cantlie.settled && cantlie.numbers && !cantlie.numbers.stale"
PATIENCE_MS = 120_000


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


PICTURES: dict[str, Callable[[Any], None]] = {
    "desktop": desktop,
    "slice": slice_,
    "flat-cut": flat_cut,
    "apart": apart,
    "plans": plans,
    "find": find,
}


def main() -> None:
    """Takes them all, in the order above, on one page."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of a case, e.g. http://127.0.0.1:8765/cases/ID")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        context = browser.new_context(viewport=VIEWPORT, locale="en-GB", color_scheme="dark")
        context.add_init_script("localStorage.setItem('cantlie-hint-seen', '1')")
        page = context.new_page()
        page.goto(arguments.url)
        settle(page)
        for name, show in PICTURES.items():
            show(page)
            taken = Image.open(io.BytesIO(page.screenshot()))
            # 256 colours are enough for a page of documentation, at a third of the bytes.
            taken.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(
                arguments.out / f"{name}.png", optimize=True
            )
            print(arguments.out / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
