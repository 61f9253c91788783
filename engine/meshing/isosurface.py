"""From a mask to its finest surface: isosurface, smoothing, volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.errors import MeshError
from engine.geometry import VolumeGeometry
from engine.meshing.budgets import MeshBudgets
from engine.meshing.field import SampledField, sample_mask
from engine.meshing.quality import enclosed_volume_mm3
from engine.meshing.thin.restore import VoxelTruth, with_local_volume
from engine.volume import box_of

# Taubin's pass band k = 1/lambda + 1/mu: what is shorter than some ten edges goes, with thick slices a stair is three.
TAUBIN_SHRINK = 0.5
# Rows: pieces of at least and below so many vertices, their pass band, their pairs of steps.
THICK_PASSES = ((100, 1 << 62, 0.05, 15),)
THIN_PASSES = ((100, 600, 0.1, 3), (600, 1 << 62, 0.015, 12))
THIN_ROUNDS = 4
LAST_RESTORATIONS = 2
# Volumes are brought this near to what is wanted (relative).
VOLUME_TOLERANCE = 2e-4


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
    start_kji = (start[0] - 1, start[1] - 1, start[2] - 1)
    truth = VoxelTruth(mask=box, geometry=geometry.cropped(start_kji, box.shape))
    wanted_mm3 = float(np.count_nonzero(box)) * geometry.voxel_volume_ml * 1000.0
    vertices, faces = _smooth_surface(sample_mask(box, geometry.spacing_kji_mm, budgets), truth)
    if len(faces) == 0 or abs(enclosed_volume_mm3(vertices, faces) / wanted_mm3 - 1.0) > budgets.most_volume_lost:
        # Parts fell between the samples: the mean thickness hid how thin some of it is.
        field = sample_mask(box, geometry.spacing_kji_mm, budgets, every_voxel=True)
        vertices, faces = _smooth_surface(field, truth)
    return with_volume(vertices, faces, wanted_mm3), faces


def _smooth_surface(field: SampledField, truth: VoxelTruth) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Smoothed zero surface in LPS mm, (n, 3) vertices and (m, 3) faces; the field was sampled from `truth`."""
    samples_ijk, faces = _isosurface(field)
    if len(faces) == 0:
        return samples_ijk, faces
    vertices = truth.geometry.lps_from_index(samples_ijk * field.step_kji[::-1] + field.start_kji[::-1])
    if not truth.geometry.is_right_handed:
        faces = faces[:, ::-1].copy()
    return _smoothed(vertices, faces, None if field.smoothed else truth), faces


def _padded_box(mask: NDArray[np.bool_]) -> tuple[tuple[int, int, int], NDArray[np.bool_]]:
    """Returns (start_kji, the mask's box with a margin of one False voxel)."""
    box = box_of(mask)
    if box is None:
        raise MeshError("The structure has no voxels.", cure="Only structures present in the labels have a surface.")
    return (box[0].start, box[1].start, box[2].start), np.pad(mask[box], 1)


def _isosurface(field: SampledField) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Zero surface of the field by flying edges: (n, 3) sample coordinates (i, j, k), (m, 3) faces, outward there."""
    import open3d as o3d

    volume = o3d.core.Tensor.from_numpy(np.ascontiguousarray(field.values))
    mesh = o3d.t.geometry.TriangleMesh.create_isosurfaces(volume, [0.0])
    return mesh.vertex.positions.numpy().astype(np.float64), mesh.triangle.indices.numpy().astype(np.int64)


def _smoothed(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], truth: VoxelTruth | None
) -> NDArray[np.float64]:
    """Smooths each piece as strongly as it can bear, with a `truth` giving volume back place by place.

    A pass band below a small piece's own lowest frequency (about 7 / vertices for a ball) would collapse it.
    """
    from engine.meshing.kernels import components, neighbours, taubin

    edges = neighbours(faces, len(vertices_mm))
    pieces = components(faces, len(vertices_mm))
    sizes = np.bincount(pieces, minlength=len(vertices_mm))[pieces]
    rounds = 1 if truth is None else THIN_ROUNDS
    for _ in range(rounds):
        smooth = vertices_mm.copy()
        for fewest, most, pass_band, iterations in THICK_PASSES if truth is None else THIN_PASSES:
            chosen = (sizes >= fewest) & (sizes < most)
            if chosen.any():
                inflate = 1.0 / (pass_band - 1.0 / TAUBIN_SHRINK)
                moved = taubin(vertices_mm, *edges, iterations, TAUBIN_SHRINK, inflate)
                smooth[chosen] = moved[chosen]
        vertices_mm = smooth if truth is None else with_local_volume(smooth, faces, edges, truth)
    if truth is not None:
        for _ in range(LAST_RESTORATIONS):
            vertices_mm = with_local_volume(vertices_mm, faces, edges, truth)
    return vertices_mm


def with_volume(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], wanted_mm3: float, *, steps: int = 16
) -> NDArray[np.float64]:
    """Moves vertices along their normals, all by the same distance, until the enclosed volume is as wanted.

    Newton steps on the volume, whose derivative by the distance is the surface's area; a step is at most a third of a
    ball's radius with that volume and area, because a single voxel begins with a sixth of what it should enclose.
    """
    from engine.meshing.kernels import measure_surface

    centre = vertices_mm.mean(axis=0)
    for _ in range(steps):
        volume_mm3, area_mm2, _, normals = measure_surface(vertices_mm, faces, centre)
        missing_mm3 = wanted_mm3 - volume_mm3
        if abs(missing_mm3) < VOLUME_TOLERANCE * wanted_mm3:
            break
        most_mm = abs(volume_mm3) / area_mm2
        distance_mm = float(np.clip(missing_mm3 / area_mm2, -most_mm, most_mm))
        lengths = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        vertices_mm = vertices_mm + normals * (distance_mm / lengths)
    return vertices_mm
