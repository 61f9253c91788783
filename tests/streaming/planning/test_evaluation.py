"""Answers off the event loop: newest wins, details when a hand rests, and nobody waits for another's details."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from engine.errors import PlanError
from streaming.planning import evaluation as evaluation_module
from streaming.planning.evaluation import Evaluation
from streaming.planning.question_queue import QuestionQueue
from streaming.session.effects import Question


def _question(preview_by: str | None = None, sequence: int | None = None, revision: int = 1) -> Question:
    return Question(revision=revision, resections=(), preview_by=preview_by, sequence=sequence)


def test_of_every_person_only_the_newest_question_is_answered_in_turn() -> None:
    queue = QuestionQueue()
    for sequence, name in ((1, "ann"), (1, "bob"), (2, "ann"), (3, "ann")):
        queue.put(_question(name, sequence))
    first, second = queue.pop_drag(), queue.pop_drag()
    assert [(one.question.preview_by, one.question.sequence) for one in (first, second)] == [("ann", 3), ("bob", 1)]
    assert queue.pop_drag() is None
    assert not first.details


def test_the_committed_plan_is_told_in_full_and_only_the_newest() -> None:
    queue = QuestionQueue()
    queue.put(_question(revision=1))
    queue.put(_question(revision=2))
    task = queue.pop_plan()
    assert (task.question.revision, task.details) == (2, True)
    assert queue.pop_plan() is None


def test_a_hand_that_moves_again_does_not_rest() -> None:
    queue = QuestionQueue()
    queue.put(_question("ann", 1))
    queue.pop_drag()
    assert queue.has_resting
    queue.put(_question("ann", 2))
    assert not queue.has_resting
    assert queue.pop_resting() is None
    queue.pop_drag()
    assert queue.pop_resting().question.sequence == 2


class SlowDetails:
    """A case whose details take until they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.begun = threading.Event()

    def numbers(self, resections: object, body: object, *, details: bool) -> str:
        if details:
            self.begun.set()
            assert self.let_go.wait(20)
            return "in full"
        return "at once"


def _run(case: object, scenario) -> None:
    async def run() -> None:
        heard: asyncio.Queue = asyncio.Queue()
        with ThreadPoolExecutor(4) as threads:
            evaluation = Evaluation(
                case,
                threads,
                answered=lambda question, numbers: heard.put_nowait((question, numbers)),
                failed=lambda question, error: heard.put_nowait((question, error)),
            )
            running = asyncio.create_task(evaluation.run())
            async with asyncio.timeout(20):
                await scenario(evaluation, heard)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    # A thread of its own: after the browser tests a loop is running in this one.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, run()).result()


def test_a_moving_hand_does_not_wait_for_the_details_of_a_plan() -> None:
    case = SlowDetails()

    async def scenario(evaluation: Evaluation, heard: asyncio.Queue) -> None:
        evaluation.ask(_question(revision=1))
        await asyncio.to_thread(case.begun.wait, 20)
        evaluation.ask(_question("ann", 1))
        assert (await heard.get())[1] == "at once"
        case.let_go.set()
        plan, details = await heard.get(), await heard.get()
        assert (plan[0].preview_by, plan[1]) == (None, "in full")
        assert (details[0].preview_by, details[1]) == ("ann", "in full")

    _run(case, scenario)


def test_drags_are_answered_on_the_loop_while_that_is_quick_and_plans_never() -> None:
    class Clocked:
        def __init__(self) -> None:
            self.now = self.seconds = 0.0
            self.threads: list[tuple[bool, bool]] = []

        def numbers(self, resections: object, body: object, *, details: bool) -> str:
            self.threads.append((details, threading.current_thread() is loops[0]))
            self.now += self.seconds
            return "well"

    case = Clocked()
    loops: list[threading.Thread] = []

    async def scenario(evaluation: Evaluation, heard: asyncio.Queue) -> None:
        loops.append(threading.current_thread())
        for sequence in range(60):
            case.seconds = 0.0 if sequence < 40 else 1.0
            evaluation.ask(_question("ann", sequence))
            await heard.get()
        evaluation.ask(_question(revision=2))
        await heard.get()

    with mock.patch.object(evaluation_module.time, "perf_counter", lambda: case.now):
        _run(case, scenario)
    drags = [is_on_loop for details, is_on_loop in case.threads if not details]
    assert not drags[0], "nobody knows yet how long it takes"
    assert drags[39], "quick"
    assert not any(drags[41:]), "one slow answer is enough"
    assert not any(is_on_loop for details, is_on_loop in case.threads if details)


def test_a_plan_that_cannot_be_answered_is_told_and_the_next_one_is_answered() -> None:
    class Moody:
        def numbers(self, resections: object, body: object, *, details: bool) -> str:
            moods.append(details)
            if len(moods) == 1:
                raise PlanError("No such branch.", cure="Choose another.")
            if len(moods) == 2:
                raise ZeroDivisionError
            return "well"

    moods: list[bool] = []

    async def scenario(evaluation: Evaluation, heard: asyncio.Queue) -> None:
        answers = []
        for revision in (1, 2, 3):
            evaluation.ask(_question(revision=revision))
            answers.append(await heard.get())
        (_, first), (_, second), (_, third) = answers
        assert (first.what, first.cure) == ("No such branch.", "Choose another.")
        assert "mistake" in second.what
        assert third == "well"

    _run(Moody(), scenario)
