"""Puts a volume onto a grid that differs from its own only by the order and direction of its axes: exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import GridMismatchError
from engine.geometry import VolumeGeometry, orientation_code

_TOLERANCE_MM = 0.1
"""Header rounding moves a corner by hundredths of a millimetre; a wrong grid by far more."""


def onto_grid(array: NDArray[Any], own: VolumeGeometry, target: VolumeGeometry) -> NDArray[Any]:
    """Reorders voxels so that each lies at the same place of the patient on the target grid; never resamples.

    Args:
        array: (k, j, i) on its own grid.
        own: its grid.
        target: the grid wanted.

    Returns:
        A view or copy of the same voxels in the target's order.

    Raises:
        GridMismatchError: the grids are really different; says by how much.
    """
    if own.matches(target, tolerance_mm=_TOLERANCE_MM):
        return array
    own_from_target = own.ijk_from_lps @ target.lps_from_ijk
    turned = np.rint(own_from_target[:3, :3]).astype(int)
    if not np.array_equal(np.abs(turned).sum(axis=0), [1, 1, 1]) or not np.array_equal(
        np.abs(turned).sum(axis=1), [1, 1, 1]
    ):
        raise _mismatch(own, target)
    # Row a of `turned` says along which target axis own axis a runs, and in which direction.
    own_axis_of_target = [int(np.flatnonzero(turned[:, axis])[0]) for axis in range(3)]
    flipped = [turned[own_axis_of_target[axis], axis] < 0 for axis in range(3)]
    moved = array.transpose([2 - own_axis_of_target[axis] for axis in (2, 1, 0)])
    moved = moved[tuple(slice(None, None, -1) if flipped[axis] else slice(None) for axis in (2, 1, 0))]
    if not _reordered(own, own_axis_of_target, flipped).matches(target, tolerance_mm=_TOLERANCE_MM):
        raise _mismatch(own, target)
    return moved


def _reordered(own: VolumeGeometry, own_axes: list[int], flipped: list[bool]) -> VolumeGeometry:
    """The own grid with its axes in the target's order and direction."""
    shape_ijk = own.shape_kji[::-1]
    matrix = np.eye(4)
    first = np.zeros(3)
    for axis, (own_axis, flip) in enumerate(zip(own_axes, flipped, strict=True)):
        matrix[:3, axis] = own.lps_from_ijk[:3, own_axis] * (-1 if flip else 1)
        first[own_axis] = shape_ijk[own_axis] - 1 if flip else 0
    matrix[:3, 3] = own.lps_from_index(first)
    i, j, k = (shape_ijk[axis] for axis in own_axes)
    return VolumeGeometry(shape_kji=(k, j, i), lps_from_ijk=matrix)


def _mismatch(own: VolumeGeometry, target: VolumeGeometry) -> GridMismatchError:
    def described(grid: VolumeGeometry) -> str:
        shape = " x ".join(str(n) for n in grid.shape_kji[::-1])
        spacing = " x ".join(f"{s:.3f}" for s in grid.spacing_ijk_mm)
        origin = ", ".join(f"{x:.1f}" for x in grid.origin_lps_mm)
        return f"{shape} voxels of {spacing} mm, origin ({origin}) LPS, axes {orientation_code(grid)}"

    return GridMismatchError(
        f"The segmentation lies on another grid ({described(own)}) than the scan ({described(target)}).",
        cure="Resample the segmentation onto the scan (nearest neighbour), or give the scan it was made on.",
    )
