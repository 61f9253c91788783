"""The skeleton of all vessels of a liver: what is worked out once and used again after every correction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PieceEvidence:
    """What speaks for either tree, piece by piece, before the pieces are looked at together.

    Attributes:
        label_portal: (pieces,) share of the piece's voxels that are labelled portal, 0 to 1; 0.5 without voxels.
        trunk: (pieces,) share that lies in the extrahepatic portal trunk.
        hepatic_outside: (pieces,) share that is labelled an extrahepatic hepatic vein.
        network_logit: (pieces,) mean log odds of portal against hepatic by the network, 0 without a network.
        hu: (pieces,) mean HU along the centre line, NaN without a scan or where nothing was seen.
    """

    label_portal: NDArray[np.float64]
    trunk: NDArray[np.float64]
    hepatic_outside: NDArray[np.float64]
    network_logit: NDArray[np.float64]
    hu: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class VesselSkeleton:
    """Centre lines of portal and hepatic veins together, cut into short pieces, with the voxels of each.

    Pieces are the unknowns of the separation: each is portal or hepatic as a whole. A link is the run of pieces
    between two joints or ends; a bridge is a piece across a break that nothing was seen of.

    Attributes:
        geometry: the scan's grid.
        points_lps_mm: (n, 3) float64 points of the centre lines.
        radii_mm: (n,) float64 radius at each.
        at_cava: (n,) bool, whether the centre line meets the vena cava there.
        cava_away_mm: (n,) float64 distance of each point to the vena cava, infinite where there is none.
        path: (p,) int32 point numbers of all pieces, one piece after the other, both end points included.
        path_start: (pieces + 1,) int32 where each piece starts in `path`.
        link: (pieces,) int32 number of the link each piece belongs to.
        bridge: (pieces,) float64 0 for a piece that was seen, else how well founded the bridge is, 0 to 1.
        voxels: (v,) int64 flat index on the scan's grid of every vessel voxel.
        voxel_piece: (v,) int32 the piece each belongs to, -1 where there is none (specks).
        evidence: per piece.
        informative: whether the labels tell portal from hepatic at all.
        liver_box_lps_mm: (2, 3) lowest and highest corner of the liver, patient LPS.
        specks: isolated bits of vessel too small to have a centre line.
    """

    geometry: VolumeGeometry
    points_lps_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    at_cava: NDArray[np.bool_]
    cava_away_mm: NDArray[np.float64]
    path: NDArray[np.int32]
    path_start: NDArray[np.int32]
    link: NDArray[np.int32]
    bridge: NDArray[np.float64]
    voxels: NDArray[np.int64]
    voxel_piece: NDArray[np.int32]
    evidence: PieceEvidence
    informative: bool
    liver_box_lps_mm: NDArray[np.float64]
    specks: int

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return len(self.link)

    def points_of(self, piece: int) -> NDArray[np.int32]:
        """Point numbers of a piece from its first to its last end."""
        return self.path[self.path_start[piece] : self.path_start[piece + 1]]

    def ends(self) -> NDArray[np.int32]:
        """(pieces, 2) point numbers of the two ends of each piece."""
        return np.stack([self.path[self.path_start[:-1]], self.path[self.path_start[1:] - 1]], axis=1)

    def lengths_mm(self) -> NDArray[np.float64]:
        """(pieces,) length along the points."""
        steps = np.linalg.norm(np.diff(self.points_lps_mm[self.path], axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        lengths: NDArray[np.float64] = along[self.path_start[1:] - 1] - along[self.path_start[:-1]]
        return lengths
