"""The timeline of a session: one mark an operation, who was there, and what is recorded of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from streaming.audit import AuditEvent
from streaming.protocol import (
    CommitResection,
    CreatePlan,
    EmptyPlan,
    PinState,
    PlaneResectionState,
    RemoveResection,
    SetPin,
    UndoEdit,
)
from streaming.replay.past import Past
from streaming.replay.timeline import marks_of, people_of, timeline_of
from streaming.replay.visits import visits_of
from streaming.session.changes import Operation
from streaming.session.effects import Evaluate, Store
from streaming.session.session import Session

AT = "2026-01-02T03:04:05.000+00:00"


def _plane(x: float, name: str = "cut-1") -> PlaneResectionState:
    return PlaneResectionState(resection_id=name, point_lps_mm=(x, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))


@pytest.fixture(scope="module")
def past() -> Past:
    """What Ann and Bob did."""
    session = Session()
    session.start()
    stored: list[Operation] = []

    def say(who: str, message: object) -> None:
        effects = session.receive(who, message, at=AT)
        for effect in effects:
            if isinstance(effect, Store):
                stored.append(effect.operation)
                effects.extend(session.stored(effect.operation))
            assert not isinstance(effect, Evaluate) or effect.question.revision <= len(stored)

    for name in ("ann", "bob"):
        session.join(name, display_name=name.title(), device="desktop")
    head = {"base_revision": 0, "plan_id": "plan-1"}
    say("ann", CommitResection(operation_id="a", resection=_plane(1.0), **head))
    say("bob", CommitResection(operation_id="b", resection=_plane(5.0, "cut-2"), **head))
    say("ann", CommitResection(operation_id="c", resection=_plane(2.0), **head))
    say("ann", UndoEdit(operation_id="d", **head))
    say("bob", SetPin(operation_id="e", pin=PinState(pin_id="p", point_lps_mm=(0.0, 0.0, 0.0), text="Keep it"), **head))
    say("bob", RemoveResection(operation_id="f", resection_id="cut-2", **head))
    say("bob", CreatePlan(operation_id="g", base_revision=6, plan_id="plan-x", name="Wedge", source=EmptyPlan()))
    return Past.of(stored)


def test_every_operation_has_a_mark_that_says_who_did_what_to_which_plan(past: Past) -> None:
    told = [(one.revision, one.by, one.plan_name, one.kind, one.cut, one.name) for one in marks_of(past)]
    assert told == [
        (1, "ann", "Plan 1", "cut_added", 1, ""),
        (2, "bob", "Plan 1", "cut_added", 2, ""),
        (3, "ann", "Plan 1", "cut_moved", 1, ""),
        (4, "ann", "Plan 1", "undone", 1, ""),
        (5, "bob", "Plan 1", "pin", None, "Keep it"),
        (6, "bob", "Plan 1", "cut_removed", 2, ""),
        (7, "bob", "Wedge", "plan_made", None, "Wedge"),
    ]


def _event(minute: int, event: str, who: str = "ann", name: str = "Ann") -> AuditEvent:
    return AuditEvent(
        at=f"2026-01-02T03:{minute:02}:00.000+00:00", event=event, who=who, name=name, role="owner",
        detail={"device": "headset"},
    )  # fmt: skip


def test_a_visit_outlives_a_dropped_line_and_a_killed_server_and_ends_with_leaving() -> None:
    visits = visits_of(
        [
            _event(0, "session.joined"),
            _event(5, "session.left"),
            _event(6, "session.joined"),
            _event(7, "session.joined"),
            _event(9, "session.left"),
            _event(30, "session.joined"),
        ]
    )
    assert [(one.joined_at[14:16], one.left_at and one.left_at[14:16]) for one in visits] == [
        ("00", "09"),
        ("30", None),
    ]


def test_people_are_called_as_they_called_themselves_last(past: Past) -> None:
    visits = visits_of([_event(0, "session.joined", name="Dr Ann"), _event(1, "session.joined", who="eve", name="Eve")])
    assert {one.client_id: one.display_name for one in people_of(past, visits)} == {
        "ann": "Dr Ann",
        "bob": "Bob",
        "eve": "Eve",
    }
    assert len({one.colour for one in people_of(past, visits)}) == 3


def test_a_case_without_audit_log_and_recording_has_a_timeline(past: Past, tmp_path: Path) -> None:
    timeline = timeline_of(tmp_path, "demo", past)
    assert (timeline.revision, timeline.visits, timeline.recorded) == (7, (), ())


def test_a_damaged_recording_leaves_the_timeline_whole(past: Past, tmp_path: Path) -> None:
    (tmp_path / "session").mkdir()
    (tmp_path / "session" / "presence.sqlite").write_bytes(b"no recording" * 99)
    timeline = timeline_of(tmp_path, "demo", past)
    assert (len(timeline.marks), timeline.recorded, timeline.damaged_recordings) == (7, (), 1)
