# ruff: noqa: PLR0913, PLR0917 -- kernels take arrays and scalars only, and calls inside loops are not free
"""Compiled kernels: labels near points, the walk from the roots, sums by what keeps supply and drainage."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def near_values(
    points_ijk: NDArray[np.float64],
    axes_mm: NDArray[np.float64],
    reach_ijk: NDArray[np.float64],
    labels: NDArray[np.uint8],
    wanted: NDArray[np.bool_],
    reach_mm: float,
) -> NDArray[np.bool_]:
    """Whether the voxel a point lies in, or one whose centre lies within reach of it, has a wanted label.

    Args:
        points_ijk: (n, 3) voxel indices with fractions.
        axes_mm: (3, 3) columns are the steps of i, j, k in mm.
        reach_ijk: (3,) half the sides of the box of voxels around the ball, in voxels along i, j, k.
        labels: (k, j, i).
        wanted: (256,).
        reach_mm: radius of the ball.
    """
    nk, nj, ni = labels.shape
    found = np.zeros(points_ijk.shape[0], dtype=np.bool_)
    for n in range(points_ijk.shape[0]):
        x, y, z = points_ijk[n, 0], points_ijk[n, 1], points_ijk[n, 2]
        i, j, k = math.floor(x + 0.5), math.floor(y + 0.5), math.floor(z + 0.5)
        if 0 <= i < ni and 0 <= j < nj and 0 <= k < nk and wanted[labels[k, j, i]]:
            found[n] = True
            continue
        if reach_mm <= 0.0:
            continue
        for k in range(max(0, math.ceil(z - reach_ijk[2])), min(nk - 1, math.floor(z + reach_ijk[2])) + 1):
            for j in range(max(0, math.ceil(y - reach_ijk[1])), min(nj - 1, math.floor(y + reach_ijk[1])) + 1):
                for i in range(max(0, math.ceil(x - reach_ijk[0])), min(ni - 1, math.floor(x + reach_ijk[0])) + 1):
                    if found[n] or not wanted[labels[k, j, i]]:
                        continue
                    away = 0.0
                    for axis in range(3):
                        step = axes_mm[axis, 0] * (i - x) + axes_mm[axis, 1] * (j - y) + axes_mm[axis, 2] * (k - z)
                        away += step * step
                    found[n] = away <= reach_mm * reach_mm
    return found


@compiled
def walk(
    parent: NDArray[np.int32], branch: NDArray[np.int32], blocked: NDArray[np.bool_], rejoined: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(n,) whether an unbroken way leads from each sample to a source.

    Args:
        parent: (n,) sample before, -1 at a source; parents stand before children.
        branch: (n,) branch of each sample.
        blocked: (n,) whether the sample is gone.
        rejoined: (branches + 1,) branches whose stump is joined to the circulation again.
    """
    reached = np.zeros(parent.shape[0], dtype=np.bool_)
    for n in range(parent.shape[0]):
        if not blocked[n]:
            reached[n] = parent[n] < 0 or reached[parent[n]] or rejoined[branch[n]]
    return reached


@compiled
def tally(
    counts: NDArray[np.int64],
    pairs: NDArray[np.int32],
    portal_fed: NDArray[np.bool_],
    hepatic_drained: NDArray[np.bool_],
    portal_unseen: NDArray[np.bool_],
    hepatic_unseen: NDArray[np.bool_],
    portal_lost: NDArray[np.int64],
    hepatic_lost: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(11,) voxels: kept, devascularised, congested, both, functional, not assigned, direct, unsure, unseen, kept
    tumour, functional tumour.

    Args:
        counts: (codes,) kept voxels.
        pairs: (codes, 3) portal piece + 1, hepatic piece + 1, flags; 0 for none; one more than the last hepatic piece
            drains directly.
        portal_fed: (portal pieces,) whether blood comes there.
        hepatic_drained: (hepatic pieces,) whether blood leaves from there.
        portal_unseen, hepatic_unseen: per piece, whether that rests on an unseen link.
        portal_lost: (portal pieces,) adds the voxels that lose each piece.
        hepatic_lost: (hepatic pieces,) likewise.
    """
    sums = np.zeros(11, dtype=np.int64)
    direct = hepatic_drained.shape[0] + 1
    for code in range(counts.shape[0]):
        count = counts[code]
        if count == 0:
            continue
        portal, hepatic, flags = pairs[code, 0], pairs[code, 1], pairs[code, 2]
        no_supply = portal > 0 and not portal_fed[portal - 1]
        no_drain = 0 < hepatic < direct and not hepatic_drained[hepatic - 1]
        sums[0] += count
        if no_supply:
            sums[1] += count
            portal_lost[portal - 1] += count
        if no_drain:
            sums[2] += count
            hepatic_lost[hepatic - 1] += count
        if no_supply and no_drain:
            sums[3] += count
        working = False
        if not (no_supply or no_drain):
            working = portal > 0 and hepatic > 0
            sums[4 if working else 5] += count
        if hepatic == direct:
            sums[6] += count
        if flags & 1:
            sums[7] += count
        if (portal > 0 and portal_unseen[portal - 1]) or (0 < hepatic < direct and hepatic_unseen[hepatic - 1]):
            sums[8] += count
        if flags & 2:
            sums[9] += count
            if working:
                sums[10] += count
    return sums


@compiled
def sum_beyond(parent: NDArray[np.int32], middle: NDArray[np.int32], of_piece: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) sum over all pieces whose middle lies at a sample or beyond it.

    Args:
        parent: (n,) sample before, -1 at a source; parents stand before children.
        middle: (pieces,) middle sample of each piece.
        of_piece: (pieces,) what to sum.
    """
    sums = np.zeros(parent.shape[0], dtype=np.int64)
    for piece in range(middle.shape[0]):
        sums[middle[piece]] += of_piece[piece]
    for n in range(parent.shape[0] - 1, -1, -1):
        if parent[n] >= 0:
            sums[parent[n]] += sums[n]
    return sums
