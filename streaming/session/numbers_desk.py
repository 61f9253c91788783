"""Which numbers are wanted, and which of the answers are still true."""

from __future__ import annotations

from collections.abc import Iterable

from streaming.protocol import Numbers, NumbersFailed, PlanNumbers, sentence
from streaming.session.effects import Broadcast, Effect, Evaluate, Question, Send, numbers_topic
from streaming.session.ledger import Ledger
from streaming.session.people import Drag, Drags


class NumbersDesk:
    """Questions to the evaluator and its answers.

    Args:
        ledger: holds the plan that everybody sees.
        drags: what moves in it.
    """

    def __init__(self, ledger: Ledger, drags: Drags) -> None:
        self._ledger = ledger
        self._drags = drags
        self._of_plans: dict[str, Numbers | NumbersFailed] = {}
        self._told: dict[int, int] = {}

    def of_plans(self, plan_ids: Iterable[str] | None = None) -> list[Effect]:
        """Wants the numbers of committed plans; of all there are if not said of which."""
        shown = [one.plan_id for one in self._ledger.durable.shown_plans]
        wanted = shown if plan_ids is None else [one for one in plan_ids if one in shown]
        return [self._of_plan(one) for one in wanted]

    def _of_plan(self, plan_id: str) -> Evaluate:
        plan = self._ledger.durable
        question = Question(
            plan_id=plan_id,
            revision=plan.revision_of(plan_id),
            resections=plan.resections_of(plan_id),
            body=plan.body,
        )
        return Evaluate(question=question)

    def of_drag(self, drag: Drag) -> Evaluate:
        """Wants the numbers of what everybody sees while this drag moves."""
        plan = self._ledger.durable
        question = Question(
            plan_id=drag.plan_id,
            revision=plan.revision_of(drag.plan_id),
            resections=plan.resections_moved(
                drag.plan_id, (other.resection for other in self._drags if other.plan_id == drag.plan_id)
            ),
            preview_by=drag.client_id,
            body=plan.body,
            sequence=drag.sequence,
            drag=drag.number,
        )
        return Evaluate(question=question)

    def of_drags(self) -> list[Effect]:
        """Wants the numbers of all drags, because something under them changed."""
        return [self.of_drag(drag) for drag in self._drags]

    def answered(self, question: Question, numbers: PlanNumbers) -> list[Effect]:
        """Numbers are ready."""
        return self._tell(
            question,
            Numbers(
                revision=question.revision,
                plan_id=question.plan_id,
                preview_by=question.preview_by,
                sequence=question.sequence,
                numbers=numbers,
            ),
        )

    def failed(self, question: Question, what: str, cure: str) -> list[Effect]:
        """There are no numbers; older ones must not stand."""
        return self._tell(
            question,
            NumbersFailed(
                revision=question.revision,
                plan_id=question.plan_id,
                preview_by=question.preview_by,
                sequence=question.sequence,
                message=what,
                cure=cure,
                said=sentence(what),
            ),
        )

    def case_changed(self) -> list[Effect]:
        """Wants all numbers again; those there are were counted on other labels."""
        self._of_plans = {}
        return [*self.of_plans(), *self.of_drags()]

    def repeat(self, plan_id: str) -> list[Effect]:
        """After a drag without a change people look at the committed plan again."""
        message = self.current(plan_id)
        return [] if message is None else [Broadcast(message=message, topic=numbers_topic(None, plan_id))]

    def shown_to(self, client_id: str) -> list[Effect]:
        """What somebody who joins has to read: of every plan, so that none is waited for."""
        known = [(one.plan_id, self.current(one.plan_id)) for one in self._ledger.durable.shown_plans]
        return [
            Send(client_id=client_id, message=message, topic=numbers_topic(None, plan_id))
            for plan_id, message in known
            if message is not None
        ]

    def current(self, plan_id: str) -> Numbers | NumbersFailed | None:
        """The numbers of a committed plan, once they are there."""
        known = self._of_plans.get(plan_id)
        if known is None or known.revision != self._ledger.durable.revision_of(plan_id):
            return None
        return known

    def _tell(self, question: Question, message: Numbers | NumbersFailed) -> list[Effect]:
        """Tells everybody, if what is answered is still what people see."""
        if question.revision != self._ledger.durable.revision_of(question.plan_id):
            return []
        if question.preview_by is None:
            self._of_plans[question.plan_id] = message
        elif not self._is_news(question):
            return []
        return [Broadcast(message=message, topic=numbers_topic(question.preview_by, question.plan_id))]

    def _is_news(self, question: Question) -> bool:
        """Whether the drag goes on and no newer answer was told: details of where a hand rested may come late."""
        self._told = {drag.number: self._told.get(drag.number, -1) for drag in self._drags}
        sequence = -1 if question.sequence is None else question.sequence
        if question.drag not in self._told or sequence < self._told[question.drag]:
            return False
        self._told[question.drag] = sequence
        return True
