"""Whether a plan keeps to the limits, and what it is worth, by counting voxels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.liver_map import LiverMap
from engine.proposals.constraints import Constraints
from engine.proposals.drafts import Draft, Planned
from engine.proposals.front import Score
from engine.proposals.planes import SPARE_MM
from engine.proposals.proposal import ProposalKind
from engine.proposals.scene import Scene
from engine.proposals.wedges import grown
from engine.resection import PlanEvaluator
from engine.resection.answer import PlanAnswer
from engine.resection.function import FunctionalRemnant
from engine.resection.liver_remnant import LiverRemnant
from engine.resection.margin.cut_cells import EDGE_MM
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
class Contender:
    """A plan that leaves enough and spares what is to be spared.

    Attributes:
        kind: how it was made.
        plan: the plan.
        score: remnant as counted, the rest by the samples.
        taken: (n,) which of the liver's samples it takes.
    """

    kind: ProposalKind
    plan: ResectionPlan
    score: Score
    taken: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """A plan within all limits.

    Attributes:
        plan: the plan.
        answer: its numbers, in full.
        score: what it is weighed by.
    """

    plan: ResectionPlan
    answer: PlanAnswer
    score: Score


class Rater:
    """Rates plans of one problem and remembers why plans failed.

    Args:
        problem: the case and the limits.
        scene: its targets.
    """

    def __init__(self, problem: Problem, scene: Scene) -> None:
        self._problem = problem
        self._targets = {target.name for target in scene.targets}
        self.spared = with_ancestors(problem.constraints.spare_branches, problem.trees)
        self._largest_remnant_percent: float | None = None
        self._spoilt_by_vessels = 0

    def remnant_of(self, plan: ResectionPlan) -> tuple[float, bool]:
        """The remnant a plan leaves, %, and whether it cuts what is to be spared."""
        flr, function = self._problem.evaluator.remnants(plan)
        spoilt = function is not None and bool(self.spared.intersection(function.severed_branches))
        return remnant_percent(flr, function) or 0.0, spoilt

    def screen(self, draft: Draft[Planned]) -> Contender | None:
        """Counts what remains; None if that breaks a limit. Of anatomical plans the margin is measured as well."""
        try:
            plan = draft.shape.plan()
        except PlanError:
            return None  # a bowl that folds over itself
        score = draft.score
        if draft.kind == "anatomical":
            cleared = self._cleared(plan, details=False)
            if cleared is None:
                return None
            plan, score = cleared.plan, replace(score, margin_mm=cleared.score.margin_mm)
        percent, spoilt = self.remnant_of(plan)
        if spoilt:
            self._spoilt_by_vessels += 1
            return None
        self._largest_remnant_percent = max(percent, self._largest_remnant_percent or 0.0)
        if percent < self._problem.constraints.least_percent:
            return None
        return Contender(kind=draft.kind, plan=plan, score=replace(score, remnant_percent=percent), taken=draft.taken)

    def weigh(self, one: Contender) -> Weighed | None:
        """All numbers of a plan; None if it breaks a limit after all."""
        return self._cleared(one.plan, details=True)

    def _cleared(self, plan: ResectionPlan, *, details: bool) -> Weighed | None:
        """The plan where it clears the targets, else with its wedges a little larger; None if that breaks a limit.

        Margins are measured up to `EDGE_MM` too small where surfaces of a plan meet.
        """
        asked, wider_mm = self._problem.constraints, 0.0
        while True:
            tried = grown(plan, wider_mm) if wider_mm else plan
            answer = self._problem.evaluator.evaluate(tried, details=details)
            margin_mm = self._margin_mm(answer)
            percent = remnant_percent(answer.flr, answer.function) or 0.0
            cut = set() if answer.function is None else self.spared.intersection(answer.function.severed_branches)
            if margin_mm is None or percent < asked.least_percent or cut:
                return None
            if margin_mm >= asked.margin_mm - ROUNDING_MM:
                return Weighed(plan=tried, answer=answer, score=_score(answer, margin_mm, percent))
            missing_mm = asked.margin_mm - margin_mm
            if missing_mm > EDGE_MM or wider_mm >= EDGE_MM or grown(plan, EDGE_MM) == plan:
                return None
            wider_mm = EDGE_MM if wider_mm else missing_mm + SPARE_MM

    @property
    def largest_remnant_percent(self) -> float | None:
        """The most that a plan left which took the tumours and spared what it must; None if there was none."""
        return self._largest_remnant_percent

    @property
    def spoilt_by_vessels(self) -> int:
        """How many plans cut a vessel that is to be spared."""
        return self._spoilt_by_vessels

    def _margin_mm(self, answer: PlanAnswer) -> float | None:
        """Smallest margin of the targets; None unless each is resected."""
        margins = [one for one in answer.margins if one.tumour in self._targets]
        found = [one.minimum_mm for one in margins if one.status == "resected" and one.minimum_mm is not None]
        return min(found) if found and len(found) == len(margins) else None


def _score(answer: PlanAnswer, margin_mm: float, percent: float) -> Score:
    """What a plan is weighed by; without vessel trees no plan is said to cut a vessel."""
    cut = () if answer.function is None else answer.function.cut_branches or ()
    return Score(
        margin_mm=margin_mm,
        remnant_percent=percent,
        cut_area_mm2=answer.cut_area_mm2 or 0.0,
        cut_calibre_mm=sum(branch.calibre_mm for branch in cut),
    )


def remnant_percent(flr: LiverRemnant | None, function: FunctionalRemnant | None) -> float | None:
    """The functional remnant, %; the geometric one where the case has no vessel trees; None without a liver."""
    if function is not None and function.flr is not None:
        return function.flr.percent
    return None if flr is None else flr.percent


def with_ancestors(numbers: tuple[int, ...], trees: VesselTrees | None) -> frozenset[int]:
    """The branches and all between them and their root: a cut there starves them as well.

    Raises:
        PlanError: the case has no branch of such a number.
    """
    count = 0 if trees is None else len(trees.branches)
    if unknown := sorted(number for number in numbers if not 0 < number <= count):
        has = f"Its branches are 1 to {count}" if count else "It has no vessel trees"
        raise PlanError(
            f"The case has no vessel branch {', '.join(str(number) for number in unknown[:5])} to spare.",
            cure=f"{has}; `cantlie anatomy CASE` lists them.",
        )
    found: set[int] = set()
    for number in numbers:
        here = number
        while trees is not None and here and here not in found:
            found.add(here)
            here = trees.branches[here - 1].parent
    return frozenset(found)
