"""The control socket: one person's messages in, one person's outbox out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from typing import Final, TypeVar

from fastapi import WebSocket, WebSocketDisconnect
from pydantic import TypeAdapter, ValidationError

from engine.errors import CantlieError
from engine.sentences import say
from streaming.protocol import (
    CLIENT_MESSAGE,
    PROTOCOL_VERSION,
    ClientMessage,
    Fault,
    Hello,
    Scene,
    ServerMessage,
    SignalVoice,
    Welcome,
    fault_of,
    sentence,
)
from streaming.serving.access import ADMISSION
from streaming.session.admission import Admission
from streaming.session.connection import Connection
from streaming.session.fast_lane import FAST_LANE, FastLane, is_hot
from streaming.session.live_session import LiveSession
from streaming.session.rate_limit import RateLimit
from streaming.session.registry import SessionRegistry
from streaming.session.resume import ResumeTokens

HELLO_SECONDS: Final = 10.0
MAX_MALFORMED: Final = 16
MESSAGES_PER_SECOND: Final = 400.0
MESSAGES_AT_ONCE: Final = 800.0
SIGNALS_PER_SECOND: Final = 20.0
SIGNALS_AT_ONCE: Final = 200.0
"""Joining takes about fifteen for each of the five others; more of them would only fill others' lines."""
MAX_SLOWED: Final = 4000
"""Messages above the limit without a pause: ten seconds of flooding."""
LAST_WORD_SECONDS: Final = 0.4

FLOODING: Final = fault_of(
    code="flooding",
    message=say("flooding"),
    fatal=True,
)
_OTHER_CASE: Final = fault_of(
    code="other_case",
    message=say("other_case"),
    fatal=True,
)
_NO_HELLO: Final = fault_of(
    code="too_slow",  # upon which the page tries again
    message=say("hello_late"),
    fatal=True,
)
_NOT_YOU: Final = fault_of(
    code="not_you",
    message=say("not_you"),
    fatal=False,
)

_LOG = logging.getLogger("cantlie.control")
_T = TypeVar("_T")


class RefusedError(Exception):
    """The connection has to end; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


async def control_socket(socket: WebSocket, registry: SessionRegistry) -> None:
    """Serves one control connection from hello to the end."""
    await socket.accept()
    try:
        admission = admitted(socket)
        hello = await _hello(socket)
        if not admission.covers(hello.case_id):
            raise RefusedError(_OTHER_CASE)
        session = await _session(registry, hello)
        lane: FastLane | None = socket.scope.get("extensions", {}).get(FAST_LANE)
        client_id, is_known = _client_id(hello, registry.resume_tokens)
        connection = session.connect(
            client_id,
            hello,
            lambda made, colour: _greeting(
                session, made, colour, registry.resume_tokens.token(hello.case_id, made.client_id)
            ),
            admission,
            lane,
        )
        if not is_known:
            registry.refusals[_NOT_YOU.code] += 1
            connection.send(_NOT_YOU.model_dump_json())
        try:
            await _serve(socket, session, connection, lane, registry.refusals)
        finally:
            session.disconnect(connection)
            await registry.close_idle()
    except RefusedError as refused:
        registry.refusals[refused.fault.code] += 1
        await farewell(socket, refused.fault)
    except WebSocketDisconnect:
        pass


def admitted(socket: WebSocket) -> Admission:
    """What the gate found out about who connects.

    Raises:
        RefusedError: their pass is void.
    """
    admission = socket.scope[ADMISSION]
    if not isinstance(admission, Admission):
        raise RefusedError(admission)
    return admission


async def receive_message(socket: WebSocket, adapter: TypeAdapter[_T]) -> _T | None:
    """The next message, None if it is no message of the protocol.

    Raises:
        WebSocketDisconnect: the other side is gone.
    """
    frame = await socket.receive()
    if frame["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(frame.get("code", 1005))
    text = frame.get("text")
    if text is None:
        return None
    try:
        return adapter.validate_json(text)
    except ValidationError:
        return None


async def farewell(socket: WebSocket, fault: Fault) -> None:
    """Says why, and closes; the other side may be gone already."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(2.0):
            await socket.send_text(fault.model_dump_json())
            await socket.close(code=1008, reason=fault.code)


def malformed(*, fatal: bool) -> Fault:
    """The answer to a frame that is no message; never repeats what was sent."""
    return fault_of(
        code="malformed",
        message=say("not_of_protocol"),
        fatal=fatal,
    )


async def _hello(socket: WebSocket) -> Hello:
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            message = await receive_message(socket, CLIENT_MESSAGE)
    except TimeoutError:
        raise RefusedError(_NO_HELLO) from None
    if not isinstance(message, Hello):
        raise RefusedError(malformed(fatal=True))
    if message.protocol_version != PROTOCOL_VERSION:
        fault = fault_of(
            code="protocol_version",
            message=say("other_version", PROTOCOL_VERSION),
            fatal=True,
        )
        raise RefusedError(fault)
    return message


async def _session(registry: SessionRegistry, hello: Hello) -> LiveSession:
    try:
        return await registry.session(hello.case_id)
    except CantlieError as error:
        fault = Fault(
            code="case_unavailable", message=error.what, cure=error.cure, said=sentence(error.what), fatal=True
        )
        raise RefusedError(fault) from error
    except Exception as error:
        _LOG.exception("a case could not be opened")
        fault = fault_of(
            code="internal",
            message=say("case_not_opened"),
            fatal=True,
        )
        raise RefusedError(fault) from error


def _client_id(hello: Hello, tokens: ResumeTokens) -> tuple[str, bool]:
    """Who they are from now on, and whether that is who they said they were, if they said so."""
    if hello.client_id is None:
        return f"c-{secrets.token_hex(6)}", True
    if tokens.is_right(hello.case_id, hello.client_id, hello.resume_token):
        return hello.client_id, True
    return f"c-{secrets.token_hex(6)}", False


def _greeting(
    session: LiveSession, connection: Connection, colour: str, resume_token: str
) -> tuple[ServerMessage, ...]:
    welcome = Welcome(
        protocol_version=PROTOCOL_VERSION,
        client_id=connection.client_id,
        asset_token=connection.asset_token,
        resume_token=resume_token,
        colour=colour,
        role=connection.admission.role,
    )
    return welcome, Scene(manifest=session.opened.manifest)


async def _serve(
    socket: WebSocket, session: LiveSession, connection: Connection, lane: FastLane | None, refusals: Counter[str]
) -> None:
    """Until one of the two directions ends; a writer that cannot get through ends the reader too."""
    reading = _Reader(session, connection, refusals)
    if lane is not None:
        lane.take_by(reading.take)
    writer = asyncio.create_task(_write(socket, connection))
    reader = asyncio.create_task(reading.read(socket))
    ended = asyncio.create_task(connection.ended.wait())
    tasks = (writer, reader, ended)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if reader.done():
            reader.result()
        elif not writer.done():  # the connection was ended: who does not read does not get the last word
            await asyncio.wait((writer,), timeout=LAST_WORD_SECONDS)
    finally:
        if lane is not None:
            lane.take_by(None)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _write(socket: WebSocket, connection: Connection) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while (text := await connection.next_text()) is not None:
            await socket.send_text(text)
        if connection.last_word is not None:
            await farewell(socket, connection.last_word)


class _Reader:
    """What one person says. Who floods is read more slowly, so that TCP slows them down, and let go if they go on.

    Args:
        session: they take part in.
        connection: theirs.
        refusals: counts what was refused.
    """

    def __init__(self, session: LiveSession, connection: Connection, refusals: Counter[str]) -> None:
        self._session = session
        self._connection = connection
        self._refusals = refusals
        self._loop = asyncio.get_running_loop()
        self._limit = RateLimit(per_second=MESSAGES_PER_SECOND, burst=MESSAGES_AT_ONCE)
        self._signals = RateLimit(per_second=SIGNALS_PER_SECOND, burst=SIGNALS_AT_ONCE)
        self._malformed = self._slowed = 0
        self._is_slowing = False

    def take(self, text: bytes) -> bool:
        """Deals at once with what comes at hand speed; whatever is special about it is left to `read`."""
        if self._is_slowing or self._connection.last_word is not None or not is_hot(text):
            return False
        now = self._loop.time()
        if not self._limit.has_room(now):
            return False
        try:
            message = CLIENT_MESSAGE.validate_json(text)
        except ValidationError:
            return False
        self._session.receive(self._connection, message)
        self._limit.delay(now)
        if self._limit.is_calm:
            self._slowed = 0
        return True

    async def read(self, socket: WebSocket) -> None:
        """Until the connection ends.

        Raises:
            RefusedError: they said too much that is no message, or too much.
            WebSocketDisconnect: the other side is gone.
        """
        while self._connection.last_word is None:
            message: ClientMessage | None = await receive_message(socket, CLIENT_MESSAGE)
            if message is None:
                self._not_a_message()
            else:
                self._session.receive(self._connection, message)
            now = self._loop.time()
            delay = self._limit.delay(now)
            if isinstance(message, SignalVoice):
                delay = max(delay, self._signals.delay(now))
            if delay > 0:
                self._slowed += 1
                if self._slowed >= MAX_SLOWED:
                    raise RefusedError(FLOODING)
                self._is_slowing = True
                await asyncio.sleep(delay)
                self._is_slowing = False
            elif self._limit.is_calm:
                self._slowed = 0

    def _not_a_message(self) -> None:
        self._malformed += 1
        self._refusals["malformed"] += 1
        if self._malformed >= MAX_MALFORMED:
            raise RefusedError(malformed(fatal=True))
        self._connection.send(malformed(fatal=False).model_dump_json())
