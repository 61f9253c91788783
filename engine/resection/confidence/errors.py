"""How far both parts of a structure may be off, and what follows for shares of the whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PartErrors:
    """Errors of the resected and of the remaining part of a structure.

    Attributes:
        resected_ml2: variance of the resected part by what is independent of the other part.
        remnant_ml2: likewise of the remaining part.
        cut_ml2: variance of where the cut parts them: one part gains what the other loses.
        shared_resected_ml: deviation of the resected part by what moves both parts together.
        shared_remnant_ml: of the remaining part; both of one sign.
    """

    resected_ml2: float
    remnant_ml2: float
    cut_ml2: float
    shared_resected_ml: float
    shared_remnant_ml: float

    @property
    def total_variance_ml2(self) -> float:
        """Of the whole structure."""
        return self.resected_ml2 + self.remnant_ml2 + (self.shared_resected_ml + self.shared_remnant_ml) ** 2

    @property
    def resected_variance_ml2(self) -> float:
        """Of the resected part."""
        return self.resected_ml2 + self.cut_ml2 + self.shared_resected_ml**2

    @property
    def remnant_variance_ml2(self) -> float:
        """Of the remaining part."""
        return self.remnant_ml2 + self.cut_ml2 + self.shared_remnant_ml**2

    def with_errors_of(self, other: PartErrors) -> PartErrors:
        """Of the structure less another one in it; what is shared adds up at worst."""
        return PartErrors(
            resected_ml2=self.resected_ml2 + other.resected_ml2,
            remnant_ml2=self.remnant_ml2 + other.remnant_ml2,
            cut_ml2=self.cut_ml2 + other.cut_ml2,
            shared_resected_ml=self.shared_resected_ml + other.shared_resected_ml,
            shared_remnant_ml=self.shared_remnant_ml + other.shared_remnant_ml,
        )

    def narrowed(self, part: float, more_ml2: float) -> PartErrors:
        """Of a part of the remnant as the remaining part, all else as the other one.

        Args:
            part: its share of the remnant; its outline is taken to be as sure as the whole remnant's.
            more_ml2: variance of its own border with the rest.
        """
        return PartErrors(
            resected_ml2=self.resected_ml2 + (1.0 - part) * self.remnant_ml2,
            remnant_ml2=part * self.remnant_ml2,
            cut_ml2=part**2 * self.cut_ml2 + more_ml2,
            shared_resected_ml=self.shared_resected_ml + (1.0 - part) * self.shared_remnant_ml,
            shared_remnant_ml=part * self.shared_remnant_ml,
        )

    def share_variance(self, share: float, whole_ml: float) -> float:
        """Variance of remnant / whole by the delta method; the whole errs with its parts."""
        independent = (1.0 - share) ** 2 * self.remnant_ml2 + share**2 * self.resected_ml2 + self.cut_ml2
        shared_ml = (1.0 - share) * self.shared_remnant_ml - share * self.shared_resected_ml
        return (independent + shared_ml**2) / whole_ml**2
