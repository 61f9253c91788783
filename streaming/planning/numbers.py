"""The engine's answer to a plan as it goes over the wire: the very numbers of `cantlie measure`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.clinical import BodyData, Thresholds, body_quantities
from engine.resection.answer import PlanAnswer
from engine.resection.plan import PlaneResection, ResectionPlan
from streaming.assets.branches import branch_title
from streaming.planning.engine_resection import engine_resection
from streaming.protocol import (
    BodyNumber,
    BodyState,
    BranchVolume,
    CutBranch,
    FunctionNumbers,
    NumberInterval,
    Piece,
    PlanNumbers,
    ResectionState,
    StructureVolume,
    Surrounding,
    TumourMargin,
    VesselCrossing,
    VesselTree,
)

if TYPE_CHECKING:
    from engine.resection import PlanEvaluator
    from engine.resection.confidence.value import Intervals
    from engine.resection.function import BranchVolume as LostBranch
    from engine.resection.function import FunctionalRemnant
    from engine.resection.surroundings.value import Nearness
    from engine.resection.surroundings.value import Piece as LiverPiece

_NOWHERE_MM: Final = 99_999.0
_NO_THRESHOLDS: Final = Thresholds()
"""The client shows thresholds where a person entered them."""


def evaluate_numbers(
    evaluator: PlanEvaluator,
    resections: tuple[ResectionState, ...],
    *,
    details: bool,
    body: BodyState | None = None,
) -> PlanNumbers:
    """Numbers of these resections; without any, everything remains and there is no margin.

    Args:
        evaluator: of the case.
        resections: the plan.
        details: whether to fill in what a drag has no time for.
        body: height and weight, where they are known.

    Raises:
        PlanError: the resections make no plan, or not in this case.
    """
    if resections:
        plan = ResectionPlan(resections=tuple(engine_resection(one) for one in resections))
        return numbers_of(evaluator.evaluate(plan, details=details), details=details, body=body)
    # A cut beyond any patient takes nothing: the totals without a second way of counting them.
    nowhere = PlaneResection(point_lps_mm=(0.0, 0.0, _NOWHERE_MM), normal_lps=(0.0, 0.0, 1.0))
    answer = evaluator.evaluate(ResectionPlan(resections=(nowhere,)), details=details)
    numbers = numbers_of(answer, details=details, body=body)
    margins = tuple(
        TumourMargin(
            tumour=margin.tumour,
            status=margin.status,
            minimum_mm=None,
            nearest_lps_mm=None,
            fifth_percentile_mm=None,
            under_1_mm2=None,
            under_5_mm2=None,
            under_10_mm2=None,
        )
        for margin in numbers.margins
    )
    return numbers.model_copy(update={"margins": margins, "vessels_crossed": ()})


def numbers_of(answer: PlanAnswer, *, details: bool = True, body: BodyState | None = None) -> PlanNumbers:
    """The answer in wire form, not a digit changed.

    Args:
        answer: of the engine.
        details: whether it was asked for them; without, long lists and texts are left out for every frame of a drag.
        body: height and weight, where they are known.
    """
    crossed = answer.vessels_crossed
    return PlanNumbers(
        volumes=tuple(
            StructureVolume(
                name=one.name, total_ml=one.total_ml, resected_ml=one.resected_ml, remnant_ml=one.remnant_ml
            )
            for one in answer.structures
        ),
        flr_percent=None if answer.flr is None else answer.flr.percent,
        flr_denominator="total_liver_volume",
        flr_tumour_free_percent=None if answer.flr_tumour_free is None else answer.flr_tumour_free.percent,
        margins=tuple(
            TumourMargin(
                tumour=one.tumour,
                status=one.status,
                minimum_mm=one.minimum_mm,
                nearest_lps_mm=one.nearest_lps_mm,
                fifth_percentile_mm=one.fifth_percentile_mm,
                under_1_mm2=one.under_1_mm2,
                under_5_mm2=one.under_5_mm2,
                under_10_mm2=one.under_10_mm2,
            )
            for one in answer.margins
        ),
        margin_uncertainty_mm=max((one.uncertainty_mm for one in answer.margins), default=0.0),
        function=None if answer.function is None else _function(answer.function, details=details),
        cut_branches=None if answer.function is None else _cut_branches(answer.function),
        vessels_crossed=None
        if crossed is None
        else tuple(
            VesselCrossing(structure=one.structure, position_lps_mm=one.position_lps_mm, diameter_mm=one.diameter_mm)
            for one in crossed
        ),
        cut_area_mm2=answer.cut_area_mm2,
        pieces=None if answer.pieces is None else _pieces(answer.pieces),
        surroundings=None if answer.surroundings is None else _surroundings(answer.surroundings),
        intervals=None if answer.intervals is None else _intervals(answer.intervals),
        body=None if body is None else _beside_body(answer, body, details=details),
    )


def _function(remnant: FunctionalRemnant, *, details: bool) -> FunctionNumbers:
    flr, tumour_free = remnant.flr, remnant.flr_tumour_free
    return FunctionNumbers(
        functional_flr_percent=None if flr is None else flr.percent,
        functional_flr_tumour_free_percent=None if tumour_free is None else tumour_free.percent,
        numerator="functional_remnant_volume",
        denominator="total_liver_volume",
        numerator_ml=None if flr is None else flr.numerator_ml,
        denominator_ml=None if flr is None else flr.denominator_ml,
        functional_ml=remnant.functional_ml,
        devascularised_ml=remnant.devascularised_ml,
        congested_ml=remnant.congested_ml,
        both_ml=remnant.both_ml,
        not_assigned_ml=remnant.not_assigned_ml,
        direct_ml=remnant.direct_ml,
        unsure_ml=remnant.unsure_ml,
        unseen_ml=remnant.unseen_ml,
        devascularised_by_branch=_lost(remnant.devascularised_by_branch or (), "portal") if details else None,
        congested_by_branch=_lost(remnant.congested_by_branch or (), "hepatic") if details else None,
    )


def _lost(branches: tuple[LostBranch, ...], tree: VesselTree) -> tuple[BranchVolume, ...]:
    return tuple(
        BranchVolume(branch=one.branch, name=one.name, title=branch_title(tree, one.name), volume_ml=one.ml)
        for one in branches
    )


def _cut_branches(remnant: FunctionalRemnant) -> tuple[CutBranch, ...] | None:
    if remnant.cut_branches is None:
        return None
    return tuple(
        CutBranch(
            branch=one.branch,
            tree=one.tree,
            name=one.name,
            title=branch_title(one.tree, one.name),
            calibre_mm=one.calibre_mm,
            position_lps_mm=one.position_lps_mm,
            severs=one.severs,
            territory_ml=one.territory_ml,
            remnant_lost_ml=one.remnant_lost_ml,
        )
        for one in remnant.cut_branches
    )


def _pieces(pieces: tuple[LiverPiece, ...]) -> tuple[Piece, ...]:
    return tuple(
        Piece(side=one.side, volume_ml=one.volume_ml, centre_lps_mm=one.centre_lps_mm, is_islet=one.is_islet)
        for one in pieces
    )


def _surroundings(near: tuple[Nearness, ...]) -> tuple[Surrounding, ...]:
    return tuple(
        Surrounding(
            name=one.name,
            title=one.title,
            kind=one.kind,
            is_touched=one.is_touched,
            distance_mm=one.distance_mm,
            nearest_lps_mm=one.nearest_lps_mm,
        )
        for one in near
    )


def _intervals(intervals: Intervals) -> tuple[NumberInterval, ...]:
    return tuple(
        NumberInterval(
            quantity=one.quantity, of=one.of, low=one.interval.low, high=one.interval.high, sources=one.sources
        )
        for one in intervals.entries
    )


def _beside_body(answer: PlanAnswer, state: BodyState, *, details: bool) -> tuple[BodyNumber, ...]:
    from engine.plan_quantities import liver_volume_beside_body

    body = BodyData(weight_kg=state.weight_kg, height_cm=state.height_cm)
    quantities = (*body_quantities(body), *liver_volume_beside_body(answer, body, _NO_THRESHOLDS))
    return tuple(
        BodyNumber(
            key=one.key,
            title=one.title,
            unit=one.unit,
            value=one.value,
            low=None if one.interval is None else one.interval.low,
            high=None if one.interval is None else one.interval.high,
            digits=one.digits,
            meaning=one.meaning if details else None,
        )
        for one in quantities
    )
