"""The server's picture of a case stands where the live one will, looks the same, and goes without a jump."""

from __future__ import annotations

import io
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

LAY_BARE = """(rules) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets.push(sheet);
}"""
"""A style of the page's own the server's policy refuses."""
BARE = ".panels { display: none !important } .viewport > :not(canvas, .poster) { display: none !important }"
PLAN_ALONE = "window.cantlie && cantlie.firstPictureMs !== null && !document.querySelector('.poster')"


@pytest.fixture
def poster_ready(served: Any) -> Any:
    """A case that somebody has opened before, so that the server has its picture."""
    urllib.request.urlopen(f"{served.origin}/api/cases/{served.case_id}/opening").read()
    deadline = time.monotonic() + 120
    while b'class="poster"' not in urllib.request.urlopen(served.case_url).read():
        assert time.monotonic() < deadline, "the server drew no poster"
    return served


def picture(window: Any) -> np.ndarray:
    shot = Image.open(io.BytesIO(window.page.screenshot(timeout=120_000))).convert("RGB")
    return np.asarray(shot.resize((shot.width // 4, shot.height // 4), Image.Resampling.BOX), np.float64)


@pytest.mark.parametrize("size", [(760, 460), (420, 600)], ids=["wide", "high"])
def test_the_poster_looks_as_the_live_picture_that_follows_it(
    poster_ready: Any, open_window: Callable[..., Any], size: tuple[int, int]
) -> None:
    window = open_window("about:blank", viewport={"width": size[0], "height": size[1]})
    window.problems.clear()  # a blank page has no storage
    window.page.emulate_media(color_scheme="light" if size[0] < size[1] else "dark", reduced_motion="reduce")
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    window.page.route("**/static/assets/app-*.js", hold)
    # Without its assets socket the live picture stays the first one: no cut faces, no finer levels.
    window.page.route_web_socket("**/ws/assets", lambda socket: None)
    window.page.goto(poster_ready.case_url, wait_until="commit")
    window.page.evaluate(LAY_BARE, BARE)
    window.wait_for("document.querySelector('img.poster')?.complete && document.documentElement.dataset.look")
    poster = picture(window)
    for route in held:
        route.continue_()
    window.page.unroute("**/static/assets/app-*.js")
    window.wait_for(PLAN_ALONE)
    live = picture(window)
    background = poster[4, 4]
    shown = np.abs(poster - background).max(axis=2) > 24
    assert 0.04 < shown.mean() < 0.6
    apart = np.abs(poster - live).max(axis=2)
    # Sheets, handles and letters come with the live picture; the rest is the same but for its edges.
    assert np.median(apart[shown]) < 12
    assert (apart < 24).mean() > 0.9
