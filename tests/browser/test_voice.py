"""Two people talk: sound really flows between two browsers, mute stops it, a reload comes back to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

WIDE = {"width": 1100, "height": 560}
FLAGS = [
    "--use-fake-device-for-media-stream",  # it beeps once a second
    "--use-fake-ui-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",  # nothing resolves such names in a container
]
KEEP_CONNECTIONS = """
window.connections = [];
const Connection = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Connection {
  constructor(configuration) {
    super(configuration);
    connections.push(this);
  }
};
window.heardNow = async () => {
  const live = connections.filter((one) => one.connectionState === "connected");
  for (const one of live) {
    for (const report of (await one.getStats()).values()) {
      if (report.type === "inbound-rtp") return { packets: report.packetsReceived, energy: report.totalAudioEnergy };
    }
  }
  return { packets: 0, energy: 0 };
};
"""
SILENT_UNTIL_PRESSED = """
const Context = window.AudioContext;
let isPressed = sessionStorage.getItem("was here") === null;  // browsers differ on a reload: this one is strict
sessionStorage.setItem("was here", "yes");
for (const event of ["pointerdown", "keydown"]) window.addEventListener(event, () => { isPressed = true; }, true);
window.AudioContext = class extends Context {
  constructor(options) {
    super(options);
    if (!isPressed) void super.suspend();
  }
  resume() {
    return isPressed ? super.resume() : new Promise(() => undefined);
  }
};
"""
NO_MICROPHONE = """
navigator.mediaDevices.getUserMedia = async () => {
  throw Object.assign(new Error("no"), { name: "NotAllowedError" });
};
"""


@pytest.fixture(scope="module")
def chromium(launch_chromium: Callable[..., Any]) -> Iterator[Any]:
    """A browser of these tests' own: its microphone beeps, and the permission is given."""
    browser = launch_chromium(*FLAGS)
    yield browser
    browser.close()


def button(window: Any, name: str) -> Any:
    return window.page.get_by_role("button", name=name)


def join(window: Any) -> None:
    window.wait_until_shown()
    window.wait_for("cantlie.people.length === 2 && cantlie.voice")
    button(window, "Talk with the others").click()
    button(window, "Join").click()
    window.page.keyboard.press("Escape")
    window.wait_for("cantlie.voice.phase === 'in'")


def test_two_people_hear_each_other_and_mute(served: Any, open_window: Callable[..., Any]) -> None:
    ann = open_window(served.case_url, KEEP_CONNECTIONS, viewport=WIDE)
    bob = open_window(served.case_url, KEEP_CONNECTIONS, viewport=WIDE)
    for window in (ann, bob):
        join(window)
    sound_flows_and_is_seen(ann, bob)
    a_muted_microphone_is_silent(ann, bob)
    an_owner_mutes_and_only_oneself_speaks_again(ann, bob)


def test_space_speaks_and_a_reload_comes_back(served: Any, open_window: Callable[..., Any]) -> None:
    ann = open_window(served.case_url, KEEP_CONNECTIONS, viewport=WIDE)
    bob = open_window(served.case_url, KEEP_CONNECTIONS, SILENT_UNTIL_PRESSED, viewport=WIDE)
    for window in (ann, bob):
        join(window)
    space_speaks_while_it_is_held(ann, bob)
    bob.page.reload()
    bob.wait_for("window.cantlie && cantlie.voice && cantlie.voice.phase === 'in' && cantlie.voice.voices === 1")
    a_page_that_the_browser_keeps_silent_says_so_and_speaks_at_a_press(bob)
    for window in (ann, bob):
        wait_for_sound(window)
    bob.page.close()
    ann.wait_for("cantlie.voice.voices === 0")


def heard(window: Any) -> dict[str, float]:
    return dict(window.page.evaluate("heardNow()"))


def wait_for_sound(window: Any) -> None:
    before = heard(window)
    window.page.wait_for_function(
        f"async () => {{ const now = await heardNow(); return now.packets > {before['packets']} + 20 "
        f"&& now.energy > {before['energy']} + 1e-4; }}",
        timeout=60_000,
    )


def sound_flows_and_is_seen(ann: Any, bob: Any) -> None:
    for window in (ann, bob):
        window.wait_for("cantlie.voice.voices === 1")
        wait_for_sound(window)
        # Each made-up microphone beeps by a clock of its own: both are heard, but perhaps never at one moment.
        window.page.evaluate("window.seenSpeaking = new Set()")
        window.wait_for("cantlie.voice.speaking.forEach(one => seenSpeaking.add(one)) || seenSpeaking.size === 2")
    ann.page.mouse.move(550, 300)
    bob.page.get_by_role("img", name="speaking").first.wait_for()


def a_muted_microphone_is_silent(ann: Any, bob: Any) -> None:
    button(ann, "Microphone on").click()
    bob.page.get_by_role("img", name="muted").first.wait_for()
    bob.wait_for("cantlie.voice.speaking.length === 1")
    before = heard(bob)
    bob.page.wait_for_function(f"async () => (await heardNow()).packets > {before['packets']} + 60", timeout=60_000)
    assert heard(bob)["energy"] - before["energy"] < 1e-4, "three times a beep would have come by now"
    button(ann, "Microphone off").click()
    wait_for_sound(bob)


def an_owner_mutes_and_only_oneself_speaks_again(ann: Any, bob: Any) -> None:
    button(ann, "Voice: who talks").click()
    ann.page.get_by_role("button", name="Mute ", exact=False).last.click()
    bob.page.get_by_text("muted you", exact=False).first.wait_for()
    ann.page.get_by_text("muted by", exact=False).wait_for()
    ann.page.keyboard.press("Escape")
    button(bob, "Microphone off").click()
    button(bob, "Speak again").click()
    bob.page.keyboard.press("Escape")
    wait_for_sound(ann)


def space_speaks_while_it_is_held(ann: Any, bob: Any) -> None:
    who_talks = button(bob, "Voice: who talks")
    who_talks.click()
    who_talks.click()  # the button has the focus now, which the space bar would press
    bob.page.keyboard.press("Shift+Space")
    ann.page.get_by_role("img", name="muted").first.wait_for()
    bob.page.keyboard.down("Space")
    wait_for_sound(ann)
    bob.page.keyboard.up("Space")
    bob.page.keyboard.press("Shift+Space")  # at once, before the server said that the key is up
    wait_for_sound(ann)
    assert who_talks.get_attribute("aria-expanded") == "false", "the space bar spoke, and pressed nothing"


def a_page_that_the_browser_keeps_silent_says_so_and_speaks_at_a_press(bob: Any) -> None:
    hear = button(bob, "Press to hear the others")
    hear.wait_for()
    assert bob.value("cantlie.voice.isSilenced") is True
    bob.page.mouse.click(550, 300)  # anywhere
    hear.wait_for(state="detached")


def test_who_has_no_microphone_listens_and_plans_on(served: Any, open_window: Callable[..., Any]) -> None:
    ann = open_window(served.case_url, KEEP_CONNECTIONS, viewport=WIDE)
    eve = open_window(served.case_url, NO_MICROPHONE, viewport=WIDE)
    for window in (ann, eve):
        join(window)
    eve.wait_for("cantlie.voice.voices === 1 && cantlie.voice.speaking.length === 1")
    button(eve, "Voice: who talks").click()
    eve.page.get_by_text("the microphone is not allowed", exact=False).wait_for()
    ann.page.get_by_role("img", name="muted").first.wait_for()
    button(eve, "Leave the conversation").click()
    eve.wait_for("cantlie.voice.phase === 'off' && cantlie.connection === 'online'")
