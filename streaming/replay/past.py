"""The plan at every revision of a log: a fold from the nearest of the folds that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streaming.session.changes import Operation
from streaming.session.operation_log import read_log
from streaming.session.operations import Plan, apply, fold

EVERY: Final = 100
"""Operations between two kept folds; going from one to the next takes a few milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A log folded once, so that no later question folds more than `EVERY` operations.

    Attributes:
        operations: from the first.
        kept: the plan after none of them, after `EVERY`, after twice as many, and so on.
    """

    operations: tuple[Operation, ...]
    kept: tuple[Plan, ...]

    @classmethod
    def of(cls, operations: Sequence[Operation], start: Plan | None = None) -> Past:
        """The past of a log.

        Args:
            operations: from the first.
            start: what is there before it.

        Raises:
            ValueError: they do not follow each other.
        """
        return cls(operations=(), kept=(start or Plan(),)).later(operations)

    @property
    def revision(self) -> int:
        """Of the last operation."""
        return len(self.operations)

    def at(self, revision: int) -> Plan:
        """The plan after the first `revision` operations.

        Raises:
            ValueError: there are fewer.
        """
        if not 0 <= revision <= self.revision:
            raise ValueError(f"no revision {revision} in a log of {self.revision}")
        number = revision // EVERY
        return fold(self.operations[number * EVERY : revision], self.kept[number])

    def later(self, operations: Sequence[Operation]) -> Past:
        """With the operations that came since."""
        kept, plan = list(self.kept), self.at(self.revision)
        for operation in operations:
            plan = apply(plan, operation)
            if plan.revision % EVERY == 0:
                kept.append(plan)
        return Past(operations=(*self.operations, *operations), kept=tuple(kept))


class PastOfCase:
    """The past of a log on disk, read once and then followed. One thread at a time uses it, off the event loop.

    Args:
        path: of the log.
        start: what is there before the first operation.
    """

    def __init__(self, path: Path, start: Plan) -> None:
        self._path = path
        self._past = Past.of((), start)

    @property
    def known(self) -> Past:
        """As far as it was read."""
        return self._past

    def newest(self) -> Past:
        """With everything that is on disk by now.

        Raises:
            CaseCorruptError: the log cannot be read.
            CaseVersionError: a newer version wrote it.
        """
        self._past = self._past.later(read_log(self._path, after=self._past.revision))
        return self._past
