"""Two people in one case: each sees where the other points, a raised hand, and the view of who presents."""

from __future__ import annotations

from typing import Any

SAME_PIXELS = 2.0


def liver_on_screen(window: Any) -> tuple[float, float]:
    place = window.value("cantlie.toScreen(cantlie.focusLpsMm)")
    return place["x"], place["y"]


def test_two_people_see_pointers_hands_and_the_view_of_who_presents(pair: tuple[Any, Any]) -> None:
    ann, bob = pair
    pointers_are_seen_unless_one_looks_alone(ann, bob)
    a_raised_hand_is_seen(ann, bob)
    the_view_follows_who_presents_until_one_looks_by_oneself(ann, bob)
    ann.page.close()
    bob.wait_for("cantlie.seen.length === 0 && cantlie.people.length === 1")


def pointers_are_seen_unless_one_looks_alone(ann: Any, bob: Any) -> None:
    ann.page.mouse.move(*liver_on_screen(ann))
    bob.wait_for("cantlie.seen.length === 1")
    ann.page.get_by_role("button", name="Look alone").click()
    bob.wait_for("cantlie.seen.length === 0")
    ann.page.get_by_role("button", name="Let others see").click()
    ann.page.mouse.move(*liver_on_screen(ann))
    bob.wait_for("cantlie.seen.length === 1")


def a_raised_hand_is_seen(ann: Any, bob: Any) -> None:
    ann.page.get_by_role("button", name="Raise your hand").click()
    bob.page.get_by_role("img", name="hand raised").wait_for()
    ann.page.get_by_role("button", name="Take your hand down").click()
    bob.page.get_by_role("img", name="hand raised").wait_for(state="detached")


def the_view_follows_who_presents_until_one_looks_by_oneself(ann: Any, bob: Any) -> None:
    ann.page.get_by_role("button", name="Show everybody your view").click()
    bob.page.get_by_text("You see what", exact=False).wait_for()
    ann.page.keyboard.press("3")
    ann.wait_until_shown()
    expected = ann.value("cantlie.toScreen([10, 20, -130])")
    close = "(a, b) => Math.hypot(a.x - b.x, a.y - b.y)"
    bob.wait_for(f"({close})(cantlie.toScreen([10, 20, -130]), {expected}) < {SAME_PIXELS}")
    bob.page.get_by_role("button", name="Look by yourself").click()
    ann.page.keyboard.press("1")
    ann.wait_until_shown()
    bob.wait_until_shown()
    assert bob.value(f"({close})(cantlie.toScreen([10, 20, -130]), {expected})") < SAME_PIXELS
    ann.page.get_by_role("button", name="End", exact=True).click()
    bob.page.get_by_role("button", name="Follow", exact=True).wait_for(state="detached")
