"""What a simulated person does next to cuts, measurements, pins and plans."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from pydantic import Field, TypeAdapter

from streaming.protocol import (
    FIRST_PLAN_ID,
    BodyState,
    CopyOfPlan,
    CopyOfVersion,
    CutAreaState,
    DistanceState,
    EmptyPlan,
    MeasurementState,
    PinState,
    PlanEntry,
    PlaneResectionState,
    PlanSource,
    ResectionState,
    SurfaceResectionState,
    TerritoryResectionState,
)
from streaming.session.editing import Edit
from streaming.session.plan_desk import PlanWish

SimulatedEdit: TypeAlias = Edit | PlanWish

NOTES: Final = ("note-1", "note-2")
NAMES: Final = ("Right", "Left", "Small", "Wide", "First", "Second")
"""Few, so that people get in each other's way."""

_WEIGHTS: Final = {
    "resection.commit": 50,
    "edit.undo": 18,
    "edit.redo": 8,
    "resection.remove": 6,
    "plan.replace": 3,
    "body.set": 3,
    "measurement.set": 5,
    "measurement.remove": 2,
    "pin.set": 4,
    "pin.remove": 1,
    "plan.create": 0.5,
    "plan.rename": 2,
    "plan.remove": 2,
    "plan.version": 1,
    "plan.restore": 1,
    "plan.propose": 2,
    "plan.confirm": 1,
    "plan.withdraw": 1,
}
_EDIT: Final[TypeAdapter[SimulatedEdit]] = TypeAdapter(Annotated[SimulatedEdit, Field(discriminator="type")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the person knows of the plan that they change.

    Attributes:
        operation_id: of what they do.
        plan: the plan.
        base_revision: of what they see of it.
        listed: revision of the list of plans that they have.
    """

    operation_id: str
    plan: PlanEntry
    base_revision: int
    listed: int


def cuts_of(plan_id: str) -> tuple[str, ...]:
    """Ids of a plan's cuts, the same as those of copies in it; few, so that people get in each other's way."""
    return tuple(f"{plan_id}.{number}" for number in range(1, 5))


def any_cut(chance: random.Random, plan_id: str) -> str:
    """As a rule of the plan; now and then one of the first plan, which is refused in all others."""
    return chance.choice(cuts_of(FIRST_PLAN_ID if chance.random() < 0.02 else plan_id))


def any_resection(chance: random.Random, resection_id: str) -> ResectionState:
    """Somewhere; a plane as a rule."""
    x = float(chance.randint(-40, 40))
    match chance.randrange(6):
        case 0:
            points = tuple((x + 10.0 * column, 10.0 * row, 0.0) for row in range(4) for column in range(4))
            return SurfaceResectionState(resection_id=resection_id, control_points_lps_mm=points)
        case 1:
            return TerritoryResectionState(
                resection_id=resection_id, segments=(1 + chance.randrange(8),), portal_branches=()
            )
        case _:
            return PlaneResectionState(
                resection_id=resection_id, point_lps_mm=(x, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0)
            )


def any_edit(chance: random.Random, now: Situation) -> SimulatedEdit:
    """A change by somebody in a situation."""
    kind = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    head = {"operation_id": now.operation_id, "base_revision": now.base_revision, "plan_id": now.plan.plan_id}
    said = {**_content(chance, now.plan.plan_id, kind), **_of_plans(chance, now, kind)}
    return _EDIT.validate_python({"type": kind, **head, **said})


def _content(  # noqa: PLR0911 - one return a kind reads best
    chance: random.Random, plan_id: str, kind: str
) -> dict[str, object]:
    """What the message says besides who changes which plan."""
    cut, note, x = any_cut(chance, plan_id), f"{plan_id}.{chance.choice(NOTES)}", float(chance.randint(-40, 40))
    match kind:
        case "resection.commit":
            return {"resection": any_resection(chance, cut)}
        case "resection.remove":
            return {"resection_id": cut}
        case "plan.replace":
            cuts = chance.sample(cuts_of(plan_id), chance.randrange(4))
            return {"resections": tuple(any_resection(chance, one) for one in cuts)}
        case "body.set":
            is_known = chance.random() < 0.8
            return {"body": BodyState(height_cm=170.0, weight_kg=float(chance.randint(50, 90))) if is_known else None}
        case "pin.set":
            return {"pin": PinState(pin_id=f"{note}.pin", point_lps_mm=(x, 0.0, 0.0), text=f"at {x}")}
        case "pin.remove":
            return {"pin_id": f"{note}.pin"}
        case "measurement.set":
            return {"measurement": _any_measurement(chance, note, x)}
        case "measurement.remove":
            return {"measurement_id": note}
    return {}  # undo and redo say no more


def _any_measurement(chance: random.Random, measurement_id: str, x: float) -> MeasurementState:
    if chance.random() < 0.3:
        return CutAreaState(measurement_id=measurement_id, resection_id=None)
    return DistanceState(measurement_id=measurement_id, points_lps_mm=((0.0, 0.0, 0.0), (x, 5.0, 0.0)))


def _of_plans(chance: random.Random, now: Situation, kind: str) -> dict[str, object]:
    """What the message says besides who changes which plan; of names and lists, what they saw is the list."""
    versions = [one.version_id for one in now.plan.versions]
    match kind:
        case "plan.create":
            is_known = chance.random() < 0.1  # refused
            return {
                "plan_id": now.plan.plan_id if is_known else f"p-{now.operation_id}",
                "base_revision": now.listed,
                "name": _any_name(chance),
                "source": _any_source(chance, now.plan.plan_id, versions),
            }
        case "plan.rename":
            return {"base_revision": now.listed, "name": _any_name(chance)}
        case "plan.version":
            return {"name": _any_name(chance)}
        case "plan.restore":
            return {"version_id": chance.choice(versions or ["version-1"])}
    return {}


def _any_name(chance: random.Random) -> str:
    return f"{chance.choice(NAMES)} {chance.randrange(4)}"


def _any_source(chance: random.Random, plan_id: str, versions: list[str]) -> PlanSource:
    if versions and chance.random() < 0.5:
        return CopyOfVersion(plan_id=plan_id, version_id=chance.choice(versions))
    return chance.choice((EmptyPlan(), CopyOfPlan(plan_id=plan_id)))
