"""The durable log of a case's operations: SQLite, write-ahead, flushed to disk before anything is acknowledged.

Lies in `CASE/session/plan.sqlite`, with the newest snapshot of what it comes to. Every call may block: the caller runs
them in one thread, off the event loop; all but `find`, which has a connection of its own and takes microseconds.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from pydantic import ValidationError

from engine.errors import CaseCorruptError, CaseVersionError, StorageError
from engine.sentences import say
from streaming.session.changes import OPERATION, Operation
from streaming.session.fold import Fold
from streaming.session.snapshot import SnapshotError, decoded, encoded, fingerprint

LOG_VERSION: Final = 5
"""2: all kinds of resections, and replacing a whole plan. 3: undo and redo, and authors' names. 4: measurements
and pins. 5: several plans. Older logs are read as they are."""

_LOG = logging.getLogger("cantlie.session")

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS operations (
    revision INTEGER PRIMARY KEY,
    operation_id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
) STRICT
"""
_SNAPSHOT_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS snapshots (
    revision INTEGER PRIMARY KEY,
    operation_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT
"""
"""No part of the version: a program that knows no snapshots folds the log, and one that does believes only its own."""
_FULL_CURE: Final = "Free disk space, then make the change again."
_DAMAGED_CURE: Final = "Move the folder 'session' of the case away to start its plan anew."


class OperationLog:
    """An open log; close it.

    Args:
        connection: to its database.
        reader: another one, which only reads, beside a write under way.
    """

    def __init__(self, connection: sqlite3.Connection, reader: sqlite3.Connection) -> None:
        self._connection = connection
        self._reader = reader

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens the log, or makes an empty one.

        Raises:
            StorageError: the folder may not be written.
            CaseVersionError: a newer version wrote the log.
            CaseCorruptError: the file is no log.
        """
        try:
            path.parent.mkdir(exist_ok=True)
            connection = _connect(path)
        except (OSError, sqlite3.OperationalError) as error:
            raise StorageError("The plan of the case cannot be kept.", cure="Allow writing to its folder.") from error
        try:
            cls._prepare(connection)
        except sqlite3.OperationalError as error:
            connection.close()
            raise StorageError("The plan of the case cannot be kept.", cure="Allow writing to its folder.") from error
        except sqlite3.DatabaseError as error:
            connection.close()
            raise CaseCorruptError("The plan of the case is damaged.", cure=_DAMAGED_CURE) from error
        except CaseVersionError:
            connection.close()
            raise
        return cls(connection, _connect(path))

    @staticmethod
    def _prepare(connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > LOG_VERSION:
            raise CaseVersionError("The plan was written by a newer Cantlie.", cure="Update Cantlie.")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        with _transaction(connection):
            connection.execute(_SCHEMA)
            connection.execute(_SNAPSHOT_SCHEMA)
            connection.execute(f"PRAGMA user_version = {LOG_VERSION}")

    def read(self, after: int = 0) -> tuple[Operation, ...]:
        """All operations from the first, or those after a revision.

        Raises:
            CaseCorruptError: a line is missing or cannot be read.
        """
        return _read(self._connection, after)

    def find(self, operation_id: str) -> Operation | None:
        """The operation with this id. May be called from another thread than the rest.

        A log that cannot be read now knows none: what is stored again under a known id is refused by the table.
        """
        query = "SELECT body FROM operations WHERE operation_id = ?"
        try:
            row = self._reader.execute(query, (operation_id,)).fetchone()
            return None if row is None else OPERATION.validate_json(row[0])
        except (sqlite3.Error, ValidationError):
            return None

    def snapshot(self, start: Fold) -> Fold:
        """The newest snapshot that can be believed, or `start`; the log goes on after its revision.

        Args:
            start: what is there before the first operation.
        """
        query = (
            "SELECT fingerprint, sha256, snapshots.body FROM snapshots JOIN operations USING (revision, operation_id) "
            "ORDER BY revision DESC"
        )
        wanted = fingerprint(start)
        try:
            for written_by, digest, body in self._connection.execute(query):
                if written_by == wanted and hashlib.sha256(body.encode()).hexdigest() == digest:
                    return decoded(body)
        except (sqlite3.DatabaseError, SnapshotError) as error:
            _LOG.warning("a snapshot of a plan cannot be read, so its log is folded anew: %s", type(error).__name__)
        return start

    def keep_snapshot(self, fold: Fold, start: Fold) -> None:
        """Keeps what the log comes to at the fold's revision, in place of older snapshots.

        Raises:
            StorageError: it was not stored; the log is as good as before.
        """
        body = encoded(fold)
        row = (fingerprint(start), hashlib.sha256(body.encode()).hexdigest(), body, fold.plan.revision)
        try:
            with _transaction(self._connection):
                self._connection.execute("DELETE FROM snapshots")
                self._connection.execute(
                    "INSERT INTO snapshots SELECT revision, operation_id, ?, ?, ? FROM operations WHERE revision = ?",
                    row,
                )
        except sqlite3.Error as error:
            raise StorageError("A snapshot of the plan could not be saved.", cure=_FULL_CURE) from error

    def append(self, operations: tuple[Operation, ...]) -> None:
        """Appends all of them in one transaction; once this returns they survive a power cut.

        Raises:
            StorageError: none of them was stored.
        """
        try:
            with _transaction(self._connection):
                (last,) = self._connection.execute("SELECT COALESCE(MAX(revision), 0) FROM operations").fetchone()
                if operations[0].revision != last + 1:
                    raise StorageError(say("earlier_not_saved"))
                rows = [(one.revision, one.operation_id, one.model_dump_json()) for one in operations]
                self._connection.executemany("INSERT INTO operations VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise StorageError(say("not_saved")) from error

    def close(self) -> None:
        """Closes the file."""
        self._reader.close()
        self._connection.close()


def read_log(path: Path, after: int = 0) -> tuple[Operation, ...]:
    """The operations of a log that somebody else may be writing, all or those after a revision; changes nothing.

    Args:
        path: of the log; none where there is no such file.
        after: a revision.

    Raises:
        CaseCorruptError: a line is missing or cannot be read.
        CaseVersionError: a newer version wrote the log.
    """
    if not path.is_file():
        return ()
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            if int(connection.execute("PRAGMA user_version").fetchone()[0]) > LOG_VERSION:
                raise CaseVersionError("The plan was written by a newer Cantlie.", cure="Update Cantlie.")
            return _read(connection, after)
    except sqlite3.Error as error:
        raise CaseCorruptError("The plan of the case cannot be read.", cure=_DAMAGED_CURE) from error


def newest_operation(path: Path) -> tuple[int, str] | None:
    """Revision and id of the newest operation of a log that somebody else may be writing; None where it has none.

    Raises:
        CaseCorruptError: it cannot be read.
    """
    if not path.is_file():
        return None
    query = "SELECT revision, operation_id FROM operations ORDER BY revision DESC LIMIT 1"
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute(query).fetchone()
    except sqlite3.Error as error:
        raise CaseCorruptError("The plan of the case cannot be read.", cure=_DAMAGED_CURE) from error
    return None if row is None else (int(row[0]), str(row[1]))


def _read(connection: sqlite3.Connection, after: int) -> tuple[Operation, ...]:
    query = "SELECT revision, body FROM operations WHERE revision > ? ORDER BY revision"
    try:
        rows = connection.execute(query, (after,)).fetchall()
        operations = tuple(OPERATION.validate_json(body) for _, body in rows)
    except (sqlite3.DatabaseError, ValidationError) as error:
        raise CaseCorruptError("The plan of the case is damaged.", cure=_DAMAGED_CURE) from error
    if [operation.revision for operation in operations] != list(range(after + 1, after + len(rows) + 1)):
        raise CaseCorruptError("The plan of the case has gaps.", cure=_DAMAGED_CURE)
    return operations


def _connect(path: Path) -> sqlite3.Connection:
    # One thread at a time uses it, though not always the one that opened it.
    return sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5.0)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
