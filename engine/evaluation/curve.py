"""A centre line as points and links: a tree has a few thousand of them in a box of millions of voxels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from engine.geometry import VolumeGeometry

_TO_A_CORNER = 1.8
"""Voxels that touch by a corner are 1.73 steps apart, the next ones 2."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """The voxels of a thinned mask, in array order, and which of them touch.

    Attributes:
        links: (m, 2) pairs of points that touch by face, edge or corner.
        links_mm: (m,) their lengths.
        count: number of points.
    """

    links: NDArray[np.int64]
    links_mm: NDArray[np.float64]
    count: int

    @classmethod
    def of(cls, mask: NDArray[np.bool_], geometry: VolumeGeometry) -> Self:
        """The curve of a (k, j, i) mask."""
        kji = np.argwhere(mask)
        links = np.zeros((0, 2), dtype=np.int64)
        if len(kji) > 1:
            links = cKDTree(kji).query_pairs(_TO_A_CORNER, output_type="ndarray").astype(np.int64)
        steps = (kji[links[:, 1]] - kji[links[:, 0]])[:, ::-1] @ geometry.lps_from_ijk[:3, :3].T
        return cls(links=links, links_mm=np.linalg.norm(steps, axis=1), count=len(kji))

    def junctions(self) -> NDArray[np.bool_]:
        """(count,) points with three or more neighbours."""
        return np.bincount(self.links.ravel(), minlength=self.count) >= 3

    def pieces(self, chosen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The connected pieces of the chosen points.

        Args:
            chosen: (count,) points.

        Returns:
            (count,) the piece each point belongs to, -1 where it is not chosen; and (pieces,) their lengths, mm.
        """
        kept = chosen[self.links].all(axis=1)
        links, links_mm = self.links[kept], self.links_mm[kept]
        graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(self.count, self.count))
        _, labels = connected_components(graph, directed=False)
        piece = np.full(self.count, -1, dtype=np.int64)
        numbers, piece[chosen] = np.unique(labels[chosen], return_inverse=True)
        lengths = np.zeros(len(numbers))
        np.add.at(lengths, piece[links[:, 0]], links_mm)
        return piece, lengths
