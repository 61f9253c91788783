"""What a session wants done: values that the shell around it carries out, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from streaming.operations import Operation
from streaming.protocol import PlaneResectionState, ServerMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Of all unsent messages of one topic only the newest is worth sending.

    Attributes:
        kind: what it is about.
        key: which one of them, e.g. the resection's id.
    """

    kind: Literal["plan", "people", "drag", "numbers"]
    key: str = ""


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
        revision: of the committed plan underneath.
        resections: what to evaluate.
        preview_by: whose drag; None for the committed plan.
        sequence: the preview of that drag; None for the committed plan.
        drag: tells two drags of one person apart.
    """

    revision: int
    resections: tuple[PlaneResectionState, ...]
    preview_by: str | None = None
    sequence: int | None = None
    drag: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluate:
    """Answer the question, then call `Session.answered`; a newer one of the same person replaces it."""

    question: Question


Effect: TypeAlias = Send | Broadcast | Forget | Store | Evaluate
