"""The open sessions: one a case, opened when the first person comes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from engine.case import Case
from engine.errors import CaseCorruptError, CaseError
from engine.sentences import say
from streaming.audit.desk import AuditDesk
from streaming.planning.kept_poster import read_poster, what_is_shown
from streaming.planning.planning_case import open_planning_case, reopen_planning_case
from streaming.planning.poster import Poster
from streaming.protocol import CaseList, Fault, IceServerState, fault_of, sentence
from streaming.serving.catalogue import Catalogue
from streaming.session.admission import Admission
from streaming.session.connection import Connection
from streaming.session.live_session import LiveSession, time_now
from streaming.session.resume import ResumeTokens

MAX_IDLE_SESSIONS: Final = 4
"""Empty sessions kept open, so that coming back is quick; each holds its run tables and maps its files."""

DRAW_AHEAD_SECONDS: Final = 3.0
"""After a start, people who were waiting for the server come first."""

WATCH_SECONDS: Final = 1.0

T = TypeVar("T")
_LOG = logging.getLogger("cantlie.session")
_CASE_CHANGED = fault_of(code="case_changed", message=say("case_closed"), fatal=True)
_STOPPING = fault_of(code="stopping", message=say("stopping"), fatal=True)


class SessionRegistry:
    """Opens and closes sessions; all methods belong on the event loop.

    Args:
        cases: the served folder.
        resume_tokens: by which people prove who they are; good for this run only if not given.
        ice_servers: for voice between people who do not reach each other directly.
    """

    def __init__(
        self,
        cases: Path,
        resume_tokens: ResumeTokens | None = None,
        ice_servers: tuple[IceServerState, ...] = (),
    ) -> None:
        self.audit = AuditDesk(cases)
        self.resume_tokens = resume_tokens or ResumeTokens(secrets.token_bytes(32))
        self.refusals: Counter[str] = Counter()
        """How often what was refused, by code, since the server started."""
        self._ice_servers = ice_servers
        self._catalogue = Catalogue(cases)
        self._catalogue_lock = asyncio.Lock()
        self._sessions: dict[str, LiveSession] = {}
        self._looked_at: dict[str, tuple[int, int]] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="cantlie-work")

    async def warm_up(self) -> None:
        """Loads the compiled kernels, so that the first person does not wait for them."""
        await asyncio.get_running_loop().run_in_executor(self._threads, warm_up_kernels)
        if threading.current_thread() is threading.main_thread():  # the process is the server's own
            gc.freeze()  # looking through all libraries for garbage would hold up hands by a tenth of a second

    async def list_cases(self) -> CaseList:
        """The cases there are now."""
        async with self._catalogue_lock:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._catalogue.list)

    async def session(self, case_id: str) -> LiveSession:
        """The session of a case, opened if need be; one under way goes on over a newer revision of its case.

        Raises:
            CaseError: there is no such case, or it is broken.
        """
        loop = asyncio.get_running_loop()
        async with self._opening.setdefault(case_id, asyncio.Lock()):
            async with self._catalogue_lock:
                case: Case = await loop.run_in_executor(self._threads, self._catalogue.find, case_id)
            current = self._sessions.get(case_id)
            if current is not None and current.opened.case is case:
                return current
            if current is not None and not current.is_empty and _is_revision(case, current.opened.case):
                opened = await loop.run_in_executor(self._threads, reopen_planning_case, current.opened, case)
                current.use(opened)
                return current
            if current is not None:
                del self._sessions[case_id]
                await current.close(_CASE_CHANGED)
            opened = await loop.run_in_executor(self._threads, lambda: open_planning_case(case, at=time_now()))
            session = LiveSession(opened, self._threads, self.audit, self._ice_servers, self.refusals)
            self._sessions[case_id] = session
            return session

    async def work(self, job: Callable[[], T]) -> T:
        """Does something that blocks, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, job)

    async def poster(self, case_id: str) -> Poster | None:
        """What the page of a case shows at once; None where there is none of scene and plan as they are."""
        session = self._sessions.get(case_id)
        if session is not None and (poster := session.poster()) is not None:
            return poster
        async with self._catalogue_lock:
            return await asyncio.get_running_loop().run_in_executor(None, self._kept_poster, case_id)

    def _kept_poster(self, case_id: str) -> Poster | None:
        try:
            case = self._catalogue.find(case_id)
        except CaseError:
            return None
        return read_poster(case, what_is_shown(case))

    async def draw_ahead(self) -> None:
        """Has posters drawn that no visit has asked for, one after the other while nobody is here, until cancelled."""
        seen: dict[str, Case] = {}
        while True:
            await asyncio.sleep(DRAW_AHEAD_SECONDS)
            for listed in (await self.list_cases()).cases:
                while any(not session.is_empty for session in self._sessions.values()):
                    await asyncio.sleep(DRAW_AHEAD_SECONDS)
                with contextlib.suppress(CaseError):  # who opens it is told
                    await self._draw_ahead(listed.case_id, seen)

    async def _draw_ahead(self, case_id: str, seen: dict[str, Case]) -> None:
        async with self._catalogue_lock:
            case = await self.work(lambda: self._catalogue.find(case_id))
        if seen.get(case_id) is case:
            return
        seen[case_id] = case
        if await self.poster(case_id) is None:
            await (await self.session(case_id)).poster_done()
            await self.close_idle()

    async def watch(self) -> None:
        """Looks after corrections of open cases, again and again, until cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await self.look_after()

    async def look_after(self) -> None:
        """Takes up what was corrected in the cases that people have open."""
        loop = asyncio.get_running_loop()
        for case_id, session in list(self._sessions.items()):
            news = await loop.run_in_executor(self._threads, self._catalogue.news_of, session.opened.case)
            if news is not None and not session.is_empty and self._looked_at.get(case_id) != news:
                self._looked_at[case_id] = news  # what cannot be opened is tried once
                await self._take_up(case_id, session)

    async def _take_up(self, case_id: str, session: LiveSession) -> None:
        try:
            await self.session(case_id)
        except CaseError as error:
            damage = (
                error if isinstance(error, CaseCorruptError) else self._catalogue.damage_at(session.opened.case.path)
            )
            if damage is not None:  # people go on with what is open
                session.tell(
                    Fault(
                        code="case_damaged",
                        message=damage.what,
                        cure=damage.cure,
                        said=sentence(damage.what),
                        fatal=False,
                    )
                )
            elif self._sessions.get(case_id) is session:
                # Another case is in its place, or none: what they commit would go nowhere.
                del self._sessions[case_id]
                await session.close(_CASE_CHANGED)
        except Exception:
            _LOG.exception("a corrected case could not be opened")

    def find_connection(self, asset_token: str) -> tuple[LiveSession, Connection] | None:
        """Whose token this is."""
        for session in self._sessions.values():
            if (connection := session.connection_with(asset_token)) is not None:
                return session, connection
        return None

    def session_with_asset(self, digest: str, admission: Admission) -> LiveSession | None:
        """An open session whose case has the asset, among the cases that somebody may see."""
        seen = (session for case_id, session in self._sessions.items() if admission.covers(case_id))
        return next((one for one in seen if one.opened.assets.size(digest) is not None), None)

    def admission_in(self, case_id: str, client_id: str) -> Admission | None:
        """What somebody in a session was let in with; None if they are not there."""
        session = self._sessions.get(case_id)
        return None if session is None else session.admission_of(client_id)

    def review(self, judge: Callable[[str], Admission | Fault]) -> None:
        """Asks anew, by their passes, what everybody may do; who may be here no more is told why and let go."""
        for session in list(self._sessions.values()):
            session.review(judge)

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
        await asyncio.get_running_loop().run_in_executor(None, self.audit.close)
        self._threads.shutdown(wait=False, cancel_futures=True)


def _is_revision(new: Case, old: Case) -> bool:
    """Whether one is a correction of the other, so that the plan beside it is the one that is open."""
    return new.path == old.path and new.manifest.revision > old.manifest.revision


def warm_up_kernels() -> None:
    """Compiles or loads every kernel that a request may need; blocks."""
    from engine import proposals, resection, still
    from engine.meshing import shading

    resection.warm_up()
    proposals.warm_up()
    shading.warm_up()
    still.warm_up()
