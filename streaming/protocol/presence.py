"""Where people are and what they point at: seen live, never logged."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from streaming.protocol.base import FIRST_PLAN_ID, Identifier, PointLps, WireModel

_UnitPart = Annotated[float, Field(ge=-1.0001, le=1.0001)]


class PoseState(WireModel):
    """A head or a hand in the patient's frame: LPS millimetres, and a unit quaternion (x, y, z, w) of LPS axes.

    Unturned it looks to posterior with superior up, which is -z and +y of WebXR.
    """

    position_lps_mm: PointLps
    quaternion: tuple[_UnitPart, _UnitPart, _UnitPart, _UnitPart]


class RayState(WireModel):
    """What a hand or a mouse points with: from where, and where it ends."""

    from_lps_mm: PointLps
    to_lps_mm: PointLps


class PersonPose(WireModel):
    """A person as others see them; `model_scale` is how large the patient is to them (1 is life size)."""

    head: PoseState
    left: PoseState | None
    right: PoseState | None
    ray: RayState | None
    model_scale: Annotated[float, Field(gt=0.01, lt=100.0)]


class MovePresence(WireModel):
    """I am here now; null: I do not want to be seen (a private view). A newer one replaces it."""

    type: Literal["presence.move"] = "presence.move"
    pose: PersonPose | None


class RaiseHand(WireModel):
    """Raises one's hand, or takes it down."""

    type: Literal["presence.raise"] = "presence.raise"
    is_raised: bool


class PresentView(WireModel):
    """Shows one's view to everybody, or ends it; one person presents at a time, the newest."""

    type: Literal["presence.present"] = "presence.present"
    is_presenting: bool


class GatherPeople(WireModel):
    """Brings everybody to one's own view and plan, once; of who presents, or an owner."""

    type: Literal["presence.gather"] = "presence.gather"
    plan_id: Identifier = FIRST_PLAN_ID
    head: PoseState


class RecordPresence(WireModel):
    """Starts or ends recording where people are, for the replay of the session; everybody sees it."""

    type: Literal["presence.record"] = "presence.record"
    is_recording: bool


class RecordingState(WireModel):
    """Who had the people recorded, and since when (ISO 8601 in UTC)."""

    by: Identifier
    by_name: str
    since: str


class MovedPerson(WireModel):
    """Where one of the people is."""

    client_id: Identifier
    pose: PersonPose


class Presence(WireModel):
    """Everybody who can be seen, at one tick; who is not in it is not seen."""

    type: Literal["presence"] = "presence"
    people: tuple[MovedPerson, ...]


class Gathered(WireModel):
    """Somebody asks everybody to their view and plan; who looks by themselves may stay where they are."""

    type: Literal["presence.gathered"] = "presence.gathered"
    client_id: Identifier
    plan_id: Identifier
    head: PoseState
