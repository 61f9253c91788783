"""People measure, on a screen and in a headset; every number ends as `cantlie measure` prints it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.resection.plan import ResectionPlan
from streaming.planning.engine_measurement import engine_measurement
from streaming.planning.engine_resection import engine_resection
from streaming.protocol import KeptMeasurement, PlanState

WIDE = {"width": 1180, "height": 520}
"""Room for the liver between the panels."""
SAME_MM = 1e-6
TUMOUR_2_LPS_MM = (3.6, -24.3, -114.0)
PNG = b"\x89PNG"


def _measured_by_command(served: Any, window: Any, folder: Path) -> list[dict[str, Any]]:
    """What `cantlie measure --json` prints for the plan and the measurements that are on screen."""
    from engine.resection.measurements import measurement_as_json

    state = PlanState.model_validate_json(
        json.dumps({"revision": 0, "plan_id": "plan-1", "resections": window.value("cantlie.plan")})
    )
    notes = [KeptMeasurement.model_validate_json(json.dumps(one["note"])) for one in window.value("cantlie.notes")]
    ids = [one.resection_id for one in state.resections]
    plan = ResectionPlan(resections=tuple(engine_resection(one) for one in state.resections)).as_json()
    measurements = [measurement_as_json(engine_measurement(one.measurement, ids)) for one in notes]
    file = folder / "plan.json"
    file.write_text(json.dumps({**plan, "measurements": measurements}), encoding="utf-8")
    command = [sys.executable, "-m", "streaming.cli", "measure", str(served.case.path), str(file), "--json"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return list(json.loads(printed)["measurements"])


def _assert_as_commanded(served: Any, window: Any, folder: Path) -> list[dict[str, Any]]:
    shown = window.value("cantlie.notes")
    printed = _measured_by_command(served, window, folder)
    assert len(shown) == len(printed) > 0
    for one, expected in zip(shown, printed, strict=True):
        assert one["value"]["value"] == pytest.approx(expected["value"], abs=SAME_MM)
        assert one["value"]["unit"] == expected["unit"]
        assert f"{expected['value']:.1f}" in one["label"]
    return printed


def _wait_measured(window: Any, count: int) -> None:
    window.wait_for(
        f"cantlie.notes.length === {count} && cantlie.pending === 0 && cantlie.notes.every(one => one.value !== null)"
    )


def _click(window: Any, place: dict[str, float]) -> None:
    window.page.mouse.move(place["x"], place["y"])
    window.page.mouse.down()
    window.page.mouse.up()


def _on_screen(window: Any, point_lps_mm: Any) -> dict[str, float]:
    return dict(window.value(f"cantlie.toScreen({[float(value) for value in point_lps_mm]})"))


def _widest_branch(served: Any) -> Any:
    branches = served.case.vessel_trees().of_kind("portal")
    return max(branches, key=lambda branch: branch.length_mm).points_lps_mm


def test_a_person_measures_on_the_screen_and_reads_what_the_command_prints(
    served: Any, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    desktop = open_window(served.case_url, viewport=WIDE)
    desktop.wait_until_shown()
    page = desktop.page
    middle = _on_screen(desktop, desktop.value("cantlie.focusLpsMm"))
    page.keyboard.press("m")
    for dx, dy in ((-45, -20), (40, 25)):
        _click(desktop, {"x": middle["x"] + dx, "y": middle["y"] + dy})
    _wait_measured(desktop, 1)
    page.keyboard.press("z")
    _click(desktop, _on_screen(desktop, TUMOUR_2_LPS_MM))
    _wait_measured(desktop, 2)
    page.keyboard.press("o")
    line = _widest_branch(served)
    for point in (line[len(line) // 5], line[-1 - len(line) // 5]):
        _click(desktop, _on_screen(desktop, point))
    _wait_measured(desktop, 3)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Area of this cut").click()
    _wait_measured(desktop, 4)
    assert [one["note"]["measurement"]["kind"] for one in desktop.value("cantlie.notes")] == [
        "distance",
        "tumour",
        "vessel",
        "area",
    ]
    _, tumour, vessel, _ = _assert_as_commanded(served, desktop, tmp_path)
    assert tumour["value"] > 10, "the ball of 3 voxels across its middle"
    assert vessel["least_calibre_mm"] <= vessel["mean_calibre_mm"]
    with page.expect_download() as saved:
        page.keyboard.press("0")
    assert saved.value.path().read_bytes()[:4] == PNG
    before = desktop.value("cantlie.notes[0].value.value")
    start = _on_screen(desktop, desktop.value("cantlie.notes[0].note.measurement.points_lps_mm[0]"))
    page.mouse.move(start["x"], start["y"])
    page.mouse.down()
    page.mouse.move(start["x"] - 18, start["y"] - 6, steps=4)
    page.mouse.up()
    desktop.wait_for(f"cantlie.pending === 0 && Math.abs((cantlie.notes[0].value?.value ?? {before}) - {before}) > 0.5")
    _assert_as_commanded(served, desktop, tmp_path)
    page.reload()
    desktop.wait_until_shown()
    _wait_measured(desktop, 4)
    page.keyboard.press("Control+z")
    desktop.wait_for(f"Math.abs((cantlie.notes[0].value?.value ?? 0) - {before}) < {SAME_MM}")


def test_a_person_in_a_headset_measures_and_reads_what_the_command_prints(
    served: Any, open_headset: Callable[..., Any], tmp_path: Path
) -> None:
    window = open_headset(served.case_url)

    def press(*buttons: str) -> None:
        for button in buttons:
            window.wait_for(f"cantlie.buttonInRoom('{button}')")
            window.value(f"wearer.press('{button}')")

    def point(place: Any) -> None:
        room = window.value(f"cantlie.toRoom({[float(value) for value in place]})")
        window.value(f"wearer.pointAt({room})")

    line = _widest_branch(served)
    press("to-notes", "measure-vessel")
    point(line[len(line) // 5])
    point(line[-1 - len(line) // 5])
    _wait_measured(window, 1)
    press("done", "measure-distance")
    focus = np.array(window.value("cantlie.focusLpsMm"))
    point(focus + np.array([-12, 0, 8]))
    point(focus + np.array([14, 0, -6]))
    _wait_measured(window, 2)
    vessel, distance = _assert_as_commanded(served, window, tmp_path)
    assert vessel["value"] > 5
    assert distance["value"] > 5
    press("done")
    with window.page.expect_download() as saved:
        press("picture")
    assert saved.value.path().read_bytes()[:4] == PNG
    press("remove-note")
    _wait_measured(window, 1)
