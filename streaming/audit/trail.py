"""One audit log on disk: lines that are only ever appended, and beside them a head that says where they end.

Server and commands append to the same log: a lock on the file keeps them apart. The lines are on disk before the
head, and both before `append` returns; after a crash between the two the head is behind by entries that chain on to it.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from engine.errors import CaseCorruptError, StorageError
from streaming.audit.events import FIRST_PREVIOUS, AuditEntry, AuditEvent, Detail, chained, entry_of, line_of

LOG_NAME: Final = "audit.jsonl"
HEAD_NAME: Final = "audit.head.json"
FOLDER_NAME: Final = ".audit"
"""Where the log of a served folder lies: who was invited and came in."""

_TAIL_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a log ends: how many entries it has, and the hash of the last."""

    entries: int
    hash: str


EMPTY: Final = Head(entries=0, hash=FIRST_PREVIOUS)


class AuditTrail:
    """The log in one folder.

    Args:
        folder: that holds it; made when the first entry comes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def path(self) -> Path:
        """Of the lines."""
        return self.folder / LOG_NAME

    @property
    def head_path(self) -> Path:
        """Of what says where they end."""
        return self.folder / HEAD_NAME

    def append(self, events: Sequence[AuditEvent]) -> None:
        """Writes the events; once this returns they survive a power cut.

        Raises:
            StorageError: the disk is full or may not be written.
            CaseCorruptError: the log does not end with an entry.
        """
        if not events:
            return
        try:
            # Never its parents: a case that was taken away must not come back as an empty folder with a log in it.
            self.folder.mkdir(exist_ok=True)
            with self._locked() as log:
                last = _last_entry(log)
                end = EMPTY if last is None else Head(entries=last.number, hash=last.hash)
                lines = []
                for event in events:
                    entry = chained(event, number=end.entries + 1, previous=end.hash)
                    end = Head(entries=entry.number, hash=entry.hash)
                    lines.append(line_of(entry) + "\n")
                log.seek(0, os.SEEK_END)
                log.write("".join(lines).encode("ascii"))
                log.flush()
                os.fsync(log.fileno())
                self._write_head(end)
        except OSError as error:
            raise StorageError(
                "The audit log cannot be written.", cure="Allow writing to the case's folder."
            ) from error

    def read_head(self) -> Head | None:
        """What the head says; None where there is none.

        Raises:
            ValueError: it is no head.
        """
        try:
            read = json.loads(self.head_path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return None
        if (
            not isinstance(read, dict)
            or not isinstance(read.get("entries"), int)
            or not isinstance(read.get("hash"), str)
        ):
            raise ValueError("no head")
        return Head(entries=read["entries"], hash=read["hash"])

    @contextlib.contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        with self.path.open("a+b") as log:
            fcntl.flock(log, fcntl.LOCK_EX)  # freed when the file is closed
            yield log

    def _write_head(self, head: Head) -> None:
        beside = self.head_path.with_suffix(".new")
        with beside.open("w", encoding="ascii") as file:
            json.dump({"entries": head.entries, "hash": head.hash}, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.head_path)


def trail_of_case(case: Path) -> AuditTrail:
    """The log of a case, beside its plan."""
    return AuditTrail(case / "session")


def trail_of_folder(cases: Path) -> AuditTrail:
    """The log of a served folder."""
    return AuditTrail(cases / FOLDER_NAME)


def time_of_event() -> str:
    """Now, ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def note_command(case: Path, event: str, detail: Mapping[str, Detail]) -> StorageError | None:
    """Writes down that a command did something to a case; returns why not, where the case may not be written.

    Args:
        case: its folder.
        event: what was done, e.g. "case.exported".
        detail: what exactly; no file names, which may be a patient's.
    """
    who = f"account:{_account()}"
    try:
        trail_of_case(case).append([AuditEvent(at=time_of_event(), event=event, who=who, detail=detail)])
    except StorageError as error:
        return error
    except CaseCorruptError as error:
        return StorageError(error.what, cure=error.cure)
    return None


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name in this container
        return str(os.getuid())


def _last_entry(log: IO[bytes]) -> AuditEntry | None:
    """The entry at the end; a line that a crash left half-written is ended, and stays for `audit verify` to name."""
    size = log.seek(0, os.SEEK_END)
    if size == 0:
        return None
    log.seek(max(0, size - _TAIL_BYTES))
    tail = log.read()
    if not tail.endswith(b"\n"):
        _cut_half_line(log, size, tail)
        return _last_entry(log)
    try:
        return entry_of(tail.rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii"))
    except ValueError as error:
        raise CaseCorruptError(
            "The audit log was changed by something else.", cure="Run `cantlie audit verify`, and keep the log aside."
        ) from error


def _cut_half_line(log: IO[bytes], size: int, tail: bytes) -> None:
    """Nothing of a half-written line was ever told to be kept."""
    log.truncate(size - len(tail) + tail.rfind(b"\n") + 1)
