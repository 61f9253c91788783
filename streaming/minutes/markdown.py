"""The minutes as plain text that is also Markdown; without pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.clinical import ComparisonTable
from streaming.minutes.content import Minutes, PlanMinutes
from streaming.minutes.gathering import said_time
from streaming.minutes.words import NOTICE, STALE, between, closing, compared, presence, stage, valued, when


def markdown(minutes: Minutes) -> str:
    """The whole document."""
    lines = [f"# Minutes of the planning session of case {_plain(minutes.case_id)}", "", f"**{NOTICE}**", ""]
    lines += [f"{when(minutes)}. Written {said_time(minutes.made_at)} UTC.", ""]
    lines += ["## Who was there", ""]
    lines += [f"- {_plain(one.name)} ({one.role or 'role unknown'}): {presence(one)}" for one in minutes.attendees]
    lines += ["", "## Decisions", ""]
    lines += [
        f"- {said_time(one.at)} {_plain(one.who)} {_plain(one.words)} ({_plain(one.plan)})" for one in minutes.decisions
    ] or ["- None was signed and no version was kept."]
    for plan in minutes.plans:
        lines += ["", *_plan(plan)]
    if minutes.comparison is not None:
        lines += ["", "## Plans side by side", "", *_comparison(minutes.comparison)]
    lines += ["", "## Everything that was done", ""]
    rows = [(said_time(one.at), _plain(one.who), _plain(one.plan), _plain(one.words)) for one in minutes.deeds]
    lines += _table(("When (UTC)", "Who", "Plan", "What"), rows)
    lines += ["", *closing(minutes), "", f"**{NOTICE}**", ""]
    return "\n".join(lines)


def _plan(plan: PlanMinutes) -> Iterable[str]:
    yield f"## {_plain(plan.name)}: {stage(plan).lower()}"
    yield ""
    if plan.is_stale:
        yield f"**{STALE}**"
    yield from (f"- {_plain(one)}" for one in (*plan.signatures, plan.origin, *plan.cuts) if one)
    yield from (f"- {title}: {value}" for title, value in plan.measurements)
    yield from (f"- Pin “{_plain(text)}” ({_plain(name)})" for text, name in plan.pins)
    yield from (f"- Version “{_plain(one.name)}”, {said_time(one.at)}" for one in plan.versions)
    yield ""
    if plan.problem:
        yield f"No numbers: {plan.problem}"
        return
    rows = [(one.title, valued(one), between(one), compared(one.comparison)) for one in plan.quantities]
    yield from _table(("Number", "Value", "95 % interval", "Threshold"), rows)


def _comparison(table: ComparisonTable) -> Iterable[str]:
    rows = [
        (row.title, *("–" if cell is None else valued(cell) for cell in row.cells))
        for row in table.rows
        if any(value is not None for value in row.values)
    ]
    yield from _table(("", *(_plain(name) for name in table.names)), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return lines + [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]


def _plain(text: str) -> str:
    """What people wrote, so that it cannot mean anything in Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|" else letter for letter in text.replace("\n", " "))
