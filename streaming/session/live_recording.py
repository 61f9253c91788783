"""Records where people are: samples on the event loop, writes in a thread, and says when it cannot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import Final

from engine.errors import CantlieError
from streaming.protocol import PersonPose, PersonState, RecordedPresence
from streaming.replay.recorder import SAMPLE_MS, Recorder
from streaming.replay.recordings import Recordings

_LOG: Final = logging.getLogger("cantlie.session")


class LiveRecording:
    """Of one session.

    Args:
        recordings: where it is kept.
        threads: to write in.
        seen: everybody who is here by id, and where those are who can be seen.
        failed: called on the event loop with why nothing more is kept.
    """

    def __init__(
        self,
        recordings: Recordings,
        threads: Executor,
        seen: Callable[[], tuple[Mapping[str, PersonState], Mapping[str, PersonPose]]],
        failed: Callable[[CantlieError], None],
    ) -> None:
        self._recordings = recordings
        self._threads = threads
        self._seen = seen
        self._failed = failed
        self._recorder = Recorder(self._keep)
        self._due: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()
        self._order = asyncio.Lock()

    def switch(self, is_recording: bool) -> None:
        """Begins, or ends and writes what there is."""
        if is_recording and self._due is None:
            self._sample()
        elif not is_recording and self._due is not None:
            self._due.cancel()
            self._due = None
            self._recorder.flush(datetime.now(UTC))

    async def close(self) -> None:
        """Ends; everything is written."""
        self.switch(False)
        await asyncio.gather(*self._writing, return_exceptions=True)

    def _sample(self) -> None:
        self._due = asyncio.get_running_loop().call_later(SAMPLE_MS / 1000, self._sample)
        people, poses = self._seen()
        self._recorder.sample(people, poses, datetime.now(UTC))

    def _keep(self, stretch: RecordedPresence) -> None:
        task = asyncio.create_task(self._write(stretch))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, stretch: RecordedPresence) -> None:
        loop = asyncio.get_running_loop()
        async with self._order:
            try:
                await loop.run_in_executor(self._threads, self._recordings.append, stretch)
            except CantlieError as error:
                _LOG.warning("%s", error.what)
                self._failed(error)
