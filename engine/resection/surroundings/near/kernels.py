# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: outer voxels of organs, cells of the liver, the nearest target of each point of a cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def points_of_faces(
    faces: NDArray[np.float32],
    start_kji: tuple[int, int, int],
    lps_from_ijk: NDArray[np.float64],
    shape: tuple[int, int, int],
    cell: tuple[int, int, int],
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """((n, 3) LPS mm, (n,) flat place of the cell) of face centres.

    No matrix product: the threads of its library wait for each other.

    Args:
        faces: (n, 3) i in the grid, j and k in the box's rows.
        start_kji: first k, j, i of the box.
        lps_from_ijk: (4, 4) of the grid.
        shape: cells along k, j, i, a border of one on every side among them.
        cell: voxels of a cell along k, j, i.
    """
    points = np.empty((faces.shape[0], 3))
    cells = np.empty(faces.shape[0], dtype=np.int32)
    m = lps_from_ijk
    for n in range(faces.shape[0]):
        i, j, k = faces[n, 0], faces[n, 1] + start_kji[1], faces[n, 2] + start_kji[0]
        for axis in range(3):
            points[n, axis] = m[axis, 0] * i + m[axis, 1] * j + m[axis, 2] * k + m[axis, 3]
        k_cell, j_cell = int(faces[n, 2]) // cell[0] + 1, int(faces[n, 1]) // cell[1] + 1
        cells[n] = (k_cell * shape[1] + j_cell) * shape[2] + int(faces[n, 0] - start_kji[2]) // cell[2] + 1
    return points, cells


@compiled
def outer_voxels(labels: NDArray[np.uint8], organ_of_value: NDArray[np.uint8], found: NDArray[np.int32]) -> int:
    """Voxels of organs with a face to something else; returns how many, written as far as there is room.

    Args:
        labels: (k, j, i).
        organ_of_value: (256,) number of the organ of a label value, 0 for none.
        found: (room, 4) written: organ, k, j, i.
    """
    nk, nj, ni = labels.shape
    count = 0
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                organ = organ_of_value[labels[k, j, i]]
                if organ == 0:
                    continue
                inner = k == 0 or organ_of_value[labels[k - 1, j, i]] == organ
                inner = inner and (k == nk - 1 or organ_of_value[labels[k + 1, j, i]] == organ)
                inner = inner and (j == 0 or organ_of_value[labels[k, j - 1, i]] == organ)
                inner = inner and (j == nj - 1 or organ_of_value[labels[k, j + 1, i]] == organ)
                inner = inner and (i == 0 or organ_of_value[labels[k, j, i - 1]] == organ)
                inner = inner and (i == ni - 1 or organ_of_value[labels[k, j, i + 1]] == organ)
                if inner:
                    continue
                if count < found.shape[0]:
                    found[count, 0], found[count, 1], found[count, 2], found[count, 3] = organ, k, j, i
                count += 1
    return count


@compiled
def mark_cells(
    labels: NDArray[np.uint8], is_liver: NDArray[np.bool_], cell: tuple[int, int, int], held: NDArray[np.bool_]
) -> None:
    """Sets the cells of `cell` voxels along k, j, i that hold liver."""
    for k in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            for i in range(labels.shape[2]):
                if is_liver[labels[k, j, i]]:
                    held[k // cell[0], j // cell[1], i // cell[2]] = True


@compiled
def away_from(
    points_mm: NDArray[np.float64], n: int, target: int, targets_mm: NDArray[np.float64], radii_mm: NDArray[np.float64]
) -> float:
    """Distance of point n to the wall of a target, mm."""
    x = points_mm[n, 0] - targets_mm[target, 0]
    y = points_mm[n, 1] - targets_mm[target, 1]
    z = points_mm[n, 2] - targets_mm[target, 2]
    return float(np.sqrt(x * x + y * y + z * z) - radii_mm[target])


@compiled
def nearest_targets(
    points_mm: NDArray[np.float64],
    cells: NDArray[np.int32],
    numbers: NDArray[np.int32],
    nearest: NDArray[np.int32],
    targets_mm: NDArray[np.float64],
    radii_mm: NDArray[np.float64],
    slack_mm: float,
    best: NDArray[np.float64],
) -> None:
    """Least distance of points to the walls of each group of targets.

    First by the target nearest to the middle of a point's own cell; then, for points that come within `slack_mm` of
    the best, by those of the cells around as well.

    Args:
        points_mm: (n, 3) LPS.
        cells: (n,) flat place of the cell of each point.
        numbers: (k, j, i) number of each cell, -1 for none; with a border of -1.
        nearest: (groups, cells) target nearest to the middle of each cell, -1 where all are too far.
        targets_mm: (m, 3) LPS.
        radii_mm: (m,) taken off the distance.
        slack_mm: how far a cell's target may be beaten by a neighbouring cell's.
        best: (groups, 2) written: distance (infinite where there is none), number of the point.
    """
    flat = numbers.ravel()
    nj, ni = numbers.shape[1], numbers.shape[2]
    first = np.empty(points_mm.shape[0])
    for group in range(nearest.shape[0]):
        least = np.inf
        for n in range(points_mm.shape[0]):
            number = flat[cells[n]]
            target = nearest[group, number] if number >= 0 else -1
            first[n] = np.inf if target < 0 else away_from(points_mm, n, target, targets_mm, radii_mm)
            least = min(least, first[n])
        limit = least + slack_mm
        where = -1
        for n in range(points_mm.shape[0]):
            if not first[n] <= limit or least == np.inf:
                continue
            for around in range(27):
                step = ((around // 9 - 1) * nj + (around // 3) % 3 - 1) * ni + around % 3 - 1
                number = flat[cells[n] + step]
                target = nearest[group, number] if number >= 0 else -1
                if target < 0:
                    continue
                away = away_from(points_mm, n, target, targets_mm, radii_mm)
                if away < least or where < 0:
                    least = min(least, away)
                    where = n
        best[group, 0] = least
        best[group, 1] = where
