"""The audit log: whatever is done to it afterwards is found, and named by its line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import CaseCorruptError, StorageError
from streaming.audit import AuditEvent, AuditTrail, note_command, trail_of_case, trail_of_folder
from streaming.audit.desk import AuditDesk, event_now
from streaming.audit.events import chained, entry_of, is_whole, line_of
from streaming.audit.verification import logs_of, read, verify
from streaming.cli import main

AT = "2026-01-02T03:04:05.000+00:00"


def _event(number: int) -> AuditEvent:
    return AuditEvent(at=AT, event="plan.changed", who=f"c-{number}", name="Ann", detail={"revision": number})


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    """Five entries, written in two goes."""
    made = AuditTrail(tmp_path / "session")
    made.append([_event(1), _event(2)])
    made.append([_event(3), _event(4), _event(5)])
    return made


def _rewrite(trail: AuditTrail, change: Callable[[list[str]], list[str]]) -> None:
    lines = trail.path.read_text().splitlines()
    trail.path.write_text("".join(line + "\n" for line in change(lines)))


def test_what_was_written_is_read_back_and_is_whole(trail: AuditTrail) -> None:
    assert [entry.event for entry in read(trail)] == [_event(number) for number in range(1, 6)]
    verdict = verify(trail)
    assert (verdict.damage, verdict.entries, verdict.words) == (None, 5, "")
    assert verdict.last_hash == json.loads(trail.head_path.read_text())["hash"]


texts = st.text(max_size=40)
details = st.dictionaries(texts, st.none() | st.booleans() | st.integers() | texts, max_size=4)


@given(texts, texts, details)
def test_any_event_survives_its_line_and_its_hash_fits(who: str, name: str, detail: dict[str, str]) -> None:
    entry = chained(AuditEvent(at=AT, event="x", who=who, name=name, detail=detail), number=7, previous="0" * 64)
    line = line_of(entry)
    assert line.isascii()
    assert "\n" not in line
    again = entry_of(line)
    assert is_whole(again)
    assert line_of(again) == line


@pytest.mark.parametrize("line", range(1, 6))
@pytest.mark.parametrize("field", ["at", "who", "name", "event", "role"])
def test_a_changed_line_is_named(trail: AuditTrail, line: int, field: str) -> None:
    def change(lines: list[str]) -> list[str]:
        read_line = json.loads(lines[line - 1])
        read_line[field] += "x"
        return [*lines[: line - 1], json.dumps(read_line), *lines[line:]]

    _rewrite(trail, change)
    verdict = verify(trail)
    assert (verdict.damage, verdict.line, verdict.entries) == ("changed", line, line - 1)


@given(st.integers(0, 4), st.integers(0, 2**20), st.integers(1, 127))
def test_any_changed_byte_is_found(tmp_path_factory, line: int, place: int, change: int) -> None:
    trail = AuditTrail(tmp_path_factory.mktemp("flip"))
    trail.append([_event(number) for number in range(1, 6)])
    lines = trail.path.read_bytes().splitlines(keepends=True)
    touched = bytearray(lines[line])
    touched[place % (len(touched) - 1)] ^= change
    trail.path.write_bytes(b"".join([*lines[:line], bytes(touched), *lines[line + 1 :]]))
    assert verify(trail).damage is not None
    shutil.rmtree(trail.folder)


@pytest.mark.parametrize("line", range(1, 5))
def test_a_removed_line_is_named(trail: AuditTrail, line: int) -> None:
    _rewrite(trail, lambda lines: lines[: line - 1] + lines[line:])
    verdict = verify(trail)
    assert (verdict.damage, verdict.line) == ("removed", line)
    assert f"before line {line} (entry {line + 1})" in verdict.words


def test_moved_lines_are_named(trail: AuditTrail) -> None:
    _rewrite(trail, lambda lines: [lines[0], lines[2], lines[1], *lines[3:]])
    verdict = verify(trail)
    assert (verdict.damage, verdict.line, verdict.words) == ("moved", 2, "Entry 2 was moved from line 2 to line 3.")


def test_a_line_put_in_a_second_time_is_named(trail: AuditTrail) -> None:
    _rewrite(trail, lambda lines: [*lines[:3], lines[1], *lines[3:]])
    assert (verify(trail).damage, verify(trail).line) == ("moved", 4)


def test_a_line_made_to_fit_breaks_the_chain_after_it(trail: AuditTrail) -> None:
    def forge(lines: list[str]) -> list[str]:
        first = entry_of(lines[0])
        forged = chained(AuditEvent(at=AT, event="plan.changed", who="c-9"), number=2, previous=first.hash)
        return [lines[0], line_of(forged), *lines[2:]]

    _rewrite(trail, forge)
    verdict = verify(trail)
    assert (verdict.damage, verdict.line) == ("changed", 3)


@pytest.mark.parametrize("kept", range(5))
def test_a_cut_off_end_is_found_by_the_head(trail: AuditTrail, kept: int) -> None:
    _rewrite(trail, lambda lines: lines[:kept])
    verdict = verify(trail)
    assert verdict.damage == "cut_off"
    assert verdict.words == ("The last entry is missing." if kept == 4 else f"The last {5 - kept} entries are missing.")


def test_a_log_without_its_head_and_a_head_without_its_log_are_found(trail: AuditTrail, tmp_path: Path) -> None:
    head = trail.head_path.read_text()
    trail.head_path.unlink()
    assert verify(trail).damage == "head_missing"
    trail.head_path.write_text("{}")
    assert verify(trail).damage == "head_changed"
    trail.head_path.write_text(head.replace('"hash": "', '"hash": "0'))
    assert verify(trail).damage == "head_changed"
    trail.head_path.write_text(head)
    trail.path.unlink()
    assert verify(trail).damage == "cut_off"
    assert logs_of(tmp_path) == ()  # a folder without cases


def test_after_a_crash_before_the_head_the_log_goes_on(trail: AuditTrail) -> None:
    head = trail.head_path.read_text()
    trail.append([_event(6)])
    trail.head_path.write_text(head)  # killed between the two
    verdict = verify(trail)
    assert verdict.damage is None
    assert verdict.words == "1 entry came in after the record of the log's end."
    trail.append([_event(7)])
    assert (verify(trail).damage, verify(trail).entries, verify(trail).words) == (None, 7, "")


def test_after_a_crash_within_a_line_the_log_goes_on_without_it(trail: AuditTrail) -> None:
    with trail.path.open("a") as log:
        log.write('{"at":"2026-01')
    assert (verify(trail).damage, verify(trail).line) == ("unreadable", 6)
    trail.append([_event(6)])
    assert (verify(trail).damage, verify(trail).entries) == (None, 6)


def test_nothing_is_appended_to_what_is_no_log(trail: AuditTrail) -> None:
    with trail.path.open("a") as log:
        log.write("something else\n")
    with pytest.raises(CaseCorruptError, match="changed by something else"):
        trail.append([_event(6)])


def test_writers_beside_each_other_keep_one_chain(tmp_path: Path) -> None:
    trail = AuditTrail(tmp_path)
    writers = [Thread(target=lambda: [AuditTrail(tmp_path).append([_event(1)]) for _ in range(10)]) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (verify(trail).damage, verify(trail).entries) == (None, 40)


def test_the_desk_writes_in_order_and_all_before_it_closes(tmp_path: Path) -> None:
    desk = AuditDesk(tmp_path)
    (tmp_path / "older").mkdir()
    (tmp_path / "case").mkdir()
    for number in range(1, 101):
        desk.note_in_case(tmp_path / "case", _event(number))
    desk.note_in_folder(event_now("invite.made", who="at the server"))
    desk.close()
    assert [entry.event for entry in read(trail_of_case(tmp_path / "case"))] == [_event(n) for n in range(1, 101)]
    assert verify(trail_of_folder(tmp_path)).entries == 1


def test_changes_that_a_crash_kept_out_are_written_at_the_next_opening(tmp_path: Path) -> None:
    desk = AuditDesk(tmp_path)
    (tmp_path / "older").mkdir()
    (tmp_path / "case").mkdir()
    case = tmp_path / "case"
    desk.note_in_case(case, _event(1))
    desk.catch_up(case, [_event(1), _event(2), _event(3)])
    desk.catch_up(case, [_event(1), _event(2), _event(3)])
    desk.catch_up(tmp_path / "older", [_event(1), _event(2)])
    desk.close()
    assert [entry.event for entry in read(trail_of_case(case))] == [_event(1), _event(2), _event(3)]
    (began,) = read(trail_of_case(tmp_path / "older"))
    assert (began.event.event, began.event.detail["revision"]) == ("audit.began", 2)


def test_a_disk_that_takes_nothing_loses_nothing_once_it_does(tmp_path: Path, caplog) -> None:
    (tmp_path / "case").write_text("in the way")
    desk = AuditDesk(tmp_path)
    desk.note_in_case(tmp_path / "case", _event(1))
    desk._thread.submit(lambda: None).result()
    assert "cannot be written" in caplog.text
    (tmp_path / "case").unlink()
    (tmp_path / "case").mkdir()
    desk.note_in_case(tmp_path / "case", _event(2))
    desk.close()
    assert [entry.event for entry in read(trail_of_case(tmp_path / "case"))] == [_event(1), _event(2)]


def test_a_case_that_may_not_be_written_is_said_and_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / "session").write_text("in the way")
    noted = note_command(tmp_path, "case.exported", {"format": "stl"})
    assert isinstance(noted, StorageError)


def test_the_command_shows_and_verifies_a_served_folder(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", str(cases)]) == 0
    assert "no audit log" in capsys.readouterr().out
    assert main(["export", str(cases / "small"), "--format", "masks", "--out", str(cases.parent / "out")]) == 0
    trail_of_folder(cases).append([_event(1)])
    capsys.readouterr()
    assert main(["audit", "show", str(cases)]) == 0
    shown = capsys.readouterr().out
    assert "case.exported" in shown
    assert "format masks" in shown
    assert main(["audit", "verify", str(cases), "--json"]) == 0
    verified = json.loads(capsys.readouterr().out)
    assert [(log["log"], log["entries"]) for log in verified["logs"]] == [("server", 1), ("small", 1)]
    trail = trail_of_case(cases / "small")
    _rewrite(trail, lambda lines: [lines[0].replace("masks", "stl")])
    assert main(["audit", "verify", str(cases / "small")]) == 2
    assert "DAMAGED case: Line 1 was changed after it was written." in capsys.readouterr().err
    assert main(["audit", "show", str(cases), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["entries"]) == 2
    assert main(["audit", "verify", str(cases / "absent")]) == 2


def test_a_case_that_was_taken_away_does_not_come_back_as_a_folder_with_a_log(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        trail_of_case(tmp_path / "gone").append([_event(1)])
    assert list(tmp_path.iterdir()) == []
