"""What the log of a session comes to: the plan, and who can undo what of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from streaming.session.changes import Operation
from streaming.session.history import History, recorded
from streaming.session.operations import Plan, apply


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """After an operation. A snapshot keeps it as it is (`streaming/session/snapshot.py`), whatever it is made of.

    Attributes:
        plan: what the operations made.
        history: who changed what last, and what each person can undo and redo.
    """

    plan: Plan = field(default_factory=Plan)
    history: History = field(default_factory=History)

    def after(self, operation: Operation) -> Fold:
        """With one more operation.

        Raises:
            ValueError: the operation does not follow the plan's revision.
        """
        changed = apply(self.plan, operation)
        return Fold(plan=changed, history=recorded(self.history, self.plan, operation, changed))

    def after_all(self, operations: Iterable[Operation]) -> Fold:
        """With all of them, one after the other."""
        folded = self
        for operation in operations:
            folded = folded.after(operation)
        return folded
