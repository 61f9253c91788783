"""Whether a plan keeps to the limits, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
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
from engine.resection.function import FunctionalRemnant
from engine.resection.liver_remnant import LiverRemnant
from engine.resection.plan import ResectionPlan
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
class Screened:
    """A plan that leaves enough and spares what is to be spared; whether it clears the tumours is not known yet.

    Attributes:
        kind: how it was made.
        plan: the plan.
        remnant_percent: functional remnant, geometric without vessel trees.
    """

    kind: ProposalKind
    plan: ResectionPlan
    remnant_percent: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """A plan within all limits.

    Attributes:
        kind: how it was made.
        plan: the plan.
        answer: its numbers, in full.
        score: what it is weighed by.
        resected: (n,) which of the scene's liver samples it takes.
    """

    kind: ProposalKind
    plan: ResectionPlan
    answer: PlanAnswer
    score: Score
    resected: NDArray[np.bool_]


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

    def remnant_of(self, plan: ResectionPlan) -> float:
        """The remnant a plan leaves, %, whatever the limits say."""
        self._rated += 1
        return remnant_percent(*self._problem.evaluator.remnants(plan)) or 0.0

    def screen(self, kind: ProposalKind, plan: ResectionPlan) -> Screened | None:
        """Looks at what remains alone; None if that breaks a limit."""
        self._rated += 1
        flr, function = self._problem.evaluator.remnants(plan)
        percent = remnant_percent(flr, function)
        if percent is None:
            return None
        if function is not None and self._spared.intersection(function.severed_branches):
            self._spoilt_by_vessels += 1
            return None
        self._largest_remnant_percent = max(percent, self._largest_remnant_percent or 0.0)
        if percent < self._problem.constraints.minimum_flr_percent:
            return None
        return Screened(kind=kind, plan=plan, remnant_percent=percent)

    def weigh(self, one: Screened) -> Weighed | None:
        """All numbers of a plan; None if it does not clear a tumour."""
        answer = self._problem.evaluator.evaluate(one.plan)
        margin_mm = self._margin_mm(answer)
        if margin_mm is None:
            return None
        score = Score(
            margin_mm=margin_mm,
            remnant_percent=one.remnant_percent,
            cut_area_mm2=answer.cut_area_mm2 or 0.0,
            cut_calibre_mm=_cut_calibre_mm(answer),
        )
        signed = self._problem.evaluator.sides(one.plan).signed(self._scene.liver_lps_mm)
        return Weighed(kind=one.kind, plan=one.plan, answer=answer, score=score, resected=signed > 0.0)

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


def remnant_percent(flr: LiverRemnant | None, function: FunctionalRemnant | None) -> float | None:
    """The functional remnant, %; the geometric one where the case has no vessel trees; None without a liver."""
    if function is not None and function.flr is not None:
        return function.flr.percent
    return None if flr is None else flr.percent


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
