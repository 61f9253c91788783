"""`serve()`: the process around the application - socket, HTTPS, access key, start and stop."""

from __future__ import annotations

import contextlib
import importlib.util
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import CaseError, StorageError

if TYPE_CHECKING:
    import uvicorn

MAX_MESSAGE_BYTES: Final = 64 * 1024
"""No message of a client is larger; a larger frame closes the connection (1009) before it is read."""

PING_SECONDS: Final = 5.0
PONG_SECONDS: Final = 10.0
"""Who does not answer a ping for so long is let go: gone, or not reading."""

PRIVATE_FOLDER: Final = ".tls"
_UNSENT_BYTES: Final = 16 * 1024
"""Kept small, so that what waits waits in our queues, where the newest wins, and not in the kernel's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """Where the server can be reached.

    Attributes:
        url: the link to open, with the access key if one is needed.
        origin: the same without path and key.
        port: the port it listens on.
        key: the access key; None where only this computer can connect.
        is_secure: whether it is HTTPS.
        is_own_https: whether this server does the HTTPS itself, so that browsers may warn about its certificate.
    """

    url: str
    origin: str
    port: int
    key: str | None
    is_secure: bool
    is_own_https: bool = False


def serve(
    cases: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    public_host: str | None = None,
    behind_proxy: bool = False,
    on_ready: Callable[[ServerAddress], None] | None = None,
) -> None:
    """Serves a folder of cases until Ctrl-C.

    On 127.0.0.1 only this computer can connect. Elsewhere the server uses HTTPS with its own certificate and wants an
    access key, which the link carries.

    Args:
        cases: a folder of cases, or one case.
        host: where to listen; 0.0.0.0 lets headsets in.
        port: 0 takes any free one.
        public_host: the name people type, if it is not this computer's own.
        behind_proxy: a reverse proxy on this computer does HTTPS; serve plain HTTP but keep the access key.
        on_ready: called once connections are accepted; without it the link and its QR code are shown.

    Raises:
        CaseError: there is no such folder.
        StorageError: the port is taken, or the certificate cannot be kept.
    """
    from streaming.serving.announcement import announce

    server, listener = make_server(
        cases, host=host, port=port, public_host=public_host, behind_proxy=behind_proxy, on_ready=on_ready or announce
    )
    with contextlib.closing(listener), contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def make_server(
    cases: Path,
    *,
    host: str,
    port: int,
    public_host: str | None,
    behind_proxy: bool,
    on_ready: Callable[[ServerAddress], None],
) -> tuple[uvicorn.Server, socket.socket]:
    """The server and its bound socket, not yet running; arguments and errors as of `serve`."""
    import uvicorn

    from streaming.serving.access import Gate, Policy
    from streaming.serving.http_api import make_app
    from streaming.serving.websocket_protocol import PlanningWebSocket
    from streaming.session.registry import SessionRegistry
    from streaming.session.resume import ResumeTokens

    if not cases.is_dir():
        raise CaseError("There is no such folder of cases.", cure="Give the folder that `cantlie prepare` wrote to.")
    is_local = _is_loopback(host) and not behind_proxy
    names = _names(host, public_host)
    tls = None
    if not is_local and not behind_proxy:
        from streaming.serving.tls import ensure_tls

        tls = ensure_tls(cases / PRIVATE_FOLDER, names)
    key = None if is_local else _access_key(cases / PRIVATE_FOLDER)
    listener = _listen(host, port)
    is_secure = tls is not None or behind_proxy
    address = _address(
        public_host or _shown_host(host), listener.getsockname()[1], key=key, is_secure=is_secure, proxied=behind_proxy
    )
    policy = Policy(hosts=frozenset(name.lower() for name in names), key=key, is_secure=is_secure)
    config = uvicorn.Config(
        Gate(make_app(SessionRegistry(cases, ResumeTokens.kept_in(cases / PRIVATE_FOLDER)), address), policy),
        ws=PlanningWebSocket,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # assets are compressed already, and small messages cost more than they save
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PONG_SECONDS,
        loop="uvloop" if importlib.util.find_spec("uvloop") else "asyncio",
        lifespan="on",
        access_log=False,  # addresses and links are nobody's business
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=3,
        ssl_certfile=None if tls is None else str(tls.certificate),
        ssl_keyfile=None if tls is None else str(tls.key),
    )

    class AnnouncedServer(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                on_ready(address)

    return AnnouncedServer(config), listener


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # accepted sockets inherit it on Linux
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise StorageError(
            f"The server cannot listen on {host}:{port}.", cure="Another program uses the port: choose one by --port."
        ) from error
    return listener


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _names(host: str, public_host: str | None) -> list[str]:
    names = ["localhost", "127.0.0.1", "::1"]
    if public_host:
        names.append(public_host)
    if not _is_loopback(host):
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


def _address(host: str, port: int, *, key: str | None, is_secure: bool, proxied: bool) -> ServerAddress:
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if is_secure else "http"
    origin = f"{scheme}://{shown}" if proxied else f"{scheme}://{shown}:{port}"
    url = f"{origin}/" if key is None else f"{origin}/?key={key}"
    own = is_secure and not proxied
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
