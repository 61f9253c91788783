"""How often codes may be guessed: a few times from one address, not often from all together.

With 100 guesses an hour from everywhere, a code of a week is found with a chance of 1 in 40,000.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

GUESSES_AT_ONCE: Final = 6
SECONDS_A_GUESS: Final = 20.0
ALL_AT_ONCE: Final = 60
ALL_SECONDS_A_GUESS: Final = 36.0
MAX_ADDRESSES: Final = 4096
"""Remembered at once; the one that guessed longest ago is forgotten first."""


class _Bucket:
    """Wrong guesses leak out of it; time is passed in."""

    def __init__(self, size: int, seconds_each: float) -> None:
        self._size = size
        self._seconds_each = seconds_each
        self._level = 0.0
        self._last = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next guess is welcome."""
        self._leak(now)
        return max(0.0, (self._level + 1.0 - self._size) * self._seconds_each)

    def add(self, now: float) -> None:
        """Counts a guess."""
        self._leak(now)
        self._level += 1.0

    def _leak(self, now: float) -> None:
        self._level = max(0.0, self._level - (now - self._last) / self._seconds_each)
        self._last = now


class GuessLimit:
    """Counts wrong codes by address and altogether."""

    def __init__(self) -> None:
        self._all = _Bucket(ALL_AT_ONCE, ALL_SECONDS_A_GUESS)
        self._by_address: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """Seconds until somebody at this address may try a code again; 0 for at once."""
        mine = self._by_address.get(address)
        return max(self._all.wait(now), 0.0 if mine is None else mine.wait(now))

    def guessed_wrong(self, address: str, now: float) -> None:
        """A code was wrong."""
        bucket = self._by_address.setdefault(address, _Bucket(GUESSES_AT_ONCE, SECONDS_A_GUESS))
        self._by_address.move_to_end(address)
        if len(self._by_address) > MAX_ADDRESSES:
            self._by_address.popitem(last=False)
        bucket.add(now)
        self._all.add(now)
