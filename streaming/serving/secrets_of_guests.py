"""The secrets that let people in, and what is kept of them: codes to type, links to follow, passes to show.

Only hashes are kept. A code is short, so its hash is slow (scrypt, RFC 7914) and salted with a key beside the book;
links and passes are random 256 bits, for which one SHA-256 does.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from streaming.protocol import CODE_ALPHABET, CODE_LENGTH

_LOOKALIKES: Final = str.maketrans({"U": "V"})
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**13, 8, 1


def new_code() -> str:
    """A code to read out and type."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def new_token() -> str:
    """A secret for a link or a pass."""
    return secrets.token_urlsafe(32)


def typed_code(text: str) -> str | None:
    """The code that somebody typed, in small letters or with spaces and hyphens; None if it cannot be one."""
    letters = "".join(one for one in text.upper() if one.isalnum()).translate(_LOOKALIKES)
    is_code = len(letters) == CODE_LENGTH and all(one in CODE_ALPHABET for one in letters)
    return letters if is_code else None


def hash_of_code(code: str, salt: bytes) -> bytes:
    """What is kept of a code; takes about 20 ms."""
    return hashlib.scrypt(code.encode("ascii"), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, dklen=32)


def hash_of_token(token: str) -> bytes:
    """What is kept of a link or a pass."""
    return hashlib.sha256(token.encode()).digest()


def is_same(one: bytes, other: bytes) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(one, other)
