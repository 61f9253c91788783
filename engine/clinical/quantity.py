"""A number that a report shows: with its unit, what it means, its interval and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from engine.clinical.thresholds import Comparison, Measure
from engine.interval import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number of a report.

    Attributes:
        key: stable identifier with its unit, e.g. "sflr_vauthey_percent"; unique in a report.
        group: the heading it stands under.
        title: what a person reads.
        unit: "mL", "%", "mm", "mm2", "%/week" or "" for counts.
        value: the number; None where it cannot be known, and then `meaning` says why.
        interval: what voxel size and confidence of the segmentation allow; None where that is not known.
        meaning: numerator, denominator, formula and source in words.
        digits: after the decimal point, as printed.
        measure: which threshold it is compared with, if any.
        comparison: with that threshold.
    """

    key: str
    group: str
    title: str
    unit: str
    value: float | None
    interval: Interval | None = None
    meaning: str = ""
    digits: int = 1
    measure: Measure | None = None
    comparison: Comparison | None = None

    def as_json(self) -> dict[str, object]:
        """The number under its names."""
        return {
            "key": self.key,
            "group": self.group,
            "title": self.title,
            "unit": self.unit,
            "value": self.value,
            "interval": None if self.interval is None else self.interval.as_json(),
            "meaning": self.meaning,
            "threshold": None if self.comparison is None else self.comparison.as_json(),
        }
