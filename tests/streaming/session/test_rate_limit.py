"""Who floods is read more slowly; who types, drags or comes back with much to say is not."""

from __future__ import annotations

import pytest

from streaming.session.rate_limit import RateLimit


def test_a_drag_at_a_hundred_and_twenty_hertz_never_waits() -> None:
    limit = RateLimit(per_second=400.0, burst=800.0)
    assert {limit.delay(step / 120.0) for step in range(2_000)} == {0.0}


def test_a_burst_is_taken_at_once_and_what_follows_at_the_rate() -> None:
    limit = RateLimit(per_second=400.0, burst=800.0)
    delays = [limit.delay(0.0) for _ in range(1_200)]
    assert delays[:800] == [0.0] * 800
    assert delays[-1] == pytest.approx(1.0), "four hundred too many wait a second"


def test_who_rested_has_the_whole_burst_again_and_no_more() -> None:
    limit = RateLimit(per_second=400.0, burst=800.0)
    for _ in range(900):
        limit.delay(0.0)
    delays = [limit.delay(3_600.0) for _ in range(801)]
    assert delays[:800] == [0.0] * 800
    assert delays[800] > 0.0
