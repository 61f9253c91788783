"""Clients that do what none should: they are let go, and nobody else notices."""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed

from streaming.protocol import (
    ASSET_SERVER_MESSAGE,
    PROTOCOL_VERSION,
    SERVER_MESSAGE,
    AssetCredit,
    AssetHello,
    AssetRequest,
    Fault,
    Hello,
    People,
    Ping,
    PlaneResectionState,
    Pong,
    Rejected,
    RemoveResection,
    ResectionPreviewed,
    WireModel,
)
from streaming.serving import control_socket, websocket_protocol
from streaming.serving import server as server_module

TEXT, CONTINUATION = 0x1, 0x0


class RawClient:
    """A WebSocket by hand, which can send what no library would."""

    def __init__(self, port: int, path: str) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024)  # before connecting, to be believed
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(1)
        assert b" 101 " in answer

    def frame(self, opcode: int, payload: bytes, *, final: bool = True, said_length: int | None = None) -> None:
        length = len(payload) if said_length is None else said_length
        head = struct.pack("!B", opcode | (0x80 if final else 0))
        if length < 126:
            head += struct.pack("!B", 0x80 | length)
        elif length < 65536:
            head += struct.pack("!BH", 0x80 | 126, length)
        else:
            head += struct.pack("!BQ", 0x80 | 127, length)
        self.socket.sendall(head + bytes(4) + payload)  # a mask of zeros leaves the payload as it is

    def say(self, message: WireModel) -> None:
        self.frame(TEXT, message.model_dump_json().encode())

    def rest(self) -> bytes:
        """Everything until the other side ends the connection; it has to."""
        data = b""
        try:
            while part := self.socket.recv(1 << 16):
                data += part
        except ConnectionResetError:
            pass
        return data


@pytest.fixture
def quick(large, start, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A server that does not wait long for who does not answer."""
    monkeypatch.setattr(server_module, "PING_SECONDS", 0.3)
    monkeypatch.setattr(server_module, "PONG_SECONDS", 3.0)
    monkeypatch.setattr(websocket_protocol, "LINGER_SECONDS", 0.3)
    server, stop = start(large.cases)
    yield server
    stop()


@pytest.mark.parametrize("path", ["/ws/control", "/ws/assets"])
def test_a_frame_of_two_gigabytes_is_refused_by_its_header(shared, path: str) -> None:
    client = RawClient(shared.address.port, path)
    client.frame(TEXT, b"{", said_length=2 << 30)
    end = client.rest()
    assert struct.pack("!H", 1009) in end, "too big, said before a byte of it was taken"
    shared.join("Ann")


@pytest.mark.parametrize("path", ["/ws/control", "/ws/assets"])
def test_a_message_in_endless_crumbs_is_refused(shared, path: str) -> None:
    client = RawClient(shared.address.port, path)
    client.frame(TEXT, b"", final=False)
    try:
        for _ in range(200):
            client.frame(CONTINUATION, b"", final=False)
    except (ConnectionResetError, BrokenPipeError):
        pass
    assert struct.pack("!H", 1009) in client.rest()


def test_a_message_in_a_few_fragments_is_a_message(shared) -> None:
    _, welcome, _, _ = shared.join("Ann")
    client = RawClient(shared.address.port, "/ws/assets")
    text = AssetHello(asset_token=welcome.asset_token).model_dump_json().encode()
    client.frame(TEXT, text[:5], final=False)
    client.frame(CONTINUATION, text[5:9], final=False)
    client.frame(CONTINUATION, text[9:])
    client.say(AssetRequest(request_id=1, asset="f" * 64))
    head = client.socket.recv(2)
    length = head[1] if head[1] < 126 else struct.unpack("!H", client.socket.recv(2))[0]
    answer = ASSET_SERVER_MESSAGE.validate_json(client.socket.recv(length))
    assert answer.code == "unknown_asset"


def test_a_person_who_stops_reading_is_let_go_and_the_others_are_told(quick) -> None:
    ann, _, _, _ = quick.join("Ann")
    stalled = RawClient(quick.address.port, "/ws/control")
    stalled.say(Hello(protocol_version=PROTOCOL_VERSION, case_id=quick.case_id(), display_name="Bob"))
    ann.hear_a(People, lambda one: len(one.people) == 2)
    bob = next(one for one in ann.heard[-1].people if one.display_name == "Bob")
    assert bob.holding is None
    moved = PlaneResectionState(resection_id="resection-1", point_lps_mm=(1.0, 2.0, 3.0), normal_lps=(-1.0, 0.0, 0.0))
    ann.preview(moved)
    ann.hear_a(People, lambda one: len(one.people) == 1)
    assert not any(isinstance(one, ResectionPreviewed) for one in ann.heard)
    stalled.rest()


def test_an_asset_line_that_stops_reading_ends_for_good(quick) -> None:
    _, welcome, scene, _ = quick.join("Ann")
    stalled = RawClient(quick.address.port, "/ws/assets")
    stalled.say(AssetHello(asset_token=welcome.asset_token))
    for number, slab in enumerate(scene.manifest.volumes[0].slabs, start=1):
        stalled.say(AssetRequest(request_id=number, asset=slab.asset))
    for _ in range(20):
        stalled.say(AssetCredit(bytes=16 * 1024 * 1024))
    _wait_for_reset(stalled.socket)


def _wait_for_reset(opened: socket.socket) -> None:
    """Until the other side is gone although nothing was read: a poll tells a hang-up without reading."""
    poll = select.poll()
    poll.register(opened, select.POLLRDHUP)
    events = poll.poll(20_000)
    assert events, "the server still holds the connection"


def _junk() -> list[Callable[[RawClient], None]]:
    return [
        lambda client: client.socket.sendall(os.urandom(4096)),
        lambda client: client.frame(0x7, b"no such opcode"),
        lambda client: client.frame(TEXT, b"\xff\xfe"),
    ]


@pytest.mark.parametrize("junk", _junk(), ids=["noise", "opcode", "no text"])
def test_what_is_no_websocket_ends_that_connection_alone(shared, junk: Callable[[RawClient], None]) -> None:
    client = RawClient(shared.address.port, "/ws/assets")
    junk(client)
    client.rest()
    shared.join("Ann")


@pytest.mark.parametrize(
    "frame",
    [
        *("", "{", "null", "[]", '{"type":"ping","sent_ms":NaN}', '{"type":"hello"}', "[" * 30_000, b"\x00\x01"),
        *("\u0000", '{"type":"presence.move","pose":{"head":NaN}}', '{"type":"resection.preview","sequence":-1}'),
        b'{"type":"ping","sent_ms":1.0}',
    ],
    ids=[
        *("empty", "open", "null", "list", "nan", "half", "deep", "binary"),
        *("zero", "pose of nan", "preview before the first", "text as binary"),
    ],
)
def test_junk_gets_a_fault_and_the_session_goes_on(shared, frame: str | bytes) -> None:
    ann, _, _, _ = shared.join("Ann")
    ann.socket.send(frame)
    fault = ann.hear_a(Fault)
    assert (fault.code, fault.fatal) == ("malformed", False)
    ann.say(Ping(sent_ms=3.5))
    assert ann.hear_a(Pong).sent_ms == 3.5


def _refused(server) -> dict[str, int]:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.address.port}/api/refusals") as answer:
        counted: dict[str, int] = json.load(answer)
    return counted


def test_who_floods_is_slowed_then_let_go_and_counted_and_nobody_else_notices(
    running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_socket, "MESSAGES_AT_ONCE", 20.0)
    monkeypatch.setattr(control_socket, "MESSAGES_PER_SECOND", 200.0)
    monkeypatch.setattr(control_socket, "MAX_SLOWED", 10)
    ann, _, _, _ = running.join("Ann")
    bob, _, _, _ = running.join("Bob")
    try:
        for _ in range(2000):
            bob.say(Ping(sent_ms=1.0))
    except ConnectionClosed:
        pass
    with pytest.raises(ConnectionClosed):
        while True:
            bob.hear()
    assert any(isinstance(one, Fault) and one.code == "flooding" for one in bob.heard)
    pongs = sum(isinstance(one, Pong) for one in bob.heard)
    assert 20 <= pongs < 200, "the first were answered, and by far not all"
    ann.say(Ping(sent_ms=2.0))
    assert ann.hear_a(Pong).sent_ms == 2.0
    assert _refused(running)["flooding"] == 1


def test_what_a_session_refuses_is_counted_by_its_reason(running) -> None:
    ann, _, _, plan = running.join("Ann")
    of_tomorrow = RemoveResection(operation_id="op-1", base_revision=plan.revision + 9, resection_id="resection-1")
    ann.say(of_tomorrow)
    assert ann.hear_a(Rejected).code == "invalid"
    gone = of_tomorrow.model_copy(update={"operation_id": "op-2", "base_revision": 1, "resection_id": "no-cut"})
    ann.say(gone)
    assert ann.hear_a(Rejected, lambda one: one.operation_id == "op-2").code == "unknown_resection"
    assert _refused(running) == {"invalid": 1, "unknown_resection": 1}


def test_endless_junk_ends_the_connection_of_who_sends_it_only(shared) -> None:
    ann, _, _, _ = shared.join("Ann")
    bob, _, _, _ = shared.join("Bob")
    with pytest.raises(ConnectionClosed):
        for _ in range(100):
            bob.socket.send("junk")
            bob.hear()
    ann.say(Ping(sent_ms=1.0))
    assert ann.hear_a(Pong).sent_ms == 1.0


def test_an_oversized_frame_closes_the_connection_that_sent_it(running) -> None:
    ann, _, _, _ = running.join("Ann")
    bob, _, _, _ = running.join("Bob")
    bob.socket.send("x" * (server_module.MAX_MESSAGE_BYTES + 1))
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            bob.hear()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert ann.hear_a(People, lambda one: len(one.people) == 1)


@pytest.mark.parametrize(
    "hello",
    ['{"type":"ping","sent_ms":1.0}', "junk", '{"type":"hello","protocol_version":2,"case_id":"x"}'],
    ids=["no hello", "junk", "other version"],
)
def test_who_does_not_say_hello_properly_is_sent_away(shared, hello: str) -> None:
    opened = shared.socket("/ws/control")
    opened.send(hello)
    fault = SERVER_MESSAGE.validate_json(opened.recv(timeout=20))
    assert fault.fatal
    with pytest.raises(ConnectionClosed):
        opened.recv(timeout=20)


def test_a_case_that_does_not_exist_is_said_so(shared) -> None:
    opened = shared.socket("/ws/control")
    opened.send(Hello(protocol_version=PROTOCOL_VERSION, case_id="absent").model_dump_json())
    fault = SERVER_MESSAGE.validate_json(opened.recv(timeout=20))
    assert (fault.code, fault.message) == ("case_unavailable", "There is no such case.")


def test_a_page_that_is_too_busy_to_say_hello_is_told_to_try_again(shared, monkeypatch) -> None:
    monkeypatch.setattr(control_socket, "HELLO_SECONDS", 0.05)
    opened = shared.socket("/ws/control")
    fault = SERVER_MESSAGE.validate_json(opened.recv(timeout=20))
    assert (fault.code, fault.fatal) == ("too_slow", True)
    with pytest.raises(ConnectionClosed):
        opened.recv(timeout=20)
