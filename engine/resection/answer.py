"""The answer to a plan: one frozen value, and its JSON form."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

from engine.resection.confidence.value import Intervals
from engine.resection.function.value import FunctionalRemnant
from engine.resection.liver_remnant import LiverRemnant
from engine.resection.plan import ResectionPlan
from engine.resection.surroundings.value import Nearness, Piece

NOTICE: Final = "Research use, not a medical device"

TumourStatus = Literal["resected", "remnant", "crossed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureVolumes:
    """How much of a structure is resected and remains; resected + remnant = total, in whole voxels.

    Attributes:
        name: the structure's name.
        total_voxels: voxels of all its label values.
        resected_voxels: those whose centre a resection takes.
        voxel_volume_ml: volume of one voxel, ml.
    """

    name: str
    total_voxels: int
    resected_voxels: int
    voxel_volume_ml: float

    @property
    def remnant_voxels(self) -> int:
        """Voxels that remain."""
        return self.total_voxels - self.resected_voxels

    @property
    def total_ml(self) -> float:
        """Whole volume, ml."""
        return self.total_voxels * self.voxel_volume_ml

    @property
    def resected_ml(self) -> float:
        """Resected volume, ml."""
        return self.resected_voxels * self.voxel_volume_ml

    @property
    def remnant_ml(self) -> float:
        """Remaining volume, ml."""
        return self.remnant_voxels * self.voxel_volume_ml


@dataclass(frozen=True, slots=True, kw_only=True)
class TumourMargin:
    """How near the cut passes to a tumour.

    Attributes:
        tumour: the structure's name.
        status: wholly resected, wholly left behind (remnant), or crossed by the cut.
        minimum_mm: distance of the nearest tumour voxel centre to the cut surface, mm; 0 if crossed; None if the
            plan leaves nothing and so has no cut surface.
        uncertainty_mm: by how much a tumour surface inside its voxels may be nearer than the voxel centres, mm.
        measured: how the distance was taken.
        nearest_lps_mm: the point of the cut surface nearest to the tumour; it may lie outside the liver, as planes
            and surfaces go on there. None in previews, as are all that follow.
        fifth_percentile_mm: what 5 % (by area) of the cut surface in the liver that faces the tumour come nearer
            than; a place faces it that sees its nearest voxel within 60 degrees of the perpendicular. None if none.
        under_1_mm2: area of the cut surface in the liver nearer than 1 mm to the tumour's voxel centres.
        under_5_mm2: nearer than 5 mm.
        under_10_mm2: nearer than 10 mm.
    """

    tumour: str
    status: TumourStatus
    minimum_mm: float | None
    uncertainty_mm: float
    measured: str
    nearest_lps_mm: tuple[float, float, float] | None = None
    fifth_percentile_mm: float | None = None
    under_1_mm2: float | None = None
    under_5_mm2: float | None = None
    under_10_mm2: float | None = None

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {
            "tumour": self.tumour,
            "status": self.status,
            "minimum_mm": self.minimum_mm,
            "uncertainty_mm": self.uncertainty_mm,
            "measured": self.measured,
            "nearest_lps_mm": None if self.nearest_lps_mm is None else list(self.nearest_lps_mm),
            "fifth_percentile_mm": self.fifth_percentile_mm,
            "under_1_mm2": self.under_1_mm2,
            "under_5_mm2": self.under_5_mm2,
            "under_10_mm2": self.under_10_mm2,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VesselCrossing:
    """One place where the cut goes through a vessel.

    Attributes:
        structure: name of the vessel structure.
        position_lps_mm: centre of the cross-section on the cut surface, LPS mm.
        area_mm2: area of the cross-section in the cut surface, mm2; larger than the vessel's calibre when cut aslant.
        diameter_mm: diameter of the circle of that area, mm.
    """

    structure: str
    position_lps_mm: tuple[float, float, float]
    area_mm2: float
    diameter_mm: float

    def as_json(self) -> dict[str, object]:
        """Position, area and diameter."""
        return {
            "position_lps_mm": list(self.position_lps_mm),
            "area_mm2": self.area_mm2,
            "diameter_mm": self.diameter_mm,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAnswer:
    """Every number of a plan.

    Attributes:
        plan: the plan answered.
        structures: volumes per structure present.
        flr: future liver remnant of the total liver volume (tumours, vessels and cysts in); None without a liver.
        flr_tumour_free: the same with tumours taken out of remnant and total; None if nothing but tumour is liver.
        margins: one entry per tumour.
        vessels_crossed: crossings per vessel, largest first; None if details were not asked for, and for plans with
            other resections than planes.
        cut_area_mm2: area of the cut surface in the liver; None if details were not asked for.
        function: what stays supplied and drained; None without vessel trees.
        pieces: connected parts of both sides, largest first; None if details were not asked for.
        surroundings: what the cut comes near to, nearest first; None likewise.
        intervals: how far volumes, remnants and margins may be off; None likewise.
    """

    plan: ResectionPlan
    structures: tuple[StructureVolumes, ...]
    flr: LiverRemnant | None
    flr_tumour_free: LiverRemnant | None
    margins: tuple[TumourMargin, ...]
    vessels_crossed: tuple[VesselCrossing, ...] | None
    cut_area_mm2: float | None = None
    function: FunctionalRemnant | None = None
    pieces: tuple[Piece, ...] | None = None
    surroundings: tuple[Nearness, ...] | None = None
    intervals: Intervals | None = None

    @property
    def tumours_crossed(self) -> tuple[str, ...]:
        """Tumours the cut goes through."""
        return tuple(margin.tumour for margin in self.margins if margin.status == "crossed")

    @property
    def tumours_left_behind(self) -> tuple[str, ...]:
        """Tumours that stay whole."""
        return tuple(margin.tumour for margin in self.margins if margin.status == "remnant")

    def structure(self, name: str) -> StructureVolumes:
        """The volumes of the structure with this name.

        Raises:
            KeyError: the labels have no such structure.
        """
        for structure in self.structures:
            if structure.name == name:
                return structure
        raise KeyError(name)

    def as_json(self) -> dict[str, object]:
        """What `cantlie measure --json` prints; volumes in ml, lengths in mm, points in LPS mm."""
        return {
            "plan": self.plan.as_json(),
            "volumes_ml": {
                s.name: {"total": s.total_ml, "resected": s.resected_ml, "remnant": s.remnant_ml}
                for s in self.structures
            },
            "voxels": {
                s.name: {"total": s.total_voxels, "resected": s.resected_voxels, "remnant": s.remnant_voxels}
                for s in self.structures
            },
            "flr_percent": None if self.flr is None else self.flr.percent,
            "flr_denominator": "total_liver_volume",
            "flr": None if self.flr is None else self.flr.as_json(),
            "flr_tumour_free": None if self.flr_tumour_free is None else self.flr_tumour_free.as_json(),
            "margins": [margin.as_json() for margin in self.margins],
            "cut_area_mm2": self.cut_area_mm2,
            "minimum_margin_mm": {margin.tumour: margin.minimum_mm for margin in self.margins},
            "vessels_crossed": self._vessels_as_json(),
            "tumours_crossed": list(self.tumours_crossed),
            "tumours_left_behind": list(self.tumours_left_behind),
            "function": None if self.function is None else self.function.as_json(),
            "pieces": None if self.pieces is None else [piece.as_json() for piece in self.pieces],
            "surroundings": None if self.surroundings is None else [one.as_json() for one in self.surroundings],
            "intervals": None if self.intervals is None else self.intervals.as_json(),
            "notice": NOTICE,
        }

    def _vessels_as_json(self) -> list[dict[str, object]] | None:
        if self.vessels_crossed is None:
            return None
        counts = Counter(crossing.structure for crossing in self.vessels_crossed)
        return [
            {
                "structure": name,
                "count": count,
                "crossings": [c.as_json() for c in self.vessels_crossed if c.structure == name],
            }
            for name, count in counts.items()
        ]
