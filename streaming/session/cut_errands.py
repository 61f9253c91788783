"""Runs what people ask about cuts: pictures in threads, parts in the process that cuts; of each person the newest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import TypeAlias

from engine.errors import CantlieError, OperationCancelledError
from streaming.planning.flat_cuts import FlatCuts
from streaming.planning.liver_parts import LiverParts
from streaming.planning.planning_case import PlanningCase
from streaming.session.effects import Effect, Flatten, TakeApart
from streaming.session.session import Session

_Tell: TypeAlias = Callable[[Callable[[Session], list[Effect]]], None]


class CutErrands:
    """The pictures and parts of one session; all methods belong on the event loop.

    Args:
        opened: the case.
        threads: to compute in.
        tell: called on the event loop with what happened.
        said: what a person is told of an error.
    """

    def __init__(
        self, opened: PlanningCase, threads: Executor, tell: _Tell, said: Callable[[Exception], CantlieError]
    ) -> None:
        self._threads = threads
        self._tell = tell
        self._said = said
        self._flat = FlatCuts(opened)
        self._parts = LiverParts(opened, threads)
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}

    def use(self, opened: PlanningCase) -> None:
        """From now on this is the case."""
        self._flat = FlatCuts(opened)
        self._parts.use(opened)

    def flatten(self, errand: Flatten) -> None:
        """Starts a picture; what this person asked for before is dropped."""
        self._start(("picture", errand.client_id), self._flatten(errand))

    def take_apart(self, errand: TakeApart) -> None:
        """Starts to cut; what this person asked for before is dropped."""
        self._start(("parts", errand.client_id), self._take_apart(errand))

    def end(self, client_id: str) -> None:
        """This person wants no parts any more."""
        if (task := self._running.get(("parts", client_id))) is not None:
            task.cancel()

    async def close(self) -> None:
        """Drops everything and ends the process."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._parts.close()

    def _start(self, key: tuple[str, str], errand: Coroutine[None, None, None]) -> None:
        if (older := self._running.get(key)) is not None:
            older.cancel()
        task = asyncio.create_task(errand)
        self._running[key] = task
        task.add_done_callback(lambda done: self._over(key, done))

    def _over(self, key: tuple[str, str], task: asyncio.Task[None]) -> None:
        if self._running.get(key) is task:
            del self._running[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._said(error if isinstance(error, Exception) else RuntimeError("an errand ended"))

    async def _flatten(self, errand: Flatten) -> None:
        loop = asyncio.get_running_loop()
        try:
            sheets = await loop.run_in_executor(self._threads, self._flat.sheets, errand.resections, errand.number)
        except Exception as error:
            told = self._said(error)
            self._tell(lambda session: session.cuts.not_flattened(errand, told.what, told.cure))
        else:
            self._tell(lambda session: session.cuts.flattened(errand, sheets))

    async def _take_apart(self, errand: TakeApart) -> None:
        def progressed(fraction: float) -> None:
            self._tell(lambda session: session.cuts.parts_progressed(errand, fraction))

        try:
            found = await self._parts.of(errand.resections, progressed)
        except OperationCancelledError:
            return  # who ended it knows
        except Exception as error:
            told = self._said(error)
            self._tell(lambda session: session.cuts.not_taken_apart(errand, told.what, told.cure))
        else:
            self._tell(lambda session: session.cuts.taken_apart(errand, found.apart_lps, found.parts))
