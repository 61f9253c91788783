"""Numbers as lines for people: aligned, with intervals, and thresholds beside their sources."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.clinical import Comparison, ComparisonTable, Quantity
from engine.clinical.comparison import ComparedRow

_TITLE: Final = 66
_COMPARED_TITLE: Final = 72
_VALUE: Final = 10
_CELL: Final = 22
NOT_KNOWN: Final = "not known"


def quantity_lines(quantities: Iterable[Quantity]) -> list[str]:
    """One line a number under the headings of their groups, with a line below where a threshold is compared with."""
    lines: list[str] = []
    group = None
    for quantity in quantities:
        if quantity.group != group:
            group = quantity.group
            lines += ["", group]
        lines.append(_line(quantity))
        if quantity.comparison is not None:
            lines.append(f"{'':4}{comparison_text(quantity.comparison)}")
    return lines


def comparison_lines(table: ComparisonTable) -> list[str]:
    """The table of several plans: a value a plan, and how far it lies from the first plan's."""
    names = "".join(f"{_shortened(name, _CELL - 2):>{_CELL}}" for name in table.names)
    lines = [f"{'':<{_COMPARED_TITLE}}{names}"]
    group = None
    for row in table.rows:
        if row.group != group:
            group = row.group
            lines += ["", group]
        lines.append(_row(row))
    return lines


def comparison_text(comparison: Comparison) -> str:
    """Which side of a threshold a number lies on, and whose threshold it is."""
    limit = comparison.threshold
    side = "below" if comparison.side == "below" else "at or above"
    whose = "the entered threshold" if limit.source == "entered" else "the threshold"
    source = "" if limit.source == "entered" else f": {limit.source}"
    across = "; the interval reaches across it" if comparison.interval_reaches_across else ""
    return f"{side} {whose} of {limit.value:g} {limit.unit}{source}{across}"


def _line(quantity: Quantity) -> str:
    title = f"  {quantity.title}"
    if quantity.value is None:
        why = f" ({quantity.meaning})" if quantity.meaning else ""
        return f"{title:<{_TITLE}}{NOT_KNOWN:>{_VALUE}}{why}"
    interval = ""
    if quantity.interval is not None:
        low, high = (f"{end:.{quantity.digits}f}" for end in (quantity.interval.low, quantity.interval.high))
        interval = f"   {low} to {high}"
    return f"{title:<{_TITLE}}{quantity.value:>{_VALUE}.{quantity.digits}f} {quantity.unit}{interval}".rstrip()


def _row(row: ComparedRow) -> str:
    unit = f" [{row.unit}]" if row.unit else ""
    title = f"  {_shortened(row.title, _COMPARED_TITLE - 4 - len(unit))}{unit}"
    cells = "".join(
        f"{_cell(value, difference if number else None, row.digits):>{_CELL}}"
        for number, (value, difference) in enumerate(zip(row.values, row.differences, strict=True))
    )
    return f"{title:<{_COMPARED_TITLE}}{cells}"


def _cell(value: float | None, difference: float | None, digits: int) -> str:
    if value is None:
        return NOT_KNOWN
    shown = f"{value:.{digits}f}"
    return shown if difference is None else f"{shown} ({difference:+.{digits}f})"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
