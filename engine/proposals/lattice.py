"""Points that stand for the liver in the search, evenly spaced, and the neighbours between which a cut has an area."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from engine.anatomy import LIVER_VALUES
from engine.volume import LabelVolume

POINTS: Final = 4_500
"""About how many: a share of the liver is then known to some tenths of a percent."""

_DIRECTIONS: Final = np.array(
    [
        *((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        *((1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)),
        *((1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, 1, 1)),
    ]
)
_SHARES: Final = (2 * 0.0457778912, 2 * 0.0369806279, 2 * 0.0351956398)
"""Of the sphere, what is nearest to each direction of one, two and three steps (Legland 2007, Image Anal Stereol 26:83,
voxels that are cubes)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lattice:
    """A cubic lattice in the liver, along the patient's axes, and its first neighbours outside.

    Attributes:
        points_lps_mm: (n, 3) first those in the liver, then the neighbours.
        inside: how many lie in the liver.
        home: (n - inside,) a neighbour in the liver of each point outside.
        pairs: (m, 2) neighbours along faces, edges and corners, the first in the liver.
        weights_mm2: (m,) area that a cut between the two stands for (Cauchy and Crofton); half of it where one lies
            outside, as a cut between them is as likely outside.
    """

    points_lps_mm: NDArray[np.float64]
    inside: int
    home: NDArray[np.int32]
    pairs: NDArray[np.int32]
    weights_mm2: NDArray[np.float64]

    @classmethod
    def of(cls, liver: LabelVolume) -> Lattice:
        """In the labels of a liver's box."""
        mask = np.zeros(256, dtype=np.bool_)
        mask[list(LIVER_VALUES)] = True
        volume_mm3 = np.count_nonzero(mask[liver.labels]) * liver.geometry.voxel_volume_ml * 1000.0
        step_mm = (max(volume_mm3, 1.0) / POINTS) ** (1.0 / 3.0)
        points = _grid(liver, step_mm)
        at = np.rint(liver.geometry.index_from_lps(points)).astype(np.int64)
        inside: NDArray[np.bool_] = np.all((at >= 0) & (at < liver.labels.shape[::-1]), axis=-1)
        i, j, k = at[inside].T
        inside[inside] = mask[liver.labels[k, j, i]]
        beside = ndimage.binary_dilation(inside, np.ones((3, 3, 3))) & ~inside
        number = np.full(inside.shape, -1, dtype=np.int32)
        count = int(np.count_nonzero(inside))
        number[inside] = np.arange(count)
        number[beside] = count + np.arange(np.count_nonzero(beside))
        pairs, weights = _neighbours(number, count, step_mm)
        home = np.zeros(np.count_nonzero(beside), dtype=np.int32)
        home[pairs[pairs[:, 1] >= count, 1] - count] = pairs[pairs[:, 1] >= count, 0]
        return cls(
            points_lps_mm=np.concatenate([points[inside], points[beside]]),
            inside=count,
            home=home,
            pairs=pairs,
            weights_mm2=weights,
        )


def _grid(liver: LabelVolume, step_mm: float) -> NDArray[np.float64]:
    """(x, y, z, 3) points over the liver's box and a step around it."""
    ends = np.array([[k, j, i] for k in (0, 1) for j in (0, 1) for i in (0, 1)]) * (np.array(liver.labels.shape) - 1)
    corners = liver.geometry.lps_from_index(ends[:, ::-1])
    low, high = corners.min(axis=0), corners.max(axis=0)
    counts = [int((b - a) / step_mm) + 3 for a, b in zip(low, high, strict=True)]
    # Centred on the box, so that a liver of a few voxels has a point in it too.
    starts = [(a + b - (n - 1) * step_mm) / 2.0 for a, b, n in zip(low, high, counts, strict=True)]
    axes = [start + step_mm * np.arange(n) for start, n in zip(starts, counts, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def _neighbours(number: NDArray[np.int32], count: int, step_mm: float) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Pairs of which one at least is below `count`, that one first, and their weights."""
    pairs, weights = [], []
    for direction in _DIRECTIONS:
        here = tuple(slice(max(0, -d), n - max(0, d)) for d, n in zip(direction, number.shape, strict=True))
        there = tuple(slice(max(0, d), n - max(0, -d)) for d, n in zip(direction, number.shape, strict=True))
        both = np.stack([number[here].ravel(), number[there].ravel()], axis=1)
        both = np.sort(both[(both >= 0).all(axis=1) & (both < count).any(axis=1)], axis=1)
        steps = int(np.abs(direction).sum())
        weight = 2.0 * _SHARES[steps - 1] * step_mm**2 / math.sqrt(steps)
        pairs.append(both)
        weights.append(np.where(both[:, 1] < count, weight, 0.5 * weight))
    return np.ascontiguousarray(np.concatenate(pairs)), np.concatenate(weights)
