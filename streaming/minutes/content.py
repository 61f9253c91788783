"""What stands in the minutes, before it is laid out. No patient data: ids, and what participants wrote themselves."""

from __future__ import annotations

from dataclasses import dataclass

from engine.clinical import ComparisonTable, Quantity
from streaming.protocol import PlanStage, PlanVersionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """Somebody who was there, or changed something.

    Attributes:
        name: as they gave it.
        role: in which they came; empty where nobody wrote it down.
        device: what they looked through; empty likewise.
        visits: from when to when, ISO 8601 in UTC; None: nobody wrote down that they left.
    """

    name: str
    role: str
    device: str
    visits: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done.

    Attributes:
        at: ISO 8601 in UTC.
        who: by name.
        plan: to which, by name.
        words: "confirmed the plan".
        is_decision: whether somebody signed, withdrew, took a proposal or kept a version by it.
    """

    at: str
    who: str
    plan: str
    words: str
    is_decision: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Of a plan, as it goes into the document.

    Attributes:
        media_type: "image/png" or "image/jpeg".
        base64: its bytes.
        caption: what it shows.
    """

    media_type: str
    base64: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMinutes:
    """One plan as it is.

    Attributes:
        plan_id: of the plan.
        name: as people call it.
        stage: how far it is signed.
        signatures: who signed it as it is, in words.
        is_stale: whether the segmentation changed since it was signed.
        origin: where it comes from, in words.
        cuts: each in words.
        quantities: its numbers with intervals; empty where it has none, and `problem` says why.
        problem: in words.
        measurements: what was measured, and what it came to.
        pins: what stands on them, and who wrote it.
        versions: that were kept of it.
        pictures: of it.
    """

    plan_id: str
    name: str
    stage: PlanStage
    signatures: tuple[str, ...]
    is_stale: bool
    origin: str
    cuts: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    problem: str
    measurements: tuple[tuple[str, str], ...]
    pins: tuple[tuple[str, str], ...]
    versions: tuple[PlanVersionState, ...]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """The document.

    Attributes:
        case_id: of the case.
        made_at: ISO 8601 in UTC.
        began_at: of the first operation; empty where there is none.
        ended_at: of the last.
        revision: of the last.
        segmentation: sha256 of the label map that the numbers are counted on.
        method: how the case was segmented.
        body: height and weight in words; empty where nobody entered them.
        attendees: who was there.
        plans: those that were not removed.
        comparison: of them; None where there are not two with numbers.
        deeds: everything that was done, in order.
        is_recorded: whether where people were is recorded too.
    """

    case_id: str
    made_at: str
    began_at: str
    ended_at: str
    revision: int
    segmentation: str
    method: str
    body: str
    attendees: tuple[Attendee, ...]
    plans: tuple[PlanMinutes, ...]
    comparison: ComparisonTable | None
    deeds: tuple[Deed, ...]
    is_recorded: bool

    @property
    def decisions(self) -> tuple[Deed, ...]:
        """Those deeds that settle something."""
        return tuple(one for one in self.deeds if one.is_decision)
