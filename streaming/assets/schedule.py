"""Which bytes to send next on an asset socket: lowest priority number first, never beyond the client's credit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from streaming.assets.window import AssetWindow
from streaming.protocol import (
    ASSET_CHUNK_BYTES,
    ASSET_CREDIT_BYTES,
    AssetCancel,
    AssetCredit,
    AssetRefused,
    AssetRequest,
)

MAX_REQUESTS: Final = 1024
SMALLEST_CHUNK_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of an asset to send now."""

    request_id: int
    asset: str
    offset: int
    length: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    asset: str
    offset: int
    total: int
    priority: float
    turn: int


class AssetSchedule:
    """The requests of one client.

    Args:
        credit_bytes: payload bytes that may be under way at most. A client that grants more gets no more.
    """

    def __init__(self, credit_bytes: int = ASSET_CREDIT_BYTES) -> None:
        self._window = AssetWindow(credit_bytes)
        self._wanted: dict[int, _Wanted] = {}
        self._turn = 0

    def request(self, message: AssetRequest, total: int | None) -> AssetRefused | None:
        """Takes a request, or changes the priority of the one with this id.

        Args:
            message: the request.
            total: bytes of the asset; None if there is none.

        Returns:
            Why it is refused, or None.
        """
        known = self._wanted.get(message.request_id)
        if known is not None and known.asset == message.asset:
            self._wanted[message.request_id] = replace(known, priority=message.priority)
            return None
        if total is None:
            return _refused(
                message, "unknown_asset", "There is no such asset in this case.", "Ask for the scene again."
            )
        if message.offset > total:
            return _refused(message, "bad_offset", "The asset is shorter than that.", "Ask for it from the start.")
        if len(self._wanted) >= MAX_REQUESTS:
            return _refused(message, "too_many_requests", "Too many assets are asked for.", "Wait for some of them.")
        self._turn += 1
        self._wanted[message.request_id] = _Wanted(
            asset=message.asset,
            offset=message.offset,
            total=total,
            priority=message.priority,
            turn=self._turn,
        )
        return None

    def cancel(self, message: AssetCancel) -> None:
        """The asset is not wanted any more; chunks under way still arrive."""
        self._wanted.pop(message.request_id, None)

    def grant(self, message: AssetCredit, at_s: float) -> None:
        """The client took bytes, as was heard at this time."""
        self._window.taken(message.bytes, at_s)

    def next_chunk(self, at_s: float) -> Chunk | None:
        """The chunk to send at this time; None if nothing is wanted or the window is full.

        The smaller the window the smaller the chunks, so that they do not leave in bursts.
        """
        if not self._wanted:
            return None
        request_id, wanted = min(self._wanted.items(), key=lambda item: (item[1].priority, item[1].turn))
        left, free = wanted.total - wanted.offset, self._window.free_bytes
        if free <= 0 < left:
            return None
        usual = min(ASSET_CHUNK_BYTES, max(SMALLEST_CHUNK_BYTES, self._window.size_bytes // 4))
        # The last gap of the window is filled exactly: a client may wait for a round number before it grants credit.
        length = min(usual, left, free) if left else 0
        self._window.sent(length, at_s)
        if wanted.offset + length >= wanted.total:
            del self._wanted[request_id]
        else:
            self._wanted[request_id] = replace(wanted, offset=wanted.offset + length)
        return Chunk(request_id=request_id, asset=wanted.asset, offset=wanted.offset, length=length, total=wanted.total)


def _refused(message: AssetRequest, code: str, what: str, cure: str) -> AssetRefused:
    return AssetRefused.model_validate({"request_id": message.request_id, "code": code, "message": what, "cure": cure})
