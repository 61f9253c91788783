"""What leaves the command line: JSON on stdout, progress and errors on stderr, a bar where there is a terminal."""

from __future__ import annotations

import json
import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

NOTICE = "Research use, not a medical device"
_LINE_EVERY_S = 10.0


def write_json(document: object) -> None:
    """One JSON document on stdout; numbers in it are finite."""
    sys.stdout.write(json.dumps(document, indent=1, allow_nan=False) + "\n")


def write_line(text: str = "") -> None:
    """A line for the person on stdout."""
    sys.stdout.write(text + "\n")


def write_error(text: str) -> None:
    """Lines on stderr, the first marked as an error."""
    sys.stderr.write(f"cantlie: {text}\n")


class TerminalProgress:
    """Shows stages on stderr: a bar on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        """Decides by the terminal what to show."""
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None
        self._stage = ""
        self._started = 0.0
        self._told = 0.0
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self._bar = Progress(
                TextColumn("{task.description:<28}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f}%"),
                TimeElapsedColumn(),
                TextColumn("{task.fields[detail]}"),
                console=Console(stderr=True),
            )

    def __enter__(self) -> Self:
        """Starts the bar."""
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stops the bar, so that what follows is not drawn over."""
        if self._bar is not None:
            self._bar.stop()

    def stage(self, name: str) -> None:
        """A new stage; the one before is done."""
        self._stage = name
        self._started = self._told = time.monotonic()
        if self._bar is not None:
            self._task = self._bar.add_task(name, total=1.0, detail="")
        else:
            sys.stderr.write(f"{name} ...\n")

    def advance(self, fraction: float, detail: str = "") -> None:
        """Moves the bar, or says a line when the last is long ago or the stage is done."""
        now = time.monotonic()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=fraction, detail=detail)
        elif fraction >= 1.0 and self._stage:
            sys.stderr.write(f"{self._stage}: done in {now - self._started:.1f} s\n")
            self._stage = ""
        elif self._stage and now - self._told > _LINE_EVERY_S:
            self._told = now
            sys.stderr.write(f"{self._stage}: {fraction:.0%} {detail}\n")
