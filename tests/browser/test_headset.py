"""A person in an emulated headset (IWER) makes whole plans: by controllers, by hands, by gaze and pinch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

SMALL = {"width": 420, "height": 260}

MOVED_M = 0.08
SAME_POSITION_MM = 2.5
"""A grab keeps the hand's offset; a frame of the emulated hand's motion is all that may be lost."""

FINE_GAIN = 0.25
WEARER_PRESSES_FROM_M = np.array([-0.02, 0, 0.35])
"""Where the hand is, seen from a button it presses; see wearer.js."""

NO_PASSTHROUGH = """(() => {
  const supports = navigator.xr.isSessionSupported.bind(navigator.xr);
  navigator.xr.isSessionSupported = async mode => mode !== "immersive-ar" && supports(mode);
})()"""

TUMOUR_2_LPS_MM = (3.6, -24.3, -114.0)


class Wearer:
    """What a person in the headset does; each verb waits for the frames that it takes."""

    def __init__(self, window: Any, served: Any) -> None:
        self.window = window
        self.served = served

    def value(self, expression: str) -> Any:
        return self.window.value(expression)

    def press(self, *buttons: str) -> None:
        """Buttons of the tool board, by ray, one after the other."""
        for button in buttons:
            self.window.wait_for(f"cantlie.buttonInRoom('{button}')")
            self.value(f"wearer.press('{button}')")

    def press_and_save(self, *buttons: str) -> None:
        revision = self.value("cantlie.revision")
        self.press(*buttons)
        self.window.wait_until_saved(revision)

    def room(self, point_lps_mm: Any) -> list[float]:
        return list(self.value(f"cantlie.toRoom({list(point_lps_mm)})"))

    def carry(self, place: list[float], by: tuple[float, float, float], *, precisely: bool = False) -> None:
        """Takes what is at a place of the room, carries it and lets go."""
        revision = self.value("cantlie.revision")
        self.value(f"wearer.take({place})")
        self.window.wait_for("cantlie.held")
        self.value(f"wearer.carry({list(by)}, {str(precisely).lower()})")
        self.window.wait_until_saved(revision)

    def draw(self, *places_lps_mm: tuple[float, float, float]) -> None:
        revision = self.value("cantlie.revision")
        self.value(f"wearer.draw({[self.room(place) for place in places_lps_mm]})")
        self.window.wait_until_saved(revision)

    def point_at(self, point_lps_mm: Any) -> None:
        """Aims at a place of the patient and presses."""
        revision = self.value("cantlie.revision")
        self.value(f"wearer.pointAt({self.room(point_lps_mm)})")
        self.window.wait_until_saved(revision)

    def make_the_agreed_plan(self) -> None:
        """In place of whatever is there: the plane that is proposed, and a wedge around the second tumour."""
        while self.kinds():
            self.press_and_save("remove")
        self.press("to-add")
        self.press_and_save("plane")
        self.press("to-add", "to-wedge", "tumour_02")
        self.press_and_save("cut-around")

    def kinds(self) -> list[str]:
        return list(self.value("cantlie.plan.map(cut => cut.kind)"))

    def millimetres_of(self, metres: tuple[float, float, float]) -> Any:
        """A way in the room as patient millimetres along L, P, S."""
        origin = np.array(self.room((0, 0, 0)))
        axes = [np.subtract(self.room(axis), origin) for axis in np.eye(3).tolist()]
        return np.linalg.solve(np.array(axes).T, metres)


@pytest.fixture
def wearer(served: Any, open_headset: Callable[..., Any]) -> Wearer:
    """In VR with the model before the chest."""
    return Wearer(open_headset(served.case_url), served)


def test_a_whole_plan_is_made_with_controllers(wearer: Wearer, served: Any) -> None:
    plane = wearer.value("cantlie.plan[0]")
    wearer.carry(wearer.value("cantlie.sheetInRoom"), (MOVED_M, 0, 0))
    moved = wearer.value("cantlie.plan[0]")
    expected_mm = float(np.dot(wearer.millimetres_of((MOVED_M, 0, 0)), plane["normal_lps"]))
    assert abs(expected_mm) > 5 * SAME_POSITION_MM
    assert normal_travel_mm(plane, moved) == pytest.approx(expected_mm, abs=SAME_POSITION_MM)
    assert wearer.value("wearer.pulses.length") >= 1, "the hand feels that it took the plane"
    # Trigger and grip together move it by a part of the way.
    wearer.carry(wearer.value("cantlie.sheetInRoom"), (-MOVED_M, 0, 0), precisely=True)
    back_mm = normal_travel_mm(moved, wearer.value("cantlie.plan[0]"))
    assert back_mm == pytest.approx(-FINE_GAIN * expected_mm, abs=SAME_POSITION_MM)
    wearer.press_and_save("flip")
    assert np.dot(wearer.value("cantlie.plan[0].normal_lps"), plane["normal_lps"]) < 0
    # Locked it cannot be removed.
    revision = wearer.value("cantlie.revision")
    wearer.press("lock-cut", "remove", "lock-cut")
    assert (wearer.value("cantlie.revision"), wearer.kinds()) == (revision, ["plane"])
    wearer.press_and_save("copy")
    wearer.press_and_save("bend")
    assert wearer.kinds() == ["plane", "surface"]
    bend_one_control_point(wearer)
    served.assert_same_numbers(wearer.window)
    wearer.make_the_agreed_plan()
    served.assert_agreed_plan(wearer.window)
    wearer.press_and_save("margin-more")
    assert wearer.value("cantlie.plan[1].margin_mm") == 11


def bend_one_control_point(wearer: Wearer) -> None:
    before = wearer.value("cantlie.plan[1].control_points_lps_mm")
    wearer.carry(wearer.value("cantlie.controlInRoom(9)"), (MOVED_M, 0, 0))
    lengths_mm = np.linalg.norm(np.subtract(wearer.value("cantlie.plan[1].control_points_lps_mm"), before), axis=1)
    # Which one is nearest to the grip, some centimetres from where a controller points, depends on the controller.
    (taken,) = np.flatnonzero(lengths_mm)
    expected_mm = np.linalg.norm(wearer.millimetres_of((MOVED_M, 0, 0)))
    assert lengths_mm[taken] == pytest.approx(expected_mm, abs=SAME_POSITION_MM)


def test_the_flat_cut_at_the_wrist_and_the_liver_mark_each_others_places_and_the_liver_comes_apart(
    wearer: Wearer,
) -> None:
    (plane,) = wearer.value("cantlie.plan")
    normal = np.array(plane["normal_lps"]) / np.linalg.norm(plane["normal_lps"])

    def off_mm() -> float:
        return abs(float((np.array(wearer.value("cantlie.pointedOnCut")) - plane["point_lps_mm"]) @ normal))

    wearer.press("to-look", "flat-cut")
    wearer.window.wait_for("cantlie.flatCutShown && cantlie.flatCutInRoom(0.5, 0.5)")
    wearer.value("wearer.aimAt([0, 3, -1])")
    wearer.window.wait_for("cantlie.pointedOnCut === null")
    wearer.value("wearer.aimAt(cantlie.flatCutInRoom(0.5, 0.5))")
    wearer.window.wait_for("cantlie.pointedOnCut")
    read = wearer.value("cantlie.pointedOnCut")
    assert off_mm() < 0.05
    # The place that was read on the board is found again by a ray along the cut's normal, from the resected side.
    wearer.value("wearer.aimAt([0, 3, -1])")
    wearer.window.wait_for("cantlie.pointedOnCut === null")
    outside = wearer.room((np.array(read) + 250.0 * normal).tolist())
    wearer.value(f"wearer.aimAt({wearer.room(read)}, {outside})")
    wearer.window.wait_for("cantlie.pointedOnCut")
    assert off_mm() < 0.05
    assert np.linalg.norm(np.subtract(wearer.value("cantlie.pointedOnCut"), read)) < 2.0
    wearer.press("apart")
    wearer.window.wait_for("cantlie.apart === 'apart'")
    wearer.press("gap-more", "apart")
    wearer.window.wait_for("cantlie.apart === 'whole'")


def test_a_whole_plan_is_made_with_hands(wearer: Wearer, served: Any) -> None:
    wearer.value("wearer.useHands()")
    plane = wearer.value("cantlie.plan[0]")
    wearer.carry(wearer.value("cantlie.sheetInRoom"), (MOVED_M, 0, 0))
    expected_mm = float(np.dot(wearer.millimetres_of((MOVED_M, 0, 0)), plane["normal_lps"]))
    travel_mm = normal_travel_mm(plane, wearer.value("cantlie.plan[0]"))
    assert travel_mm == pytest.approx(expected_mm, abs=SAME_POSITION_MM)
    wearer.press_and_save("remove")
    wearer.press("to-add", "line")
    wearer.draw((-30, -14, -104), (-26, -14, -114), (-25, -14, -124), (-26, -14, -134), (-29, -14, -142))
    assert wearer.kinds() == ["surface"]
    served.assert_same_numbers(wearer.window)
    # A segment is taken by pointing at it, and given back by pointing again at another that was taken.
    wearer.press_and_save("remove")
    wearer.press("to-add", "point-segment")
    wearer.point_at(TUMOUR_2_LPS_MM)
    ((first,),) = wearer.value("cantlie.plan.map(cut => cut.segments)")
    wearer.point_at((-60, -18, -130))
    (taken,) = wearer.value("cantlie.plan.map(cut => cut.segments)")
    assert first in taken
    assert len(taken) == 2
    wearer.press("done")
    served.assert_same_numbers(wearer.window)
    wearer.make_the_agreed_plan()
    served.assert_agreed_plan(wearer.window)


def test_gaze_and_pinch_without_passthrough_move_the_plane_press_buttons_and_take_a_proposal(
    served: Any, open_headset: Callable[..., Any]
) -> None:
    """As visionOS has it: VR alone, and for input what is looked at while the fingers touch."""
    wearer = Wearer(open_headset(served.case_url, NO_PASSTHROUGH), served)
    offered = wearer.value("[...document.querySelectorAll('.headset-buttons button')].map(one => one.title)")
    assert offered == ["", "This headset shows no room to web pages: the plan opens in VR."]
    wearer.value("wearer.useGaze()")
    assert wearer.value("xrDevice.activeInputs.length") == 0, "no hand is there until it pinches"
    plane = wearer.value("cantlie.plan[0]")
    wearer.carry(wearer.value("cantlie.sheetInRoom"), (MOVED_M, 0, 0))
    travel_mm = normal_travel_mm(plane, wearer.value("cantlie.plan[0]"))
    assert abs(travel_mm) > 5 * SAME_POSITION_MM
    # Vessels of the small liver lie so that no plan leaves the usual 20 %.
    wearer.press("to-proposals", *4 * ["least-function-less"], "find")
    wearer.window.wait_for("cantlie.proposals.length > 0")
    before = wearer.value("({plan: cantlie.plan, proposal: cantlie.proposals[0]})")
    wearer.press(before["proposal"])
    assert wearer.value("cantlie.plan") == before["plan"], "looking changes nothing"
    wearer.press_and_save("take")
    assert wearer.value("cantlie.plan") != before["plan"]
    served.assert_same_numbers(wearer.window)
    wearer.make_the_agreed_plan()
    served.assert_agreed_plan(wearer.window)


def test_the_liver_is_grabbed_once_it_is_unlocked_and_tools_go_to_the_hand_that_works(wearer: Wearer) -> None:
    middle = wearer.value("cantlie.toRoom(cantlie.focusLpsMm)")
    wearer.press("to-model", "true-size")
    assert wearer.value("cantlie.modelScale") == pytest.approx(1.0)
    wearer.press("larger", "larger", "lock")
    wearer.value(f"wearer.take({middle})")
    wearer.value("wearer.carry([-0.1, 0.05, 0], false)")
    moved = np.subtract(wearer.value("cantlie.toRoom(cantlie.focusLpsMm)"), middle)
    assert moved == pytest.approx([-0.1, 0.05, 0], abs=0.02)
    scale = wearer.value("cantlie.modelScale")
    wearer.value("wearer.stretch(cantlie.toRoom(cantlie.focusLpsMm), 0.05, 0.1)")
    assert wearer.value("cantlie.modelScale") == pytest.approx(2 * scale, rel=0.25)
    wearer.press("fit", "lock")
    assert wearer.value("cantlie.held") is None
    tools, numbers = wearer.value("cantlie.gripsInRoom")
    wearer.value(f"wearer.take({tools})")
    wearer.value("wearer.carry([0.06, 0.1, 0], false)")
    put, stayed = wearer.value("cantlie.gripsInRoom")
    assert np.subtract(put, tools) == pytest.approx([0.06, 0.1, 0], abs=0.03), "a board stays where it is put"
    assert stayed == pytest.approx(numbers, abs=0.005)
    right = wearer.value("cantlie.buttonInRoom('hand')")
    wearer.press("hand")
    left = wearer.value("cantlie.buttonInRoom('hand')")
    assert left[0] < middle[0] < right[0], "for a left-handed person the tools are at the left"
    # One hand alone does everything.
    wearer.value("(() => { xrDevice.controllers.right.connected = false; })()")
    wearer.value("wearer.press('back', 'left')")
    revision = wearer.value("cantlie.revision")
    wearer.value("wearer.press('flip', 'left')")
    wearer.window.wait_until_saved(revision)


def test_a_second_person_on_a_desktop_sees_what_the_hand_in_the_headset_did(
    wearer: Wearer, served: Any, open_window: Callable[..., Any]
) -> None:
    desktop = open_window(served.case_url, viewport=SMALL)
    desktop.wait_until_shown()
    revision = wearer.value("cantlie.revision")
    wearer.carry(wearer.value("cantlie.sheetInRoom"), (MOVED_M, 0, 0))
    desktop.wait_until_saved(revision)
    state = "({revision: cantlie.revision, plan: cantlie.plan, numbers: cantlie.numbers.values})"
    assert desktop.value(state) == wearer.value(state)


def normal_travel_mm(before: dict[str, Any], after: dict[str, Any]) -> float:
    """How far the plane went along its normal."""
    return float(np.dot(np.subtract(after["point_lps_mm"], before["point_lps_mm"]), before["normal_lps"]))


def test_a_slice_of_the_ct_follows_the_hand_and_stays_where_it_is_left(wearer: Wearer) -> None:
    wearer.press("to-look", "to-slice", "slice-hand")
    assert wearer.value("cantlie.slice") is None, "in the hand it is not kept yet"
    button = np.array(wearer.value("cantlie.buttonInRoom('slice-hand')"))
    wearer.press("slice-hand")
    left = wearer.value("cantlie.slice")
    assert left["kind"] == "oblique"
    # The hand that pressed held it: across its ray, so far before it.
    hand = button + WEARER_PRESSES_FROM_M
    aim = (button - hand) / np.linalg.norm(button - hand)
    through = np.array(wearer.room(left["pointLpsMm"]))
    across = np.array(wearer.room(np.add(left["pointLpsMm"], left["normalLps"]).tolist())) - through
    assert abs(np.dot(across, aim)) / np.linalg.norm(across) == pytest.approx(1, abs=1e-3)
    wearer.press("slice-coronal")
    assert wearer.value("cantlie.slice.kind") == "coronal"
    wearer.press("slice-off")
    assert wearer.value("cantlie.slice") is None


def test_the_stick_turns_in_steps_and_the_headset_comes_back_as_it_was(wearer: Wearer) -> None:
    head = np.array([0.0, 0.0])
    before = np.array(wearer.room(wearer.value("cantlie.focusLpsMm")))
    wearer.value("wearer.push('right', 1)")
    after = np.array(wearer.room(wearer.value("cantlie.focusLpsMm")))
    across = lambda place: np.array([place[0], place[2]]) - head  # noqa: E731 - the floor plan
    assert np.linalg.norm(across(after)) == pytest.approx(np.linalg.norm(across(before)), abs=0.03)
    angle = np.degrees(np.arctan2(*across(after)) - np.arctan2(*across(before)))
    assert (angle + 180) % 360 - 180 == pytest.approx(30, abs=2), "one push is one step, however long"
    wearer.press("to-model", "larger")
    scale = wearer.value("cantlie.modelScale")
    wearer.press("back", "leave")
    wearer.window.wait_for("cantlie.mode === 'desktop'")
    wearer.window.enter_vr()
    assert wearer.value("cantlie.modelScale") == pytest.approx(scale)


def test_a_headset_that_falls_asleep_lets_go_of_what_was_held(wearer: Wearer) -> None:
    plan = wearer.value("cantlie.plan")
    wearer.value(f"wearer.take({wearer.value('cantlie.sheetInRoom')})")
    wearer.window.wait_for("cantlie.held")
    wearer.value("xrDevice.updateVisibilityState('hidden')")
    wearer.window.wait_for("cantlie.held === null")
    wearer.value("xrDevice.updateVisibilityState('visible')")
    wearer.window.wait_frames(3)
    assert wearer.value("cantlie.plan") == plan
