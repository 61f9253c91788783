"""The open sessions: one a case, opened when the first person comes."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from engine.case import Case
from streaming.catalogue import Catalogue
from streaming.live_session import Connection, LiveSession, time_now
from streaming.planning_case import open_planning_case
from streaming.protocol import CaseList, Fault

MAX_IDLE_SESSIONS: Final = 4
"""Empty sessions kept open, so that coming back is quick; each holds its run tables and maps its files."""

_LOG = logging.getLogger("cantlie.session")
_CASE_CHANGED = Fault(code="case_changed", message="The case was closed.", cure="Reload the page.", fatal=True)
_STOPPING = Fault(code="stopping", message="The server is stopping.", cure="Reconnect in a moment.", fatal=True)


class SessionRegistry:
    """Opens and closes sessions; all methods belong on the event loop.

    Args:
        cases: the served folder.
    """

    def __init__(self, cases: Path) -> None:
        self._catalogue = Catalogue(cases)
        self._catalogue_lock = asyncio.Lock()
        self._sessions: dict[str, LiveSession] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="cantlie-work")

    async def warm_up(self) -> None:
        """Loads the compiled kernels, so that the first person does not wait for them."""
        await asyncio.get_running_loop().run_in_executor(self._threads, warm_up_kernels)

    async def list_cases(self) -> CaseList:
        """The cases there are now."""
        async with self._catalogue_lock:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._catalogue.list)

    async def session(self, case_id: str) -> LiveSession:
        """The session of a case, opened if need be; anew if the case was prepared again and nobody is in it.

        Raises:
            CaseError: there is no such case, or it is broken.
        """
        loop = asyncio.get_running_loop()
        async with self._opening.setdefault(case_id, asyncio.Lock()):
            async with self._catalogue_lock:
                case: Case = await loop.run_in_executor(self._threads, self._catalogue.find, case_id)
            current = self._sessions.get(case_id)
            if current is not None and (current.opened.case is case or not current.is_empty):
                return current
            if current is not None:
                del self._sessions[case_id]
                await current.close(_CASE_CHANGED)
            opened = await loop.run_in_executor(self._threads, lambda: open_planning_case(case, at=time_now()))
            session = LiveSession(opened, self._threads)
            self._sessions[case_id] = session
            return session

    def find_connection(self, asset_token: str) -> tuple[LiveSession, Connection] | None:
        """Whose token this is."""
        for session in self._sessions.values():
            if (connection := session.connection_with(asset_token)) is not None:
                return session, connection
        return None

    def session_with_asset(self, digest: str) -> LiveSession | None:
        """An open session whose case has the asset."""
        return next((one for one in self._sessions.values() if one.opened.assets.size(digest) is not None), None)

    async def close_idle(self) -> None:
        """Closes empty sessions beyond those worth keeping, the oldest first."""
        idle = [case_id for case_id, session in self._sessions.items() if session.is_empty]
        for case_id in idle[: max(0, len(idle) - MAX_IDLE_SESSIONS)]:
            async with self._opening.setdefault(case_id, asyncio.Lock()):
                session = self._sessions.get(case_id)
                if session is not None and session.is_empty:
                    del self._sessions[case_id]
                    await session.close(_CASE_CHANGED)

    async def close(self) -> None:
        """Ends everything; what was committed is on disk."""
        for session in list(self._sessions.values()):
            await session.close(_STOPPING)
        self._sessions.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)


def warm_up_kernels() -> None:
    """Compiles or loads every kernel that a request may need; blocks."""
    from engine.resection import warm_up

    warm_up()
