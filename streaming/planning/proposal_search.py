"""Searches for proposals in a thread of its own: one at a time, ended by a newer one."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from engine.errors import OperationCancelledError
from streaming.assets.branches import branch_title
from streaming.planning.engine_resection import resection_state
from streaming.planning.numbers import numbers_of
from streaming.protocol import BodyState, ProposalState, Sentence
from streaming.session.effects import Search

if TYPE_CHECKING:
    from engine.proposals import Proposal
    from streaming.planning.planning_case import PlanningCase

_BETWEEN_REPORTS_SECONDS: Final = 0.1


class ProposalSearch:
    """The searches of one session; all methods belong on the event loop.

    Args:
        opened: the case.
        progressed: called on the event loop with number, fraction and a note.
    """

    def __init__(self, opened: PlanningCase, progressed: Callable[[int, float, str], None]) -> None:
        self._opened = opened
        self._progressed = progressed
        # One thread: a search that was ended may take a moment to notice, and two would slow each other and previews.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cantlie-search")
        self._cancelled = threading.Event()

    def use(self, opened: PlanningCase) -> None:
        """From now on this is the case."""
        self._opened = opened

    async def run(self, search: Search) -> tuple[ProposalState, ...]:
        """Ends the search under way and answers the new one.

        Raises:
            PlanError: nothing fits the constraints.
            OperationCancelledError: it was ended.
        """
        self.end()
        self._cancelled = threading.Event()
        report = _Report(
            loop=asyncio.get_running_loop(),
            number=search.number,
            cancelled=self._cancelled,
            progressed=self._progressed,
        )
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _search, self._opened, search, report)

    def end(self) -> None:
        """Nobody wants the proposals any more."""
        self._cancelled.set()

    def close(self) -> None:
        """Ends for good."""
        self.end()
        self._thread.shutdown(wait=False, cancel_futures=True)


class _Report:
    """Carries the engine's progress to the event loop, not more often than people can see."""

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        number: int,
        cancelled: threading.Event,
        progressed: Callable[[int, float, str], None],
    ) -> None:
        self._loop = loop
        self._number = number
        self._cancelled = cancelled
        self._progressed = progressed
        self._reported_at = 0.0

    def stage(self, name: str) -> None:
        """A new stage begins."""
        self.advance(0.0, name)

    def advance(self, fraction: float, detail: str = "") -> None:
        """The search is done to `fraction`.

        Raises:
            OperationCancelledError: nobody waits for it any more.
        """
        if self._cancelled.is_set():
            raise OperationCancelledError("The search was stopped.")
        now = time.monotonic()
        if now - self._reported_at >= _BETWEEN_REPORTS_SECONDS:
            self._reported_at = now
            self._loop.call_soon_threadsafe(self._progressed, self._number, fraction, detail)


def _search(opened: PlanningCase, search: Search, report: _Report) -> tuple[ProposalState, ...]:
    from engine.proposals import Constraints, Problem, propose

    constraints = search.constraints
    report.advance(0.0)  # not begun at all if it was ended while it waited
    problem = Problem(
        evaluator=opened.evaluator,
        labels=opened.labels,
        trees=opened.trees,
        liver_map=opened.liver_map,
        constraints=Constraints(
            margin_mm=constraints.margin_mm,
            minimum_flr_percent=constraints.minimum_flr_percent,
            spare_branches=constraints.spare_branches,
            tumours=constraints.tumours,
        ),
    )
    return tuple(_state(proposal, search.body) for proposal in propose(problem, report))


def _state(proposal: Proposal, body: BodyState | None) -> ProposalState:
    # Named by what it resects: an id never means another plan, also after a restart.
    text = repr(proposal.plan.as_json())
    proposal_id = f"p-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return ProposalState(
        proposal_id=proposal_id,
        kind=proposal.kind,
        title=proposal.title,
        reason=proposal.reason.sentence,
        clauses=tuple(_clause(one.code, one.values) for one in proposal.reason.clauses),
        resections=tuple(
            resection_state(f"{proposal_id}.{number}", resection)
            for number, resection in enumerate(proposal.plan.resections, start=1)
        ),
        numbers=numbers_of(proposal.answer, body=body),
    )


def _clause(code: str, values: tuple[str, ...]) -> Sentence:
    """A part of a reason by its code; a branch by what people call it everywhere else."""
    if code == "vessel":
        tree, name, calibre = values
        return Sentence(
            code="why.vessel", values=(branch_title("portal" if tree == "portal" else "hepatic", name), calibre)
        )
    return Sentence(code=f"why.{code}", values=values)
