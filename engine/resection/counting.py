"""Counts every voxel: slow and plain, the truth the kernels are held to (tests, benchmark, self-check)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.plan import ResectionPlan
from engine.resection.sides import plane_coefficients
from engine.volume import LabelVolume


def signed_distances_mm(plan: ResectionPlan, geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(k, j, i) highest signed distance of each voxel centre to the planes, mm; above zero is resected.

    The order of additions is that of `engine.resection.kernels`, so both agree to the last bit.
    """
    k, j, i = np.ogrid[tuple(slice(0, n) for n in geometry.shape_kji)]
    highest = np.full(geometry.shape_kji, -np.inf)
    for a_i, a_j, a_k, b in plane_coefficients(plan, geometry):
        np.maximum(highest, a_i * i + (a_j * j + (a_k * k + b)), out=highest)
    return highest


def count_every_voxel(labels: LabelVolume, plan: ResectionPlan) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns (256,) voxels in all and (256,) resected voxels per label value."""
    resected = signed_distances_mm(plan, labels.geometry) > 0.0
    total = np.bincount(labels.labels.ravel(), minlength=256)
    return total, np.bincount(labels.labels[resected], minlength=256)
