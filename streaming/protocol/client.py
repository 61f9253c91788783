"""What a client says on the control socket."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from streaming.protocol.base import (
    FIRST_PLAN_ID,
    BranchNumber,
    Device,
    Identifier,
    PointLps,
    Revision,
    SegmentValue,
    WireModel,
)
from streaming.protocol.cuts import AskParts, AskResectogram, CancelParts
from streaming.protocol.notes import MeasurementState, PinState
from streaming.protocol.numbers import BodyState
from streaming.protocol.plans import NewPlanId, PlanName, PlanSource
from streaming.protocol.presence import GatherPeople, MovePresence, PresentView, RaiseHand, RecordPresence
from streaming.protocol.resections import MarginMm, ResectionState
from streaming.protocol.voice import JoinVoice, LeaveVoice, MuteVoice, SignalVoice


class Hello(WireModel):
    """First message on the control socket. `client_id` with the `resume_token` of its `welcome` resumes it."""

    type: Literal["hello"] = "hello"
    protocol_version: int
    case_id: Identifier
    display_name: Annotated[str, Field(max_length=40)] = ""
    device: Device = "desktop"
    client_id: Identifier | None = None
    resume_token: Annotated[str, Field(max_length=128)] = ""


class PreviewResection(WireModel):
    """The hand moved: never logged. `sequence` grows per client; numbers come back with it."""

    type: Literal["resection.preview"] = "resection.preview"
    sequence: Annotated[int, Field(ge=0)]
    plan_id: Identifier = FIRST_PLAN_ID
    resection: ResectionState


class CancelPreview(WireModel):
    """The drag was cancelled: everybody goes back to the committed resection."""

    type: Literal["resection.cancel"] = "resection.cancel"
    resection_id: Identifier


class CommitResection(WireModel):
    """Creates or changes a resection. Rejected as stale if `base_revision` is older than its last change by another."""

    type: Literal["resection.commit"] = "resection.commit"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    resection: ResectionState


class RemoveResection(WireModel):
    """Deletes a resection."""

    type: Literal["resection.remove"] = "resection.remove"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    resection_id: Identifier


class ThroughLine(WireModel):
    """Makes a surface through a line drawn on the liver; answered like a commit of it (`committed`, `rejected`)."""

    type: Literal["resection.through_line"] = "resection.through_line"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    resection_id: Identifier
    points_lps_mm: Annotated[tuple[PointLps, ...], Field(min_length=2, max_length=512)]


class AroundTumour(WireModel):
    """Makes a wedge that keeps the margin from every voxel of the tumour; answered like a commit of it."""

    type: Literal["resection.around_tumour"] = "resection.around_tumour"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    resection_id: Identifier
    tumour: Identifier
    margin_mm: MarginMm
    shape: Literal["spheroid", "cone"]


class OfTerritory(WireModel):
    """Makes a territory from a `TerritoryChoice` by name, or from segments and branches; answered like a commit."""

    type: Literal["resection.territory"] = "resection.territory"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    resection_id: Identifier
    name: Identifier | None
    segments: Annotated[tuple[SegmentValue, ...], Field(max_length=32)]
    portal_branches: Annotated[tuple[BranchNumber, ...], Field(max_length=256)]


class ProposalConstraints(WireModel):
    """What every proposal has to keep.

    `minimum_flr_percent` is of the functional remnant where the case has vessel trees. Spared branches, and the way
    from them to their root, are not cut. `tumours` to take out by name; null for all.
    """

    margin_mm: Annotated[float, Field(ge=0.0, le=50.0)]
    minimum_flr_percent: Annotated[float, Field(ge=0.0, lt=100.0)]
    spare_branches: Annotated[tuple[BranchNumber, ...], Field(max_length=256)]
    tumours: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=64)] | None


class AskProposals(WireModel):
    """Asks for proposals; a search under way in this session ends (`proposals.ended`), the newest wins."""

    type: Literal["proposals.ask"] = "proposals.ask"
    request_id: Identifier
    constraints: ProposalConstraints


class CancelProposals(WireModel):
    """The proposals are not wanted any more."""

    type: Literal["proposals.cancel"] = "proposals.cancel"
    request_id: Identifier


class TakeProposal(WireModel):
    """Makes a new plan, `plan_id`, of the proposal, named by its title; no other plan changes."""

    type: Literal["proposals.take"] = "proposals.take"
    operation_id: Identifier
    base_revision: Revision
    plan_id: NewPlanId
    proposal_id: Identifier


class PlanToCompare(WireModel):
    """A set of resections with a name of the client's choice; none at all is the uncut liver."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    resections: Annotated[tuple[ResectionState, ...], Field(max_length=16)]


class ComparePlans(WireModel):
    """Asks for the numbers of several plans side by side; a newer question of the same person replaces it."""

    type: Literal["plans.compare"] = "plans.compare"
    request_id: Identifier
    plans: Annotated[tuple[PlanToCompare, ...], Field(min_length=1, max_length=8)]


class SetBody(WireModel):
    """Enters height and weight of the patient, or takes them out by null; answered like a commit."""

    type: Literal["body.set"] = "body.set"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    body: BodyState | None


class ReplacePlan(WireModel):
    """Puts these resections in place of all there are, in one operation."""

    type: Literal["plan.replace"] = "plan.replace"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    resections: Annotated[tuple[ResectionState, ...], Field(max_length=16)]


class SetMeasurement(WireModel):
    """Adds a measurement to the plan or changes it; answered like a commit. Its number comes as `measured`."""

    type: Literal["measurement.set"] = "measurement.set"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    measurement: MeasurementState


class RemoveMeasurement(WireModel):
    """Deletes a measurement, whoever made it."""

    type: Literal["measurement.remove"] = "measurement.remove"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    measurement_id: Identifier


class SetPin(WireModel):
    """Puts a pin with a text, or changes it; answered like a commit."""

    type: Literal["pin.set"] = "pin.set"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    pin: PinState


class RemovePin(WireModel):
    """Deletes a pin, whoever set it."""

    type: Literal["pin.remove"] = "pin.remove"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    pin_id: Identifier


class CreatePlan(WireModel):
    """Makes a new plan, `plan_id`; its resections are copies with ids of their own."""

    type: Literal["plan.create"] = "plan.create"
    operation_id: Identifier
    base_revision: Revision
    plan_id: NewPlanId
    name: PlanName
    source: PlanSource


class RenamePlan(WireModel):
    """Gives the plan another name."""

    type: Literal["plan.rename"] = "plan.rename"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier
    name: PlanName


class RemovePlan(WireModel):
    """Takes the plan away, never the last one; undo brings it back with its versions."""

    type: Literal["plan.remove"] = "plan.remove"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier


class KeepVersion(WireModel):
    """Keeps the plan as it is under a name, with its numbers."""

    type: Literal["plan.version"] = "plan.version"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier
    name: PlanName


class RestoreVersion(WireModel):
    """Puts the resections of a version in place of all that its plan has now."""

    type: Literal["plan.restore"] = "plan.restore"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier
    version_id: Identifier


class ProposePlan(WireModel):
    """Signs the plan as it is as proposed: a version of it is kept, with numbers and segmentation."""

    type: Literal["plan.propose"] = "plan.propose"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier


class ConfirmPlan(WireModel):
    """Signs the proposed plan as confirmed."""

    type: Literal["plan.confirm"] = "plan.confirm"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier


class WithdrawPlan(WireModel):
    """Makes a signed plan a draft again; the signed version stays."""

    type: Literal["plan.withdraw"] = "plan.withdraw"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier


class LookAtPlan(WireModel):
    """The sender looks at this plan now: told to all as `people`, never logged."""

    type: Literal["plan.look"] = "plan.look"
    plan_id: Identifier


class UndoEdit(WireModel):
    """Takes back the sender's own last change; answered like a commit. Refused where others changed the same since."""

    type: Literal["edit.undo"] = "edit.undo"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID


class RedoEdit(WireModel):
    """Makes the change again that the sender undid last; answered like a commit."""

    type: Literal["edit.redo"] = "edit.redo"
    operation_id: Identifier
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID


class Ping(WireModel):
    """Measures the round trip; echoed as `pong`."""

    type: Literal["ping"] = "ping"
    sent_ms: float


ClientMessage = Annotated[
    Hello
    | PreviewResection
    | CancelPreview
    | CommitResection
    | RemoveResection
    | ThroughLine
    | AroundTumour
    | OfTerritory
    | AskProposals
    | CancelProposals
    | TakeProposal
    | ReplacePlan
    | SetBody
    | ComparePlans
    | SetMeasurement
    | RemoveMeasurement
    | SetPin
    | RemovePin
    | AskResectogram
    | AskParts
    | CancelParts
    | CreatePlan
    | RenamePlan
    | RemovePlan
    | KeepVersion
    | RestoreVersion
    | ProposePlan
    | ConfirmPlan
    | WithdrawPlan
    | LookAtPlan
    | MovePresence
    | RaiseHand
    | PresentView
    | JoinVoice
    | LeaveVoice
    | SignalVoice
    | MuteVoice
    | GatherPeople
    | RecordPresence
    | UndoEdit
    | RedoEdit
    | Ping,
    Field(discriminator="type"),
]

CLIENT_MESSAGE: Final[TypeAdapter[ClientMessage]] = TypeAdapter(ClientMessage)
