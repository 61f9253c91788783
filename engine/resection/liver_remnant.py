"""A future liver remnant in per cent, with what was divided by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RemnantNumerator = Literal[
    "remnant_liver_volume",
    "remnant_liver_volume_minus_tumour",
    "functional_remnant_volume",
    "functional_remnant_volume_minus_tumour",
]
RemnantDenominator = Literal["total_liver_volume", "total_liver_volume_minus_tumour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiverRemnant:
    """A future liver remnant with its numerator and denominator named, so that two kinds are never mixed.

    Attributes:
        numerator: what remains.
        denominator: what it is a part of.
        numerator_ml: ml.
        denominator_ml: ml; above zero.
    """

    numerator: RemnantNumerator
    denominator: RemnantDenominator
    numerator_ml: float
    denominator_ml: float

    @property
    def percent(self) -> float:
        """Future liver remnant, %."""
        return 100.0 * self.numerator_ml / self.denominator_ml

    def as_json(self) -> dict[str, object]:
        """Percent with both names and both volumes."""
        return {
            "percent": self.percent,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "numerator_ml": self.numerator_ml,
            "denominator_ml": self.denominator_ml,
        }
