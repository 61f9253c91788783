"""A session with people on sockets: carries out what the pure session wants done."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final, assert_never

from engine.case import SESSION_FOLDER
from engine.errors import CantlieError, StorageError
from engine.sentences import say
from streaming.assets.opening import Opening, pack_opening
from streaming.audit.desk import AuditDesk
from streaming.planning.evaluation import Evaluation
from streaming.planning.planning_case import PlanningCase, case_limits
from streaming.planning.poster import Poster
from streaming.protocol import (
    ClientMessage,
    Fault,
    Hello,
    IceServerState,
    PersonPose,
    PersonState,
    PlanNumbers,
    PlanState,
    Rejected,
    Scene,
    SceneManifest,
    ServerMessage,
    fault_of,
)
from streaming.replay.archive import Archive
from streaming.replay.recordings import RECORDING_FILE, Recordings
from streaming.session.admission import Admission
from streaming.session.changes import Operation
from streaming.session.connection import Connection
from streaming.session.effects import (
    Broadcast,
    Compare,
    Construct,
    Effect,
    EndSearch,
    EndTakingApart,
    Evaluate,
    Flatten,
    Forget,
    Measure,
    Question,
    RecordPeople,
    Search,
    Send,
    ShowPresence,
    Store,
    TakeApart,
    Topic,
)
from streaming.session.errands import Errands, Happening
from streaming.session.fast_lane import FastLane, goes_at_once, text_frame
from streaming.session.live_recording import LiveRecording
from streaming.session.poster_desk import PosterDesk, PosterWish
from streaming.session.presence import PresenceTicker
from streaming.session.session import Session
from streaming.session.session_audit import SessionAudit

SNAPSHOT_EVERY: Final = 500
"""Operations; opening folds fewer than that, in less than 50 ms."""

_LOG = logging.getLogger("cantlie.session")

_REPLACED = fault_of(code="replaced", message=say("replaced"), fatal=True)


def time_now() -> str:
    """ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class LiveSession:
    """The people of one case.

    Args:
        opened: the case.
        threads: to compute numbers in.
        audit: where it is written down who came and changed what.
        ice_servers: told to who talks.
        refusals: counts what was refused, by code.
    """

    def __init__(
        self,
        opened: PlanningCase,
        threads: Executor,
        audit: AuditDesk,
        ice_servers: tuple[IceServerState, ...] = (),
        refusals: Counter[str] | None = None,
    ) -> None:
        self.opened = opened
        self._refusals = Counter() if refusals is None else refusals
        self.archive = Archive(opened)
        self._audit = SessionAudit(audit, opened.case.path)
        self._audit.opened(opened.operations)
        self._session = Session(
            opened.operations,
            case_limits(opened),
            start=opened.fold,
            earlier=opened.log.find,
            ice_servers=ice_servers,
        )
        self._packed: tuple[tuple[SceneManifest, PlanState], Opening] | None = None
        self._since_snapshot = len(opened.operations)
        self._connections: dict[str, Connection] = {}
        self._to_store: list[Operation] = []
        self._store_asked = asyncio.Event()
        # Its own thread: a slow disk delays acknowledgements, not numbers, and operations stay in order.
        self._log_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cantlie-log")
        self._evaluation = Evaluation(opened, threads, answered=self._answered, failed=self._not_answered)
        self._errands = Errands(opened, threads, self._tell, time_now)
        self._posters = PosterDesk(threads)
        self._presence = PresenceTicker(
            lambda seen: self._broadcast(Broadcast(message=seen, topic=Topic(kind="presence")))
        )
        self._recording = LiveRecording(
            Recordings(opened.case.path / SESSION_FOLDER / RECORDING_FILE), threads, self._seen, self._not_recorded
        )
        self._tasks = [
            asyncio.create_task(self._evaluation.run(), name="evaluation"),
            asyncio.create_task(self._store_forever(), name="operation log"),
        ]
        for task in self._tasks:
            task.add_done_callback(self._task_ended)
        self._carry_out(self._session.start())

    def opening(self) -> Opening:
        """What the first picture is drawn from, as it is now; packed anew where it changed."""
        made_from = (self.opened.manifest, self._session.plan_state())
        if self._packed is None or self._packed[0] != made_from:
            self._packed = made_from, pack_opening(*made_from, self.opened.assets)
        self._want_poster()
        return self._packed[1]

    def poster(self) -> Poster | None:
        """What the page shows until the first picture is drawn; None while there is none of the plan as it is now."""
        return self._posters.poster(self._poster_wish())

    async def poster_done(self) -> None:
        """Until there is one of the plan as it is now, or there cannot be one."""
        self._want_poster()
        await self._posters.done()

    def _want_poster(self) -> None:
        self._posters.want(self._poster_wish())

    def _poster_wish(self) -> PosterWish:
        session = self._session
        return PosterWish(
            opened=self.opened, resections=session.plan_state().resections, revision=session.plan.revision
        )

    @property
    def is_empty(self) -> bool:
        """Whether nobody is here."""
        return not self._connections

    def connection_with(self, asset_token: str) -> Connection | None:
        """The connection that was given this token."""
        offered = asset_token.encode()
        matching = (
            one for one in self._connections.values() if secrets.compare_digest(one.asset_token.encode(), offered)
        )
        return next(matching, None)

    def connect(
        self,
        client_id: str,
        hello: Hello,
        greet: Callable[[Connection, str], Iterable[ServerMessage]],
        admission: Admission,
        lane: FastLane | None = None,
    ) -> Connection:
        """Lets somebody in; an older connection of the same person ends.

        Args:
            client_id: theirs, checked.
            hello: what they said.
            greet: the first messages, given the connection and the person's colour.
            admission: what they were let in with.
            lane: the short way of their socket, if it has one.
        """
        if (older := self._connections.get(client_id)) is not None:
            older.end(_REPLACED)
            self.disconnect(older)
        connection = Connection(client_id, admission, lane)
        name = admission.name or hello.display_name  # nobody who was invited passes for somebody else
        joined = self._session.join(client_id, display_name=name, device=hello.device, role=admission.role)
        for message in greet(connection, self._session.colour_of(client_id)):
            connection.send(message.model_dump_json())
        self._connections[client_id] = connection
        self._audit.joined(client_id, name, admission, hello.device)
        self._carry_out(joined)
        return connection

    def disconnect(self, connection: Connection) -> None:
        """The line is dead; nothing more if a newer one took its place."""
        connection.ended.set()
        if self._connections.get(connection.client_id) is connection:
            del self._connections[connection.client_id]
            self._audit.left(connection.client_id, connection.last_word)
            self._carry_out(self._session.leave(connection.client_id))

    def admission_of(self, client_id: str) -> Admission | None:
        """What somebody here was let in with."""
        connection = self._connections.get(client_id)
        return None if connection is None else connection.admission

    def review(self, judge: Callable[[str], Admission | Fault]) -> None:
        """Brings everybody in line with what their passes let them do now."""
        for connection in list(self._connections.values()):
            held = connection.admission
            if held.pass_id is None:
                continue
            judged = judge(held.pass_id)
            if isinstance(judged, Fault):
                connection.end(judged)
                self.disconnect(connection)
            elif judged.role != held.role:
                connection.admission = judged
                self._audit.role_changed(connection.client_id, judged.role)
                self._carry_out(self._session.change_role(connection.client_id, judged.role))

    def receive(self, connection: Connection, message: ClientMessage) -> None:
        """A message arrived."""
        if self._connections.get(connection.client_id) is connection:
            self._carry_out(self._session.receive(connection.client_id, message, at=time_now()))

    def use(self, opened: PlanningCase) -> None:
        """The case was corrected: everybody gets the scene again, and numbers counted on the new labels."""
        self.opened = opened
        self._evaluation.use(opened)
        self._errands.use(opened)
        self._carry_out([Broadcast(message=Scene(manifest=opened.manifest), topic=Topic(kind="scene"))])
        self._carry_out(self._session.case_changed(case_limits(opened)))
        self._want_poster()

    def tell(self, fault: Fault) -> None:
        """Says something to everybody."""
        self._carry_out([Broadcast(message=fault)])

    async def close(self, reason: Fault) -> None:
        """Ends all connections; operations under way are stored first."""
        for connection in list(self._connections.values()):
            connection.end(reason)
            self.disconnect(connection)
        self._presence.close()
        for task in self._tasks:
            task.cancel()
        ends = (self._errands.close(), self._recording.close(), self._posters.close())
        await asyncio.gather(*self._tasks, *ends, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(None, self._log_thread.shutdown)
        self.opened.log.close()

    # ---- carrying out ----

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send():
                    self._send(effect)
                case Broadcast():
                    self._broadcast(effect)
                case ShowPresence(client_id=client_id, pose=pose):
                    self._presence.move(client_id, pose)
                case RecordPeople(client_id=who, is_recording=is_recording):
                    self._recording.switch(is_recording)
                    self._audit.recorded(who, is_recording)
                case Forget(topic=topic):
                    for connection in self._connections.values():
                        connection.outbox.forget(topic)
                case Store(operation=operation):
                    self._to_store.append(operation)
                    self._store_asked.set()
                case Evaluate(question=question):
                    self._evaluation.ask(question)
                case (
                    Construct()
                    | Compare()
                    | Measure()
                    | Search()
                    | EndSearch()
                    | Flatten()
                    | TakeApart()
                    | EndTakingApart()
                ):
                    self._errands.run(effect)
                case _:
                    assert_never(effect)

    def _send(self, send: Send) -> None:
        if isinstance(send.message, Rejected):
            self._refusals[send.message.code] += 1
        if (connection := self._connections.get(send.client_id)) is not None:
            connection.send(send.message.model_dump_json(), send.topic)

    def _broadcast(self, broadcast: Broadcast) -> None:
        text = broadcast.message.model_dump_json()  # once, for everybody
        frame = text_frame(text) if goes_at_once(broadcast.topic) else None
        for connection in self._connections.values():
            if connection.client_id == broadcast.except_client:
                continue
            if frame is None or not connection.send_now(frame):
                connection.send(text, broadcast.topic)

    def _answered(self, question: Question, numbers: PlanNumbers) -> None:
        self._carry_out(self._session.answered(question, numbers))

    def _not_answered(self, question: Question, error: CantlieError) -> None:
        self._carry_out(self._session.not_answered(question, what=error.what, cure=error.cure))

    def _seen(self) -> tuple[dict[str, PersonState], Mapping[str, PersonPose]]:
        here = {one.client_id: one for one in self._session.people().people}
        return here, self._presence.poses

    def _not_recorded(self, error: CantlieError) -> None:
        self._carry_out(self._session.recording_failed(what=error.what, cure=error.cure))

    def _tell(self, happened: Happening) -> None:
        self._carry_out(happened(self._session))

    async def _store_forever(self) -> None:
        """Group commit: while one batch is being flushed the next one gathers."""
        loop = asyncio.get_running_loop()
        await self._keep_snapshot_if_due()
        while True:
            await self._store_asked.wait()
            self._store_asked.clear()
            batch = tuple(self._to_store)
            if not batch:
                continue
            self._to_store.clear()
            try:
                await loop.run_in_executor(self._log_thread, self.opened.log.append, batch)
            except StorageError as error:
                self._to_store.clear()  # they fall with the batch: they were built on it
                self._carry_out(self._session.not_stored(batch[0], what=error.what, cure=error.cure))
                continue
            self._audit.changed(batch)
            for operation in batch:
                self._carry_out(self._session.stored(operation))
            self._want_poster()
            self._since_snapshot += len(batch)
            await self._keep_snapshot_if_due()

    async def _keep_snapshot_if_due(self) -> None:
        if self._since_snapshot < SNAPSHOT_EVERY:
            return
        self._since_snapshot = 0
        keep = self.opened.log.keep_snapshot
        try:
            await asyncio.get_running_loop().run_in_executor(
                self._log_thread, keep, self._session.fold, self.opened.start
            )
        except StorageError as error:  # the log has everything
            _LOG.warning("%s", error.what)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("the task '%s' of a session failed", task.get_name(), exc_info=error)
            fault = fault_of(code="internal", message=say("mistake"), fatal=True)
            for connection in list(self._connections.values()):
                connection.end(fault)
