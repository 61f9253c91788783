"""What a person decides on: the answer to a plan.

While a hand drags, only what can be told at its speed is filled in; the rest is null, never an older value. Once the
hand rests, and for every commit, all of it comes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from streaming.protocol.base import NOTICE, BranchNumber, PointLps, VesselTree, WireModel


class StructureVolume(WireModel):
    """Volumes of one structure under the plan, millilitres."""

    name: str
    total_ml: float
    resected_ml: float
    remnant_ml: float


class TumourMargin(WireModel):
    """Distances from the tumour to the cut, mm; null when the plan has no cut surface, or not computed yet.

    `under_1_mm2`, `under_5_mm2` and `under_10_mm2` are the areas of the cut nearer to the tumour than that.
    """

    tumour: str
    status: Literal["resected", "remnant", "crossed"]
    minimum_mm: float | None
    nearest_lps_mm: PointLps | None
    fifth_percentile_mm: float | None
    under_1_mm2: float | None
    under_5_mm2: float | None
    under_10_mm2: float | None


class VesselCrossing(WireModel):
    """Where the cut goes through a vessel, seen in the voxels."""

    structure: str
    position_lps_mm: PointLps
    diameter_mm: float


class BranchVolume(WireModel):
    """Liver that a vessel branch no longer serves, millilitres."""

    branch: BranchNumber
    name: str
    title: str
    volume_ml: float


class FunctionNumbers(WireModel):
    """What of the remnant still works: supplied by portal and drained by hepatic veins.

    `functional_flr_percent` is `numerator_ml` of `denominator_ml`, both named. What needs a tree that the case lacks
    is null. functional + devascularised + congested - both + not assigned = remnant. `direct_ml` is segment I,
    drained straight into the vena cava; `unsure_ml` lies in territories that are a guess; the fate of `unseen_ml`
    rests on a link between vessels that the scan does not show. The lists by branch are null while dragging.
    """

    functional_flr_percent: float | None
    functional_flr_tumour_free_percent: float | None
    numerator: str
    denominator: str
    numerator_ml: float | None
    denominator_ml: float | None
    functional_ml: float | None
    devascularised_ml: float | None
    congested_ml: float | None
    both_ml: float | None
    not_assigned_ml: float
    direct_ml: float
    unsure_ml: float
    unseen_ml: float
    devascularised_by_branch: tuple[BranchVolume, ...] | None
    congested_by_branch: tuple[BranchVolume, ...] | None


class CutBranch(WireModel):
    """A place where the cut goes through a branch.

    `severs` is false where another cut nearer to the root took it already. `territory_ml` lies beyond this place,
    `remnant_lost_ml` of it remains without supply or drainage.
    """

    branch: BranchNumber
    tree: VesselTree
    name: str
    title: str
    calibre_mm: float
    position_lps_mm: PointLps
    severs: bool
    territory_ml: float
    remnant_lost_ml: float


class Piece(WireModel):
    """A connected part of one side of the cut liver; an islet was cut off from the largest piece of its side."""

    side: Literal["resected", "remnant"]
    volume_ml: float
    centre_lps_mm: PointLps
    is_islet: bool


class Surrounding(WireModel):
    """How near the cut comes to an organ, a vessel's stem or a landmark; `nearest_lps_mm` lies on the cut."""

    name: str
    title: str
    kind: Literal["organ", "vessel", "landmark"]
    is_touched: bool
    distance_mm: float
    nearest_lps_mm: PointLps


class NumberInterval(WireModel):
    """The 95 % interval of one number; `of` is the structure, tumour or surrounding it is about.

    "branch_N" is what the remnant loses by branch N, "cut_branch_N" and "piece_N" the N-th of those lists, from 1.

    Without "segmentation" among the `sources` the outlines are taken as they are drawn.
    """

    quantity: Literal[
        "total_ml",
        "resected_ml",
        "remnant_ml",
        "flr_percent",
        "flr_tumour_free_percent",
        "functional_ml",
        "functional_flr_percent",
        "devascularised_ml",
        "congested_ml",
        "margin_mm",
        "functional_flr_tumour_free_percent",
        "margin_fifth_percentile_mm",
        "cut_area_mm2",
        "calibre_mm",
        "distance_mm",
        "piece_ml",
    ]
    of: str
    low: float
    high: float
    sources: tuple[Literal["voxel_size", "segmentation"], ...] = ()


class BodyState(WireModel):
    """A body's size, entered by a person; without a height nothing is estimated from body surface."""

    height_cm: Annotated[float, Field(ge=40.0, le=250.0)] | None
    weight_kg: Annotated[float, Field(ge=2.0, le=400.0)]


class BodyNumber(WireModel):
    """A number made with height and weight.

    `meaning` says numerator, denominator, formula and source; null while dragging.
    """

    key: str
    title: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    digits: int
    meaning: str | None


class PlanNumbers(WireModel):
    """The answer to a plan; null is what was not computed (yet) or cannot be (no vessel trees, no body data)."""

    volumes: tuple[StructureVolume, ...]
    flr_percent: float | None
    flr_denominator: str
    flr_tumour_free_percent: float | None
    margins: tuple[TumourMargin, ...]
    margin_uncertainty_mm: float
    function: FunctionNumbers | None
    cut_branches: tuple[CutBranch, ...] | None
    vessels_crossed: tuple[VesselCrossing, ...] | None
    cut_area_mm2: float | None
    pieces: tuple[Piece, ...] | None
    surroundings: tuple[Surrounding, ...] | None
    intervals: tuple[NumberInterval, ...] | None
    body: tuple[BodyNumber, ...] | None
    notice: Literal["Research use, not a medical device"] = NOTICE
