"""What a measurement comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

MeasureUnit: TypeAlias = Literal["mm", "degrees", "cm2"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredValue:
    """A number with its unit and where it runs.

    Attributes:
        value: in `unit`.
        unit: patient millimetres, degrees or square centimetres.
        line_lps_mm: (n, 3) where it was measured; empty for an area.
        mean_calibre_mm: mean diameter of the vessel along the line, weighted by length; None for everything else.
        least_calibre_mm: smallest diameter of the vessel along the line.
    """

    value: float
    unit: MeasureUnit
    line_lps_mm: NDArray[np.float64]
    mean_calibre_mm: float | None = None
    least_calibre_mm: float | None = None

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {
            "value": self.value,
            "unit": self.unit,
            "mean_calibre_mm": self.mean_calibre_mm,
            "least_calibre_mm": self.least_calibre_mm,
            "line_lps_mm": self.line_lps_mm.tolist(),
        }
