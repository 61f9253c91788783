"""Puts a segmentation onto the scan's grid: exactly where both share a lattice, by the nearest voxel when asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import GridMismatchError
from engine.geometry import VolumeGeometry, orientation_code

_TOLERANCE_MM = 0.1
"""Header rounding moves a corner by hundredths of a millimetre; a wrong grid by far more."""
_LATTICE_TOLERANCE_MM = 0.05
"""Stricter where shapes or origins differ: a shift by part of a voxel must not pass for a crop."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regridded:
    """Voxels on the grid wanted.

    Attributes:
        array: (k, j, i) on the target grid.
        lost: share of the non-zero voxels that lie outside the target grid.
        resampled: whether the nearest voxel was taken because the lattices differ.
    """

    array: NDArray[Any]
    lost: float
    resampled: bool


def onto_grid(array: NDArray[Any], own: VolumeGeometry, target: VolumeGeometry) -> NDArray[Any]:
    """The array of `regrid`, without resampling."""
    return regrid(array, own, target, resample=False).array


def regrid(array: NDArray[Any], own: VolumeGeometry, target: VolumeGeometry, *, resample: bool) -> Regridded:
    """Puts each voxel at its own place of the patient on the target grid.

    Grids on one lattice (axes reordered or flipped, cropped, padded) are converted exactly; what lies beyond the own
    grid is zero. Other grids are refused, or sampled at the nearest voxel when that is asked for.

    Args:
        array: (k, j, i) on its own grid.
        own: its grid.
        target: the grid wanted.
        resample: whether another lattice may be sampled.

    Raises:
        GridMismatchError: the lattices differ and `resample` is off, or nothing of the array lies on the target.
    """
    if own.matches(target, tolerance_mm=_TOLERANCE_MM):
        return Regridded(array=array, lost=0.0, resampled=False)
    lattice = _lattice_map(own, target)
    if lattice is None:
        if not resample:
            raise _mismatch(own, target)
        out = _nearest(array, own, target)
    else:
        out = _embedded(array, lattice, target)
    before = int(np.count_nonzero(array))
    after = int(np.count_nonzero(out))
    if before and not after:
        raise _mismatch(own, target)
    if lattice is None:
        # Other voxel sizes: counts do not compare, so what is outside is found by place.
        return Regridded(array=out, lost=_share_outside(array, own, target), resampled=True)
    return Regridded(array=out, lost=1.0 - after / before if before else 0.0, resampled=False)


def _lattice_map(own: VolumeGeometry, target: VolumeGeometry) -> NDArray[np.int64] | None:
    """(4, 4) whole-numbered own_from_target index map, or None where the grids share no lattice."""
    own_from_target = own.ijk_from_lps @ target.lps_from_ijk
    whole = np.rint(own_from_target)
    turned = np.abs(whole[:3, :3])
    if not (np.array_equal(turned.sum(axis=0), [1, 1, 1]) and np.array_equal(turned.sum(axis=1), [1, 1, 1])):
        return None
    corners = np.array([[i, j, k, 1] for k, j, i in np.ndindex(2, 2, 2)]) * [*target.shape_kji[::-1], 1]
    places = corners @ (own.lps_from_ijk @ whole - target.lps_from_ijk).T
    return whole.astype(np.int64) if np.abs(places).max() <= _LATTICE_TOLERANCE_MM else None


def _embedded(array: NDArray[Any], lattice: NDArray[np.int64], target: VolumeGeometry) -> NDArray[Any]:
    """Voxels of the own grid copied to the target's, zero elsewhere."""
    own_axis_of = [int(np.flatnonzero(lattice[:3, axis])[0]) for axis in range(3)]
    moved = array.transpose([2 - own_axis_of[axis] for axis in (2, 1, 0)])
    out = np.zeros(target.shape_kji, dtype=array.dtype)
    here: list[slice] = []
    there: list[slice] = []
    for axis in (2, 1, 0):
        own_axis = own_axis_of[axis]
        step, start = int(lattice[own_axis, axis]), int(lattice[own_axis, 3])
        extent = array.shape[2 - own_axis]
        index = start + step * np.arange(target.shape_kji[2 - axis])
        inside = np.flatnonzero((index >= 0) & (index < extent))
        if inside.size == 0:
            return out
        first, last = int(inside[0]), int(inside[-1])
        here.append(slice(first, last + 1))
        stop = int(index[last]) + step
        there.append(slice(int(index[first]), stop if stop >= 0 else None, step))
    out[tuple(here)] = moved[tuple(there)]
    return out


def _nearest(array: NDArray[Any], own: VolumeGeometry, target: VolumeGeometry) -> NDArray[Any]:
    """The nearest own voxel of each target voxel, slice by slice; zero beyond the own grid."""
    matrix = own.ijk_from_lps @ target.lps_from_ijk
    j, i = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in target.shape_kji[1:]), indexing="ij")
    out = np.zeros(target.shape_kji, dtype=array.dtype)
    for k in range(target.shape_kji[0]):
        places = [np.rint(row[0] * i + row[1] * j + row[2] * k + row[3]).astype(np.int64) for row in matrix[:3]]
        inside = np.ones(i.shape, dtype=bool)
        for place, extent in zip(places, own.shape_kji[::-1], strict=True):
            inside &= (place >= 0) & (place < extent)
        out[k][inside] = array[places[2][inside], places[1][inside], places[0][inside]]
    return out


def _share_outside(array: NDArray[Any], own: VolumeGeometry, target: VolumeGeometry) -> float:
    kji = np.argwhere(array)
    if kji.size == 0:
        return 0.0
    index = target.index_from_lps(own.lps_from_index(kji[:, ::-1]))
    inside = ((index > -0.5) & (index < np.array(target.shape_kji[::-1]) - 0.5)).all(axis=1)
    return float(1.0 - inside.mean())


def _mismatch(own: VolumeGeometry, target: VolumeGeometry) -> GridMismatchError:
    def described(grid: VolumeGeometry) -> str:
        shape = " x ".join(str(n) for n in grid.shape_kji[::-1])
        spacing = " x ".join(f"{s:.3f}" for s in grid.spacing_ijk_mm)
        origin = ", ".join(f"{x:.1f}" for x in grid.origin_lps_mm)
        return f"{shape} voxels of {spacing} mm, origin ({origin}) LPS, axes {orientation_code(grid)}"

    return GridMismatchError(
        f"The segmentation lies on another grid ({described(own)}) than the scan ({described(target)}).",
        cure="Give the scan it was made on, or add --resample-labels to take the nearest voxel.",
    )
