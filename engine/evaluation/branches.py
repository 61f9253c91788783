"""Vessel branches of a reference: how many were found, by calibre; and where a prediction joins two trees.

A branch is a piece of the thinned tree between branching points. It is found if 80 % of its centre line lies in the
prediction, the rule for branches of the airway benchmark ATM'22 (Zhang et al. 2023, Med Image Anal 90:102957). Pieces
under 5 mm are ends that thinning leaves on a thick vessel, not branches.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from engine.evaluation.curve import Curve
from engine.evaluation.scores import CalibreName, CalibreRow
from engine.evaluation.surfaces import ROUNDING_MM, distances_mm
from engine.geometry import VolumeGeometry

FOUND_PART: Final = 0.8
SHORTEST_MM: Final = 5.0
THIN_MM: Final = 3.0
THICK_MM: Final = 6.0
NEAR_MM: Final = 3.0
"""A predicted centre line within this distance of a true vessel runs along it."""

CALIBRES: Final[tuple[CalibreName, ...]] = get_args(CalibreName)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A branch of the reference.

    Attributes:
        diameter_mm: median over its centre line.
        length_mm: along its centre line.
        found_part: part of its centre line inside the prediction, 0 to 1.
    """

    diameter_mm: float
    length_mm: float
    found_part: float

    @property
    def calibre(self) -> CalibreName:
        """Which of the three sizes it has."""
        if self.diameter_mm < THIN_MM:
            return "under 3 mm"
        return "3 to 6 mm" if self.diameter_mm <= THICK_MM else "over 6 mm"


def branches_of(tree: Mask, curve: Mask, predicted: Mask, geometry: VolumeGeometry) -> tuple[Branch, ...]:
    """The branches of a reference tree, pieces under `SHORTEST_MM` left out.

    Args:
        tree: (k, j, i) the reference's vessel, for its calibre.
        curve: (k, j, i) its centre line, whole or the part inside the liver.
        predicted: (k, j, i) vessels of the prediction.
        geometry: the grid of all three.
    """
    points = Curve.of(curve, geometry)
    piece, lengths_mm = points.pieces(~points.junctions())
    diameters = _diameters_mm(tree, curve, geometry)
    inside = predicted[curve]
    branches = []
    for number in np.flatnonzero(lengths_mm >= SHORTEST_MM - ROUNDING_MM):
        own = piece == number
        branches.append(
            Branch(
                diameter_mm=float(np.median(diameters[own])),
                length_mm=float(lengths_mm[number]),
                found_part=float(inside[own].mean()),
            )
        )
    return tuple(branches)


def _diameters_mm(tree: Mask, curve: Mask, geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(n,) twice the distance to the vessel's wall, the largest within a voxel around each point of the curve.

    Thinning leaves the curve of a thick vessel up to a voxel beside its middle, where the wall is nearer.
    """
    around = ndimage.binary_dilation(curve, np.ones((3, 3, 3), dtype=bool)) & tree
    radii = np.zeros(tree.shape, dtype=np.float32)
    radii[around] = distances_mm(around, _shell_of(tree), geometry)
    kji = np.argwhere(curve)
    largest = np.zeros(len(kji))
    for step in product((-1, 0, 1), repeat=3):
        k, j, i = np.clip(kji + step, 0, np.array(tree.shape) - 1).T
        np.maximum(largest, radii[k, j, i], out=largest)
    # The nearest voxel outside begins half a voxel before its centre.
    return 2.0 * largest - float(geometry.spacing_ijk_mm.min())


def _shell_of(tree: Mask) -> Mask:
    """Voxels outside a mask with a face to it: the nearest voxel outside is always one of them on upright grids."""
    outside: Mask = ~tree & ndimage.binary_dilation(tree)
    return outside


def calibre_rows(branches: tuple[Branch, ...]) -> tuple[CalibreRow, ...]:
    """Branches found by calibre; the length found counts parts of branches too."""
    rows = []
    for calibre in CALIBRES:
        own = [branch for branch in branches if branch.calibre == calibre]
        rows.append(
            CalibreRow(
                calibre=calibre,
                branches=len(own),
                found=sum(branch.found_part >= FOUND_PART for branch in own),
                length_mm=sum(branch.length_mm for branch in own),
                length_found_mm=sum(branch.length_mm * branch.found_part for branch in own),
            )
        )
    return tuple(rows)


def count_false_joins(curve: Mask, own: Mask, other: Mask, geometry: VolumeGeometry) -> int:
    """How often a predicted tree runs on into the other true tree.

    Counted is every stretch of the predicted centre line of at least `SHORTEST_MM` along the other true tree that
    hangs together with such a stretch along its own. A stretch that hangs on nothing true is a wrong name, not a join.

    Args:
        curve: (k, j, i) the centre line of one predicted tree.
        own: (k, j, i) the true tree of the same name.
        other: (k, j, i) the other true tree.
        geometry: the grid.
    """
    to_own, to_other = distances_mm(curve, own, geometry), distances_mm(curve, other, geometry)
    # As near to one as to the other but for rounding counts as its own.
    near_mm, nearer_other = NEAR_MM + ROUNDING_MM, to_other < to_own - ROUNDING_MM
    points = Curve.of(curve, geometry)
    part, _ = points.pieces(np.ones(points.count, dtype=bool))
    hosts = set(_parts_of_stretches(points, (to_own <= near_mm) & ~nearer_other, part))
    strays = _parts_of_stretches(points, (to_other <= near_mm) & nearer_other, part)
    return sum(stray in hosts for stray in strays)


def _parts_of_stretches(points: Curve, chosen: NDArray[np.bool_], part: NDArray[np.int64]) -> list[int]:
    """For every stretch of chosen points that is long enough, the connected part of the curve it belongs to."""
    piece, lengths_mm = points.pieces(chosen)
    return [int(part[piece == number][0]) for number in np.flatnonzero(lengths_mm >= SHORTEST_MM - ROUNDING_MM)]
