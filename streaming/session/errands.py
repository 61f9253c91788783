"""What people ask for that takes longer than a moment: made resections, comparisons, proposals. Off the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Final, TypeAlias, assert_never

from engine.errors import CantlieError, OperationCancelledError
from engine.sentences import say
from streaming.planning.constructors import make_resection
from streaming.planning.measuring import Measuring
from streaming.planning.planning_case import PlanningCase
from streaming.planning.proposal_search import ProposalSearch
from streaming.protocol import BodyState, ComparedPlan, Measured, PlansCompared, PlanToCompare, sentence
from streaming.session.cut_errands import CutErrands
from streaming.session.effects import (
    Compare,
    Construct,
    Effect,
    EndSearch,
    EndTakingApart,
    Flatten,
    Measure,
    Search,
    TakeApart,
)
from streaming.session.session import Session

Happening: TypeAlias = Callable[[Session], list[Effect]]
"""What the session is to be told."""

Errand: TypeAlias = Construct | Compare | Measure | Search | EndSearch | Flatten | TakeApart | EndTakingApart

_LOG = logging.getLogger("cantlie.errands")
_MISTAKE: Final = CantlieError(say("mistake_here"))


class Errands:
    """Runs the errands of one session.

    Args:
        opened: the case.
        threads: to compute in.
        tell: called on the event loop with what happened.
        now: the time, ISO 8601 in UTC.
    """

    def __init__(
        self,
        opened: PlanningCase,
        threads: Executor,
        tell: Callable[[Happening], None],
        now: Callable[[], str],
    ) -> None:
        self._opened = opened
        self._measuring = Measuring(opened)
        self._threads = threads
        self._tell = tell
        self._now = now
        self._making = asyncio.Lock()
        self._comparing: dict[str, asyncio.Task[None]] = {}
        self._search = ProposalSearch(opened, self._progressed)
        self._cuts = CutErrands(opened, threads, tell, said)
        self._tasks: set[asyncio.Task[None]] = set()

    def use(self, opened: PlanningCase) -> None:
        """From now on this is the case."""
        self._opened = opened
        self._measuring = Measuring(opened)
        self._search.use(opened)
        self._cuts.use(opened)

    def run(self, errand: Errand) -> None:
        """Starts an errand and returns at once.

        Resections are made one after the other, in the order they were wished for. A comparison drops the one that
        the same person asked for before, a search the one under way.
        """
        match errand:
            case Construct():
                self._spawn(self._construct(errand))
            case Compare():
                self._start_comparison(errand)
            case Measure():
                self._spawn(self._measure(errand))
            case Search():
                self._spawn(self._find_proposals(errand))
            case EndSearch():
                self._search.end()
            case Flatten():
                self._cuts.flatten(errand)
            case TakeApart():
                self._cuts.take_apart(errand)
            case EndTakingApart(client_id=client_id):
                self._cuts.end(client_id)
            case _:
                assert_never(errand)

    async def close(self) -> None:
        """Drops everything."""
        self._search.close()
        await self._cuts.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start_comparison(self, errand: Compare) -> None:
        if (older := self._comparing.get(errand.client_id)) is not None:
            older.cancel()
        task = self._spawn(self._compare(errand))
        self._comparing[errand.client_id] = task
        task.add_done_callback(lambda done: self._forget(errand.client_id, done))

    def _spawn(self, errand: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(errand)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("what came of an errand could not be told", exc_info=error)

    def _forget(self, client_id: str, task: asyncio.Task[None]) -> None:
        if self._comparing.get(client_id) is task:
            del self._comparing[client_id]

    def _progressed(self, number: int, fraction: float, note: str) -> None:
        self._tell(lambda session: session.search_progressed(number, fraction, note))

    async def _construct(self, errand: Construct) -> None:
        client_id, wish = errand.client_id, errand.wish
        loop = asyncio.get_running_loop()
        async with self._making:
            try:
                made = await loop.run_in_executor(self._threads, make_resection, self._opened, wish)
            except Exception as error:
                told = said(error)
                self._tell(lambda session: session.not_constructed(client_id, wish, what=told.what, cure=told.cure))
            else:
                at = self._now()
                self._tell(lambda session: session.constructed(client_id, wish, made, at=at))

    async def _compare(self, errand: Compare) -> None:
        loop = asyncio.get_running_loop()
        plans = [
            await loop.run_in_executor(
                self._threads, self._compared, plan, errand.body
            )  # one at a time: previews go between
            for plan in errand.message.plans
        ]
        answer = PlansCompared(request_id=errand.message.request_id, plans=tuple(plans))
        self._tell(lambda session: session.compared(errand.client_id, answer))

    def _compared(self, plan: PlanToCompare, body: BodyState | None) -> ComparedPlan:
        try:
            numbers = self._opened.numbers(plan.resections, body, details=True)
        except Exception as error:
            told = said(error)
            return ComparedPlan(
                name=plan.name, numbers=None, message=told.what, cure=told.cure, said=sentence(told.what)
            )
        return ComparedPlan(name=plan.name, numbers=numbers, message="", cure="")

    async def _measure(self, errand: Measure) -> None:
        loop, measuring = asyncio.get_running_loop(), self._measuring
        try:
            measured: Measured = await loop.run_in_executor(
                self._threads, measuring.values, errand.revision, errand.measurements, errand.resections
            )
        except Exception as error:
            said(error)  # logged; the plan goes on, and its next change asks again
            return
        if measuring is self._measuring:  # who changed the case asks again
            of_plan = measured.model_copy(update={"plan_id": errand.plan_id})
            self._tell(lambda session: session.measured(of_plan))

    async def _find_proposals(self, errand: Search) -> None:
        number = errand.number
        try:
            found = await self._search.run(errand)
        except OperationCancelledError:
            return  # who ended it knows
        except Exception as error:
            told = said(error)
            self._tell(lambda session: session.search_failed(number, what=told.what, cure=told.cure))
        else:
            self._tell(lambda session: session.search_ended(number, found, ""))


def said(error: Exception) -> CantlieError:
    """What a person is told."""
    if isinstance(error, CantlieError):
        return error
    _LOG.error("an errand failed", exc_info=error)
    return _MISTAKE
