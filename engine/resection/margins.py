"""Margins of tumours to the cut surface, from voxel centres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection import kernels
from engine.resection.answer import TumourMargin, TumourStatus
from engine.resection.rows import CutRows

TO_PLANE = "voxel centres to the infinite plane"
TO_UNION = "voxel centres to the boundary of what the planes leave"
TO_VOXELS = "voxel centres to the nearest voxel centre of the other side"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TumourRuns:
    """A tumour as voxel runs.

    Attributes:
        name: the structure's name.
        code: its dense code in the run table.
        voxels: how many it has.
        runs: (n, 4) first i, last i (inclusive), j, k.
    """

    name: str
    code: int
    voxels: int
    runs: NDArray[np.int32]


def margins_to_planes(
    tumours: tuple[TumourRuns, ...],
    remnant_voxels: list[int],
    planes: NDArray[np.float64],
    geometry: VolumeGeometry,
) -> tuple[TumourMargin, ...]:
    """Margins to planes; exact for voxel centres, for one plane and for unions of planes.

    What several planes leave is a convex polytope. From inside, the distance to its boundary is that to the nearest
    plane; from outside it is the length of the projection.

    Args:
        tumours: the tumours.
        remnant_voxels: how many voxels of each no plane resects.
        planes: (m, 4) the plan's planes in voxel indices of the grid.
        geometry: the grid.
    """
    single = len(planes) == 1
    normals = planes[:, :3] @ geometry.ijk_from_lps[:3, :3]
    gram = normals @ normals.T
    margins = []
    for tumour, left in zip(tumours, remnant_voxels, strict=True):
        distance = 0.0
        if left == tumour.voxels:
            distance = -kernels.extreme_height(planes, tumour.runs, True)
        elif left == 0 and single:
            distance = kernels.extreme_height(planes, tumour.runs, False)
        elif left == 0:
            distance = kernels.nearest_to_remnant(planes, gram, tumour.runs)
        margins.append(
            TumourMargin(
                tumour=tumour.name,
                status=status_of(tumour, left),
                minimum_mm=distance if math.isfinite(distance) else None,
                uncertainty_mm=half_voxel_mm(planes, geometry),
                measured=TO_PLANE if single else TO_UNION,
            )
        )
    return tuple(margins)


def status_of(tumour: TumourRuns, remnant_voxels: int) -> TumourStatus:
    """Wholly resected, wholly left behind, or crossed."""
    if remnant_voxels == 0:
        return "resected"
    return "remnant" if remnant_voxels == tumour.voxels else "crossed"


def margins_to_rows(
    tumours: tuple[TumourRuns, ...], remnant_voxels: list[int], rows: CutRows, geometry: VolumeGeometry
) -> tuple[TumourMargin, ...]:
    """Margins to any cut: from a tumour's voxel centres to the nearest voxel centre of the other side.

    Args:
        tumours: the tumours.
        remnant_voxels: how many voxels of each remain.
        rows: what the plan takes.
        geometry: the grid.
    """
    import edt

    taken = rows.mask()
    spacing_kji_mm = tuple(float(step) for step in geometry.spacing_kji_mm)
    margins = []
    for tumour, left in zip(tumours, remnant_voxels, strict=True):
        status = status_of(tumour, left)
        distance: float | None = 0.0
        if status != "crossed":
            side = taken if status == "resected" else ~taken
            away = edt.edt(side, anisotropy=spacing_kji_mm)
            first, last, j, k = tumour.runs.T
            found = [
                away[c - rows.window.k_first, b - rows.window.j_first, a : z + 1].min()
                for a, z, b, c in zip(first, last, j, k, strict=True)
            ]
            distance = None if side.all() else float(min(found))
        margins.append(
            TumourMargin(
                tumour=tumour.name,
                status=status,
                minimum_mm=distance,
                uncertainty_mm=float(np.linalg.norm(geometry.spacing_ijk_mm)),
                measured=TO_VOXELS,
            )
        )
    return tuple(margins)


def half_voxel_mm(planes: NDArray[np.float64], geometry: VolumeGeometry) -> float:
    """How far a voxel reaches beyond its centre: towards the plane for one plane, half its diagonal for several, mm."""
    if len(planes) == 1:
        return float(np.abs(planes[0, :3]).sum()) / 2.0
    axes = geometry.lps_from_ijk[:3, :3]
    signs = np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1], [1, -1, -1]])
    return float(np.linalg.norm(signs @ axes.T, axis=1).max()) / 2.0
