"""Cuts a case's surfaces in a process of its own: manifold3d holds the GIL, and a server has hands to follow."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import MeshError
from engine.plan_cutting import CutStructure, PlanCutting
from engine.resection.plan import ResectionPlan

_cutting: PlanCutting | None = None
"""In the worker: the surfaces, made ready."""


class CuttingWorker:
    """One spawned process that keeps the surfaces of a case ready; plans wait in line.

    Args:
        case_path: the case's folder.
        level: of detail; 1 is fine enough to look at.
    """

    def __init__(self, case_path: Path, *, level: int = 1) -> None:
        """Prepares the process; it starts with the first plan."""
        self._pool = ProcessPoolExecutor(
            1,
            # Spawned, not forked: numba's threads do not survive a fork.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(case_path, level),
        )

    def __enter__(self) -> Self:
        """Nothing to do."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends the process."""
        self.close()

    def submit(self, plan: ResectionPlan) -> Future[tuple[CutStructure, ...]]:
        """Cuts by a plan; `asyncio.wrap_future` makes it awaitable.

        The future raises PlanError or MeshError as `PlanCutting.cut` does, and BrokenProcessPool where the process
        died, by lack of memory most likely.

        Raises:
            MeshError: the process died before.
        """
        try:
            return self._pool.submit(_cut_in_worker, plan)
        except BrokenProcessPool as error:
            raise MeshError("The process that cuts surfaces has ended.", cure="Open the case again.") from error

    def close(self) -> None:
        """Ends the process; plans that still wait are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _start_worker(case_path: Path, level: int) -> None:
    global _cutting  # noqa: PLW0603 - the one thing the worker remembers between plans
    from engine.case import Case

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _cutting = PlanCutting.of_case(Case.open(case_path), level=level)


def _cut_in_worker(plan: ResectionPlan) -> tuple[CutStructure, ...]:
    assert _cutting is not None
    return _cutting.cut(plan)
