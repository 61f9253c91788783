"""The engine's answer to a plan as a list of named numbers, the same for a table, a comparison and a report."""

from __future__ import annotations

from typing import Final

from engine.clinical import BodyData, Measure, NamedVolume, Quantity, Thresholds, remnant_quantities
from engine.resection import PlanAnswer
from engine.resection.answer import TumourMargin
from engine.resection.function import FunctionalRemnant
from engine.resection.liver_remnant import LiverRemnant

VOLUMES: Final = "Liver"
FUNCTION: Final = "Function"
MARGINS: Final = "Margins"
CUT: Final = "Cut"

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
        quantities += _function(answer.function, thresholds)
    for margin in answer.margins:
        quantities += _margin(margin, thresholds)
    return (*quantities, *_cut(answer))


def liver_volume_beside_body(answer: PlanAnswer, body: BodyData, thresholds: Thresholds) -> tuple[Quantity, ...]:
    """sFLR and remnant to body weight of the geometric and of the functional remnant, tumour not counted."""
    volumes = []
    if answer.flr_tumour_free is not None:
        volumes.append(_named(answer.flr_tumour_free, ""))
    if answer.function is not None and answer.function.flr_tumour_free is not None:
        volumes.append(_named(answer.function.flr_tumour_free, "functional_"))
    return tuple(quantity for volume in volumes for quantity in remnant_quantities(volume, body, thresholds))


def _named(remnant: LiverRemnant, key: str) -> NamedVolume:
    return NamedVolume(key=key, title=_NAMES[remnant.numerator], ml=remnant.numerator_ml)


def _liver(answer: PlanAnswer) -> list[Quantity]:
    liver = next((one for one in answer.structures if one.name == "liver"), None)
    if liver is None:
        return []
    return [
        _ml("liver_total_ml", VOLUMES, "Liver, tumours and vessels in it", liver.total_ml),
        _ml("liver_resected_ml", VOLUMES, "Resected", liver.resected_ml),
        _ml("liver_remnant_ml", VOLUMES, "Remnant", liver.remnant_ml),
    ]


def _remnants(answer: PlanAnswer, thresholds: Thresholds) -> list[Quantity]:
    quantities = []
    if answer.flr is not None:
        quantities.append(_share("flr_percent", VOLUMES, "FLR", answer.flr, Measure.FLR, thresholds))
    if answer.flr_tumour_free is not None:
        quantities.append(_share("flr_tumour_free_percent", VOLUMES, "FLR", answer.flr_tumour_free, None, thresholds))
    return quantities


def _function(function: FunctionalRemnant, thresholds: Thresholds) -> list[Quantity]:
    quantities = []
    if function.flr is not None:
        quantities.append(
            _share(
                "functional_flr_percent",
                FUNCTION,
                "Functional FLR",
                function.flr,
                Measure.FUNCTIONAL_FLR,
                thresholds,
            )
        )
    if function.flr_tumour_free is not None:
        quantities.append(
            _share(
                "functional_flr_tumour_free_percent",
                FUNCTION,
                "Functional FLR",
                function.flr_tumour_free,
                None,
                thresholds,
            )
        )
    quantities += [
        _ml("devascularised_ml", FUNCTION, "Remnant without portal supply", function.devascularised_ml),
        _ml("congested_ml", FUNCTION, "Remnant without venous drainage", function.congested_ml),
        _ml("unsure_territory_ml", FUNCTION, "Remnant whose territory is a guess", function.unsure_ml),
    ]
    return quantities


def _margin(margin: TumourMargin, thresholds: Thresholds) -> list[Quantity]:
    title = margin.tumour.replace("_", " ").capitalize()
    # Left behind, a tumour's distance to the cut is no margin.
    measure = Measure.MARGIN if margin.status != "remnant" else None
    value = margin.minimum_mm
    return [
        Quantity(
            key=f"{margin.tumour}_margin_mm",
            group=MARGINS,
            title=f"{title}, {_STATUS[margin.status]}: least distance to the cut",
            unit="mm",
            value=value,
            meaning=f"{margin.measured}; the surface inside its voxels may be {margin.uncertainty_mm:.1f} mm nearer",
            measure=measure,
            comparison=thresholds.compare(measure, value, None),
        )
    ]


_STATUS: Final = {"resected": "resected", "remnant": "left behind", "crossed": "crossed by the cut"}


def _cut(answer: PlanAnswer) -> list[Quantity]:
    function = answer.function
    if function is None or function.cut_branches is None:
        return []
    cut = [branch for branch in function.cut_branches if branch.severs]
    return [
        Quantity(
            key="vessels_cut",
            group=CUT,
            title="Vessel branches severed",
            unit="",
            value=float(len(cut)),
            digits=0,
        ),
        Quantity(
            key="widest_vessel_cut_mm",
            group=CUT,
            title="Widest of them",
            unit="mm",
            value=max((branch.calibre_mm for branch in cut), default=None),
            meaning="diameter across the centre line" if cut else "no branch is severed",
        ),
    ]


def _ml(key: str, group: str, title: str, value: float | None) -> Quantity:
    return Quantity(
        key=key, group=group, title=title, unit="mL", value=value, meaning="" if value is not None else "tree not seen"
    )


def _share(
    key: str, group: str, title: str, remnant: LiverRemnant, measure: Measure | None, thresholds: Thresholds
) -> Quantity:
    numerator, denominator = _NAMES[remnant.numerator], _NAMES[remnant.denominator]
    return Quantity(
        key=key,
        group=group,
        title=f"{title}, of {denominator}",
        unit="%",
        value=remnant.percent,
        meaning=f"{numerator} {remnant.numerator_ml:.0f} mL / {denominator} {remnant.denominator_ml:.0f} mL",
        measure=measure,
        comparison=thresholds.compare(measure, remnant.percent, None),
    )
