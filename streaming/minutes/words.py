"""What the minutes say in every format."""

from __future__ import annotations

from typing import Final

from engine.clinical import Comparison, Quantity
from streaming.minutes.content import Attendee, Minutes, PlanMinutes
from streaming.minutes.gathering import said_time

NOTICE: Final = "Research software, not a medical device. Every number is for a person to check."
STALE: Final = "Out of date: the segmentation was corrected after this plan was signed."
PINS: Final = "Texts of pins and names stand as participants wrote them."
NOT_KNOWN: Final = "–"

HEADLINES: Final = (
    ("liver_resected_ml", "Resected"),
    ("liver_remnant_ml", "Remnant"),
    ("flr_percent", "Future remnant"),
    ("functional_flr_percent", "Functional remnant"),
)
"""Numbers that stand large under a plan's picture, as far as the case has them."""


def valued(quantity: Quantity) -> str:
    """The number with its unit."""
    if quantity.value is None:
        return NOT_KNOWN
    return f"{quantity.value:.{quantity.digits}f} {quantity.unit}".strip()


def between(quantity: Quantity) -> str:
    """Its 95 % interval; empty where none is known."""
    if quantity.interval is None:
        return ""
    low, high = (f"{end:.{quantity.digits}f}" for end in (quantity.interval.low, quantity.interval.high))
    return f"{low} to {high}"


def compared(comparison: Comparison | None) -> str:
    """Which side of a threshold it lies on, and whose threshold that is."""
    if comparison is None:
        return ""
    limit = comparison.threshold
    side = "below" if comparison.side == "below" else "at or above"
    source = "entered" if limit.source == "entered" else limit.source
    across = "; the interval reaches across it" if comparison.interval_reaches_across else ""
    return f"{side} {limit.value:g} {limit.unit} ({source}){across}"


def presence(attendee: Attendee) -> str:
    """When somebody was there: "2026-01-02 03:04 to 04:10"."""
    spans, day = [], ""
    for joined, left in attendee.visits:
        start = said_time(joined)[11:] if joined[:10] == day else said_time(joined)
        day = joined[:10]
        spans.append(start if left is None else f"{start} to {_end(joined, left)}")
    return ", ".join(spans) or "changed the plan; no visit is written down"


def when(minutes: Minutes) -> str:
    """From the first change to the last."""
    if not minutes.began_at:
        return "nobody planned yet"
    return f"{said_time(minutes.began_at)} to {_end(minutes.began_at, minutes.ended_at)} UTC"


def stage(plan: PlanMinutes) -> str:
    """How far a plan is signed."""
    return plan.stage.capitalize() + (", out of date" if plan.is_stale else "")


def closing(minutes: Minutes) -> tuple[str, ...]:
    """Where all this comes from."""
    recorded = " Where people looked and pointed is recorded; speech is not." if minutes.is_recorded else ""
    return (
        f"Made from the session's log at revision {minutes.revision}; every number is counted anew for these minutes, "
        f"on segmentation {minutes.segmentation[:12]} ({minutes.method}).{recorded}",
        "Intervals are 95 %, from the size of voxels and, where the case knows it, the confidence of the segmentation.",
        PINS,
    )


def _end(start: str, end: str) -> str:
    """The day is said once."""
    return said_time(end)[11:] if start[:10] == end[:10] else said_time(end)
