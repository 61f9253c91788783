"""Operations about whole plans: which there are, what they are called, which versions are kept, who signed.

A plan is never lost: one that was removed keeps its resections and versions, and undo shows it again. A version is a
value: it holds all that it needs, so that folding the log needs nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from streaming.protocol import (
    FIRST_PLAN_ID,
    Identifier,
    PlanName,
    PlanOrigin,
    PlanStage,
    PlanVersionState,
    ResectionState,
    WireModel,
)

FIRST_PLAN_NAME: Final = "Plan 1"
MAX_PLANS: Final = 12
MAX_VERSIONS: Final = 24
"""Of one plan."""


class PlanAdded(WireModel):
    """There is a new plan, with these resections."""

    kind: Literal["plan_added"] = "plan_added"
    name: PlanName
    origin: PlanOrigin | None
    resections: tuple[ResectionState, ...]


class PlanNamed(WireModel):
    """The plan is called otherwise."""

    kind: Literal["plan_named"] = "plan_named"
    name: PlanName


class PlanRemoved(WireModel):
    """The plan is not shown any more."""

    kind: Literal["plan_removed"] = "plan_removed"


class VersionKept(WireModel):
    """The plan as it is has a name."""

    kind: Literal["version_kept"] = "version_kept"
    version: PlanVersionState


class PlanSigned(WireModel):
    """The plan as it is was proposed or confirmed: `version` with that signature, in place of itself without."""

    kind: Literal["plan_signed"] = "plan_signed"
    version: PlanVersionState


class SignatureWithdrawn(WireModel):
    """The plan is a draft again."""

    kind: Literal["signature_withdrawn"] = "signature_withdrawn"


class RestoredPlan(WireModel):
    """What undo or redo makes of the plan itself; null is as it was."""

    plan_id: Identifier
    name: PlanName | None
    is_removed: bool | None


PlanChange: TypeAlias = PlanAdded | PlanNamed | PlanRemoved | VersionKept | PlanSigned | SignatureWithdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlan:
    """What is known of a plan besides its resections.

    Attributes:
        plan_id: for ever.
        name: as it is called now.
        origin: what it was made from; None if from nothing.
        created_by: author of the operation; the program itself for the first plan.
        created_by_name: what they were called then.
        created_at: ISO 8601 in UTC; empty where an older log does not say.
        versions: in the order they were kept.
        signed: id of the version that was signed and still is the plan.
        is_removed: whether it is not shown.
    """

    plan_id: str
    name: str
    origin: PlanOrigin | None = None
    created_by: str = "cantlie"
    created_by_name: str = ""
    created_at: str = ""
    versions: tuple[PlanVersionState, ...] = ()
    signed: str | None = None
    is_removed: bool = False

    def version(self, version_id: str | None) -> PlanVersionState | None:
        """The version with this id."""
        return next((one for one in self.versions if one.version_id == version_id), None)

    @property
    def signed_version(self) -> PlanVersionState | None:
        """The version that was signed and still is the plan."""
        return self.version(self.signed)

    @property
    def stage(self) -> PlanStage:
        """How far it is signed."""
        signed = self.signed_version
        return signed.signatures[-1].stage if signed is not None and signed.signatures else "draft"

    def is_stale(self, segmentation: str) -> bool:
        """Whether it was signed on another segmentation than the case has now."""
        signed = self.signed_version
        return signed is not None and signed.segmentation != segmentation


FIRST_PLAN: Final = NamedPlan(plan_id=FIRST_PLAN_ID, name=FIRST_PLAN_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who changes which plan, and when.

    Attributes:
        plan_id: which.
        author: who.
        author_name: what they are called.
        at: ISO 8601 in UTC.
    """

    plan_id: str
    author: str
    author_name: str
    at: str


def with_change(named: tuple[NamedPlan, ...], change: PlanChange, act: Act) -> tuple[NamedPlan, ...]:
    """The plans after the change."""
    if isinstance(change, PlanAdded):
        added = NamedPlan(
            plan_id=act.plan_id,
            name=change.name,
            origin=change.origin,
            created_by=act.author,
            created_by_name=act.author_name,
            created_at=act.at,
        )
        return (*named, added)
    return tuple(_changed(one, change) if one.plan_id == act.plan_id else one for one in named)


def _changed(plan: NamedPlan, change: PlanChange) -> NamedPlan:
    match change:
        case PlanNamed(name=name):
            return replace(plan, name=name)
        case PlanRemoved():
            return replace(plan, is_removed=True)
        case VersionKept(version=version):
            return replace(plan, versions=_with_version(plan.versions, version))
        case PlanSigned(version=version):
            return replace(plan, versions=_with_version(plan.versions, version), signed=version.version_id)
        case _:
            return replace(plan, signed=None)


def _with_version(versions: tuple[PlanVersionState, ...], new: PlanVersionState) -> tuple[PlanVersionState, ...]:
    found = {one.version_id: one for one in versions}
    found[new.version_id] = new
    return tuple(found.values())


def with_restored(named: tuple[NamedPlan, ...], restored: tuple[RestoredPlan, ...]) -> tuple[NamedPlan, ...]:
    """The plans after an undo or redo."""
    by_id: Mapping[str, RestoredPlan] = {one.plan_id: one for one in restored}
    return tuple(
        replace(
            plan,
            name=plan.name if back.name is None else back.name,
            is_removed=plan.is_removed if back.is_removed is None else back.is_removed,
        )
        if (back := by_id.get(plan.plan_id)) is not None
        else plan
        for plan in named
    )


def without_signature(named: tuple[NamedPlan, ...], plan_id: str) -> tuple[NamedPlan, ...]:
    """The plans once the resections of one of them are not those any more that were signed."""
    return tuple(replace(one, signed=None) if one.plan_id == plan_id and one.signed else one for one in named)


def copies(resections: tuple[ResectionState, ...], plan_id: str) -> tuple[ResectionState, ...]:
    """The resections for another plan, with ids of their own: an id belongs to one plan for ever."""
    return tuple(
        one.model_copy(update={"resection_id": f"{plan_id}.{number}"}) for number, one in enumerate(resections, start=1)
    )
