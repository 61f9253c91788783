"""Which question to answer next: of every person only the newest, and details once a hand rests."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from streaming.effects import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A question, and whether to list the vessels crossed as well."""

    question: Question
    details: bool


class QuestionQueue:
    """Newest question per person, in turn; not thread-safe.

    The committed plan is always answered with details. A drag is answered without, and again with details when
    nothing newer has come for it while everything else was answered (`idle`).
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[str | None, Question] = OrderedDict()
        self._without_details: OrderedDict[str | None, Question] = OrderedDict()

    def put(self, question: Question) -> None:
        """A question replaces the older one of the same person, keeping its turn."""
        self._waiting[question.preview_by] = question
        self._without_details.pop(question.preview_by, None)

    def pop(self) -> Task | None:
        """The next to answer at once, or None."""
        if not self._waiting:
            return None
        key, question = self._waiting.popitem(last=False)
        if question.preview_by is None:
            return Task(question=question, details=True)
        self._without_details[key] = question
        return Task(question=question, details=False)

    def pop_resting(self) -> Task | None:
        """The next to answer again, with details; to be asked for when hands have rested a moment."""
        if not self._without_details:
            return None
        _, question = self._without_details.popitem(last=False)
        return Task(question=question, details=True)

    @property
    def has_resting(self) -> bool:
        """Whether an answered drag still lacks its details."""
        return bool(self._without_details)
