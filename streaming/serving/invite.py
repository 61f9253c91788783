"""An invitation: the link that lets others into a case, and its QR code for a headset's camera.

The link is made of the address that the server announced, never of the request's Host, so that nobody can have the
access key written into a link to somewhere else.
"""

from __future__ import annotations

import io
import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

from streaming.protocol import Invite

if TYPE_CHECKING:
    from streaming.serving.server import ServerAddress

ONLY_THIS_COMPUTER: Final = "Only this computer can connect. For headsets: cantlie serve CASES --host 0.0.0.0"
_NO_NETWORK_NAME: Final = (
    "The server does not know its name in the network, so only this computer can use the link. "
    "Give the name that others type: cantlie serve CASES --host 0.0.0.0 --public-host NAME"
)
_NETWORK: Final = "Whoever has the link can join."
_CERTIFICATE: Final = " The browser may warn once about the certificate, which this server made itself: proceed."
_QUIET_ZONE_MODULES: Final = 4
"""As ISO/IEC 18004 asks, part of the picture, so that a dark page around it does no harm."""


def make_invite(address: ServerAddress, *, case_id: str | None) -> Invite:
    """The invitation to a case, or to the start page.

    Args:
        address: as announced when the server started.
        case_id: of a case there is; None invites to the list of cases.
    """
    path = "/" if case_id is None else f"/cases/{quote(case_id, safe='')}"
    query = "" if address.key is None else "?" + urlencode({"key": address.key})
    url = f"{address.origin}{path}{query}"
    if address.key is None or _is_this_computer(address.origin):
        note = ONLY_THIS_COMPUTER if address.key is None else _NO_NETWORK_NAME
        return Invite(url=url, qr_svg=None, reach="this_computer", note=note)
    note = _NETWORK + (_CERTIFICATE if address.is_own_https else "")
    return Invite(url=url, qr_svg=_qr_svg(url), reach="network", note=note)


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
