"""A session looked at again while it goes on: its end is the live plan, nobody else sees it, nothing is changed."""

from __future__ import annotations

from typing import Any

SAME_PIXELS = 2.0
PLAN = "JSON.stringify(cantlie.plan)"
STANDS = "cantlie.replayed !== null && cantlie.replayed.settled"


def test_a_session_is_recorded_looked_at_again_and_told_in_minutes(pair: tuple[Any, Any]) -> None:
    ann, bob = pair
    everybody_is_told_that_they_are_recorded(ann, bob)
    the_end_of_the_replay_is_the_live_plan_and_earlier_is_what_was(ann, bob)
    minutes_with_a_picture_are_saved(ann)
    everybody_is_brought_to_one_view_and_who_looks_alone_is_asked(ann, bob)


def everybody_is_told_that_they_are_recorded(ann: Any, bob: Any) -> None:
    ann.page.get_by_role("button", name="Record where people look").click()
    bob.page.get_by_text("Recorded", exact=False).first.wait_for()
    place = bob.value("cantlie.toScreen(cantlie.focusLpsMm)")
    bob.page.mouse.move(place["x"], place["y"])
    ann.wait_for("cantlie.seen.length === 1")
    for _ in range(2):
        before = ann.value("cantlie.revision")
        ann.page.keyboard.press("x")
        ann.wait_until_saved(before)
    ann.page.get_by_role("button", name="Stop recording people").click()
    bob.page.locator(".recorded-chip").wait_for(state="detached")


def the_end_of_the_replay_is_the_live_plan_and_earlier_is_what_was(ann: Any, bob: Any) -> None:
    live = ann.value(PLAN)
    ann.page.keyboard.press("8")
    ann.page.get_by_text("Replay, not live").wait_for()
    ann.wait_for(STANDS)
    assert ann.value(PLAN) == live
    ann.page.keyboard.press("ArrowLeft")
    ann.wait_for(f"{STANDS} && cantlie.replayed.people.length > 0")
    assert ann.value(PLAN) != live
    ann.page.keyboard.press("x")
    ann.page.get_by_text("This is a replay").first.wait_for()
    assert bob.value(PLAN) == live
    ann.page.keyboard.press("ArrowRight")
    ann.wait_for(f"{STANDS} && {PLAN} === {live!r}")


def minutes_with_a_picture_are_saved(ann: Any) -> None:
    with ann.page.expect_download(timeout=120_000) as saved:
        ann.page.get_by_role("button", name="Minutes").click()
    document = saved.value.path().read_text(encoding="utf-8")
    assert "flipped cut 1" in document
    assert "data:image/jpeg;base64," in document
    ann.page.keyboard.press("Escape")
    ann.wait_for("cantlie.replayed === null")


def everybody_is_brought_to_one_view_and_who_looks_alone_is_asked(ann: Any, bob: Any) -> None:
    ann.page.keyboard.press("3")
    ann.wait_until_shown()
    expected = ann.value("cantlie.toScreen([10, 20, -130])")
    ann.page.get_by_role("button", name="Bring everybody").click()
    close = "(a, b) => Math.hypot(a.x - b.x, a.y - b.y)"
    bob.wait_for(f"({close})(cantlie.toScreen([10, 20, -130]), {expected}) < {SAME_PIXELS}")
    bob.page.get_by_role("button", name="Look alone").click()
    ann.page.get_by_role("button", name="Bring everybody").click()
    bob.page.get_by_role("button", name="Stay here").click()
    bob.page.get_by_role("button", name="Go there").wait_for(state="detached")


def test_a_session_is_looked_at_again_in_a_headset(served: Any, open_headset: Any) -> None:
    headset = open_headset(served.case_url)
    before = headset.value("cantlie.revision")
    headset.page.keyboard.press("x")
    headset.wait_until_saved(before)
    live = headset.value(PLAN)
    for button in ("to-plans", "to-replay", "replay-open"):
        headset.value(f"wearer.press('{button}')")
    headset.wait_for(STANDS)
    assert headset.value(PLAN) == live
    headset.value("wearer.press('replay-before')")
    headset.wait_for(f"{STANDS} && cantlie.replayed.revision === {before}")
    assert headset.value(PLAN) != live
    headset.value("wearer.press('replay-live')")
    headset.wait_for(f"cantlie.replayed === null && {PLAN} === {live!r}")
