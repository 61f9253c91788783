"""How far two surfaces lie apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.meshing.quality import face_normals

SAMPLES = 8_000
PERCENTILE = 95.0


def symmetric_deviation_mm(
    first: tuple[NDArray[np.float64], NDArray[np.int64]],
    second: tuple[NDArray[np.float64], NDArray[np.int64]],
    *,
    percentile: float = PERCENTILE,
) -> float:
    """Distance from either surface to the other, the larger of both directions' percentiles, mm.

    Samples are spread evenly by area with a fixed seed, so the same surfaces give the same number.

    Args:
        first: (n, 3) vertices in mm and (m, 3) faces.
        second: the same.
        percentile: 95 is what levels state, 100 the sampled Hausdorff distance.

    Returns:
        Millimetres.
    """
    # float32 queries: near the origin they are exact to well below a micrometre.
    centre = first[0].mean(axis=0)
    ours, theirs = (first[0] - centre, first[1]), (second[0] - centre, second[1])
    there = distances_mm(spread_samples(*ours), *theirs)
    back = distances_mm(spread_samples(*theirs), *ours)
    return float(max(np.percentile(there, percentile), np.percentile(back, percentile)))


def spread_samples(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], count: int = SAMPLES
) -> NDArray[np.float64]:
    """(count, 3) points on the surface, even by area, the same for the same surface."""
    generator = np.random.default_rng(0)
    summed = np.cumsum(np.linalg.norm(face_normals(vertices_mm, faces), axis=1))
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
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene(nthreads=1)
    scene.add_triangles(
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(vertices_mm, dtype=np.float32)),
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(faces, dtype=np.uint32)),
    )
    queries = o3d.core.Tensor.from_numpy(np.ascontiguousarray(points_mm, dtype=np.float32))
    found: NDArray[np.float64] = scene.compute_distance(queries, nthreads=1).numpy().astype(np.float64)
    return found
