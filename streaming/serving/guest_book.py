"""Who was invited and who came: invitations and passes, kept in SQLite beside the certificate.

Questions are answered from memory; every change is on disk before it counts. Changes block: the caller makes them off
the event loop.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, Self

from engine.errors import StorageError
from streaming.protocol import Role
from streaming.serving.secrets_of_guests import hash_of_code, hash_of_token, is_same, new_code, new_token
from streaming.session.admission import Admission

OWNER_PASS_SECONDS: Final = 7 * 86400.0
MAX_INVITES: Final = 200
KEPT_AFTER_END_SECONDS: Final = 7 * 86400.0
"""So long who comes with an ended pass is told why."""

_FILE, _SALT_FILE = "guests.sqlite", "guests.salt"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS invites (
    invite_id TEXT PRIMARY KEY, role TEXT NOT NULL, case_id TEXT NOT NULL, code_hash BLOB NOT NULL,
    link_hash BLOB NOT NULL, made_at REAL NOT NULL, expires_at REAL NOT NULL, revoked INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS passes (
    pass_id TEXT PRIMARY KEY, token_hash BLOB NOT NULL UNIQUE, invite_id TEXT, role TEXT NOT NULL, case_id TEXT,
    name TEXT NOT NULL, expires_at REAL NOT NULL, removed INTEGER NOT NULL
) STRICT;
"""

Ended = Literal["revoked", "removed", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptInvite:
    """An invitation; times are seconds since 1970."""

    invite_id: str
    role: Role
    case_id: str
    code_hash: bytes
    link_hash: bytes
    made_at: float
    expires_at: float
    revoked: bool = False

    def is_open(self, now: float) -> bool:
        """Whether it still lets people in."""
        return not self.revoked and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestPass:
    """What somebody shows after they were let in; `invite_id` is None for owners who came by the server's own key."""

    pass_id: str
    token_hash: bytes
    invite_id: str | None
    role: Role
    case_id: str | None
    name: str
    expires_at: float
    removed: bool = False

    @property
    def admission(self) -> Admission:
        """What it lets its bearer do."""
        return Admission(role=self.role, pass_id=self.pass_id, case_id=self.case_id, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvite:
    """An invitation with the secrets that are told once."""

    invite: KeptInvite
    code: str
    link: str


class GuestBook:
    """An open book; close it.

    Args:
        connection: to its database.
        salt: of the hashes of codes.
    """

    def __init__(self, connection: sqlite3.Connection, salt: bytes) -> None:
        self._connection = connection
        self._salt = salt
        self._lock = threading.Lock()
        self._invites: dict[str, KeptInvite] = {}
        self._passes: dict[str, GuestPass] = {}
        self._by_token: dict[bytes, str] = {}

    @classmethod
    def open(cls, folder: Path, now: float) -> Self:
        """The book in this folder, or a new one; what ended long ago is forgotten.

        Where the folder may not be written the book is good for one run.

        Raises:
            StorageError: the file cannot be written, or is no book.
        """
        path = folder / _FILE
        try:
            folder.mkdir(exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            salt = _kept_salt(folder / _SALT_FILE)
        except OSError:
            return cls._opened(":memory:", secrets.token_bytes(32), now)
        try:
            return cls._opened(path, salt, now)
        except sqlite3.Error as error:
            raise StorageError(
                "The book of guests cannot be kept.",
                cure=f"Allow writing to the folder of cases, or move {folder.name}/{_FILE} away.",
            ) from error

    @classmethod
    def _opened(cls, path: Path | str, salt: bytes, now: float) -> Self:
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5.0)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_SCHEMA)
            book = cls(connection, salt)
            book._load(now - KEPT_AFTER_END_SECONDS)
        except sqlite3.Error:
            connection.close()
            raise
        return book

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    # ---- questions ----

    def admission_for(self, token: str, now: float) -> Admission | Ended | None:
        """What a pass lets its bearer do, or why no more; None for a pass that this server did not give."""
        pass_id = self._by_token.get(hash_of_token(token))
        return None if pass_id is None else self.admission_of(pass_id, now)

    def admission_of(self, pass_id: str, now: float) -> Admission | Ended | None:
        """The same by the id of the pass."""
        held = self._passes.get(pass_id)
        if held is None:
            return None
        if held.removed:
            return "removed"
        invite = None if held.invite_id is None else self._invites.get(held.invite_id)
        if invite is not None and invite.revoked:
            return "revoked"
        return "expired" if now >= held.expires_at else held.admission

    def open_invites(self, now: float) -> tuple[KeptInvite, ...]:
        """Those that let people in, the newest first."""
        kept = [one for one in self._invites.values() if one.is_open(now)]
        return tuple(sorted(kept, key=lambda one: one.made_at, reverse=True))

    def passes_of(self, invite_id: str) -> tuple[GuestPass, ...]:
        """Who came by an invitation and was not removed."""
        return tuple(one for one in self._passes.values() if one.invite_id == invite_id and not one.removed)

    def invite_with_code(self, code: str, now: float) -> KeptInvite | None:
        """The open invitation of this code; takes the same time whether there is one or not."""
        offered = hash_of_code(code, self._salt)
        matching = [one for one in self._invites.values() if is_same(one.code_hash, offered) and one.is_open(now)]
        return matching[0] if matching else None

    def invite_with_link(self, link: str, now: float) -> KeptInvite | Ended | None:
        """The invitation of this link, or why it lets nobody in any more."""
        offered = hash_of_token(link)
        for one in list(self._invites.values()):
            if is_same(one.link_hash, offered):
                return "revoked" if one.revoked else one if one.is_open(now) else "expired"
        return None

    # ---- changes ----

    def invite(self, *, role: Role, case_id: str, now: float, expires_at: float) -> NewInvite:
        """Makes an invitation.

        Raises:
            StorageError: it cannot be kept, or there are too many.
        """
        if len(self.open_invites(now)) >= MAX_INVITES:
            raise StorageError("There are too many invitations.", cure="Revoke some that nobody needs any more.")
        code, link = new_code(), new_token()
        while self.invite_with_code(code, now) is not None:
            code = new_code()
        invite = KeptInvite(
            invite_id=f"i-{secrets.token_hex(6)}",
            role=role,
            case_id=case_id,
            code_hash=hash_of_code(code, self._salt),
            link_hash=hash_of_token(link),
            made_at=now,
            expires_at=expires_at,
        )
        row = (*_row_of_invite(invite),)
        self._write("INSERT INTO invites VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._invites[invite.invite_id] = invite
        return NewInvite(invite=invite, code=code, link=link)

    def revoke(self, invite_id: str) -> bool:
        """From now on it lets nobody in, and those who came by it are out; False where there is none.

        Raises:
            StorageError: it cannot be kept.
        """
        if (invite := self._invites.get(invite_id)) is None:
            return False
        self._write("UPDATE invites SET revoked = 1 WHERE invite_id = ?", (invite_id,))
        self._invites[invite_id] = replace(invite, revoked=True)
        return True

    def admit(self, invite: KeptInvite | None, now: float) -> tuple[GuestPass, str]:
        """A pass for somebody who came by an invitation, or by the server's own key, and the secret to show it by.

        Raises:
            StorageError: it cannot be kept.
        """
        token = new_token()
        held = GuestPass(
            pass_id=f"p-{secrets.token_hex(6)}",
            token_hash=hash_of_token(token),
            invite_id=None if invite is None else invite.invite_id,
            role="owner" if invite is None else invite.role,
            case_id=None if invite is None else invite.case_id,
            name="",
            expires_at=now + OWNER_PASS_SECONDS if invite is None else invite.expires_at,
        )
        row = (held.pass_id, held.token_hash, held.invite_id, held.role, held.case_id, held.name, held.expires_at, 0)
        self._write("INSERT INTO passes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._remember(held)
        return held, token

    def rename(self, pass_id: str, name: str) -> None:
        """The bearer of a pass says what they are called.

        Raises:
            StorageError: it cannot be kept.
        """
        self._write("UPDATE passes SET name = ? WHERE pass_id = ?", (name, pass_id))
        self._passes[pass_id] = replace(self._passes[pass_id], name=name)

    def change_role(self, pass_id: str, role: Role) -> None:
        """The bearer of a pass may do something else from now on.

        Raises:
            StorageError: it cannot be kept.
        """
        self._write("UPDATE passes SET role = ? WHERE pass_id = ?", (role, pass_id))
        self._passes[pass_id] = replace(self._passes[pass_id], role=role)

    def remove(self, pass_id: str) -> None:
        """The pass is void.

        Raises:
            StorageError: it cannot be kept.
        """
        self._write("UPDATE passes SET removed = 1 WHERE pass_id = ?", (pass_id,))
        self._passes[pass_id] = replace(self._passes[pass_id], removed=True)

    # ---- the file ----

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            with self._lock:
                self._connection.execute(statement, values)  # durable when it returns: autocommit, synchronous FULL
        except sqlite3.Error as error:
            raise StorageError("The book of guests could not be written.", cure="Free disk space.") from error

    def _load(self, forget_before: float) -> None:
        for table in ("invites", "passes"):
            self._connection.execute(f"DELETE FROM {table} WHERE expires_at < ?", (forget_before,))  # noqa: S608
        for row in self._connection.execute("SELECT * FROM invites"):
            invite = KeptInvite(
                invite_id=row[0],
                role=row[1],
                case_id=row[2],
                code_hash=row[3],
                link_hash=row[4],
                made_at=row[5],
                expires_at=row[6],
                revoked=bool(row[7]),
            )
            self._invites[invite.invite_id] = invite
        for row in self._connection.execute("SELECT * FROM passes"):
            self._remember(
                GuestPass(
                    pass_id=row[0],
                    token_hash=row[1],
                    invite_id=row[2],
                    role=row[3],
                    case_id=row[4],
                    name=row[5],
                    expires_at=row[6],
                    removed=bool(row[7]),
                )
            )

    def _remember(self, held: GuestPass) -> None:
        self._passes[held.pass_id] = held
        self._by_token[held.token_hash] = held.pass_id


def _row_of_invite(invite: KeptInvite) -> Iterator[object]:
    yield from (invite.invite_id, invite.role, invite.case_id, invite.code_hash, invite.link_hash)
    yield from (invite.made_at, invite.expires_at, int(invite.revoked))


def _kept_salt(path: Path) -> bytes:
    with contextlib.suppress(OSError, ValueError):
        kept = bytes.fromhex(path.read_text(encoding="ascii"))
        if len(kept) == 32:
            return kept
    salt = secrets.token_bytes(32)
    path.touch(mode=0o600)
    path.write_text(salt.hex(), encoding="ascii")
    return salt
