"""What an operation changes, and the operation as the log keeps it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from streaming.protocol import (
    FIRST_PLAN_ID,
    BodyState,
    Identifier,
    ResectionState,
    Revision,
    WireModel,
)
from streaming.session.notes import Note
from streaming.session.plan_changes import (
    PlanAdded,
    PlanNamed,
    PlanRemoved,
    PlanSigned,
    RestoredPlan,
    SignatureWithdrawn,
    VersionKept,
)

BODY_KEY: Final = "~body"
"""No resection has this id: identifiers hold no such sign."""

SYSTEM_AUTHOR: Final = "cantlie"
"""Author of the resection that every case starts with."""


class SetResection(WireModel):
    """Creates the resection or puts it where it says."""

    kind: Literal["set"] = "set"
    resection: ResectionState


class DropResection(WireModel):
    """Deletes the resection."""

    kind: Literal["drop"] = "drop"
    resection_id: Identifier


class ReplaceResections(WireModel):
    """Puts these resections in place of all the plan has; `dropped` are those that are gone."""

    kind: Literal["replace"] = "replace"
    resections: tuple[ResectionState, ...]
    dropped: tuple[Identifier, ...]


class ChangeBody(WireModel):
    """Enters the patient's height and weight, or takes them out."""

    kind: Literal["body"] = "body"
    body: BodyState | None


class SetNote(WireModel):
    """Adds a measurement or a pin, or changes it."""

    kind: Literal["note"] = "note"
    note: Note


class DropNote(WireModel):
    """Deletes a measurement or a pin."""

    kind: Literal["drop_note"] = "drop_note"
    note_id: Identifier


class RestoredBody(WireModel):
    """Height and weight as they were, or that there were none."""

    body: BodyState | None


class RestoreEarlier(WireModel):
    """Takes back what an earlier operation of the same author changed (undo), or changes it again (redo).

    It says what comes of it, so that folding the log needs no history: `resections` are put, `dropped` are gone,
    `order` is that of all resections of the plan then, and `body` is null where it was not changed; measurements and
    pins are put by `notes` and gone by `dropped_notes`. `plans` says what becomes of plans themselves. `of_revision` is
    the operation that is undone or redone.
    """

    kind: Literal["restore"] = "restore"
    direction: Literal["undo", "redo"]
    of_revision: Revision
    resections: tuple[ResectionState, ...]
    dropped: tuple[Identifier, ...]
    order: tuple[Identifier, ...]
    body: RestoredBody | None
    notes: tuple[Note, ...] = ()
    dropped_notes: tuple[Identifier, ...] = ()
    plans: tuple[RestoredPlan, ...] = ()


Change = Annotated[
    SetResection
    | DropResection
    | ReplaceResections
    | ChangeBody
    | SetNote
    | DropNote
    | RestoreEarlier
    | PlanAdded
    | PlanNamed
    | PlanRemoved
    | VersionKept
    | PlanSigned
    | SignatureWithdrawn,
    Field(discriminator="kind"),
]


class Operation(WireModel):
    """One line of the log; `revision` is the plan's revision once it is applied, `at` is ISO 8601 in UTC.

    `author_name` is what the author was called then; empty in logs before version 3. `plan_id` is the plan it is
    about; logs before version 4 know one.
    """

    revision: Revision
    operation_id: Identifier
    author: Identifier
    author_name: str = ""
    at: str
    base_revision: Revision
    plan_id: Identifier = FIRST_PLAN_ID
    change: Change


OPERATION: Final[TypeAdapter[Operation]] = TypeAdapter(Operation)
