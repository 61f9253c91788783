"""From a mask to a smooth field that is positive inside, on a grid of cubes in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.meshing.budgets import MeshBudgets

# Above this ratio of spacings, distances are taken within slices and interpolated across them.
SLICED_ANISOTROPY = 1.3
# A field value nearer to zero than this part of the step would make slivers, or faces without area.
SMALLEST_VALUE_OF_STEP = 0.02
# Samples of thin structures may be this much longer than wide: fewer triangles where the scan has no detail anyway.
THIN_ELONGATION = 1.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampledField:
    """A scalar field, positive inside the structure.

    Attributes:
        values: (k, j, i) float32, mm-like.
        step_kji: (3,) voxels of the mask per sample.
        start_kji: (3,) voxel index of the first sample.
        smoothed: whether the structure is thick enough that the field was low-passed.
    """

    values: NDArray[np.float32]
    step_kji: NDArray[np.float64]
    start_kji: NDArray[np.float64]
    smoothed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskSize:
    """How large and how thick a mask is.

    Attributes:
        volume_mm3: voxels times their volume.
        area_mm2: of its voxel faces (about 1.5 times the true surface).
    """

    volume_mm3: float
    area_mm2: float

    @property
    def thickness_mm(self) -> float:
        """Twice the volume per area: the thickness of a plate, 0.7 of a tube's radius, a third of a ball's radius."""
        return 2.0 * self.volume_mm3 / self.area_mm2


def measure_mask(mask: NDArray[np.bool_], spacing_kji_mm: NDArray[np.float64]) -> MaskSize:
    """Measures a (k, j, i) mask that has a margin of False."""
    from engine.meshing.kernels import face_counts

    faces = np.array(face_counts(mask), dtype=np.float64)
    voxel_mm3 = float(np.prod(spacing_kji_mm))
    return MaskSize(
        volume_mm3=float(np.count_nonzero(mask)) * voxel_mm3, area_mm2=float((faces * voxel_mm3 / spacing_kji_mm).sum())
    )


def sampling_step_mm(size: MaskSize, spacing_kji_mm: NDArray[np.float64], budgets: MeshBudgets) -> float:
    """Edge of the cubes to sample with, mm: never below the scan's finest spacing.

    Marching through cubes makes about two triangles per crossed cube face, so the area gives the count.
    """
    finest = float(spacing_kji_mm.min())
    by_thickness = min(budgets.detail_mm, size.thickness_mm / budgets.steps_per_thickness)
    by_budget = float(np.sqrt(2.0 * size.area_mm2 / budgets.finest_triangles))
    return max(finest, by_thickness, min(by_budget, size.thickness_mm * budgets.coarsest_step_of_thickness))


def signed_distance_mm(
    mask: NDArray[np.bool_], spacing_kji_mm: NDArray[np.float64], reach_mm: float
) -> NDArray[np.float32]:
    """Distance to the other side's nearest voxel centre, positive inside, cut off at `reach_mm`.

    With thick slices the distance is taken inside each slice, so that linear interpolation between slices joins
    their outlines by ramps and not by stairs (shape-based interpolation, Raya and Udupa 1990).
    """
    import edt

    from engine.meshing.kernels import sliced_distance

    axis = int(np.argmax(spacing_kji_mm))
    others = np.delete(spacing_kji_mm, axis)
    if spacing_kji_mm[axis] <= SLICED_ANISOTROPY * others.max():
        spacing = tuple(float(s) for s in spacing_kji_mm)
        inside = edt.edt(mask, anisotropy=spacing, parallel=1) - edt.edt(~mask, anisotropy=spacing, parallel=1)
        clipped: NDArray[np.float32] = np.clip(inside, -reach_mm, reach_mm).astype(np.float32)
        return clipped
    slices = np.ascontiguousarray(np.moveaxis(mask, axis, 0))
    sliced: NDArray[np.float32] = sliced_distance(slices, (float(others[0]), float(others[1])), reach_mm)
    return np.ascontiguousarray(np.moveaxis(sliced, 0, axis))


def sample_mask(
    mask: NDArray[np.bool_], spacing_kji_mm: NDArray[np.float64], budgets: MeshBudgets, *, every_voxel: bool = False
) -> SampledField:
    """Samples a (k, j, i) mask that has a margin of one voxel of False.

    Thin structures keep every voxel centre as a sample, so that a vessel of one voxel cannot fall between samples;
    thick ones are sampled as coarsely as the budget wants and low-passed.

    Args:
        mask: true inside.
        spacing_kji_mm: of the mask, mm.
        budgets: how coarse a thick structure may be.
        every_voxel: treat the structure as thin whatever its mean thickness.
    """
    from engine.meshing.kernels import keep_off_zero

    size = measure_mask(mask, spacing_kji_mm)
    finest_mm = float(spacing_kji_mm.min())
    step_mm = finest_mm if every_voxel else sampling_step_mm(size, spacing_kji_mm, budgets)
    # Outlines of neighbouring slices are joined over this distance; a vessel lying in one slice must not be
    # flattened by the emptiness above it, hence the bound by thickness.
    reach_mm = max(finest_mm, min(2.0 * float(spacing_kji_mm.max()), size.thickness_mm))
    field = signed_distance_mm(mask, spacing_kji_mm, reach_mm)
    thick = step_mm > 1.15 * finest_mm
    step_kji = step_mm / spacing_kji_mm if thick else 1.0 / np.ceil(spacing_kji_mm / step_mm / THIN_ELONGATION - 1e-6)
    values = _sampled(field, step_kji)
    margin = 0
    if thick:
        # Without the margin, what the scan's edge cuts flat would be smeared over the last sample and stay open.
        margin = 2
        values = _low_passed(np.pad(values, margin, constant_values=-reach_mm))
    keep_off_zero(values, SMALLEST_VALUE_OF_STEP * step_mm)
    return SampledField(values=values, step_kji=step_kji, start_kji=-margin * step_kji, smoothed=thick)


def _sampled(field: NDArray[np.float32], step_kji: NDArray[np.float64]) -> NDArray[np.float32]:
    from engine.meshing.kernels import resample

    shape = np.ceil((np.array(field.shape) - 1) / step_kji - 1e-9).astype(np.int64) + 1
    values: NDArray[np.float32] = resample(field, step_kji, shape)
    return values


def _low_passed(values: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.ndimage import gaussian_filter

    smooth: NDArray[np.float32] = gaussian_filter(values, sigma=0.8, mode="nearest", truncate=2.5)
    return smooth
