"""Shapes and grids with known answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.segmentation.grids import ClassGrid

Shape = tuple[int, int, int]


def ball_in(shape: Shape, centre: tuple[float, float, float], radius: float) -> np.ndarray:
    places = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    return sum((place - middle) ** 2 for place, middle in zip(places, centre, strict=True)) <= radius**2


def grid_from(winner: np.ndarray, classes: tuple[str, ...], spacing_mm: float = 3.0) -> ClassGrid:
    probability = np.zeros((*winner.shape, len(classes)), dtype=np.uint8)
    np.put_along_axis(probability, winner[..., None].astype(np.intp), 155, axis=-1)
    probability[..., 0] += 100
    geometry = VolumeGeometry.from_parts(shape_kji=winner.shape, spacing_ijk_mm=(spacing_mm,) * 3)
    return ClassGrid(classes=classes, probability=probability, winner=winner.astype(np.uint8), geometry=geometry)


@pytest.fixture
def ball() -> Callable[..., np.ndarray]:
    """(shape, centre_kji, radius) -> mask, in voxels."""
    return ball_in


@pytest.fixture
def grid_of() -> Callable[..., ClassGrid]:
    """(winner, classes, spacing_mm) -> a grid that is 60 % sure of its winner and 40 % of the first class."""
    return grid_from
