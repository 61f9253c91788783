"""When a case's poster is drawn: with the first visit, and a while after the last change of plan or case."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor
from typing import Final, TypeAlias

from engine.errors import CantlieError
from streaming.planning.planning_case import PlanningCase
from streaming.planning.poster import Poster, make_poster
from streaming.protocol import ResectionState, SceneManifest

REST_SECONDS: Final = 2.0
"""A plan that somebody works on is not drawn at every step."""

_Made: TypeAlias = tuple[SceneManifest, tuple[ResectionState, ...]]
_LOG = logging.getLogger("cantlie.session")


class PosterDesk:
    """Keeps the poster of one case up to date; to be used on the event loop.

    Args:
        threads: to draw in.
    """

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._made: tuple[_Made, Poster | None] | None = None
        self._wanted: tuple[PlanningCase, tuple[ResectionState, ...]] | None = None
        self._drawing: asyncio.Task[None] | None = None

    def poster(self, opened: PlanningCase, resections: tuple[ResectionState, ...]) -> Poster | None:
        """The poster of exactly this scene and plan; None while there is none, or where it cannot be drawn."""
        if self._made is not None and self._made[0] == (opened.manifest, resections):
            return self._made[1]
        return None

    def want(self, opened: PlanningCase, resections: tuple[ResectionState, ...]) -> None:
        """Has the poster drawn, unless it is there; what is wanted last counts."""
        self._wanted = opened, resections
        if self._drawing is None and not self._is_made(opened, resections):
            self._drawing = asyncio.create_task(self._draw(), name="poster")

    async def close(self) -> None:
        """Draws no more."""
        if self._drawing is not None:
            self._drawing.cancel()
            await asyncio.gather(self._drawing, return_exceptions=True)

    def _is_made(self, opened: PlanningCase, resections: tuple[ResectionState, ...]) -> bool:
        return self._made is not None and self._made[0] == (opened.manifest, resections)

    async def _draw(self) -> None:
        try:
            while self._wanted is not None and not self._is_made(*self._wanted):
                rested = None
                while rested != self._wanted:
                    rested = self._wanted
                    await asyncio.sleep(0 if self._made is None else REST_SECONDS)
                assert rested is not None
                opened, resections = rested
                self._made = (opened.manifest, resections), await self._drawn(opened, resections)
        finally:
            self._drawing = None

    async def _drawn(self, opened: PlanningCase, resections: tuple[ResectionState, ...]) -> Poster | None:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, make_poster, opened, resections)
        except CantlieError as error:
            _LOG.info("a case opens without a poster: %s", error.what)
        except Exception:
            _LOG.exception("a poster could not be drawn")
        return None
