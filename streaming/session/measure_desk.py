"""What the measurements of a plan come to: asked for after every change, and told to everybody."""

from __future__ import annotations

from typing import Final

from streaming.protocol import Measured
from streaming.session.effects import Broadcast, Effect, Measure, Send, Topic
from streaming.session.ledger import Ledger

_TOPIC: Final = Topic(kind="measured")


class MeasureDesk:
    """The measured values of one room.

    Args:
        ledger: the plan and what is on its way into it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._shown: Measured | None = None
        self._asked: int | None = None

    def of_plan(self) -> list[Effect]:
        """Asks for the values of the plan that everybody sees; tells that there are none where none are left."""
        plan = self._ledger.durable
        self._asked = plan.revision
        if plan.measurements:
            measurements = tuple(one.measurement for one in plan.measurements)
            return [Measure(revision=plan.revision, measurements=measurements, resections=plan.resections)]
        if self._shown is None or not self._shown.values:
            return []
        return self.answered(Measured(revision=plan.revision, values=()))

    def answered(self, measured: Measured) -> list[Effect]:
        """Values are there; nothing if the plan has gone on, whose values are on their way."""
        if measured.revision != self._asked:
            return []
        self._shown = measured
        return [Broadcast(message=measured, topic=_TOPIC)]

    def shown_to(self, client_id: str) -> list[Effect]:
        """What somebody who comes has to know."""
        return [] if self._shown is None else [Send(client_id=client_id, message=self._shown, topic=_TOPIC)]
