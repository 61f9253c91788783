"""A tree of boxes around points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.resection.margin.tree import kernels

_BITS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoxelTree:
    """Points in leaves of `kernels.LANES`, leaves in nodes of as many, nodes in rows of as many.

    Attributes:
        origin_lps_mm: (3,) the middle of the points, from which all else is told.
        nodes: (a, 6, lanes) lowest and highest x, y, z of each node, mm.
        leaves: (nodes, 6, lanes) of the leaves of each node.
        voxels: (leaves, 3, lanes) the points.
    """

    origin_lps_mm: NDArray[np.float64]
    nodes: NDArray[np.float32]
    leaves: NDArray[np.float32]
    voxels: NDArray[np.float32]

    @classmethod
    def build(cls, points_lps_mm: NDArray[np.float64]) -> Self:
        """Of (n, 3) points, at least one, along a curve that keeps neighbours together (Morton 1966)."""
        origin = (points_lps_mm.min(axis=0) + points_lps_mm.max(axis=0)) / 2.0
        from_origin = (points_lps_mm - origin).astype(np.float32)
        ordered = from_origin[np.argsort(_morton(points_lps_mm), kind="stable")]
        lowest, highest = ordered, ordered
        voxels = _in_lanes(ordered)
        rows = []
        for _ in range(2):
            first = np.arange(0, len(lowest), kernels.LANES)
            lowest, highest = np.minimum.reduceat(lowest, first), np.maximum.reduceat(highest, first)
            rows.append(_in_lanes(np.concatenate([lowest, highest], axis=1)))
        leaves, nodes = rows
        return cls(origin_lps_mm=origin, nodes=nodes, leaves=leaves, voxels=voxels)

    @property
    def size_bytes(self) -> int:
        """Memory of the arrays in bytes."""
        return self.nodes.nbytes + self.leaves.nbytes + self.voxels.nbytes

    def distances_mm(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) distance of each of (n, 3) points to the nearest of the tree's."""
        distances = np.empty(len(points_lps_mm))
        kernels.distances_to(
            np.ascontiguousarray(points_lps_mm), self.origin_lps_mm, self.nodes, self.leaves, self.voxels, distances
        )
        return distances


def _morton(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) place of each point along the curve."""
    low = points.min(axis=0)
    extent = max(float((points.max(axis=0) - low).max()), 1e-6)
    cells = ((points - low) * ((2**_BITS - 1) / extent)).astype(np.int64)
    places = np.zeros(len(points), dtype=np.int64)
    for bit in range(_BITS):
        for axis in range(3):
            places |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return places


def _in_lanes(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m, columns, lanes) of (n, columns), filled up with what is nowhere near."""
    lanes = kernels.LANES
    count = -(-len(rows) // lanes)
    filled = np.full((count * lanes, rows.shape[1]), kernels.NOWHERE_MM, dtype=np.float32)
    filled[: len(rows)] = rows
    return np.ascontiguousarray(filled.reshape(count, lanes, -1).transpose(0, 2, 1))
