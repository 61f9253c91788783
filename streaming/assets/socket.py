"""The asset socket: requests in, chunks out, under the client's credit."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from typing import Final

from fastapi import WebSocket, WebSocketDisconnect

from engine.sentences import say
from streaming.assets.schedule import AssetSchedule, Chunk
from streaming.assets.store import AssetStore
from streaming.protocol import (
    ASSET_CHUNK_HEADER,
    ASSET_MESSAGE,
    AssetCancel,
    AssetCredit,
    AssetHello,
    AssetMessage,
    AssetRefused,
    AssetRequest,
    fault_of,
    may,
)
from streaming.serving.control_socket import (
    FLOODING,
    HELLO_SECONDS,
    MAX_MALFORMED,
    MAX_SLOWED,
    MESSAGES_AT_ONCE,
    MESSAGES_PER_SECOND,
    RefusedError,
    admitted,
    farewell,
    malformed,
    receive_message,
)
from streaming.session.admission import Admission
from streaming.session.connection import Connection
from streaming.session.rate_limit import RateLimit
from streaming.session.registry import SessionRegistry

MAX_REFUSALS: Final = 256
_UNKNOWN_TOKEN: Final = fault_of(code="asset_token", message=say("asset_token"), fatal=True)

_GONE: Final = AssetRefused(
    request_id=0, code="unknown_asset", message="The asset is kept no longer.", cure="Ask for it again."
)


async def asset_socket(socket: WebSocket, registry: SessionRegistry) -> None:
    """Serves one asset connection from hello to the end; it ends with the control connection it belongs to."""
    await socket.accept()
    try:
        admission = admitted(socket)
        store, connection = await _hello(socket, registry, admission)
        await _AssetLine(socket, store, connection, registry.refusals).serve()
    except RefusedError as refused:
        registry.refusals[refused.fault.code] += 1
        await farewell(socket, refused.fault)
    except WebSocketDisconnect:
        pass


async def _hello(socket: WebSocket, registry: SessionRegistry, admission: Admission) -> tuple[AssetStore, Connection]:
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            message = await receive_message(socket, ASSET_MESSAGE)
    except TimeoutError:
        message = None
    if not isinstance(message, AssetHello):
        raise RefusedError(malformed(fatal=True))
    found = registry.find_connection(message.asset_token)
    if found is None or found[1].admission.pass_id != admission.pass_id:  # nobody uses another's
        raise RefusedError(_UNKNOWN_TOKEN)
    session, connection = found
    return session.opened.assets, connection


class _AssetLine:
    """One asset connection."""

    def __init__(
        self, socket: WebSocket, store: AssetStore, connection: Connection, refused_counts: Counter[str]
    ) -> None:
        self._socket = socket
        self._refused_counts = refused_counts
        self._store = store
        self._connection = connection
        self._schedule = AssetSchedule()
        self._refusals: deque[str] = deque()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def serve(self) -> None:
        writer = asyncio.create_task(self._write())
        ended = asyncio.create_task(self._connection.ended.wait())
        reader = asyncio.create_task(self._read())
        tasks = (writer, ended, reader)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if reader.done():
                reader.result()
            else:
                with contextlib.suppress(RuntimeError):
                    await self._socket.close(code=1001)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        limit = RateLimit(per_second=MESSAGES_PER_SECOND, burst=MESSAGES_AT_ONCE)
        malformed_count = slowed_count = 0
        while True:
            message: AssetMessage | None = await receive_message(self._socket, ASSET_MESSAGE)
            if message is None or isinstance(message, AssetHello):
                malformed_count += 1
                self._refused_counts["malformed"] += 1
                if malformed_count >= MAX_MALFORMED:
                    raise RefusedError(malformed(fatal=True))
                self._refusals.append(malformed(fatal=False).model_dump_json())
            elif may(self._connection.admission.role, message):
                self._take(message)
            self._wake.set()
            if (delay := limit.delay(self._loop.time())) > 0:
                slowed_count += 1
                if slowed_count >= MAX_SLOWED:
                    raise RefusedError(FLOODING)
                await asyncio.sleep(delay)
            elif limit.is_calm:
                slowed_count = 0

    def _take(self, message: AssetRequest | AssetCancel | AssetCredit) -> None:
        match message:
            case AssetRequest():
                refused: AssetRefused | None = self._schedule.request(message, self._store.size(message.asset))
                if refused is not None and len(self._refusals) < MAX_REFUSALS:  # who does not read, misses them
                    self._refusals.append(refused.model_dump_json())
            case AssetCancel():
                self._schedule.cancel(message)
            case AssetCredit():
                self._schedule.grant(message, self._loop.time())

    async def _write(self) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                if self._refusals:
                    await self._socket.send_text(self._refusals.popleft())
                elif (chunk := self._schedule.next_chunk(self._loop.time())) is not None:
                    await self._send(chunk)
                else:
                    self._wake.clear()
                    await self._wake.wait()

    async def _send(self, chunk: Chunk) -> None:
        header = ASSET_CHUNK_HEADER.pack(chunk.request_id, chunk.offset, chunk.total, 0)
        try:
            data = self._store.read(chunk.asset, chunk.offset, chunk.length)
        except KeyError:  # it was lent, and newer ones took its room
            self._schedule.cancel(AssetCancel(request_id=chunk.request_id))
            self._refusals.append(_GONE.model_copy(update={"request_id": chunk.request_id}).model_dump_json())
            return
        await self._socket.send_bytes(header + data)
