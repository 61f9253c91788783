"""What a session wants done: values that the shell around it carries out, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from streaming.protocol import (
    FIRST_PLAN_ID,
    AroundTumour,
    BodyState,
    ComparePlans,
    MeasurementState,
    OfTerritory,
    PersonPose,
    ProposalConstraints,
    ResectionState,
    ServerMessage,
    ThroughLine,
)
from streaming.session.changes import Operation

Construction: TypeAlias = ThroughLine | AroundTumour | OfTerritory
"""A wish for a resection that the server makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Of all unsent messages of one topic only the newest is worth sending.

    Attributes:
        kind: what it is about.
        key: which one of them, e.g. the resection's id.
    """

    kind: Literal[
        "scene",
        "plan",
        "plans",
        "people",
        "drag",
        "numbers",
        "proposals",
        "undo",
        "measured",
        "cuts",
        "presence",
        "voice",
        "gathered",
    ]
    key: str = ""


def drag_topic(resection_id: str) -> Topic:
    """Where the drags of a resection go."""
    return Topic(kind="drag", key=resection_id)


def plan_topic(plan_id: str) -> Topic:
    """Where a plan goes."""
    return Topic(kind="plan", key=plan_id)


def numbers_topic(preview_by: str | None, plan_id: str) -> Topic:
    """Where the numbers of a person's drag go, or those of a committed plan."""
    return Topic(kind="numbers", key=preview_by or f"~{plan_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A message to one person."""

    client_id: str
    message: ServerMessage
    topic: Topic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A message to everybody in the session but `except_client`."""

    message: ServerMessage
    topic: Topic | None = None
    except_client: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPresence:
    """Tell everybody, at the next tick, where somebody is; None: they are not seen any more."""

    client_id: str
    pose: PersonPose | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPeople:
    """From now on it is recorded where people are, or no more.

    Attributes:
        client_id: who wanted it; None where nobody is left to record.
        is_recording: whether it begins.
    """

    client_id: str | None
    is_recording: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Whatever waits unsent under the topic is no longer true."""

    topic: Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Make the operation durable, in order, then call `Session.stored` (or `not_stored`)."""

    operation: Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Numbers wanted for these resections.

    Attributes:
        plan_id: of which plan.
        revision: of the committed plan underneath.
        resections: what to evaluate.
        body: height and weight of the patient.
        preview_by: whose drag; None for the committed plan.
        sequence: the preview of that drag; None for the committed plan.
        drag: tells two drags of one person apart.
    """

    revision: int
    resections: tuple[ResectionState, ...]
    plan_id: str = FIRST_PLAN_ID
    body: BodyState | None = None
    preview_by: str | None = None
    sequence: int | None = None
    drag: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluate:
    """Answer the question, then call `Session.answered` (or `not_answered`); a newer one of the person replaces it."""

    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """Make the resection off the event loop, then call `Session.constructed` (or `not_constructed`)."""

    client_id: str
    wish: Construction


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """Evaluate the plans, then call `Session.compared`; a newer one of the same person replaces it."""

    client_id: str
    message: ComparePlans
    body: BodyState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Count the measurements in the plan of these resections, then call `Session.measured`; newest wins."""

    revision: int
    measurements: tuple[MeasurementState, ...]
    resections: tuple[ResectionState, ...]
    plan_id: str = FIRST_PLAN_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Search for proposals in place of what is searched for, calling `Session.search_progressed` and `search_ended`.

    Attributes:
        number: tells searches apart.
        constraints: what they have to keep.
        body: height and weight of the patient.
    """

    number: int
    constraints: ProposalConstraints
    body: BodyState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSearch:
    """Nobody wants the proposals any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten:
    """Lay a resection flat, then call `Session.cuts.flattened` (or `not_`); a newer one of the person replaces it.

    Attributes:
        client_id: who asked.
        request_id: their question.
        revision: of the plan.
        number: which of the resections, from 1.
        resections: of the plan.
    """

    client_id: str
    request_id: str
    revision: int
    number: int
    resections: tuple[ResectionState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeApart:
    """Cut the liver by the plan, then call `Session.cuts.taken_apart` (or `not_`); a newer one replaces it.

    Attributes:
        client_id: who asked.
        request_id: their question.
        revision: of the plan.
        resections: of the plan.
    """

    client_id: str
    request_id: str
    revision: int
    resections: tuple[ResectionState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTakingApart:
    """This person wants no parts any more."""

    client_id: str


Effect: TypeAlias = (
    Send
    | Broadcast
    | Forget
    | Store
    | Evaluate
    | Construct
    | Compare
    | Measure
    | Search
    | EndSearch
    | Flatten
    | TakeApart
    | EndTakingApart
    | ShowPresence
    | RecordPeople
)
