"""Several plans of one case: made, laid over each other, compared, kept and signed on a screen and in a headset."""

from __future__ import annotations

import os
from typing import Any

WIDE = {"width": 1280, "height": 760}


def names(window: Any) -> list[str]:
    return [one["name"] for one in window.value("cantlie.plans")]


def looked_at(window: Any) -> dict[str, Any]:
    (one,) = (one for one in window.value("cantlie.plans") if one["lookedAt"])
    return dict(one)


def picture(window: Any, name: str) -> None:
    """For who wants to look: CANTLIE_PICTURES names a folder."""
    if folder := os.environ.get("CANTLIE_PICTURES"):
        window.page.screenshot(path=f"{folder}/{name}.png")


def test_a_plan_is_copied_changed_laid_over_compared_and_signed(served: Any, open_window: Any) -> None:
    window = open_window(served.case_url, viewport=WIDE)
    window.wait_until_shown()
    page = window.page
    first = window.value("cantlie.plan[0]")
    start = len(names(window))
    page.keyboard.press("j")
    panel = page.get_by_role("region", name="Plans")
    panel.get_by_role("button", name="Copy").click()
    window.wait_for(f"cantlie.plans.length === {start + 1} && cantlie.plans[{start}].lookedAt")
    window.wait_until_shown()
    copy = window.value("cantlie.plan[0]")
    assert copy["resection_id"] != first["resection_id"]
    assert copy["point_lps_mm"] == first["point_lps_mm"]
    page.keyboard.press("w")
    before = window.value("cantlie.revision")
    page.keyboard.press("Shift+ArrowUp")
    window.wait_until_saved(before)
    served.assert_same_numbers(window)
    panel.get_by_role("checkbox").first.check()
    window.wait_for("cantlie.ghosts > 0 && cantlie.settled")
    picture(window, "plans-ghost")
    panel.get_by_role("button", name="Compare").click()
    table = page.get_by_test_id("comparison")
    table.wait_for()
    columns = table.get_by_role("columnheader").all_inner_texts()
    assert columns[0] == looked_at(window)["name"]
    assert set(columns) == set(names(window))
    picture(window, "plans-compare")
    page.keyboard.press("Escape")
    panel.get_by_role("button", name="Propose").click()
    window.wait_for("cantlie.plans.some(one => one.stage === 'proposed')")
    panel.get_by_role("button", name="Confirm").click()
    window.wait_for("cantlie.plans.some(one => one.stage === 'confirmed')")
    picture(window, "plans-signed")
    panel.get_by_role("button", name="Plan 1", exact=True).click()
    window.wait_for(f"cantlie.plan[0].resection_id === '{first['resection_id']}' && !cantlie.numbers.stale")
    served.assert_same_numbers(window)


def test_two_plans_stand_side_by_side_each_with_its_own_numbers(served: Any, open_window: Any) -> None:
    window = open_window(served.case_url, viewport=WIDE)
    window.wait_until_shown()
    page = window.page
    start = len(names(window))
    page.keyboard.press("j")
    page.get_by_role("region", name="Plans").get_by_role("button", name="Copy").click()
    window.wait_for(f"cantlie.plans.length === {start + 1} && cantlie.plans[{start}].lookedAt")
    window.wait_until_shown()
    page.keyboard.press("j")
    page.keyboard.press("w")
    before = window.value("cantlie.revision")
    page.keyboard.press("Shift+ArrowUp")
    window.wait_until_saved(before)
    alone = window.value("cantlie.drawCalls")
    copy = looked_at(window)["name"]
    page.keyboard.press("=")
    beside = page.get_by_role("region", name="Plans side by side")
    panes = beside.get_by_role("article")
    window.wait_for(f"cantlie.settled && cantlie.drawCalls > {alone * 3 // 2}")
    assert panes.count() == 2
    assert panes.nth(0).get_by_role("button", name=copy, exact=True).get_attribute("aria-pressed") == "true"
    first, second = (panes.nth(n).get_by_role("definition").nth(2).inner_text() for n in (0, 1))
    assert first != second.split(" ")[0], "the copy was moved: it resects another volume"
    assert panes.get_by_text("not a medical device").count() == 2
    picture(window, "plans-beside")
    other = panes.nth(1).get_attribute("aria-label")
    panes.nth(1).get_by_role("button", name=other, exact=True).click()
    window.wait_for(f"cantlie.plans.some(one => one.lookedAt && one.name === {other!r})")
    assert panes.nth(0).get_attribute("aria-label") == copy, "each stays in its place"
    page.keyboard.press("Escape")
    beside.wait_for(state="detached")
    window.wait_for(f"cantlie.settled && cantlie.drawCalls < {alone * 3 // 2}")


def test_in_a_headset_a_plan_is_copied_laid_over_and_chosen(served: Any, open_headset: Any) -> None:
    window = open_headset(served.case_url)

    def press(button: str) -> None:
        window.wait_for(f"cantlie.buttonInRoom('{button}')")
        window.value(f"wearer.press('{button}')")

    start = len(names(window))
    first = looked_at(window)["id"]
    press("to-plans")
    press("plan-copy")
    window.wait_for(f"cantlie.plans.length === {start + 1} && cantlie.plans[{start}].lookedAt")
    press(f"ghost-{first}")
    window.wait_for("cantlie.ghosts > 0")
    picture(window, "plans-headset")
    press(f"plan-{first}")
    window.wait_for(f"cantlie.plans.find(one => one.id === '{first}').lookedAt && cantlie.ghosts === 0")
