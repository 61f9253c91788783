"""Two people, one plan: the second window sees the plane move, who moves it, and the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def pair(shared_case: Any, open_shared_window: Callable[..., Any]) -> tuple[Any, Any]:
    """Two people for the whole file; only the first test finds them with nothing to undo."""
    windows = (open_shared_window(shared_case.case_url), open_shared_window(shared_case.case_url))
    for window in windows:
        window.wait_until_shown()
        window.wait_for("cantlie.people.length === 2")
    return windows


@pytest.fixture
def desktop(pair: tuple[Any, Any]) -> Any:
    return pair[0]


@pytest.fixture
def second(pair: tuple[Any, Any]) -> Any:
    return pair[1]


def press_and_drag(window: Any, across_px: float) -> None:
    start = window.value("cantlie.arrowOnScreen")
    window.page.mouse.move(start["x"], start["y"])
    window.page.mouse.down()
    window.page.mouse.move(start["x"] + across_px / 2, start["y"])
    window.page.mouse.move(start["x"] + across_px, start["y"])


def test_each_takes_back_their_own_and_nobody_the_work_of_another(desktop: Any, second: Any) -> None:
    undo, redo = (desktop.page.get_by_role("button", name=name) for name in ("Undo: ", "Redo: "))
    assert desktop.page.get_by_role("button", name="Nothing to undo").is_disabled()
    first = desktop.value("({revision: cantlie.revision, plan: cantlie.plan})")
    press_and_drag(desktop, 50)
    desktop.page.mouse.up()
    desktop.wait_until_saved(first["revision"])
    moved = desktop.value("cantlie.plan")
    undo.wait_for()
    assert undo.get_attribute("title") == "Undo: move cut 1 (Ctrl+Z)"
    assert second.page.get_by_role("button", name="Nothing to undo").is_disabled(), "it is not theirs"
    desktop.page.keyboard.press("Control+z")
    redo.wait_for()
    assert desktop.value("cantlie.plan") == first["plan"]
    # A reload comes back as the same person, with their steps.
    desktop.page.reload()
    desktop.wait_until_shown()
    redo.click()
    undo.wait_for()
    assert desktop.value("cantlie.plan") == moved
    before = desktop.value("cantlie.revision")
    second.wait_for(f"cantlie.revision === {before}")
    second.page.keyboard.press("x")
    second.wait_until_saved(before)
    desktop.wait_for(f"cantlie.revision > {before}")
    flipped = desktop.value("cantlie.plan")
    desktop.page.keyboard.press("Control+z")
    desktop.page.get_by_text("flipped cut 1 after you").wait_for()
    assert desktop.value("cantlie.plan") == flipped
    second.page.keyboard.press("Control+z")
    second.page.get_by_role("button", name="Redo: flip cut 1").wait_for()
    assert second.value("cantlie.plan") == moved


def test_a_drag_is_seen_by_the_second_person_while_it_happens(desktop: Any, second: Any) -> None:
    before = second.value("cantlie.revision")
    committed = second.value("cantlie.plan[0].point_lps_mm")
    press_and_drag(desktop, -50)
    second.wait_for(f"Math.abs(cantlie.plan[0].point_lps_mm[0] - {committed[0]}) > 1")
    second.wait_for("cantlie.people.some(person => person.holding)")
    assert second.page.get_by_text("is moving a cut").is_visible()
    desktop.page.mouse.up()
    second.wait_until_saved(before)


def test_both_end_at_the_same_revision_and_numbers(desktop: Any, second: Any) -> None:
    before = desktop.value("cantlie.revision")
    press_and_drag(desktop, 50)
    desktop.page.mouse.up()
    desktop.wait_until_saved(before)
    second.wait_until_saved(before)
    state = "({revision: cantlie.revision, plan: cantlie.plan, numbers: cantlie.numbers.values})"
    assert second.value(state) == desktop.value(state)


def test_a_held_plane_cannot_be_taken_by_somebody_else(desktop: Any, second: Any) -> None:
    press_and_drag(desktop, -30)
    second.wait_for("cantlie.people.some(person => person.holding)")
    press_and_drag(second, -30)
    assert second.value("cantlie.held") is None
    second.page.mouse.up()
    desktop.page.mouse.up()
    assert second.page.get_by_text("Wait until they let go").is_visible()
