"""The window of assets on simulated links: full, with a short queue, and never stuck."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.assets.window import QUEUED_BYTES, SMALLEST_BYTES, AssetWindow

LARGEST = 256 * 1024


@dataclass
class Run:
    """What came of a transfer.

    Attributes:
        bytes_per_s: how fast it was.
        queued_bytes: what waited in front of the link in the second half of it, on average.
    """

    bytes_per_s: float
    queued_bytes: float


def transfer(rate: float, round_trip_s: float, *, total: int, granted_at: int) -> Run:
    """Sends through a link of `rate` bytes a second to a client that grants credit for every `granted_at` bytes."""
    window = AssetWindow(LARGEST)
    now, link_free, sent, taken, owed = 0.0, 0.0, 0, 0, 0
    arriving: deque[tuple[float, int]] = deque()
    granting: deque[tuple[float, int]] = deque()
    queued: list[float] = []
    while taken < total:
        while sent < total and (free := window.free_bytes) > 0:
            size = min(16 * 1024, free, total - sent)
            link_free = max(link_free, now) + size / rate
            window.sent(size, now)
            sent += size
            arriving.append((link_free + round_trip_s / 2, size))
            if sent > total / 2:
                queued.append((link_free - now) * rate)
        events = [one[0][0] for one in (arriving, granting) if one]
        assert events, "nothing is under way and nothing may be sent"
        now = min(events)
        while arriving and arriving[0][0] <= now:
            size = arriving.popleft()[1]
            taken, owed = taken + size, owed + size
            if owed >= granted_at or taken == total:
                granting.append((now + round_trip_s / 2, owed))
                owed = 0
        while granting and granting[0][0] <= now:
            window.taken(granting.popleft()[1], now)
    return Run(bytes_per_s=total / now, queued_bytes=sum(queued) / len(queued))


@pytest.mark.parametrize("granted_at", [16 * 1024, 64 * 1024])
@pytest.mark.parametrize(
    ("megabits", "round_trip_s"), [(100, 0.001), (100, 0.01), (20, 0.04), (20, 0.005), (1000, 0.001), (5, 0.1)]
)
def test_the_link_stays_full_and_its_queue_short(megabits: float, round_trip_s: float, granted_at: int) -> None:
    rate = megabits * 1e6 / 8
    run = transfer(rate, round_trip_s, total=24 * 2**20, granted_at=granted_at)
    assert run.bytes_per_s > 0.9 * min(rate, LARGEST / (round_trip_s + LARGEST / 4 / rate))
    # The client's own gathering looks like a link to the window; beyond that only what is meant to wait waits.
    assert run.queued_bytes < max(2 * QUEUED_BYTES, SMALLEST_BYTES) + granted_at


def test_a_far_link_gets_all_that_the_client_has_room_for() -> None:
    run = transfer(1e9, 0.1, total=24 * 2**20, granted_at=16 * 1024)
    assert run.bytes_per_s > 0.9 * LARGEST / 0.1


@given(
    steps=st.lists(
        st.tuples(st.integers(1, 64 * 1024), st.integers(1, 1 << 40), st.floats(0.0, 10.0)), min_size=1, max_size=80
    )
)
def test_whatever_a_client_says_the_window_keeps_its_bounds(steps: list[tuple[int, int, float]]) -> None:
    window = AssetWindow(LARGEST)
    now, under_way = 0.0, 0
    for sent, granted, pause_s in steps:
        size = min(sent, window.free_bytes)
        if size > 0:
            window.sent(size, now)
            under_way += size
        now += pause_s
        window.taken(granted, now)
        under_way -= min(granted, under_way)
        assert SMALLEST_BYTES <= window.size_bytes <= LARGEST
        assert window.free_bytes == window.size_bytes - under_way
