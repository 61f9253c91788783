"""Everything that happened in a session, in order: operations, who was there, what is recorded of people."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from engine.case import SESSION_FOLDER
from engine.errors import CaseCorruptError
from streaming.audit import AuditEvent, trail_of_case
from streaming.audit.verification import read
from streaming.protocol import (
    Device,
    KeptPin,
    RecordedStretch,
    ReplayMark,
    ReplayMarkKind,
    ReplayPerson,
    ReplayTimeline,
    ReplayVisit,
)
from streaming.replay.past import Past
from streaming.replay.recordings import RECORDING_FILE, Recordings
from streaming.replay.visits import Visit, visits_of
from streaming.session.changes import (
    SYSTEM_AUTHOR,
    ChangeBody,
    DropNote,
    DropResection,
    Operation,
    ReplaceResections,
    RestoreEarlier,
    SetNote,
    SetResection,
)
from streaming.session.deeds import Deed, cut_numbers, deed_of
from streaming.session.operations import Plan, apply
from streaming.session.people import COLOURS
from streaming.session.plan_changes import (
    PlanAdded,
    PlanNamed,
    PlanRemoved,
    PlanSigned,
    SignatureWithdrawn,
    VersionKept,
)

_CUT_KINDS: Final[Mapping[str, ReplayMarkKind]] = MappingProxyType(
    {
        "add": "cut_added",
        "move": "cut_moved",
        "turn": "cut_turned",
        "bend": "cut_bent",
        "reshape": "cut_reshaped",
        "flip": "cut_flipped",
        "change": "cut_changed",
    }
)


def marks_of(past: Past) -> tuple[ReplayMark, ...]:
    """One mark an operation."""
    return tuple(_mark(operation, before, after) for operation, before, after, _ in told(past))


def told(past: Past) -> Iterable[tuple[Operation, Plan, Plan, Deed]]:
    """The operations with the plans around them and what was done, in order."""
    before = past.kept[0]
    for operation in past.operations:
        after = apply(before, operation)
        yield operation, before, after, deed_of(operation.change, before, after)
        before = after


def visits_in(case: Path) -> tuple[Visit, ...]:
    """Who was there, as far as the case's audit log can be read."""
    return visits_of(_audited(case))


def timeline_of(case: Path, case_id: str, past: Past) -> ReplayTimeline:
    """The timeline of a case. Blocks.

    Args:
        case: its folder.
        case_id: of the case.
        past: of its log.
    """
    visits = visits_in(case)
    recorded, damaged = _recorded(case)
    return ReplayTimeline(
        case_id=case_id,
        revision=past.revision,
        marks=marks_of(past),
        people=people_of(past, visits),
        visits=tuple(
            ReplayVisit(client_id=one.client_id, joined_at=one.joined_at, left_at=one.left_at) for one in visits
        ),
        recorded=recorded,
        damaged_recordings=damaged,
    )


def people_of(past: Past, visits: tuple[Visit, ...]) -> tuple[ReplayPerson, ...]:
    """Everybody who changed something or was there, by their last name."""
    names: dict[str, str] = {}
    devices: dict[str, Device] = {}
    for operation in past.operations:
        names[operation.author] = operation.author_name or names.get(operation.author, "")
    for visit in visits:
        names[visit.client_id] = visit.name or names.get(visit.client_id, "")
        devices[visit.client_id] = visit.device
    if SYSTEM_AUTHOR in names:
        names[SYSTEM_AUTHOR] = "Cantlie"
    colours = itertools.cycle(COLOURS)
    return tuple(
        ReplayPerson(
            client_id=client_id,
            display_name=name,
            colour="#8a97a6" if client_id == SYSTEM_AUTHOR else next(colours),
            device=devices.get(client_id, "desktop"),
        )
        for client_id, name in names.items()
    )


def _mark(operation: Operation, before: Plan, after: Plan) -> ReplayMark:
    known = next((one for one in after.named if one.plan_id == operation.plan_id), after.named[0])
    deed = deed_of(operation.change, before, after)
    kind, name = _kind(operation, deed)
    number = None
    if deed.cut is not None:
        number = cut_numbers(after).get(deed.cut) or cut_numbers(before).get(deed.cut)
    return ReplayMark(
        revision=operation.revision,
        at=operation.at,
        by=operation.author,
        plan_id=operation.plan_id,
        plan_name=known.name,
        kind=kind,
        cut=number,
        name=name,
    )


def _kind(  # noqa: PLR0911, PLR0912 - one return a kind reads best
    operation: Operation, deed: Deed
) -> tuple[ReplayMarkKind, str]:
    match operation.change:
        case SetResection():
            return _CUT_KINDS.get(deed.verb, "cut_changed"), ""
        case DropResection():
            return "cut_removed", ""
        case ReplaceResections():
            return "plan_replaced", ""
        case ChangeBody():
            return "body", ""
        case SetNote(note=note):
            return ("pin", note.pin.text) if isinstance(note, KeptPin) else ("measurement", note.measurement.kind)
        case DropNote():
            return "note_removed", ""
        case RestoreEarlier(direction=direction):
            return ("undone" if direction == "undo" else "redone"), ""
        case PlanAdded(name=name):
            return "plan_made", name
        case PlanNamed(name=name):
            return "plan_named", name
        case PlanRemoved():
            return "plan_removed", ""
        case VersionKept(version=version):
            return "version", version.name
        case PlanSigned(version=version):
            return version.signatures[-1].stage, version.name
        case SignatureWithdrawn():
            return "withdrawn", ""


def _audited(case: Path) -> Iterable[AuditEvent]:
    try:
        return [entry.event for entry in read(trail_of_case(case))]
    except OSError:
        return []


def _recorded(case: Path) -> tuple[tuple[RecordedStretch, ...], int]:
    """What is recorded, and how much of it cannot be read: then the plan replays without people."""
    try:
        return Recordings(case / SESSION_FOLDER / RECORDING_FILE).stretches(), 0
    except CaseCorruptError:
        return (), 1
