"""Which question to answer next: of every person only the newest, and details once a hand rests."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from streaming.session.effects import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A question, and whether to tell all there is to tell."""

    question: Question
    details: bool


class QuestionQueue:
    """Newest question per person and plan, in turn; not thread-safe.

    A committed plan is answered with details. A drag is answered without, and again with details when nothing newer
    has come for it while it rests.
    """

    def __init__(self) -> None:
        self._plans: OrderedDict[str, Question] = OrderedDict()
        self._drags: OrderedDict[str, Question] = OrderedDict()
        self._without_details: OrderedDict[str, Question] = OrderedDict()

    def put(self, question: Question) -> None:
        """A question replaces the older one of the same person or plan, keeping its turn."""
        if question.preview_by is None:
            self._plans[question.plan_id] = question
            return
        self._drags[question.preview_by] = question
        self._without_details.pop(question.preview_by, None)

    def pop_drag(self) -> Task | None:
        """The next drag to answer at once, or None."""
        if not self._drags:
            return None
        person, question = self._drags.popitem(last=False)
        self._without_details[person] = question
        return Task(question=question, details=False)

    def pop_plan(self) -> Task | None:
        """The next committed plan that waits."""
        if not self._plans:
            return None
        _, question = self._plans.popitem(last=False)
        return Task(question=question, details=True)

    def pop_resting(self) -> Task | None:
        """The next drag to answer again, with details; to be asked for when hands have rested a moment."""
        if not self._without_details:
            return None
        _, question = self._without_details.popitem(last=False)
        return Task(question=question, details=True)

    @property
    def has_resting(self) -> bool:
        """Whether an answered drag still lacks its details."""
        return bool(self._without_details)
