"""The engine's answer to a plan as it goes over the wire: the very numbers of `cantlie measure`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.resection.answer import PlanAnswer
from engine.resection.plan import PlaneResection, ResectionPlan
from streaming.branch_assets import branch_title
from streaming.engine_resection import engine_resection
from streaming.protocol import (
    BranchVolume,
    CutBranch,
    FunctionNumbers,
    PlanNumbers,
    ResectionState,
    StructureVolume,
    TumourMargin,
    VesselCrossing,
    VesselTree,
)

if TYPE_CHECKING:
    from engine.resection import PlanEvaluator
    from engine.resection.function import BranchVolume as LostBranch
    from engine.resection.function import FunctionalRemnant

_NOWHERE_MM = 99_999.0


def evaluate_numbers(evaluator: PlanEvaluator, resections: tuple[ResectionState, ...], *, details: bool) -> PlanNumbers:
    """Numbers of these resections; without any, everything remains and there is no margin.

    Raises:
        PlanError: the resections make no plan.
    """
    if resections:
        plan = ResectionPlan(resections=tuple(engine_resection(one) for one in resections))
        return numbers_of(evaluator.evaluate(plan, details=details))
    # A cut beyond any patient takes nothing: the totals without a second way of counting them.
    nowhere = PlaneResection(point_lps_mm=(0.0, 0.0, _NOWHERE_MM), normal_lps=(0.0, 0.0, 1.0))
    numbers = numbers_of(evaluator.evaluate(ResectionPlan(resections=(nowhere,)), details=details))
    margins = tuple(
        margin.model_copy(update={"minimum_mm": None, "nearest_lps_mm": None, "fifth_percentile_mm": None})
        for margin in numbers.margins
    )
    return numbers.model_copy(update={"margins": margins, "vessels_crossed": ()})


def numbers_of(answer: PlanAnswer) -> PlanNumbers:
    """The answer in wire form, not a digit changed."""
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
                nearest_lps_mm=None,
                fifth_percentile_mm=None,
                under_1_mm2=None,
                under_5_mm2=None,
                under_10_mm2=None,
            )
            for one in answer.margins
        ),
        margin_uncertainty_mm=max((one.uncertainty_mm for one in answer.margins), default=0.0),
        function=None if answer.function is None else _function(answer.function),
        cut_branches=None if answer.function is None else _cut_branches(answer.function),
        vessels_crossed=None
        if crossed is None
        else tuple(
            VesselCrossing(structure=one.structure, position_lps_mm=one.position_lps_mm, diameter_mm=one.diameter_mm)
            for one in crossed
        ),
        cut_area_mm2=None,
        pieces=None,
        surroundings=None,
        intervals=None,
        body=None,
    )


def _function(remnant: FunctionalRemnant) -> FunctionNumbers:
    flr, tumour_free = remnant.flr, remnant.flr_tumour_free
    # The lists name up to a hundred branches: too much for every frame of a drag.
    is_preview = remnant.cut_branches is None
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
        devascularised_by_branch=None if is_preview else _lost(remnant.devascularised_by_branch, "portal"),
        congested_by_branch=None if is_preview else _lost(remnant.congested_by_branch, "hepatic"),
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
