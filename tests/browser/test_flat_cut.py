"""The cut laid flat and the liver taken apart, by a person at a screen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

WIDE = {"width": 1180, "height": 700}


def off_the_cut_mm(window: Any, point: Any) -> float:
    """How far a point lies from the plane on screen."""
    (cut,) = window.value("cantlie.plan")
    normal = np.array(cut["normal_lps"]) / np.linalg.norm(cut["normal_lps"])
    return abs(float((np.array(point) - cut["point_lps_mm"]) @ normal))


@pytest.fixture(scope="module")
def screen(shared_case: Any, open_shared_window: Any) -> Any:
    window = open_shared_window(shared_case.case_url, viewport=WIDE)
    window.wait_until_shown()
    return window


def test_the_liver_is_taken_apart_by_a_key_and_whole_again_when_the_plan_changes(screen: Any) -> None:
    page = screen.page
    page.keyboard.press("k")
    screen.wait_for("cantlie.apart === 'apart'")
    bar = page.get_by_role("region", name="Take apart")
    flr = float(screen.text("flr").split()[0])
    remnant, resected = (
        float("".join(c for c in bar.locator(f".{side}").inner_text() if c.isdigit() or c == "."))
        for side in ("remnant", "resected")
    )
    assert 100.0 * remnant / (remnant + resected) == pytest.approx(flr, abs=2.0)
    page.get_by_role("slider", name="Distance of the parts").focus()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("x")
    screen.wait_for("cantlie.apart === 'whole' && cantlie.pending === 0")
    assert page.get_by_text("so the liver is whole again").is_visible()


def test_the_flat_cut_and_the_scene_mark_each_others_places_and_vessels_light_up(screen: Any) -> None:
    page = screen.page
    revision = screen.value("cantlie.revision")
    page.keyboard.press("u")
    screen.wait_for("cantlie.flatCutShown")
    picture = page.get_by_role("application", name="The cut laid flat")
    vessels = picture.get_attribute("aria-label")
    picture.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    screen.wait_for("cantlie.pointedOnCut")
    assert off_the_cut_mm(screen, screen.value("cantlie.pointedOnCut")) < 0.05
    assert "to tumour" in screen.text("flat-cut-readout")
    # The arrow keys moved the cross, not the cut.
    assert screen.value("cantlie.revision") == revision
    listed = page.get_by_test_id("flat-cut-vessels").get_by_role("button")
    assert listed.count() >= 1
    listed.first.focus()
    name = listed.first.locator(".name").inner_text()
    assert name in vessels
    assert "lit" in (listed.first.get_attribute("class") or "")
