"""Who was there from when to when, as the audit log of the case tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from streaming.audit import AuditEvent
from streaming.protocol import Device

AWAY: Final = timedelta(minutes=2)
"""Who comes back within it was never gone: lines drop and pages are loaded again."""

_DEVICES: Final[dict[object, Device]] = {"desktop": "desktop", "tablet": "tablet", "headset": "headset"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Of one person.

    Attributes:
        client_id: theirs.
        name: that they gave; empty if none.
        role: in which they came.
        device: what they looked through.
        joined_at: ISO 8601 in UTC.
        left_at: the same; None: nobody wrote it down.
    """

    client_id: str
    name: str
    role: str
    device: Device
    joined_at: str
    left_at: str | None = None


def visits_of(events: Iterable[AuditEvent]) -> tuple[Visit, ...]:
    """All visits in the order in which they began.

    Args:
        events: of the case's audit log, in order.
    """
    visits: list[Visit] = []
    latest: dict[str, int] = {}
    for event in events:
        at = latest.get(event.who)
        if event.event == "session.joined":
            if at is not None and _is_back(visits[at], event.at):
                visits[at] = replace(visits[at], left_at=None, name=event.name or visits[at].name)
                continue
            latest[event.who] = len(visits)
            visits.append(
                Visit(
                    client_id=event.who,
                    name=event.name,
                    role=event.role,
                    device=_DEVICES.get(event.detail.get("device"), "desktop"),
                    joined_at=event.at,
                )
            )
        elif event.event == "session.left" and at is not None:
            visits[at] = replace(visits[at], left_at=event.at)
    return tuple(visits)


def _is_back(visit: Visit, at: str) -> bool:
    if visit.left_at is None:
        return True  # a server that was killed wrote down nobody's leaving
    return datetime.fromisoformat(at) - datetime.fromisoformat(visit.left_at) <= AWAY
