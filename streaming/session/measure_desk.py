"""What the measurements of plans come to: asked for after every change, and told to everybody."""

from __future__ import annotations

from collections.abc import Iterable

from streaming.protocol import Measured
from streaming.session.effects import Broadcast, Effect, Measure, Send, Topic
from streaming.session.ledger import Ledger


class MeasureDesk:
    """The measured values of one room.

    Args:
        ledger: the plans and what is on its way into them.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._shown: dict[str, Measured] = {}
        self._asked: dict[str, int] = {}

    def of_plans(self, plan_ids: Iterable[str] | None = None) -> list[Effect]:
        """Asks for the values of plans that everybody sees, of all if not said of which; tells where none are left."""
        shown = [one.plan_id for one in self._ledger.durable.shown_plans]
        wanted = shown if plan_ids is None else [one for one in plan_ids if one in shown]
        return [effect for plan_id in wanted for effect in self._of_plan(plan_id)]

    def _of_plan(self, plan_id: str) -> list[Effect]:
        plan = self._ledger.durable
        revision = self._asked[plan_id] = plan.revision_of(plan_id)
        if kept := plan.measurements_of(plan_id):
            measurements = tuple(one.measurement for one in kept)
            resections = plan.resections_of(plan_id)
            return [Measure(plan_id=plan_id, revision=revision, measurements=measurements, resections=resections)]
        shown = self._shown.get(plan_id)
        if shown is None or not shown.values:
            return []
        return self.answered(Measured(plan_id=plan_id, revision=revision, values=()))

    def answered(self, measured: Measured) -> list[Effect]:
        """Values are there; nothing if the plan has gone on, whose values are on their way."""
        if measured.revision != self._asked.get(measured.plan_id):
            return []
        self._shown[measured.plan_id] = measured
        return [Broadcast(message=measured, topic=_topic(measured.plan_id))]

    def shown_to(self, client_id: str) -> list[Effect]:
        """What somebody who comes has to know."""
        plan = self._ledger.durable
        return [
            Send(client_id=client_id, message=measured, topic=_topic(plan_id))
            for plan_id, measured in self._shown.items()
            if plan.plan(plan_id) is not None
        ]


def _topic(plan_id: str) -> Topic:
    return Topic(kind="measured", key=plan_id)
