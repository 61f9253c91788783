"""What a plan does to the liver's function: vessels cut, liver that loses its supply or its drainage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.resection.function.value import BranchVolume, CutBranch, FunctionalRemnant, KeptSide

if TYPE_CHECKING:
    from engine.resection.function.evaluator import FunctionEvaluator

__all__ = ["BranchVolume", "CutBranch", "FunctionEvaluator", "FunctionalRemnant", "KeptSide"]


def __getattr__(name: str) -> object:
    if name == "FunctionEvaluator":
        from engine.resection.function.evaluator import FunctionEvaluator

        return FunctionEvaluator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
