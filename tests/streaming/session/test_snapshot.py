"""A snapshot and the rest of the log come to what the whole log comes to, or the snapshot is not believed."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.protocol import BodyState
from streaming.session import snapshot
from streaming.session.changes import OPERATION, Operation
from streaming.session.fold import Fold
from streaming.session.history import History
from streaming.session.operation_log import OperationLog
from streaming.session.operations import Plan
from streaming.session.snapshot import SnapshotError, decoded, encoded
from streaming.simulation.world import World


@cache
def _log(seed: int) -> tuple[Operation, ...]:
    """What five people did, undid and redid."""
    world = World(seed)
    world.run(120)
    return tuple(OPERATION.validate_json(line) for line in world.server.disk)


@given(seed=st.integers(0, 5), part=st.floats(0, 1))
@settings(max_examples=30, deadline=None, report_multiple_bugs=False)
def test_snapshot_and_tail_are_the_fold_of_all(seed: int, part: float) -> None:
    operations = _log(seed)
    cut = int(part * len(operations))
    before = Fold().after_all(operations[:cut])
    assert decoded(encoded(before)) == before
    assert decoded(encoded(before)).after_all(operations[cut:]) == Fold().after_all(operations)


def test_what_is_shared_is_written_once() -> None:
    fold = Fold().after_all(_log(1))
    steps = [step for one in fold.history.people.values() for step in (*one.undo, *one.redo)]
    cuts = {id(cut) for step in steps for cut in (*step.before.resections, *step.after.resections)}
    cuts |= {id(cut) for cut in fold.plan.resections}
    assert len(steps) > 20
    assert len(re.findall(r'\["\w+ResectionState"', encoded(fold))) <= len(cuts)


@given(cut=st.integers(0, 4000), put=st.sampled_from(["", "[", "9999", "null", '"x"', '{"a":1}']))
@settings(max_examples=80, deadline=None)
def test_a_damaged_text_is_refused_or_still_a_fold(cut: int, put: str) -> None:
    text = encoded(Fold().after_all(_log(2)[:20]))
    with contextlib.suppress(SnapshotError):
        assert isinstance(decoded(text[: cut % len(text)] + put + text[cut % len(text) + 3 :]), Fold)


def test_what_a_snapshot_cannot_keep_is_said_at_once() -> None:
    with pytest.raises(TypeError, match="frozen dataclass"):
        encoded(replace(Fold(), history=History(names={"ann": ["a", "list"]})))  # type: ignore[dict-item]


@pytest.fixture
def log(tmp_path: Path) -> OperationLog:
    opened = OperationLog.open(tmp_path / "session" / "plan.sqlite")
    opened.append(_log(3))
    opened.keep_snapshot(Fold().after_all(_log(3)[:100]), Fold())
    return opened


def _spoil(log: OperationLog, statement: str) -> None:
    log._connection.execute(statement)


def test_a_log_goes_on_after_its_newest_snapshot(log: OperationLog) -> None:
    fold = log.snapshot(Fold())
    assert fold.plan.revision == 100
    assert fold.after_all(log.read(after=100)) == Fold().after_all(log.read())
    log.keep_snapshot(Fold().after_all(_log(3)), Fold())
    assert log.snapshot(Fold()).plan.revision == len(_log(3))
    assert log.read(after=len(_log(3))) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE snapshots SET body = replace(body, '170.0', '171.0') || ' '",
        "UPDATE snapshots SET body = substr(body, 1, 500)",
        "UPDATE snapshots SET sha256 = ''",
        "UPDATE snapshots SET operation_id = 'of another log'",
        "DELETE FROM operations WHERE revision >= 100",
        "DELETE FROM snapshots",
    ],
    ids=["changed", "short", "no sum", "other log", "log is shorter", "none"],
)
def test_a_snapshot_that_cannot_be_believed_is_left_out(log: OperationLog, statement: str) -> None:
    _spoil(log, statement)
    assert log.snapshot(Fold()) == Fold()


def test_a_snapshot_of_other_code_is_left_out(log: OperationLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "code_fingerprint", lambda: "an older version")
    assert log.snapshot(Fold()) == Fold()


def test_a_snapshot_upon_another_body_is_left_out(log: OperationLog) -> None:
    start = Fold(plan=Plan(body=BodyState(height_cm=180.0, weight_kg=80.0)))
    assert log.snapshot(start) == start


def test_an_operation_is_found_by_its_id_whether_remembered_or_not(log: OperationLog) -> None:
    operation = _log(3)[10]
    assert log.find(operation.operation_id) == operation
    assert log.find("never said") is None


def test_a_program_that_knows_no_snapshots_reads_the_log_as_before(log: OperationLog, tmp_path: Path) -> None:
    log.close()
    with sqlite3.connect(tmp_path / "session" / "plan.sqlite") as connection:
        rows = connection.execute("SELECT body FROM operations ORDER BY revision").fetchall()
    assert tuple(OPERATION.validate_json(body) for (body,) in rows) == _log(3)
