"""Growth of the future liver remnant between two scans: hypertrophy and kinetic growth rate with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Final

from engine.clinical.body import BodyData
from engine.clinical.quantity import Quantity
from engine.clinical.remnant import FORMULA_MEANINGS, FORMULA_TITLES, telv_ml
from engine.clinical.thresholds import Measure, Thresholds
from engine.errors import ClinicalInputError
from engine.interval import Interval
from engine.volumetry import TelvFormula, kinetic_growth

GROWTH_GROUP: Final = "Growth"
LONGEST_DAYS: Final = 3660


@dataclass(frozen=True, slots=True, kw_only=True)
class RemnantAtScan:
    """What remains by the plan, at one of two scans; tumour not counted.

    Attributes:
        ml: its volume.
        interval: of the volume, ml; None where not known.
    """

    ml: float
    interval: Interval | None = None


def days_between(before: str, after: str) -> float:
    """Days between two dates of the form 2026-01-31.

    Raises:
        ClinicalInputError: a date is none, or they are the wrong way round.
    """
    try:
        days = (date.fromisoformat(after) - date.fromisoformat(before)).days
    except ValueError as error:
        raise ClinicalInputError("A date is not understood.", cure="Write dates as 2026-01-31.") from error
    return checked_days(float(days))


def checked_days(days: float) -> float:
    """The days between two scans, refused where they make no rate.

    Raises:
        ClinicalInputError: no positive number, or more than ten years.
    """
    if not (math.isfinite(days) and 0.0 < days <= LONGEST_DAYS):
        raise ClinicalInputError(
            "The time between the scans is not between a day and ten years.",
            cure="Give --weeks, or the dates of both scans, the earlier one first.",
        )
    return days


def growth_quantities(
    before: RemnantAtScan, after: RemnantAtScan, *, days: float, body: BodyData | None, thresholds: Thresholds
) -> tuple[Quantity, ...]:
    """Growth in mL, and with a body the sFLR, the degree of hypertrophy and the KGR by both formulas.

    The intervals of both volumes are taken as independent: the ends of a difference lie the root of the summed
    squares of theirs away. Both sFLR are of the same TELV, as in Shindoh 2013 (PMC3632508).

    Args:
        before: at the earlier scan.
        after: at the later one.
        days: between embolisation (or the earlier scan) and the later scan.
        body: None gives growth in mL alone.
        thresholds: what to show beside the rate.

    Raises:
        ClinicalInputError: `days` makes no rate.
    """
    weeks = checked_days(days) / 7.0
    difference = difference_interval(before, after)
    quantities = [
        _volume("remnant_before_ml", "Remnant without tumour, before", before.ml, before.interval),
        _volume("remnant_after_ml", "Remnant without tumour, after", after.ml, after.interval),
        _volume("growth_ml", f"Growth in {weeks:.1f} weeks", after.ml - before.ml, difference),
    ]
    if before.ml > 0.0:
        quantities.append(_relative(before, after, difference))
    if body is not None:
        for formula in TelvFormula:
            telv = telv_ml(body, formula)
            if telv is not None:
                quantities += _rates(before, after, weeks, (formula, telv), thresholds)
    return tuple(quantities)


def difference_interval(before: RemnantAtScan, after: RemnantAtScan) -> Interval | None:
    """Interval of after - before, ml; None where one of them has none."""
    if before.interval is None or after.interval is None:
        return None
    growth = after.ml - before.ml
    down = math.hypot(after.ml - after.interval.low, before.interval.high - before.ml)
    up = math.hypot(after.interval.high - after.ml, before.ml - before.interval.low)
    return Interval(low=growth - down, high=growth + up)


def _volume(key: str, title: str, ml: float, interval: Interval | None) -> Quantity:
    return Quantity(key=key, group=GROWTH_GROUP, title=title, unit="mL", value=ml, interval=interval)


def _relative(before: RemnantAtScan, after: RemnantAtScan, difference: Interval | None) -> Quantity:
    return Quantity(
        key="growth_of_remnant_percent",
        group=GROWTH_GROUP,
        title="Growth, of the remnant before",
        unit="%",
        value=100.0 * (after.ml - before.ml) / before.ml,
        interval=None if difference is None else difference.scaled(100.0 / before.ml),
        meaning="(after - before) / before, volumes of the remnant without tumour",
    )


def _rates(
    before: RemnantAtScan,
    after: RemnantAtScan,
    weeks: float,
    estimate: tuple[TelvFormula, float],
    thresholds: Thresholds,
) -> list[Quantity]:
    formula, telv = estimate
    per_ml = 100.0 / telv
    growth = kinetic_growth(
        sflr_before_percent=before.ml * per_ml, sflr_after_percent=after.ml * per_ml, interval_days=weeks * 7.0
    )
    difference = difference_interval(before, after)
    gain = None if difference is None else difference.scaled(per_ml)
    rate = None if gain is None else gain.scaled(1.0 / weeks)
    name = FORMULA_TITLES[formula]

    def percent(key: str, title: str, value: float, interval: Interval | None) -> Quantity:
        return Quantity(
            key=f"{key}_{formula.value}_percent",
            group=GROWTH_GROUP,
            title=f"{title} ({name})",
            unit="%",
            value=value,
            interval=interval,
            meaning=f"remnant without tumour / TELV; {FORMULA_MEANINGS[formula]}",
        )

    return [
        percent("sflr_before", "sFLR before", before.ml * per_ml, _scaled(before.interval, per_ml)),
        percent("sflr_after", "sFLR after", after.ml * per_ml, _scaled(after.interval, per_ml)),
        percent("hypertrophy", "Degree of hypertrophy", growth.degree_of_hypertrophy_percent, gain),
        Quantity(
            key=f"kgr_{formula.value}_percent_per_week",
            group=GROWTH_GROUP,
            title=f"KGR over {weeks:.1f} weeks ({name})",
            unit="%/week",
            value=growth.percent_per_week,
            interval=rate,
            meaning=f"degree of hypertrophy / weeks, Shindoh 2013 (PMC3632508); {FORMULA_MEANINGS[formula]}",
            digits=2,
            measure=Measure.KGR,
            comparison=thresholds.compare(Measure.KGR, growth.percent_per_week, rate),
        ),
    ]


def _scaled(interval: Interval | None, factor: float) -> Interval | None:
    return None if interval is None else interval.scaled(factor)
