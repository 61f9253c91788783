"""Searches plans of every kind and keeps a few distinct ones of their Pareto front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.progress import Progress, SilentProgress
from engine.proposals.anatomical import anatomical_plans
from engine.proposals.coarse import Samples
from engine.proposals.curved import bowl_drafts
from engine.proposals.drafts import Draft, DraftBoard, Planned
from engine.proposals.front import (
    SAME_PLAN_OVERLAP,
    Score,
    alike,
    clearly_beats,
    distinct,
    nearness_to_best,
    overlap,
    pareto_front,
)
from engine.proposals.obstacles import why_none
from engine.proposals.planes import plane_drafts
from engine.proposals.proposal import Proposal, ProposalKind
from engine.proposals.rating import Contender, Problem, Rater, Weighed
from engine.proposals.reasons import reasons
from engine.proposals.scene import Scene, scene_of
from engine.proposals.titles import title_of
from engine.proposals.wedges import WedgeChoice, wedge_drafts
from engine.resection.plan import ResectionPlan

FEWEST_PROPOSALS: Final = 3
MOST_PROPOSALS: Final = 5
MOST_PER_KIND: Final = 2
"""Unless that leaves fewer than `FEWEST_PROPOSALS`."""
SCREENED_PER_KIND: Final = 4
"""Plans of each kind whose remnant is counted exactly."""
ABOUT_AS_MUCH_PERCENT: Final = 2.0
"""Of the plans that leave within this of the most, the first one shown is the best by cut and vessels as well."""
MUCH_LESS_PERCENT: Final = 15.0
"""What a plan may leave less than another of its kind; of another kind it may be what can be done."""
WIDER: Final = 1.5
LEAST_WIDER_MM: Final = 3.0
"""Planes, bowls and wedges are also made for a margin half as wide again, by 3 mm at least: margin has its price."""


def propose(problem: Problem, progress: Progress | None = None) -> tuple[Proposal, ...]:
    """Three to five distinct plans that take the tumours within the limits; fewer only where no others were found.

    Args:
        problem: the case and the limits; with trees and map the remnant weighed is the functional one, without them
            the geometric one, and there are no anatomical plans.
        progress: told how far the search is; may raise to stop it.

    Raises:
        PlanError: there is nothing to take out, or no plan keeps to the limits; it says how near the best one came.
    """
    pace = _Pace(progress or SilentProgress())
    scene = scene_of(problem.labels, problem.constraints)
    rater = Rater(problem, scene)
    samples = Samples(scene, problem.labels, problem.trees, problem.liver_map, rater.spared)
    board = DraftBoard(samples, problem.constraints, pace.still_wanted)
    kinds = _drafted(problem, scene, board, rater, pace)
    pace.reach(0.6, f"{board.rated} plans rated")
    contenders = [
        found for kind in _shortlisted(board, kinds) for one in kind if (found := rater.screen(one)) is not None
    ]
    chosen = _chosen(board, contenders, rater, pace)
    pace.reach(1.0, f"{board.rated} plans rated")
    if not chosen:
        raise why_none(problem, scene, board, rater)
    return _told(chosen, problem)


class _Pace:
    """How far the search is; asks on the way whether anybody still waits."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._fraction, self._note = 0.0, ""
        progress.stage("Searching plans")

    def reach(self, fraction: float, note: str) -> None:
        """The search is done to `fraction`."""
        self._fraction, self._note = fraction, note
        self.still_wanted()

    def still_wanted(self) -> None:
        """Raises what the progress raises where nobody waits any more."""
        self._progress.advance(self._fraction, self._note)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Anatomical:
    """An anatomical resection; its margin is what the samples allow at most."""

    resection: ResectionPlan
    margin_mm: float

    def plan(self) -> ResectionPlan:
        return self.resection


def _drafted(
    problem: Problem, scene: Scene, board: DraftBoard, rater: Rater, pace: _Pace
) -> list[Sequence[Draft[Planned]]]:
    """Candidates by kind."""
    margin_mm = problem.constraints.margin_mm
    margins_mm = (margin_mm, max(WIDER * margin_mm, margin_mm + LEAST_WIDER_MM))
    choices = [WedgeChoice(board, scene, one) for one in margins_mm]
    pace.reach(0.05, "wedges")
    wedges = wedge_drafts(board, scene, choices)
    pace.reach(0.2, "planes")
    planes = plane_drafts(board, scene, margins_mm)
    pace.reach(0.35, "curved cuts")
    kinds: list[Sequence[Draft[Planned]]] = [wedges, planes, bowl_drafts(board, scene, planes)]
    pace.reach(0.5, "anatomical resections")
    if problem.liver_map is not None and problem.trees is not None:
        plans = anatomical_plans(problem.labels, scene, problem.liver_map, problem.trees, choices[0])
        kinds.append(_anatomical_drafts(problem, board, rater, plans))
    return kinds


def _anatomical_drafts(
    problem: Problem, board: DraftBoard, rater: Rater, plans: Iterable[ResectionPlan]
) -> list[Draft[Planned]]:
    """Those of which the samples do not say that they come too near to a tumour, with their remnant counted.

    Few as they are, and as a vessel along a territory's border is kept, which the samples do not know.
    """
    samples = board.samples
    found: list[Draft[Planned]] = []
    for plan in plans:
        taken = samples.taken_by_territory(problem.evaluator.sides(plan).signed(samples.points_lps_mm))[None]
        estimates = samples.rate(taken)
        margin_mm, area_mm2 = float(estimates.margin_mm[0]), float(estimates.cut_area_mm2[0])
        if margin_mm < problem.constraints.margin_mm:
            continue
        (draft,) = board.of_samples("anatomical", [_Anatomical(resection=plan, margin_mm=margin_mm)], taken)
        percent, spoilt = rater.remnant_of(plan)
        score = replace(draft.score, remnant_percent=percent, cut_area_mm2=area_mm2)
        found.append(replace(draft, spoilt=spoilt, score=score))
    return found


def _shortlisted(board: DraftBoard, kinds: Sequence[Sequence[Draft[Planned]]]) -> list[list[Draft[Planned]]]:
    """Of each kind a few distinct ones of its own front: what leaves most, what is near to the best without and with
    regard to the margin, in turn.
    """
    fronts = [_front(board, kind) for kind in kinds]
    costs = board.costs([one.score for front in fronts for one in front])
    ranks = [costs[:, 1], nearness_to_best(costs[:, 1:]), nearness_to_best(costs)] if len(costs) else []
    found, first = [], 0
    for kind, front in zip(kinds, fronts, strict=True):
        orders = [np.argsort(rank[first : first + len(front)], kind="stable").tolist() for rank in ranks]
        order = list(dict.fromkeys(chain.from_iterable(zip(*orders, strict=True))))
        picked = distinct(order, [one.taken for one in front], SCREENED_PER_KIND)
        found.append([front[n] for n in picked] if picked else board.best(kind, 2))
        first += len(front)
    return found


def _front(board: DraftBoard, drafts: Sequence[Draft[Planned]]) -> list[Draft[Planned]]:
    allowed = [one for one in drafts if board.within_limits(one)]
    return [allowed[n] for n in pareto_front(board.costs([one.score for one in allowed])).tolist()]


def _chosen(
    board: DraftBoard, contenders: Sequence[Contender], rater: Rater, pace: _Pace
) -> list[tuple[Contender, Weighed]]:
    """Picks by what is known, weighs what was picked in full, and picks again until nothing picked is unknown."""
    weighed: dict[int, Weighed | None] = {}
    while True:
        alive = [n for n in range(len(contenders)) if weighed.get(n, True) is not None]
        scores = [one.score if (one := weighed.get(n)) is not None else contenders[n].score for n in alive]
        picked = [alive[n] for n in _picked(board.costs(scores), scores, [contenders[n] for n in alive])]
        unknown = [n for n in picked if n not in weighed]
        if not unknown:
            return [(contenders[n], one) for n in picked if (one := weighed[n]) is not None]
        for n in unknown:
            pace.reach(min(0.65 + 0.05 * len(weighed), 0.95), "weighing the best")
            weighed[n] = rater.weigh(contenders[n])


def _picked(costs: NDArray[np.float64], scores: Sequence[Score], contenders: Sequence[Contender]) -> list[int]:
    """Of the Pareto front what leaves most first, then the best of each kind in turn; all of them distinct.

    The best by remnant, area and vessels: the margin asked for is enough, more of it need not be paid for by everyone.
    """
    if not contenders:
        return []
    front, nearness = pareto_front(costs).tolist(), nearness_to_best(costs[:, 1:])
    enough = costs[front, 1].min() + ABOUT_AS_MUCH_PERCENT
    most = min((n for n in front if costs[n, 1] <= enough), key=lambda index: float(nearness[index]))
    ranked = sorted(front, key=lambda index: (index != most, float(nearness[index])))
    picked: list[int] = []
    for of_a_kind in (MOST_PER_KIND, MOST_PROPOSALS):
        order = _kinds_in_turn([contenders[index].kind for index in ranked], of_a_kind)
        picked = _worth_showing([ranked[n] for n in order], scores, contenders)
        if len(picked) >= FEWEST_PROPOSALS:
            break
    every = np.argsort(nearness_to_best(costs), kind="stable").tolist()
    return _filled_up(picked, [*ranked, *every], contenders)


def _filled_up(picked: Sequence[int], order: Sequence[int], contenders: Sequence[Contender]) -> list[int]:
    """With others that take other liver, up to the fewest that are shown: a choice of one is none."""
    found = list(picked)
    for index in order:
        if len(found) >= FEWEST_PROPOSALS:
            break
        if all(overlap(contenders[index].taken, contenders[one].taken) < SAME_PLAN_OVERLAP for one in found):
            found.append(index)
    return found


def _worth_showing(order: Sequence[int], scores: Sequence[Score], contenders: Sequence[Contender]) -> list[int]:
    """The first few that take other liver than those before, and that none of those clearly beats.

    Nor is a second plan of a kind shown that is worth about the same as the first, or leaves far less.
    """
    picked: list[int] = []
    for index in order:
        if not any(_spares_showing(index, shown, scores, contenders) for shown in picked):
            picked.append(index)
        if len(picked) == MOST_PROPOSALS:
            break
    return picked


def _spares_showing(index: int, shown: int, scores: Sequence[Score], contenders: Sequence[Contender]) -> bool:
    """Whether a plan that is shown makes another one pointless."""
    one, score, other, better = contenders[index], scores[index], contenders[shown], scores[shown]
    if clearly_beats(better, score) or overlap(one.taken, other.taken) >= SAME_PLAN_OVERLAP:
        return True
    much_less = better.remnant_percent - score.remnant_percent > MUCH_LESS_PERCENT
    return one.kind == other.kind and (much_less or alike(better, score))


def _told(chosen: Sequence[tuple[Contender, Weighed]], problem: Problem) -> tuple[Proposal, ...]:
    found = reasons([one.score for _, one in chosen], [one.answer.function for _, one in chosen])
    return tuple(
        Proposal(
            kind=contender.kind,
            title=title_of(one.plan, problem.trees),
            plan=one.plan,
            answer=one.answer,
            score=one.score,
            reason=told,
        )
        for (contender, one), told in zip(chosen, found, strict=True)
    )


def _kinds_in_turn(kinds: Sequence[ProposalKind], most: int) -> list[int]:
    """Positions in an order that gives the first of every kind before the second of any, `most` of each."""
    seen: dict[str, int] = {}
    turns = []
    for position, kind in enumerate(kinds):
        seen[kind] = seen.get(kind, 0) + 1
        turns.append((seen[kind], position))
    return [position for turn, position in sorted(turns) if turn <= most]
