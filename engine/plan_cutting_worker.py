"""Cuts a case's surfaces in a process of its own: manifold3d holds the GIL, and a server has hands to follow."""

from __future__ import annotations

import itertools
import multiprocessing
import signal
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from engine.errors import MeshError, OperationCancelledError
from engine.plan_cutting import CutStructure, PlanCutting
from engine.resection.plan import ResectionPlan
from engine.sentences import say

_NOTHING: Final = -1

_cutting: PlanCutting | None = None
"""In the worker: the surfaces, made ready."""
_shared: _Shared | None = None
"""In the worker: what it tells and is told while it cuts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """Numbers that both processes see.

    Attributes:
        ticket: of the plan being cut.
        percent: how far it is.
        stopped: ticket of a plan that nobody wants any more.
    """

    ticket: Synchronized[int]
    percent: Synchronized[int]
    stopped: Synchronized[int]


class Cutting:
    """A plan that a worker cuts or will cut.

    Attributes:
        result: the structures; raises PlanError or MeshError as `PlanCutting.cut` does, OperationCancelledError where
            it was stopped, and BrokenProcessPool where the process died, by lack of memory most likely.
    """

    def __init__(self, ticket: int, shared: _Shared, result: Future[tuple[CutStructure, ...]]) -> None:
        self._ticket = ticket
        self._shared = shared
        self.result = result

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1; 0 while it waits."""
        return self._shared.percent.value / 100.0 if self._shared.ticket.value == self._ticket else 0.0

    def stop(self) -> None:
        """Nobody wants it any more: dropped if it waits, else ended with the structure that is being cut."""
        if not self.result.cancel():
            self._shared.stopped.value = self._ticket


class _SharedProgress:
    """Carries what `PlanCutting` reports out of the worker.

    Args:
        shared: with the other process.
        ticket: of the plan.
    """

    def __init__(self, shared: _Shared, ticket: int) -> None:
        self._shared = shared
        self._ticket = ticket
        shared.percent.value = 0
        shared.ticket.value = ticket

    def stage(self, name: str) -> None:  # noqa: ARG002 - part of the interface
        """A new stage begins."""
        self.advance(0.0)

    def advance(self, fraction: float, detail: str = "") -> None:  # noqa: ARG002 - part of the interface
        """It is done to `fraction`.

        Raises:
            OperationCancelledError: nobody wants it any more.
        """
        if self._shared.stopped.value == self._ticket:
            raise OperationCancelledError("The cutting was stopped.")
        self._shared.percent.value = round(100 * fraction)


class CuttingWorker:
    """One spawned process that keeps the surfaces of a case ready; plans wait in line.

    Args:
        case_path: the case's folder.
        level: of detail; 1 is fine enough to look at.
    """

    def __init__(self, case_path: Path, *, level: int = 1) -> None:
        """Prepares the process; it starts with the first plan."""
        # Spawned, not forked: numba's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        self._shared = _Shared(
            ticket=context.Value("q", _NOTHING), percent=context.Value("q", 0), stopped=context.Value("q", _NOTHING)
        )
        self._tickets = itertools.count()
        self._pool = ProcessPoolExecutor(
            1, mp_context=context, initializer=_start_worker, initargs=(case_path, level, self._shared)
        )

    def __enter__(self) -> Self:
        """Nothing to do."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends the process."""
        self.close()

    def submit(self, plan: ResectionPlan) -> Cutting:
        """Cuts by a plan; `asyncio.wrap_future` makes its result awaitable.

        Raises:
            MeshError: the process died before.
        """
        ticket = next(self._tickets)
        try:
            return Cutting(ticket, self._shared, self._pool.submit(_cut_in_worker, plan, ticket))
        except BrokenProcessPool as error:
            raise MeshError(say("cutting_ended")) from error

    def close(self) -> None:
        """Ends the process; plans that still wait are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _start_worker(case_path: Path, level: int, shared: _Shared) -> None:
    global _cutting, _shared  # noqa: PLW0603 - what the worker remembers between plans
    from engine.case import Case

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared = shared
    _cutting = PlanCutting.of_case(Case.open(case_path), level=level)


def _cut_in_worker(plan: ResectionPlan, ticket: int) -> tuple[CutStructure, ...]:
    assert _cutting is not None
    assert _shared is not None
    return _cutting.cut(plan, _SharedProgress(_shared, ticket))
