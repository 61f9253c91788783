"""Liver volumetry: the formulas a surgeon reads, each with its source.

Denominators are never mixed: FLR is a part of the measured total liver volume (TLV), sFLR a part of the estimated
one (TELV), and TELV names its formula, because Vauthey's and Urata's differ by about 15 %. All functions raise
`ValueError` on values that are not finite or out of their domain. Thresholds are constants for display beside their
source, never a verdict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

LIVER_DENSITY_G_PER_ML: Final = 1.0
"""Usual assumption where a graft's weight is estimated from its volume."""

SFLR_MINIMUM_NORMAL_PERCENT: Final = 20.0
"""Minimum sFLR in use for a normal liver (20 to 25 %), PMC6422720."""
SFLR_MINIMUM_AFTER_CHEMOTHERAPY_PERCENT: Final = 30.0
"""Minimum sFLR in use after chemotherapy, PMC6422720."""
SFLR_MINIMUM_CIRRHOSIS_PERCENT: Final = 40.0
"""Minimum sFLR in use in fibrosis or cirrhosis, PMC6422720."""
REMNANT_TO_BODY_WEIGHT_MINIMUM_PERCENT: Final = 0.55
"""Below it, remnant volume to body weight predicted liver failure, PMC7002877."""
KGR_MINIMUM_PERCENT_PER_WEEK: Final = 2.0
"""Cut-off of the kinetic growth rate, Shindoh 2013, PMC3632508."""
GRWR_MINIMUM_PERCENT: Final = 0.8
"""Smallest graft to recipient weight ratio in common use."""
DONOR_REMNANT_MINIMUM_PERCENT: Final = 30.0
"""Smallest remnant of a donor's liver accepted at 75 % of 24 centres, Soin 2019, doi 10.1097/TP.0000000000002475."""


class TelvFormula(StrEnum):
    """How the total liver volume is estimated from body surface area; shown beside every number made with it."""

    VAUTHEY = "vauthey"
    URATA = "urata"


@dataclass(frozen=True, slots=True, kw_only=True)
class KineticGrowth:
    """Growth of the future liver remnant after embolisation.

    Attributes:
        percent_per_week: kinetic growth rate, percentage points of sFLR per week.
        interval_weeks: over how long; always printed beside the rate.
        degree_of_hypertrophy_percent: sFLR after minus before, percentage points.
    """

    percent_per_week: float
    interval_weeks: float
    degree_of_hypertrophy_percent: float


def body_surface_area_m2(*, height_cm: float, weight_kg: float) -> float:
    """Body surface area in m2 = sqrt(height cm * weight kg / 3600), Mosteller 1987 (N Engl J Med 317:1098)."""
    _require_positive(height_cm=height_cm, weight_kg=weight_kg)
    return math.sqrt(height_cm * weight_kg / 3600.0)


def estimated_liver_volume_ml(*, height_cm: float, weight_kg: float, formula: TelvFormula) -> float:
    """Total estimated liver volume (TELV), ml.

    Vauthey 2002: -794.41 + 1267.28 * BSA (PMC6422720). Urata 1995: 706.2 * BSA + 2.4. Both with Mosteller's BSA.

    Raises:
        ValueError: a value is not positive, or the body is so small that the formula gives no volume.
    """
    area_m2 = body_surface_area_m2(height_cm=height_cm, weight_kg=weight_kg)
    match formula:
        case TelvFormula.VAUTHEY:
            volume_ml = -794.41 + 1267.28 * area_m2
        case TelvFormula.URATA:
            volume_ml = 706.2 * area_m2 + 2.4
        case _:
            assert_never(formula)
    if volume_ml <= 0.0:
        raise ValueError(f"the {formula.value} formula does not hold for a body surface of {area_m2:.2f} m2")
    return volume_ml


def flr_percent(*, remnant_ml: float, total_ml: float) -> float:
    """Future liver remnant as a part of the measured total liver volume, %.

    Args:
        remnant_ml: what remains, ml.
        total_ml: TLV with, or TLV without tumour; remnant counted the same way.
    """
    _require_positive(total_ml=total_ml)
    _require_part(remnant_ml, total_ml)
    return 100.0 * remnant_ml / total_ml


def standardised_flr_percent(*, remnant_ml: float, estimated_total_ml: float) -> float:
    """sFLR = FLR volume / TELV * 100, % (PMC6422720). May exceed 100 in a liver larger than estimated."""
    _require_positive(estimated_total_ml=estimated_total_ml)
    _require_not_negative(remnant_ml=remnant_ml)
    return 100.0 * remnant_ml / estimated_total_ml


def remnant_to_body_weight_percent(
    *, remnant_ml: float, weight_kg: float, density_g_per_ml: float = LIVER_DENSITY_G_PER_ML
) -> float:
    """Remnant liver volume to body weight (RLV/BW), % by weight at the given density (PMC7002877)."""
    _require_positive(weight_kg=weight_kg, density_g_per_ml=density_g_per_ml)
    _require_not_negative(remnant_ml=remnant_ml)
    return 100.0 * remnant_ml * density_g_per_ml / (weight_kg * 1000.0)


def graft_to_recipient_weight_percent(
    *, graft_ml: float, recipient_weight_kg: float, density_g_per_ml: float = LIVER_DENSITY_G_PER_ML
) -> float:
    """GRWR = graft weight / recipient weight * 100, %; graft weight from its volume at the given density."""
    _require_positive(recipient_weight_kg=recipient_weight_kg, density_g_per_ml=density_g_per_ml)
    _require_not_negative(graft_ml=graft_ml)
    return 100.0 * graft_ml * density_g_per_ml / (recipient_weight_kg * 1000.0)


def kinetic_growth(*, sflr_before_percent: float, sflr_after_percent: float, interval_days: float) -> KineticGrowth:
    """Kinetic growth rate (KGR): growth of sFLR in percentage points per week since embolisation.

    Shindoh 2013 (PMC3632508). Both sFLR by the same TELV.

    Args:
        sflr_before_percent: sFLR before embolisation, %.
        sflr_after_percent: sFLR at the later scan, %.
        interval_days: days from embolisation to the later scan.
    """
    _require_positive(interval_days=interval_days)
    _require_not_negative(sflr_before_percent=sflr_before_percent, sflr_after_percent=sflr_after_percent)
    weeks = interval_days / 7.0
    growth = sflr_after_percent - sflr_before_percent
    return KineticGrowth(percent_per_week=growth / weeks, interval_weeks=weeks, degree_of_hypertrophy_percent=growth)


def _require_positive(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0.0):
            raise ValueError(f"{name} must be a positive number")


def _require_not_negative(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value >= 0.0):
            raise ValueError(f"{name} must not be negative")


def _require_part(part_ml: float, whole_ml: float) -> None:
    if not 0.0 <= part_ml <= whole_ml:
        raise ValueError("the remnant must lie between nothing and the whole")
