"""An invitation as it is handed over: the short address, the link, and its QR code for a camera.

All are made of the address that the server announced, never of the request's Host, so that nobody can have a secret
written into a link to somewhere else. The secret stands behind the #: opening the link sends it to nobody.
"""

from __future__ import annotations

import io
import ipaddress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from streaming.protocol import Guest, InviteMade, InviteState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streaming.serving.guest_book import GuestPass, KeptInvite, NewInvite
    from streaming.serving.place import ServerAddress

ONLY_THIS_COMPUTER: Final = "Only this computer can connect. For headsets: cantlie serve CASES --host 0.0.0.0"
_NO_NETWORK_NAME: Final = (
    "The server does not know its name in the network, so only this computer can use the link. "
    "Give the name that others type: cantlie serve CASES --host 0.0.0.0 --public-host NAME"
)
_NETWORK: Final = "Whoever has the code or the link can join until the invitation ends or you revoke it."
_CERTIFICATE: Final = " The browser may warn once about the certificate, which this server made itself: proceed."
_QUIET_ZONE_MODULES: Final = 4
"""As ISO/IEC 18004 asks, part of the picture, so that a dark page around it does no harm."""


def invite_made(address: ServerAddress, new: NewInvite) -> InviteMade:
    """What the owner reads out, sends on or shows.

    Args:
        address: as announced when the server started.
        new: the invitation with its secrets.
    """
    place = f"{address.origin}/join"
    url = f"{place}#link={new.link}"
    alone = address.key is None or _is_this_computer(address.origin)
    if alone:
        note = ONLY_THIS_COMPUTER if address.key is None else _NO_NETWORK_NAME
    else:
        note = _NETWORK + (_CERTIFICATE if address.is_own_https else "")
    return InviteMade(
        invite=invite_state(new.invite, ()),
        code=new.code,
        address=place,
        url=url,
        qr_svg=None if alone else _qr_svg(url),
        reach="this_computer" if alone else "network",
        note=note,
    )


def invite_state(invite: KeptInvite, guests: Iterable[GuestPass]) -> InviteState:
    """An invitation without its secrets, and who came by it."""
    return InviteState(
        invite_id=invite.invite_id,
        case_id=invite.case_id,
        role=invite.role,
        made_at=_time(invite.made_at),
        expires_at=_time(invite.expires_at),
        guests=tuple(Guest(name=one.name, role=one.role) for one in guests),
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _is_this_computer(origin: str) -> bool:
    host = urlsplit(origin).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _qr_svg(url: str) -> str:
    import segno

    drawn = io.BytesIO()
    # No Micro QR: the cameras of headsets and telephones do not read it.
    segno.make_qr(url, error="m").save(
        drawn, kind="svg", xmldecl=False, nl=False, omitsize=True, border=_QUIET_ZONE_MODULES, dark="#000", light="#fff"
    )
    return drawn.getvalue().decode("utf-8")
