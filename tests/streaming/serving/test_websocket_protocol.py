"""A socket whose other side leaves while it is being let in."""

from __future__ import annotations

from typing import Any

import pytest

from streaming.serving.websocket_protocol import MAX_UNWRITTEN_BYTES, PlanningWebSocket


class Transport:
    """As uvloop's: one that closes takes no more settings."""

    def __init__(self, *, closes: bool) -> None:
        self._closes = closes
        self.high = 0

    def is_closing(self) -> bool:
        return self._closes

    def set_write_buffer_limits(self, high: int) -> None:
        if self._closes:
            raise RuntimeError("unable to perform operation on a closed transport; the handler is closed")
        self.high = high


@pytest.mark.parametrize("closes", [False, True])
def test_who_leaves_while_being_let_in_brings_no_error(closes: bool) -> None:
    socket: Any = PlanningWebSocket.__new__(PlanningWebSocket)
    socket.transport = Transport(closes=closes)
    socket.take_by(lambda _message: True)
    assert socket.transport.high == (0 if closes else MAX_UNWRITTEN_BYTES)
    socket.take_by(None)
