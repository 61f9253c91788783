"""How far two surfaces lie apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from engine.meshing.nearest.kernels import TriangleGrid

SAMPLES: Final = 8_000
PERCENTILE: Final = 95.0
CELL_OF_EDGE: Final = 1.2
MOST_CELLS: Final = 4_000_000
WORTH_THREADS: Final = 100_000
"""Points below which starting a second thread does not pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """How far two surfaces lie apart, the larger of both directions.

    Attributes:
        p95_mm: 95th percentile over samples spread evenly by area.
        most_mm: the largest distance of any vertex or sample, and of the centres of the other surface's faces: the
            sampled Hausdorff distance.
    """

    p95_mm: float
    most_mm: float


class MeasuredSurface:
    """A surface that others are measured against, prepared once.

    Args:
        vertices_mm: (n, 3) mm.
        faces: (m, 3).
    """

    def __init__(self, vertices_mm: NDArray[np.float64], faces: NDArray[np.int64]) -> None:
        """Sorts the triangles into a grid and spreads the samples."""
        self.vertices_mm = np.ascontiguousarray(vertices_mm, dtype=np.float64)
        self.faces = np.ascontiguousarray(faces, dtype=np.int64)
        self.samples_mm = spread_samples(self.vertices_mm, self.faces)
        self.grid = _grid_of(self.vertices_mm, self.faces)

    def deviation_from(self, vertices_mm: NDArray[np.float64], faces: NDArray[np.int64]) -> Deviation:
        """How far this surface and another one lie apart.

        The samples have a fixed seed and the rest is exact, so the same surfaces give the same numbers.
        """
        other = MeasuredSurface(vertices_mm, faces)
        there, back = _squared_distances(other.grid, self.samples_mm), _squared_distances(self.grid, other.samples_mm)
        most = float(max(there.max(), back.max()))
        most = _largest_square(other.grid, self.vertices_mm, most)
        most = _largest_square(self.grid, np.concatenate([other.vertices_mm, _centres(other)]), most)
        p95 = max(np.percentile(there, PERCENTILE), np.percentile(back, PERCENTILE))
        return Deviation(p95_mm=float(np.sqrt(p95)), most_mm=float(np.sqrt(most)))


def symmetric_deviation_mm(
    first: tuple[NDArray[np.float64], NDArray[np.int64]], second: tuple[NDArray[np.float64], NDArray[np.int64]]
) -> float:
    """The 95th percentile of `Deviation` between two surfaces of (n, 3) vertices in mm and (m, 3) faces, mm."""
    return MeasuredSurface(*first).deviation_from(*second).p95_mm


def spread_samples(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], count: int = SAMPLES
) -> NDArray[np.float64]:
    """(count, 3) points on the surface, even by area, the same for the same surface."""
    from engine.meshing.nearest.kernels import summed_double_areas

    generator = np.random.default_rng(0)
    summed = summed_double_areas(vertices_mm, faces)
    heights = (np.arange(count) + generator.random(count)) / count * summed[-1]
    chosen = faces[np.minimum(np.searchsorted(summed, heights), len(faces) - 1)]
    # Even in a triangle: Osada et al. 2002, section 4.1.
    root, along = np.sqrt(generator.random((count, 1))), generator.random((count, 1))
    a, b, c = (vertices_mm[chosen[:, corner]] for corner in range(3))
    points: NDArray[np.float64] = (1 - root) * a + root * (1 - along) * b + root * along * c
    return points


def distances_mm(
    points_mm: NDArray[np.float64], vertices_mm: NDArray[np.float64], faces: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(p,) unsigned distance from each point to the surface."""
    grid = _grid_of(np.ascontiguousarray(vertices_mm, np.float64), np.ascontiguousarray(faces, np.int64))
    return np.sqrt(_squared_distances(grid, np.ascontiguousarray(points_mm, dtype=np.float64)))


def _centres(surface: MeasuredSurface) -> NDArray[np.float64]:
    centres: NDArray[np.float64] = surface.vertices_mm[surface.faces].mean(axis=1)
    return centres


def _squared_distances(grid: TriangleGrid, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    from engine.meshing.nearest.kernels import measure

    out = np.empty(len(points_mm))
    measure(grid, points_mm, (0, len(points_mm)), -1.0, out)
    return out


def _largest_square(grid: TriangleGrid, points_mm: NDArray[np.float64], known: float) -> float:
    """The largest squared distance of points, at least `known`, mm²."""
    from engine.meshing.nearest.kernels import measure

    parts = 2 if len(points_mm) > WORTH_THREADS else 1
    ends = [part * len(points_mm) // parts for part in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        work = [pool.submit(measure, grid, points_mm, span, known, np.empty(0)) for span in pairwise(ends)]
        return float(max(part.result() for part in work))


def _grid_of(vertices_mm: NDArray[np.float64], faces: NDArray[np.int64]) -> TriangleGrid:
    """Cells about as large as the triangles, as far as memory allows."""
    from engine.meshing.nearest.kernels import sorted_triangles

    low, high = vertices_mm.min(axis=0), vertices_mm.max(axis=0)
    some = faces[:: max(1, len(faces) // SAMPLES)]
    edge_mm = float(np.linalg.norm(vertices_mm[some[:, 0]] - vertices_mm[some[:, 1]], axis=1).mean())
    extent = np.maximum(high - low, 1e-3)
    cell_mm = max(CELL_OF_EDGE * edge_mm, float((np.prod(extent) / MOST_CELLS) ** (1 / 3)), float(extent.max()) / 1000)
    cells = np.floor(extent / cell_mm).astype(np.int64) + 1
    return sorted_triangles(vertices_mm, faces, low, cells, cell_mm)
