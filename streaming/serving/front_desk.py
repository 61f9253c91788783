"""The front desk: invites people, lets them in, changes what they may do and sees them out.

Every decision is kept first and then carried out on the connections that are open, by one and the same review that
also ends what has expired.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar, assert_never

from engine.sentences import say
from streaming.protocol import Fault, InviteLasts, Join, Role, fault_of
from streaming.serving.guess_limit import GuessLimit
from streaming.serving.guest_book import Ended, GuestBook, GuestPass, KeptInvite, NewInvite
from streaming.serving.secrets_of_guests import hash_of_token, is_same, typed_code
from streaming.session.admission import Admission

if TYPE_CHECKING:
    from streaming.session.registry import SessionRegistry

REVIEW_SECONDS: Final = 0.5
HOUR_SECONDS: Final = 3600.0
_T = TypeVar("_T")

_ENDED: Final = MappingProxyType(
    {
        "revoked": fault_of(
            code="revoked",
            message=say("invite_revoked"),
            fatal=True,
        ),
        "removed": fault_of(
            code="removed",
            message=say("removed"),
            fatal=True,
        ),
        "expired": fault_of(
            code="expired",
            message=say("invite_over"),
            fatal=True,
        ),
    }
)
_WRONG: Final = MappingProxyType(
    {
        "code": fault_of(
            code="wrong_code",
            message=say("wrong_code"),
            fatal=False,
        ),
        "link": fault_of(code="wrong_link", message=say("wrong_link"), fatal=False),
        "key": fault_of(
            code="wrong_key",
            message=say("wrong_key"),
            fatal=False,
        ),
    }
)


class RefusedAtTheDeskError(Exception):
    """Somebody is not let in, or may not do what they asked; `fault` says why.

    Args:
        status: of the HTTP answer.
        fault: what the person is told.
        wait_seconds: until they may try again.
    """

    def __init__(self, status: int, fault: Fault, wait_seconds: float = 0.0) -> None:
        super().__init__(fault.code)
        self.status = status
        self.fault = fault
        self.wait_seconds = wait_seconds


class FrontDesk:
    """Belongs on the event loop; what is kept is written off it.

    Args:
        book: of invitations and passes.
        registry: of the sessions whose people it reviews.
        key: the server's own, which makes an owner; None where only this computer can connect.
        now: seconds since 1970; for tests.
    """

    def __init__(
        self, book: GuestBook, registry: SessionRegistry, key: str | None, now: Callable[[], float] = time.time
    ) -> None:
        self.book = book
        self._registry = registry
        self._key_hash = None if key is None else hash_of_token(key)
        self._guesses = GuessLimit()
        self._hashing = asyncio.Semaphore(1)
        self.now = now

    def judge(self, token: str) -> Admission | Fault | None:
        """What the secret of a pass lets its bearer do now."""
        return _judged(self.book.admission_for(token, self.now()))

    async def join(self, wish: Join, address: str) -> tuple[GuestPass, str]:
        """Lets somebody in who has a code, a link or the key.

        Args:
            wish: what they have.
            address: where they come from, for the limit on guesses.

        Returns:
            Their pass, and the secret to show it by.

        Raises:
            RefusedAtTheDeskError: it opens nothing, or they guessed too often.
            StorageError: the pass cannot be kept.
        """
        if (wait := self._guesses.wait(address, self.now())) > 0.0:
            raise _too_often(wait)
        invite = await self._invite_for(wish)
        if isinstance(invite, Fault):
            self._guesses.guessed_wrong(address, self.now())
            self._registry.refusals[invite.code] += 1
            raise RefusedAtTheDeskError(403, invite)
        return await _off_the_loop(lambda: self.book.admit(invite, self.now()))

    async def _invite_for(self, wish: Join) -> KeptInvite | Fault | None:
        """The invitation, None for the server's own key."""
        match wish.by:
            case "code":
                code = typed_code(wish.secret)
                if code is None:
                    return _WRONG["code"]
                async with self._hashing:  # slow on purpose: one at a time
                    return await _off_the_loop(lambda: self.book.invite_with_code(code, self.now())) or _WRONG["code"]
            case "link":
                found = self.book.invite_with_link(wish.secret, self.now())
                return _ENDED[found] if isinstance(found, str) else found or _WRONG["link"]
            case "key":
                offered = hash_of_token(wish.secret)
                is_right = self._key_hash is not None and is_same(offered, self._key_hash)
                return None if is_right else _WRONG["key"]
            case _:
                assert_never(wish.by)

    async def invite(self, case_id: str, role: Role, lasts: InviteLasts) -> NewInvite:
        """Makes an invitation.

        Raises:
            StorageError: it cannot be kept, or there are too many.
        """
        now = self.now()
        expires_at = end_of(lasts, now)
        return await _off_the_loop(lambda: self.book.invite(role=role, case_id=case_id, now=now, expires_at=expires_at))

    async def revoke(self, invite_id: str) -> None:
        """Nobody comes in by it any more, and who came by it is out.

        Raises:
            StorageError: it cannot be kept.
        """
        await _off_the_loop(lambda: self.book.revoke(invite_id))
        self.review()

    async def rename(self, pass_id: str, name: str) -> None:
        """Somebody says what they are called.

        Raises:
            StorageError: it cannot be kept.
        """
        await _off_the_loop(lambda: self.book.rename(pass_id, name))

    async def change_role(self, pass_id: str, role: Role) -> None:
        """Somebody may do something else from now on, in all their windows.

        Raises:
            StorageError: it cannot be kept.
        """
        await _off_the_loop(lambda: self.book.change_role(pass_id, role))
        self.review()

    async def remove(self, pass_id: str) -> None:
        """Sees somebody out.

        Raises:
            StorageError: it cannot be kept.
        """
        await _off_the_loop(lambda: self.book.remove(pass_id))
        self.review()

    def review(self) -> None:
        """Brings all who are connected in line with the book."""
        now = self.now()
        self._registry.review(lambda pass_id: _judged(self.book.admission_of(pass_id, now)) or _ENDED["removed"])

    async def watch(self) -> None:
        """Reviews again and again, until cancelled: invitations end by themselves."""
        while True:
            await asyncio.sleep(REVIEW_SECONDS)
            self.review()


def end_of(lasts: InviteLasts, now: float) -> float:
    """When an invitation of this length ends: today at midnight where the server is, in an hour at the earliest."""
    match lasts:
        case "hour":
            return now + HOUR_SECONDS
        case "today":
            tomorrow = datetime.fromtimestamp(now).astimezone().date() + timedelta(days=1)
            midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day).astimezone()
            return max(midnight.timestamp(), now + HOUR_SECONDS)
        case "week":
            return now + 7 * 24 * HOUR_SECONDS
        case _:
            assert_never(lasts)


def _judged(known: Admission | Ended | None) -> Admission | Fault | None:
    return _ENDED[known] if isinstance(known, str) else known


def _too_often(wait_seconds: float) -> RefusedAtTheDeskError:
    seconds = max(1, round(wait_seconds + 0.5))
    return RefusedAtTheDeskError(
        429,
        fault_of(
            code="too_many_guesses",
            message=say("too_many_guesses", seconds),
            fatal=False,
        ),
        wait_seconds=seconds,
    )


async def _off_the_loop(work: Callable[[], _T]) -> _T:
    return await asyncio.get_running_loop().run_in_executor(None, work)
