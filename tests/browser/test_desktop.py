"""A person at a screen: the scene streams in, the plane is dragged, the numbers are those of `cantlie measure`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.resection import PlanAnswer

SAME_VOLUME_ML = 1e-6
SAME_LENGTH_MM = 1e-6


@pytest.fixture
def served(shared_case: Any) -> Any:
    return shared_case


@pytest.fixture(scope="module")
def desktop(shared_case: Any, open_shared_window: Callable[..., Any]) -> Any:
    """One window for all that a person does here; only what is done first sees the plan as it was made."""
    window = open_shared_window(shared_case.case_url)
    window.wait_until_shown()
    return window


def assert_same_numbers(shown: dict[str, Any], answer: PlanAnswer) -> None:
    """What the page got is what the engine answers, to the last digit that JSON carries."""
    for volume in shown["volumes"]:
        expected = answer.structure(volume["name"])
        assert volume["total_ml"] == pytest.approx(expected.total_ml, abs=SAME_VOLUME_ML)
        assert volume["resected_ml"] == pytest.approx(expected.resected_ml, abs=SAME_VOLUME_ML)
        assert volume["remnant_ml"] == pytest.approx(expected.remnant_ml, abs=SAME_VOLUME_ML)
    assert {volume["name"] for volume in shown["volumes"]} == {one.name for one in answer.structures}
    assert answer.flr is not None
    assert shown["flr_percent"] == pytest.approx(answer.flr.percent, abs=SAME_VOLUME_ML)
    assert len(shown["margins"]) == len(answer.margins) > 0
    for margin, expected_margin in zip(shown["margins"], answer.margins, strict=True):
        assert (margin["tumour"], margin["status"]) == (expected_margin.tumour, expected_margin.status)
        assert margin["minimum_mm"] == pytest.approx(expected_margin.minimum_mm, abs=SAME_LENGTH_MM)


def drag_arrow(window: Any, across_px: tuple[float, float], *, steps: int = 6) -> None:
    """Presses on the arrow and moves; does not let go."""
    start = window.value("cantlie.arrowOnScreen")
    mouse = window.page.mouse
    mouse.move(start["x"], start["y"])
    mouse.down()
    for step in range(1, steps + 1):
        mouse.move(start["x"] + across_px[0] * step / steps, start["y"] + across_px[1] * step / steps)


def test_every_structure_of_the_case_streams_in_and_appears(served: Any, desktop: Any) -> None:
    expected = {entry.name for entry in served.case.manifest.structures}
    shown = desktop.value("cantlie.structures")
    assert {one["name"] for one in shown if one["level"] is not None and one["visible"]} == expected
    assert desktop.value("cantlie.volumes") == 4, "the CT, two distance fields and the segments"
    assert desktop.value("cantlie.drawCalls") <= 60
    for place in (desktop.page.get_by_role("banner"), desktop.page.get_by_role("region", name="Resection")):
        assert place.get_by_text("Research use, not a medical device").is_visible()


def test_the_segments_of_the_liver_are_listed_with_their_volumes_and_colour_the_liver(
    served: Any, desktop: Any
) -> None:
    plain = desktop.page.locator("canvas").first.screenshot()
    desktop.page.keyboard.press("c")
    rows = desktop.page.locator(".segments ul").first.locator("li")
    expected = [one for one in served.case.manifest.anatomy.segments if one.volume_ml > 0]
    desktop.page.get_by_text("Structures", exact=True).click()  # folded where the window is small
    rows.first.wait_for()
    assert rows.locator(".name").all_inner_texts() == [one.title for one in expected]
    assert sum(one.volume_ml for one in expected) > 0
    desktop.wait_frames(2)
    assert desktop.page.locator("canvas").first.screenshot() != plain
    desktop.page.keyboard.press("c")
    assert not rows.first.is_visible()


def test_the_first_plan_shows_the_numbers_of_measure(served: Any, desktop: Any) -> None:
    assert_same_numbers(desktop.value("cantlie.numbers.values"), served.evaluate(desktop.value("cantlie.plan")))


def test_escape_gives_the_plane_back_to_where_it_was(desktop: Any) -> None:
    before = desktop.value("({revision: cantlie.revision, plan: cantlie.plan, numbers: cantlie.numbers.values})")
    drag_arrow(desktop, (60, 0))
    desktop.wait_for("cantlie.held")
    desktop.page.keyboard.press("Escape")
    desktop.wait_for("!cantlie.held && !cantlie.numbers.stale")
    desktop.page.mouse.up()
    assert (
        desktop.value("({revision: cantlie.revision, plan: cantlie.plan, numbers: cantlie.numbers.values})") == before
    )


def test_dragging_the_plane_with_the_mouse_changes_the_numbers_live_and_ends_at_those_of_measure(
    served: Any, desktop: Any
) -> None:
    before = desktop.value("({revision: cantlie.revision, flr: cantlie.numbers.values.flr_percent})")
    drag_arrow(desktop, (60, 0))
    desktop.wait_for(f"cantlie.held && Math.abs(cantlie.numbers.values.flr_percent - {before['flr']}) > 1")
    assert desktop.value("cantlie.revision") == before["revision"]
    desktop.page.mouse.up()
    desktop.wait_until_saved(before["revision"])
    plan = desktop.value("cantlie.plan")
    answer = served.evaluate(plan)
    assert_same_numbers(desktop.value("cantlie.numbers.values"), answer)
    assert answer.flr is not None
    assert desktop.text("flr") == f"{answer.flr.percent:.1f} %"


def test_arrow_keys_nudge_by_a_millimetre_and_five_with_shift(desktop: Any) -> None:
    before = desktop.value("({revision: cantlie.revision, plane: cantlie.plan[0]})")
    desktop.page.keyboard.press("ArrowRight")
    desktop.wait_until_saved(before["revision"])
    moved = desktop.value("cantlie.plan[0]")
    offset = [new - old for new, old in zip(moved["point_lps_mm"], before["plane"]["point_lps_mm"], strict=True)]
    assert sum(a * b for a, b in zip(offset, before["plane"]["normal_lps"], strict=True)) == pytest.approx(1, abs=1e-3)
    desktop.page.keyboard.press("Shift+ArrowLeft")
    desktop.wait_until_saved(before["revision"] + 1)
    again = desktop.value("cantlie.plan[0].point_lps_mm")
    offset = [new - old for new, old in zip(again, moved["point_lps_mm"], strict=True)]
    assert sum(a * b for a, b in zip(offset, moved["normal_lps"], strict=True)) == pytest.approx(-5, abs=1e-3)


def test_flipping_swaps_remnant_and_resected(desktop: Any) -> None:
    before = desktop.value("({revision: cantlie.revision, remnant: cantlie.numbers.values.volumes})")
    desktop.page.keyboard.press("x")
    desktop.wait_until_saved(before["revision"])
    swapped = {one["name"]: one for one in desktop.value("cantlie.numbers.values.volumes")}
    for volume in before["remnant"]:
        assert swapped[volume["name"]]["resected_ml"] == pytest.approx(volume["remnant_ml"], abs=0.2)


def test_the_start_page_leads_to_the_case(served: Any, open_window: Callable[..., Any]) -> None:
    window = open_window(f"{served.origin}/")
    window.page.get_by_role("link", name="Small liver").click()
    window.wait_until_shown()
    assert window.value("location.pathname") == f"/cases/{served.case_id}"


def test_a_whole_plan_is_made_with_mouse_and_keyboard(served: Any, open_window: Callable[..., Any]) -> None:
    desktop = open_window(served.case_url)
    desktop.wait_until_shown()

    def save(act: Callable[[], Any]) -> None:
        revision = desktop.value("cantlie.revision")
        act()
        desktop.wait_until_saved(revision)

    keyboard, page = desktop.page.keyboard, desktop.page
    drag_arrow(desktop, (40, 0))
    save(page.mouse.up)
    save(lambda: keyboard.press("x"))
    save(lambda: keyboard.press("b"))
    keyboard.press("w")
    save(lambda: keyboard.press("Shift+ArrowUp"))
    assert [cut["kind"] for cut in desktop.value("cantlie.plan")] == ["plane", "surface"]
    served.assert_same_numbers(desktop)
    for _ in range(2):
        save(lambda: keyboard.press("Delete"))
    save(lambda: keyboard.press("n"))
    keyboard.press("t")
    page.locator(".cut-menu .choice").nth(1).click()
    save(page.locator(".cut-menu button[type=submit]").click)
    served.assert_agreed_plan(desktop)
