"""What waits to be sent to one person: bounded, and never older than it has to be.

Two kinds of messages wait. *Answers* (committed, rejected, pong) go in order and none is lost; if too many pile up
the person is cut off. *Topics* (scene, plan, people, drags, numbers, proposals, cuts, presence, voice) hold one message
each, the newest. So a person on a slow line gets fewer messages, not later ones, and costs the server a bounded amount
of memory.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from streaming.session.effects import Topic

MAX_ANSWERS: Final = 256

_RANK: Final = {
    "scene": 0,
    "plans": 1,
    "plan": 1,
    "people": 2,
    "voice": 2,
    "undo": 2,
    "gathered": 3,
    "drag": 3,
    "numbers": 3,
    "measured": 3,
    "proposals": 4,
    "cuts": 4,
    "presence": 5,
}
"""A new scene goes first: everything else is about what is in it. The plan goes before the end of the drag that led
to it, so nobody sees the plane jump back."""


class OutboxFullError(Exception):
    """The person does not read; close the connection."""


class Outbox:
    """Messages to one person, encoded; not thread-safe."""

    def __init__(self) -> None:
        self._answers: deque[str] = deque()
        self._newest: dict[Topic, str] = {}
        self._sent_at: dict[Topic, int] = {}
        self._sent = 0

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self._answers) + len(self._newest)

    def put(self, text: str, topic: Topic | None = None) -> None:
        """Adds a message; under a topic it replaces the one that waits.

        Raises:
            OutboxFullError: too many answers wait.
        """
        if topic is not None:
            self._newest[topic] = text
            return
        if len(self._answers) >= MAX_ANSWERS:
            raise OutboxFullError
        self._answers.append(text)

    def forget(self, topic: Topic) -> None:
        """Drops what waits under the topic."""
        self._newest.pop(topic, None)
        self._sent_at.pop(topic, None)

    def pop(self) -> str | None:
        """The next message to send, or None: answers first, then topics by rank, the longest unserved first."""
        if self._answers:
            return self._answers.popleft()
        if not self._newest:
            return None
        topic = min(self._newest, key=lambda one: (_RANK[one.kind], self._sent_at.get(one, -1)))
        self._sent += 1
        self._sent_at[topic] = self._sent
        return self._newest.pop(topic)
