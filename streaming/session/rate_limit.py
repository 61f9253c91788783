"""How fast one connection may send."""

from __future__ import annotations


class RateLimit:
    """A token bucket; time is passed in.

    Args:
        per_second: messages a second in the long run.
        burst: messages at once.
    """

    def __init__(self, *, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = burst
        self._last: float | None = None

    def delay(self, now: float) -> float:
        """Takes a message into account; seconds to wait before the next may be read, 0 within the limit."""
        if self._last is not None:
            self._tokens = min(self._burst, self._tokens + (now - self._last) * self._per_second)
        self._last = now
        self._tokens -= 1.0
        return max(0.0, -self._tokens / self._per_second)

    def has_room(self, now: float) -> bool:
        """Whether a message now would be within the limit; takes none into account."""
        passed = 0.0 if self._last is None else now - self._last
        return min(self._burst, self._tokens + passed * self._per_second) >= 1.0

    @property
    def is_calm(self) -> bool:
        """Whether half of the burst is free again."""
        return self._tokens >= self._burst / 2
