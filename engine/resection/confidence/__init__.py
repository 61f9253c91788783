"""How far a plan's numbers may be off, by the voxels' size and by how sure the segmentation is of its outlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.resection.confidence.value import Intervals, NumberInterval

if TYPE_CHECKING:
    from engine.resection.confidence.evaluator import ConfidenceEvaluator

__all__ = ["ConfidenceEvaluator", "Intervals", "NumberInterval"]


def __getattr__(name: str) -> object:
    if name == "ConfidenceEvaluator":
        from engine.resection.confidence.evaluator import ConfidenceEvaluator

        return ConfidenceEvaluator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
