"""Why a plan is among the proposals, in one sentence a surgeon can check against the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.proposals.front import Score

_CLEARLY: Final = {"margin": 0.5, "remnant": 0.5, "area": 50.0, "calibre": 0.5}
"""Least lead (mm, percentage points, mm2, mm) over the next best that is worth a word."""


def reasons(scores: Sequence[Score], *, functional: bool) -> tuple[str, ...]:
    """One sentence per plan: what it does better than every other one shown, or between which it lies.

    Args:
        scores: of the plans shown together.
        functional: whether the remnant counted is the functional one.
    """
    remnant = "functional remnant" if functional else "remnant"
    return tuple(_sentence(index, scores, remnant) for index in range(len(scores)))


def _sentence(index: int, scores: Sequence[Score], remnant: str) -> str:
    score = scores[index]
    others = [other for n, other in enumerate(scores) if n != index]
    leads = []
    if _leads(score.remnant_percent, [o.remnant_percent for o in others], _CLEARLY["remnant"]):
        leads.append(f"leaves the largest {remnant} ({score.remnant_percent:.0f} %)")
    if _leads(score.margin_mm, [o.margin_mm for o in others], _CLEARLY["margin"]):
        leads.append(f"has the widest margin ({score.margin_mm:.0f} mm)")
    if _leads(-score.cut_area_mm2, [-o.cut_area_mm2 for o in others], _CLEARLY["area"]):
        leads.append(f"has the smallest cut surface ({score.cut_area_mm2 / 100.0:.0f} cm²)")
    if _leads(-score.cut_calibre_mm, [-o.cut_calibre_mm for o in others], _CLEARLY["calibre"]):
        leads.append(_least_vessel(score))
    facts = (
        f"{score.remnant_percent:.0f} % {remnant}, {score.margin_mm:.0f} mm margin, "
        f"{score.cut_area_mm2 / 100.0:.0f} cm² of cut"
    )
    if not others:
        return f"The only plan found within the limits: {facts}."
    if not leads:
        return f"Lies between the others: {facts}."
    return f"Of the plans shown it {_joined(leads)}."


def _leads(value: float, others: Sequence[float], by: float) -> bool:
    return bool(others) and value >= max(others) + by


def _least_vessel(score: Score) -> str:
    if score.cut_calibre_mm == 0.0:
        return "cuts no vessel that was seen"
    return f"cuts the least vessel ({score.cut_calibre_mm:.0f} mm of calibre in all)"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
