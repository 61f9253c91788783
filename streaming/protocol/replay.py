"""What happened in a session, asked for over HTTP by who looks at it again: the timeline, the plans, the people."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from streaming.protocol.base import NOTICE, Device, Identifier, Revision, WireModel
from streaming.protocol.notes import MeasuredValue
from streaming.protocol.numbers import PlanNumbers
from streaming.protocol.server import Plans, PlanState

ReplayMarkKind = TypeAliasType(
    "ReplayMarkKind",
    Literal[
        "cut_added",
        "cut_moved",
        "cut_turned",
        "cut_bent",
        "cut_reshaped",
        "cut_flipped",
        "cut_changed",
        "cut_removed",
        "plan_replaced",
        "body",
        "measurement",
        "pin",
        "note_removed",
        "undone",
        "redone",
        "plan_made",
        "plan_named",
        "plan_removed",
        "version",
        "proposed",
        "confirmed",
        "withdrawn",
    ],
)


class ReplayMark(WireModel):
    """One operation: who did what to which plan, and when (ISO 8601 in UTC).

    `cut` is the number of the cut that it was about; `name` what was named by it: a plan, a version, a pin's text.
    """

    revision: Revision
    at: str
    by: Identifier
    plan_id: Identifier
    plan_name: str
    kind: ReplayMarkKind
    cut: Annotated[int, Field(ge=1)] | None
    name: str


class ReplayPerson(WireModel):
    """Somebody who changed something or was there; `display_name` as they gave it last, empty if they gave none."""

    client_id: Identifier
    display_name: str
    colour: str
    device: Device


class ReplayVisit(WireModel):
    """From when to when somebody was there; null: nobody wrote down that they left."""

    client_id: Identifier
    joined_at: str
    left_at: str | None


class RecordedStretch(WireModel):
    """A part of the recording of people, asked for by its number; times in ISO 8601 in UTC."""

    number: Annotated[int, Field(ge=0)]
    started_at: str
    ended_at: str


class ReplayTimeline(WireModel):
    """Everything that happened, in order. `revision` is that of the last operation."""

    case_id: Identifier
    revision: Revision
    marks: tuple[ReplayMark, ...]
    people: tuple[ReplayPerson, ...]
    visits: tuple[ReplayVisit, ...]
    recorded: tuple[RecordedStretch, ...]
    damaged_recordings: Annotated[int, Field(ge=0)]


class ReplayedPlans(WireModel):
    """All plans as they were after operation `revision`: the fold of the first operations."""

    revision: Revision
    plans: Plans
    contents: tuple[PlanState, ...]


class ReplayedNumbers(WireModel):
    """The numbers of a plan as it was, counted on the case as it is now; null, and why, where it has none."""

    revision: Revision
    plan_id: Identifier
    numbers: PlanNumbers | None
    measured: tuple[MeasuredValue, ...]
    message: str
    cure: str
    notice: Literal["Research use, not a medical device"] = NOTICE


# In whole numbers, as long as what it holds asks for.
PresenceSample = TypeAliasType("PresenceSample", Annotated[tuple[int, ...], Field(min_length=2, max_length=30)])


class RecordedPerson(WireModel):
    """Where one of the people was.

    The first of a sample is milliseconds since the stretch began; the second a sum: 1 there, 2 left hand, 4 right
    hand, 8 a ray. Then, of what is there: the model's scale in hundredths, head, left and right hand (LPS mm three
    times, quaternion in thousandths four times), and the ray (LPS mm six times). A sum of 0: not seen from then on.
    """

    client_id: Identifier
    display_name: str
    colour: str
    device: Device
    samples: tuple[PresenceSample, ...]


class RecordedPresence(WireModel):
    """One stretch of the recording."""

    number: Annotated[int, Field(ge=0)]
    started_at: str
    ended_at: str
    people: tuple[RecordedPerson, ...]


class MinutesPicture(WireModel):
    """A picture of a plan, made where it is looked at: PNG or JPEG in base64."""

    plan_id: Identifier
    media_type: Literal["image/png", "image/jpeg"]
    base64: Annotated[str, Field(min_length=1, max_length=1_400_000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class MakeMinutes(WireModel):
    """Wants the minutes of the session; answered by the document."""

    format: Literal["html", "markdown"]
    pictures: Annotated[tuple[MinutesPicture, ...], Field(max_length=12)]
