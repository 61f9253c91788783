"""When a case's poster is drawn: with the first visit, and a while after the last change of plan or case."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.errors import CantlieError
from streaming.planning.kept_poster import keep_poster, read_poster, what_is_shown
from streaming.planning.planning_case import PlanningCase
from streaming.planning.poster import Poster, make_poster
from streaming.protocol import ResectionState, SceneManifest

REST_SECONDS: Final = 2.0
"""A plan that somebody works on is not drawn at every step."""

_Made: TypeAlias = tuple[SceneManifest, tuple[ResectionState, ...]]
_LOG = logging.getLogger("cantlie.session")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PosterWish:
    """What a poster is to show.

    Attributes:
        opened: the case.
        resections: of the plan that a newcomer sees.
        revision: newest of the plan's log.
    """

    opened: PlanningCase
    resections: tuple[ResectionState, ...]
    revision: int

    @property
    def scene(self) -> _Made:
        """What can be seen of it."""
        return self.opened.manifest, self.resections


class PosterDesk:
    """Keeps the poster of one case up to date; to be used on the event loop.

    Args:
        threads: to draw in.
    """

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._made: tuple[PosterWish, Poster | None] | None = None
        self._wanted: PosterWish | None = None
        self._drawing: asyncio.Task[None] | None = None

    def poster(self, wish: PosterWish) -> Poster | None:
        """The poster of exactly this scene and plan; None while there is none, or where it cannot be drawn."""
        if self._made is not None and self._made[0].scene == wish.scene:
            return self._made[1]
        return None

    def want(self, wish: PosterWish) -> None:
        """Has the poster drawn and kept, unless it is; what is wanted last counts."""
        self._wanted = wish
        if self._drawing is None and not self._is_kept(wish):
            self._drawing = asyncio.create_task(self._draw(), name="poster")

    async def done(self) -> None:
        """Until what was wanted is there, or cannot be."""
        if self._drawing is not None:
            await asyncio.wait((self._drawing,))

    async def close(self) -> None:
        """Draws no more."""
        if self._drawing is not None:
            self._drawing.cancel()
            await asyncio.gather(self._drawing, return_exceptions=True)

    def _is_kept(self, wish: PosterWish) -> bool:
        return self._made is not None and (self._made[0].scene, self._made[0].revision) == (wish.scene, wish.revision)

    async def _draw(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._wanted is not None and not self._is_kept(self._wanted):
                rested = None
                while rested is not self._wanted:
                    rested = self._wanted
                    await asyncio.sleep(0 if self._made is None else REST_SECONDS)
                known = self.poster(rested)
                self._made = rested, await loop.run_in_executor(self._threads, _kept_or_drawn, rested, known)
        finally:
            self._drawing = None


def _kept_or_drawn(wish: PosterWish, known: Poster | None) -> Poster | None:
    """The poster, which is kept from now on; blocks.

    Args:
        wish: what it is to show.
        known: if it is there already: a change that shows in no picture came to the plan.
    """
    case = wish.opened.case
    try:
        shows = what_is_shown(case, wish.revision)
        if (kept := read_poster(case, shows)) is not None:
            return kept
        poster = known or make_poster(wish.opened, wish.resections)
        if poster is not None and shows is not None:
            keep_poster(case, shows, poster)
        return poster
    except CantlieError as error:
        _LOG.info("a case opens without a poster: %s", error.what)
    except Exception:
        _LOG.exception("a poster could not be drawn")
    return None
