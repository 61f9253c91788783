"""`serve()`: the process around the application - socket, HTTPS, access key, start and stop."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import CaseError, StorageError
from streaming.serving.place import Place, ServerAddress, address_of, is_loopback, names_of

if TYPE_CHECKING:
    import uvicorn

    from streaming.serving.access import Gate
    from streaming.serving.tls import TlsFiles

MAX_MESSAGE_BYTES: Final = 64 * 1024
"""No message of a client is larger; a larger frame closes the connection (1009) before it is read."""

PING_SECONDS: Final = 5.0
PONG_SECONDS: Final = 10.0
"""Who does not answer a ping for so long is let go: gone, or not reading."""

SWITCH_SECONDS: Final = 0.0005
"""How long a thread that computes may keep the one that talks to people waiting; Python's own 5 ms is half a frame."""

PRIVATE_FOLDER: Final = ".tls"
_UNSENT_BYTES: Final = 16 * 1024
"""Kept small, so that what waits waits in our queues, where the newest wins, and not in the kernel's."""


def serve(cases: Path, place: Place, *, on_ready: Callable[[ServerAddress], None] | None = None) -> None:
    """Serves a folder of cases until Ctrl-C.

    On 127.0.0.1 only this computer can connect. Elsewhere the server uses HTTPS, with its own certificate if it is
    given none, and lets in who has its link or an invitation.

    Args:
        cases: a folder of cases, or one case.
        place: where and how to listen.
        on_ready: called once connections are accepted; without it the link and its QR code are shown.

    Raises:
        CaseError: there is no such folder.
        StorageError: the port is taken, or the certificate cannot be kept, read or used.
    """
    from streaming.serving.announcement import announce

    sys.setswitchinterval(SWITCH_SECONDS)
    server, listener = make_server(cases, place, on_ready=on_ready or announce)
    with contextlib.closing(listener), contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def make_server(
    cases: Path, place: Place, *, on_ready: Callable[[ServerAddress], None]
) -> tuple[uvicorn.Server, socket.socket]:
    """The server and its bound socket, not yet running; errors as of `serve`."""
    import uvicorn

    from streaming.serving.websocket_protocol import PlanningWebSocket

    if not cases.is_dir():
        raise CaseError("There is no such folder of cases.", cure="Give the folder that `cantlie prepare` wrote to.")
    tls, names = _tls_and_names(cases, place)
    listener = _listen(place.host, place.port)
    address = address_of(place, names, listener.getsockname()[1], cases / PRIVATE_FOLDER)
    config = uvicorn.Config(
        _gated_app(cases, place, names, address),
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
        proxy_headers=place.behind_proxy,
        timeout_graceful_shutdown=3,
        ssl_certfile=None if tls is None else str(tls.certificate),
        ssl_keyfile=None if tls is None else str(tls.key),
    )

    # At the level "debug" every header of a handshake would be written down, the pass among them.
    logging.getLogger("uvicorn.error").addFilter(_tells_no_pass)

    class AnnouncedServer(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                on_ready(address)

    return AnnouncedServer(config), listener


def _tells_no_pass(record: logging.LogRecord) -> bool:
    return "cookie" not in record.getMessage().lower()


def _tls_and_names(cases: Path, place: Place) -> tuple[TlsFiles | None, list[str]]:
    """The certificate to use, None for plain HTTP, and the names people may know the server by."""
    from streaming.serving.tls import check_given, ensure_tls

    names = names_of(place.host, place.public_host)
    if place.tls is not None:
        if place.behind_proxy:
            raise StorageError("Either the proxy does HTTPS, or the server.", cure="Leave one of the options out.")
        return place.tls, [*names, *check_given(place.tls)]
    if place.behind_proxy or is_loopback(place.host):
        return None, names
    return ensure_tls(cases / PRIVATE_FOLDER, names), names


def _gated_app(cases: Path, place: Place, names: list[str], address: ServerAddress) -> Gate:
    from streaming.serving.access import Gate, Policy
    from streaming.serving.access_routes import Doors
    from streaming.serving.front_desk import FrontDesk
    from streaming.serving.guest_book import GuestBook
    from streaming.serving.http_api import make_app
    from streaming.session.registry import SessionRegistry
    from streaming.session.resume import ResumeTokens

    # Browsers keep cookies by name of the computer, not by port, and two servers must not take each other's.
    cookie = f"{'__Host-' if address.is_secure else ''}cantlie-{address.port}"
    policy = Policy(
        hosts=frozenset(name.lower() for name in names),
        only_this_computer=address.key is None,
        behind_proxy=place.behind_proxy,
        cookie=cookie,
    )
    registry = SessionRegistry(cases, ResumeTokens.kept_in(cases / PRIVATE_FOLDER), place.ice_servers)
    desk = FrontDesk(GuestBook.open(cases / PRIVATE_FOLDER, time.time()), registry, address.key)
    return Gate(make_app(registry, Doors(desk, registry, address, cookie)), policy, desk.judge)


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
