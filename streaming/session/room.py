"""What the parts of a session share: people, plan, drags, and how people are told of them."""

from __future__ import annotations

from typing import Final

from engine.sentences import say
from streaming.planning.case_limits import CaseLimits
from streaming.protocol import Plans, PlanState, PreviewCancelled, ResectionPreviewed
from streaming.session.effects import Broadcast, Effect, Forget, Send, Topic, drag_topic, numbers_topic, plan_topic
from streaming.session.ledger import Ledger
from streaming.session.measure_desk import MeasureDesk
from streaming.session.numbers_desk import NumbersDesk
from streaming.session.people import Attendance, Drag, Drags
from streaming.session.plan_messages import plan_state, plans_message
from streaming.session.refusals import Refusal

PLANS_TOPIC: Final = Topic(kind="plans")
MAX_REFUSED: Final = 1024
"""Rejections that are remembered. A repetition comes over the same connection, so a restart may forget them."""

_PEOPLE_TOPIC: Final = Topic(kind="people")


class Room:
    """The people around the plans of one case.

    Args:
        ledger: the plan and what is on its way into it.
        limits: what resections may name in this case.
    """

    def __init__(self, ledger: Ledger, limits: CaseLimits) -> None:
        self.ledger = ledger
        self.limits = limits
        self.people = Attendance(ledger.durable_history.names)
        self.drags = Drags()
        self.numbers = NumbersDesk(ledger, self.drags)
        self._refused: dict[tuple[str, str], Refusal] = {}
        self.measures = MeasureDesk(ledger)

    def plan_state(self, plan_id: str) -> PlanState:
        """A plan as everybody sees it."""
        return plan_state(self.ledger.durable, plan_id)

    def plans(self) -> Plans:
        """Which plans there are."""
        return plans_message(self.ledger.durable, self.limits.segmentation)

    def looks_at(self, client_id: str) -> str:
        """The plan that a person looks at; the first there is where theirs is gone."""
        plan, wanted = self.ledger.durable, self.people.looks_at(client_id)
        return wanted if plan.plan(wanted) is not None else plan.shown_plans[0].plan_id

    def people_changed(self) -> Broadcast:
        """Tells everybody who is here and holds what."""
        return Broadcast(message=self.people.as_message(self.drags), topic=_PEOPLE_TOPIC)

    def reject(self, client_id: str, refusal: Refusal, operation_id: str | None) -> list[Effect]:
        """Tells one person why not, and what holds."""
        if client_id not in self.people:
            return []
        if operation_id is not None:
            self._refused[client_id, operation_id] = refusal
            if len(self._refused) > MAX_REFUSED:
                del self._refused[next(iter(self._refused))]
        seen = self.looks_at(client_id)
        return [
            Send(client_id=client_id, message=refusal.as_message(operation_id)),
            Send(client_id=client_id, message=self.plan_state(seen), topic=plan_topic(seen)),
        ]

    def refused(self, client_id: str, operation_id: str) -> Refusal | None:
        """Why this operation of the person was rejected lately: said again, it gets no other answer."""
        return self._refused.get((client_id, operation_id))

    def held(self, drag: Drag) -> Refusal:
        """Somebody else moves what is to be changed."""
        holder = self.people[drag.client_id].display_name
        return Refusal(code="held", what=say("held", holder))

    def cancel_drag(self, client_id: str, resection_ids: tuple[str, ...]) -> list[Effect]:
        """The person lets go, if they hold one of these."""
        drag = self.drags.of_person(client_id)
        if drag is None or drag.resection.resection_id not in resection_ids:
            return []
        return [*self.end_drag(client_id), self.people_changed()]

    def end_drag(self, client_id: str) -> list[Effect]:
        """The person lets go without a change; nothing if they hold nothing."""
        drag = self.drags.release(client_id)
        if drag is None:
            return []
        return [
            void_numbers(drag),
            *self.drags_over(client_id, (drag.resection.resection_id,)),
            *self.numbers.repeat(drag.plan_id),
            *self.numbers.of_drags(),
        ]

    def drags_over(self, author: str, resection_ids: tuple[str, ...]) -> list[Effect]:
        """Tells others that drags are over, unless somebody holds the resection again."""
        return [
            Broadcast(
                message=PreviewCancelled(client_id=author, resection_id=resection_id),
                topic=drag_topic(resection_id),
                except_client=author,
            )
            for resection_id in resection_ids
            if self.drags.of_resection(resection_id) is None
        ]


def previewed(drag: Drag) -> ResectionPreviewed:
    """Where a hand has a resection now."""
    return ResectionPreviewed(
        client_id=drag.client_id, sequence=drag.sequence, plan_id=drag.plan_id, resection=drag.resection
    )


def void_numbers(drag: Drag) -> Forget:
    """Numbers of a drag that is over and wait unsent are no longer true.

    What waits under the drag's own topic stays: its end replaces it, and for somebody it may be the end of an earlier
    drag that they still see.
    """
    return Forget(topic=numbers_topic(drag.client_id, drag.plan_id))
