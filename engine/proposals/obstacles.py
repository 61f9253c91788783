"""Why no plan keeps to the limits: which tumour stands in the way, and which limit would have to give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.errors import PlanError
from engine.proposals.anatomical import territories_of
from engine.proposals.drafts import DraftBoard
from engine.proposals.planes import plane_drafts
from engine.proposals.rating import Problem, Rater
from engine.proposals.scene import Scene, Target
from engine.proposals.wedges import WedgeChoice, wedge_drafts
from engine.resection.plan import ResectionPlan
from engine.sentences import say

SMALLER_MARGINS: Final = (0.75, 0.5, 0.25, 0.0)
"""Of the margin asked for: what is tried for a tumour that the margin stands in the way of."""
LOOKED_AT: Final = 3
"""Plans of each kind whose remnant is counted exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Most:
    """What the best plan found for some tumours leaves.

    Attributes:
        percent: remnant; None where none clears them by the margin.
        spared: whether one spares what is to be spared.
    """

    percent: float | None
    spared: bool


def why_none(problem: Problem, scene: Scene, board: DraftBoard, rater: Rater) -> PlanError:
    """The refusal that names a tumour, if it is one that no plan takes within the limits, and what would help.

    Every tumour is searched for alone; what holds for one of them holds for all together.
    """
    asked = problem.constraints
    search = _Alone(problem, scene, board, rater)
    alone = {target.name: search.most((target,), asked.margin_mm) for target in scene.targets}
    hardest = min(scene.targets, key=lambda target: (alone[target.name].spared, alone[target.name].percent or 0.0))
    found, number = alone[hardest.name], _number(hardest)
    margin = f"{asked.margin_mm:g}"
    if found.percent is None:
        return PlanError(say("none_takes", number, margin))
    if not found.spared:
        return PlanError(say("none_spares", number, margin, number))
    if found.percent < asked.least_percent:
        return search.too_little(hardest, found.percent)
    return _together(problem, scene, search, rater)


def _together(problem: Problem, scene: Scene, search: _Alone, rater: Rater) -> PlanError:
    """Of tumours that each can be taken alone: without which of them most would be left."""
    asked = problem.constraints
    most = 0.0 if rater.largest_remnant_percent is None else rater.largest_remnant_percent
    limits = (f"{asked.least_percent:g}", f"{asked.margin_mm:g}", f"{most:.1f}")
    if len(scene.targets) == 1:
        return PlanError(say("none_leaves", *limits))
    left = {
        target.name: search.most(tuple(one for one in scene.targets if one is not target), asked.margin_mm)
        for target in scene.targets
    }
    dearest = max(scene.targets, key=lambda target: left[target.name].percent or 0.0)
    percent = left[dearest.name].percent
    if percent is None or percent <= most:
        return PlanError(say("none_leaves", *limits))
    return PlanError(say("none_leaves_without", *limits, _number(dearest), f"{percent:.0f}"))


class _Alone:
    """Searches plans for some of the tumours."""

    def __init__(self, problem: Problem, scene: Scene, board: DraftBoard, rater: Rater) -> None:
        self._problem = problem
        self._scene = scene
        self._board = board
        self._rater = rater

    def most(self, targets: Sequence[Target], margin_mm: float) -> _Most:
        """The most that a plan for these tumours leaves, as counted."""
        percent: float | None = None
        spared = False
        for plan in self._plans(replace(self._scene, targets=tuple(targets)), margin_mm):
            left, spoilt = self._rater.remnant_of(plan)
            if spared and spoilt:
                continue
            if not spoilt and not spared:
                percent, spared = left, True
            else:
                percent = max(left, percent or 0.0)
        return _Most(percent=percent, spared=spared)

    def too_little(self, target: Target, percent: float) -> PlanError:
        """The refusal for a tumour that leaves too little even if it alone is taken, with the margin that would do."""
        asked, number = self._problem.constraints, _number(target)
        limit = (f"{percent:.1f}", f"{asked.least_percent:g}")
        for part in SMALLER_MARGINS:
            margin_mm = part * asked.margin_mm
            found = self.most((target,), margin_mm)
            if found.spared and found.percent is not None and found.percent >= asked.least_percent:
                instead = (number, f"{margin_mm:.1f}", f"{found.percent:.0f}")
                return PlanError(say("one_needs_margin", number, f"{asked.margin_mm:g}", *limit, *instead))
        return PlanError(say("one_leaves_too_little", number, *limit, number))

    def _plans(self, scene: Scene, margin_mm: float) -> Iterator[ResectionPlan]:
        """The best wedges and planes by the samples, and the territories that may clear the tumours by them."""
        choice = WedgeChoice(self._board, scene, margin_mm)
        for drafts in (wedge_drafts(self._board, scene, [choice]), plane_drafts(self._board, scene, (margin_mm,))):
            yield from (one.shape.plan() for one in self._board.best(drafts, LOOKED_AT))
        problem = self._problem
        if problem.liver_map is None or problem.trees is None:
            return
        samples = self._board.samples
        for territory in territories_of(problem.labels, scene, problem.liver_map, problem.trees):
            plan = ResectionPlan(resections=(territory,))
            taken = samples.taken_by_territory(problem.evaluator.sides(plan).signed(samples.points_lps_mm))[None]
            if float(samples.rate(taken).margin_mm[0]) >= margin_mm:
                yield plan


def _number(target: Target) -> str:
    """As people call it: "2" of "tumour_02"."""
    return target.name.removeprefix("tumour_").lstrip("0")
