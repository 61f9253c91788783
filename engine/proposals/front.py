"""Which of many plans are worth showing: the Pareto front, and a few distinct plans of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.proposals import kernels

SAME_PLAN_OVERLAP: Final = 0.9
"""Two plans whose resected volumes overlap by this much (Jaccard) are one plan to a surgeon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What plans are weighed by.

    Attributes:
        margin_mm: smallest margin over the target tumours; more is better.
        remnant_percent: functional remnant (geometric where the case has no vessel trees); more is better.
        cut_area_mm2: area of the cut inside the liver; less is better.
        cut_calibre_mm: calibres of all branches cut, added up; less is better.
    """

    margin_mm: float
    remnant_percent: float
    cut_area_mm2: float
    cut_calibre_mm: float

    def as_costs(self, enough_margin_mm: float) -> tuple[float, float, float, float]:
        """Four numbers of which less is better; margin beyond twice what was asked for buys nothing."""
        return (
            -min(self.margin_mm, 2.0 * max(enough_margin_mm, 1.0)),
            -self.remnant_percent,
            self.cut_area_mm2,
            self.cut_calibre_mm,
        )


CLEARLY: Final = Score(margin_mm=0.5, remnant_percent=0.5, cut_area_mm2=200.0, cut_calibre_mm=1.0)
"""Differences that are worth a word; less is within what segmentation and rounding do to a number."""


def clearly_beats(one: Score, other: Score) -> bool:
    """Whether one is clearly better than another in something, and clearly worse in nothing."""
    leads = _leads(one, other)
    return max(leads) >= 1.0 and min(leads) > -1.0


def alike(one: Score, other: Score) -> bool:
    """Whether neither is clearly better in anything."""
    return max(abs(lead) for lead in _leads(one, other)) < 1.0


def _leads(one: Score, other: Score) -> tuple[float, ...]:
    """How much better one is in everything, as a part of what is clear."""
    return (
        (one.margin_mm - other.margin_mm) / CLEARLY.margin_mm,
        (one.remnant_percent - other.remnant_percent) / CLEARLY.remnant_percent,
        (other.cut_area_mm2 - one.cut_area_mm2) / CLEARLY.cut_area_mm2,
        (other.cut_calibre_mm - one.cut_calibre_mm) / CLEARLY.cut_calibre_mm,
    )


def pareto_front(costs: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices of the rows that no other row beats: none is as good everywhere and better somewhere.

    Args:
        costs: (n, m), less is better.
    """
    found: NDArray[np.intp] = np.flatnonzero(~kernels.beaten(np.ascontiguousarray(costs, dtype=np.float64)))
    return found


def nearness_to_best(costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) distance of each row to the best of every column, each column scaled to its own spread; less is better."""
    low, high = costs.min(axis=0), costs.max(axis=0)
    spread = np.where(high > low, high - low, 1.0)
    distance: NDArray[np.float64] = np.linalg.norm((costs - low) / spread, axis=1)
    return distance


def distinct(order: Sequence[int], resected: Sequence[NDArray[np.bool_]], most: int) -> list[int]:
    """The first `most` of `order` whose resected samples differ from those of all chosen before.

    Args:
        order: indices, the most wanted first.
        resected: per plan, which of the same samples of liver it resects.
        most: how many at most.
    """
    chosen: list[int] = []
    for index in order:
        if len(chosen) == most:
            break
        if all(overlap(resected[index], resected[other]) < SAME_PLAN_OVERLAP for other in chosen):
            chosen.append(index)
    return chosen


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Jaccard index of two sets of samples; 1 for two empty ones."""
    either = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / either) if either else 1.0
