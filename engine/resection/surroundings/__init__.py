"""Into what pieces a cut divides the liver, and what it comes near to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.resection.surroundings.value import Nearness, Piece, Surroundings

if TYPE_CHECKING:
    from engine.resection.surroundings.evaluator import SurroundingsEvaluator

__all__ = ["Nearness", "Piece", "Surroundings", "SurroundingsEvaluator"]


def __getattr__(name: str) -> object:
    if name == "SurroundingsEvaluator":
        from engine.resection.surroundings.evaluator import SurroundingsEvaluator

        return SurroundingsEvaluator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
