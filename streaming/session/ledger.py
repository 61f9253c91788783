"""Operations on their way: pending until they are durable, judged in between, never applied twice."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from streaming.session.history import History, recorded
from streaming.session.operations import Change, Operation, Plan, apply, targets_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who makes an operation, and what they are called now."""

    client_id: str
    name: str = ""


class Ledger:
    """The operations of a session.

    Args:
        operations: the durable log from its first operation.
        start: the plan before it.
    """

    def __init__(self, operations: tuple[Operation, ...] = (), start: Plan | None = None) -> None:
        self._durable: Plan = start or Plan()
        self._durable_history = History()
        for operation in operations:
            self._durable, self._durable_history = _after(self._durable, self._durable_history, operation)
        self._known: dict[str, Operation] = {operation.operation_id: operation for operation in operations}
        self._pending: deque[Operation] = deque()
        self._head: Plan = self._durable
        self._head_history = self._durable_history

    @property
    def durable(self) -> Plan:
        """The plan that everybody sees."""
        return self._durable

    @property
    def head(self) -> Plan:
        """The plan with what is pending, by which further edits are judged."""
        return self._head

    @property
    def durable_history(self) -> History:
        """Who can undo and redo what in the plan that everybody sees."""
        return self._durable_history

    @property
    def head_history(self) -> History:
        """The same with what is pending."""
        return self._head_history

    def find(self, operation_id: str) -> Operation | None:
        """The operation with this id, durable or pending."""
        pending = (operation for operation in self._pending if operation.operation_id == operation_id)
        return self._known.get(operation_id) or next(pending, None)

    def is_durable(self, operation: Operation) -> bool:
        """Whether it is on disk."""
        return operation.operation_id in self._known

    def pending_authors(self, resection_id: str) -> list[str]:
        """Who changed the resection by operations that wait, the newest first."""
        return [one.author for one in reversed(self._pending) if resection_id in targets_of(one.change)]

    def add(self, change: Change, *, operation_id: str, author: Author, at: str, base_revision: int) -> Operation:
        """A new pending operation on top of the head."""
        operation = Operation(
            revision=self._head.revision + 1,
            operation_id=operation_id,
            author=author.client_id,
            author_name=author.name,
            at=at,
            base_revision=base_revision,
            change=change,
        )
        self._pending.append(operation)
        self._head, self._head_history = _after(self._head, self._head_history, operation)
        return operation

    def confirm(self, operation: Operation) -> None:
        """The oldest pending operation is durable.

        Raises:
            ValueError: it is not the oldest.
        """
        if not self._pending or self._pending[0] is not operation:
            raise ValueError(f"operation {operation.revision} is not the oldest pending one")
        self._pending.popleft()
        self._durable, self._durable_history = _after(self._durable, self._durable_history, operation)
        self._known[operation.operation_id] = operation

    def strike(self, operation: Operation) -> list[Operation]:
        """Takes out a pending operation and all after it; none if it fell with an earlier one."""
        if operation not in self._pending:
            return []
        fallen = list(self._pending)[self._pending.index(operation) :]
        for _ in fallen:
            self._pending.pop()
        self._head, self._head_history = self._durable, self._durable_history
        for kept in self._pending:
            self._head, self._head_history = _after(self._head, self._head_history, kept)
        return fallen


def _after(plan: Plan, history: History, operation: Operation) -> tuple[Plan, History]:
    changed = apply(plan, operation)
    return changed, recorded(history, plan, operation, changed)
