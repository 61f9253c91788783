"""How many bytes of assets may be under way to one client: enough to fill its link, few enough not to fill its queue.

Poses share the link with assets, and what waits in front of them in a router delays every hand. So the window follows
the time between sending bytes and hearing that they were taken, by the rule of FAST TCP (Wei, Jin, Low and Hegde,
IEEE/ACM Transactions on Networking 14, 2006): of all that is under way about `QUEUED_BYTES` wait somewhere, whatever
the link's rate and length. Time is passed in.
"""

from __future__ import annotations

from collections import deque
from typing import Final

QUEUED_BYTES: Final = 32 * 1024
SMALLEST_BYTES: Final = 64 * 1024
"""A client may gather so much before it grants credit, so that less would wait for it without end."""

_GAIN: Final = 0.5
_SMALLEST_TRIP_SECONDS: Final = 1e-4


class AssetWindow:
    """The window of one client.

    Args:
        largest_bytes: what the client has room for, and where the window starts.
    """

    def __init__(self, largest_bytes: int) -> None:
        self._largest = largest_bytes
        self._size = float(largest_bytes)
        self._under_way = 0
        self._sent: deque[tuple[int, float]] = deque()
        self._shortest_s: float | None = None
        self._adjusted_at_s = float("-inf")

    @property
    def size_bytes(self) -> int:
        """What may be under way."""
        return int(self._size)

    @property
    def free_bytes(self) -> int:
        """What may be sent now; below zero while more is under way than the window has become."""
        return self.size_bytes - self._under_way

    def sent(self, count: int, at_s: float) -> None:
        """So many bytes went out."""
        self._under_way += count
        self._sent.append((count, at_s))

    def taken(self, count: int, at_s: float) -> None:
        """The client took bytes. More than what is under way cannot have been taken."""
        left = min(count, self._under_way)
        self._under_way -= left
        newest: float | None = None
        while left > 0:
            size, newest = self._sent.popleft()
            if size > left:
                self._sent.appendleft((size - left, newest))
            left -= min(size, left)
        if newest is not None:
            self._adjust(max(at_s - newest, _SMALLEST_TRIP_SECONDS), newest, at_s)

    def _adjust(self, trip_s: float, sent_at_s: float, at_s: float) -> None:
        self._shortest_s = trip_s if self._shortest_s is None else min(self._shortest_s, trip_s)
        if sent_at_s < self._adjusted_at_s:
            return  # sent before the last change: it tells of the window that was
        wanted = self._size * self._shortest_s / trip_s + QUEUED_BYTES
        changed = (1 - _GAIN) * self._size + _GAIN * wanted
        self._size = min(max(changed, SMALLEST_BYTES), float(self._largest))
        self._adjusted_at_s = at_s
