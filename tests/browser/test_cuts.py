"""Cuts of every kind at a screen: bent by their handles, made around a tumour, drawn, taken from a proposal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

BENT_MM = 4.0
"""A control point that moved less than this was not taken hold of."""


def press(window: Any, key: str) -> None:
    """One key whose change of the plan is waited for."""
    before = window.value("cantlie.revision")
    window.page.keyboard.press(key)
    window.wait_until_saved(before)


@pytest.fixture
def curved(desktop: Any) -> Any:
    """A window whose plan is one curved surface, still flat."""
    press(desktop, "Delete")
    press(desktop, "b")
    assert desktop.value("cantlie.plan.map(cut => cut.kind)") == ["surface"]
    return desktop


def test_bending_a_control_point_with_the_mouse_ends_at_the_numbers_of_the_engine(served: Any, curved: Any) -> None:
    before = curved.value("({revision: cantlie.revision, points: cantlie.plan[0].control_points_lps_mm})")
    start = curved.value("cantlie.controlOnScreen(9)")
    mouse = curved.page.mouse
    mouse.move(start["x"], start["y"])
    mouse.down()
    for step in range(1, 5):
        mouse.move(start["x"] - 12 * step, start["y"])
    curved.wait_for("cantlie.held")
    assert curved.value("cantlie.revision") == before["revision"]
    mouse.up()
    curved.wait_until_saved(before["revision"])
    moved = np.subtract(curved.value("cantlie.plan[0].control_points_lps_mm"), before["points"])
    lengths = np.linalg.norm(moved, axis=1)
    assert lengths[9] > BENT_MM
    assert np.delete(lengths, 9).max() == 0.0, "no other point moves"
    served.assert_same_numbers(curved)


def test_arrow_keys_bend_a_row_of_control_points_by_a_millimetre(curved: Any) -> None:
    before = curved.value("({revision: cantlie.revision, points: cantlie.plan[0].control_points_lps_mm})")
    for key in ("r", "s"):  # shape; the row of the point that keys move
        curved.page.keyboard.press(key)
    curved.page.keyboard.press("ArrowUp")
    curved.wait_until_saved(before["revision"])
    moved = np.subtract(curved.value("cantlie.plan[0].control_points_lps_mm"), before["points"])
    assert np.linalg.norm(moved, axis=1).round(3).tolist() == [0.0] * 4 + [1.0] * 4 + [0.0] * 8


def test_a_wedge_around_a_tumour_keeps_the_margin_that_was_asked_for(served: Any, desktop: Any) -> None:
    press(desktop, "Delete")
    revision = desktop.value("cantlie.revision")
    desktop.page.keyboard.press("t")
    desktop.page.get_by_role("radio", name="Tumour 2").check()
    desktop.page.get_by_role("button", name="Cut around it").click()
    desktop.wait_until_saved(revision)
    (wedge,) = desktop.value("cantlie.plan")
    assert (wedge["kind"], wedge["tumour"], wedge["margin_mm"]) == ("wedge", "tumour_02", 10)
    margins = {one["tumour"]: one for one in desktop.value("cantlie.numbers.values.margins")}
    assert margins["tumour_02"]["status"] == "resected"
    assert margins["tumour_02"]["minimum_mm"] >= 10
    served.assert_same_numbers(desktop)


def test_segments_that_are_chosen_or_pointed_at_become_one_cut(served: Any, desktop: Any) -> None:
    press(desktop, "Delete")
    revision = desktop.value("cantlie.revision")
    chosen = [one for one in served.case.manifest.anatomy.segments if one.volume_ml > 0][:2]
    desktop.page.keyboard.press("g")
    menu = desktop.page.get_by_role("region", name="Anatomical resection")
    for segment in chosen:
        menu.get_by_role("button", name=segment.title, exact=True).click()
    menu.get_by_role("button", name="Cut this territory").click()
    desktop.wait_until_saved(revision)
    taken = [one.value for one in chosen]
    assert desktop.value("cantlie.plan.map(cut => cut.segments)") == [taken]
    desktop.page.keyboard.press("g")
    menu.get_by_role("button", name="Point at segments").click()
    middle = desktop.value("cantlie.toScreen(cantlie.focusLpsMm)")
    desktop.page.mouse.move(middle["x"], middle["y"])
    desktop.page.mouse.down()
    desktop.page.mouse.up()
    desktop.wait_until_saved(revision + 1)
    (after,) = desktop.value("cantlie.plan.map(cut => cut.segments)")
    assert len(set(after) ^ set(taken)) == 1, "the segment under the pointer changed sides"
    desktop.page.keyboard.press("Escape")
    served.assert_same_numbers(desktop)


def test_a_line_drawn_on_the_liver_becomes_a_curved_cut(served: Any, desktop: Any) -> None:
    press(desktop, "Delete")
    revision = desktop.value("cantlie.revision")
    low, high = next(one.bounds_lps_mm for one in served.case.manifest.structures if one.name == "liver")
    middle = desktop.value(f"cantlie.toScreen({[(a + b) / 2 for a, b in zip(low, high, strict=True)]})")
    desktop.page.keyboard.press("l")
    mouse = desktop.page.mouse
    mouse.move(middle["x"] + 20, middle["y"] - 40)
    mouse.down()
    for step in range(1, 9):
        mouse.move(middle["x"] + 20 + 2 * step, middle["y"] - 40 + 10 * step)
    mouse.up()
    desktop.wait_until_saved(revision)
    assert desktop.value("cantlie.plan.map(cut => cut.kind)") == ["surface"]
    served.assert_same_numbers(desktop)


def test_a_proposal_is_looked_at_by_hovering_and_taken_by_a_click(served: Any, desktop: Any) -> None:
    before = desktop.value("({revision: cantlie.revision, plan: cantlie.plan})")
    desktop.page.keyboard.press("p")
    panel = desktop.page.get_by_role("region", name="Proposals")
    panel.get_by_role("spinbutton").fill("")  # vessels of the small liver lie so that no plan leaves the usual 20 %
    panel.get_by_role("button", name="Find plans").click()
    card = panel.locator(".proposal").first
    card.wait_for(timeout=120_000)
    card.hover()
    desktop.page.get_by_text("Numbers of the proposal under the pointer").wait_for()
    assert desktop.value("cantlie.plan") == before["plan"], "looking changes nothing"
    functional = card.locator(".big").inner_text().split()[0]
    assert desktop.text("functional-flr") == f"{functional} %"
    card.click()
    desktop.wait_until_saved(before["revision"])
    assert desktop.value("cantlie.plan") != before["plan"]
    assert desktop.text("functional-flr") == f"{functional} %"
    served.assert_same_numbers(desktop)
