"""Margins of tumours to the cut surface of a plan of planes, from voxel centres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection import kernels
from engine.resection.answer import TumourMargin, TumourStatus
from engine.resection.plan import ResectionPlan
from engine.resection.sides import unit_normals

TO_PLANE = "voxel centres to the infinite plane"
TO_UNION = "voxel centres to the boundary of what the planes leave"


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


def measure_margin(
    tumour: TumourRuns,
    remnant_voxels: int,
    plan: ResectionPlan,
    planes: NDArray[np.float64],
    geometry: VolumeGeometry,
) -> TumourMargin:
    """Margin of one tumour; exact for voxel centres, for one plane and for unions of planes.

    What several planes leave is a convex polytope. From inside, the distance to its boundary is that to the nearest
    plane; from outside it is the length of the projection.

    Args:
        tumour: the tumour.
        remnant_voxels: how many of its voxels no plane resects.
        plan: the plan.
        planes: (m, 4) its planes in voxel indices of the grid.
        geometry: the grid.
    """
    single = len(planes) == 1
    distance: float
    status: TumourStatus
    if 0 < remnant_voxels < tumour.voxels:
        status, distance = "crossed", 0.0
    elif remnant_voxels:
        status, distance = "remnant", -kernels.extreme_height(planes, tumour.runs, True)
    elif single:
        status, distance = "resected", kernels.extreme_height(planes, tumour.runs, False)
    else:
        normals = unit_normals(plan)
        status, distance = "resected", kernels.nearest_to_remnant(planes, normals @ normals.T, tumour.runs)
    return TumourMargin(
        tumour=tumour.name,
        status=status,
        minimum_mm=distance if math.isfinite(distance) else None,
        uncertainty_mm=half_voxel_mm(planes, geometry),
        measured=TO_PLANE if single else TO_UNION,
    )


def half_voxel_mm(planes: NDArray[np.float64], geometry: VolumeGeometry) -> float:
    """How far a voxel reaches beyond its centre: towards the plane for one plane, half its diagonal for several, mm."""
    if len(planes) == 1:
        return float(np.abs(planes[0, :3]).sum()) / 2.0
    axes = geometry.lps_from_ijk[:3, :3]
    signs = np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1], [1, -1, -1]])
    return float(np.linalg.norm(signs @ axes.T, axis=1).max()) / 2.0
