"""Smoothing in rounds, each giving back the volume it took, where it took it.

Taubin's filter keeps the volume of what is thick and lets a branch of one or two voxels shrink to a thread; one
offset for the whole tree would then fatten the trunk and leave the twig. So after each round the surface is compared
with the voxels place by place, the difference is spread along the surface over about a slice's stair, and vertices
move along their normals by volume over area.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry

# Per round, vertices move at most this part of the finest voxel's width, so that no surface folds over itself.
MOST_MOVE_OF_VOXEL = 0.3
FEWEST_SPREADING_STEPS, MOST_SPREADING_STEPS = 12, 120


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoxelTruth:
    """The voxels a surface stands for.

    Attributes:
        mask: (k, j, i) with a margin of False.
        geometry: of the mask.
    """

    mask: NDArray[np.bool_]
    geometry: VolumeGeometry


def with_local_volume(
    vertices_mm: NDArray[np.float64],
    faces: NDArray[np.int64],
    edges: tuple[NDArray[np.int64], NDArray[np.int64]],
    truth: VoxelTruth,
) -> NDArray[np.float64]:
    """Moves vertices along their normals towards the volume their surroundings should enclose; one step.

    Args:
        vertices_mm: (n, 3) LPS mm.
        faces: (m, 3), outward.
        edges: offsets and indices of `engine.meshing.kernels.neighbours`.
        truth: what should be enclosed.

    Returns:
        (n, 3) moved vertices.
    """
    from engine.meshing.kernels import measure_surface
    from engine.meshing.thin.kernels import coverage, share_among_vertices, spread

    geometry = truth.geometry
    spacing = geometry.spacing_kji_mm
    vertices_ijk = geometry.index_from_lps(vertices_mm)
    rays_k, rays_j = (max(2, round(1.5 * float(s / spacing.min()))) for s in spacing[:2])
    covered = coverage(
        vertices_ijk, faces, truth.mask.shape, (rays_k, rays_j), 1.0 if geometry.is_right_handed else -1.0
    )
    missing = truth.mask.astype(np.float32) - covered
    missing_mm3 = share_among_vertices(missing, vertices_ijk) * geometry.voxel_volume_ml * 1000.0
    _, _, _, normals = measure_surface(vertices_mm, faces, vertices_mm.mean(axis=0))
    lengths = np.maximum(np.linalg.norm(normals, axis=1), 1e-12)
    # A vertex stands for a third of its faces: a sixth of the doubled areas, blind to how they cancel at an edge.
    areas_mm2 = np.maximum(_vertex_areas(vertices_mm, faces), 1e-6)
    steps = _spreading_steps(areas_mm2, spacing)
    shared = spread(np.stack([missing_mm3, areas_mm2], axis=1), *edges, steps)
    most_mm = MOST_MOVE_OF_VOXEL * float(spacing.min())
    distances_mm = np.clip(shared[:, 0] / shared[:, 1], -most_mm, most_mm)
    moved: NDArray[np.float64] = vertices_mm + normals * (distances_mm / lengths)[:, None]
    return moved


def _vertex_areas(vertices_mm: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    from engine.meshing.quality import face_normals

    thirds = np.linalg.norm(face_normals(vertices_mm, faces), axis=1) / 6.0
    corners = np.repeat(thirds, 3)
    return np.bincount(faces.reshape(-1), corners, minlength=len(vertices_mm)).astype(np.float64)


def _spreading_steps(areas_mm2: NDArray[np.float64], spacing_kji_mm: NDArray[np.float64]) -> int:
    """Diffusion goes the square root of its steps in edges: far enough to average the stairs of two slices."""
    edge_mm = float(np.sqrt(areas_mm2.mean()))
    steps = 5.0 * (float(spacing_kji_mm.max()) / edge_mm) ** 2
    return int(np.clip(steps, FEWEST_SPREADING_STEPS, MOST_SPREADING_STEPS))
