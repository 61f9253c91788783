"""The minutes as one HTML file: nothing is fetched, it prints, and nothing that people wrote is ever markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from engine.clinical import ComparisonTable, Quantity
from streaming.minutes.content import Minutes, PlanMinutes
from streaming.minutes.gathering import said_time
from streaming.minutes.style import STYLE
from streaming.minutes.words import (
    HEADLINES,
    NOTICE,
    STALE,
    between,
    closing,
    compared,
    presence,
    stage,
    valued,
    when,
)

_MARK: Final = (
    '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path class="liver" d="M4 13c0-4.5 4.8-7 11.5-7C23 6 28 '
    '8.2 28 11.6c0 3.2-4.5 4.4-7.6 6.4-3.6 2.4-5 7-9.3 7C6.600 25 4 18 4 13z"/>'
    '<path class="line" d="M20.5 3.5 10.5 28.5"/></svg>'
)


def html(minutes: Minutes) -> str:
    """The whole document."""
    title = f"Minutes of the planning session, case {escape(minutes.case_id)}"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        'img-src data:">',
        f"<title>{title}</title><style>{STYLE}</style></head><body><main>",
        f"<header>{_MARK}<div><p class=eyebrow>Cantlie</p><h1>Minutes of the planning session</h1>"
        f"<p class=soft>Case {escape(minutes.case_id)} · {when(minutes)}</p></div></header>",
        f"<p class=notice>{NOTICE}</p>",
        _people(minutes),
        _decisions(minutes),
        *(_plan(plan) for plan in minutes.plans),
        "" if minutes.comparison is None else _comparison(minutes.comparison),
        _deeds(minutes),
        "<footer>",
        *(f"<p>{escape(line)}</p>" for line in closing(minutes)),
        f"<p>Written {said_time(minutes.made_at)} UTC.</p><p><strong>{NOTICE}</strong></p></footer>",
        "</main></body></html>\n",
    ]
    return "".join(parts)


def _people(minutes: Minutes) -> str:
    rows = [(one.name, one.role, one.device, presence(one)) for one in minutes.attendees]
    body = f"<p class=soft>Height and weight entered: {escape(minutes.body)}</p>" if minutes.body else ""
    there = _table(("Name", "Role", "With", "When (UTC)"), rows) if rows else "<p>Nobody has opened the plan yet.</p>"
    return f"<section><h2>Who was there</h2>{there}{body}</section>"


def _decisions(minutes: Minutes) -> str:
    items = "".join(
        f"<li><time>{said_time(one.at)}</time><span><strong>{escape(one.who)}</strong> {escape(one.words)} "
        f"<em>{escape(one.plan)}</em></span></li>"
        for one in minutes.decisions
    )
    listed = f"<ol class=decisions>{items}</ol>" if items else "<p>None was signed and no version was kept.</p>"
    return f"<section><h2>Decisions</h2>{listed}</section>"


def _plan(plan: PlanMinutes) -> str:
    badge = f'<span class="badge {plan.stage}{" stale" if plan.is_stale else ""}">{stage(plan)}</span>'
    facts = [*plan.signatures, plan.origin, *plan.cuts]
    facts += [f"{title}: {value}" for title, value in plan.measurements]
    facts += [f"Pin “{text}” ({name or 'Guest'})" for text, name in plan.pins]
    facts += [f"Version “{one.name}”, kept by {one.by_name or 'Guest'}, {said_time(one.at)}" for one in plan.versions]
    said = "".join(f"<li>{escape(fact[:1].upper() + fact[1:])}</li>" for fact in facts if fact)
    figures = "".join(
        f'<figure><img alt="{escape(one.caption)}" src="data:{one.media_type};base64,{one.base64}">'
        f"<figcaption>{escape(one.caption)}. {NOTICE.split('.')[0]}.</figcaption></figure>"
        for one in plan.pictures
    )
    stale = f"<p class=warning>{STALE}</p>" if plan.is_stale else ""
    numbers = f"<p class=warning>No numbers: {escape(plan.problem)}</p>" if plan.problem else _numbers(plan)
    return (
        f"<section class=plan><h2>{escape(plan.name)} {badge}</h2>{stale}{figures}"
        f"<ul class=facts>{said}</ul>{numbers}</section>"
    )


def _numbers(plan: PlanMinutes) -> str:
    known = {one.key: one for one in plan.quantities}
    cards = "".join(
        f"<div class=card><span>{title}</span><strong>{escape(valued(known[key]))}</strong>"
        f"<small>{_interval(known[key])}</small></div>"
        for key, title in HEADLINES
        if key in known and known[key].value is not None
    )
    groups = "".join(_group(title, quantities) for title, quantities in _grouped(plan.quantities))
    head = "<thead><tr><th></th><th>Value</th><th>95 % interval</th><th class=limits>Threshold</th></tr></thead>"
    return f"<div class=cards>{cards}</div><table class=numbers>{head}{groups}</table><p class=fine>{NOTICE}</p>"


def _interval(quantity: Quantity) -> str:
    spoken = between(quantity)
    return f"95 %: {escape(spoken)}" if spoken else ""


def _grouped(quantities: Iterable[Quantity]) -> Iterable[tuple[str, list[Quantity]]]:
    groups: dict[str, list[Quantity]] = {}
    for one in quantities:
        groups.setdefault(one.group, []).append(one)
    return groups.items()


def _group(title: str, quantities: Sequence[Quantity]) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.title)}</td><td>{escape(valued(one))}</td><td>{escape(between(one))}</td>"
        f"<td class=limits>{escape(compared(one.comparison))}</td></tr>"
        for one in quantities
    )
    return f"<tbody><tr><th colspan=4>{escape(title)}</th></tr>{rows}</tbody>"


def _comparison(table: ComparisonTable) -> str:
    rows = []
    group = None
    for row in table.rows:
        if all(value is None for value in row.values):
            continue
        if row.group != group:
            group = row.group
            rows.append(f"<tr><th colspan={len(table.names) + 1}>{escape(group)}</th></tr>")
        cells = "".join(
            f"<td>{'–' if cell is None else escape(valued(cell))}{_difference(difference, row.digits, number)}</td>"
            for number, (cell, difference) in enumerate(zip(row.cells, row.differences, strict=True))
        )
        rows.append(f"<tr><td>{escape(row.title)}</td>{cells}</tr>")
    head = "".join(f"<th>{escape(name)}</th>" for name in table.names)
    return (
        "<section class=plan><h2>Plans side by side</h2>"
        f"<p class=soft>Differences are from {escape(table.names[0])}.</p>"
        f"<table class=numbers><thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"<p class=fine>{NOTICE}</p></section>"
    )


def _difference(difference: float | None, digits: int, number: int) -> str:
    if difference is None or number == 0:
        return ""
    return f" <small>{difference:+.{digits}f}</small>"


def _deeds(minutes: Minutes) -> str:
    rows = [(said_time(one.at), one.who, one.plan, one.words) for one in minutes.deeds]
    return (
        "<section class=log><h2>Everything that was done</h2>"
        f"{_table(('When (UTC)', 'Who', 'Plan', 'What'), rows)}</section>"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    heads = "".join(f"<th>{one}</th>" for one in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
