"""Named plans of a case: where they come from, their versions, and how far they are signed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from streaming.protocol.base import Identifier, Revision, WireModel
from streaming.protocol.numbers import BodyState
from streaming.protocol.resections import ResectionState

# Short, so that ids of the plan's resections can be made from it.
NewPlanId = TypeAliasType("NewPlanId", Annotated[str, Field(min_length=1, max_length=48, pattern=r"^[A-Za-z0-9_.-]+$")])
PlanName = TypeAliasType(
    "PlanName",
    Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")],
)
PlanStage = TypeAliasType("PlanStage", Literal["draft", "proposed", "confirmed"])


class EmptyPlan(WireModel):
    """A plan without a resection."""

    kind: Literal["empty"] = "empty"


class CopyOfPlan(WireModel):
    """A branch: the resections of a plan as it is now."""

    kind: Literal["plan"] = "plan"
    plan_id: Identifier


class CopyOfVersion(WireModel):
    """A branch: the resections of a version."""

    kind: Literal["version"] = "version"
    plan_id: Identifier
    version_id: Identifier


PlanSource = TypeAliasType("PlanSource", Annotated[EmptyPlan | CopyOfPlan | CopyOfVersion, Field(discriminator="kind")])


class PlanOrigin(WireModel):
    """What a plan was made from: `name` is what that was called then, `revision` that of the plan it was."""

    kind: Literal["plan", "version", "proposal"]
    name: str
    plan_id: Identifier | None
    revision: Revision


class HeadlineNumbers(WireModel):
    """The numbers that are kept with a version, as they were then; null where there were none.

    `least_margin_mm` is that of the tumour nearest to the cut, `least_margin_of`.
    """

    resected_ml: float | None
    remnant_ml: float | None
    flr_percent: float | None
    functional_flr_percent: float | None
    devascularised_ml: float | None
    congested_ml: float | None
    cut_area_mm2: float | None
    least_margin_mm: float | None
    least_margin_of: str | None


class SignatureState(WireModel):
    """Who said that this is the plan, and when (ISO 8601 in UTC)."""

    stage: Literal["proposed", "confirmed"]
    by: Identifier
    by_name: str
    at: str


class PlanVersionState(WireModel):
    """A plan as it was at `revision`: never changed, but for signatures added.

    `segmentation` is the sha256 of the case's label map that its numbers were counted on: the version is out of date
    once the case has another one. `numbers` are null where the plan had none.
    """

    version_id: Identifier
    name: PlanName
    revision: Revision
    by: Identifier
    by_name: str
    at: str
    segmentation: str
    resections: tuple[ResectionState, ...]
    body: BodyState | None
    numbers: HeadlineNumbers | None
    signatures: tuple[SignatureState, ...]


class PlanEntry(WireModel):
    """One of the plans; `plan` brings its resections.

    `signed` is the version that was signed and still is the plan; a change of the plan takes it away and keeps the
    version. `is_stale` says that the case's segmentation was corrected after signing.
    """

    plan_id: Identifier
    name: PlanName
    origin: PlanOrigin | None
    created_by: Identifier
    created_by_name: str
    created_at: str
    stage: PlanStage
    signed: Identifier | None
    is_stale: bool
    versions: tuple[PlanVersionState, ...]
