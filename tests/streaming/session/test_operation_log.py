"""The log on disk: what was appended is there, in order, or an error says so."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.errors import CaseCorruptError, CaseVersionError, StorageError
from streaming.protocol import PlaneResectionState, TerritoryResectionState
from streaming.session.changes import DropResection, Operation, ReplaceResections
from streaming.session.operation_log import OperationLog
from streaming.session.operations import fold


def _operation(revision: int, operation_id: str = "") -> Operation:
    return Operation(
        revision=revision,
        operation_id=operation_id or f"op-{revision}",
        author="ann",
        at="2026-01-02T03:04:05Z",
        base_revision=revision - 1,
        change=DropResection(resection_id="r"),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session" / "plan.sqlite"


def test_operations_are_read_back_in_order_after_reopening(path: Path) -> None:
    log = OperationLog.open(path)
    log.append((_operation(1), _operation(2)))
    log.append((_operation(3),))
    log.close()
    assert OperationLog.open(path).read() == (_operation(1), _operation(2), _operation(3))


@pytest.mark.parametrize("batch", [(_operation(3),), (_operation(2), _operation(3, "op-1"))], ids=["gap", "doubled"])
def test_a_batch_that_does_not_follow_is_refused_as_a_whole(path: Path, batch: tuple[Operation, ...]) -> None:
    log = OperationLog.open(path)
    log.append((_operation(1),))
    with pytest.raises(StorageError):
        log.append(batch)
    assert log.read() == (_operation(1),)
    log.append((_operation(2),))


def test_every_commit_is_flushed_to_disk(path: Path) -> None:
    log = OperationLog.open(path)
    assert log._connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
    assert log._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_that_is_no_log_is_said_so(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all, but long enough to be taken for one" * 20)
    with pytest.raises(CaseCorruptError, match="damaged"):
        OperationLog.open(path)


def test_a_log_with_a_hole_is_said_so(path: Path) -> None:
    log = OperationLog.open(path)
    log.append((_operation(1), _operation(2), _operation(3)))
    log._connection.execute("DELETE FROM operations WHERE revision = 2")
    with pytest.raises(CaseCorruptError, match="gaps"):
        log.read()


def test_a_log_of_a_newer_version_is_said_so(path: Path) -> None:
    OperationLog.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(CaseVersionError):
        OperationLog.open(path)


OLD_BODY = (
    '{"revision":1,"operation_id":"first-resection","author":"cantlie","at":"2026-01-02T03:04:05Z","base_revision":0,'
    '"change":{"kind":"set","resection":{"resection_id":"resection-1","kind":"plane",'
    '"point_lps_mm":[1.0,2.0,3.0],"normal_lps":[-1.0,0.0,0.0]}}}'
)
"""As version 1 wrote it, when planes were all there was."""


def test_a_log_of_planes_written_by_the_first_version_is_read_and_goes_on(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE operations (revision INTEGER PRIMARY KEY, operation_id TEXT NOT NULL UNIQUE, "
            "body TEXT NOT NULL) STRICT"
        )
        connection.execute("INSERT INTO operations VALUES (1, 'first-resection', ?)", (OLD_BODY,))
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    log = OperationLog.open(path)
    (old,) = log.read()
    plane = PlaneResectionState(resection_id="resection-1", point_lps_mm=(1.0, 2.0, 3.0), normal_lps=(-1.0, 0.0, 0.0))
    assert fold((old,)).resections == (plane,)
    territory = TerritoryResectionState(resection_id="t", segments=(2, 3), portal_branches=())
    new = _operation(2).model_copy(
        update={"change": ReplaceResections(resections=(territory,), dropped=("resection-1",))}
    )
    log.append((new,))
    assert fold(log.read()).resections == (territory,)
    log.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (5,), "an older program must not misread it"
