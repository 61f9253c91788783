"""A simulated client: what the page knows, and what it does about a lost connection.

As in `headset_client/src/session`: changes are queued until they are answered, whatever happens to the line, and said
again in order after joining.
"""

from __future__ import annotations

from typing import Final

from streaming.protocol import (
    Committed,
    Numbers,
    NumbersFailed,
    People,
    PlanState,
    PreviewCancelled,
    Rejected,
    ResectionPreviewed,
    ServerMessage,
)
from streaming.session.editing import Edit

WINDOW: Final = 64
"""Changes under way at once, as in the page: who was offline for long must not fill the server with answers."""


class BrokenPromiseError(AssertionError):
    """A client was told something that must not be."""


class Person:
    """Somebody with a page.

    Args:
        name: also their client id.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.plan = PlanState(revision=0, resections=())
        self.people: People | None = None
        self.previews: dict[str, ResectionPreviewed] = {}
        self.numbers: Numbers | NumbersFailed | None = None
        self.unanswered: dict[str, Edit] = {}
        self.acknowledged: dict[str, int] = {}
        self.rejected: dict[str, str] = {}
        self.sequence = 0
        self._said: set[str] = set()
        self._made = 0
        self._at_least = 0

    def next_operation_id(self) -> str:
        """Never used before."""
        self._made += 1
        return f"{self.name}-{self._made}"

    def connected(self) -> None:
        """A line is there: what was true on the last one is not known any more."""
        self.previews.clear()
        self.numbers = None
        self._said.clear()
        # Whatever happened to the server, it has what it once acknowledged.
        self._at_least = max(self.acknowledged.values(), default=0)
        self.sequence = 0

    def due(self) -> list[Edit]:
        """Changes to say now: in order, each once a line, and not too many at once."""
        said = sum(one in self._said for one in self.unanswered)
        waiting = [edit for name, edit in self.unanswered.items() if name not in self._said][: max(0, WINDOW - said)]
        self._said.update(edit.operation_id for edit in waiting)
        return waiting

    def say_again(self) -> None:
        """Nothing was heard for long: what is unanswered may be lost."""
        self._said.clear()

    def hear(self, message: ServerMessage) -> None:
        """A message arrived.

        Raises:
            BrokenPromiseError: it contradicts an earlier one.
        """
        match message:
            case PlanState():
                if message.revision < self._at_least:
                    raise BrokenPromiseError(
                        f"{self.name} was shown revision {message.revision} after {self._at_least}"
                    )
                self._at_least = message.revision
                self.plan = message
            case People():
                self.people = message
            case ResectionPreviewed():
                self.previews[message.resection.resection_id] = message
            case PreviewCancelled():
                self.previews.pop(message.resection_id, None)
            case Numbers() | NumbersFailed():
                if message.preview_by is None:
                    self.numbers = message
            case Committed():
                self._committed(message)
            case Rejected(operation_id=str() as operation_id):
                if operation_id in self.acknowledged:
                    raise BrokenPromiseError(f"{operation_id} was acknowledged and then rejected ({message.code})")
                self.rejected[operation_id] = message.code
                self.unanswered.pop(operation_id, None)
            case _:
                pass

    def _committed(self, message: Committed) -> None:
        if message.operation_id in self.rejected:
            raise BrokenPromiseError(f"{message.operation_id} was rejected and then acknowledged")
        known = self.acknowledged.setdefault(message.operation_id, message.revision)
        if known != message.revision:
            raise BrokenPromiseError(f"{message.operation_id} was acknowledged as {known} and as {message.revision}")
        self.unanswered.pop(message.operation_id, None)
