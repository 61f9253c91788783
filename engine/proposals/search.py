"""Searches plans of every kind and keeps a few distinct ones of their Pareto front."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.progress import Progress, SilentProgress
from engine.proposals.anatomical import territories
from engine.proposals.combined import combined_plans
from engine.proposals.curved import bowls
from engine.proposals.front import distinct, nearness_to_best, pareto_front
from engine.proposals.planes import around, clearing_planes, directions, resected_share
from engine.proposals.proposal import Proposal, ProposalKind
from engine.proposals.rating import Problem, Rater, Screened, Weighed
from engine.proposals.reasons import reasons
from engine.proposals.scene import Scene, scene_of
from engine.proposals.titles import title_of
from engine.proposals.wedges import BestWedges, wedge_plans
from engine.resection.plan import PlaneResection, Resection, ResectionPlan

MOST_PROPOSALS: Final = 5
MOST_PER_KIND: Final = 2
SCREENED_PLANES: Final = 120
"""Of all directions those that take least liver by the samples, evaluated exactly."""
REFINED_PLANES: Final = 6
CURVED_FROM: Final = 3
"""Planes that bowls are bent from."""
WEIGHED_PER_KIND: Final = 4
"""Plans of each kind whose numbers are computed in full."""
MOST_OF_A_KIND: Final = 200
"""Plans of a kind looked at; what comes later in a kind's order is less likely to be good."""


def propose(problem: Problem, progress: Progress | None = None) -> tuple[Proposal, ...]:
    """Three to five distinct plans that take the tumours within the limits; fewer where the limits leave fewer.

    Args:
        problem: the case and the limits; with trees and map the remnant weighed is the functional one, without them
            the geometric one, and there are no anatomical plans.
        progress: told how far the search is; may raise to stop it.

    Raises:
        PlanError: there is nothing to take out, or no plan keeps to the limits; it says how near the best one came.
    """
    progress = progress or SilentProgress()
    progress.stage("Searching plans")
    scene = scene_of(problem.labels, problem.constraints)
    rater = Rater(problem, scene)
    promising = [
        one for kind in _screened(problem, scene, rater, progress) for one in _most_remnant(kind, WEIGHED_PER_KIND)
    ]
    weighed = []
    for number, one in enumerate(promising):
        progress.advance(0.7 + 0.3 * number / len(promising), "weighing the best")
        if (full := rater.weigh(one)) is not None:
            weighed.append(full)
    progress.advance(1.0, f"{rater.rated} plans looked at")
    if not weighed:
        raise PlanError(
            rater.why_none(), cure="Ask for a smaller margin or remnant, spare fewer vessels, or plan by hand."
        )
    return _chosen(weighed, problem)


def _screened(problem: Problem, scene: Scene, rater: Rater, progress: Progress) -> list[list[Screened]]:
    """Every plan within the limits, kind by kind."""

    def rated(kind: ProposalKind, plans: Iterable[ResectionPlan], span: tuple[float, float]) -> list[Screened]:
        found = []
        for number, plan in enumerate(islice(plans, MOST_OF_A_KIND)):
            if number % 10 == 0:
                progress.advance(span[0] + (span[1] - span[0]) * number / MOST_OF_A_KIND, f"{kind} cuts")
            if (one := rater.screen(kind, plan)) is not None:
                found.append(one)
        return found

    margin_mm = problem.constraints.margin_mm
    planes = rated("plane", _planes(scene, margin_mm), (0.0, 0.2))
    planes += rated("plane", _turned(scene, _most_remnant(planes, REFINED_PLANES), margin_mm), (0.2, 0.3))
    # Where no plane keeps to the limits a curved cut still may: start from those that take least.
    starts = _most_remnant(planes, CURVED_FROM) or _least_taking(scene, margin_mm, CURVED_FROM)
    curved = rated("curved", _bent(scene, starts, margin_mm), (0.3, 0.5))
    best_wedges = BestWedges(scene, margin_mm, rater.remnant_of)
    wedges = rated("wedge", wedge_plans(scene, best_wedges), (0.5, 0.6))
    kinds = [wedges, planes, curved]
    if problem.liver_map is not None and problem.trees is not None:
        sets = territories(problem.labels, scene, problem.liver_map, problem.trees)
        beside = combined_plans(problem.labels, scene, problem.liver_map, best_wedges)
        kinds.append(rated("anatomical", chain(_single(sets), beside), (0.6, 0.7)))
    return kinds


def _planes(scene: Scene, margin_mm: float) -> Iterator[ResectionPlan]:
    return _single(_least_taking(scene, margin_mm, SCREENED_PLANES))


def _least_taking(scene: Scene, margin_mm: float, most: int) -> tuple[PlaneResection, ...]:
    """Of all directions the clearing planes that take least liver by the samples, the least first."""
    normals = directions()
    order = np.argsort(resected_share(scene, normals, margin_mm), kind="stable")[:most]
    return clearing_planes(scene, normals[order], margin_mm)


def _turned(scene: Scene, best: Sequence[Screened], margin_mm: float) -> Iterator[ResectionPlan]:
    """The best planes turned a little, between the directions already tried."""
    for one in best:
        for angle_degrees in (1.5, 3.0):
            yield from _single(clearing_planes(scene, around(_normal(one), angle_degrees), margin_mm))


def _bent(scene: Scene, starts: Sequence[Screened | PlaneResection], margin_mm: float) -> Iterator[ResectionPlan]:
    for start in starts:
        yield from _single(bowls(scene, _normal(start), margin_mm))


def _single(resections: Iterable[Resection]) -> Iterator[ResectionPlan]:
    return (ResectionPlan(resections=(one,)) for one in resections)


def _normal(start: Screened | PlaneResection) -> NDArray[np.float64]:
    plane = start if isinstance(start, PlaneResection) else start.plan.resections[0]
    assert isinstance(plane, PlaneResection)
    return plane.unit_normal_lps


def _most_remnant(plans: Sequence[Screened], most: int) -> list[Screened]:
    return sorted(plans, key=lambda one: -one.remnant_percent)[:most]


def _chosen(weighed: Sequence[Weighed], problem: Problem) -> tuple[Proposal, ...]:
    """Of the Pareto front the best of each kind first, then what else is distinct and near to the best."""
    costs = np.array([one.score.as_costs(problem.constraints.margin_mm) for one in weighed])
    front = pareto_front(costs)
    nearness = nearness_to_best(costs)
    ranked = sorted(front.tolist(), key=lambda index: float(nearness[index]))
    order = _kinds_in_turn([weighed[index].kind for index in ranked])
    resected = [one.resected for one in weighed]
    picked = distinct([ranked[n] for n in order], resected, MOST_PROPOSALS)
    shown = [weighed[index] for index in picked]
    sentences = reasons([one.score for one in shown], functional=shown[0].answer.function is not None)
    return tuple(
        Proposal(
            kind=one.kind,
            title=title_of(one.plan, problem.trees),
            plan=one.plan,
            answer=one.answer,
            score=one.score,
            reason=sentence,
        )
        for one, sentence in zip(shown, sentences, strict=True)
    )


def _kinds_in_turn(kinds: Sequence[ProposalKind]) -> list[int]:
    """Positions in an order that gives the first of every kind before the second of any, `MOST_PER_KIND` of each."""
    seen: dict[str, int] = {}
    turns = []
    for position, kind in enumerate(kinds):
        seen[kind] = seen.get(kind, 0) + 1
        turns.append((seen[kind], position))
    return [position for turn, position in sorted(turns) if turn <= MOST_PER_KIND]
