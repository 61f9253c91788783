"""The engine's answer to a plan as a list of named numbers, the same for a table, a comparison and a report."""

from __future__ import annotations

from typing import Final

from engine.clinical import (
    BodyData,
    Measure,
    NamedVolume,
    Quantity,
    RemnantAtScan,
    Thresholds,
    remnant_quantities,
)
from engine.interval import Interval
from engine.resection import PlanAnswer
from engine.resection.answer import TumourMargin
from engine.resection.confidence.value import Quantity as IntervalQuantity
from engine.resection.function import FunctionalRemnant
from engine.resection.liver_remnant import LiverRemnant

VOLUMES: Final = "Liver"
FUNCTION: Final = "Function"
MARGINS: Final = "Margins"
CUT: Final = "Cut"
NEAR: Final = "Distance of the cut in the liver to"

_LOST: Final[tuple[IntervalQuantity, IntervalQuantity]] = ("devascularised_ml", "congested_ml")
_NAMES: Final = {
    "remnant_liver_volume": "remnant",
    "remnant_liver_volume_minus_tumour": "remnant without tumour",
    "functional_remnant_volume": "functional remnant",
    "functional_remnant_volume_minus_tumour": "functional remnant without tumour",
    "total_liver_volume": "total liver volume",
    "total_liver_volume_minus_tumour": "total liver volume without tumour",
}


def quantities_of(answer: PlanAnswer, thresholds: Thresholds) -> tuple[Quantity, ...]:
    """Every number of an answer that two plans can be compared by.

    Args:
        answer: of the engine, with details.
        thresholds: shown beside the numbers.
    """
    quantities = [*_liver(answer), *_remnants(answer, thresholds)]
    if answer.function is not None:
        quantities += _function(answer, answer.function, thresholds)
    for margin in answer.margins:
        quantities += _margin(answer, margin, thresholds)
    return (*quantities, *_cut(answer))


def liver_volume_beside_body(answer: PlanAnswer, body: BodyData, thresholds: Thresholds) -> tuple[Quantity, ...]:
    """sFLR and remnant to body weight of the geometric and of the functional remnant, tumour not counted."""
    volumes = []
    if answer.flr_tumour_free is not None:
        volumes.append(_named(answer.flr_tumour_free, "", interval_of(answer, "remnant_ml", "liver"), answer.flr))
    if answer.function is not None and answer.function.flr_tumour_free is not None:
        interval = interval_of(answer, "functional_ml", "liver")
        volumes.append(_named(answer.function.flr_tumour_free, "functional_", interval, answer.function.flr))
    return tuple(quantity for volume in volumes for quantity in remnant_quantities(volume, body, thresholds))


def tumour_free_remnant(answer: PlanAnswer) -> RemnantAtScan:
    """What remains of the liver without tumour, with its interval."""
    if answer.flr_tumour_free is None:
        return RemnantAtScan(ml=0.0)
    named = _named(answer.flr_tumour_free, "", interval_of(answer, "remnant_ml", "liver"), answer.flr)
    return RemnantAtScan(ml=named.ml, interval=named.interval)


def interval_of(answer: PlanAnswer, quantity: IntervalQuantity, structure: str) -> Interval | None:
    """The interval of one number of an answer; None where it has none."""
    return None if answer.intervals is None else answer.intervals.of(quantity, structure)


def _named(
    without_tumour: LiverRemnant, key: str, interval: Interval | None, whole: LiverRemnant | None
) -> NamedVolume:
    """The volume without tumour; its interval is that of the whole, moved by the tumour in it."""
    ml = without_tumour.numerator_ml
    moved = None
    if interval is not None and whole is not None:
        tumour_ml = whole.numerator_ml - ml
        moved = Interval(low=interval.low - tumour_ml, high=interval.high - tumour_ml).at_least(0.0)
    return NamedVolume(key=key, title=_NAMES[without_tumour.numerator], ml=ml, interval=moved)


def _liver(answer: PlanAnswer) -> list[Quantity]:
    liver = next((one for one in answer.structures if one.name == "liver"), None)
    if liver is None:
        return []
    total, resected, remnant = (
        interval_of(answer, name, "liver") for name in ("total_ml", "resected_ml", "remnant_ml")
    )
    return [
        _ml("liver_total_ml", VOLUMES, "Liver, tumours and vessels in it", liver.total_ml, total),
        _ml("liver_resected_ml", VOLUMES, "Resected", liver.resected_ml, resected),
        _ml("liver_remnant_ml", VOLUMES, "Remnant", liver.remnant_ml, remnant),
    ]


def _remnants(answer: PlanAnswer, thresholds: Thresholds) -> list[Quantity]:
    quantities = []
    if answer.flr is not None:
        interval = interval_of(answer, "flr_percent", "liver")
        quantities.append(_share("flr_percent", VOLUMES, answer.flr, interval, (Measure.FLR, thresholds)))
    if answer.flr_tumour_free is not None:
        interval = interval_of(answer, "flr_tumour_free_percent", "liver")
        quantities.append(_share("flr_tumour_free_percent", VOLUMES, answer.flr_tumour_free, interval))
    return quantities


def _function(answer: PlanAnswer, function: FunctionalRemnant, thresholds: Thresholds) -> list[Quantity]:
    quantities = []
    if function.flr is not None:
        interval = interval_of(answer, "functional_flr_percent", "liver")
        compared = (Measure.FUNCTIONAL_FLR, thresholds)
        quantities.append(_share("functional_flr_percent", FUNCTION, function.flr, interval, compared))
    if function.flr_tumour_free is not None:
        interval = interval_of(answer, "functional_flr_tumour_free_percent", "liver")
        quantities.append(_share("functional_flr_tumour_free_percent", FUNCTION, function.flr_tumour_free, interval))
    lost, congested = (interval_of(answer, name, "liver") for name in _LOST)
    return [
        *quantities,
        _ml("devascularised_ml", FUNCTION, "Remnant without portal supply", function.devascularised_ml, lost),
        _ml("congested_ml", FUNCTION, "Remnant without venous drainage", function.congested_ml, congested),
        _ml("unsure_territory_ml", FUNCTION, "Remnant whose territory is a guess", function.unsure_ml),
    ]


def _margin(answer: PlanAnswer, margin: TumourMargin, thresholds: Thresholds) -> list[Quantity]:
    name = margin.tumour.replace("_", " ").capitalize()
    # Left behind, a tumour's distance to the cut is no margin.
    measure = Measure.MARGIN if margin.status != "remnant" else None
    interval = interval_of(answer, "margin_mm", margin.tumour)
    quantities = [
        Quantity(
            key=f"{margin.tumour}_margin_mm",
            group=MARGINS,
            title=f"{name}: least distance to the cut, 0 where it goes through",
            unit="mm",
            value=margin.minimum_mm,
            interval=interval,
            meaning=f"{STATUS[margin.status]}; {margin.measured}; "
            f"the surface inside its voxels may be {margin.uncertainty_mm:.1f} mm nearer",
            measure=measure,
            comparison=thresholds.compare(measure, margin.minimum_mm, interval),
        )
    ]
    if margin.fifth_percentile_mm is not None:
        quantities.append(
            Quantity(
                key=f"{margin.tumour}_margin_5_percent_mm",
                group=MARGINS,
                title=f"{name}: 5 % of the cut that faces it is nearer than",
                unit="mm",
                value=margin.fifth_percentile_mm,
                interval=interval_of(answer, "margin_fifth_percentile_mm", margin.tumour),
            )
        )
    areas = ((1, margin.under_1_mm2), (5, margin.under_5_mm2), (10, margin.under_10_mm2))
    return [
        *quantities,
        *(
            Quantity(
                key=f"{margin.tumour}_area_under_{limit}_mm2",
                group=MARGINS,
                title=f"{name}: area of the cut nearer than {limit} mm",
                unit="mm2",
                value=area,
                digits=0,
            )
            for limit, area in areas
            if area is not None
        ),
    ]


STATUS: Final = {"resected": "resected", "remnant": "left behind", "crossed": "crossed by the cut"}


def _cut(answer: PlanAnswer) -> list[Quantity]:
    quantities = []
    if answer.cut_area_mm2 is not None:
        area = interval_of(answer, "cut_area_mm2", "liver")
        quantities.append(
            Quantity(
                key="cut_area_cm2",
                group=CUT,
                title="Area of the cut in the liver",
                unit="cm2",
                value=answer.cut_area_mm2 / 100.0,
                interval=None if area is None else area.scaled(0.01),
            )
        )
    function = answer.function
    if function is not None and function.cut_branches is not None:
        cut = [(number, one) for number, one in enumerate(function.cut_branches, start=1) if one.severs]
        number, widest = max(cut, key=lambda pair: pair[1].calibre_mm, default=(0, None))
        quantities += [
            _count("vessels_cut", "Vessel branches severed", len(cut)),
            Quantity(
                key="widest_vessel_cut_mm",
                group=CUT,
                title="Widest of them",
                unit="mm",
                value=None if widest is None else widest.calibre_mm,
                interval=interval_of(answer, "calibre_mm", f"cut_branch_{number}"),
                meaning="diameter across the centre line" if cut else "no branch is severed",
            ),
        ]
    if answer.pieces is not None:
        islets = sum(piece.is_islet for piece in answer.pieces if piece.side == "remnant")
        quantities.append(_count("remnant_islets", "Pieces of the remnant that the cut leaves apart", islets))
    quantities += [
        Quantity(
            key=f"distance_to_{near.name}_mm",
            group=NEAR,
            title=near.title,
            unit="mm",
            value=near.distance_mm,
            interval=interval_of(answer, "distance_mm", near.name),
        )
        for near in answer.surroundings or ()
    ]
    return quantities


def _count(key: str, title: str, count: int) -> Quantity:
    return Quantity(key=key, group=CUT, title=title, unit="", value=float(count), digits=0)


def _ml(key: str, group: str, title: str, value: float | None, interval: Interval | None = None) -> Quantity:
    return Quantity(
        key=key,
        group=group,
        title=title,
        unit="mL",
        value=value,
        interval=interval,
        meaning="" if value is not None else "tree not seen",
    )


def _share(
    key: str,
    group: str,
    remnant: LiverRemnant,
    interval: Interval | None,
    compared: tuple[Measure, Thresholds] | None = None,
) -> Quantity:
    numerator, denominator = _NAMES[remnant.numerator], _NAMES[remnant.denominator]
    return Quantity(
        key=key,
        group=group,
        title=f"{'Functional FLR' if group == FUNCTION else 'Future liver remnant (FLR)'}, of {denominator}",
        unit="%",
        value=remnant.percent,
        interval=interval,
        meaning=f"{numerator} {remnant.numerator_ml:.0f} mL / {denominator} {remnant.denominator_ml:.0f} mL",
        measure=None if compared is None else compared[0],
        comparison=None if compared is None else compared[1].compare(compared[0], remnant.percent, interval),
    )
