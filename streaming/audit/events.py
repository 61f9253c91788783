"""What is written down, and as which line: JSON with sorted keys, the hash last to be made and part of the line.

An entry's hash is SHA-256 over its line without the hash, and that line holds the hash of the entry before. So no
entry can be changed, taken out, put in or moved without all hashes after it changing too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

Detail: TypeAlias = str | int | float | bool | None

FIRST_PREVIOUS: Final = "0" * 64
"""What the first entry has in place of a hash before it."""

_FIELDS: Final = frozenset({"number", "at", "event", "who", "name", "role", "detail", "previous", "hash"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Something that somebody did. No patient data: ids of cases and structures, never titles or file names of scans.

    Attributes:
        at: ISO 8601 in UTC.
        event: what, e.g. "session.joined", "plan.changed", "case.exported".
        who: a client id, an invitation's pass, or "account:NAME" of the operating system.
        name: by which the others knew them; empty where there was none.
        role: in which they did it; empty for commands.
        detail: what exactly.
    """

    at: str
    event: str
    who: str
    name: str = ""
    role: str = ""
    detail: Mapping[str, Detail] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An event in its place in a log.

    Attributes:
        number: from 1.
        event: what happened.
        previous: hash of the entry before.
        hash: of this one.
    """

    number: int
    event: AuditEvent
    previous: str
    hash: str


def chained(event: AuditEvent, *, number: int, previous: str) -> AuditEntry:
    """The event as the next entry of a log."""
    return AuditEntry(number=number, event=event, previous=previous, hash=_hash(event, number, previous))


def line_of(entry: AuditEntry) -> str:
    """The entry as its line, without the line's end."""
    return _text({**_content(entry.event, entry.number, entry.previous), "hash": entry.hash})


def entry_of(line: str) -> AuditEntry:
    """Reads a line back; does not check its hash.

    Raises:
        ValueError: it is no entry.
    """
    try:
        read = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(read, dict) or read.keys() != _FIELDS or not isinstance(read["detail"], dict):
        raise ValueError("no entry")
    if isinstance(read["number"], bool) or not isinstance(read["number"], int):
        raise ValueError("no number")
    texts = ("at", "event", "who", "name", "role", "previous", "hash")
    if not all(isinstance(read[name], str) for name in texts):
        raise ValueError("no text")
    event = AuditEvent(**{name: read[name] for name in texts[:5]}, detail=MappingProxyType(read["detail"]))
    return AuditEntry(number=read["number"], event=event, previous=read["previous"], hash=read["hash"])


def is_whole(entry: AuditEntry) -> bool:
    """Whether the entry has the hash that its content gives."""
    return entry.hash == _hash(entry.event, entry.number, entry.previous)


def _hash(event: AuditEvent, number: int, previous: str) -> str:
    return hashlib.sha256(_text(_content(event, number, previous)).encode()).hexdigest()


def _content(event: AuditEvent, number: int, previous: str) -> dict[str, object]:
    return {
        "number": number,
        "at": event.at,
        "event": event.event,
        "who": event.who,
        "name": event.name,
        "role": event.role,
        "detail": dict(event.detail),
        "previous": previous,
    }


def _text(content: Mapping[str, object]) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
