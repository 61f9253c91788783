"""Grids for phantoms: any spacing, rotation and handedness around a centre."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.geometry import VolumeGeometry


def rotation_matrix(angles_deg: ArrayLike) -> NDArray[np.float64]:
    """(3, 3) rotation: first about x, then y, then z, each in degrees, in LPS axes."""
    ax, ay, az = np.radians(np.asarray(angles_deg, dtype=np.float64))
    about_x = np.array([[1, 0, 0], [0, np.cos(ax), -np.sin(ax)], [0, np.sin(ax), np.cos(ax)]])
    about_y = np.array([[np.cos(ay), 0, np.sin(ay)], [0, 1, 0], [-np.sin(ay), 0, np.cos(ay)]])
    about_z = np.array([[np.cos(az), -np.sin(az), 0], [np.sin(az), np.cos(az), 0], [0, 0, 1]])
    product: NDArray[np.float64] = about_z @ about_y @ about_x
    return product


def centred_geometry(
    *,
    shape_kji: tuple[int, int, int],
    spacing_ijk_mm: ArrayLike,
    centre_lps_mm: ArrayLike = (0.0, 0.0, 0.0),
    direction: ArrayLike | None = None,
    left_handed: bool = False,
) -> VolumeGeometry:
    """A grid whose middle lies at `centre_lps_mm`.

    Args:
        shape_kji: voxels along k, j, i.
        spacing_ijk_mm: mm along i, j, k.
        centre_lps_mm: where the middle of the grid lies.
        direction: (3, 3), columns are the unit axes of i, j, k in LPS; the identity when left out.
        left_handed: store the slices in the opposite order (the k axis turned round), as many archives do.
    """
    axes = np.eye(3) if direction is None else np.array(direction, dtype=np.float64).reshape(3, 3)
    if left_handed:
        axes = axes * np.array([1.0, 1.0, -1.0])
    spacing = np.asarray(spacing_ijk_mm, dtype=np.float64)
    half_ijk = (np.asarray(shape_kji[::-1], dtype=np.float64) - 1.0) / 2.0
    origin = np.asarray(centre_lps_mm, dtype=np.float64) - (axes * spacing) @ half_ijk
    return VolumeGeometry.from_parts(shape_kji=shape_kji, spacing_ijk_mm=spacing, origin_lps_mm=origin, direction=axes)


def voxel_centres(geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(k, j, i, 3) LPS mm of every voxel centre. For small grids: 24 bytes a voxel."""
    k, j, i = np.indices(geometry.shape_kji, dtype=np.float64)
    return geometry.lps_from_index(np.stack([i, j, k], axis=-1))
