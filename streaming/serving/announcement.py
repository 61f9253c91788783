"""What a person reads in the terminal once the server runs: the link, and a QR code for a headset's camera."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from streaming.protocol import NOTICE
from streaming.serving.invite import ONLY_THIS_COMPUTER

if TYPE_CHECKING:
    from streaming.serving.place import ServerAddress


def announce(address: ServerAddress) -> None:
    """Shows the link."""
    sys.stdout.write(announcement(address))
    sys.stdout.flush()


def announcement(address: ServerAddress) -> str:
    """The text: link, QR code, who can reach us, and what to expect."""
    lines = ["", f"Open {address.url}", "", _qr_code(address.url)]
    if address.key is not None:
        lines.append("This link is yours: whoever has it is an owner. Let others in by Invite on the page of a case.")
    else:
        lines.append(ONLY_THIS_COMPUTER)
    if address.is_own_https:
        lines.append("The browser warns once about the certificate, which this server made itself: proceed.")
    return "\n".join([*lines, f"{NOTICE}. Stop with Ctrl-C.", ""])


def _qr_code(url: str) -> str:
    import segno

    drawn = io.StringIO()
    segno.make(url, error="m").terminal(out=drawn, compact=True)
    return drawn.getvalue()
