"""A session on a real server, looked at again: its end is the live plan, its people are where they were."""

from __future__ import annotations

import json
import sqlite3
import time

import httpx
import pytest

from streaming.cli import main
from streaming.protocol import (
    Committed,
    MovePresence,
    Numbers,
    People,
    PersonPose,
    PlaneResectionState,
    PlanState,
    PoseState,
    Presence,
    RecordedPresence,
    RecordPresence,
    ReplayedNumbers,
    ReplayedPlans,
    ReplayTimeline,
)
from streaming.replay.presence_codec import pose_of

WAIT_SECONDS = 20.0


def _plane(x: float, name: str = "resection-1") -> PlaneResectionState:
    return PlaneResectionState(resection_id=name, point_lps_mm=(x, 8.0, -115.0), normal_lps=(-1.0, 0.25, 0.0))


def _pose(x_mm: float) -> PersonPose:
    head = PoseState(position_lps_mm=(x_mm, 0.0, 0.0), quaternion=(0.0, 0.0, 0.0, 1.0))
    return PersonPose(head=head, left=None, right=None, ray=None, model_scale=1.0)


def _ask(running, path: str) -> httpx.Response:
    base = f"http://127.0.0.1:{running.address.port}/api/cases/{running.case_id()}/replay"
    return httpx.get(base + path, trust_env=False)


def _timeline(running) -> ReplayTimeline:
    return ReplayTimeline.model_validate_json(_ask(running, "").text)


def _commit(person, resection: PlaneResectionState, number: int) -> None:
    person.commit(resection, base_revision=number, operation_id=f"op-{number}")
    person.hear_a(Committed, lambda told: told.operation_id == f"op-{number}")


def test_the_end_of_a_replay_is_the_live_plan_and_its_numbers(running) -> None:
    ann, _, _, _ = running.join("Ann")
    for number, x in enumerate((-20.0, -14.0, -8.0), start=1):
        _commit(ann, _plane(x), number)
    live = ann.hear_a(PlanState, lambda plan: plan.revision == 4)
    live_numbers = ann.hear_a(Numbers, lambda told: told.revision == 4 and told.preview_by is None)
    timeline = _timeline(running)
    assert [mark.kind for mark in timeline.marks] == ["cut_added", "cut_moved", "cut_moved", "cut_moved"]
    end = ReplayedPlans.model_validate_json(_ask(running, f"/plans/{timeline.revision}").text)
    assert end.contents == (live,)
    numbers = ReplayedNumbers.model_validate_json(_ask(running, "/numbers/4/plan-1").text)
    assert numbers.numbers == live_numbers.numbers
    earlier = ReplayedPlans.model_validate_json(_ask(running, "/plans/2").text)
    assert earlier.contents[0].resections == (_plane(-20.0),)
    assert ReplayedPlans.model_validate_json(_ask(running, "/plans/0").text).contents[0].resections == ()


@pytest.mark.parametrize("path", ["/plans/99", "/numbers/1/plan-9", "/numbers/99/plan-1"])
def test_an_instant_that_there_was_not_is_refused_with_a_reason(shared, path: str) -> None:
    answer = _ask(shared, path)
    assert (answer.status_code, answer.json()["code"]) == (409, "failed")


def test_nothing_of_a_case_that_there_is_not_is_told(shared) -> None:
    answer = httpx.get(f"http://127.0.0.1:{shared.address.port}/api/cases/none/replay", trust_env=False)
    assert answer.status_code == 404
    assert _ask(shared, "/people/0").status_code == 404


def test_people_are_recorded_from_when_an_owner_says_so_until_they_end_it(running) -> None:
    ann, welcome, _, _ = running.join("Ann")
    bob, _, _, _ = running.join("Bob", device="headset")
    for x in (5.0, 9.0):
        bob.say(MovePresence(pose=_pose(x)))
        ann.hear_a(Presence, lambda told, x=x: any(one.pose == _pose(x) for one in told.people))
        ann.say(RecordPresence(is_recording=True))
        assert bob.hear_a(People, lambda told: told.recording is not None).recording.by == welcome.client_id
        ann.say(RecordPresence(is_recording=False))
        bob.hear_a(People, lambda told: told.recording is None)
    until = time.monotonic() + WAIT_SECONDS
    while len(stretches := _timeline(running).recorded) < 2 and time.monotonic() < until:
        pass  # it is written beside the session
    told = [RecordedPresence.model_validate_json(_ask(running, f"/people/{one.number}").text) for one in stretches]
    assert {(one.display_name, one.device) for stretch in told for one in stretch.people} == {("Bob", "headset")}
    seen = [pose_of(stretch.people[0].samples[0]) for stretch in told]
    assert [pose.head.position_lps_mm[0] for pose in seen if pose is not None] == [5.0, 9.0]


def test_a_damaged_recording_is_refused_and_the_plan_replays_without_people(running) -> None:
    ann, _, _, _ = running.join("Ann")
    _commit(ann, _plane(-20.0), 1)
    path = running.cases / "small" / "session" / "presence.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE stretches (number, started_at, ended_at, sha256, body)")
        connection.execute("INSERT INTO stretches VALUES (0, 'then', 'later', 'sum', x'00')")
    answer = _ask(running, "/people/0")
    assert (answer.status_code, "damaged" in answer.json()["message"]) == (409, True)
    assert _ask(running, "/plans/2").status_code == 200


def test_the_command_tells_the_session_and_proves_that_its_log_comes_to_what_is_stored(running, capsys) -> None:
    ann, _, _, _ = running.join("Ann")
    _commit(ann, _plane(-20.0), 1)
    _commit(ann, _plane(0.0, "cut-2"), 2)
    case = str(running.cases / "small")
    assert main(["replay", case, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(mark["words"], mark["kind"]) for mark in told["marks"]] == [
        ("added cut 1", "cut_added"),
        ("moved cut 1", "cut_moved"),
        ("added cut 2", "cut_added"),
    ]
    assert told["verified"]["equal"] is True
    assert main(["replay", case]) == 0
    printed = capsys.readouterr().out
    assert "Ann" in printed and "moved cut 1" in printed and "equals 3 instants" in printed


def test_the_command_names_a_version_that_is_not_the_plan_of_its_instant(running, capsys) -> None:
    ann, _, _, _ = running.join("Ann")
    _commit(ann, _plane(-20.0), 1)
    path = running.cases / "small" / "session" / "plan.sqlite"
    version = {
        "version_id": "v", "name": "Kept", "revision": 2, "by": "x", "by_name": "", "at": "", "segmentation": "",
        "resections": [], "body": None, "numbers": None, "signatures": [],
    }  # fmt: skip
    body = {
        "revision": 3, "operation_id": "v", "author": "x", "author_name": "", "at": "2026-01-02T03:04:05+00:00",
        "base_revision": 2, "plan_id": "plan-1", "change": {"kind": "version_kept", "version": version},
    }  # fmt: skip
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO operations VALUES (3, 'v', ?)", (json.dumps(body),))
    assert main(["replay", str(running.cases / "small")]) == 2
    assert "DIFFERS" in capsys.readouterr().out
