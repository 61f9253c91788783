"""The border of a territory: faces of voxels, and the direction of the surface that they are the steps of.

The faces of an oblique border have up to the square root of three times its area. Each counts with the cosine between
its own perpendicular and the border's: for a plane of unit normal n, faces across axis a make up |n_a| of an area of
one, and the sum of |n_a| |n_a| is one again. The normal is that of the faces around, added up as vectors (Flin et al.
2005, Adaptive estimation of normals and surface area for discrete 3-D objects, IEEE Trans Image Process 14:585;
convergence: Coeurjolly et al. 2003, Multigrid convergence and surface area estimation). Weights of configurations of
2 x 2 x 2 voxels (Lehmann and Legland 2012, hal-02811118) know thirteen directions only: for slices of 2.5 mm
and pixels of 0.7 mm planes come out up to 18 % wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.territory import kernels
from engine.volume import VoxelBox, box_of

_WINDOW_VOXELS: Final = 3.0
_WINDOW_MM: Final = 3.0
_WINDOW_SLICES: Final = 1.5
"""Nodes lie at least so many voxels, mm and times the coarsest spacing apart: a border that rises by a slice at a time
shows its slope over no less, and folds sharper than that are rounded off."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Border:
    """Between a territory and the rest of the liver.

    Attributes:
        quads_lps_mm: (n, 4, 3) corners of the voxel faces, in turn, LPS mm.
        normals_lps: (n, 3) unit normal of the border at each.
    """

    quads_lps_mm: NDArray[np.float64]
    normals_lps: NDArray[np.float64]

    @property
    def area_mm2(self) -> float:
        """Area of the surface that the faces are the steps of: each counts as seen along the border's normal."""
        corners = self.quads_lps_mm
        diagonals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        return float(np.abs((diagonals * self.normals_lps).sum(axis=1)).sum() / 2.0)


def border_of(mask: NDArray[np.bool_], liver: NDArray[np.bool_], box: VoxelBox, geometry: VolumeGeometry) -> Border:
    """The border between a mask and the liver outside it; where the liver itself ends there is none.

    Args:
        mask: (k, j, i) of the box.
        liver: likewise.
        box: where it lies in the grid.
        geometry: the grid.
    """
    inner = box_of(mask)
    if inner is None:
        return Border(quads_lps_mm=np.empty((0, 4, 3)), normals_lps=np.empty((0, 3)))
    wider = tuple(slice(max(part.start - 1, 0), part.stop + 1) for part in inner)
    mask, rest = mask[wider], liver[wider] & ~mask[wider]
    first_ijk = np.array([part.start + inside.start for part, inside in zip(box, wider, strict=True)][::-1], float)
    parts = [_faces_across(axis, mask, rest) for axis in range(3)]
    middles = np.concatenate([part[0] for part in parts])
    axes = np.repeat(np.arange(3), [len(part[0]) for part in parts])
    return Border(
        quads_lps_mm=geometry.lps_from_index(_corners(middles + first_ijk, axes)),
        normals_lps=_normals_lps(middles, axes, np.concatenate([part[1] for part in parts]), geometry),
    )


def _faces_across(
    axis: int, mask: NDArray[np.bool_], rest: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, 3) middles of the faces across axis i, j or k, as indices in the arrays; (n,) +1 where the mask is before."""
    before, after = [slice(None)] * 3, [slice(None)] * 3
    before[2 - axis], after[2 - axis] = slice(None, -1), slice(1, None)
    first, second = mask[tuple(before)], mask[tuple(after)]
    kji = np.argwhere((first & rest[tuple(after)]) | (rest[tuple(before)] & second))
    middles = kji[:, ::-1].astype(np.float64)
    middles[:, axis] += 0.5
    return middles, np.where(first[tuple(kji.T)], 1.0, -1.0)


def _corners(middles: NDArray[np.float64], axes: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, 4, 3) corners of faces in turn, all in indices."""
    steps = np.zeros((3, 4, 3))
    for axis in range(3):
        one, other = (n for n in range(3) if n != axis)
        steps[axis, :, one] = (-0.5, 0.5, 0.5, -0.5)
        steps[axis, :, other] = (-0.5, -0.5, 0.5, 0.5)
    corners: NDArray[np.float64] = middles[:, None] + steps[axes]
    return corners


def _normals_lps(
    middles: NDArray[np.float64], axes: NDArray[np.int64], signs: NDArray[np.float64], geometry: VolumeGeometry
) -> NDArray[np.float64]:
    """(n, 3) unit normals of the border at its faces, from the mask to the rest, or back on a left-handed grid."""
    if not len(middles):
        return np.empty((0, 3))
    spacing = geometry.spacing_ijk_mm
    apart_mm = np.maximum(np.maximum(_WINDOW_VOXELS * spacing, _WINDOW_SLICES * spacing.max()), _WINDOW_MM)
    places = np.ascontiguousarray(middles * (spacing / apart_mm))  # one layout, so that it is compiled once
    nodes = np.zeros((*(places.max(axis=0).astype(np.int64) + 2), 3))
    around = np.zeros((len(places), 3))
    kernels.faces_around(places, axes, signs, nodes, around)
    i, j, k = geometry.lps_from_ijk[:3, :3].T
    areas = np.stack([np.cross(j, k), np.cross(k, i), np.cross(i, j)])
    normals = around @ areas
    lengths = np.linalg.norm(normals, axis=1)
    # Both sides of a sheet of single voxels add up to nothing; there the face speaks for itself.
    alone = lengths <= 1e-9 * np.linalg.norm(areas, axis=1).max()
    normals[alone] = areas[axes[alone]]
    lengths[alone] = np.linalg.norm(normals[alone], axis=1)
    unit: NDArray[np.float64] = normals / lengths[:, None]
    return unit
