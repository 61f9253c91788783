"""Operations on their way: pending until they are durable, judged in between, never applied twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from streaming.session.changes import Change, Operation
from streaming.session.fold import Fold
from streaming.session.history import History
from streaming.session.operations import Plan, targets_of

Earlier: TypeAlias = Callable[[str], Operation | None]
"""Finds a durable operation by its id."""

KEPT: Final = 512
"""Durable operations that are remembered where the others can be found: an operation is said again soon, or never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who makes an operation, and what they are called now."""

    client_id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pending:
    """An operation on its way to the disk, and what the log comes to with it: folded once."""

    operation: Operation
    fold: Fold


class Ledger:
    """The operations of a session.

    Args:
        operations: the durable log after `start`.
        start: what it goes on from.
        earlier: finds durable operations that are not remembered here; without it all are remembered.
    """

    def __init__(
        self, operations: tuple[Operation, ...] = (), start: Fold | None = None, earlier: Earlier | None = None
    ) -> None:
        self._durable = (start or Fold()).after_all(operations)
        self._earlier = earlier
        self._known: dict[str, Operation] = {}
        for operation in operations:
            self._remember(operation)
        self._pending: deque[_Pending] = deque()

    @property
    def durable(self) -> Plan:
        """The plan that everybody sees."""
        return self._durable.plan

    @property
    def head(self) -> Plan:
        """The plan with what is pending, by which further edits are judged."""
        return self._head.plan

    @property
    def durable_history(self) -> History:
        """Who can undo and redo what in the plan that everybody sees."""
        return self._durable.history

    @property
    def head_history(self) -> History:
        """The same with what is pending."""
        return self._head.history

    @property
    def durable_fold(self) -> Fold:
        """Plan and history that everybody sees, for a snapshot."""
        return self._durable

    @property
    def _head(self) -> Fold:
        return self._pending[-1].fold if self._pending else self._durable

    def find(self, operation_id: str) -> Operation | None:
        """The operation with this id, durable or pending."""
        for pending in self._pending:
            if pending.operation.operation_id == operation_id:
                return pending.operation
        known = self._known.get(operation_id)
        return self._earlier(operation_id) if known is None and self._earlier else known

    def is_durable(self, operation: Operation) -> bool:
        """Whether it is on disk; for an operation that `find` found."""
        return all(one.operation is not operation for one in self._pending)

    def pending_authors(self, resection_id: str) -> list[str]:
        """Who changed the resection by operations that wait, the newest first."""
        waiting = (one.operation for one in reversed(self._pending))
        return [one.author for one in waiting if resection_id in targets_of(one.change)]

    def add(
        self, change: Change, *, operation_id: str, author: Author, at: str, base_revision: int, plan_id: str
    ) -> Operation:
        """A new pending operation on top of the head."""
        operation = Operation(
            revision=self.head.revision + 1,
            operation_id=operation_id,
            author=author.client_id,
            author_name=author.name,
            at=at,
            base_revision=base_revision,
            plan_id=plan_id,
            change=change,
        )
        self._pending.append(_Pending(operation=operation, fold=self._head.after(operation)))
        return operation

    def confirm(self, operation: Operation) -> None:
        """The oldest pending operation is durable.

        Raises:
            ValueError: it is not the oldest.
        """
        if not self._pending or self._pending[0].operation is not operation:
            raise ValueError(f"operation {operation.revision} is not the oldest pending one")
        self._durable = self._pending.popleft().fold
        self._remember(operation)

    def strike(self, operation: Operation) -> list[Operation]:
        """Takes out a pending operation and all after it; none if it fell with an earlier one."""
        waiting = [one.operation for one in self._pending]
        if operation not in waiting:
            return []
        fallen = waiting[waiting.index(operation) :]
        for _ in fallen:
            self._pending.pop()
        return fallen

    def _remember(self, operation: Operation) -> None:
        self._known[operation.operation_id] = operation
        if self._earlier is not None and len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
