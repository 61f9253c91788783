"""Intervals of a plan's numbers, and what each takes into account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from engine.interval import Interval

Quantity = Literal[
    "total_ml",
    "resected_ml",
    "remnant_ml",
    "flr_percent",
    "flr_tumour_free_percent",
    "devascularised_ml",
    "congested_ml",
    "functional_ml",
    "functional_flr_percent",
    "functional_flr_tumour_free_percent",
    "margin_mm",
    "margin_fifth_percentile_mm",
    "cut_area_mm2",
    "calibre_mm",
    "distance_mm",
    "piece_ml",
]
Source = Literal["voxel_size", "segmentation"]
VOXELS: Final[tuple[Source, ...]] = ("voxel_size",)
VOXELS_AND_OUTLINE: Final[tuple[Source, ...]] = ("voxel_size", "segmentation")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberInterval:
    """The interval of one number.

    Attributes:
        quantity: which number.
        of: the structure it belongs to; "branch_N" for what the remnant loses by branch N, "cut_branch_N" and
            "piece_N" for the N-th of the answer's lists, from 1; the surrounding's name for a distance.
        interval: in the number's unit.
        sources: what was taken into account. Without "segmentation" the outlines are taken as they are drawn, and
            only the size of the voxels is counted.
    """

    quantity: Quantity
    of: str
    interval: Interval
    sources: tuple[Source, ...]

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {
            "quantity": self.quantity,
            "of": self.of,
            "interval": self.interval.as_json(),
            "sources": list(self.sources),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Intervals of all numbers that have one.

    Attributes:
        level_percent: how often the true number lies in its interval.
        entries: by structure.
    """

    level_percent: float
    entries: tuple[NumberInterval, ...]

    def of(self, quantity: Quantity, structure: str) -> Interval | None:
        """The interval of a number, None where it has none."""
        for entry in self.entries:
            if entry.quantity == quantity and entry.of == structure:
                return entry.interval
        return None

    def as_json(self) -> dict[str, object]:
        """Level and entries."""
        return {"level_percent": self.level_percent, "entries": [entry.as_json() for entry in self.entries]}
