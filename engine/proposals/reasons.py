"""Why a plan is among the proposals, in one sentence a surgeon can check against the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from engine.proposals.front import CLEARLY, Score
from engine.proposals.titles import vessel_name
from engine.resection.function import FunctionalRemnant


def reasons(scores: Sequence[Score], functions: Sequence[FunctionalRemnant | None]) -> tuple[str, ...]:
    """One sentence per plan: what it does better than the others shown, what that costs, the largest vessel it cuts.

    Args:
        scores: of the plans shown together.
        functions: what each does to function; None where the case has no vessel trees.
    """
    return tuple(_sentence(index, scores, function) for index, function in enumerate(functions))


def _sentence(index: int, scores: Sequence[Score], function: FunctionalRemnant | None) -> str:
    score = scores[index]
    others = [other for n, other in enumerate(scores) if n != index]
    remnant = "remnant" if function is None else "functional remnant"
    if not others:
        facts = f"{score.remnant_percent:.0f} % {remnant}, {_margin(score)}, {_area(score)} of cut"
        return f"The only plan found within the limits: {facts}{_vessels(function)}."
    most = max(others, key=lambda other: other.remnant_percent)
    leads = _leads(score, others, function)
    less = most.remnant_percent - score.remnant_percent
    if less <= -CLEARLY.remnant_percent:
        told = _joined([f"keeps the largest {remnant} ({score.remnant_percent:.0f} %)", *leads])
    elif less < CLEARLY.remnant_percent:
        told = _joined([f"keeps as much {remnant} as any ({score.remnant_percent:.0f} %)", *leads])
    else:
        gains = _joined(leads or _gains(score, most))
        points = f"{less:.0f} points" if less >= 1.5 else "1 point"
        told = f"{gains}; keeps {score.remnant_percent:.0f} % {remnant}, {points} less than the most"
    return f"{told[0].upper()}{told[1:]}{_vessels(function)}."


def _leads(score: Score, others: Sequence[Score], function: FunctionalRemnant | None) -> list[str]:
    """What it clearly does better than all others, the remnant aside."""
    found = []
    if score.margin_mm >= max(other.margin_mm for other in others) + CLEARLY.margin_mm:
        found.append(f"has the widest margin ({score.margin_mm:.0f} mm)")
    if score.cut_area_mm2 <= min(other.cut_area_mm2 for other in others) - CLEARLY.cut_area_mm2:
        found.append(f"has the smallest cut surface ({_area(score)})")
    least_mm = min(other.cut_calibre_mm for other in others)
    cuts_any = function is not None and score.cut_calibre_mm > 0.0  # that it cuts none is said at the end
    if cuts_any and score.cut_calibre_mm <= least_mm - CLEARLY.cut_calibre_mm:
        found.append(f"cuts the least vessel ({score.cut_calibre_mm:.0f} mm of calibre in all)")
    return found


def _gains(score: Score, most: Score) -> list[str]:
    """What it has over the plan that keeps most, as much of it as there is."""
    found = []
    if (wider := score.margin_mm - most.margin_mm) >= CLEARLY.margin_mm:
        found.append(f"{wider:.0f} mm more margin" if wider >= 1.0 else f"{wider:.1f} mm more margin")
    if (smaller := most.cut_area_mm2 - score.cut_area_mm2) >= CLEARLY.cut_area_mm2:
        found.append(f"{smaller / 100.0:.0f} cm² less cut surface")
    if (fewer := most.cut_calibre_mm - score.cut_calibre_mm) >= CLEARLY.cut_calibre_mm:
        found.append(f"{fewer:.0f} mm less calibre cut")
    if not found:
        return ["is another way of about the same worth"]
    return [f"has {_joined(found)} than the plan that keeps most"]


def _vessels(function: FunctionalRemnant | None) -> str:
    """The largest vessel that it cuts, where vessels are known."""
    if function is None:
        return ""
    if not function.cut_branches:
        return "; cuts no vessel that was seen"
    widest = max(function.cut_branches, key=lambda branch: branch.calibre_mm)
    name = vessel_name(widest.tree, widest.name)
    return f"; the largest vessel cut is {name} ({widest.calibre_mm:.0f} mm)"


def _margin(score: Score) -> str:
    return f"{score.margin_mm:.0f} mm margin"


def _area(score: Score) -> str:
    return f"{score.cut_area_mm2 / 100.0:.0f} cm²"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
