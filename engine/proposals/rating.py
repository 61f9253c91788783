"""Whether a plan keeps to the limits, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.liver_map import LiverMap
from engine.proposals.constraints import Constraints
from engine.proposals.front import Score
from engine.proposals.proposal import ProposalKind
from engine.proposals.scene import Scene
from engine.resection import PlanEvaluator
from engine.resection.answer import PlanAnswer
from engine.resection.plan import ResectionPlan
from engine.resection.sides import Sides
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume

ROUNDING_MM: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A case and what a person asks of a plan.

    Attributes:
        evaluator: of the case.
        labels: its labels.
        trees: its vessels, or None.
        liver_map: its segments and territories, or None.
        constraints: the limits.
    """

    evaluator: PlanEvaluator
    labels: LabelVolume
    trees: VesselTrees | None
    liver_map: LiverMap | None
    constraints: Constraints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rated:
    """A plan within the limits.

    Attributes:
        kind: how it was made.
        plan: the plan.
        answer: its numbers, in full once `score` is there.
        remnant_percent: functional remnant, geometric without vessel trees.
        margin_mm: smallest over the targets.
        resected: (n,) which of the scene's liver samples it takes.
        score: what it is weighed by.
    """

    kind: ProposalKind
    plan: ResectionPlan
    answer: PlanAnswer
    remnant_percent: float
    margin_mm: float
    resected: NDArray[np.bool_] | None = None
    score: Score | None = None


class Rater:
    """Rates plans of one problem and remembers why plans failed.

    Args:
        problem: the case and the limits.
        scene: its targets.
    """

    def __init__(self, problem: Problem, scene: Scene) -> None:
        self._problem = problem
        self._scene = scene
        self._targets = {target.name for target in scene.targets}
        self._spared = _with_ancestors(problem.constraints.spare_branches, problem.trees)
        self._rated = 0
        self._largest_remnant_percent: float | None = None
        self._spoilt_by_vessels = 0

    @property
    def rated(self) -> int:
        """How many plans were looked at."""
        return self._rated

    def preview(self, kind: ProposalKind, plan: ResectionPlan) -> Rated | None:
        """Rates a plan by the numbers of a drag; None if it breaks a limit."""
        self._rated += 1
        answer = self._problem.evaluator.evaluate(plan, details=False)
        margin_mm = self._margin_mm(answer)
        percent = remnant_percent(answer)
        if margin_mm is None or percent is None:
            return None
        if answer.function is not None and self._spared.intersection(answer.function.severed_branches):
            self._spoilt_by_vessels += 1
            return None
        self._largest_remnant_percent = max(percent, self._largest_remnant_percent or 0.0)
        if percent < self._problem.constraints.minimum_flr_percent:
            return None
        return Rated(kind=kind, plan=plan, answer=answer, remnant_percent=percent, margin_mm=margin_mm)

    def in_full(self, one: Rated) -> Rated:
        """The same plan with all its numbers, its score and its samples."""
        answer = self._problem.evaluator.evaluate(one.plan)
        sides = Sides(
            one.plan,
            self._problem.evaluator.geometry,
            liver_map=self._problem.liver_map,
            trees=self._problem.trees,
        )
        score = Score(
            margin_mm=one.margin_mm,
            remnant_percent=one.remnant_percent,
            cut_area_mm2=(getattr(answer, "cut_area_mm2", None) or 0.0),
            cut_calibre_mm=_cut_calibre_mm(answer),
        )
        return replace(one, answer=answer, score=score, resected=sides.signed(self._scene.liver_lps_mm) > 0.0)

    def why_none(self) -> str:
        """Why no plan was found, with how near the best one came."""
        asked = self._problem.constraints
        if self._largest_remnant_percent is not None:
            return (
                f"No plan found leaves {asked.minimum_flr_percent:.0f} % with {asked.margin_mm:g} mm of margin; "
                f"the most that one left is {self._largest_remnant_percent:.0f} %."
            )
        if self._spoilt_by_vessels:
            return f"Every plan found with {asked.margin_mm:g} mm of margin cuts a vessel that is to be spared."
        return f"No plan found takes the tumours with {asked.margin_mm:g} mm of margin."

    def _margin_mm(self, answer: PlanAnswer) -> float | None:
        """Smallest margin of the targets; None unless each is resected with the margin asked for."""
        margins = []
        for margin in answer.margins:
            if margin.tumour not in self._targets:
                continue
            if margin.status != "resected" or margin.minimum_mm is None:
                return None
            margins.append(margin.minimum_mm)
        if not margins or min(margins) < self._problem.constraints.margin_mm - ROUNDING_MM:
            return None
        return min(margins)


def remnant_percent(answer: PlanAnswer) -> float | None:
    """The functional remnant, %; the geometric one where the case has no vessel trees; None without a liver."""
    if answer.function is not None and answer.function.flr is not None:
        return answer.function.flr.percent
    return None if answer.flr is None else answer.flr.percent


def _cut_calibre_mm(answer: PlanAnswer) -> float:
    """Calibres of all vessels the cut goes through, added up, mm."""
    if answer.function is not None and answer.function.cut_branches is not None:
        return sum(branch.calibre_mm for branch in answer.function.cut_branches)
    return sum(crossing.diameter_mm for crossing in answer.vessels_crossed or ())


def _with_ancestors(numbers: tuple[int, ...], trees: VesselTrees | None) -> frozenset[int]:
    """The branches and all between them and their root: a cut there starves them as well."""
    found: set[int] = set()
    for number in numbers:
        here = number
        while trees is not None and 0 < here <= len(trees.branches) and here not in found:
            found.add(here)
            here = trees.branches[here - 1].parent
    return frozenset(found)
