"""Assets over real sockets: whole, in the order that is wanted, and never more than a client can take."""

from __future__ import annotations

import hashlib
import zlib

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from streaming.protocol import (
    ASSET_CHUNK_BYTES,
    ASSET_CHUNK_HEADER,
    ASSET_CREDIT_BYTES,
    ASSET_SERVER_MESSAGE,
    AssetCancel,
    AssetCredit,
    AssetHello,
    AssetRequest,
)


def test_assets_arrive_whole_under_credit_and_hash_to_their_name(shared) -> None:
    _, welcome, scene, _ = shared.join("Ann")
    socket = shared.socket("/ws/assets")
    socket.send(AssetHello(asset_token=welcome.asset_token).model_dump_json())
    ct = next(one for one in scene.manifest.volumes if one.name == "ct")
    (slab,) = ct.slabs
    mesh = scene.manifest.structures[0].levels[-1]
    socket.send(AssetRequest(request_id=1, asset=slab.asset, priority=5.0).model_dump_json())
    socket.send(AssetRequest(request_id=2, asset=mesh.asset, priority=1.0).model_dump_json())
    received = _receive_assets(socket, {1: slab.bytes, 2: mesh.bytes})
    assert hashlib.sha256(received[1]).hexdigest() == slab.asset
    assert hashlib.sha256(received[2]).hexdigest() == mesh.asset
    samples = zlib.decompress(received[1])
    assert len(samples) == ct.shape_ijk[0] * ct.shape_ijk[1] * ct.shape_ijk[2]


def _receive_assets(socket: ClientConnection, sizes: dict[int, int], offset: int = 0) -> dict[int, bytes]:
    parts: dict[int, bytes] = dict.fromkeys(sizes, b"")
    while any(len(parts[one]) + offset < size for one, size in sizes.items()):
        frame = socket.recv(timeout=20.0)
        assert isinstance(frame, bytes), frame
        request_id, at, total, _ = ASSET_CHUNK_HEADER.unpack_from(frame)
        assert at == len(parts[request_id]) + offset
        assert total == sizes[request_id]
        payload = frame[ASSET_CHUNK_HEADER.size :]
        parts[request_id] += payload
        socket.send(AssetCredit(bytes=len(payload)).model_dump_json())
    return parts


def test_a_download_goes_on_at_the_byte_where_it_broke_off(shared) -> None:
    _, welcome, scene, _ = shared.join("Ann")
    ct = next(one for one in scene.manifest.volumes if one.name == "ct").slabs[0]
    offset = ct.bytes // 2
    socket = shared.socket("/ws/assets")
    socket.send(AssetHello(asset_token=welcome.asset_token).model_dump_json())
    socket.send(AssetRequest(request_id=7, asset=ct.asset, offset=offset).model_dump_json())
    rest = _receive_assets(socket, {7: ct.bytes}, offset)[7]
    whole = httpx.get(f"{shared.address.origin}/assets/{ct.asset}", trust_env=False)
    assert "immutable" in whole.headers["cache-control"]
    assert whole.content[offset:] == rest


def test_an_asset_that_does_not_exist_is_refused_and_the_line_stays(shared) -> None:
    _, welcome, scene, _ = shared.join("Ann")
    socket = shared.socket("/ws/assets")
    socket.send(AssetHello(asset_token=welcome.asset_token).model_dump_json())
    socket.send(AssetRequest(request_id=1, asset="f" * 64).model_dump_json())
    assert ASSET_SERVER_MESSAGE.validate_json(socket.recv(timeout=20)).code == "unknown_asset"
    mesh = scene.manifest.structures[0].levels[0]
    socket.send(AssetRequest(request_id=2, asset=mesh.asset, offset=mesh.bytes + 1).model_dump_json())
    assert ASSET_SERVER_MESSAGE.validate_json(socket.recv(timeout=20)).code == "bad_offset"
    socket.send("junk")
    assert ASSET_SERVER_MESSAGE.validate_json(socket.recv(timeout=20)).code == "malformed"
    socket.send(AssetRequest(request_id=3, asset=mesh.asset).model_dump_json())
    assert hashlib.sha256(_receive_assets(socket, {3: mesh.bytes})[3]).hexdigest() == mesh.asset


def test_the_asset_socket_wants_the_token_of_a_living_connection(shared) -> None:
    ann, welcome, _, _ = shared.join("Ann")
    stranger = shared.socket("/ws/assets")
    stranger.send(AssetHello(asset_token="guessed").model_dump_json())
    assert ASSET_SERVER_MESSAGE.validate_json(stranger.recv(timeout=20)).code == "asset_token"
    friend = shared.socket("/ws/assets")
    friend.send(AssetHello(asset_token=welcome.asset_token).model_dump_json())
    friend.send(AssetRequest(request_id=1, asset="f" * 64).model_dump_json())
    friend.recv(timeout=20)
    ann.socket.close()
    with pytest.raises(ConnectionClosed):
        friend.recv(timeout=20)


def _line(server, token: str) -> ClientConnection:
    socket = server.socket("/ws/assets")
    socket.send(AssetHello(asset_token=token).model_dump_json())
    return socket


def _large(scene) -> list[str]:
    """Assets of more than the credit each."""
    found = [slab.asset for one in scene.manifest.volumes for slab in one.slabs if slab.bytes > 2 * ASSET_CREDIT_BYTES]
    assert len(found) > 2
    return found


def _request_of(frame: str | bytes) -> int:
    assert isinstance(frame, bytes)
    return int(ASSET_CHUNK_HEADER.unpack_from(frame)[0])


def _until_silent(socket: ClientConnection) -> list[bytes]:
    """Everything that comes without more credit; an unknown asset is asked for to know the end.

    Twice, because refusals overtake chunks.
    """
    frames: list[bytes] = []
    for _ in range(2):
        socket.send(AssetRequest(request_id=99, asset="0" * 64).model_dump_json())
        while isinstance(frame := socket.recv(timeout=20), bytes):
            frames.append(frame)
        assert ASSET_SERVER_MESSAGE.validate_json(frame).request_id == 99
    return frames


def test_no_more_than_the_credit_comes_unasked_and_lies_about_it_bring_no_more(large) -> None:
    _, welcome, scene, _ = large.join("Ann")
    socket = _line(large, welcome.asset_token)
    for number, asset in enumerate(_large(scene), start=1):
        socket.send(AssetRequest(request_id=number, asset=asset).model_dump_json())
    window = ASSET_CREDIT_BYTES // ASSET_CHUNK_BYTES
    first = [socket.recv(timeout=20) for _ in range(window)]
    assert _until_silent(socket) == []
    assert {_request_of(frame) for frame in first} == {1}
    socket.send(AssetCredit(bytes=16 * 1024 * 1024).model_dump_json())
    lied = sum(len(frame) - ASSET_CHUNK_HEADER.size for frame in [socket.recv(timeout=20), *_until_silent(socket)])
    assert 0 < lied <= ASSET_CREDIT_BYTES, "a window is all that a lie brings"
    for amount in ("0", "-1", "1e999", str(2**40), '"all"'):
        socket.send(f'{{"type":"asset.credit","bytes":{amount}}}')
        assert ASSET_SERVER_MESSAGE.validate_json(socket.recv(timeout=20)).code == "malformed"
    assert _until_silent(socket) == []


def test_what_is_wanted_more_overtakes_and_what_is_not_wanted_stops(large) -> None:
    _, welcome, scene, _ = large.join("Ann")
    first, second, *_ = _large(scene)
    socket = _line(large, welcome.asset_token)
    socket.send(AssetRequest(request_id=1, asset=first, priority=1.0).model_dump_json())
    socket.send(AssetRequest(request_id=2, asset=second, priority=2.0).model_dump_json())
    window = ASSET_CREDIT_BYTES // ASSET_CHUNK_BYTES
    assert [_request_of(socket.recv(timeout=20)) for _ in range(window)] == [1] * window
    socket.send(AssetRequest(request_id=2, asset=second, priority=0.0).model_dump_json())
    socket.send(AssetCredit(bytes=ASSET_CREDIT_BYTES).model_dump_json())
    overtaking = socket.recv(timeout=20)
    assert ASSET_CHUNK_HEADER.unpack_from(overtaking)[:2] == (2, 0), "from its beginning"
    _until_silent(socket)
    socket.send(AssetCancel(request_id=2).model_dump_json())
    socket.send(AssetCredit(bytes=ASSET_CREDIT_BYTES).model_dump_json())
    following = socket.recv(timeout=20)
    assert ASSET_CHUNK_HEADER.unpack_from(following)[:2] == (1, window * ASSET_CHUNK_BYTES), "where it was"
    assert {_request_of(frame) for frame in _until_silent(socket)} <= {1}


def test_a_line_that_drops_goes_on_at_the_byte_with_a_window_of_its_own(large) -> None:
    _, welcome, scene, _ = large.join("Ann")
    asset = _large(scene)[0]
    socket = _line(large, welcome.asset_token)
    socket.send(AssetRequest(request_id=1, asset=asset).model_dump_json())
    begun = b"".join(socket.recv(timeout=20)[ASSET_CHUNK_HEADER.size :] for _ in range(3))
    socket.socket.close()  # no farewell: the network is gone
    total = httpx.get(f"{large.address.origin}/assets/{asset}", trust_env=False).content
    again = _line(large, welcome.asset_token)
    again.send(AssetRequest(request_id=1, asset=asset, offset=len(begun)).model_dump_json())
    rest = _receive_assets(again, {1: len(total)}, len(begun))[1]
    assert hashlib.sha256(begun + rest).hexdigest() == asset


def test_too_many_requests_are_refused_one_by_one_and_the_others_are_served(large) -> None:
    _, welcome, scene, _ = large.join("Ann")
    asset = _large(scene)[0]
    socket = _line(large, welcome.asset_token)
    for number in range(1, 1027):
        socket.send(AssetRequest(request_id=number, asset=asset, priority=float(number)).model_dump_json())
    refused = []
    while len(refused) < 2:
        if isinstance(frame := socket.recv(timeout=20), str):
            refused.append(ASSET_SERVER_MESSAGE.validate_json(frame))
    assert [(one.code, one.request_id) for one in refused] == [("too_many_requests", n) for n in (1025, 1026)]
    assert all(one.cure for one in refused)
    socket.send(AssetCredit(bytes=ASSET_CHUNK_BYTES).model_dump_json())
    assert _request_of(socket.recv(timeout=20)) == 1
