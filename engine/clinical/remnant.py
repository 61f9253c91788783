"""What remains of a liver, beside what the body needs: sFLR by TELV, remnant to body weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.clinical.body import BodyData
from engine.clinical.quantity import Quantity
from engine.clinical.thresholds import Measure, Thresholds
from engine.interval import Interval
from engine.volumetry import (
    LIVER_DENSITY_G_PER_ML,
    TelvFormula,
    body_surface_area_m2,
    estimated_liver_volume_ml,
    remnant_to_body_weight_percent,
    standardised_flr_percent,
)

BODY_GROUP: Final = "Beside the body"

FORMULA_TITLES: Final[dict[TelvFormula, str]] = {TelvFormula.VAUTHEY: "Vauthey", TelvFormula.URATA: "Urata"}
FORMULA_MEANINGS: Final[dict[TelvFormula, str]] = {
    TelvFormula.VAUTHEY: "TELV = -794.41 + 1267.28 x BSA, Vauthey 2002 (PMC6422720), BSA by Mosteller",
    TelvFormula.URATA: "TELV = 706.2 x BSA + 2.4, Urata 1995, BSA by Mosteller",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedVolume:
    """A volume that is put beside the body.

    Attributes:
        key: prefix of the numbers made of it: "" for the remnant itself, else e.g. "functional_".
        title: what it is, e.g. "remnant without tumour".
        ml: the volume.
        interval: of the volume, ml; None where not known.
    """

    key: str
    title: str
    ml: float
    interval: Interval | None = None


def body_quantities(body: BodyData) -> tuple[Quantity, ...]:
    """Body surface and the estimated liver volume by both formulas; nothing without a height."""
    if body.height_cm is None:
        return ()
    area = body_surface_area_m2(height_cm=body.height_cm, weight_kg=body.weight_kg)
    return (
        Quantity(
            key="body_surface_m2",
            group=BODY_GROUP,
            title="Body surface area",
            unit="m2",
            value=area,
            meaning="square root of height in cm x weight in kg / 3600, Mosteller 1987",
            digits=2,
        ),
        *(_estimated(body, formula) for formula in TelvFormula),
    )


def remnant_quantities(volume: NamedVolume, body: BodyData, thresholds: Thresholds) -> tuple[Quantity, ...]:
    """The sFLR by both formulas (where the height is known), and the remnant to body weight.

    Args:
        volume: what remains, tumour not counted.
        body: of the patient.
        thresholds: what to show beside the numbers.
    """
    quantities = []
    if body.height_cm is not None:
        quantities += [_standardised(volume, body, formula, thresholds) for formula in TelvFormula]
    return (*quantities, _to_body_weight(volume, body, thresholds))


def telv_ml(body: BodyData, formula: TelvFormula) -> float | None:
    """Total estimated liver volume, ml; None without a height or where the formula does not hold for the body."""
    if body.height_cm is None:
        return None
    try:
        return estimated_liver_volume_ml(height_cm=body.height_cm, weight_kg=body.weight_kg, formula=formula)
    except ValueError:  # a child so small that the line through adults goes below zero
        return None


def _estimated(body: BodyData, formula: TelvFormula) -> Quantity:
    volume = telv_ml(body, formula)
    return Quantity(
        key=f"telv_{formula.value}_ml",
        group=BODY_GROUP,
        title=f"Estimated liver volume, TELV ({FORMULA_TITLES[formula]})",
        unit="mL",
        value=volume,
        meaning=FORMULA_MEANINGS[formula] if volume is not None else "the formula does not hold for so small a body",
        digits=0,
    )


def _standardised(volume: NamedVolume, body: BodyData, formula: TelvFormula, thresholds: Thresholds) -> Quantity:
    telv = telv_ml(body, formula)
    value = None if telv is None else standardised_flr_percent(remnant_ml=volume.ml, estimated_total_ml=telv)
    interval = None if telv is None or volume.interval is None else volume.interval.scaled(100.0 / telv)
    return Quantity(
        key=f"{volume.key}sflr_{formula.value}_percent",
        group=BODY_GROUP,
        title=f"sFLR by TELV ({FORMULA_TITLES[formula]}), {volume.title}",
        unit="%",
        value=value,
        interval=interval,
        meaning=f"{volume.title} / TELV; {FORMULA_MEANINGS[formula]}",
        measure=Measure.SFLR,
        comparison=thresholds.compare(Measure.SFLR, value, interval),
    )


def _to_body_weight(volume: NamedVolume, body: BodyData, thresholds: Thresholds) -> Quantity:
    value = remnant_to_body_weight_percent(remnant_ml=volume.ml, weight_kg=body.weight_kg)
    grams = LIVER_DENSITY_G_PER_ML / (body.weight_kg * 1000.0)
    interval = None if volume.interval is None else volume.interval.scaled(100.0 * grams)
    return Quantity(
        key=f"{volume.key}rlv_bw_percent",
        group=BODY_GROUP,
        title=f"RLV/BW, {volume.title}",
        unit="%",
        value=value,
        interval=interval,
        meaning=f"{volume.title} at {LIVER_DENSITY_G_PER_ML:.1f} g/mL / body weight (PMC7002877)",
        digits=3,
        measure=Measure.RLV_BW,
        comparison=thresholds.compare(Measure.RLV_BW, value, interval),
    )
