# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls are not free
"""Compiled kernels: faces between labels, labels at other voxels, sums under the rows of a cut."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def count_faces(labels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(3, 256, 256) faces across i, j, k between a label and another one behind it; equal labels are not counted."""
    nk, nj, ni = labels.shape
    faces = np.zeros((3, 256, 256), dtype=np.int64)
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                here = labels[k, j, i]
                if i + 1 < ni and labels[k, j, i + 1] != here:
                    faces[0, here, labels[k, j, i + 1]] += 1
                if j + 1 < nj and labels[k, j + 1, i] != here:
                    faces[1, here, labels[k, j + 1, i]] += 1
                if k + 1 < nk and labels[k + 1, j, i] != here:
                    faces[2, here, labels[k + 1, j, i]] += 1
    return faces


@compiled
def labels_at(labels: NDArray[np.uint8], from_other: NDArray[np.float64], found: NDArray[np.uint8]) -> None:
    """Writes the label of the voxel that the centre of each voxel of another grid lies in, 0 outside.

    Args:
        labels: (k, j, i).
        from_other: (4, 4) indices i, j, k of `labels` from those of the other grid.
        found: (k, j, i) written.
    """
    nk, nj, ni = labels.shape
    m = from_other
    for k in range(found.shape[0]):
        for j in range(found.shape[1]):
            for i in range(found.shape[2]):
                a = int(np.floor(m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + m[0, 3] + 0.5))
                b = int(np.floor(m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + m[1, 3] + 0.5))
                c = int(np.floor(m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + m[2, 3] + 0.5))
                inside = 0 <= a < ni and 0 <= b < nj and 0 <= c < nk
                found[k, j, i] = labels[c, b, a] if inside else 0


@compiled
def sum_resected(
    window: tuple[int, int, int, int],
    told: NDArray[np.int32],
    pointers: NDArray[np.int32],
    starts: NDArray[np.int16],
    ends: NDArray[np.int16],
    places: NDArray[np.int16],
    weights: NDArray[np.float64],
) -> float:
    """Sum of the weights of the voxels in the resected intervals of each row.

    Args:
        window: k first, k end, j first, j end of the rows.
        told: (slices, 2) first j and j after the last of each slice; a voxel outside goes with the nearest row.
        pointers: (rows + 1,) intervals before each row.
        starts, ends: (n,) of the intervals.
        places: (m, 3) k, j, i.
        weights: (m,).
    """
    k_first, k_end, j_first, j_end = window
    total = 0.0
    if k_first >= k_end or j_first >= j_end:
        return total
    for n in range(places.shape[0]):
        k = min(max(int(places[n, 0]), k_first), k_end - 1)
        j = min(max(int(places[n, 1]), told[k - k_first, 0]), told[k - k_first, 1] - 1)
        i = places[n, 2]
        row = (k - k_first) * (j_end - j_first) + (j - j_first)
        for interval in range(pointers[row], pointers[row + 1]):
            if starts[interval] <= i < ends[interval]:
                total += weights[n]
    return total


@compiled
def sum_flat(
    areas: NDArray[np.float64],
    normal: NDArray[np.float64],
    frequencies: NDArray[np.float64],
    found: NDArray[np.float64],
) -> None:
    """Writes the sum over a half of the dual lattice and its opposite, see `digitisation.flat_variances_ml2`, mm6.

    Args:
        areas: (m,) mm2, not negative.
        normal: (3,) unit.
        frequencies: (n, 3) per mm.
        found: (m,) written.
    """
    found[:] = 0.0
    for n in range(frequencies.shape[0]):
        x, y, z = frequencies[n, 0], frequencies[n, 1], frequencies[n, 2]
        along = x * normal[0] + y * normal[1] + z * normal[2]
        along *= along
        square = x * x + y * y + z * z
        if along <= 0.05 * square:  # a disc's edge is no edge of the shape: these belong to the curved surface
            continue
        across = math.sqrt(max(square - along, 0.0))
        for m in range(areas.shape[0]):
            turns = max(2.0 * math.pi * math.sqrt(areas[m] / math.pi) * across, 1e-3)
            part = min(1.0, 8.0 / (math.pi * turns * turns * turns))
            found[m] += 2.0 * areas[m] * areas[m] * part / (4.0 * math.pi * math.pi * along)
