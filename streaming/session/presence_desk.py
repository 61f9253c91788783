"""Where people are and what they show of themselves: seen by all, and recorded only while everybody is told so."""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

from engine.sentences import say
from streaming.protocol import (
    Fault,
    Gathered,
    GatherPeople,
    MovePresence,
    PresentView,
    RaiseHand,
    RecordingState,
    RecordPresence,
    fault_of,
    sentence,
)
from streaming.session.effects import Broadcast, Effect, RecordPeople, Send, ShowPresence, Topic
from streaming.session.room import Room

PresenceMessage: TypeAlias = MovePresence | RaiseHand | PresentView | GatherPeople | RecordPresence

_NOT_PRESENTING: Final = fault_of(
    code="not_presenting",
    message=say("not_presenting"),
    fatal=False,
)


class PresenceDesk:
    """Of one session.

    Args:
        room: whose people.
    """

    def __init__(self, room: Room) -> None:
        self._room = room

    def receive(self, client_id: str, message: PresenceMessage, *, at: str) -> list[Effect]:
        """Somebody moved, or wants something of the others."""
        people = self._room.people
        match message:
            case MovePresence(pose=pose):
                return [ShowPresence(client_id=client_id, pose=pose)]
            case RaiseHand(is_raised=is_raised):
                return self._told(people.raise_hand(client_id, is_raised))
            case PresentView(is_presenting=is_presenting):
                return self._told(people.present(client_id, is_presenting))
            case GatherPeople():
                return self._gather(client_id, message)
            case RecordPresence(is_recording=is_recording):
                return self._record(client_id, is_recording, at)
            case _:
                assert_never(message)

    def left(self, client_id: str) -> list[Effect]:
        """Somebody is gone; with the last of them the recording ends."""
        hidden = ShowPresence(client_id=client_id, pose=None)
        people = self._room.people
        if people.client_ids or people.recording is None:
            return [hidden]
        people.recording = None
        return [hidden, RecordPeople(client_id=None, is_recording=False)]

    def recording_failed(self, what: str, cure: str) -> list[Effect]:
        """Nothing more can be kept: nobody is to believe that it is."""
        people = self._room.people
        if people.recording is None:
            return []
        people.recording = None
        fault = Fault(code="not_recorded", message=what, cure=cure, said=sentence(what), fatal=False)
        ended = RecordPeople(client_id=None, is_recording=False)
        return [ended, Broadcast(message=fault), self._room.people_changed()]

    def _gather(self, client_id: str, message: GatherPeople) -> list[Effect]:
        room, person = self._room, self._room.people[client_id]
        if person.role != "owner" and not person.is_presenting:
            return [Send(client_id=client_id, message=_NOT_PRESENTING)]
        if room.ledger.durable.plan(message.plan_id) is None:
            return []  # it went away in the meantime, of which they are told already
        gathered = Gathered(client_id=client_id, plan_id=message.plan_id, head=message.head)
        return [Broadcast(message=gathered, topic=Topic(kind="gathered"), except_client=client_id)]

    def _record(self, client_id: str, is_recording: bool, at: str) -> list[Effect]:
        people = self._room.people
        if (people.recording is not None) == is_recording:
            return []
        name = people.name_of(client_id)
        people.recording = RecordingState(by=client_id, by_name=name, since=at) if is_recording else None
        return [RecordPeople(client_id=client_id, is_recording=is_recording), self._room.people_changed()]

    def _told(self, has_changed: bool) -> list[Effect]:
        return [self._room.people_changed()] if has_changed else []
