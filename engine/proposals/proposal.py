"""A proposed plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.proposals.front import Score
from engine.proposals.reasons import Reason
from engine.resection.answer import NOTICE, PlanAnswer
from engine.resection.plan import ResectionPlan

ProposalKind = Literal["wedge", "anatomical", "plane", "curved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One of a few plans from the Pareto front. A place to start planning from, never advice.

    Attributes:
        kind: how it was made.
        title: what a person reads, e.g. "Right posterior sectionectomy".
        plan: the plan.
        answer: its numbers, in full.
        score: what it was weighed by.
        reason: why it is among those shown, in one sentence.
    """

    kind: ProposalKind
    title: str
    plan: ResectionPlan
    answer: PlanAnswer
    score: Score
    reason: Reason

    def as_json(self) -> dict[str, object]:
        """What `cantlie propose --json` prints."""
        return {
            "kind": self.kind,
            "title": self.title,
            "reason": self.reason.sentence,
            "score": {
                "margin_mm": self.score.margin_mm,
                "remnant_percent": self.score.remnant_percent,
                "cut_area_mm2": self.score.cut_area_mm2,
                "cut_calibre_mm": self.score.cut_calibre_mm,
            },
            "answer": self.answer.as_json(),
            "notice": NOTICE,
        }
