"""From a mask to a field of bytes whose surface is smooth, on a grid as fine as the structure needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.meshing.budgets import MeshBudgets
from engine.meshing.marching.extract import SliceTruth, padded_length

# Above this ratio of spacings, outlines of neighbouring slices are joined by ramps instead of being blurred.
SLICED_ANISOTROPY = 1.8
# Samples may be this much longer than wide: fewer triangles where the scan has no detail anyway.
ELONGATION = 1.5
# A structure thinner than so many samples, or so many slices joined by ramps, is not blurred: it would be gone.
SAMPLES_ACROSS, SLICES_ACROSS = 4.0, 1.5
# From so many on it may be blurred twice.
SAMPLES_ACROSS_TWICE = 8.0
# Blocks are rounded up from here: somewhat coarser than wanted costs less than twice the triangles in each direction.
ROUND_UP_FROM = 0.4
# The blur leaves alone what lies so many samples deep; there it is at least this high.
BLUR_SAMPLES = 2.0
DEEP = 250
# Ramps between slices may be so many slices wide.
REACH_SLICES, THIN_REACH_SLICES = 3.0, 2.0
# A structure with more than this part of it in thin branches or plates is not blurred either: an organ's sharp rims
# are about a hundredth of it, a thin branch on a thick trunk is more.
MOST_THIN = 0.03
# Two blurs reach four samples; one more keeps the border outside.
MARGIN = 5
# Of a tall mask, every so-manieth slice tells its area well enough.
AREA_STRIDE, TALL = 4, 48


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoxedMask:
    """A structure's voxels in their box.

    Attributes:
        values: (k, j, i) uint8 255 inside, 0 elsewhere, a margin of 0 all around, rows of whole words.
        start_kji: voxel index of the first one in the whole volume.
        shape_kji: what of `values` is box and margin.
        voxels: how many are inside.
    """

    values: NDArray[np.uint8]
    start_kji: tuple[int, int, int]
    shape_kji: tuple[int, int, int]
    voxels: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampledField:
    """A field of bytes, from 128 inside the structure.

    Attributes:
        values: (k, j, i) uint8, rows of whole words, outside on the border; its axes are `order` of the mask's.
        order: the mask's axis (0 for k) that each of the field's axes is.
        step: (3,) voxels of the mask per sample, in the field's order of axes.
        start: (3,) mask index of the first sample, in the field's order.
        smooth: whether the structure is thick enough that the field was blurred.
        truth: the slices it was interpolated between, where it is not smooth.
    """

    values: NDArray[np.uint8]
    order: tuple[int, int, int] = (0, 1, 2)
    step: NDArray[np.float64]
    start: NDArray[np.float64]
    smooth: bool
    truth: SliceTruth | None = None


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


def measure_mask(mask: BoxedMask, spacing_kji_mm: NDArray[np.float64]) -> MaskSize:
    """Measures a mask; a tall one's area is estimated from every fourth slice."""
    from engine.meshing.sampling.boxes.kernels import count_changes

    voxel_mm3 = float(np.prod(spacing_kji_mm))
    changes = np.array(count_changes(mask.values, AREA_STRIDE if mask.shape_kji[0] >= TALL else 1), dtype=np.float64)
    return MaskSize(
        volume_mm3=mask.voxels * voxel_mm3, area_mm2=max(float((changes * voxel_mm3 / spacing_kji_mm).sum()), 1e-9)
    )


def sampling_step_mm(size: MaskSize, spacing_kji_mm: NDArray[np.float64], budgets: MeshBudgets) -> float:
    """Edge of the cubes to sample with, mm: never below the scan's finest spacing.

    Marching through cubes makes about two triangles per crossed cube face, so the area gives the count.
    """
    finest = float(spacing_kji_mm.min())
    by_thickness = min(budgets.detail_mm, size.thickness_mm / budgets.steps_per_thickness)
    by_budget = float(np.sqrt(2.0 * size.area_mm2 / budgets.finest_triangles))
    return max(finest, by_thickness, min(by_budget, size.thickness_mm * budgets.coarsest_step_of_thickness))


def sample_mask(
    mask: BoxedMask, spacing_kji_mm: NDArray[np.float64], budgets: MeshBudgets, *, every_voxel: bool = False
) -> SampledField:
    """Samples a mask.

    Thick structures are averaged over blocks as large as the budget wants and blurred, which leaves no stairs. Thin
    ones keep every voxel, so that a vessel of one voxel cannot fall between samples. Thick slices are joined by ramps.

    Args:
        mask: the structure.
        spacing_kji_mm: of the mask, mm.
        budgets: how coarse a thick structure may be.
        every_voxel: treat the structure as thin whatever its mean thickness.
    """
    size = measure_mask(mask, spacing_kji_mm)
    across = int(np.argmax(spacing_kji_mm))
    sliced = spacing_kji_mm[across] > SLICED_ANISOTROPY * np.delete(spacing_kji_mm, across).max()
    step_mm = sampling_step_mm(size, spacing_kji_mm, budgets)
    block = np.maximum(np.floor(step_mm / spacing_kji_mm + 1.0 - ROUND_UP_FROM), 1.0).astype(np.int64)
    widths_mm = block * spacing_kji_mm
    if sliced:
        widths_mm[across] = SLICES_ACROSS / SAMPLES_ACROSS * spacing_kji_mm[across]
    # Budgets that sample as coarsely as a structure is thick ask for no thin parts.
    rough = budgets.coarsest_step_of_thickness >= 1.0
    thick = rough or size.thickness_mm >= SAMPLES_ACROSS * float(widths_mm.max())
    if thick and not every_voxel:
        grid = _Grid(spacing_kji_mm=spacing_kji_mm, block=block, across=across, reach_mm=size.thickness_mm)
        # Where blocks are single voxels, one blur leaves stairs that two do not.
        twice = bool((block == 1).all()) and size.thickness_mm >= SAMPLES_ACROSS_TWICE * float(widths_mm.max())
        field, thin = _ramped(mask, grid) if sliced else _blurred_blocks(mask, block, twice=twice)
        if rough or thin <= MOST_THIN:
            return field
    if sliced:
        return _every_slice(mask, spacing_kji_mm, across)
    return SampledField(values=mask.values, step=np.ones(3), start=np.zeros(3), smooth=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Grid:
    """Where a thick structure of thick slices is sampled: voxels a block, the axis across slices, bounds of ramps."""

    spacing_kji_mm: NDArray[np.float64]
    block: NDArray[np.int64]
    across: int
    reach_mm: float


def _blurred_blocks(mask: BoxedMask, block_kji: NDArray[np.int64], *, twice: bool) -> tuple[SampledField, float]:
    """Blurred means of blocks, and which part of the structure is too thin for that."""
    from engine.meshing.sampling.kernels import average_blocks, blur, count_thin

    blocks = -(-np.array(mask.shape_kji) // block_kji)
    coverage = _zeros(blocks + 2 * MARGIN)
    average_blocks(mask.values[:, :, : mask.shape_kji[2]], block_kji, coverage, MARGIN)
    values = np.zeros_like(coverage)
    blur(coverage, values)
    inside, thin, lone = count_thin(coverage, values, DEEP)
    if twice:
        once, values = values, np.zeros_like(coverage)
        blur(once, values)
    if lone:
        _keep_islands(coverage, values, 1)
    start = (block_kji - 1) / 2 - MARGIN * block_kji
    field = SampledField(values=values, step=block_kji.astype(np.float64), start=start, smooth=True)
    return field, thin / max(inside, 1)


def _ramped(mask: BoxedMask, grid: _Grid) -> tuple[SampledField, float]:
    """Slices of blurred blocks joined by ramps, and which part of the structure is too thin for that."""
    from engine.meshing.sampling.kernels import average_blocks, blur, count_thin
    from engine.meshing.sampling.slices.kernels import slice_distances, stack_slices

    order = _slices_first(grid.across)
    slices = _reordered(mask, order)
    block = np.array([1, *(grid.block[axis] for axis in order[1:])])
    spacing = grid.spacing_kji_mm[list(order)] * block
    reach_mm = max(float(spacing.min()), min(REACH_SLICES * float(spacing[0]), grid.reach_mm))
    coverage = np.zeros(-(-np.array(slices.shape) // block) + 2, dtype=np.uint8)
    average_blocks(slices, block, coverage, 1)
    distances = slice_distances(coverage, (float(spacing[1]), float(spacing[2])), reach_mm)
    steps = _steps(spacing)
    values = _zeros(np.array([(coverage.shape[0] - 1) * steps + 1, *coverage.shape[1:]]) + 2 * MARGIN)
    stack_slices(distances, steps, reach_mm, values, MARGIN, False)
    blurred = np.zeros_like(values)
    blur(values, blurred)
    deep = 128.0 + 0.9 * 127.0 * min(BLUR_SAMPLES * float(spacing[1:].max()) / reach_mm, 1.0)
    inside, thin, _ = count_thin(values, blurred, int(min(deep, DEEP)))
    _keep_islands(coverage, blurred[MARGIN:-MARGIN, MARGIN:-MARGIN, MARGIN:-MARGIN], steps)
    step = np.array([1.0 / steps, *block[1:]])
    start = np.array([-1.0, *((block[1:] - 1) / 2 - block[1:])]) - MARGIN * step
    return SampledField(values=blurred, order=order, step=step, start=start, smooth=True), thin / max(inside, 1)


def _every_slice(mask: BoxedMask, spacing_kji_mm: NDArray[np.float64], across: int) -> SampledField:
    """Slices joined by ramps, every voxel kept."""
    from engine.meshing.sampling.slices.kernels import sliced_distance, stack_slices

    order = _slices_first(across)
    slices = _reordered(mask, order)
    spacing = spacing_kji_mm[list(order)]
    # Ramps join what a slanted vessel is in two slices; where the next slice has nothing near, it ends half-way.
    reach_mm = THIN_REACH_SLICES * float(spacing[0])
    distances = sliced_distance(slices > 0, (float(spacing[1]), float(spacing[2])), reach_mm)
    steps = _steps(spacing)
    values = _zeros(np.array([(slices.shape[0] - 1) * steps + 1, *slices.shape[1:]]))
    stack_slices(distances, steps, reach_mm, values, 0, True)
    return SampledField(
        values=values,
        order=order,
        step=np.array([1.0 / steps, 1.0, 1.0]),
        start=np.zeros(3),
        smooth=False,
        truth=SliceTruth(slices=slices, steps=steps),
    )


def _keep_islands(coverage: NDArray[np.uint8], blurred: NDArray[np.uint8], steps: int) -> None:
    """Draws what lies apart and was blurred away into `blurred` as it is, so that nothing is lost without a word.

    Args:
        coverage: (k, j, i) before blurring.
        blurred: ((k - 1) steps + 1, j, at least i).
        steps: samples from a slice of `coverage` to the next.
    """
    import cc3d

    islands = cc3d.connected_components(coverage > 0, connectivity=26)
    drawn = np.zeros(int(islands.max()) + 1, dtype=bool)
    width = coverage.shape[2]
    drawn[islands[blurred[::steps, :, :width] >= 128]] = True
    drawn[0] = True
    for k, j, i in zip(*np.nonzero(~drawn[islands]), strict=True):
        blurred[max(k * steps - steps // 2, 0) : k * steps + steps // 2 + 1, j, i] = 255


def _slices_first(across: int) -> tuple[int, int, int]:
    """The mask's axes, the one across slices first."""
    first, second = (axis for axis in range(3) if axis != across)
    return across, first, second


def _reordered(mask: BoxedMask, order: tuple[int, int, int]) -> NDArray[np.uint8]:
    slices = mask.values[:, :, : mask.shape_kji[2]].transpose(order)
    rows = np.zeros((*slices.shape[:2], padded_length(slices.shape[2])), dtype=np.uint8)
    rows[:, :, : slices.shape[2]] = slices
    return rows


def _steps(spacing_mm: NDArray[np.float64]) -> int:
    """How many samples there are from a slice to the next."""
    return int(np.ceil(spacing_mm[0] / spacing_mm[1:].max() / ELONGATION - 1e-6))


def _zeros(shape: NDArray[np.int64]) -> NDArray[np.uint8]:
    return np.zeros((int(shape[0]), int(shape[1]), padded_length(int(shape[2]))), dtype=np.uint8)
