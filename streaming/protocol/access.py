"""Who is let in, over HTTP: invitations, joining, and what a person is to the server. Refusals are a `Fault`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from streaming.protocol.base import Identifier, Role, WireModel

CODE_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Nothing that is read for something else: no 0 and O, 1, I and L, U and V."""
CODE_LENGTH: Final = 6
"""30^6 codes, 29.4 bits: enough where guesses are limited, and quickly typed in a headset."""

InviteLasts = TypeAliasType("InviteLasts", Literal["hour", "today", "week"])


class MakeInvite(WireModel):
    """Body of `POST /api/invites`: lets others into one case, in a role, for so long."""

    case_id: Identifier
    role: Role
    lasts: InviteLasts


class Guest(WireModel):
    """Somebody who came by an invitation."""

    name: Annotated[str, Field(max_length=40)]
    role: Role


class InviteState(WireModel):
    """An invitation that lets people in; times are ISO 8601. Its code and link are told once, when it is made."""

    invite_id: Identifier
    case_id: Identifier
    role: Role
    made_at: str
    expires_at: str
    guests: tuple[Guest, ...]


class InviteMade(WireModel):
    """Answer of `POST /api/invites`.

    `code` is typed at `address`; `url` carries a secret behind its #, which is never sent to a server by opening it.
    `qr_svg` is null where no other device can reach the link; `note` says what to expect.
    """

    invite: InviteState
    code: Annotated[str, Field(pattern=r"^[2-9A-Z]{6}$")]
    address: str
    url: str
    qr_svg: str | None
    reach: Literal["this_computer", "network"]
    note: str


class Invites(WireModel):
    """Answer of `GET /api/invites?case=`: those that let people in, the newest first."""

    invites: tuple[InviteState, ...]


class Join(WireModel):
    """Body of `POST /api/join`: the code as typed, the secret of a link, or the server's own key."""

    by: Literal["code", "link", "key"]
    secret: Annotated[str, Field(min_length=1, max_length=128)]


class Me(WireModel):
    """Answer of `POST /api/join` and `GET /api/me`: what the person may do, and the one case they see, null for all."""

    role: Role
    case_id: Identifier | None
    name: Annotated[str, Field(max_length=40)]


class GiveName(WireModel):
    """Body of `PUT /api/me/name`."""

    name: Annotated[str, Field(min_length=1, max_length=40)]


class ChangeRole(WireModel):
    """Body of `PUT /api/cases/{case_id}/people/{client_id}/role`."""

    role: Role
