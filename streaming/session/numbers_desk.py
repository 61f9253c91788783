"""Which numbers are wanted, and which of the answers are still true."""

from __future__ import annotations

from streaming.protocol import Numbers, NumbersFailed, PlanNumbers
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
        self._of_plan: Numbers | NumbersFailed | None = None
        self._told: dict[int, int] = {}

    def of_plan(self) -> Evaluate:
        """Wants the numbers of the committed plan."""
        plan = self._ledger.durable
        return Evaluate(question=Question(revision=plan.revision, resections=plan.resections, body=plan.body))

    def of_drag(self, drag: Drag) -> Evaluate:
        """Wants the numbers of what everybody sees while this drag moves."""
        plan = self._ledger.durable
        question = Question(
            revision=plan.revision,
            resections=plan.with_resections(other.resection for other in self._drags),
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
                preview_by=question.preview_by,
                sequence=question.sequence,
                message=what,
                cure=cure,
            ),
        )

    def case_changed(self) -> list[Effect]:
        """Wants all numbers again; those there are were counted on other labels."""
        self._of_plan = None
        return [self.of_plan(), *self.of_drags()]

    def repeat(self) -> list[Effect]:
        """After a drag without a change people look at the committed plan again."""
        message = self._current()
        return [] if message is None else [Broadcast(message=message, topic=numbers_topic(None))]

    def shown_to(self, client_id: str) -> list[Effect]:
        """What somebody who joins has to read."""
        message = self._current()
        return [] if message is None else [Send(client_id=client_id, message=message, topic=numbers_topic(None))]

    def _current(self) -> Numbers | NumbersFailed | None:
        """The numbers of the committed plan, once they are there."""
        if self._of_plan is None or self._of_plan.revision != self._ledger.durable.revision:
            return None
        return self._of_plan

    def _tell(self, question: Question, message: Numbers | NumbersFailed) -> list[Effect]:
        """Tells everybody, if what is answered is still what people see."""
        if question.revision != self._ledger.durable.revision:
            return []
        if question.preview_by is None:
            self._of_plan = message
        elif not self._is_news(question):
            return []
        return [Broadcast(message=message, topic=numbers_topic(question.preview_by))]

    def _is_news(self, question: Question) -> bool:
        """Whether the drag goes on and no newer answer was told: details of where a hand rested may come late."""
        self._told = {drag.number: self._told.get(drag.number, -1) for drag in self._drags}
        sequence = -1 if question.sequence is None else question.sequence
        if question.drag not in self._told or sequence < self._told[question.drag]:
            return False
        self._told[question.drag] = sequence
        return True
