"""From a mask to its finest surface: field, surface, smoothing, volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.errors import MeshError
from engine.geometry import VolumeGeometry
from engine.meshing.budgets import MeshBudgets
from engine.meshing.field import BoxedMask, SampledField, sample_mask
from engine.meshing.marching.extract import extract_surface, padded_length
from engine.meshing.smoothing.smooth import smoothed_thick, smoothed_thin, with_whole_volume
from engine.volume import box_of

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
    return surface_of(_boxed(mask), geometry, budgets)


def surface_of(
    mask: BoxedMask, geometry: VolumeGeometry, budgets: MeshBudgets
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same as `finest_surface` for a mask in its box, `geometry` being the whole volume's."""
    return drawn_surface(mask, geometry, budgets)[0]


def drawn_surface(
    mask: BoxedMask, geometry: VolumeGeometry, budgets: MeshBudgets
) -> tuple[tuple[NDArray[np.float64], NDArray[np.int64]], SampledField]:
    """The same as `surface_of`, and the field that the surface was drawn from."""
    spacing = geometry.spacing_kji_mm
    field = sample_mask(mask, spacing, budgets)
    wanted_mm3 = mask.voxels * geometry.voxel_volume_ml * 1000.0
    vertices, faces, enclosed_mm3 = _smooth_surface(field, spacing)
    if field.smooth and (len(faces) == 0 or abs(enclosed_mm3 / wanted_mm3 - 1.0) > budgets.most_volume_lost):
        # Parts fell between the samples: the mean thickness hid how thin some of it is.
        field = sample_mask(mask, spacing, budgets, every_voxel=True)
        vertices, faces, _ = _smooth_surface(field, spacing)
    return _in_patient(with_whole_volume(vertices, faces, wanted_mm3), faces, field, mask, geometry), field


def _boxed(mask: NDArray[np.bool_]) -> BoxedMask:
    box = box_of(mask)
    if box is None:
        raise MeshError("The structure has no voxels.", cure="Only structures present in the labels have a surface.")
    inside = mask[box]
    depth, height, width = (size + 2 for size in inside.shape)
    values = np.zeros((depth, height, padded_length(width)), dtype=np.uint8)
    values[1:-1, 1:-1, 1 : width - 1] = inside * np.uint8(255)
    return BoxedMask(
        values=values,
        start_kji=(box[0].start - 1, box[1].start - 1, box[2].start - 1),
        shape_kji=(depth, height, width),
        voxels=int(np.count_nonzero(inside)),
    )


def _smooth_surface(
    field: SampledField, spacing_kji_mm: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.int32], float]:
    """(n, 4) vertices in mm along the field's axes, faces, and the enclosed volume, mm³."""
    from engine.meshing.smoothing.kernels import normals_of

    voxel_mm = spacing_kji_mm[list(field.order)]
    surface = extract_surface(field.values, voxel_mm * field.step, account=not field.smooth, truth=field.truth)
    if len(surface.faces) == 0:
        return surface.vertices, surface.faces, 0.0
    if field.smooth:
        vertices = smoothed_thick(surface)
    else:
        vertices = smoothed_thin(surface, voxel_mm * field.step, float(voxel_mm.max()))
    return vertices, surface.faces, float(normals_of(vertices, surface.faces)[0])


def _in_patient(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    field: SampledField,
    mask: BoxedMask,
    geometry: VolumeGeometry,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """From mm along the field's axes to LPS mm, faces outward there."""
    from engine.meshing.smoothing.kernels import to_faces, to_patient

    order = list(field.order)
    ijk_from_grid = np.zeros((4, 4))
    ijk_from_grid[3, 3] = 1.0
    # Axes run backwards in points: the field's last axis is x.
    for position, axis in enumerate(order):
        ijk_from_grid[2 - axis, 2 - position] = 1.0 / geometry.spacing_kji_mm[axis]
        ijk_from_grid[2 - axis, 3] = field.start[position] + mask.start_kji[axis]
    even = order in ([0, 1, 2], [1, 2, 0], [2, 0, 1])
    lps_from_grid = np.ascontiguousarray((geometry.lps_from_ijk @ ijk_from_grid)[:3])
    return to_patient(vertices, lps_from_grid), to_faces(faces, even != geometry.is_right_handed)


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
