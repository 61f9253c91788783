"""Livers that are formulas of space: the same patient on any grid, moved and grown as asked."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume

Points = NDArray[np.float64]
LIVER_HALF_MM = np.array([70.0, 50.0, 45.0])
VEINS: tuple[tuple[int, tuple[tuple[float, float, float], ...]], ...] = (
    (anatomy.PORTAL_VEIN, ((0, 0, -44), (0, 0, -10), (40, 5, 5), (55, 10, 15))),
    (anatomy.PORTAL_VEIN, ((0, 0, -10), (-35, -5, 5), (-55, -10, -5))),
    (anatomy.PORTAL_VEIN, ((-35, -5, 5), (-45, 15, 20))),
    (anatomy.HEPATIC_VEINS, ((0, 25, 35), (10, 5, 15), (15, -25, -10))),
    (anatomy.HEPATIC_VEINS, ((0, 25, 35), (-40, 20, 10), (-58, 5, 8))),
    (anatomy.HEPATIC_VEINS, ((0, 25, 35), (45, 15, 20))),
)


@dataclass(frozen=True)
class Growing:
    """A later scan of the same liver: turned, moved, the left part stretched along x, the right part shrunk.

    Growth along one axis changes volumes by exactly its factor.
    """

    left: float = 1.0
    right: float = 1.0
    turn: Any = None
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def to_earlier(self, points: Points) -> Points:
        turn = np.eye(3) if self.turn is None else self.turn
        moved = (points - np.asarray(self.shift_mm)) @ turn
        x = moved[:, 0]
        return np.column_stack([np.where(x > 0.0, x / self.left, x / self.right), moved[:, 1:]])


def _labels_at(points: Points) -> NDArray[np.uint8]:
    labels = np.zeros(len(points), np.uint8)
    # An egg rather than an ellipsoid: no turn or mirror image fits it.
    reach = np.linalg.norm(points / (LIVER_HALF_MM * (1.0 + 0.25 * np.tanh(points[:, [1]] / 40.0))), axis=1)
    labels[reach <= 1.0] = anatomy.PARENCHYMA
    inside = labels > 0
    for value, line in VEINS:
        for start, end in itertools.pairwise(line):
            first, along = np.array(start, float), np.array(end, float) - np.array(start, float)
            share = np.clip((points - first) @ along / (along @ along), 0.0, 1.0)
            near = np.linalg.norm(points - first - share[:, None] * along, axis=1) <= 3.0
            labels[near & inside] = value
    return labels


def _grown_liver(geometry: VolumeGeometry, growing: Growing | None = None) -> LabelVolume:
    kji = np.stack(np.unravel_index(np.arange(np.prod(geometry.shape_kji)), geometry.shape_kji), axis=-1)
    points = geometry.lps_from_index(kji[:, ::-1])
    labels = _labels_at(points if growing is None else growing.to_earlier(points))
    return LabelVolume(labels=labels.reshape(geometry.shape_kji), geometry=geometry)


@pytest.fixture(scope="session")
def growing() -> type[Growing]:
    """How a later scan differs."""
    return Growing


@pytest.fixture(scope="session")
def grown_liver() -> Callable[..., LabelVolume]:
    """Draws the liver on a grid, as it is later."""
    return _grown_liver
