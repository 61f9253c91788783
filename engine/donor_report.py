"""A living donation: what the graft brings the recipient and what the donor keeps.

The graft is what the plan resects. Every graft gets its portal stumps joined (the one that feeds most, and others at
least half as wide as the widest), and the vein that drains most of it; these are found from the cut. Other cut veins
(tributaries of the middle hepatic vein in a right graft, say) leave their territory congested unless the person names
them for reconstruction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.clinical import BodyData, Measure, NamedVolume, Quantity, Thresholds, chosen_thresholds, remnant_quantities
from engine.errors import ClinicalInputError
from engine.interval import DEVIATIONS, Interval
from engine.plan_quantities import interval_of
from engine.resection import PlanAnswer, PlanEvaluator, ResectionPlan
from engine.resection.answer import StructureVolumes
from engine.resection.function import CutBranch, FunctionalRemnant
from engine.vessel_tree import VesselKind
from engine.volumetry import LIVER_DENSITY_G_PER_ML, graft_to_recipient_weight_percent

GRAFT: Final = "Graft"
DONOR: Final = "Donor"
LARGE_STUMP: Final = 0.5
"""A portal stump this part as wide as the widest is joined as well: grafts with two portal openings are common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorOptions:
    """What a person says about a donation.

    Attributes:
        recipient_weight_kg: for the GRWR.
        join_portal: names or numbers of portal branches joined in the recipient; empty takes the large stumps.
        reconstruct: names or numbers of cut hepatic veins of the graft that are reconstructed.
        donor: height and weight of the donor; None leaves sFLR and RLV/BW out.
        thresholds: shown beside the numbers.
    """

    recipient_weight_kg: float
    join_portal: tuple[str, ...] = ()
    reconstruct: tuple[str, ...] = ()
    donor: BodyData | None = None
    thresholds: Thresholds = field(default_factory=lambda: chosen_thresholds(donor=True))

    def __post_init__(self) -> None:
        """Refuses a weight that is none."""
        BodyData(weight_kg=self.recipient_weight_kg)


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorReport:
    """A donation in numbers.

    Attributes:
        answer: of the engine, for the donor.
        joined: branches joined as in every graft.
        reconstructed: cut veins that the person has reconstructed.
        graft_without: function of the graft without reconstruction; None without vessel trees.
        graft_with: with it; the same where nothing is reconstructed.
        quantities: all numbers that are compared or shown.
    """

    answer: PlanAnswer
    joined: tuple[CutBranch, ...]
    reconstructed: tuple[CutBranch, ...]
    graft_without: FunctionalRemnant | None
    graft_with: FunctionalRemnant | None
    quantities: tuple[Quantity, ...]

    def as_json(self) -> dict[str, Any]:
        """What `cantlie donor --json` prints."""
        return {
            "plan": self.answer.plan.as_json(),
            "joined": [branch.as_json() for branch in self.joined],
            "reconstructed": [branch.as_json() for branch in self.reconstructed],
            "graft_without_reconstruction": None if self.graft_without is None else self.graft_without.as_json(),
            "graft_with_reconstruction": None if self.graft_with is None else self.graft_with.as_json(),
            "donor_remnant": None if self.answer.function is None else self.answer.function.as_json(),
            "quantities": [quantity.as_json() for quantity in self.quantities],
        }


def report_donation(evaluator: PlanEvaluator, plan: ResectionPlan, options: DonorOptions) -> DonorReport:
    """Measures graft and remnant of a plan.

    Args:
        evaluator: of the donor's case.
        plan: what is taken out is the graft.
        options: recipient, veins, thresholds.

    Raises:
        ClinicalInputError: the case has no liver, or a vein or branch named is not cut.
        PlanError: the plan needs anatomy that the case lacks.
    """
    answer = evaluator.evaluate(plan)
    liver = next((one for one in answer.structures if one.name == "liver"), None)
    if liver is None:
        raise ClinicalInputError("The case has no liver.", cure="Prepare it with a mask of the liver.")
    bare = evaluator.function_of(plan, kept="resected")
    joined = () if bare is None else _joined(bare, options.join_portal)
    rebuilt = () if bare is None else _chosen(bare, "hepatic", options.reconstruct)
    if bare is None and (options.reconstruct or options.join_portal):
        raise ClinicalInputError("The case has no vessel trees.", cure="Prepare it anew with its vessels.")
    numbers = frozenset(branch.branch for branch in joined)
    without = evaluator.function_of(plan, kept="resected", rejoined=numbers)
    both = numbers | {branch.branch for branch in rebuilt}
    with_veins = evaluator.function_of(plan, kept="resected", rejoined=frozenset(both)) if rebuilt else without
    graft = interval_of(answer, "resected_ml", "liver")
    return DonorReport(
        answer=answer,
        joined=joined,
        reconstructed=rebuilt,
        graft_without=without,
        graft_with=with_veins,
        quantities=(
            *_graft(liver, graft, options),
            *_graft_function(without, "", "without reconstruction", options, graft),
            *(_graft_function(with_veins, "reconstructed_", "with reconstruction", options, graft) if rebuilt else ()),
            *_remnant(answer, liver, options),
        ),
    )


def _joined(bare: FunctionalRemnant, portal: Sequence[str]) -> tuple[CutBranch, ...]:
    """The portal branches joined, and the vein that drains most of the graft where the cut severs it."""
    cut = bare.cut_branches or ()
    joined = list(_chosen(bare, "portal", portal)) or _large_stumps(cut)
    if bare.congested_ml is not None and bare.congested_ml > bare.kept_ml / 2.0:
        joined += _largest(cut, "hepatic")
    return tuple(joined)


def _large_stumps(cut: Sequence[CutBranch]) -> list[CutBranch]:
    """The portal stump that feeds most, and every other one at least half as wide as the widest."""
    portal = [branch for branch in cut if branch.tree == "portal"]
    least_mm = LARGE_STUMP * max((branch.calibre_mm for branch in portal), default=0.0)
    chosen = {branch.branch: branch for branch in _largest(cut, "portal")}
    for branch in portal:
        if branch.calibre_mm >= least_mm:
            chosen.setdefault(branch.branch, branch)
    return list(chosen.values())


def _largest(cut: Sequence[CutBranch], tree: VesselKind) -> list[CutBranch]:
    candidates = [branch for branch in cut if branch.tree == tree]
    return [max(candidates, key=lambda one: one.territory_ml)] if candidates else []


def _chosen(bare: FunctionalRemnant, tree: VesselKind, names: Sequence[str]) -> tuple[CutBranch, ...]:
    """The cut branches of a tree that are named, by name or number.

    Raises:
        ClinicalInputError: none of that name is cut.
    """
    cut = [branch for branch in bare.cut_branches or () if branch.tree == tree]
    chosen: dict[int, CutBranch] = {}
    for name in names:
        found = [branch for branch in cut if name in (branch.name, str(branch.branch))]
        if not found:
            known = ", ".join(sorted({f"{branch.branch} {branch.name}".strip() for branch in cut})) or "none"
            raise ClinicalInputError(
                f"No {tree} branch of that name or number is cut by the plan.", cure=f"Cut {tree} branches: {known}."
            )
        chosen.update({branch.branch: branch for branch in found})
    return tuple(chosen.values())


def _graft(liver: StructureVolumes, interval: Interval | None, options: DonorOptions) -> tuple[Quantity, ...]:
    return (
        _ml("graft_ml", GRAFT, "Graft", liver.resected_ml, interval),
        _grwr("grwr_percent", "GRWR", liver.resected_ml, options, interval),
    )


def _graft_function(
    function: FunctionalRemnant | None, key: str, words: str, options: DonorOptions, graft: Interval | None
) -> tuple[Quantity, ...]:
    if function is None:
        return ()
    congested = _of_part(function, function.congested_ml, ("hepatic",), graft)
    starved = _of_part(function, function.devascularised_ml, ("portal",), graft)
    working = _of_part(function, function.functional_ml, ("portal", "hepatic"), graft)
    percent = None if congested is None or not function.kept_ml else congested.scaled(100.0 / function.kept_ml)
    share = (
        None
        if function.congested_ml is None or not function.kept_ml
        else (100.0 * function.congested_ml / function.kept_ml)
    )
    quantities = [
        _ml(f"{key}graft_congested_ml", GRAFT, f"Congested, {words}", function.congested_ml, congested),
        Quantity(
            key=f"{key}graft_congested_percent",
            group=GRAFT,
            title=f"Congested, {words}, of the graft",
            unit="%",
            value=share,
            interval=percent,
            meaning="graft without venous drainage / graft",
        ),
        _ml(
            f"{key}graft_devascularised_ml",
            GRAFT,
            f"Without portal supply, {words}",
            function.devascularised_ml,
            starved,
        ),
        _ml(f"{key}graft_functional_ml", GRAFT, f"Supplied and drained, {words}", function.functional_ml, working),
    ]
    if function.functional_ml is not None:
        title = f"GRWR of what is supplied and drained, {words}"
        quantities.append(_grwr(f"{key}functional_grwr_percent", title, function.functional_ml, options, working))
    return tuple(quantities)


def _of_part(
    function: FunctionalRemnant, ml: float | None, trees: tuple[VesselKind, ...], graft: Interval | None
) -> Interval | None:
    """Of a part of the graft: its share of the graft's own error, as if none of that were shared, which is the most it
    can be, and half a piece of every branch severed that bounds it.
    """
    if ml is None or graft is None or function.kept_ml <= 0.0:
        return None
    pieces = sum(one.piece_ml**2 / 12.0 for one in function.cut_branches or () if one.severs and one.tree in trees)
    share = min(ml / function.kept_ml, 1.0)
    half = math.hypot(graft.half_width * math.sqrt(share), DEVIATIONS * math.sqrt(pieces))
    return Interval(low=max(ml - half, 0.0), high=ml + half)


def _remnant(answer: PlanAnswer, liver: StructureVolumes, options: DonorOptions) -> tuple[Quantity, ...]:
    thresholds, function = options.thresholds, answer.function
    share = 100.0 * liver.remnant_ml / liver.total_ml
    remnant, percent = interval_of(answer, "remnant_ml", "liver"), interval_of(answer, "flr_percent", "liver")
    quantities = [
        _ml("donor_remnant_ml", DONOR, "Remnant", liver.remnant_ml, remnant),
        Quantity(
            key="donor_remnant_percent",
            group=DONOR,
            title="Remnant, of total liver volume",
            unit="%",
            value=share,
            interval=percent,
            meaning=f"remnant {liver.remnant_ml:.0f} mL / total liver volume {liver.total_ml:.0f} mL",
            measure=Measure.DONOR_REMNANT,
            comparison=thresholds.compare(Measure.DONOR_REMNANT, share, percent),
        ),
    ]
    if function is not None:
        quantities += [
            _ml(
                "donor_congested_ml",
                DONOR,
                "Remnant without venous drainage",
                function.congested_ml,
                interval_of(answer, "congested_ml", "liver"),
            ),
            _ml(
                "donor_devascularised_ml",
                DONOR,
                "Remnant without portal supply",
                function.devascularised_ml,
                interval_of(answer, "devascularised_ml", "liver"),
            ),
            _ml(
                "donor_functional_ml",
                DONOR,
                "Remnant supplied and drained",
                function.functional_ml,
                interval_of(answer, "functional_ml", "liver"),
            ),
        ]
    if options.donor is not None:
        volume = NamedVolume(key="donor_", title="donor's remnant", ml=liver.remnant_ml, interval=remnant)
        quantities += remnant_quantities(volume, options.donor, thresholds)
    return tuple(quantities)


def _grwr(key: str, title: str, graft_ml: float, options: DonorOptions, of_graft: Interval | None = None) -> Quantity:
    value = graft_to_recipient_weight_percent(graft_ml=graft_ml, recipient_weight_kg=options.recipient_weight_kg)
    interval = None if of_graft is None or graft_ml <= 0.0 else of_graft.scaled(value / graft_ml)
    return Quantity(
        key=key,
        group=GRAFT,
        title=title,
        unit="%",
        value=value,
        interval=interval,
        meaning=f"graft at {LIVER_DENSITY_G_PER_ML:.1f} g/mL / recipient's weight",
        digits=3,
        measure=Measure.GRWR,
        comparison=options.thresholds.compare(Measure.GRWR, value, interval),
    )


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
