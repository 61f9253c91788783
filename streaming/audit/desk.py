"""The server's side of the audit log: events are queued at once and written in a thread of their own, in order."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Final

from engine.errors import CantlieError
from streaming.audit.events import AuditEvent, Detail
from streaming.audit.trail import AuditTrail, time_of_event, trail_of_case, trail_of_folder
from streaming.audit.verification import read

CHANGED: Final = "plan.changed"

MAX_WAITING: Final = 20_000
"""Events that are kept while the disk takes none; more are counted and said to be lost."""

_LOG = logging.getLogger("cantlie.audit")


class AuditDesk:
    """Writes down what happens in a served folder; all methods but `close` return at once.

    Args:
        cases: the folder.
    """

    def __init__(self, cases: Path) -> None:
        self._folder = trail_of_folder(cases)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cantlie-audit")
        self._waiting: dict[Path, list[AuditEvent]] = defaultdict(list)
        self._lock = Lock()
        self._lost = 0

    def note_in_folder(self, event: AuditEvent) -> None:
        """Something about the server or its guests."""
        self._note(self._folder, event)

    def note_in_case(self, case: Path, event: AuditEvent) -> None:
        """Something about a case."""
        self._note(trail_of_case(case), event)

    def catch_up(self, case: Path, changes: Sequence[AuditEvent]) -> None:
        """Writes down changes of a plan that a crash kept out of the log; changes carry their `revision`."""
        if changes:
            self._thread.submit(self._catch_up, trail_of_case(case), changes)

    def close(self) -> None:
        """Writes what waits; blocks."""
        self._thread.shutdown(wait=True)

    def _note(self, trail: AuditTrail, event: AuditEvent) -> None:
        with self._lock:
            waiting = self._waiting[trail.folder]
            if len(waiting) >= MAX_WAITING:
                self._lost += 1
                return
            waiting.append(event)
        self._thread.submit(self._write, trail)

    def _write(self, trail: AuditTrail) -> None:
        """All that waits for this log in one go: while one batch is being flushed the next one gathers."""
        with self._lock:
            batch = self._waiting.pop(trail.folder, [])
        try:
            trail.append(batch)
        except CantlieError as error:
            _LOG.error("%s %s (%d events wait, %d are lost)", error.what, error.cure, len(batch), self._lost)
            with self._lock:  # tried again with the next event
                self._waiting[trail.folder] = batch + self._waiting.pop(trail.folder, [])

    def _catch_up(self, trail: AuditTrail, changes: Sequence[AuditEvent]) -> None:
        try:
            known = [entry.event.detail.get("revision") for entry in read(trail) if entry.event.event == CHANGED]
            if known:
                last = max((one for one in known if isinstance(one, int)), default=0)
                trail.append([change for change in changes if _revision(change) > last])
            else:  # the plan is older than its audit log
                trail.append([began(_revision(changes[-1]))])
        except (CantlieError, OSError) as error:
            _LOG.error("the audit log could not be caught up: %s", type(error).__name__)


def began(revision: int) -> AuditEvent:
    """What was done up to this revision stands in the plan's own log alone."""
    return event_now("audit.began", who="cantlie", detail={"revision": revision})


def event_now(
    kind: str, *, who: str, name: str = "", role: str = "", detail: Mapping[str, Detail] | None = None
) -> AuditEvent:
    """An event of this moment."""
    return AuditEvent(at=time_of_event(), event=kind, who=who, name=name, role=role, detail=detail or {})


def _revision(change: AuditEvent) -> int:
    revision = change.detail.get("revision")
    return revision if isinstance(revision, int) else 0
