"""What must hold of the log, said without the code that is checked: who undid what, and what each property is then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from streaming.session.changes import Operation, RestoreEarlier
from streaming.session.fold import Fold
from streaming.session.operations import Plan

_BODY: Final = "~body"


@dataclass(slots=True, kw_only=True)
class _Done:
    """An operation that gave properties their values; in force until it is undone."""

    author: str
    gave: dict[str, Any]
    is_in_force: bool = True


class LogCheck:
    """Follows a log from its first operation; each property is what the newest operation in force gave it."""

    def __init__(self) -> None:
        self.fold = Fold()
        self._done: dict[int, _Done] = {}
        self._givers: dict[str, list[int]] = {}

    def stored(self, operation: Operation) -> None:
        """One more operation is durable.

        Raises:
            AssertionError: it cost somebody's work silently, or the plan is not what the operations say.
        """
        before = _values(self.fold.plan)
        self.fold = self.fold.after(operation)
        after = _values(self.fold.plan)
        if isinstance(operation.change, RestoreEarlier):
            keys = self._taken_back(operation, operation.change)
        else:
            keys = {key for key in {*before, *after} if before.get(key) != after.get(key)}
            self._done[operation.revision] = _Done(author=operation.author, gave={key: after.get(key) for key in keys})
            for key in keys:
                self._givers.setdefault(key, []).append(operation.revision)
        for key in keys:
            giver = self._giver(key)
            expected = None if giver is None else self._done[giver].gave[key]
            if after.get(key) != expected:
                raise AssertionError(f"after revision {operation.revision} {key} is not what revision {giver} made it")

    def _taken_back(self, operation: Operation, change: RestoreEarlier) -> set[str]:
        done = self._done[change.of_revision]
        is_undo = change.direction == "undo"
        if done.author != operation.author:
            raise AssertionError(f"{operation.author} undid what {done.author} did")
        if done.is_in_force is not is_undo:
            raise AssertionError(f"revision {change.of_revision} was undone or redone twice")
        if is_undo and any(self._giver(key) != change.of_revision for key in done.gave):
            raise AssertionError(f"undoing revision {change.of_revision} cost somebody's newer work")
        done.is_in_force = not is_undo
        return set(done.gave)

    def _giver(self, key: str) -> int | None:
        """The newest operation in force that gave the property a value."""
        givers = self._givers.get(key, [])
        return next((revision for revision in reversed(givers) if self._done[revision].is_in_force), None)


def _values(plan: Plan) -> dict[str, Any]:
    """By property: everything that a plan says but the order of its resections."""
    return {**{one.resection_id: one for one in plan.resections}, _BODY: plan.body}
