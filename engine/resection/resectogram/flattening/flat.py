"""Lays a lattice of points flat with little stretching, and says how little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.resection.resectogram.flattening import kernels

ROUNDS: Final = 12
SOLVER_STEPS: Final = 24
OUTSIDE_WEIGHT: Final = 0.02
"""What lies outside the liver is drawn for orientation: it takes the stretching on itself."""
_MOST: Final = 97.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Distortion:
    """By how much lengths in the picture differ from those on the cut, in any direction, inside the liver.

    Attributes:
        shortest_percent: 2.5th percentile by area of the most shortened direction, %; 0 for a plane.
        longest_percent: 97.5th percentile of the most lengthened one, %.
        extreme_percent: the largest difference anywhere in the liver, %.
        areas_percent: 95th percentile by area of the difference of areas, %.
    """

    shortest_percent: float
    longest_percent: float
    extreme_percent: float
    areas_percent: float

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {
            "shortest_percent": self.shortest_percent,
            "longest_percent": self.longest_percent,
            "extreme_percent": self.extreme_percent,
            "areas_percent": self.areas_percent,
        }


UNDISTORTED: Final = Distortion(shortest_percent=0.0, longest_percent=0.0, extreme_percent=0.0, areas_percent=0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flattened:
    """A lattice laid flat.

    Attributes:
        uv_mm: (rows, columns, 2) where its points lie in the picture.
        areas: (rows - 1, columns - 1, 2) area in the picture over area on the cut, of both triangles of each cell.
        distortion: of lengths.
    """

    uv_mm: NDArray[np.float64]
    areas: NDArray[np.float64]
    distortion: Distortion


def flatten_lattice(
    points_lps_mm: NDArray[np.float64], guess_uv: NDArray[np.float64], inside: NDArray[np.bool_]
) -> Flattened:
    """Lays a lattice flat as rigidly as possible, turned and placed like the guess.

    Should a triangle turn over, the guess itself is taken; the distortion tells.

    Args:
        points_lps_mm: (rows, columns, 3) points, finite.
        guess_uv: (rows, columns, 2) a first guess of where they go, mm.
        inside: (rows - 1, columns - 1) which cells count.
    """
    rows, columns = guess_uv.shape[:2]
    points = np.ascontiguousarray(points_lps_mm.reshape(-1, 3))
    first = np.ascontiguousarray(guess_uv.reshape(-1, 2))
    counts = np.repeat(inside.ravel(), 2)
    weights = np.where(counts, 1.0, OUTSIDE_WEIGHT)
    uv = first.copy()
    kernels.flatten(points, columns, weights, uv, ROUNDS, SOLVER_STEPS)
    found = np.empty((len(weights), 3))
    kernels.stretches(points, columns, uv, found)
    if not found[:, 1].min() > 0.0:
        uv = first.copy()
        kernels.stretches(points, columns, uv, found)
    uv = _placed_like(uv, first, _corner_weights(inside))
    areas = (found[:, 0] * found[:, 1]).reshape(rows - 1, columns - 1, 2)
    return Flattened(uv_mm=uv.reshape(rows, columns, 2), areas=areas, distortion=_distortion(found[counts]))


def _corner_weights(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(rows * columns,) one for the corners of cells that count."""
    corners = np.zeros((inside.shape[0] + 1, inside.shape[1] + 1))
    for rows in (slice(None, -1), slice(1, None)):
        for columns in (slice(None, -1), slice(1, None)):
            corners[rows, columns] = np.maximum(corners[rows, columns], inside)
    return corners.ravel()


def _placed_like(
    uv: NDArray[np.float64], first: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turned and shifted to fit the first guess best, so that up stays up while a hand moves the surface."""
    share = (weights / weights.sum())[:, None]
    middle, wanted = (share * uv).sum(axis=0), (share * first).sum(axis=0)
    a, b = uv - middle, first - wanted
    cosine = float((share * a * b).sum())
    sine = float((share[:, 0] * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])).sum())
    length = float(np.hypot(cosine, sine)) or 1.0
    turn = np.array([[cosine, sine], [-sine, cosine]]) / length
    placed: NDArray[np.float64] = a @ turn + wanted
    return placed


def _distortion(found: NDArray[np.float64]) -> Distortion:
    """Of (triangles, 3) larger and smaller singular value and area."""
    return Distortion(
        shortest_percent=100.0 * (_percentile(found[:, 1], found[:, 2], 100.0 - _MOST) - 1.0),
        longest_percent=100.0 * (_percentile(found[:, 0], found[:, 2], _MOST) - 1.0),
        extreme_percent=100.0 * float(np.abs(found[:, :2] - 1.0).max()),
        areas_percent=100.0 * _percentile(np.abs(found[:, 0] * found[:, 1] - 1.0), found[:, 2], 95.0),
    )


def _percentile(values: NDArray[np.float64], weights: NDArray[np.float64], percent: float) -> float:
    order = np.argsort(values)
    summed = np.cumsum(weights[order])
    at = int(np.searchsorted(summed, percent / 100.0 * summed[-1]))
    return float(values[order][min(at, len(values) - 1)])
