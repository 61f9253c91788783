"""Function of random livers against a plain search in the graph and a loop over voxels."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, TUMOUR_VALUES
from engine.resection.counting import signed_distances_mm
from engine.resection.function import FunctionalRemnant, FunctionEvaluator
from engine.resection.function.centre_lines import CentreLines, sampled_tree
from engine.resection.function.roots import find_roots, near_labels
from engine.resection.plan import PlaneResection, ResectionPlan
from engine.resection.sides import Sides

from .conftest import ToyLiver, _random_liver

REACH_MM = 10.0


def random_planes(liver: ToyLiver, seed: int, count: int) -> tuple[PlaneResection, ...]:
    rng = np.random.default_rng(seed)
    size = np.array(liver.labels.geometry.shape_kji[::-1], dtype=np.float64)
    return tuple(
        PlaneResection(
            point_lps_mm=tuple(liver.labels.geometry.lps_from_index(rng.uniform(0, 1, 3) * size).tolist()),
            normal_lps=tuple(rng.normal(size=3).tolist()),
        )
        for _ in range(count)
    )


def reached_by_search(lines: CentreLines, blocked: NDArray[np.bool_]) -> set[int]:
    """Samples joined to a source, by breadth-first search over undirected edges between samples that are there."""
    edges: dict[int, list[int]] = {}
    for n, parent in enumerate(lines.parent.tolist()):
        if parent >= 0:
            edges.setdefault(n, []).append(parent)
            edges.setdefault(parent, []).append(n)
    queue = deque(n for n, parent in enumerate(lines.parent.tolist()) if parent < 0 and not blocked[n])
    found = set(queue)
    while queue:
        for other in edges.get(queue.popleft(), []):
            if other not in found and not blocked[other]:
                found.add(other)
                queue.append(other)
    return found


def fate_by_search(liver: ToyLiver, plan: ResectionPlan, kind: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Two (k, j, i) masks: the voxel belongs to a branch of the tree; its place on the branch is reached."""
    assert kind in {"portal", "hepatic"}
    lines = sampled_tree(liver.trees, kind, find_roots(liver.trees, kind, liver.labels))
    signed = Sides(plan, liver.labels.geometry).signed(lines.points_lps_mm)
    in_reach = near_labels(lines.points_lps_mm, liver.labels, LIVER_VALUES, REACH_MM)
    reached = reached_by_search(lines, (signed > 0) & in_reach & ~lines.trunk)
    branches = liver.liver_map.portal_branch if kind == "portal" else liver.liver_map.hepatic_branch
    belongs, fed = np.zeros(branches.shape, dtype=bool), np.zeros(branches.shape, dtype=bool)
    for k, j, i in np.argwhere(branches):
        middles = lines.middle[lines.piece_branch == branches[k, j, i]]
        away = np.linalg.norm(lines.points_lps_mm[middles] - liver.labels.geometry.lps_from_index((i, j, k)), axis=1)
        belongs[k, j, i] = True
        fed[k, j, i] = int(middles[int(np.argmin(away))]) in reached
    return belongs, fed


def by_search(liver: ToyLiver, plan: ResectionPlan) -> dict[str, int]:
    kept = liver.labels.mask_of(LIVER_VALUES) & (signed_distances_mm(plan, liver.labels.geometry) <= 0.0)
    portal, fed = fate_by_search(liver, plan, "portal")
    hepatic, drained = fate_by_search(liver, plan, "hepatic")
    direct = liver.liver_map.segment == 1
    no_supply, no_drain = kept & portal & ~fed, kept & hepatic & ~drained & ~direct
    working = kept & portal & fed & (direct | (hepatic & drained))
    tumour = liver.labels.mask_of(TUMOUR_VALUES)
    return {
        "kept": int(kept.sum()),
        "devascularised": int(no_supply.sum()),
        "congested": int(no_drain.sum()),
        "both": int((no_supply & no_drain).sum()),
        "functional": int(working.sum()),
        "functional_minus_tumour": int((working & ~tumour).sum()),
        "direct": int((kept & direct).sum()),
    }


def in_voxels(liver: ToyLiver, answer: FunctionalRemnant) -> dict[str, int]:
    ml = liver.labels.geometry.voxel_volume_ml
    values = {
        "kept": answer.kept_ml,
        "devascularised": answer.devascularised_ml,
        "congested": answer.congested_ml,
        "both": answer.both_ml,
        "functional": answer.functional_ml,
        "functional_minus_tumour": None if answer.flr_tumour_free is None else answer.flr_tumour_free.numerator_ml,
        "direct": answer.direct_ml,
    }
    return {name: round(value / ml) for name, value in values.items() if value is not None}


seeds = st.integers(0, 10_000)


@settings(max_examples=30, deadline=None)
@given(seed=seeds, planes=st.integers(1, 3))
def test_function_equals_a_search_in_the_graph_and_a_loop_over_voxels(seed: int, planes: int) -> None:
    liver = _random_liver(seed)
    plan = ResectionPlan(resections=random_planes(liver, seed + 1, planes))
    answer = liver.evaluator().evaluate(Sides(plan, liver.labels.geometry))
    assert in_voxels(liver, answer) == by_search(liver, plan)


@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_more_cutting_never_raises_function_and_order_does_not_matter(seed: int) -> None:
    liver = _random_liver(seed)
    evaluator = liver.evaluator()
    first, second, third = random_planes(liver, seed + 1, 3)
    functional = []
    for planes in ((first,), (first, second), (first, second, third)):
        answer = evaluator.evaluate(Sides(ResectionPlan(resections=planes), liver.labels.geometry))
        backwards = evaluator.evaluate(Sides(ResectionPlan(resections=planes[::-1]), liver.labels.geometry))
        assert answer == backwards
        functional.append(answer.functional_ml or 0.0)
    assert functional[0] >= functional[1] >= functional[2]


@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_the_parts_add_up(seed: int) -> None:
    liver = _random_liver(seed)
    sides = Sides(ResectionPlan(resections=random_planes(liver, seed + 1, 1)), liver.labels.geometry)
    evaluator = liver.evaluator()
    answers = [evaluator.evaluate(sides), evaluator.evaluate(sides, kept="resected")]
    for answer in answers:
        lost = (answer.devascularised_ml or 0) + (answer.congested_ml or 0) - (answer.both_ml or 0)
        assert (answer.functional_ml or 0) + lost + answer.not_assigned_ml == pytest.approx(answer.kept_ml)
        assert sum(one.ml for one in answer.devascularised_by_branch or ()) == pytest.approx(
            answer.devascularised_ml or 0
        )
        assert sum(one.ml for one in answer.congested_by_branch or ()) == pytest.approx(answer.congested_ml or 0)
    whole = liver.labels.mask_of(LIVER_VALUES).sum() * liver.labels.geometry.voxel_volume_ml
    assert answers[0].kept_ml + answers[1].kept_ml == pytest.approx(whole)


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_all_that_belongs_to_branches_is_functional_while_nothing_is_cut(seed: int) -> None:
    liver = _random_liver(seed)
    far = PlaneResection(point_lps_mm=(0.0, 0.0, 900.0), normal_lps=(0.0, 0.0, 1.0))
    answer = liver.evaluator().evaluate(Sides(ResectionPlan(resections=(far,)), liver.labels.geometry))
    assert (answer.devascularised_ml, answer.congested_ml) == (0.0, 0.0)
    assert (answer.functional_ml or 0) + answer.not_assigned_ml == pytest.approx(answer.kept_ml)
    assert answer.cut_branches == ()


@settings(max_examples=20, deadline=None)
@given(seed=seeds, branches=st.sets(st.integers(1, 12)))
def test_joining_a_stump_again_never_lowers_function(seed: int, branches: set[int]) -> None:
    liver = _random_liver(seed)
    evaluator: FunctionEvaluator = liver.evaluator()
    sides = Sides(ResectionPlan(resections=random_planes(liver, seed + 1, 1)), liver.labels.geometry)
    for kept in ("remnant", "resected"):
        before = evaluator.evaluate(sides, kept=kept)
        after = evaluator.evaluate(sides, kept=kept, rejoined=frozenset(branches))
        assert (after.functional_ml or 0) >= (before.functional_ml or 0)


def test_what_a_severing_cut_costs_is_what_the_remnant_loses(random_liver: Callable[[int], ToyLiver]) -> None:
    checked = 0
    for seed in range(40):
        liver = random_liver(seed)
        plan = ResectionPlan(resections=random_planes(liver, seed + 7, 1))
        answer = liver.evaluator().evaluate(Sides(plan, liver.labels.geometry))
        assert answer.cut_branches is not None
        for tree, lost in (("portal", answer.devascularised_ml), ("hepatic", answer.congested_ml)):
            severing = [one for one in answer.cut_branches if one.tree == tree and one.severs]
            # Cuts that sever lie beyond no other such cut; a source that is itself resected has none.
            assert sum(one.remnant_lost_ml for one in severing) <= (lost or 0.0) + 1e-9
            checked += len(severing)
    assert checked > 20
