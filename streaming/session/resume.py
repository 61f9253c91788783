"""Proof of who somebody is when they come back: after a drop, a reload, or a restart of the server.

A client id stands in the list of people for everybody to read; the token that goes with it only its owner was told.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
from pathlib import Path
from typing import Final, Self

_KEY_BYTES: Final = 32
_FILE: Final = "resume_key"


class ResumeTokens:
    """Makes and checks the tokens of one server.

    Args:
        key: the secret they are made with.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def kept_in(cls, folder: Path) -> Self:
        """With the key in this folder, made if need be, so that tokens outlive the server; delete it to void them all.

        Where the folder may not be written the key is good for one run.
        """
        path = folder / _FILE
        with contextlib.suppress(OSError, ValueError):
            kept = bytes.fromhex(path.read_text(encoding="ascii"))
            if len(kept) == _KEY_BYTES:
                return cls(kept)
        key = secrets.token_bytes(_KEY_BYTES)
        with contextlib.suppress(OSError):
            folder.mkdir(exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(key.hex(), encoding="ascii")
        return cls(key)

    def token(self, case_id: str, client_id: str) -> str:
        """What the person with this id in this case is told."""
        return hmac.new(self._key, f"{case_id}/{client_id}".encode(), "sha256").hexdigest()

    def is_right(self, case_id: str, client_id: str, offered: str) -> bool:
        """Whether the token is that person's."""
        return secrets.compare_digest(self.token(case_id, client_id).encode(), offered.encode())
