"""The durable log of a case's operations: SQLite, write-ahead, flushed to disk before anything is acknowledged.

Lies in `CASE/session/plan.sqlite`. Every call may block: the caller runs them in one thread, off the event loop.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from pydantic import ValidationError

from engine.errors import CaseCorruptError, CaseVersionError, StorageError
from streaming.session.operations import OPERATION, Operation

LOG_VERSION: Final = 3
"""2: all kinds of resections, and replacing a whole plan. 3: undo and redo, and authors' names. Older logs are read as
they are."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS operations (
    revision INTEGER PRIMARY KEY,
    operation_id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
) STRICT
"""
_FULL_CURE: Final = "Free disk space, then make the change again."
_DAMAGED_CURE: Final = "Move the folder 'session' of the case away to start its plan anew."


class OperationLog:
    """An open log; close it.

    Args:
        connection: to its database.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

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
            # One thread at a time uses it, though not always the one that opened it.
            connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5.0)
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
        return cls(connection)

    @staticmethod
    def _prepare(connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > LOG_VERSION:
            raise CaseVersionError("The plan was written by a newer Cantlie.", cure="Update Cantlie.")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        with _transaction(connection):
            connection.execute(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {LOG_VERSION}")

    def read(self) -> tuple[Operation, ...]:
        """All operations from the first.

        Raises:
            CaseCorruptError: a line is missing or cannot be read.
        """
        try:
            rows = self._connection.execute("SELECT revision, body FROM operations ORDER BY revision").fetchall()
            operations = tuple(OPERATION.validate_json(body) for _, body in rows)
        except (sqlite3.DatabaseError, ValidationError) as error:
            raise CaseCorruptError("The plan of the case is damaged.", cure=_DAMAGED_CURE) from error
        if [operation.revision for operation in operations] != list(range(1, len(rows) + 1)):
            raise CaseCorruptError("The plan of the case has gaps.", cure=_DAMAGED_CURE)
        return operations

    def append(self, operations: tuple[Operation, ...]) -> None:
        """Appends all of them in one transaction; once this returns they survive a power cut.

        Raises:
            StorageError: none of them was stored.
        """
        try:
            with _transaction(self._connection):
                (last,) = self._connection.execute("SELECT COALESCE(MAX(revision), 0) FROM operations").fetchone()
                if operations[0].revision != last + 1:
                    raise StorageError("An earlier change could not be saved.", cure="Make the change again.")
                rows = [(one.revision, one.operation_id, one.model_dump_json()) for one in operations]
                self._connection.executemany("INSERT INTO operations VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise StorageError("The change could not be saved.", cure=_FULL_CURE) from error

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()


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
