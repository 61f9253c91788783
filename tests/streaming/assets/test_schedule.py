"""The asset schedule: never beyond the credit, most wanted first, every byte once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streaming.assets.schedule import MAX_REQUESTS, AssetSchedule
from streaming.protocol import ASSET_CHUNK_BYTES, AssetCancel, AssetCredit, AssetRequest


def _request(number: int, *, priority: float = 0.0, offset: int = 0) -> AssetRequest:
    return AssetRequest(request_id=number, asset=f"{number:064x}", offset=offset, priority=priority)


@given(
    sizes=st.lists(st.integers(0, 5 * ASSET_CHUNK_BYTES), min_size=1, max_size=6),
    grants=st.lists(st.integers(1, 2 * ASSET_CHUNK_BYTES), max_size=60),
)
def test_no_more_than_the_window_is_under_way_and_every_byte_comes_once(sizes: list[int], grants: list[int]) -> None:
    window = 4 * ASSET_CHUNK_BYTES
    schedule = AssetSchedule(window)
    for number, size in enumerate(sizes, start=1):
        assert schedule.request(_request(number), size) is None
    received = dict.fromkeys(range(1, len(sizes) + 1), 0)
    under_way = 0
    # A client that grants more than it got, at the end an honest one.
    for grant in [*grants, *[ASSET_CHUNK_BYTES] * 60]:
        while (chunk := schedule.next_chunk(0.0)) is not None:
            assert chunk.offset == received[chunk.request_id]
            received[chunk.request_id] += chunk.length
            under_way += chunk.length
            assert under_way <= window
        schedule.grant(AssetCredit(bytes=grant), 0.0)
        under_way = max(0, under_way - grant)
    assert list(received.values()) == sizes


def test_the_most_wanted_comes_first_and_may_change_under_way() -> None:
    schedule = AssetSchedule()
    schedule.request(_request(1, priority=1.0), 10 * ASSET_CHUNK_BYTES)
    schedule.request(_request(2, priority=2.0), 10 * ASSET_CHUNK_BYTES)
    assert schedule.next_chunk(0.0).request_id == 1
    schedule.request(_request(2, priority=0.0), 10 * ASSET_CHUNK_BYTES)
    assert schedule.next_chunk(0.0).request_id == 2
    schedule.cancel(AssetCancel(request_id=2))
    following = schedule.next_chunk(0.0)
    assert (following.request_id, following.offset) == (1, ASSET_CHUNK_BYTES)


def test_senseless_requests_are_refused() -> None:
    schedule = AssetSchedule()
    assert schedule.request(_request(1), None).code == "unknown_asset"
    assert schedule.request(_request(1, offset=11), 10).code == "bad_offset"
    for number in range(1, MAX_REQUESTS + 1):
        assert schedule.request(_request(number), 10) is None
    assert schedule.request(_request(MAX_REQUESTS + 1), 10).code == "too_many_requests"


def test_an_asset_that_is_there_already_ends_with_an_empty_chunk() -> None:
    schedule = AssetSchedule()
    schedule.request(_request(1, offset=10), 10)
    chunk = schedule.next_chunk(0.0)
    assert (chunk.offset, chunk.length, chunk.total) == (10, 0, 10)
