"""In passthrough the model is put on a table of the room; where no table is found, a hand puts it somewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
WEARER = (HERE / "wearer.js").read_text(encoding="utf-8")
ROOM = (HERE / "room.js").read_text(encoding="utf-8")
TABLE_Y_M = 0.74
FROM = "[0.15, 1.3, -0.3]"
SAME_PLACE_M = 0.01


def enter_ar(served: Any, open_window: Callable[..., Any], iwer: str, *scripts: str) -> Any:
    window = open_window(served.case_url, iwer, WEARER, *scripts, viewport={"width": 420, "height": 260})
    window.wait_until_shown()
    window.page.get_by_role("button", name="Enter AR").dispatch_event("click")
    window.wait_for("cantlie.mode === 'ar'")
    window.wait_frames(4)
    return window


def middle(window: Any) -> list[float]:
    return list(window.value("cantlie.toRoom(cantlie.focusLpsMm)"))


def aim(window: Any, x: float, z: float) -> None:
    window.value(f"wearer.aimAt([{x}, {TABLE_Y_M}, {z}], {FROM})")
    window.wait_for(f"Math.abs(cantlie.toRoom(cantlie.focusLpsMm)[0] - {x}) < {SAME_PLACE_M}")


def press(window: Any, button: str, until: str) -> None:
    window.wait_for(f"cantlie.buttonInRoom('{button}')")
    window.value(f"wearer.press('{button}')")
    window.wait_for(until)


def test_the_model_is_put_on_a_table_stays_there_and_is_put_elsewhere(served: Any, open_window: Any, iwer: str) -> None:
    window = enter_ar(served, open_window, iwer, ROOM)
    window.wait_for("cantlie.buttonInRoom('leave-here')")
    aim(window, 0.1, -1.0)
    x, y, z = middle(window)
    assert abs(z + 1.0) < SAME_PLACE_M
    assert y > TABLE_Y_M + 0.05, "it stands on the table, not in it"
    window.value("wearer.pull()")
    window.wait_for("cantlie.buttonInRoom('to-model')")
    if folder := os.environ.get("CANTLIE_PICTURES"):
        window.page.screenshot(path=f"{folder}/room.png")
    window.value(f"wearer.aimAt([-0.4, {TABLE_Y_M}, -0.9], {FROM})")
    assert middle(window) == pytest.approx([x, y, z], abs=SAME_PLACE_M), "placed, it follows nobody"
    press(window, "to-model", "cantlie.buttonInRoom('place')")
    press(window, "place", "cantlie.buttonInRoom('leave-here')")
    aim(window, -0.3, -0.9)
    press(window, "leave-here", "cantlie.buttonInRoom('place')")
    assert middle(window)[0] < 0.0


def test_where_no_table_is_found_the_model_stands_before_the_person_and_can_be_grabbed(
    served: Any, open_window: Any, iwer: str
) -> None:
    window = enter_ar(served, open_window, iwer)
    window.wait_for("cantlie.buttonInRoom('to-model')")
    distance_m = -middle(window)[2]
    assert 0.5 < distance_m < 1.3
    press(window, "to-model", "cantlie.buttonInRoom('lock')")
    press(window, "lock", "cantlie.buttonInRoom('lock')")
