"""What the server says on the control socket."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter
from typing_extensions import TypeAliasType

from engine.sentences import Said
from streaming.protocol.base import FIRST_PLAN_ID, NOTICE, Device, Identifier, Revision, Role, WireModel
from streaming.protocol.cuts import Parts, PartsEnded, PartsProgress, Resectogram, ResectogramFailed
from streaming.protocol.notes import KeptMeasurement, KeptPin, MeasuredValue
from streaming.protocol.numbers import BodyState, PlanNumbers
from streaming.protocol.plans import PlanEntry
from streaming.protocol.presence import Gathered, Presence, RecordingState
from streaming.protocol.resections import ResectionState
from streaming.protocol.scene import SceneManifest
from streaming.protocol.sentences import Sentence, Spoken, sentence
from streaming.protocol.voice import VoiceJoined, VoiceRoom, VoiceSignalled


class PersonState(WireModel):
    """Somebody in the session; `holding` is the resection they are dragging, `plan_id` the plan they look at."""

    client_id: Identifier
    display_name: Annotated[str, Field(max_length=40)]
    colour: str
    device: Device
    role: Role
    holding: Identifier | None
    plan_id: Identifier = FIRST_PLAN_ID
    has_raised_hand: bool = False
    is_presenting: bool = False


class Welcome(WireModel):
    """Answer to `hello`; `asset_token` opens the asset socket, `resume_token` proves the client id after a drop."""

    type: Literal["welcome"] = "welcome"
    protocol_version: int
    client_id: Identifier
    asset_token: str
    resume_token: str
    colour: str
    role: Role
    notice: Literal["Research use, not a medical device"] = NOTICE


class Scene(WireModel):
    """The scene to show."""

    type: Literal["scene"] = "scene"
    manifest: SceneManifest


class PlanState(WireModel):
    """A whole committed plan at the revision of its last change, and the body it is for; replaces what the client had.

    Everybody gets every plan; which of them they look at is their own affair.
    """

    type: Literal["plan"] = "plan"
    revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    resections: tuple[ResectionState, ...]
    body: BodyState | None = None
    measurements: tuple[KeptMeasurement, ...] = ()
    pins: tuple[KeptPin, ...] = ()


class Plans(WireModel):
    """All plans there are, in the order they were made; replaces what the client had.

    `revision` counts all operations, `segmentation` is the sha256 of the case's label map now.
    """

    type: Literal["plans"] = "plans"
    revision: Revision
    segmentation: str
    plans: Annotated[tuple[PlanEntry, ...], Field(min_length=1)]


class People(WireModel):
    """Everybody in the session; `recording` while it is recorded where they are."""

    type: Literal["people"] = "people"
    people: tuple[PersonState, ...]
    recording: RecordingState | None = None


class ResectionPreviewed(WireModel):
    """Another person's hand moved."""

    type: Literal["resection.previewed"] = "resection.previewed"
    client_id: Identifier
    sequence: int
    plan_id: Identifier = FIRST_PLAN_ID
    resection: ResectionState


class PreviewCancelled(WireModel):
    """A drag ended: show what is committed. After a commit it follows the new plan."""

    type: Literal["resection.cancelled"] = "resection.cancelled"
    client_id: Identifier
    resection_id: Identifier


class Numbers(WireModel):
    """The answer to a plan. For a preview, `preview_by` and `sequence` say which; for a commit both are null."""

    type: Literal["numbers"] = "numbers"
    revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    preview_by: Identifier | None
    sequence: int | None
    numbers: PlanNumbers


class NumbersFailed(Spoken):
    """The plan or preview has no numbers, and why; older ones are no longer true."""

    type: Literal["numbers.failed"] = "numbers.failed"
    revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    preview_by: Identifier | None
    sequence: int | None


class Measured(WireModel):
    """What the measurements of the plan at `revision` come to, in their order; replaces all that came before."""

    type: Literal["measured"] = "measured"
    revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    values: tuple[MeasuredValue, ...]


class Committed(WireModel):
    """The operation is durable; it produced `revision`."""

    type: Literal["committed"] = "committed"
    operation_id: Identifier
    revision: Revision


RejectionCode = TypeAliasType(
    "RejectionCode",
    Literal[
        "stale",
        "held",
        "invalid",
        "unknown_resection",
        "unknown_proposal",
        "unknown_note",
        "unknown_plan",
        "busy",
        "not_saved",
        "nothing_to_undo",
        "nothing_to_redo",
        "overtaken",
        "not_allowed",
    ],
)


class Rejected(Spoken):
    """An operation or preview was refused; the `plan` that holds is sent after it."""

    type: Literal["rejected"] = "rejected"
    operation_id: Identifier | None
    code: RejectionCode


class Undoable(WireModel):
    """What the receiver's next undo and redo would take back, in words ("move cut 1"); null where nothing can be."""

    type: Literal["edit.undoable"] = "edit.undoable"
    undo: str | None
    redo: str | None
    undo_said: Sentence | None = None
    redo_said: Sentence | None = None


class ProposalsProgress(WireModel):
    """A search for proposals is under way; everybody sees it."""

    type: Literal["proposals.progress"] = "proposals.progress"
    request_id: Identifier
    asked_by: Identifier
    fraction: Annotated[float, Field(ge=0.0, le=1.0)]
    note: str


class ProposalState(WireModel):
    """A plan that was found, with its numbers and, in one sentence, why it is there.

    `clauses` say the same by codes ("why.most" ...), for clients to word.
    """

    proposal_id: Identifier
    kind: str
    title: str
    reason: str
    clauses: tuple[Sentence, ...] = ()
    resections: tuple[ResectionState, ...]
    numbers: PlanNumbers


class Proposals(WireModel):
    """What the search found, best first; everybody gets them, also who joins later. Empty: `note` says why."""

    type: Literal["proposals"] = "proposals"
    request_id: Identifier
    asked_by: Identifier
    proposals: tuple[ProposalState, ...]
    note: str


class ProposalsEnded(Spoken):
    """A search ended without an answer."""

    type: Literal["proposals.ended"] = "proposals.ended"
    request_id: Identifier
    asked_by: Identifier
    code: Literal["cancelled", "replaced", "failed"]


class ComparedPlan(Spoken):
    """One plan of `plans.compare`: its numbers, or null and why."""

    name: str
    numbers: PlanNumbers | None


class PlansCompared(WireModel):
    """Answer to `plans.compare`, in the order asked for; numbers equal those of a commit of the same resections."""

    type: Literal["plans.compared"] = "plans.compared"
    request_id: Identifier
    plans: tuple[ComparedPlan, ...]


class Fault(Spoken):
    """The server refuses the connection or the message; the socket is closed if `fatal`."""

    type: Literal["fault"] = "fault"
    code: str
    fatal: bool


def fault_of(*, code: str, message: Said, fatal: bool) -> Fault:
    """A fault that is said by the code of its sentence."""
    return Fault(code=code, message=message, cure=message.cure, said=sentence(message), fatal=fatal)


class Pong(WireModel):
    """Echo of `ping`."""

    type: Literal["pong"] = "pong"
    sent_ms: float


ServerMessage = Annotated[
    Welcome
    | Scene
    | PlanState
    | Plans
    | People
    | ResectionPreviewed
    | PreviewCancelled
    | Numbers
    | NumbersFailed
    | Measured
    | Committed
    | Rejected
    | Undoable
    | ProposalsProgress
    | Proposals
    | ProposalsEnded
    | PlansCompared
    | Resectogram
    | ResectogramFailed
    | PartsProgress
    | Parts
    | PartsEnded
    | Presence
    | VoiceRoom
    | VoiceJoined
    | VoiceSignalled
    | Gathered
    | Fault
    | Pong,
    Field(discriminator="type"),
]

SERVER_MESSAGE: Final[TypeAdapter[ServerMessage]] = TypeAdapter(ServerMessage)
