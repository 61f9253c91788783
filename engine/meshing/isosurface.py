"""From a mask to its finest surface: isosurface, smoothing, volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.errors import MeshError
from engine.geometry import VolumeGeometry
from engine.meshing.budgets import MeshBudgets
from engine.meshing.field import SampledField, sample_mask
from engine.meshing.quality import enclosed_volume_mm3, face_normals

# Taubin's pass band: lambda 0.5, mu -0.526 keeps wavelengths above some 10 edges (k_pb = 1/lambda + 1/mu = 0.1).
TAUBIN_SHRINK = 0.5
TAUBIN_INFLATE = -0.526
THICK_ITERATIONS = 6
THIN_ITERATIONS = 12


def finest_surface(
    mask: NDArray[np.bool_], geometry: VolumeGeometry, budgets: MeshBudgets
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Surface of a non-empty (k, j, i) mask.

    Args:
        mask: true inside; may touch the volume's border, where the surface is closed half a voxel outside.
        geometry: of the mask.
        budgets: caps the triangle count.

    Returns:
        (n, 3) float64 vertices in LPS mm and (m, 3) faces, counter-clockwise seen from outside; the enclosed volume
        is that of the voxels.

    Raises:
        MeshError: the mask is empty.
    """
    start, box = _padded_box(mask)
    field = sample_mask(box, geometry.spacing_kji_mm, budgets)
    samples_ijk, faces = _isosurface(field)
    index_ijk = samples_ijk * field.step_kji[::-1] + (field.start_kji + start - 1.0)[::-1]
    vertices = geometry.lps_from_index(index_ijk)
    if not geometry.is_right_handed:
        faces = faces[:, ::-1].copy()
    vertices = _smoothed(vertices, faces, THICK_ITERATIONS if field.smoothed else THIN_ITERATIONS)
    wanted_mm3 = float(np.count_nonzero(box)) * geometry.voxel_volume_ml * 1000.0
    return with_volume(vertices, faces, wanted_mm3), faces


def _padded_box(mask: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Returns (start_kji, the mask's box with a margin of one False voxel)."""
    bounds = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        occupied = np.flatnonzero(mask.any(axis=others))
        if len(occupied) == 0:
            raise MeshError(
                "The structure has no voxels.", cure="Only structures present in the labels have a surface."
            )
        bounds.append((int(occupied[0]), int(occupied[-1]) + 1))
    box = mask[tuple(slice(low, high) for low, high in bounds)]
    return np.array([low for low, _ in bounds], dtype=np.float64), np.pad(box, 1)


def _isosurface(field: SampledField) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Zero surface of the field by flying edges: (n, 3) sample coordinates (i, j, k), (m, 3) faces, outward there."""
    import open3d as o3d

    volume = o3d.core.Tensor.from_numpy(np.ascontiguousarray(field.values))
    mesh = o3d.t.geometry.TriangleMesh.create_isosurfaces(volume, [0.0])
    return mesh.vertex.positions.numpy().astype(np.float64), mesh.triangle.indices.numpy().astype(np.int64)


def _smoothed(vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], iterations: int) -> NDArray[np.float64]:
    from engine.meshing.kernels import neighbours, taubin

    offsets, indices = neighbours(faces, len(vertices_mm))
    moved: NDArray[np.float64] = taubin(vertices_mm, offsets, indices, iterations, TAUBIN_SHRINK, TAUBIN_INFLATE)
    return moved


def with_volume(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], wanted_mm3: float, *, steps: int = 6
) -> NDArray[np.float64]:
    """Moves vertices along their normals, all by the same distance, until the enclosed volume is as wanted.

    Newton steps on the volume: its derivative by the distance is the surface's area.
    """
    for _ in range(steps):
        missing_mm3 = wanted_mm3 - enclosed_volume_mm3(vertices_mm, faces)
        if abs(missing_mm3) < 2e-4 * wanted_mm3:
            break
        normals = face_normals(vertices_mm, faces)
        area_mm2 = float(np.linalg.norm(normals, axis=1).sum()) / 2.0
        vertices_mm = vertices_mm + vertex_normals(normals, faces, len(vertices_mm)) * (missing_mm3 / area_mm2)
    return vertices_mm


def vertex_normals(
    doubled_areas: NDArray[np.float64], faces: NDArray[np.int64], vertex_count: int
) -> NDArray[np.float64]:
    """(n, 3) unit normals of the vertices, the mean of their faces' normals weighted by area."""
    sums = np.stack(
        [
            sum(np.bincount(faces[:, corner], doubled_areas[:, axis], minlength=vertex_count) for corner in range(3))
            for axis in range(3)
        ],
        axis=1,
    )
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    unit: NDArray[np.float64] = sums / np.maximum(lengths, 1e-12)
    return unit
