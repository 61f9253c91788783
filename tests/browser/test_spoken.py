"""Commands by voice: asked for before they are on, shown as understood, done after a yes; on a desktop and in VR."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

IWER = Path(__file__).resolve().parents[2] / "headset_client" / "node_modules" / "iwer" / "build" / "iwer.min.js"
BOOT = (Path(__file__).parent / "wearer.js").read_text(encoding="utf-8")
SMALL = {"width": 420, "height": 260}
EAR = """
window.SpeechRecognition = class extends EventTarget {
  start() {
    window.ear = this;
  }
  abort() {
    window.ear = null;
  }
};
window.say = (transcript, confidence = 0.9) => {
  const { ear } = window;
  window.ear = null;
  ear.onresult({ results: [[{ transcript, confidence }]] });
  ear.onend();
};
"""
"""Chromium without its maker's servers hears nothing: these are its ears, and all else is the program's own."""

TURNED_ON = "localStorage.setItem('cantlie-spoken', 'on')"
LIVER_HIDDEN = "cantlie.structures.some(one => one.name === 'liver' && !one.visible)"


def say(window: Any, words: str) -> None:
    window.wait_for("window.ear")
    window.value(f"say({words!r})")


def test_a_spoken_command_is_asked_about_and_done_after_a_yes(served: Any, open_window: Callable[..., Any]) -> None:
    window = open_window(served.case_url, EAR)
    window.wait_until_shown()
    page = window.page
    page.keyboard.press(";")
    assert window.value("window.ear === undefined"), "off by default"
    page.keyboard.press(",")
    page.get_by_label("Voice commands: press").check()
    page.get_by_text("may send what you say to its maker", exact=False).wait_for()
    page.get_by_role("button", name="Turn on").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Say a command").click()
    say(window, "please hide the liver")
    page.get_by_test_id("spoken").get_by_text("Hide Liver?").wait_for()
    assert not window.value(LIVER_HIDDEN)
    say(window, "yes")
    window.wait_for(LIVER_HIDDEN)
    page.keyboard.press(";")
    say(window, "good morning")
    page.get_by_text("Nothing is called that.").wait_for()
    page.get_by_role("button", name="Say it again").click()
    say(window, "show liver")
    page.keyboard.press("Escape")
    page.get_by_test_id("spoken").wait_for(state="detached")
    assert window.value(LIVER_HIDDEN), "a no does nothing"
    page.keyboard.press(";")
    say(window, "show liver")
    page.keyboard.press("Enter")
    window.wait_for(f"!({LIVER_HIDDEN})")


def test_a_spoken_command_is_answered_by_a_press_on_the_board_in_vr(
    served: Any, open_window: Callable[..., Any]
) -> None:
    window = open_window(served.case_url, IWER.read_text(encoding="utf-8"), BOOT, EAR, TURNED_ON, viewport=SMALL)
    window.wait_until_shown()
    window.page.get_by_role("button", name="Enter VR").dispatch_event("click")
    window.wait_for("cantlie.mode === 'vr' && cantlie.buttonInRoom('say-command')")
    window.wait_frames(10)
    window.value("wearer.press('say-command')")
    say(window, "hide liver")
    window.wait_for("cantlie.buttonInRoom('spoken-yes')")
    assert not window.value(LIVER_HIDDEN)
    window.value("wearer.press('spoken-yes')")
    window.wait_for(LIVER_HIDDEN)
    window.wait_for("cantlie.buttonInRoom('say-command')")
