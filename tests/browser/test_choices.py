"""Finding by typing, one structure alone, and what a person chooses for their device; no barrier that axe knows of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[2] / "headset_client" / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = ("dark", "light")
WIDE = {"width": 1180, "height": 620}
"""Wide enough for every panel."""


@pytest.fixture(scope="module")
def window(shared_case: Any, open_shared_window: Any) -> Any:
    """One window for all choices; the one that stays with a device, its language, comes last."""
    opened = open_shared_window(shared_case.case_url, viewport=WIDE)
    opened.wait_until_shown()
    return opened


def visible_structures(window: Any) -> set[str]:
    return {one["name"] for one in window.value("cantlie.structures") if one["visible"]}


def barriers(window: Any) -> list[str]:
    """What WCAG 2.2 AA names, by axe: the rule, and where.

    Faces of the orientation cube seen from the side are small; the keys 1 to 6 do the same (2.5.8, Equivalent).
    """
    window.page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
    found = window.page.evaluate(f"axe.run({{exclude: ['.cube']}}, {{runOnly: {rules}}})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def test_a_structure_is_found_by_typing_and_shown_alone_and_everything_comes_back(window: Any) -> None:
    at_first = visible_structures(window)
    keyboard = window.page.keyboard
    keyboard.press("Control+k")
    keyboard.type("only port")
    keyboard.press("Enter")
    window.wait_for("cantlie.structures.filter(one => one.visible).length === 1 && cantlie.settled")
    assert visible_structures(window) == {"portal_vein"}
    keyboard.press("/")
    keyboard.type("zzz")
    assert window.page.get_by_text("Nothing is called that").is_visible()
    for _ in "zzz":
        keyboard.press("Backspace")
    keyboard.type("as at first")
    keyboard.press("Enter")
    window.wait_for(f"cantlie.structures.filter(one => one.visible).length === {len(at_first)}")
    assert visible_structures(window) == at_first


def test_the_view_comes_near_to_what_was_found(window: Any) -> None:
    before = window.page.locator("canvas").first.screenshot()
    window.page.keyboard.press("/")
    window.page.keyboard.type("tumour 1")
    window.page.keyboard.press("Enter")
    window.wait_until_shown()
    assert window.page.locator("canvas").first.screenshot() != before
    assert "tumour_01" in visible_structures(window)


def test_what_the_policy_of_the_page_refuses_would_fail_every_story(window: Any) -> None:
    window.value("document.body.setAttribute('style', 'color: red')")
    window.wait_for("document.body.style.color === ''")
    told = [one for one in window.problems if "style-src" in one]
    assert len(told) == 1
    window.problems.remove(told[0])
    window.value("document.body.removeAttribute('style')")


def test_escape_and_letters_work_while_a_choice_or_a_slider_has_the_focus(window: Any) -> None:
    window.page.keyboard.press("t")
    menu = window.page.locator(".cut-menu")
    menu.get_by_role("radio").first.focus()
    window.page.keyboard.press("Escape")
    menu.wait_for(state="detached")
    window.page.keyboard.press("t")
    menu.get_by_role("slider").focus()
    window.page.keyboard.press("ArrowRight")
    assert menu.get_by_text("11.0 mm").is_visible() or menu.get_by_text("10.5 mm").is_visible()
    window.page.keyboard.press("t")
    menu.wait_for(state="detached")


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci in headset_client")
def test_no_barrier_is_on_the_planning_page_nor_in_its_dialogs_in_either_look(window: Any) -> None:
    found = []
    for look in LOOKS:
        window.page.emulate_media(color_scheme=look)
        window.wait_for(f"document.documentElement.dataset.look === '{look}' && document.getAnimations().length === 0")
        found += barriers(window)
        for key in ("?", ",", "/"):
            window.page.keyboard.press(key)
            window.page.get_by_role("dialog").wait_for()
            found += barriers(window)
            window.page.keyboard.press("Escape")
            window.page.get_by_role("dialog").wait_for(state="detached")
    assert found == [], "\n".join(found)


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci in headset_client")
def test_no_barrier_is_on_the_start_page_in_either_look(shared_case: Any, open_window: Any) -> None:
    window = open_window(shared_case.origin)
    window.page.locator(".cases li").first.wait_for()
    for look in LOOKS:
        window.page.emulate_media(color_scheme=look)
        window.wait_for(f"document.documentElement.dataset.look === '{look}' && document.getAnimations().length === 0")
        assert barriers(window) == []


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci in headset_client")
def test_no_barrier_is_in_the_panels_menus_and_pages_of_a_case(shared_case: Any, window: Any, open_window: Any) -> None:
    keyboard, page = window.page.keyboard, window.page
    found = []
    # Plans, flat cut, measurements, proposals, each kind of cut, the slice and the segments of the liver.
    for keys in ("j", "u", "m", "p", "a", "t", "g", "qc"):
        for key in keys:
            keyboard.press(key)
        window.wait_for("document.getAnimations().length === 0")
        found += [f"{keys}: {barrier}" for barrier in barriers(window)]
        keyboard.press("Escape")
        keyboard.press("Escape")
    for key in "cq":
        keyboard.press(key)
    page.get_by_role("button", name="Invite").click()
    page.get_by_role("dialog").wait_for()
    found += barriers(window)
    keyboard.press("Escape")
    joining = open_window(f"{shared_case.origin}/join")
    joining.page.get_by_role("main").wait_for()
    found += barriers(joining)
    assert found == [], "\n".join(found)


def test_another_language_is_chosen_and_the_plan_stays(window: Any) -> None:
    plan = window.value("cantlie.plan")
    window.page.keyboard.press(",")
    window.page.get_by_text("Deutsch", exact=True).click()
    window.page.get_by_role("region", name="Strukturen").wait_for()
    window.wait_until_shown()
    assert window.value("cantlie.plan") == plan
    assert window.value("document.documentElement.lang") == "de"
    names = window.page.locator(".structures-panel > ul > li > .name").all_inner_texts()
    assert {"Leber", "Pfortader", "Lebervenen", "Gallenblase"} <= {one.splitlines()[0] for one in names}
    assert "," in window.text("flr")
