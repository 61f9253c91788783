"""Where everybody is now, told to all in one message a tick: what came between two ticks is one move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from streaming.protocol import MovedPerson, PersonPose, Presence

TICK_SECONDS: Final = 1 / 60


class PresenceTicker:
    """Gathers moves and tells them at most once a tick; nothing is sent while nobody moves.

    Args:
        tell: sends the message to everybody; the newest replaces one that waits.
    """

    def __init__(self, tell: Callable[[Presence], None]) -> None:
        self._tell = tell
        self._poses: dict[str, PersonPose] = {}
        self._due: asyncio.TimerHandle | None = None

    def move(self, client_id: str, pose: PersonPose | None) -> None:
        """Somebody is here now, or is not seen any more."""
        if pose is None:
            self.forget(client_id)
            return
        self._poses[client_id] = pose
        self._ask()

    def forget(self, client_id: str) -> None:
        """Somebody left, or looks by themselves."""
        if self._poses.pop(client_id, None) is not None:
            self._ask()

    def close(self) -> None:
        """Nothing is told any more."""
        if self._due is not None:
            self._due.cancel()

    @property
    def poses(self) -> Mapping[str, PersonPose]:
        """Where everybody is who can be seen, by id."""
        return self._poses

    def message(self) -> Presence:
        """Everybody who can be seen, as of now."""
        return Presence(people=tuple(MovedPerson(client_id=one, pose=pose) for one, pose in self._poses.items()))

    def _ask(self) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        self._due = None
        self._tell(self.message())
