"""How long work tells a person where it is, and how it is stopped."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What a stage reports to. Every call may raise `OperationCancelledError`: let it pass."""

    def stage(self, name: str) -> None:
        """A new stage begins; `name` is a short phrase a person reads ("Segmenting")."""
        ...

    def advance(self, fraction: float, detail: str = "") -> None:
        """The stage is done to `fraction` (0 to 1)."""
        ...


class SilentProgress:
    """Reports to nobody."""

    def stage(self, name: str) -> None:
        """Ignores the stage."""

    def advance(self, fraction: float, detail: str = "") -> None:
        """Ignores the fraction."""
