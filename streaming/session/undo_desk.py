"""Undo and redo as a session sees them: what each person is offered, and what they were refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal

from streaming.protocol import Undoable
from streaming.session.changes import RestoreEarlier
from streaming.session.deeds import Deed
from streaming.session.effects import Effect, Send, Topic
from streaming.session.history import Direction
from streaming.session.ledger import Ledger
from streaming.session.refusals import Refusal
from streaming.session.undo import hindered, hindrance, next_step, nothing_left, restoration, steps_in_view

_TOPIC: Final = Topic(kind="undo")
_DIRECTIONS: Final[tuple[Literal["undo"], Literal["redo"]]] = ("undo", "redo")


class UndoDesk:
    """What people can take back.

    Args:
        ledger: the plans and what is on its way into them.
        looks_at: the plan that a person looks at.
    """

    def __init__(self, ledger: Ledger, looks_at: Callable[[str], str]) -> None:
        self._ledger = ledger
        self._looks_at = looks_at
        self._told: dict[tuple[str, Direction], frozenset[int]] = {}
        self._shown: dict[str, Undoable] = {}

    def change(self, client_id: str, direction: Direction, plan_id: str) -> tuple[str, RestoreEarlier] | Refusal:
        """What the person's next undo or redo in a plan does, and to which plan, or why it does nothing.

        A refused step is passed over from then on, while it is in the way of others' work: undo goes on with what the
        person did before.
        """
        history, plan = self._ledger.head_history, self._ledger.head
        steps = steps_in_view(history.steps(client_id).of(direction), plan, plan_id)
        told = self._told.get((client_id, direction), frozenset())
        step = next_step(history, plan, steps, direction, told)
        if step is None:
            if not steps:
                return nothing_left(direction)
            step = steps[-1]
        if (mark := hindrance(history, plan, step, direction)) is None:
            return step.plan_id, restoration(plan, step, direction)
        known = {one.mark.revision for one in history.steps(client_id).of(direction)}
        self._told[client_id, direction] = (told & known) | {step.mark.revision}
        return hindered(plan, step, mark, direction)

    def joined(self, client_id: str) -> list[Effect]:
        """What somebody who comes, or comes back, can undo and redo."""
        self.left(client_id)
        return self.news([client_id])

    def left(self, client_id: str) -> None:
        """The person is gone; their steps are kept with the log."""
        self._shown.pop(client_id, None)

    def news(self, client_ids: Iterable[str]) -> list[Effect]:
        """Tells those of them whose next step is another one now."""
        effects: list[Effect] = []
        for client_id in client_ids:
            offer = self._offer(client_id)
            if self._shown.get(client_id) != offer:
                self._shown[client_id] = offer
                effects.append(Send(client_id=client_id, message=offer, topic=_TOPIC))
        return effects

    def _offer(self, client_id: str) -> Undoable:
        undo, redo = self._next(client_id, "undo"), self._next(client_id, "redo")
        plan = self._ledger.durable
        return Undoable(
            undo=None if undo is None else undo.title(plan),
            redo=None if redo is None else redo.title(plan),
            undo_said=None if undo is None else undo.said(plan),
            redo_said=None if redo is None else redo.said(plan),
        )

    def _next(self, client_id: str, direction: Direction) -> Deed | None:
        told = self._told.get((client_id, direction), frozenset())
        history, plan = self._ledger.durable_history, self._ledger.durable
        steps = steps_in_view(history.steps(client_id).of(direction), plan, self._looks_at(client_id))
        step = next_step(history, plan, steps, direction, told)
        return None if step is None else step.mark.deed
