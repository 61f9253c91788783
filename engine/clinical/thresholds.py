"""Thresholds: what a person compares a number with, always beside where it comes from, never a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from engine import volumetry
from engine.errors import ClinicalInputError
from engine.interval import Interval

ENTERED: Final = "entered"
"""Source of a threshold that a person entered without saying where it is from."""

_LONGEST_SOURCE: Final = 120

Side = Literal["below", "at_or_above"]


class Measure(StrEnum):
    """What a threshold may be set for."""

    FLR = "flr"
    FUNCTIONAL_FLR = "functional_flr"
    SFLR = "sflr"
    RLV_BW = "rlv_bw"
    GRWR = "grwr"
    KGR = "kgr"
    MARGIN = "margin"
    DONOR_REMNANT = "donor_remnant"


UNITS: Final[dict[Measure, str]] = {
    Measure.FLR: "%",
    Measure.FUNCTIONAL_FLR: "%",
    Measure.SFLR: "%",
    Measure.RLV_BW: "%",
    Measure.GRWR: "%",
    Measure.KGR: "%/week",
    Measure.MARGIN: "mm",
    Measure.DONOR_REMNANT: "%",
}


class LiverCondition(StrEnum):
    """What the person says the liver is like; it chooses among published minima of the sFLR."""

    NORMAL = "normal"
    CHEMOTHERAPY = "chemotherapy"
    CIRRHOSIS = "cirrhosis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A limit with its source.

    Attributes:
        measure: what it is compared with.
        value: the limit, in the measure's unit.
        source: who says so.
    """

    measure: Measure
    value: float
    source: str

    @property
    def unit(self) -> str:
        """Unit of the limit."""
        return UNITS[self.measure]

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {"measure": self.measure.value, "value": self.value, "unit": self.unit, "source": self.source}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """On which side of a threshold a number lies: a fact about two numbers, no advice.

    Attributes:
        threshold: the limit.
        side: of the number.
        interval_reaches_across: whether the number's interval holds the limit, so that the side is open; None where
            the number has no interval.
    """

    threshold: Threshold
    side: Side
    interval_reaches_across: bool | None

    def as_json(self) -> dict[str, object]:
        """The threshold with the side the number lies on."""
        return {
            **self.threshold.as_json(),
            "side": self.side,
            "interval_reaches_across": self.interval_reaches_across,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """All limits a report is shown with; one at most for each measure.

    Raises:
        ClinicalInputError: two limits for one measure.
    """

    limits: tuple[Threshold, ...] = ()

    def __post_init__(self) -> None:
        """Refuses two limits for one measure."""
        measures = [limit.measure for limit in self.limits]
        if len(set(measures)) < len(measures):
            raise ClinicalInputError("A threshold is given twice.", cure="Give each --threshold once.")

    def of(self, measure: Measure) -> Threshold | None:
        """The limit of a measure, or None."""
        return next((limit for limit in self.limits if limit.measure == measure), None)

    def compare(self, measure: Measure | None, value: float | None, interval: Interval | None) -> Comparison | None:
        """Compares a number with the limit of its measure; None where there is no limit or no number."""
        limit = None if measure is None else self.of(measure)
        if limit is None or value is None:
            return None
        return Comparison(
            threshold=limit,
            side="below" if value < limit.value else "at_or_above",
            interval_reaches_across=None if interval is None else interval.low < limit.value <= interval.high,
        )


def chosen_thresholds(
    entered: Iterable[Threshold] = (), *, condition: LiverCondition | None = None, donor: bool = False
) -> Thresholds:
    """Published limits, replaced by those a person entered.

    The sFLR has a published limit only where the person says what the liver is like. In donor mode the minimum of
    what the donor keeps replaces the limits made for patients with tumours.
    """
    own = tuple(entered)
    replaced = {limit.measure for limit in own}
    published = (*_PUBLISHED, *_published_sflr(condition)) if not donor else _PUBLISHED_FOR_DONORS
    return Thresholds(limits=(*own, *(limit for limit in published if limit.measure not in replaced)))


def threshold_from_text(text: str) -> Threshold:
    """Reads `NAME=VALUE` or `NAME=VALUE:SOURCE`, e.g. `sflr=35:our board`.

    Raises:
        ClinicalInputError: the name is not known, or the value is no positive number.
    """
    names = ", ".join(measure.value for measure in Measure)
    cure = f"Write NAME=VALUE or NAME=VALUE:SOURCE; names: {names}."
    name, equals, rest = text.partition("=")
    number, _, source = rest.partition(":")
    if not equals or name.strip() not in set(Measure):
        raise ClinicalInputError("A threshold is not understood.", cure=cure)
    try:
        value = float(number)
    except ValueError as error:
        raise ClinicalInputError(f"The threshold of {name.strip()} is no number.", cure=cure) from error
    if not (math.isfinite(value) and value > 0.0):
        raise ClinicalInputError(f"The threshold of {name.strip()} is not above zero.", cure=cure)
    return Threshold(measure=Measure(name.strip()), value=value, source=source.strip()[:_LONGEST_SOURCE] or ENTERED)


def thresholds_from_texts(texts: Sequence[str]) -> tuple[Threshold, ...]:
    """Reads several thresholds; see `threshold_from_text`."""
    return tuple(threshold_from_text(text) for text in texts)


def _published_sflr(condition: LiverCondition | None) -> tuple[Threshold, ...]:
    if condition is None:
        return ()
    value, words = {
        LiverCondition.NORMAL: (volumetry.SFLR_MINIMUM_NORMAL_PERCENT, "normal liver, 20 to 25 % in use"),
        LiverCondition.CHEMOTHERAPY: (volumetry.SFLR_MINIMUM_AFTER_CHEMOTHERAPY_PERCENT, "after chemotherapy"),
        LiverCondition.CIRRHOSIS: (volumetry.SFLR_MINIMUM_CIRRHOSIS_PERCENT, "fibrosis or cirrhosis"),
    }[condition]
    return (Threshold(measure=Measure.SFLR, value=value, source=f"minimum in use, {words} (PMC6422720)"),)


_PUBLISHED: Final = (
    Threshold(
        measure=Measure.RLV_BW,
        value=volumetry.REMNANT_TO_BODY_WEIGHT_MINIMUM_PERCENT,
        source="below it liver failure was predicted (PMC7002877)",
    ),
    Threshold(
        measure=Measure.KGR,
        value=volumetry.KGR_MINIMUM_PERCENT_PER_WEEK,
        source="cut-off of Shindoh 2013 (PMC3632508)",
    ),
    Threshold(measure=Measure.MARGIN, value=10.0, source="common planning default; R1 is usually under 1 mm"),
)

_PUBLISHED_FOR_DONORS: Final = (
    Threshold(measure=Measure.GRWR, value=volumetry.GRWR_MINIMUM_PERCENT, source="smallest in common use"),
    Threshold(
        measure=Measure.DONOR_REMNANT,
        value=volumetry.DONOR_REMNANT_MINIMUM_PERCENT,
        source="smallest accepted at 75 % of 24 centres (Soin 2019, doi 10.1097/TP.0000000000002475)",
    ),
)
