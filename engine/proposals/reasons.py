"""Why a plan is among the proposals, in one sentence a surgeon can check against the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.proposals.front import CLEARLY, Score
from engine.proposals.titles import vessel_name
from engine.resection.function import FunctionalRemnant

_COMPARED: Final = ("more_margin", "less_cut", "less_calibre")
"""What a plan has over the one that keeps most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A part of a reason, for others to word in their language.

    Attributes:
        code: which; "vessel" has tree and name of a branch for values, and its calibre.
        values: what stands in it, in order; numbers as in English.
    """

    code: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a plan is among the proposals.

    Attributes:
        sentence: in English.
        clauses: what it says.
    """

    sentence: str
    clauses: tuple[Clause, ...]


_WORDS: Final = {
    "only": "The only plan found within the limits: {} % remnant, {} mm margin, {} cm² of cut",
    "only_functional": "The only plan found within the limits: {} % functional remnant, {} mm margin, {} cm² of cut",
    "most": "keeps the largest remnant ({} %)",
    "most_functional": "keeps the largest functional remnant ({} %)",
    "as_much": "keeps as much remnant as any ({} %)",
    "as_much_functional": "keeps as much functional remnant as any ({} %)",
    "less": "keeps {} % remnant, {} points less than the most",
    "less_functional": "keeps {} % functional remnant, {} points less than the most",
    "widest_margin": "has the widest margin ({} mm)",
    "smallest_cut": "has the smallest cut surface ({} cm²)",
    "least_vessel": "cuts the least vessel ({} mm of calibre in all)",
    "more_margin": "{} mm more margin",
    "less_cut": "{} cm² less cut surface",
    "less_calibre": "{} mm less calibre cut",
    "another": "is another way to take the tumours",
    "no_vessel": "cuts no vessel that was seen",
}


def reasons(scores: Sequence[Score], functions: Sequence[FunctionalRemnant | None]) -> tuple[Reason, ...]:
    """One sentence per plan: what it does better than the others shown, what that costs, the largest vessel it cuts.

    Args:
        scores: of the plans shown together.
        functions: what each does to function; None where the case has no vessel trees.
    """
    return tuple(_reason(index, scores, function) for index, function in enumerate(functions))


def _reason(index: int, scores: Sequence[Score], function: FunctionalRemnant | None) -> Reason:
    score = scores[index]
    others = [other for n, other in enumerate(scores) if n != index]
    of = "" if function is None else "_functional"
    percent = f"{score.remnant_percent:.0f}"
    vessel = _vessel(function)
    if not others:
        facts = (percent, f"{score.margin_mm:.0f}", _area(score.cut_area_mm2))
        return _told([[Clause(code=f"only{of}", values=facts)], vessel])
    most = max(others, key=lambda other: other.remnant_percent)
    leads = _leads(score, others, function)
    less = most.remnant_percent - score.remnant_percent
    if less <= -CLEARLY.remnant_percent:
        return _told([[Clause(code=f"most{of}", values=(percent,)), *leads], vessel])
    if less < CLEARLY.remnant_percent:
        return _told([[Clause(code=f"as_much{of}", values=(percent,)), *leads], vessel])
    left = Clause(code=f"less{of}", values=(percent, f"{less:.0f}" if less >= 1.5 else "1"))
    return _told([leads or _gains(score, most), [left], vessel])


def _told(groups: Sequence[Sequence[Clause]]) -> Reason:
    """Groups of clauses as one sentence."""
    told = "; ".join(_worded(group) for group in groups if group)
    return Reason(
        sentence=f"{told[0].upper()}{told[1:]}.", clauses=tuple(clause for group in groups for clause in group)
    )


def _worded(group: Sequence[Clause]) -> str:
    parts = [_clause(one) for one in group]
    joined = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"has {joined} than the plan that keeps most" if group[0].code in _COMPARED else joined


def _clause(clause: Clause) -> str:
    if clause.code == "vessel":
        tree, name, calibre = clause.values
        title = vessel_name("portal" if tree == "portal" else "hepatic", name)
        return f"the largest vessel cut is {title} ({calibre} mm)"
    return _WORDS[clause.code].format(*clause.values).replace(", 1 points", ", 1 point")


def _leads(score: Score, others: Sequence[Score], function: FunctionalRemnant | None) -> list[Clause]:
    """What it clearly does better than all others, the remnant aside."""
    found = []
    if score.margin_mm >= max(other.margin_mm for other in others) + CLEARLY.margin_mm:
        found.append(Clause(code="widest_margin", values=(f"{score.margin_mm:.0f}",)))
    if score.cut_area_mm2 <= min(other.cut_area_mm2 for other in others) - CLEARLY.cut_area_mm2:
        found.append(Clause(code="smallest_cut", values=(_area(score.cut_area_mm2),)))
    least_mm = min(other.cut_calibre_mm for other in others)
    cuts_any = function is not None and score.cut_calibre_mm > 0.0  # that it cuts none is said at the end
    if cuts_any and score.cut_calibre_mm <= least_mm - CLEARLY.cut_calibre_mm:
        found.append(Clause(code="least_vessel", values=(f"{score.cut_calibre_mm:.0f}",)))
    return found


def _gains(score: Score, most: Score) -> list[Clause]:
    """What it has over the plan that keeps most, as much of it as there is."""
    found = []
    if (wider := score.margin_mm - most.margin_mm) >= CLEARLY.margin_mm:
        found.append(Clause(code="more_margin", values=(f"{wider:.0f}" if wider >= 1.0 else f"{wider:.1f}",)))
    if (smaller := most.cut_area_mm2 - score.cut_area_mm2) >= CLEARLY.cut_area_mm2:
        found.append(Clause(code="less_cut", values=(_area(smaller),)))
    if (fewer := most.cut_calibre_mm - score.cut_calibre_mm) >= CLEARLY.cut_calibre_mm:
        found.append(Clause(code="less_calibre", values=(f"{fewer:.0f}",)))
    return found or [Clause(code="another")]


def _vessel(function: FunctionalRemnant | None) -> list[Clause]:
    """The largest vessel that it cuts, where vessels are known."""
    if function is None:
        return []
    if not function.cut_branches:
        return [Clause(code="no_vessel")]
    widest = max(function.cut_branches, key=lambda branch: branch.calibre_mm)
    return [Clause(code="vessel", values=(widest.tree, widest.name, f"{widest.calibre_mm:.0f}"))]


def _area(area_mm2: float) -> str:
    return f"{area_mm2 / 100.0:.0f}"
