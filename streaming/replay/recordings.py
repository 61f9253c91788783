"""The recording of people beside the plan's log: `CASE/session/presence.sqlite`, one row a stretch.

Written every few seconds without waiting for the disk: a power cut may cost the last stretches of where people looked,
never a change of the plan. What cannot be read is left out and counted; the plan replays without it.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.errors import CaseCorruptError, StorageError
from streaming.protocol import RecordedPresence, RecordedStretch
from streaming.replay.presence_codec import RecordingDamagedError, packed, unpacked

RECORDING_FILE: Final = "presence.sqlite"
MAX_BYTES: Final = 64 * 1024 * 1024
"""Of a case's recording: some 20 hours of six people in headsets who never rest."""

_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS stretches (
    number INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT
"""
_DAMAGED: Final = "Move the file 'presence.sqlite' in the folder 'session' of the case away; the plan needs it not."


class Recordings:
    """All recorded stretches of a case. Every call may block.

    Args:
        path: of the file; made when the first stretch comes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, stretch: RecordedPresence) -> None:
        """Keeps a stretch under the next free number, whatever number it bears.

        Raises:
            StorageError: it cannot be written, or the recording is as large as it may become.
            CaseCorruptError: the file is no recording.
        """
        try:
            with self._open(writes=True) as connection:
                connection.execute("BEGIN IMMEDIATE")
                query = "SELECT COALESCE(MAX(number), -1), COALESCE(SUM(LENGTH(body)), 0) FROM stretches"
                last, size = connection.execute(query).fetchone()
                body = packed(stretch.model_copy(update={"number": last + 1}))
                if size + len(body) > MAX_BYTES:
                    raise StorageError(
                        f"The recording of people is full ({MAX_BYTES // 1024**2} MiB).",
                        cure="Move the file 'presence.sqlite' of the case's session elsewhere to record anew.",
                    )
                row = (last + 1, stretch.started_at, stretch.ended_at, hashlib.sha256(body).hexdigest(), body)
                connection.execute("INSERT INTO stretches VALUES (?, ?, ?, ?, ?)", row)
                connection.execute("COMMIT")
        except (OSError, sqlite3.OperationalError) as error:
            raise StorageError(
                "Where people are cannot be recorded.", cure="Free disk space, and allow writing to the case's folder."
            ) from error
        except sqlite3.DatabaseError as error:
            raise CaseCorruptError("The recording of people is damaged.", cure=_DAMAGED) from error

    def stretches(self) -> tuple[RecordedStretch, ...]:
        """Which there are, in order.

        Raises:
            CaseCorruptError: the file is no recording.
        """
        if not self._path.is_file():
            return ()
        try:
            with self._open(writes=False) as connection:
                rows = connection.execute("SELECT number, started_at, ended_at FROM stretches ORDER BY number")
                return tuple(
                    RecordedStretch(number=number, started_at=start, ended_at=end) for number, start, end in rows
                )
        except (OSError, sqlite3.Error, ValueError) as error:
            raise CaseCorruptError("The recording of people is damaged.", cure=_DAMAGED) from error

    def stretch(self, number: int) -> RecordedPresence | None:
        """One of them; None where there is no such.

        Raises:
            CaseCorruptError: it was changed, or cannot be read.
        """
        if not self._path.is_file():
            return None
        try:
            with self._open(writes=False) as connection:
                row = connection.execute("SELECT sha256, body FROM stretches WHERE number = ?", (number,)).fetchone()
            if row is None:
                return None
            if hashlib.sha256(row[1]).hexdigest() != row[0]:
                raise RecordingDamagedError("another sum")
            return unpacked(row[1])
        except (OSError, sqlite3.Error, RecordingDamagedError, TypeError) as error:
            raise CaseCorruptError("A part of the recording of people is damaged.", cure=_DAMAGED) from error

    @contextlib.contextmanager
    def _open(self, *, writes: bool) -> Iterator[sqlite3.Connection]:
        mode = "rwc" if writes else "ro"
        uri = f"{self._path.absolute().as_uri()}?mode={mode}"
        with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)) as connection:
            if writes:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(_SCHEMA)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            elif int(connection.execute("PRAGMA user_version").fetchone()[0]) > _VERSION:
                raise CaseCorruptError("A newer Cantlie recorded the people.", cure="Update Cantlie.")
            yield connection
