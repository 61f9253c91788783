"""Every tool looks as it did: pictures of the screen and of both eyes beside those of docs/images/tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.pictures_parts.likeness import MOST_DIFFERENT, difference, judged

BOOT = (Path(__file__).parent / "wearer.js").read_text(encoding="utf-8")
SCREEN = {"width": 960, "height": 540}
BOTH_EYES = {"width": 960, "height": 300}
"""No larger than a reader of the pictures needs: software draws them in every run of the tests."""
PUT_ON = """(() => {
  xrDevice.stereoEnabled = true;
  xrDevice.fovy = 0.98;
  xrDevice.quaternion.set(-0.122, 0, 0, 0.9925);
})()"""
"""Both eyes, looking down to what lies before the chest, and no wider than the boards."""
HIDE_UNSURE = "document.querySelector('.connection').style.setProperty('visibility', 'hidden')"
"""What is another at each look: the time a message takes."""
MOST_CALLS = 60
MOST_TRIANGLES = 300_000
TUMOUR_2_LPS_MM = (3.6, -24.3, -114.0)
LINE_LPS_MM = ((-30, -14, -104), (-26, -14, -114), (-25, -14, -124), (-26, -14, -134), (-29, -14, -142))


class Screen:
    """A person at a screen, and what they look at after each step."""

    def __init__(self, window: Any) -> None:
        self.window = window
        self.page = window.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.window.wait_until_shown()

    def change(self, act: Callable[[], Any]) -> None:
        """Something that ends in a changed plan."""
        revision = self.window.value("cantlie.revision")
        act()
        self.window.wait_until_saved(revision)

    def at(self, point_lps_mm: Any) -> tuple[float, float]:
        place = self.window.value(f"cantlie.toScreen({[float(one) for one in point_lps_mm]})")
        return place["x"], place["y"]

    def draw(self, points_lps_mm: Any) -> None:
        first, *rest = [self.at(point) for point in points_lps_mm]
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for place in rest:
            self.page.mouse.move(*place, steps=3)
        self.page.mouse.up()

    def rest(self) -> None:
        """The pointer away from everything, messages read, the view at rest."""
        self.page.mouse.move(SCREEN["width"] / 2, 4)
        for toast in self.page.locator(".toast button").all():
            toast.click()
        self.window.wait_until_shown()
        self.window.wait_for("document.getAnimations().length === 0")

    def steps(self) -> Iterator[str]:
        """Does one thing after the other; whenever a name is given the page shows it."""
        key, page = self.press, self.page
        yield "plane"
        key("q")
        yield "slice"
        key("q", "c")
        yield "segments"
        key("c", "u")
        self.window.wait_for("cantlie.flatCutShown")
        yield "flat-cut"
        key("u", "k")
        self.window.wait_for("cantlie.apart === 'apart'")
        yield "apart"
        key("k")
        self.window.wait_for("cantlie.apart === 'whole'")
        key("j")
        yield "plans"
        key("j", "m")
        focus = np.array(self.window.value("cantlie.focusLpsMm"))
        for offset in ((-14, 0, 9), (16, 0, -7)):
            page.mouse.click(*self.at(focus + offset))
        key("z")
        page.mouse.click(*self.at(TUMOUR_2_LPS_MM))
        self.window.wait_for("cantlie.notes.length === 2 && cantlie.notes.every(one => one.value !== null)")
        key("Escape")
        yield "measure"
        key("Escape", "Escape")
        self.change(lambda: page.keyboard.press("Delete"))
        page.keyboard.press("l")
        self.change(lambda: self.draw(LINE_LPS_MM))
        key("r")
        yield "line-and-bend"
        self.change(lambda: page.keyboard.press("Delete"))
        key("t")
        page.get_by_role("radio").nth(1).check()
        self.change(lambda: page.locator(".cut-menu form button[type=submit]").click())
        yield "wedge"
        self.change(lambda: page.keyboard.press("Delete"))
        key("g")
        yield "territory"
        key("Escape", "p")
        yield "proposals"
        key("Escape", ",")
        yield "settings"
        key("Escape", "/")
        page.keyboard.type("vein")
        yield "find"


class Wearer:
    """A person in the headset."""

    def __init__(self, window: Any) -> None:
        self.window = window

    def press(self, *buttons: str) -> None:
        for button in buttons:
            self.window.wait_for(f"cantlie.buttonInRoom('{button}')")
            self.window.value(f"wearer.press('{button}')")

    def change(self, *buttons: str) -> None:
        revision = self.window.value("cantlie.revision")
        self.press(*buttons)
        self.window.wait_until_saved(revision)

    def point(self, point_lps_mm: Any) -> None:
        self.window.value(f"wearer.pointAt(cantlie.toRoom({[float(one) for one in point_lps_mm]}))")

    def rest(self) -> None:
        """The working hand beside the model, the other where its wrist is read."""
        self.window.value("wearer.restHands()")
        self.window.wait_for("cantlie.settled || cantlie.mode === 'vr'")

    def steps(self) -> Iterator[str]:
        press = self.press
        yield "plane"
        press("to-look", "to-slice", "slice-coronal")
        yield "slice"
        press("slice-off", "back", "flat-cut")
        self.window.wait_for("cantlie.flatCutShown && cantlie.flatCutInRoom(0.5, 0.5)")
        yield "flat-cut"
        press("flat-cut", "apart")
        self.window.wait_for("cantlie.apart === 'apart'")
        yield "apart"
        press("apart")
        self.window.wait_for("cantlie.apart === 'whole'")
        press("back", "to-plans")
        yield "plans"
        press("plan-copy")
        self.window.wait_for("cantlie.plans.length === 2 && cantlie.plans[1].lookedAt")
        first = self.window.value("cantlie.plans[0].id")
        press(f"beside-{first}")
        self.window.wait_frames(8)
        yield "beside"
        press(f"beside-{first}", "back", "to-notes", "measure-distance")
        focus = np.array(self.window.value("cantlie.focusLpsMm"))
        for offset in ((-14, 0, 9), (16, 0, -7)):
            self.point(focus + offset)
        self.window.wait_for("cantlie.notes.length === 1 && cantlie.notes[0].value !== null")
        press("done")
        yield "measure"
        press("back")
        self.change("bend")
        yield "bend"
        self.change("remove")
        press("to-add", "to-wedge", "tumour_02")
        self.change("cut-around")
        yield "wedge"


def looked_at(person: Screen | Wearer, kind: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Every picture's fault, and the draw calls and triangles behind each."""
    faults, costs = [], []
    person.window.value(HIDE_UNSURE)
    for name in person.steps():
        person.rest()
        costs.append((person.window.value("cantlie.drawCalls"), person.window.value("cantlie.triangles")))
        fault = judged(f"{kind}-{name}", person.window.page.screenshot())
        faults += [fault] if fault else []
    return faults, costs


def test_every_tool_on_the_screen_looks_as_it_did(served: Any, open_window: Callable[..., Any]) -> None:
    window = open_window(served.case_url, viewport=SCREEN)
    window.wait_until_shown()
    faults, costs = looked_at(Screen(window), "screen")
    assert faults == []
    assert max(calls for calls, _ in costs) <= MOST_CALLS
    assert max(triangles for _, triangles in costs) <= MOST_TRIANGLES


def test_every_tool_in_the_headset_looks_as_it_did_to_both_eyes(
    served: Any, open_window: Callable[..., Any], iwer: str
) -> None:
    window = open_window(served.case_url, iwer, BOOT, viewport=BOTH_EYES)
    window.wait_until_shown()
    window.value(PUT_ON)
    window.page.get_by_role("button", name="Enter VR").dispatch_event("click")
    window.wait_for("cantlie.mode === 'vr'")
    window.wait_frames(4)
    faults, costs = looked_at(Wearer(window), "eyes")
    assert faults == []
    assert max(calls for calls, _ in costs) <= 2 * MOST_CALLS, "of both eyes"
    assert max(triangles for _, triangles in costs) <= 2 * MOST_TRIANGLES


def test_a_thin_line_or_a_missing_label_is_seen_and_a_shade_is_not() -> None:
    with_line = Image.new("RGB", (480, 320), (20, 26, 32))
    ImageDraw.Draw(with_line).line((100, 100, 300, 180), fill=(120, 220, 255), width=3)
    plain = Image.new("RGB", (480, 320), (20, 26, 32))
    shaded = Image.new("RGB", (480, 320), (24, 30, 36))
    worst, (x, y) = difference(with_line, plain)
    assert worst > MOST_DIFFERENT
    assert 80 <= x <= 300
    assert 80 <= y <= 180
    assert difference(shaded, plain)[0] <= MOST_DIFFERENT
