"""`cantlie audit verify FOLDER` and `cantlie audit show FOLDER`: who did what, and whether the log of it is whole."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import CaseError, StorageError
from streaming.commands.output import write_error, write_json, write_line

if TYPE_CHECKING:
    from streaming.audit.events import AuditEntry
    from streaming.audit.trail import AuditTrail
    from streaming.audit.verification import Verdict

EXIT_DAMAGED = 2


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "audit",
        help="show who opened, changed and exported what, and check that nothing of it was altered",
        description="The audit log of a case, or of a served folder and the cases in it. Every entry carries the "
        "SHA-256 of the one before: verify names the first line that was changed, removed or moved, and a cut-off end.",
    )
    parser.add_argument("action", choices=("verify", "show"))
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a case, or a folder of cases")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Shows or verifies; 2 where a log is damaged."""
    from streaming.audit.verification import logs_of

    folder: Path = arguments.folder
    if not folder.is_dir():
        raise CaseError("There is no such folder.", cure="Give a case, or the folder that is served.")
    trails = logs_of(folder)
    try:
        if arguments.action == "show":
            _show(trails, folder, as_json=arguments.json)
            return 0
        return _verify(trails, folder, as_json=arguments.json)
    except OSError as error:
        raise StorageError("An audit log cannot be read.", cure="Allow reading it.") from error


def _verify(trails: tuple[AuditTrail, ...], folder: Path, *, as_json: bool) -> int:
    from streaming.audit.verification import verify

    verdicts = [verify(trail) for trail in trails]
    is_damaged = any(verdict.damage is not None for verdict in verdicts)
    if as_json:
        write_json({"whole": not is_damaged, "logs": [_as_json(verdict, folder) for verdict in verdicts]})
        return EXIT_DAMAGED if is_damaged else 0
    if not verdicts:
        write_line("There is no audit log yet.")
    for verdict in verdicts:
        name = _name(verdict.trail, folder)
        if verdict.damage is not None:
            write_error(f"DAMAGED {name}: {verdict.words} {verdict.entries} entries before are whole.")
            continue
        write_line(
            f"whole   {name}: {verdict.entries} entries, ends with {verdict.last_hash}. {verdict.words}".rstrip()
        )
    return EXIT_DAMAGED if is_damaged else 0


def _show(trails: tuple[AuditTrail, ...], folder: Path, *, as_json: bool) -> None:
    from streaming.audit.verification import read

    rows = [(_name(trail, folder), entry) for trail in trails for entry in read(trail)]
    rows.sort(key=lambda row: row[1].event.at)
    if as_json:
        write_json({"entries": [_entry_as_json(name, entry) for name, entry in rows]})
        return
    if not rows:
        write_line("There is no audit log yet.")
        return
    write_line(f"{'when (UTC)':<24}{'what':<20}{'who':<26}{'role':<8}{'where':<18}")
    for name, entry in rows:
        event = entry.event
        who = f"{event.name} ({event.who})" if event.name else event.who
        detail = ", ".join(f"{key} {value}" for key, value in event.detail.items())
        when = event.at.replace("T", " ")[:23]
        write_line(f"{when:<24}{event.event:<20}{who:<26}{event.role:<8}{name:<18}{detail}".rstrip())


def _name(trail: AuditTrail, folder: Path) -> str:
    """The log as it lies in the folder."""
    inside = trail.folder.relative_to(folder)
    if inside.name == "session":
        return "case" if inside == Path("session") else inside.parent.as_posix()
    return "server"


def _as_json(verdict: Verdict, folder: Path) -> dict[str, object]:
    return {
        "log": _name(verdict.trail, folder),
        "entries": verdict.entries,
        "last_hash": verdict.last_hash,
        "damage": verdict.damage,
        "line": verdict.line,
        "words": verdict.words,
    }


def _entry_as_json(name: str, entry: AuditEntry) -> dict[str, object]:
    event = entry.event
    return {
        "log": name,
        "number": entry.number,
        "at": event.at,
        "event": event.event,
        "who": event.who,
        "name": event.name,
        "role": event.role,
        "detail": dict(event.detail),
        "hash": entry.hash,
    }
