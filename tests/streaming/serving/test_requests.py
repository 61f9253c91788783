"""The real server, real sockets: every kind of resection, and plans side by side."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from engine.case import Case
from engine.resection import PlanEvaluator
from streaming.assets.store import AssetStore
from streaming.planning.numbers import evaluate_numbers
from streaming.protocol import (
    CancelPreview,
    Committed,
    ComparePlans,
    ConeShape,
    Numbers,
    PlaneResectionState,
    PlansCompared,
    PlanState,
    PlanToCompare,
    ReplacePlan,
    ResectionPreviewed,
    SpheroidShape,
    SurfaceResectionState,
    TerritoryResectionState,
    WedgeResectionState,
)

CENTRE = (-15.0, 8.0, -115.0)
"""About the middle of the small liver, LPS mm."""


def _surface(lift_mm: float = 0.0) -> SurfaceResectionState:
    """Sagittal, through the liver, bulging to the patient's right in the middle."""
    points = []
    for row in range(4):
        for column in range(4):
            bulge = lift_mm if row in {1, 2} and column in {1, 2} else 0.0
            points.append((CENTRE[0] - bulge, CENTRE[1] - 60.0 + 40.0 * column, CENTRE[2] + 60.0 - 40.0 * row))
    return SurfaceResectionState(resection_id="curved", control_points_lps_mm=tuple(points))


def _kinds() -> dict[str, object]:
    ball = SpheroidShape(centre_lps_mm=CENTRE, axis_lps=(0.0, 0.0, 1.0), radius_along_mm=14.0, radius_across_mm=11.0)
    cone = ConeShape(apex_lps_mm=CENTRE, axis_lps=(-1.0, 0.0, 0.0), half_angle_degrees=40.0, depth_mm=60.0)
    return {
        "plane": PlaneResectionState(resection_id="flat", point_lps_mm=CENTRE, normal_lps=(-1.0, 0.2, 0.0)),
        "surface": _surface(12.0),
        "spheroid": WedgeResectionState(resection_id="ball", geometry=ball, tumour=None, margin_mm=None),
        "cone": WedgeResectionState(resection_id="cone", geometry=cone, tumour="tumour_01", margin_mm=5.0),
        "territory": TerritoryResectionState(resection_id="part", segments=(2, 3), portal_branches=(2,)),
    }


KINDS = _kinds()


@pytest.fixture(scope="module")
def evaluator(shared) -> PlanEvaluator:
    case = Case.open(shared.cases / "small")
    return PlanEvaluator(
        case.labels(), trees=case.vessel_trees(), liver_map=case.liver_map(), probability=case.probability()
    )


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_drag_of_any_kind_is_seen_by_others_with_its_numbers(shared, evaluator, kind: str) -> None:
    ann, welcome, _, plan = shared.join("Ann")
    bob, _, _, _ = shared.join("Bob")
    sequence = ann.preview(KINDS[kind])
    assert bob.hear_a(ResectionPreviewed).resection == KINDS[kind]
    seen = (*plan.resections, KINDS[kind])
    for person in (ann, bob):
        numbers = person.hear_a(Numbers, lambda one: one.preview_by == welcome.client_id)
        assert numbers.sequence == sequence
        assert numbers.numbers == evaluate_numbers(evaluator, seen, details=False)
        assert numbers.numbers.cut_branches is None
        assert numbers.numbers.function.functional_flr_percent is not None
        assert numbers.numbers.function.congested_by_branch is None
    rested = bob.hear_a(Numbers, lambda one: one.numbers.cut_branches is not None and one.preview_by is not None)
    assert rested.numbers == evaluate_numbers(evaluator, seen, details=True)
    ann.say(CancelPreview(resection_id=KINDS[kind].resection_id))
    ann.socket.close()


def test_a_plan_of_every_kind_is_kept_answered_and_there_after_a_restart(cases, start) -> None:
    first, stop = start(cases)
    ann, _, _, plan = first.join("Ann")
    resections = tuple(KINDS.values())
    ann.say(ReplacePlan(operation_id="all", base_revision=plan.revision, resections=resections))
    assert ann.hear_a(Committed).revision == 2
    numbers = ann.hear_a(Numbers, lambda one: one.revision == 2).numbers
    stop()
    second, stop = start(cases)
    try:
        bob, _, _, reopened = second.join("Bob")
        assert reopened == PlanState(revision=2, resections=resections)
        assert bob.hear_a(Numbers).numbers == numbers
    finally:
        stop()


def test_plans_side_by_side_have_the_numbers_that_each_would_have(shared, evaluator) -> None:
    ann, _, _, plan = shared.join("Ann")
    folded = SurfaceResectionState(resection_id="folded", control_points_lps_mm=(CENTRE,) * 16)
    ann.say(
        ComparePlans(
            request_id="q1",
            plans=(
                PlanToCompare(name="now", resections=plan.resections),
                PlanToCompare(name="curved", resections=(KINDS["surface"],)),
                PlanToCompare(name="folded", resections=(folded,)),
                PlanToCompare(name="uncut", resections=()),
            ),
        )
    )
    compared = ann.hear_a(PlansCompared)
    assert compared.request_id == "q1"
    now, curved, broken, uncut = compared.plans
    assert now.numbers == evaluate_numbers(evaluator, plan.resections, details=True)
    assert curved.numbers == evaluate_numbers(evaluator, (KINDS["surface"],), details=True)
    assert broken.numbers is None
    assert broken.cure
    assert uncut.numbers.flr_percent == 100.0


def test_the_branch_textures_name_the_branches_of_the_scene(shared) -> None:
    _, _, scene, _ = shared.join("Ann")
    session_assets = {one.name: one for one in scene.manifest.volumes if one.detail == "full"}
    store = AssetStore(shared.cases / "small" / "assets")
    for tree in ("portal", "hepatic"):
        volume = session_assets[f"{tree}_branches"]
        assert all(store.load(slab.asset) for slab in volume.slabs)
        inflated = b"".join(zlib.decompress(store.read(slab.asset)) for slab in volume.slabs)
        samples = np.frombuffer(inflated, "<u2")
        assert volume.bytes_per_sample == 2
        assert samples.size == np.prod(volume.shape_ijk)
        assert set(np.unique(samples)) - {0} <= {one.number for one in scene.manifest.branches if one.tree == tree}
        assert len(set(np.unique(samples))) > 2
