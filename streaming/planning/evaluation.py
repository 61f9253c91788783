"""Answers questions off the event loop, newest first per person; details never delay a moving hand."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

from engine.errors import CantlieError
from engine.sentences import say
from streaming.planning.planning_case import PlanningCase
from streaming.planning.question_queue import QuestionQueue, Task
from streaming.protocol import PlanNumbers
from streaming.session.effects import Question

REST_SECONDS: Final = 0.15
"""A hand that has not moved for this long is resting: time for all that a drag has no time for."""

QUICK_SECONDS: Final = 0.001
"""Drags that are answered faster than this, of late, are answered on the event loop: going to a thread and back takes
as long. Slower ones never hold up anybody's messages."""

_SMOOTHING: Final = 0.2
_UNKNOWN_SECONDS: Final = 1.0

_MISTAKE: Final = CantlieError(say("mistake_in_plan"))
_LOG = logging.getLogger("cantlie.evaluation")


class Evaluation:
    """Feeds one case's questions to threads; the kernels release the GIL there.

    Two at once: moving hands are answered in one thread while committed plans and resting hands, which take many
    times as long, are answered in another.

    Args:
        opened: the case.
        executor: threads to compute in.
        answered: called on the event loop with every answer.
        failed: called on the event loop with what was wrong with a question that has none.
    """

    def __init__(
        self,
        opened: PlanningCase,
        executor: Executor,
        *,
        answered: Callable[[Question, PlanNumbers], None],
        failed: Callable[[Question, CantlieError], None],
    ) -> None:
        self._opened = opened
        self._executor = executor
        self._answered = answered
        self._failed = failed
        self._queue = QuestionQueue()
        self._drag_seconds = _UNKNOWN_SECONDS
        self._drag_asked = asyncio.Event()
        self._asked_or_moved = asyncio.Event()

    def use(self, opened: PlanningCase) -> None:
        """From now on this is the case: answers that are still computed from the one before are not given."""
        self._opened = opened
        self._drag_seconds = _UNKNOWN_SECONDS

    def ask(self, question: Question) -> None:
        """Queues a question; an unanswered older one of the same person is dropped."""
        self._queue.put(question)
        if question.preview_by is not None:
            self._drag_asked.set()
        self._asked_or_moved.set()

    async def run(self) -> None:
        """Answers until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._answer_drags())
            group.create_task(self._answer_in_full())

    async def _answer_drags(self) -> None:
        while True:
            task = self._queue.pop_drag()
            if task is None:
                self._drag_asked.clear()
                await self._drag_asked.wait()
            else:
                await self._answer(task)
                self._asked_or_moved.set()  # now it lacks its details

    async def _answer_in_full(self) -> None:
        while True:
            task = self._queue.pop_plan() or await self._rested()
            if task is not None:
                await self._answer(task)

    async def _rested(self) -> Task | None:
        """Waits for something to happen; if nothing does for a moment, a resting drag gets its details."""
        self._asked_or_moved.clear()
        if not self._queue.has_resting:
            await self._asked_or_moved.wait()
            return None
        try:
            async with asyncio.timeout(REST_SECONDS):
                await self._asked_or_moved.wait()
        except TimeoutError:
            return self._queue.pop_resting()
        return None

    async def _answer(self, task: Task) -> None:
        loop, opened = asyncio.get_running_loop(), self._opened
        answer: PlanNumbers | CantlieError
        try:
            if task.details:
                answer, _ = await loop.run_in_executor(self._executor, _compute, opened, task)
            else:
                answer = await self._answer_drag(opened, task)
        except CantlieError as error:
            answer = error
        except Exception:
            # One plan that the evaluator cannot take must not leave everybody without numbers for all later ones.
            _LOG.exception("numbers not computed")
            answer = _MISTAKE
        if opened is not self._opened:
            return  # who changed the case asks again
        if isinstance(answer, CantlieError):
            self._failed(task.question, answer)
        else:
            self._answered(task.question, answer)

    async def _answer_drag(self, opened: PlanningCase, task: Task) -> PlanNumbers:
        """Here where that is quick, in a thread where it is not."""
        if self._drag_seconds < QUICK_SECONDS:
            await asyncio.sleep(0)  # what others are told of the hand itself goes first
            answer, seconds = _compute(opened, task)
        else:
            loop = asyncio.get_running_loop()
            answer, seconds = await loop.run_in_executor(self._executor, _compute, opened, task)
        self._drag_seconds += _SMOOTHING * (seconds - self._drag_seconds)
        return answer


def _compute(opened: PlanningCase, task: Task) -> tuple[PlanNumbers, float]:
    """The answer, and how many seconds it took."""
    started = time.perf_counter()
    answer = opened.numbers(task.question.resections, task.question.body, details=task.details)
    return answer, time.perf_counter() - started
