"""Where a server listens, and by which names and links people reach it."""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streaming.protocol import IceServerState
    from streaming.serving.tls import TlsFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """Where the server can be reached.

    Attributes:
        url: the link to open; where a key is needed it stands behind the #, so that opening it sends it to nobody.
        origin: the same without path and key.
        port: the port it listens on.
        key: makes an owner of whoever has it; None where only this computer can connect.
        is_secure: whether it is HTTPS.
        is_own_https: whether this server does the HTTPS itself, so that browsers may warn about its certificate.
    """

    url: str
    origin: str
    port: int
    key: str | None
    is_secure: bool
    is_own_https: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and how to listen.

    Attributes:
        host: where to listen; 0.0.0.0 lets headsets in.
        port: 0 takes any free one.
        public_host: the name people type, if it is not this computer's own.
        behind_proxy: a reverse proxy does HTTPS; serve plain HTTP, but only what came to the proxy by HTTPS.
        tls: the certificate to use, in place of the server's own.
        ice_servers: for voice between networks; none by default.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    public_host: str | None = None
    behind_proxy: bool = False
    tls: TlsFiles | None = None
    ice_servers: tuple[IceServerState, ...] = ()

    @property
    def is_only_here(self) -> bool:
        """Whether nobody but this computer can connect."""
        return is_loopback(self.host) and not self.behind_proxy


def is_loopback(host: str) -> bool:
    """Whether who listens there is heard on this computer alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def names_of(host: str, public_host: str | None) -> list[str]:
    """The names that people may know the server by, when it listens there."""
    names = ["localhost", "127.0.0.1", "::1"]
    if public_host:
        names.append(public_host)
    if not is_loopback(host):
        names += _own_addresses() if host in {"0.0.0.0", "::"} else [host]  # noqa: S104 - compared, not bound
        names.append(socket.gethostname())
    return names


def _own_addresses() -> list[str]:
    """Addresses of this computer in its network; nothing is sent to find them."""
    addresses = []
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            addresses.append(str(probe.getsockname()[0]))
    with contextlib.suppress(OSError):
        addresses += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return addresses


def _shown_host(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return next(iter(_own_addresses()), "localhost")
    return host


def address_of(place: Place, names: list[str], port: int, private: Path) -> ServerAddress:
    """Where the server can be reached.

    Args:
        place: where it listens.
        names: it is known by, those of a given certificate last.
        port: it really has.
        private: the folder that keeps the key.
    """
    only_here = place.is_only_here
    key = None if only_here else _access_key(private)
    is_secure = place.tls is not None or not only_here
    host = place.public_host or _shown_host(place.host)
    if place.public_host is None and place.tls is not None and not only_here:
        host = next((name for name in names[-1:] if name not in {"localhost", "127.0.0.1", "::1"}), host)
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if is_secure else "http"
    origin = f"{scheme}://{shown}" if place.behind_proxy else f"{scheme}://{shown}:{port}"
    url = f"{origin}/" if key is None else f"{origin}/join#key={key}"
    own = is_secure and not place.behind_proxy and place.tls is None
    return ServerAddress(url=url, origin=origin, port=port, key=key, is_secure=is_secure, is_own_https=own)


def _access_key(folder: Path) -> str:
    """Kept, so that a link or bookmark on a headset stays good; delete the file for a new one."""
    path = folder / "access_key"
    with contextlib.suppress(OSError):
        kept = path.read_text(encoding="ascii").strip()
        if len(kept) >= 16:
            return kept
    key = secrets.token_urlsafe(18)
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(key, encoding="ascii")
    return key
