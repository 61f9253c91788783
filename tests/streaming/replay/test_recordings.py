"""What a session records of people: ten samples a second, kept in stretches, bounded, never believed blindly."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.errors import CaseCorruptError, StorageError
from streaming.protocol import PersonPose, PersonState, PoseState, RecordedPresence
from streaming.replay import recordings
from streaming.replay.recorder import SAMPLE_MS, STRETCH_MS, Recorder
from streaming.replay.recordings import Recordings

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ANN = PersonState(client_id="ann", display_name="Ann", colour="#4f9dff", device="desktop", role="owner", holding=None)


def _pose(x_mm: float) -> PersonPose:
    head = PoseState(position_lps_mm=(x_mm, 0.0, 0.0), quaternion=(0.0, 0.0, 0.0, 1.0))
    return PersonPose(head=head, left=None, right=None, ray=None, model_scale=1.0)


def _recorded(places: list[float | None]) -> list[RecordedPresence]:
    """What is kept of Ann, who is at these places one sample after the other; None: not seen."""
    kept: list[RecordedPresence] = []
    recorder = Recorder(kept.append)
    at = BEGAN
    for x in places:
        recorder.sample({"ann": ANN}, {} if x is None else {"ann": _pose(x)}, at)
        at += timedelta(milliseconds=SAMPLE_MS)
    recorder.flush(at)
    return kept


def test_who_rests_costs_nothing_and_who_hides_is_gone_from_then_on() -> None:
    (stretch,) = _recorded([5.0, 5.0, 5.0, 7.0, None, None, 8.0])
    assert [(one[0], one[1]) for one in stretch.people[0].samples] == [(0, 1), (300, 1), (400, 0), (600, 1)]


def test_who_was_never_seen_is_not_in_the_recording() -> None:
    assert _recorded([None] * 20) == []


def test_every_stretch_can_be_read_alone() -> None:
    steps = STRETCH_MS // SAMPLE_MS
    first, second = _recorded([5.0] * (steps + 3))
    assert first.people[0].samples[0][0] == second.people[0].samples[0][0] == 0
    assert (
        first.ended_at
        == second.started_at
        == (BEGAN + timedelta(milliseconds=STRETCH_MS)).isoformat(timespec="milliseconds")
    )


def test_stretches_are_kept_in_order_and_come_back(tmp_path: Path) -> None:
    book = Recordings(tmp_path / "presence.sqlite")
    stretches = _recorded([float(n) for n in range(400)])
    for one in stretches:
        book.append(one)
    assert [one.number for one in book.stretches()] == [0, 1, 2]
    assert [book.stretch(n) for n in range(3)] == [
        one.model_copy(update={"number": n}) for n, one in enumerate(stretches)
    ]
    assert book.stretch(3) is None


def test_a_case_without_a_recording_has_none_and_gets_no_file(tmp_path: Path) -> None:
    book = Recordings(tmp_path / "presence.sqlite")
    assert (book.stretches(), book.stretch(0), list(tmp_path.iterdir())) == ((), None, [])


def test_a_recording_ends_at_its_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (stretch,) = _recorded([1.0, 2.0])
    book = Recordings(tmp_path / "presence.sqlite")
    book.append(stretch)
    monkeypatch.setattr(recordings, "MAX_BYTES", 400)
    with pytest.raises(StorageError, match="full"):
        for _ in range(9):
            book.append(stretch)
    assert len(book.stretches()) < 9


def test_a_case_that_was_taken_away_is_not_brought_back(tmp_path: Path) -> None:
    (stretch,) = _recorded([1.0, 2.0])
    with pytest.raises(StorageError):
        Recordings(tmp_path / "gone" / "presence.sqlite").append(stretch)
    assert not (tmp_path / "gone").exists()


def test_a_changed_stretch_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "presence.sqlite"
    book = Recordings(path)
    for one in _recorded([float(n) for n in range(200)]):
        book.append(one)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE stretches SET body = zeroblob(20) WHERE number = 0")
    with pytest.raises(CaseCorruptError, match="damaged"):
        book.stretch(0)
    assert book.stretch(1) is not None


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "presence.sqlite"
    path.write_bytes(b"something else" * 100)
    for attempt in (Recordings(path).stretches, lambda: Recordings(path).stretch(0)):
        with pytest.raises(CaseCorruptError):
            attempt()
