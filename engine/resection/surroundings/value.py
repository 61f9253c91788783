"""What a cut leaves in pieces and what it comes near to, as frozen values and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A connected part of the liver on one side of the cut; voxels hang together by their faces.

    Attributes:
        side: where it is.
        volume_ml: its volume.
        centre_lps_mm: its centre of mass, which may lie outside of it.
        is_islet: whether the cut left it apart from the largest piece of its side. What was apart in the labels
            before any cut is no islet.
    """

    side: Literal["remnant", "resected"]
    volume_ml: float
    centre_lps_mm: Point
    is_islet: bool

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {
            "side": self.side,
            "volume_ml": self.volume_ml,
            "centre_lps_mm": list(self.centre_lps_mm),
            "is_islet": self.is_islet,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """How near the cut surface inside the liver comes to something a surgeon looks out for, to about a millimetre.

    Attributes:
        name: a structure's name, "portal_bifurcation", or tree and vein such as "hepatic_middle".
        title: what a person reads.
        kind: a neighbouring organ (to the centres of its outer voxels), a vessel's stem (to its wall, from centre
            line and radius) or a landmark (to the point).
        distance_mm: the least distance; 0 where the cut goes through.
        is_touched: whether that is less than the strip that dividing the liver takes.
        nearest_lps_mm: the place on the cut.
    """

    name: str
    title: str
    kind: Literal["organ", "vessel", "landmark"]
    distance_mm: float
    is_touched: bool
    nearest_lps_mm: Point

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {
            "name": self.name,
            "title": self.title,
            "kind": self.kind,
            "distance_mm": self.distance_mm,
            "is_touched": self.is_touched,
            "nearest_lps_mm": list(self.nearest_lps_mm),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Pieces of both sides, largest first, and what the cut comes near to, nearest first.

    Attributes:
        pieces: those of `SMALLEST_PIECE_ML` and more; a plane leaves crumbs of a few voxels along uneven borders.
        near: organs within `FARTHEST_MM`, and every landmark and stem; empty where nothing of the liver is cut.
    """

    pieces: tuple[Piece, ...]
    near: tuple[Nearness, ...]
