"""The voice room of a session: who has a place, who waits for one, who is muted, and whose signals go to whom."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, assert_never

from engine.sentences import say
from streaming.protocol import (
    VOICE_PLACES,
    IceServerState,
    JoinVoice,
    LeaveVoice,
    MuteVoice,
    SignalVoice,
    VoiceJoined,
    VoicePerson,
    VoiceRoom,
    VoiceSignalled,
    fault_of,
)
from streaming.session.effects import Broadcast, Effect, Send, Topic
from streaming.session.refusals import Refusal
from streaming.session.room import Room

VoiceMessage: TypeAlias = JoinVoice | LeaveVoice | SignalVoice | MuteVoice

_TOPIC: Final = Topic(kind="voice")
_NOT_IN_VOICE: Final = fault_of(code="not_in_voice", message=say("not_in_voice"), fatal=False)
_MAY_NOT_MUTE: Final = Refusal(
    code="not_allowed",
    what=say("may_not_mute"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seated:
    """Somebody with a place.

    Attributes:
        seat: of this stay; grows, so that of two people the earlier one has the lower.
        is_muted: others do not hear them.
        muted_by: the name of who muted them, None where they did it themselves.
    """

    seat: int
    is_muted: bool
    muted_by: str | None = None


class VoiceDesk:
    """Nothing of it is logged, and what signals say is nobody's business but of the two browsers.

    Args:
        room: the people of the session.
        ice_servers: told to who has a place.
    """

    def __init__(self, room: Room, ice_servers: tuple[IceServerState, ...] = ()) -> None:
        self._room = room
        self._ice_servers = ice_servers
        self._seated: dict[str, _Seated] = {}
        self._waiting: dict[str, bool] = {}
        self._seats = itertools.count(1)

    def receive(self, client_id: str, message: VoiceMessage) -> list[Effect]:
        """Somebody of the session comes, goes, mutes, or arranges a connection."""
        match message:
            case JoinVoice(is_muted=is_muted):
                return self._join(client_id, is_muted)
            case LeaveVoice():
                return self.left(client_id)
            case SignalVoice():
                return self._signal(client_id, message)
            case MuteVoice():
                return self._mute(client_id, message)
            case _:
                assert_never(message)

    def shown_to(self, client_id: str) -> list[Effect]:
        """What somebody who comes into the session has to know."""
        if not self._seated:
            return []
        return [Send(client_id=client_id, message=self._state(), topic=_TOPIC)]

    def left(self, client_id: str) -> list[Effect]:
        """They talk no more, or are gone; the first who waits takes the place."""
        if self._waiting.pop(client_id, None) is None and self._seated.pop(client_id, None) is None:
            return []
        effects: list[Effect] = []
        if self._waiting and len(self._seated) < VOICE_PLACES:
            first = next(iter(self._waiting))
            effects = [self._seat(first, self._waiting.pop(first))]
        return [*effects, self._told()]

    def _join(self, client_id: str, is_muted: bool) -> list[Effect]:
        """Who is in already gets a new seat: their page began anew, and all connections with it."""
        self._waiting.pop(client_id, None)
        was = self._seated.pop(client_id, None)
        if len(self._seated) >= VOICE_PLACES:
            self._waiting[client_id] = is_muted
            return [self._told()]
        joined = self._seat(client_id, is_muted)
        if was is not None and was.muted_by is not None:
            self._seated[client_id] = replace(self._seated[client_id], is_muted=True, muted_by=was.muted_by)
        return [joined, self._told()]

    def _seat(self, client_id: str, is_muted: bool) -> Send:
        seated = _Seated(seat=next(self._seats), is_muted=is_muted)
        self._seated[client_id] = seated
        return Send(client_id=client_id, message=VoiceJoined(seat=seated.seat, ice_servers=self._ice_servers))

    def _signal(self, client_id: str, message: SignalVoice) -> list[Effect]:
        sender = self._seated.get(client_id)
        if sender is None:
            return [Send(client_id=client_id, message=_NOT_IN_VOICE)]
        to = next((one for one, seated in self._seated.items() if seated.seat == message.to), None)
        if to is None or to == client_id:
            return []  # they left in the meantime
        return [Send(client_id=to, message=VoiceSignalled(seat=sender.seat, signal=message.signal))]

    def _mute(self, client_id: str, message: MuteVoice) -> list[Effect]:
        """Nobody opens the microphone of another; who was muted by another opens it again themselves."""
        meant = self._seated.get(message.client_id)
        if meant is None or meant.is_muted == message.is_muted:
            return []
        by_themselves = message.client_id == client_id
        person = self._room.people[client_id]
        if not by_themselves and (not message.is_muted or not (person.role == "owner" or person.is_presenting)):
            return self._room.reject(client_id, _MAY_NOT_MUTE, None)
        muted_by = None if by_themselves else person.display_name
        self._seated[message.client_id] = replace(meant, is_muted=message.is_muted, muted_by=muted_by)
        return [self._told()]

    def _told(self) -> Broadcast:
        return Broadcast(message=self._state(), topic=_TOPIC)

    def _state(self) -> VoiceRoom:
        people = tuple(
            VoicePerson(client_id=one, seat=seated.seat, is_muted=seated.is_muted, muted_by=seated.muted_by)
            for one, seated in self._seated.items()
        )
        return VoiceRoom(people=people, waiting=tuple(self._waiting))
