"""What a plan does to function, as frozen values and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.resection.liver_remnant import LiverRemnant
from engine.vessel_tree import VesselKind

KeptSide = Literal["remnant", "resected"]
"""Whose function is asked for: what stays in the patient, or what is taken out (a graft)."""

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchVolume:
    """Liver that loses a branch.

    Attributes:
        branch: its number.
        name: its name, "" where it has none.
        ml: kept liver nearest to this branch itself that is cut off from it.
    """

    branch: int
    name: str
    ml: float

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {"branch": self.branch, "name": self.name, "ml": self.ml}


@dataclass(frozen=True, slots=True, kw_only=True)
class CutBranch:
    """One place where the cut goes through a centre line in the liver or near it.

    Attributes:
        branch: number of the branch.
        tree: portal or hepatic.
        name: of the branch, "" where it has none.
        position_lps_mm: where the centre line meets the cut, LPS mm.
        calibre_mm: diameter of the vessel there, across its centre line whatever the angle of the cut.
        severs: whether blood came as far as this from the root's side; another cut before it took the rest.
        territory_ml: all liver beyond this place, on either side of the cut.
        remnant_lost_ml: the part of it that remains and loses supply or drainage.
        piece_ml: liver nearest to the few millimetres of vessel in which the cut lies: what is lost is known to about
            half of it.
    """

    branch: int
    tree: VesselKind
    name: str
    position_lps_mm: Point
    calibre_mm: float
    severs: bool
    territory_ml: float
    remnant_lost_ml: float
    piece_ml: float = 0.0

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {
            "branch": self.branch,
            "tree": self.tree,
            "name": self.name,
            "position_lps_mm": list(self.position_lps_mm),
            "calibre_mm": self.calibre_mm,
            "severs": self.severs,
            "territory_ml": self.territory_ml,
            "remnant_lost_ml": self.remnant_lost_ml,
            "piece_ml": self.piece_ml,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionalRemnant:
    """Kept liver by what feeds and what drains it. Volumes hold all that is liver: vessels, cysts, tumours too.

    functional + devascularised + congested - both + not_assigned = kept. Without one of the trees its number and
    all that need it are None: unknown is never counted as functional.

    Attributes:
        side: whose function this is.
        kept_ml: the liver on that side.
        devascularised_ml: no unbroken way to the portal trunk; None without a portal tree.
        congested_ml: no unbroken way to the vena cava; None without hepatic veins.
        both_ml: both at once.
        functional_ml: supplied and drained.
        not_assigned_ml: belongs to no branch of one of the trees, and is not lost by the other.
        direct_ml: segment I, counted as drained into the vena cava by its own short veins.
        unsure_ml: the part of `kept_ml` whose territory is a guess (`LiverMap.uncertain`).
        unseen_ml: the part whose fate rests on a link between vessels that the scan does not show.
        flr: functional remnant of the total liver volume.
        flr_tumour_free: the same, tumours taken out of both; None if nothing but tumour is liver.
        severed_branches: numbers of all branches of which any part is gone, both trees.
        devascularised_by_branch: by portal branch, largest first; None if details were not asked for.
        congested_by_branch: by hepatic vein branch, largest first; None likewise.
        cut_branches: what the cut goes through, widest first; None likewise.
    """

    side: KeptSide
    kept_ml: float
    devascularised_ml: float | None
    congested_ml: float | None
    both_ml: float | None
    functional_ml: float | None
    not_assigned_ml: float
    direct_ml: float
    unsure_ml: float
    unseen_ml: float
    flr: LiverRemnant | None
    flr_tumour_free: LiverRemnant | None
    severed_branches: tuple[int, ...]
    devascularised_by_branch: tuple[BranchVolume, ...] | None = None
    congested_by_branch: tuple[BranchVolume, ...] | None = None
    cut_branches: tuple[CutBranch, ...] | None = None

    def as_json(self) -> dict[str, object]:
        """All numbers by name; volumes in ml, points in LPS mm."""
        return {
            "side": self.side,
            "kept_ml": self.kept_ml,
            "devascularised_ml": self.devascularised_ml,
            "congested_ml": self.congested_ml,
            "both_ml": self.both_ml,
            "functional_ml": self.functional_ml,
            "not_assigned_ml": self.not_assigned_ml,
            "drained_directly_ml": self.direct_ml,
            "unsure_territory_ml": self.unsure_ml,
            "unseen_link_ml": self.unseen_ml,
            "flr": None if self.flr is None else self.flr.as_json(),
            "flr_tumour_free": None if self.flr_tumour_free is None else self.flr_tumour_free.as_json(),
            "severed_branches": list(self.severed_branches),
            "devascularised_by_branch": _listed(self.devascularised_by_branch),
            "congested_by_branch": _listed(self.congested_by_branch),
            "cut_branches": _listed(self.cut_branches),
        }


def _listed(entries: tuple[BranchVolume, ...] | tuple[CutBranch, ...] | None) -> list[dict[str, object]] | None:
    return None if entries is None else [entry.as_json() for entry in entries]
