"""STUN and TURN servers that the hospital runs, for voice between networks; without any, no other host is asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from engine.errors import StorageError
from streaming.protocol import IceServerState

_URL: Final = re.compile(r"(stun|turn)s?:(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(\?transport=(udp|tcp))?")
_CURE: Final = "Write it as stun:host:port, or turn:host:port with --ice-user and --ice-password-file."


def ice_servers(urls: list[str], user: str | None, password_file: Path | None) -> tuple[IceServerState, ...]:
    """The servers as browsers are told of them.

    Args:
        urls: by RFC 7064 and RFC 7065, e.g. "stun:turn.hospital.example:3478".
        user: known to the TURN servers.
        password_file: holds the user's password in one line, which stands in no command line then.

    Raises:
        StorageError: a URL is none, or a TURN server lacks its user, or the file cannot be read.
    """
    password = "" if password_file is None else _password(password_file)
    servers = []
    for url in urls:
        if _URL.fullmatch(url) is None:
            raise StorageError("This is no address of a STUN or TURN server.", cure=_CURE)
        is_turn = url.startswith("turn")
        if is_turn and not (user and password):
            raise StorageError("A TURN server lets in only who it knows.", cure=_CURE)
        servers.append(
            IceServerState(urls=url, username=(user or "") if is_turn else "", credential=password if is_turn else "")
        )
    return tuple(servers)


def _password(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(
            "The file with the password of the TURN server cannot be read.", cure="Check --ice-password-file."
        ) from error
