"""Whether an audit log is whole: names the first line that was changed, removed, moved or put in, and a cut-off end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.case import MANIFEST_FILE, find_cases
from streaming.audit.events import FIRST_PREVIOUS, AuditEntry, entry_of, is_whole
from streaming.audit.trail import EMPTY, AuditTrail, Head, trail_of_case, trail_of_folder

Damage = Literal["unreadable", "changed", "removed", "moved", "cut_off", "head_missing", "head_changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one log.

    Attributes:
        trail: which.
        entries: how many are whole, from the first on.
        last_hash: of the last of those; kept elsewhere it proves later that nothing before it changed.
        damage: the first that was found; None where there is none.
        line: where, from 1; None where it is about the end.
        words: the same for a person.
    """

    trail: AuditTrail
    entries: int
    last_hash: str
    damage: Damage | None = None
    line: int | None = None
    words: str = ""


def logs_of(folder: Path) -> tuple[AuditTrail, ...]:
    """The logs of a case, or of a folder and the cases in it; those that exist."""
    trails = [trail_of_folder(folder)]
    paths = [folder] if (folder / MANIFEST_FILE).is_file() else find_cases(folder)
    trails += [trail_of_case(path) for path in paths]
    return tuple(trail for trail in trails if trail.path.exists() or trail.head_path.exists())


def read(trail: AuditTrail) -> Iterator[AuditEntry]:
    """The entries that can be read, in the order of the file."""
    if not trail.path.exists():
        return
    with trail.path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                yield entry_of(line.rstrip("\n"))
            except ValueError:
                continue


def verify(trail: AuditTrail) -> Verdict:
    """Follows the chain from the first line to the head.

    Raises:
        OSError: the log cannot be read.
    """
    count, last = 0, FIRST_PREVIOUS
    hashes = [FIRST_PREVIOUS]

    def damaged(damage: Damage, line: int | None, words: str) -> Verdict:
        return Verdict(trail=trail, entries=count, last_hash=last, damage=damage, line=line, words=words)

    lines = trail.path.read_text(encoding="utf-8", errors="replace").splitlines() if trail.path.exists() else []
    for number, line in enumerate(lines, start=1):
        try:
            entry = entry_of(line)
        except ValueError:
            return damaged("unreadable", number, f"Line {number} is no entry of an audit log.")
        if not is_whole(entry):
            return damaged("changed", number, f"Line {number} was changed after it was written.")
        if entry.number != number or entry.previous != last:
            return damaged(*_out_of_place(entry, number, lines))
        count, last = number, entry.hash
        hashes.append(last)
    return _judged_by_head(trail, hashes)


def _out_of_place(entry: AuditEntry, number: int, lines: list[str]) -> tuple[Damage, int, str]:
    if entry.number > number and (elsewhere := _line_of_entry(number, lines)) is not None:
        return "moved", number, f"Entry {number} was moved from line {number} to line {elsewhere}."
    if entry.number > number:
        missing = "One entry" if entry.number == number + 1 else f"{entry.number - number} entries"
        return "removed", number, f"{missing} before line {number} (entry {entry.number}) was removed or moved."
    if entry.number < number:
        return "moved", number, f"Line {number} holds entry {entry.number}: it was moved or put in a second time."
    return "changed", number, f"Line {number} does not follow the line before: one of the two was replaced."


def _line_of_entry(number: int, lines: list[str]) -> int | None:
    for place, line in enumerate(lines, start=1):
        try:
            if entry_of(line).number == number:
                return place
        except ValueError:
            continue
    return None


def _judged_by_head(trail: AuditTrail, hashes: list[str]) -> Verdict:
    """The head may be behind after a crash, never ahead."""
    count = len(hashes) - 1

    def judged(damage: Damage | None, words: str) -> Verdict:
        return Verdict(trail=trail, entries=count, last_hash=hashes[-1], damage=damage, line=None, words=words)

    try:
        head: Head | None = trail.read_head()
    except ValueError:
        return judged("head_changed", "The record of the log's end cannot be read.")
    if head is None:
        return judged("head_missing", "The record of the log's end is missing.") if count else judged(None, "")
    if head.entries > count:
        lost = head.entries - count
        return judged("cut_off", f"{'The last entry is' if lost == 1 else f'The last {lost} entries are'} missing.")
    if head.entries < 0 or hashes[head.entries] != head.hash:
        return judged("head_changed", f"Entry {head.entries} is not the one that the record of the log's end names.")
    if head == EMPTY or head.entries == count:
        return judged(None, "")
    late = count - head.entries
    return judged(None, f"{late} {'entry' if late == 1 else 'entries'} came in after the record of the log's end.")
