"""Plans as people are told of them, live and when they look at what was before."""

from __future__ import annotations

from streaming.protocol import PlanEntry, Plans, PlanState
from streaming.session.operations import Plan
from streaming.session.plan_changes import NamedPlan


def plan_state(plan: Plan, plan_id: str) -> PlanState:
    """What one plan says."""
    return PlanState(
        revision=plan.revision_of(plan_id),
        plan_id=plan_id,
        resections=plan.resections_of(plan_id),
        body=plan.body,
        measurements=plan.measurements_of(plan_id),
        pins=plan.pins_of(plan_id),
    )


def plans_message(plan: Plan, segmentation: str) -> Plans:
    """Which plans there are.

    Args:
        plan: all of them.
        segmentation: sha256 of the case's label map now: what was signed on another one is out of date.
    """
    return Plans(
        revision=plan.revision,
        segmentation=segmentation,
        plans=tuple(_entry(one, segmentation) for one in plan.shown_plans),
    )


def _entry(plan: NamedPlan, segmentation: str) -> PlanEntry:
    return PlanEntry(
        plan_id=plan.plan_id,
        name=plan.name,
        origin=plan.origin,
        created_by=plan.created_by,
        created_by_name=plan.created_by_name,
        created_at=plan.created_at,
        stage=plan.stage,
        signed=plan.signed,
        is_stale=plan.is_stale(segmentation),
        versions=plan.versions,
    )
