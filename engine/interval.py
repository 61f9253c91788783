"""An interval that a measured number lies in, as far as voxel size and confidence of the segmentation tell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

DEVIATIONS: Final = 1.959964
"""Standard deviations to either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From `low` to `high`, in the unit of the number it belongs to.

    Raises:
        ValueError: an end is not finite, or they are the wrong way round.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuses what is no interval."""
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError("an interval needs finite ends in their order")

    @property
    def half_width(self) -> float:
        """Half the distance between the ends."""
        return (self.high - self.low) / 2.0

    def scaled(self, factor: float) -> Interval:
        """The interval of the number times a constant of either sign."""
        ends = (self.low * factor, self.high * factor)
        return Interval(low=min(ends), high=max(ends))

    def widened(self, by: float) -> Interval:
        """Both ends moved outwards.

        Args:
            by: not negative.
        """
        return Interval(low=self.low - by, high=self.high + by)

    def at_least(self, least: float) -> Interval:
        """The part of the interval from `least` on: a volume is never negative."""
        return Interval(low=max(self.low, least), high=max(self.high, least))

    def as_json(self) -> list[float]:
        """[low, high]."""
        return [self.low, self.high]
