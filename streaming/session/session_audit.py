"""What of a session is written down: who came in what role, who left and why, who changed the plan when."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from streaming.audit.desk import CHANGED, AuditDesk, event_now
from streaming.audit.events import AuditEvent
from streaming.protocol import Fault, Role
from streaming.session.admission import Admission
from streaming.session.changes import Operation


class SessionAudit:
    """Of one case.

    Args:
        desk: that writes.
        case: the case's folder.
    """

    def __init__(self, desk: AuditDesk, case: Path) -> None:
        self._desk = desk
        self._case = case
        self._here: dict[str, tuple[str, Role]] = {}

    def opened(self, operations: Iterable[Operation]) -> None:
        """The case was opened with these operations; those that a crash kept out of the log are written down now."""
        self._desk.catch_up(self._case, tuple(self._change(one, recovered=True) for one in operations))

    def joined(self, client_id: str, name: str, admission: Admission, device: str) -> None:
        """Somebody sees the case."""
        self._here[client_id] = (name, admission.role)
        self._note(
            event_now(
                "session.joined",
                who=client_id,
                name=name,
                role=admission.role,
                detail={"device": device, "pass": admission.pass_id},
            )
        )

    def left(self, client_id: str, last_word: Fault | None) -> None:
        """Somebody is gone, or was let go."""
        name, role = self._here.pop(client_id, ("", ""))
        why = None if last_word is None else last_word.code
        self._note(event_now("session.left", who=client_id, name=name, role=role, detail={"why": why}))

    def changed(self, operations: Iterable[Operation]) -> None:
        """Changes of the plan are on disk."""
        for operation in operations:
            self._note(self._change(operation, recovered=False))

    def role_changed(self, client_id: str, role: Role) -> None:
        """Somebody may do something else from now on."""
        name, _ = self._here.get(client_id, ("", role))
        self._here[client_id] = (name, role)
        self._note(event_now("role.changed", who=client_id, name=name, role=role))

    def recorded(self, client_id: str | None, is_recording: bool) -> None:
        """It is recorded where people are, or no more."""
        name, role = self._here.get(client_id or "", ("", ""))
        kind = "recording.started" if is_recording else "recording.ended"
        self._note(event_now(kind, who=client_id or "cantlie", name=name, role=role))

    def _change(self, operation: Operation, *, recovered: bool) -> AuditEvent:
        name, role = self._here.get(operation.author, (operation.author_name, ""))
        return AuditEvent(
            at=operation.at,
            event=CHANGED,
            who=operation.author,
            name=name,
            role=role,
            detail={
                "revision": operation.revision,
                "operation": operation.operation_id,
                "change": operation.change.kind,
                **({"recovered": True} if recovered else {}),
            },
        )

    def _note(self, event: AuditEvent) -> None:
        self._desk.note_in_case(self._case, event)
