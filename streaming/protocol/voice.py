"""Talking to one another: the server only says who is in the voice room, and hands on what their browsers arrange.

The sound goes from browser to browser (WebRTC); nothing of it passes the server, and nothing is kept. People are
addressed by their *seat*, a number of one stay in the room: what was meant for an earlier stay reaches nobody.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from streaming.protocol.base import Identifier, WireModel

VOICE_PLACES = 6
"""Everybody sends their voice to everybody else, so that five others are what a headset can do at once."""

Seat = TypeAliasType("Seat", Annotated[int, Field(ge=1, le=2**31)])


class VoiceDescription(WireModel):
    """What a browser offers or answers (RFC 8829)."""

    kind: Literal["offer", "answer"]
    sdp: Annotated[str, Field(min_length=1, max_length=16_384)]


class VoiceCandidate(WireModel):
    """An address at which a browser may be reached (RFC 8838); empty where there are no more."""

    kind: Literal["candidate"] = "candidate"
    candidate: Annotated[str, Field(max_length=1024)]
    sdp_mid: Annotated[str, Field(max_length=64)] | None
    sdp_m_line_index: Annotated[int, Field(ge=0, le=64)] | None


VoiceSignal = TypeAliasType("VoiceSignal", Annotated[VoiceDescription | VoiceCandidate, Field(discriminator="kind")])


class JoinVoice(WireModel):
    """I want to talk with the others; answered by `voice.joined` as soon as there is a place."""

    type: Literal["voice.join"] = "voice.join"
    is_muted: bool = False


class LeaveVoice(WireModel):
    """I talk no more, or wait for a place no more."""

    type: Literal["voice.leave"] = "voice.leave"


class SignalVoice(WireModel):
    """For the browser of who sits there; who sends it is the server's to say."""

    type: Literal["voice.signal"] = "voice.signal"
    to: Seat
    signal: VoiceSignal


class MuteVoice(WireModel):
    """Mutes oneself or, for owners and whoever presents, another; only oneself can be unmuted."""

    type: Literal["voice.mute"] = "voice.mute"
    client_id: Identifier
    is_muted: bool


class IceServerState(WireModel):
    """A STUN or TURN server that the hospital runs."""

    urls: str
    username: str
    credential: str


class VoiceJoined(WireModel):
    """You have a place. Who sits at a lower seat than you makes the offers. No ICE servers: the local network does."""

    type: Literal["voice.joined"] = "voice.joined"
    seat: Seat
    ice_servers: tuple[IceServerState, ...]


class VoicePerson(WireModel):
    """Somebody who talks or listens; `muted_by` is the name of who muted them, null where they did."""

    client_id: Identifier
    seat: Seat
    is_muted: bool
    muted_by: Annotated[str, Field(max_length=40)] | None


class VoiceRoom(WireModel):
    """Who is in the voice room, and who waits for a place, in the order they came; replaces what the client had."""

    type: Literal["voice"] = "voice"
    people: tuple[VoicePerson, ...]
    waiting: tuple[Identifier, ...]


class VoiceSignalled(WireModel):
    """From the browser of who sits there."""

    type: Literal["voice.signalled"] = "voice.signalled"
    seat: Seat
    signal: VoiceSignal
